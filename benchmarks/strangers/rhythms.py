"""When people work: weeks, shifts, time zones, holidays, deadlines.

Sessions start as a Poisson process whose rate follows the hours and the days of the week, and each
sets off a cascade of actions (Malmgren et al. 2008, see `draws`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .draws import Draws

__all__ = ["COUNTRIES", "Calendar", "Shift", "draw_shift"]

#: Country, its share among headquarters' countries, and a zone.
COUNTRIES = {
    "DE": "Europe/Berlin",
    "GB": "Europe/London",
    "FR": "Europe/Paris",
    "PL": "Europe/Warsaw",
    "US": "America/New_York",
    "CA": "America/Toronto",
    "BR": "America/Sao_Paulo",
    "IN": "Asia/Kolkata",
    "JP": "Asia/Tokyo",
    "AU": "Australia/Sydney",
}
# Days of the year that most of a country has off (month, day).
_HOLIDAYS = {
    "DE": ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26)),
    "GB": ((1, 1), (5, 6), (8, 26), (12, 25), (12, 26)),
    "FR": ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)),
    "PL": ((1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26)),
    "US": ((1, 1), (5, 27), (7, 4), (9, 2), (11, 28), (11, 29), (12, 25)),
    "CA": ((1, 1), (7, 1), (9, 2), (10, 14), (12, 25), (12, 26)),
    "BR": ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25)),
    "IN": ((1, 26), (8, 15), (10, 2), (12, 25)),
    "JP": ((1, 1), (1, 2), (1, 3), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)),
    "AU": ((1, 1), (1, 26), (4, 25), (12, 25), (12, 26)),
}


@dataclass(frozen=True)
class Shift:
    """A person's working week: days, the first hour, and how many hours."""

    weekdays: frozenset[int]
    start: float
    hours: float

    def moment(self, draws: Draws) -> float:
        """Draw the hour in which a session starts: two humps around a break."""
        hump = 0.27 if draws.chance(0.52) else 0.74
        return self.start + self.hours * min(1.15, max(-0.08, draws.gauss(hump, 0.15)))


def draw_shift(draws: Draws, night: float) -> Shift:
    """Draw a working week; `night` is the share of those who work in the evening or at night."""
    weekdays = frozenset(range(5))
    start, hours = draws.gauss(8.4, 0.8), 8.5
    if draws.chance(0.14):  # part-time
        weekdays = frozenset(draws.sample(range(5), draws.choice((2, 3, 3, 4))))
        hours = draws.choice((4.5, 5.5, 8.0))
    if draws.chance(night):
        start = draws.choice((14.0, 16.0, 20.0, 22.0))
        weekdays = frozenset(draws.sample(range(7), draws.choice((4, 5, 5))))
    elif draws.chance(0.1):  # late risers
        start += draws.uniform(2, 4)
    return Shift(weekdays, start, hours)


@dataclass
class Calendar:
    """The days of a world, in everybody's time zone."""

    start: date
    days: int
    deadlines: Sequence[int]
    _midnights: dict[tuple[str, int], float] = field(default_factory=dict)

    def date(self, day: int) -> date:
        """Return the date of a day."""
        return self.start + timedelta(days=day)

    def weekday(self, day: int) -> int:
        """Return the weekday of a day; 0 is Monday."""
        return self.date(day).weekday()

    def at(self, country: str, day: int, hour: float) -> float:
        """Return seconds since 1970 of an hour (which may exceed 24) of a day in a country."""
        key = (country, day)
        if key not in self._midnights:
            d = self.date(day)
            midnight = datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(COUNTRIES[country]))
            self._midnights[key] = midnight.timestamp()
        return self._midnights[key] + hour * 3600

    def is_holiday(self, country: str, day: int) -> bool:
        """Whether most of a country has the day off."""
        d = self.date(day)
        return (d.month, d.day) in _HOLIDAYS[country]

    def pressure(self, day: int) -> float:
        """Return how much more is done before a deadline, and less between the years."""
        d = self.date(day)
        if (d.month == 12 and d.day > 22) or (d.month == 8 and 5 < d.day < 20):
            return 0.55
        return 1.8 if any(0 <= deadline - day <= 3 for deadline in self.deadlines) else 1.0
