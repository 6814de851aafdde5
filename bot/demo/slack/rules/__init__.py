"""What Slack would say: errors (it refuses the payload) and advice (it takes it, and people suffer)."""

import re
from collections.abc import Iterable
from typing import Any

from bot.demo.slack.rules.blocks import Blocks
from bot.demo.slack.rules.findings import Finding, Json

MESSAGE_TEXT_MAX = 40_000  # longer text is cut by Slack with a warning
MESSAGE_TEXT_ADVICE = 4_000  # the documentation advises to stay under this
BLOCKS_TOTAL_OBSERVED = 13_000  # undocumented: msg_blocks_too_long was seen from about 13,170 characters
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
URL = re.compile(r"https?://|www\.", re.I)
WORDED = ("text", "elements", "fields", "rows", "label", "title")


def check_message(message: Json) -> list[Finding]:
    """Check the arguments of chat.postMessage, chat.postEphemeral, chat.update or a respond()."""
    c = Blocks("message")
    text, blocks = message.get("text") or "", message.get("blocks") or []
    _message_text(c, text)
    if blocks:
        c.blocks(blocks, "/blocks", MESSAGE_BLOCKS)
        _blocks_total(c, blocks)
        if not text.strip():
            c.advice("/text", "no_fallback", "blocks without text: notifications and screen readers get nothing")
    if len(message.get("attachments") or []) > 100:
        c.error("/attachments", "too_many_attachments", "at most 100 attachments")
    if any(URL.search(s) for s in [text, *_strings(blocks)]) and message.get("unfurl_links") not in (
        False,
        "false",
        "0",
    ):
        c.advice("/unfurl_links", "unfurl", "has a link and unfurl_links is not false: Slack fetches and shows it")
    return c.out


def _message_text(c: Blocks, text: str) -> None:
    if len(text) > MESSAGE_TEXT_MAX:
        c.advice("/text", "truncated", f"{len(text)} characters: Slack cuts after {MESSAGE_TEXT_MAX}")
    elif len(text) > MESSAGE_TEXT_ADVICE:
        c.advice(
            "/text",
            "long_text",
            f"{len(text)} characters: stay under {MESSAGE_TEXT_ADVICE}, or upload a file",
        )
    c.mrkdwn(text, "/text")


def _blocks_total(c: Blocks, blocks: Any) -> None:
    total = sum(len(s) for s in _strings(blocks))
    if total > BLOCKS_TOTAL_OBSERVED:
        c.advice(
            "/blocks",
            "near_blocks_total",
            f"{total} characters: Slack was seen to answer msg_blocks_too_long",
        )


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key in WORDED:
            yield from _strings(value.get(key))
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def check_view(view: Json) -> list[Finding]:
    """Check a modal or App Home view."""
    kind = view.get("type")
    c = Blocks("home" if kind == "home" else "modal")
    if kind not in ("modal", "home"):
        c.error("/type", "wrong_view_type", f"view type is {kind!r}")
        return c.out
    c.blocks(view.get("blocks"), "/blocks", VIEW_BLOCKS)
    if kind == "modal":
        _modal(c, view)
    else:
        _home(c, view)
    for name, top in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        c.if_given(view, name, "", top)
    return c.out


def _modal(c: Blocks, view: Json) -> None:
    c.text(view.get("title"), "/title", 24, plain=True)
    for name in ("submit", "close"):
        if name in view:
            c.text(view[name], f"/{name}", 24, plain=True)
    inputs = any(isinstance(b, dict) and b.get("type") == "input" for b in view.get("blocks") or [])
    if inputs and "submit" not in view:
        c.error("/submit", "missing_field", "a modal with input blocks needs submit")


def _home(c: Blocks, view: Json) -> None:
    for name in ("title", "submit", "close"):
        if view.get(name) is not None:
            c.error(f"/{name}", "unknown_field", f"a home view has no {name}")


__all__ = ["Finding", "check_message", "check_view"]
