"""What a checker notes down, and the checks of text that every block shares."""

import re
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

BROADCAST = re.compile(r"<!(channel|here|everyone)(\|[^>]*)?>")
SPECIAL = re.compile(r"<(?:[@#!][^>]*|(?:https?|mailto|tel):[^>]*)>")


@dataclass(frozen=True)
class Finding:
    """An error (Slack refuses it) or advice (Slack takes it, people suffer), and where it is."""

    level: str  # "error" or "advice"
    pointer: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.level} {self.code} at {self.pointer or '/'}: {self.message}"


class Texts:
    """Collects findings; checks lengths and text objects."""

    def __init__(self, surface: str) -> None:
        self.surface = surface  # "message", "modal" or "home"
        self.out: list[Finding] = []

    def error(self, pointer: str, code: str, message: str) -> None:
        self.out.append(Finding("error", pointer, code, message))

    def advice(self, pointer: str, code: str, message: str) -> None:
        self.out.append(Finding("advice", pointer, code, message))

    def length(self, value: object, pointer: str, top: int, *, low: int = 0, what: str = "text") -> None:
        """The value must be a string of `low` to `top` characters."""
        if not isinstance(value, str):
            self.error(pointer, "wrong_type", f"{what} must be a string, is {type(value).__name__}")
        elif len(value) > top:
            self.error(pointer, "too_long", f"{what} has {len(value)} characters, at most {top}")
        elif len(value) < low:
            self.error(pointer, "too_short", f"{what} has {len(value)} characters, at least {low}")

    def if_given(self, owner: Json, name: str, pointer: str, top: int) -> None:
        """The field may be left out; when it is there, it is a string of at most `top` characters."""
        if owner.get(name) is not None:
            self.length(owner[name], f"{pointer}/{name}", top, what=name)

    def count(self, items: list[Any], pointer: str, top: int, what: str, code: str = "too_many") -> None:
        if len(items) > top:
            self.error(pointer, code, f"{len(items)} {what}, at most {top}")

    def need(self, owner: Json, names: tuple[str, ...], pointer: str) -> None:
        for name in names:
            if name not in owner:
                self.error(f"{pointer}/{name}", "missing_field", f"{owner.get('type')} needs {name}")

    def text(self, given: Any, pointer: str, top: int, *, plain: bool = False) -> None:
        """A text object of at most `top` characters."""
        if not isinstance(given, dict):
            self.error(pointer, "wrong_type", "a text object must be an object with type and text")
            return
        self._text_type(given, pointer, plain)
        self.length(given.get("text"), pointer + "/text", top, low=1)
        if given.get("type") == "mrkdwn" and isinstance(given.get("text"), str):
            self.mrkdwn(given["text"], pointer + "/text")

    def _text_type(self, given: Json, pointer: str, plain: bool) -> None:
        kind = given.get("type")
        if kind not in ("plain_text", "mrkdwn"):
            self.error(pointer + "/type", "wrong_text_type", f"text type is {kind!r}, must be plain_text or mrkdwn")
        elif plain and kind != "plain_text":
            self.error(pointer + "/type", "plain_text_only", "only plain_text is allowed here")
        for owner, foreign in (("plain_text", "verbatim"), ("mrkdwn", "emoji")):
            if kind == owner and foreign in given:
                self.error(f"{pointer}/{foreign}", "unknown_field", f"{foreign} does not belong to {owner}")

    def mrkdwn(self, value: str, pointer: str) -> None:
        """Advice on text that people or customers may have written into."""
        if BROADCAST.search(value):
            self.advice(pointer, "broadcast", "notifies a whole channel: escape text that people typed")
        bare = SPECIAL.sub("", value)
        if re.search(r"[<>]", re.sub(r"^&gt;|^>", "", bare, flags=re.M)):
            self.advice(pointer, "unescaped", "has a bare < or >: write &lt; and &gt;")
        if re.search(r"&(?!amp;|lt;|gt;)", bare):
            self.advice(pointer, "unescaped", "has a bare &: write &amp;")
        if re.search(r"\*\*[^*\n]+\*\*|\[[^\]\n]+\]\(https?:", value):
            self.advice(pointer, "not_mrkdwn", "looks like Markdown: mrkdwn is *bold* and <url|label>")
