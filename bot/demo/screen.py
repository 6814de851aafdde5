"""What a person in the fake workspace sees, as values for the demo page."""

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from bot.demo.slack.people import elements
from bot.demo.slack.state import Json
from bot.demo.slack.workspace import ESCALATIONS, FakeSlack

ROOMS = ("general", ESCALATIONS)
SHOWN = 40


@dataclass(frozen=True)
class Button:
    """A button in a message."""

    action_id: str
    value: str
    label: str
    style: str


@dataclass(frozen=True)
class Said:
    """A message on screen."""

    ts: str
    who: str
    is_bot: bool
    at: str
    parts: tuple[Markup, ...]
    buttons: tuple[Button, ...]
    files: tuple[Json, ...]
    whispered: bool
    in_thread: bool


@dataclass(frozen=True)
class Field:
    """An input of a modal."""

    action_id: str
    label: str
    options: tuple[tuple[str, str], ...]
    optional: bool
    multiline: bool
    error: str


@dataclass(frozen=True)
class Modal:
    """The modal on top of a person's screen."""

    view_id: str
    title: str
    parts: tuple[Markup, ...]
    fields: tuple[Field, ...]
    submit: str
    close: str


def conversation(slack: FakeSlack, channel: str, user: str) -> list[Said]:
    """A channel as this person sees it: threads together, whispers for them alone."""
    cid, uid = slack.channel(channel), slack.user(user)
    whispered = [e for e in slack.ephemerals if e["channel"] == cid and e["user"] == uid]
    every = [*slack.messages[cid], *whispered]
    ordered = sorted(every, key=lambda m: (float(m.get("thread_ts") or m["ts"]), float(m["ts"])))
    return [_said(slack, m) for m in ordered[-SHOWN:]]


def _said(slack: FakeSlack, message: Json) -> Said:
    blocks = message.get("blocks", [])
    texts = [b["text"]["text"] for b in blocks if b["type"] in ("section", "header")]
    return Said(
        ts=message["ts"],
        who=slack.users[message.get("user") or slack.bot_user]["real_name"] if not _ours(slack, message) else "Guichet",
        is_bot=_ours(slack, message),
        at=f"{datetime.fromtimestamp(float(message['ts']), UTC).astimezone():%H:%M}",
        parts=_paragraphs(texts or [message.get("text", "")], slack),
        buttons=tuple(_button(e) for _, e in elements(blocks) if e.get("type") == "button"),
        files=tuple(message.get("files", ())),
        whispered=bool(message.get("ephemeral")),
        in_thread=bool(message.get("thread_ts")) and message.get("thread_ts") != message["ts"],
    )


def _ours(slack: FakeSlack, message: Json) -> bool:
    return message.get("bot_id") == slack.bot_id


def _button(element: Json) -> Button:
    style = str(element.get("style", ""))
    return Button(element["action_id"], element.get("value", ""), element["text"]["text"], style)


def modal(slack: FakeSlack, user: str) -> Modal | None:
    """What this person must fill in or close now."""
    stack = slack.modals(user)
    if not stack:
        return None
    view = stack[-1]
    texts = [b["text"]["text"] for b in view["blocks"] if b["type"] == "section"]
    notes = [e["text"] for b in view["blocks"] if b["type"] == "context" for e in b["elements"]]
    return Modal(
        view_id=view["id"],
        title=view["title"]["text"],
        parts=_paragraphs([*texts, *notes], slack),
        fields=tuple(_field(b, view.get("_errors") or {}) for b in view["blocks"] if b["type"] == "input"),
        submit=view.get("submit", {}).get("text", ""),
        close=view.get("close", {}).get("text", "×"),
    )


def _field(block: Json, errors: Json) -> Field:
    element = block["element"]
    return Field(
        action_id=element["action_id"],
        label=block["label"]["text"],
        options=tuple((o["value"], o["text"]["text"]) for o in element.get("options", ())),
        optional=bool(block.get("optional")),
        multiline=bool(element.get("multiline")),
        error=str(errors.get(block["block_id"], "")),
    )


# --- mrkdwn as HTML -----------------------------------------------------------------------------------------

_ANGLES = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_BOLD = re.compile(r"(?<!\w)\*(\S(?:[^*\n]*\S)?)\*(?!\w)")


def rendered(text: str, slack: FakeSlack) -> Markup:
    """Slack's mrkdwn as HTML: bold, links, mentions; everything else literal."""
    out, end = [], 0
    for mark in _ANGLES.finditer(text):
        out.append(_literal(text[end : mark.start()]))
        out.append(_angle(mark[1], mark[2], slack))
        end = mark.end()
    out.append(_literal(text[end:]))
    bold = _BOLD.sub(lambda m: f"<strong>{m[1]}</strong>", "".join(out))
    return Markup(bold.replace("\n", "<br>"))


def _paragraphs(texts: list[str], slack: FakeSlack) -> tuple[Markup, ...]:
    return tuple(rendered(part, slack) for text in texts for part in text.split("\n\n") if part)


def _literal(text: str) -> str:
    return html.escape(html.unescape(text))


def _angle(target: str, label: str | None, slack: FakeSlack) -> str:
    if target.startswith("@"):
        name = slack.users.get(target[1:], {}).get("name", target[1:])
        return f'<span class="mention">@{_literal(name)}</span>'
    if re.match(r"https?://|mailto:", target):
        shown = _literal(label or target.removeprefix("mailto:"))
        return f'<a href="{html.escape(html.unescape(target))}" rel="noreferrer">{shown}</a>'
    return _literal(label or target)


def typed(text: str) -> str:
    """A person's keystrokes as Slack's editor sends them: entities escaped, mail addresses linked."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", lambda m: f"<mailto:{m[0]}|{m[0]}>", safe)
