"""Time as the billing core sees it: one injected clock, so that tests and the demo choose their day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Instants for records; the business date for issue, due, validity and deadlines."""

    def now(self) -> datetime:
        """This instant, aware, UTC."""

    def today(self) -> date:
        """The business date in the seller's time zone."""


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still on a business date: for the demo, for tests and for reproducing a case."""

    day: date

    def now(self) -> datetime:
        """Noon of the day."""
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)

    def today(self) -> date:
        """The day."""
        return self.day


@dataclass(frozen=True)
class ZoneClock:
    """Real time; the business date is that of the seller's zone, or fixed."""

    zone: str = "Europe/Berlin"
    fixed: date | None = None

    def now(self) -> datetime:
        """This instant, UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The business date."""
        return self.fixed or datetime.now(ZoneInfo(self.zone)).date()
