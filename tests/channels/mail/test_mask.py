"""T14: card numbers and IBANs become unreadable, whatever stands between their digits; other numbers stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.mail.mask import has_card, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111 1111 1111 1111", "4111 **** **** 1111"),
        ("4111-1111-1111-1111.", "4111-****-****-1111."),
        ("4111\u00a01111\u00a01111\u00a01111", "4111\u00a0****\u00a0****\u00a01111"),
        ("Karte 4111111111111111, gültig 12/27", "Karte 4111********1111, gültig 12/27"),
        ("5555 5555 5555 4444 und 378282246310005", "5555 **** **** 4444 und 3782*******0005"),
        ("1 4111 1111 1111 1111 2", "1 4111 **** **** 1111 2"),
        ("DE89 3704 0044 0532 0130 00", "DE89 **** **** **** **30 00"),
        ("FR1420041010050500013M02606 danke", "FR14*******************2606 danke"),
        ("iban: de89370400440532013000", "iban: de89**************3000"),
        ("Karte 4111 1111\n1111 1111 gültig", "Karte 4111 ****\n**** 1111 gültig"),
        ("4111 1111 1111\r\n 1111", "4111 **** ****\r\n 1111"),
        ("DE89 3704 0044\n0532 0130 00 danke", "DE89 **** ****\n**** **30 00 danke"),
        ("DE89370400440532013000 FR1420041010050500013M02606", "DE89**************3000 FR14*******************2606"),
        ("DE89370400440532013000\nDE89 3704 0044 0532 0130 00", "DE89**************3000\nDE89 **** **** **** **30 00"),
        ("4111  1111  1111  1111", "4111  ****  ****  1111"),
    ],
)
def test_what_is_secret_is_starred(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Rechnung 4711 0000 1234 5678",
        "RE-2026-000123",
        "Tel. +49 8161 55 01 23",
        "<20261122100000.4111111111111@kunde.example>",
        "0000 0000 0000 0000",
        "DE00 3704 0044 0532 0130 00",
        "DE123456789",
        "2026-11-22 10:00:00",
        "Rechnung 41111111\n11111111",
        "4111\n\n\n\n1111 1111 1111",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask(text) == text


def test_a_card_is_noticed_so_that_its_sender_can_be_warned() -> None:
    assert has_card("meine Karte: 4111 1111 1111 1111")
    assert not has_card("Rechnung 4711 0000 1234 5678")


@given(st.text(alphabet="0123456789 -DEX\u00a0", max_size=400))
@settings(max_examples=200, deadline=None)
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)
    assert len(mask(text)) == len(text)
