"""People with names, time zones, working hours, offices and homes.

A person is a pure function of (seed, number), so an organisation of thousands costs nothing until a
person is needed. Eight consecutive people form a team that works on the same files.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .randomness import Floats, Ints, key_of, rng_of, uniforms
from .timetext import DAY, HOUR

__all__ = ["PLACES", "TEAM", "Person", "local_hour_of_week", "person", "places", "team"]

TEAM = 8
PLACES = ("office", "home", "mobile")
DOMAIN = "aldermoor.example"

_FIRST = (
    "Amara Bjørn Chidi Dolores Émile Fatima Giulia Haruto Ingrid Jamal Keiko Lars Mónica Nikhil "
    "Olga Priya Quentin Rosa Sören Tereza Umar Vera Wanjiru Xavier Yara Zoltán Anna Daniel Grace "
    "Henry Lucía Mateus Noor Oscar Paula Rahul Sofia Thomas Veronika William"
).split()
_LAST = (
    "Okafor Lindqvist Tanaka O'Brien García Müller Rossi Haddad Novák Sharma Dubois Kowalska "
    "Mwangi Silva Jensen Petrova Nguyen Fischer Osei Romano Ivanov Hughes Castillo Yılmaz Andersen "
    "Brown Chen Díaz Evans Farkas Grant Holm Ito Juhász Khan Larsen Moreau Nakamura Olsen Park"
).split()

#: City, UTC offset in hours, network of the office. Offsets are fixed: changes to daylight saving
#: time are not modelled.
_CITIES = (
    ("London", 0.0, "203.0.113"),
    ("Berlin", 1.0, "203.0.113"),
    ("New York", -5.0, "198.51.100"),
    ("London", 0.0, "203.0.113"),
    ("São Paulo", -3.0, "198.51.100"),
    ("Bengaluru", 5.5, "192.0.2"),
    ("Berlin", 1.0, "203.0.113"),
    ("San Francisco", -8.0, "198.51.100"),
)
_ASCII = str.maketrans("øÉéóöüáãíıłñ", "oEeoouaaiiln")

#: The activity in each hour of a working day, from the first; lunch is the fifth.
_WORKING_DAY = (0.6, 1.0, 1.0, 0.9, 0.45, 0.8, 1.0, 0.9, 0.6, 0.25)
_ODD_HOURS, _WEEKEND = 0.004, 0.02


@dataclass(frozen=True, slots=True)
class Person:
    """A person who acts in an account."""

    number: int
    name: str
    email: str
    city: str
    utc_offset: float
    starts_at: int
    diligence: float
    addresses: tuple[str, str, str]

    @property
    def user_id(self) -> int:
        """The upstream service's id for this person."""
        return 4_200_000_000 + self.number * 7_919

    def week(self) -> Floats:
        """Return the activity in each of the 168 hours of a local week, Monday first."""
        hours = np.full((7, 24), _ODD_HOURS)
        hours[5:, 10:20] = _WEEKEND
        for hour, activity in enumerate(_WORKING_DAY):
            hours[:5, (self.starts_at + hour) % 24] = activity
        return hours.reshape(168)


@lru_cache(maxsize=4096)
def person(seed: int, number: int) -> Person:
    """Return the person with this number.

    Parameters
    ----------
    seed : int
        The sandbox's seed.
    number : int
        The person's number, from 0.
    """
    rng = rng_of(seed, "person", number)
    # The prime step visits all pairs of names before one repeats.
    pair = (number * 617 + key_of(seed, "names")) % (len(_FIRST) * len(_LAST))
    first, last = _FIRST[pair % len(_FIRST)], _LAST[pair // len(_FIRST)]
    again = number // (len(_FIRST) * len(_LAST))
    local = f"{first}.{last}".replace("'", "").translate(_ASCII).lower()
    local = local.encode("ascii", "ignore").decode()
    city, offset, network = _CITIES[number % len(_CITIES)]
    return Person(
        number=number,
        name=f"{first} {last}",
        email=f"{local}{again or ''}@{DOMAIN}",
        city=city,
        utc_offset=offset,
        starts_at=rng.choice((7, 8, 8, 9, 9, 9, 10)),
        diligence=rng.uniform(0.5, 2.0),
        addresses=(
            f"{network}.{10 + number % 8}",
            f"100.{64 + number // 250 % 64}.{number % 250}.{rng.randrange(1, 255)}",
            f"2001:db8:{number:x}::{rng.randrange(1, 0xFFFF):x}",
        ),
    )


def team(seed: int, account_number: int) -> list[Person]:
    """Return the people whose activity an account shows, its owner first.

    Parameters
    ----------
    seed : int
        The sandbox's seed.
    account_number : int
        The account's index in the sandbox.
    """
    first = account_number // (5 * TEAM) * TEAM
    owner = account_number % TEAM
    return [person(seed, first + (owner + step) % TEAM) for step in range(TEAM)]


def local_hour_of_week(times: Ints, utc_offsets: Floats) -> Ints:
    """Return the hours of the local week (0 to 167), starting on Monday.

    Parameters
    ----------
    times : numpy.ndarray of int64
        Microseconds since 1970, UTC.
    utc_offsets : numpy.ndarray of float64
        Hours from UTC.
    """
    local = times + (utc_offsets * HOUR).astype(np.int64)
    # 1970-01-01 was a Thursday.
    return (local // HOUR + 3 * 24) % 168


def places(seed: int, numbers: Ints, utc_offsets: Floats, times: Ints, draws: Floats) -> Ints:
    """Return where people are, as an index into `PLACES` for each event.

    In the office during office hours on weekdays, except on home-office days; occasionally on a
    phone.

    Parameters
    ----------
    seed : int
        The sandbox's seed.
    numbers : numpy.ndarray of int64
        The people's numbers.
    utc_offsets : numpy.ndarray of float64
        Hours from UTC.
    times : numpy.ndarray of int64
        Microseconds since 1970, UTC.
    draws : numpy.ndarray of float64
        Random numbers in [0, 1), one per event.
    """
    local = times + (utc_offsets * HOUR).astype(np.int64)
    hour, weekday = local % DAY // HOUR, (local // DAY + 3) % 7
    day_at_home = uniforms(key_of(seed, "places"), numbers * 100_000 + local // DAY) < 0.3
    home = (hour < 8) | (hour >= 19) | (weekday >= 5) | day_at_home
    return np.where(draws < 0.03, 2, home.astype(np.int64)).astype(np.int64)
