"""Messages are forgotten when their class's time is over; what came, and when, is still known."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.pipeline.retention import Retention
from storage.tables import InboxRow
from tests.threats.machine import CONTACT, Machine

pytestmark = pytest.mark.slow

KEEP = Retention.from_setting("machine 30, unanswered 90, answered 2190")


@pytest.fixture
def one(tmp_path: Path, seeded: Path) -> Iterator[Machine]:
    """A machine of one's own."""
    machine = Machine(tmp_path, seeded=seeded)
    yield machine
    machine.close()


def test_the_setting_names_every_class() -> None:
    assert Retention(30, 90, 2190) == KEEP


@pytest.mark.parametrize(("who", "headers", "days"), [
    ("noreply@shop.example", {"Auto_Submitted": "auto-generated"}, KEEP.machine),
    ("fremd@nirgends.example", {}, KEEP.unanswered),
    (CONTACT, {}, KEEP.answered),
], ids=["machine", "unanswered", "answered"])  # fmt: skip
def test_a_message_is_kept_for_its_days_and_no_longer(
    one: Machine, who: str, headers: dict[str, str], days: int
) -> None:
    one.mail(who, "Bitte senden Sie mir die Rechnung RE-2026-000123", proven=who == CONTACT, **headers)
    for age, kept in ((days - 1, True), (days + 1, False)):
        one.change(InboxRow, one.last, received=one.app.clock.now() - timedelta(days=age))
        one.app.worker.forget_old()
        assert bool(one.row().raw) is kept
    assert one.row().received and one.row().reading == ""


def test_what_is_still_to_be_done_is_never_forgotten(one: Machine) -> None:
    one.mail(CONTACT, "Bitte senden Sie mir die Rechnung RE-2026-000123")
    one.change(InboxRow, one.last, state="stuck", received=one.app.clock.now() - timedelta(days=9000))
    one.app.worker.forget_old()
    assert one.row().raw
