"""A machine that really runs: time passes, the schedule works, a reminder leaves, and its link opens."""

import re
import urllib.request
from pathlib import Path

import pytest

from tests.running import Running, attachments_of, text_of

DEBTOR = "rechnung@moebel-muessiggang.example"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_week_later_the_last_reminder_goes_out_once_and_its_link_says_how_to_pay(tmp_path: Path) -> None:
    with Running(tmp_path, with_slack=False) as machine:
        machine.stop()
        assert machine.outgoing() == []  # what was seeded is no news
        machine._settings["CLOCK"] = "2026-12-01"
        machine.start()
        [reminder] = machine.wait(lambda: to_the_debtor(machine), timeout=90, what="the reminder")
        assert "RE-2026-000120" in str(reminder["Subject"])
        assert [name for name in attachments_of(reminder) if "RE-2026-000120" in name]
        found = re.search(r"http://127\.0\.0\.1:\d+/pay/RE-2026-000120/\w+-[a-z2-7]{26}", text_of(reminder))
        assert found
        with urllib.request.urlopen(found[0], timeout=10) as answer:
            page = answer.read().decode()
        assert "761,60" in page and "DE97 9999 9999 0000 0123 45" in page
        machine.stop()
        machine.start()
        machine.wait(machine._ready)
    assert len(to_the_debtor(machine)) == 1


def to_the_debtor(machine: Running) -> list:  # type: ignore[type-arg]
    return [mail for mail in machine.outgoing() if mail["To"] == DEBTOR]
