"""When people of our support are there: the hours and holidays of the regions that they sit in.

Pure: the moment is always given. The calendar of holidays is a library whose import costs a tenth of a second; it is
loaded when somebody first asks about a working day.
"""

import functools
import logging
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

log = logging.getLogger(__name__)
WEEKEND = (5, 6)  # Saturday, Sunday
_REGION = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?(?: (\d{1,2})-(\d{1,2}))?(?: ([A-Za-z_]+(?:/[A-Za-z_-]+)+|UTC))?")


@dataclass(frozen=True)
class Region:
    """A place where people of our support work, Monday to Friday except on its holidays."""

    country: str  # ISO 3166-1, "DE"
    part: str  # of ISO 3166-2 what follows the country, where holidays differ within it: "BY"; or ""
    opens: int  # full hour, 0 to 23
    closes: int  # full hour after that, up to 24
    zone: str

    @property
    def code(self) -> str:
        """As it is written in the settings: `DE`, `DE-BY`."""
        return f"{self.country}-{self.part}" if self.part else self.country

    def works_on(self, day: date) -> bool:
        """Whether somebody is there on this day."""
        return day.weekday() not in WEEKEND and day not in _holidays(self.country, self.part, day.year)

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody is there at this instant."""
        local = moment.astimezone(ZoneInfo(self.zone))
        return self.opens <= local.hour < self.closes and self.works_on(local.date())

    def next_open(self, moment: datetime) -> datetime:
        """The first instant from this one on at which somebody is there, in UTC."""
        if self.is_open(moment):
            return moment.astimezone(UTC)
        day = moment.astimezone(ZoneInfo(self.zone)).date()
        while self._at(day, self.opens) <= moment or not self.works_on(day):
            day += timedelta(days=1)
        return self._at(day, self.opens)

    def after(self, moment: datetime, hours: int) -> datetime:
        """When so many hours of work have passed, in UTC; always an instant at which somebody is there."""
        left, start = timedelta(hours=hours), self.next_open(moment)
        while (evening := self._at(start.astimezone(ZoneInfo(self.zone)).date(), self.closes)) - start <= left:
            left -= evening - start
            start = self.next_open(evening)
        return start + left

    def _at(self, day: date, hour: int) -> datetime:
        """That hour on the wall clock of that day, in UTC: a day may have 23 or 25 hours."""
        midnight, past = divmod(hour, 24)
        return datetime.combine(day + timedelta(days=midnight), time(past), ZoneInfo(self.zone)).astimezone(UTC)


def regions_from(text: str, *, hours: tuple[int, int], zone: str) -> tuple[Region, ...]:
    """Regions as the settings name them, `DE-BY, CH-ZH 8-17 Europe/Zurich`; what is left out is as given here.

    Raises ValueError.
    """
    return tuple(_region(part.strip(), hours, zone) for part in text.split(","))


def _region(text: str, hours: tuple[int, int], zone: str) -> Region:
    found = _REGION.fullmatch(text)
    if found is None:
        raise ValueError(f"no region: {text!r}; write `DE`, `DE-BY` or `CH-ZH 8-17 Europe/Zurich`")
    opens, closes = (int(found[3]), int(found[4])) if found[3] else hours
    if not 0 <= opens < closes <= 24:
        raise ValueError(f"nobody can be there from {opens} to {closes}")
    try:
        ZoneInfo(found[5] or zone)
    except ZoneInfoNotFoundError as unknown:
        raise ValueError(f"no time zone: {found[5] or zone!r}") from unknown
    return Region(found[1], found[2] or "", opens, closes, found[5] or zone)


def region_for(regions: tuple[Region, ...], country: str) -> Region:
    """Who looks after a customer: the region of the customer's country, else the first."""
    return next((region for region in regions if region.country == country), regions[0])


def has_holidays(region: Region) -> bool:
    """Whether the calendar knows the region; where it does not, only weekends are free."""
    import holidays

    parts = holidays.list_supported_countries().get(region.country)
    return parts is not None and region.part in ("", *parts)


@functools.cache
def _holidays(country: str, part: str, year: int) -> frozenset[date]:
    import holidays

    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError:  # `guichet doctor` says so, too
        log.warning("action=holidays_unknown country=%s part=%s", country, part)
        return frozenset()
