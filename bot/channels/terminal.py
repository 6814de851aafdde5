"""The terminal as a channel: what somebody typed, stored and read like any other message."""

import json
from datetime import UTC, datetime

from bot.channels.mail.mask import has_card, mask
from bot.messages import Authentication, Channel, Inbound


def sealed(sender: str, text: str, sent: datetime) -> bytes:
    """A typed line as the inbox stores it: card numbers and IBANs masked. `sender` "" is a stranger."""
    line = {"sender": sender, "text": mask(text), "sent": sent.isoformat(), "has_card": has_card(text)}
    return json.dumps(line, ensure_ascii=False).encode()


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
        has_card=bool(typed.get("has_card")),
        auth=Authentication("pass" if sender else "none", ("typed at the operator's terminal",)),
    )
