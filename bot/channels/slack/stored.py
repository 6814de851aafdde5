"""What the Slack door keeps of a delivery before it is acknowledged: Slack's own payload, without its secrets."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.mail.mask import has_card, mask

Json = dict[str, Any]

# Capabilities and dead weight: a stored row must not let anybody post, open a modal or use an old token.
SECRETS = frozenset({"token", "response_url", "response_urls", "trigger_id", "authorizations", "event_context"})

MESSAGE, COMMAND, CLICK, SUBMISSION = "message", "command", "click", "submission"
PRESSES = frozenset({CLICK, SUBMISSION})
_ASKED = frozenset({MESSAGE, COMMAND})  # what customers' words may stand in; agents fill in modals


@dataclass(frozen=True)
class StoredEvent:
    """A delivery under the key that makes a second one a no-op."""

    key: str
    raw: bytes


def pack(key: str, kind: str, payload: Json, *, bot_user: str, now: datetime | None = None) -> StoredEvent:
    """The delivery as the row's bytes. `bot_user` is needed to take our own mention out of the text."""
    kept = {name: value for name, value in payload.items() if name not in SECRETS}
    at = (now or datetime.now(UTC)).isoformat()
    envelope: Json = {"kind": kind, "bot_user": bot_user, "at": at, "payload": kept}
    if kind in _ASKED:  # card numbers and IBANs end here; that there was a card is remembered, to warn its sender
        envelope |= {"payload": _masked(kept), "has_card": has_card(_text(kept))}
    return StoredEvent(key, json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode())


def _masked(value: Any) -> Any:
    """The same with the secrets in all its texts masked: Slack repeats a text in blocks and links."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _masked(one) for name, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list) else value


def _text(payload: Json) -> str:
    return str(payload.get("event", payload).get("text", ""))


def unpack(raw: bytes) -> Json:
    """The envelope that `pack` made."""
    envelope: Json = json.loads(raw)
    return envelope


def message_key(event: Json) -> str:
    """One message is one, however many events Slack makes of it."""
    return f"{event['channel']}:{event['ts']}"


def trigger_key(payload: Json) -> str:
    """A command or a submission."""
    return f"trigger:{payload['trigger_id']}"


def click_key(payload: Json) -> str:
    """A click: the same person, the same instant, the same button."""
    action = payload["actions"][0]
    return f"click:{payload['user']['id']}:{action['action_ts']}:{action['action_id']}"
