"""The terminal as a channel: what somebody typed, stored and read like any other message."""

import json
from datetime import UTC, datetime

from bot.messages import Authentication, Channel, Inbound


def sealed(sender: str, text: str, sent: datetime) -> bytes:
    """A typed line as the inbox stores it. `sender` "" is a stranger."""
    return json.dumps({"sender": sender, "text": text, "sent": sent.isoformat()}, ensure_ascii=False).encode()


def read_terminal(raw: bytes, key: str) -> Inbound:
    """The stored line as a message. Who can read the settings is the operator, so an address counts as proven."""
    typed = json.loads(raw)
    sender = typed["sender"].strip().lower()
    return Inbound(
        channel=Channel.TERMINAL,
        key=key,
        sender=sender,
        text=typed["text"],
        sent=datetime.fromisoformat(typed["sent"]).astimezone(UTC),
        auth=Authentication("pass" if sender else "none", ("typed at the operator's terminal",)),
    )
