"""When support is there: hours, weekends, holidays of regions, and days that the clock changes."""

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from bot.hours import Region, has_holidays, region_for, regions_from
from bot.settings import Settings

MUNICH = Region("DE", "BY", 9, 17, "Europe/Berlin")
BERLIN = Region("DE", "BE", 9, 17, "Europe/Berlin")
ZURICH = Region("CH", "ZH", 8, 17, "Europe/Zurich")
PARIS = Region("FR", "", 9, 18, "Europe/Paris")

FREE = [
    ("a Sunday", BERLIN, date(2026, 11, 22), False),
    ("a Monday", BERLIN, date(2026, 11, 23), True),
    ("Corpus Christi in Munich", MUNICH, date(2026, 6, 4), False),
    ("Corpus Christi in Berlin", BERLIN, date(2026, 6, 4), True),
    ("Women's Day in Berlin", BERLIN, date(2027, 3, 8), False),
    ("Women's Day in Munich", MUNICH, date(2027, 3, 8), True),
    ("Bastille Day", PARIS, date(2026, 7, 14), False),
    ("Bastille Day in Munich", MUNICH, date(2026, 7, 14), True),
    ("Berchtold's Day in Zurich", ZURICH, date(2029, 1, 2), True),
    ("Good Friday", ZURICH, date(2026, 4, 3), False),
    ("Good Friday in Paris", PARIS, date(2026, 4, 3), True),
]


@pytest.mark.parametrize(("region", "day", "works"), [row[1:] for row in FREE], ids=[row[0] for row in FREE])
def test_holidays_are_those_of_the_region(region: Region, day: date, works: bool) -> None:
    assert region.works_on(day) is works


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OPENS = [
    ("in the morning", BERLIN, "2026-11-23T07:59", "2026-11-23T08:00"),
    ("while somebody is there", BERLIN, "2026-11-23T10:15", "2026-11-23T10:15"),
    ("at the stroke of closing", BERLIN, "2026-11-23T16:00", "2026-11-24T08:00"),
    ("on Friday evening", BERLIN, "2026-11-27T16:30", "2026-11-30T08:00"),
    ("before Christmas", BERLIN, "2026-12-24T17:00", "2026-12-28T08:00"),
    ("before Easter in Zurich", ZURICH, "2026-04-02T16:00", "2026-04-07T06:00"),
    ("before Easter in Paris", PARIS, "2026-04-02T17:00", "2026-04-03T07:00"),
    ("the Sunday on which summer time begins", BERLIN, "2026-03-29T00:30", "2026-03-30T07:00"),
]


@pytest.mark.parametrize(("region", "moment", "opens"), [row[1:] for row in OPENS], ids=[row[0] for row in OPENS])
def test_the_next_moment_at_which_somebody_is_there(region: Region, moment: str, opens: str) -> None:
    assert region.next_open(at(moment)) == at(opens)
    assert region.is_open(at(opens))


LATER = [
    ("within the day", "2026-11-23T08:00", 3, "2026-11-23T11:00"),
    ("a whole day is the next morning", "2026-11-23T08:00", 8, "2026-11-24T08:00"),
    ("over a weekend", "2026-11-27T14:00", 8, "2026-11-30T14:00"),
    ("from the middle of the night", "2026-11-21T23:00", 1, "2026-11-23T09:00"),
    ("over Christmas and New Year", "2026-12-23T10:00", 48, "2027-01-04T10:00"),
]


@pytest.mark.parametrize(("moment", "hours", "then"), [row[1:] for row in LATER], ids=[row[0] for row in LATER])
def test_only_hours_of_work_count(moment: str, hours: int, then: str) -> None:
    assert BERLIN.after(at(moment), hours) == at(then)


def test_a_region_may_work_until_midnight() -> None:
    late = Region("DE", "", 14, 24, "Europe/Berlin")
    assert late.is_open(at("2026-11-23T22:59")) and not late.is_open(at("2026-11-23T23:00"))
    assert late.after(at("2026-11-23T22:00"), 2) == at("2026-11-24T14:00")


def test_the_region_of_the_customers_country_counts_else_the_first() -> None:
    regions = regions_from("DE-BY, CH-ZH 8-17 Europe/Zurich", hours=(9, 17), zone="Europe/Berlin")
    assert regions == (MUNICH, ZURICH)
    assert region_for(regions, "CH") is regions[1]
    assert region_for(regions, "FR") is region_for(regions, "") is regions[0]


@pytest.mark.parametrize("wrong", ["", "Bavaria", "de", "DE 17-9", "DE 9-25", "DE 9-17 Europe/Atlantis", "DE;CH"])
def test_what_is_no_region_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"no region|nobody can be there|no time zone"):
        Settings(support_regions=wrong or " ", _env_file=None)  # type: ignore[call-arg]


def test_a_region_without_a_calendar_has_only_weekends(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = Region("DE", "XX", 9, 17, "Europe/Berlin")
    assert not has_holidays(nowhere) and not has_holidays(Region("XX", "", 9, 17, "UTC")) and has_holidays(MUNICH)
    assert nowhere.works_on(date(2026, 12, 25)) and not nowhere.works_on(date(2026, 12, 26))
    assert "holidays_unknown" in caplog.text


@pytest.mark.slow
def test_the_calendar_is_not_loaded_before_it_is_asked() -> None:
    looked = "import sys, bot.app; print('holidays' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True, timeout=50)
    assert told.stdout.strip() == "False"
