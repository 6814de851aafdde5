"""Deadlines are judged by the business date, also where the operator has set one."""

from pathlib import Path

import pytest

from bot import dress
from bot.messages import Channel
from tests.threats.machine import CONTACT, Machine

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("day", "ends"), [("2026-12-05", "1. Januar 2027"), ("2026-12-06", "1. Januar 2028")])
def test_a_cancellation_counts_on_the_business_date(tmp_path: Path, day: str, ends: str) -> None:
    machine = Machine(tmp_path, clock=day)
    try:
        [receipt] = [one for one in machine.mail(CONTACT, "Hiermit kündigen wir unser Abonnement SUB-1001.")
                     if one.channel == Channel.EMAIL]  # fmt: skip
        assert ends in " ".join(dress.plain(receipt.reply).split())
    finally:
        machine.close()
