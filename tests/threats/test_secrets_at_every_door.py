"""T14 at the doors that are no mail: what Slack and the terminal store holds no card number and no IBAN."""

import json
from datetime import UTC, datetime

import pytest

from bot.channels.slack.read import read_slack
from bot.channels.slack.stored import COMMAND, MESSAGE, Json, pack
from bot.channels.terminal import read_terminal, sealed

CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
SAID = f"Karte {CARD}, Konto {IBAN}, Rechnung 4711 0000 1234 5678"
MASKED = "Karte 4111 **** **** 1111, Konto DE89 **** **** **** **30 00, Rechnung 4711 0000 1234 5678"
EVENT = {
    "channel": "C0BILLING", "ts": "1764061200.000100", "user": "U0CHLOE", "text": SAID,
    "blocks": [{"type": "rich_text", "elements": [{"type": "text", "text": SAID}, {"type": "link", "url": f"tel:{CARD}"}]}],
}  # fmt: skip
DELIVERIES = [
    ("a message", MESSAGE, {"event": EVENT}),
    ("a command", COMMAND, {"text": SAID, "user_id": "U0CHLOE", "channel_id": "C0BILLING"}),
]


@pytest.mark.parametrize(("kind", "payload"), [row[1:] for row in DELIVERIES], ids=[row[0] for row in DELIVERIES])
def test_t14_what_slack_delivers_is_masked_before_it_is_stored(kind: str, payload: Json) -> None:
    stored = pack("k", kind, payload, bot_user="U0BOT")
    assert b"1111 1111" not in stored.raw
    assert b"0044 0532" not in stored.raw
    inbound = read_slack(stored.raw, "k")
    assert inbound.text == MASKED
    assert inbound.has_card
    assert not read_slack(pack("k", COMMAND, {**DELIVERIES[1][2], "text": "Hilfe"}, bot_user="U0BOT").raw, "k").has_card


def test_t14_ids_and_times_of_slack_stay_as_they_are() -> None:
    stored = json.loads(pack("k", MESSAGE, {"event": EVENT}, bot_user="U0BOT").raw)["payload"]["event"]
    assert [stored[name] for name in ("channel", "ts", "user")] == ["C0BILLING", "1764061200.000100", "U0CHLOE"]


def test_t14_what_is_typed_at_the_terminal_is_masked_before_it_is_stored() -> None:
    raw = sealed("max@kunde.example", SAID, datetime(2026, 11, 22, tzinfo=UTC))
    assert b"1111 1111" not in raw
    inbound = read_terminal(raw, "k")
    assert (inbound.text, inbound.has_card) == (MASKED, True)
    assert not read_terminal(sealed("", "Hilfe", datetime(2026, 11, 22, tzinfo=UTC)), "k").has_card
