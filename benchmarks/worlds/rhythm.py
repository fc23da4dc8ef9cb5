"""When people act: busy days, sessions within days, bursts within sessions.

Sources
-------
- The times between somebody's actions are heavy-tailed: Barabási, "The origin of bursts and heavy
  tails in human dynamics" (Nature 435, 2005, doi:10.1038/nature03459); that is explained by daily
  and weekly cycles and cascades of activity: Malmgren et al., "A Poissonian explanation for heavy
  tails in e-mail communication" (PNAS 2008, doi:10.1073/pnas.0800332105), whose cascading Poisson
  process the days and sessions here follow.
- The number of events in a burst is a power law too: Karsai et al., "Universal features of
  correlated bursty behaviour" (Scientific Reports 2012, PMC3343322).
"""

from __future__ import annotations

import numpy as np

from .organisation import DAY, Organisation

__all__ = ["days_of_work", "pauses", "sessions"]


def pauses(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return seconds between actions of one session: Pareto, exponent 1.1, 3 s to half an hour."""
    return np.minimum(3 / rng.random(count) ** (1 / 1.1), 1800)


def days_of_work(rng: np.random.Generator, organisation: Organisation) -> np.ndarray:
    """Return the number of events of each person on each day, shape (people, days)."""
    org, people = organisation, organisation.people
    rate = np.array([p.rate for p in people])[:, None]
    week = np.array([p.weekdays for p in people])[:, org.weekday]
    zone = np.array([p.zone for p in people])
    # Weeks differ, days differ more: both log-normal, with a mean of about 1.
    weeks = np.repeat(rng.lognormal(-0.12, 0.5, (len(people), org.days // 7 + 1)), 7, axis=1)
    expected = (
        rate * week * weeks[:, : org.days] * rng.lognormal(-0.32, 0.8, (len(people), org.days))
    )
    expected *= np.where(org.holiday[zone], 0.03, 1.0)
    if org.closure:
        on_call = np.array([p.on_call for p in people])
        expected[:, slice(*org.closure)] *= np.where(on_call, 0.3, 0.02)[:, None]
    finance = np.array([p.role == "finance" for p in people])
    expected[np.ix_(finance, np.flatnonzero(org.month_end))] *= 2.2
    _add_deadlines(rng, org, expected)
    for index, person in enumerate(people):
        present = [org.active(person, d) for d in range(org.days)]
        if person.dormant and person.last > 0:
            present = [d < person.last / DAY for d in range(org.days)]
        expected[index] *= present
    counts: np.ndarray = rng.poisson(expected)
    return counts


def _add_deadlines(rng: np.random.Generator, org: Organisation, expected: np.ndarray) -> None:
    """Give teams some days of pressure before a deadline."""
    teams = np.array([p.team for p in org.people])
    for team in np.unique(teams):
        for end in rng.integers(3, org.days, rng.poisson(org.days / 40)):
            span = slice(max(0, end - int(rng.integers(2, 6))), end)
            expected[teams == team, span] *= rng.uniform(1.5, 3.0)


def sessions(
    rng: np.random.Generator, organisation: Organisation, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split the days' events into sessions.

    Parameters
    ----------
    rng : numpy.random.Generator
    organisation : Organisation
    counts : numpy.ndarray
        As `days_of_work` gives them.

    Returns
    -------
    person, start, size : numpy.ndarray
        One entry a session; `start` in seconds since the world's start, UTC.
    """
    who, day = np.nonzero(counts)
    total = counts[who, day]
    parts = 1 + rng.poisson(np.minimum(total / 7, 6))
    owner = np.repeat(np.arange(who.size), parts)
    weight = rng.lognormal(0, 1.2, owner.size)
    firsts = np.concatenate([[0], np.cumsum(parts)[:-1]])
    share = weight / np.add.reduceat(weight, firsts)[owner] if owner.size else weight
    size = np.floor(total[owner] * share + rng.random(owner.size)).astype(int)
    keep = size > 0
    owner, size = owner[keep], size[keep]
    person, day = who[owner], day[owner]
    hour = _hours(rng, organisation, person)
    zone = np.array([p.zone for p in organisation.people])[person]
    start = day * DAY + hour * 3600 - organisation.offsets[zone, day]
    return person, start, size


def _hours(rng: np.random.Generator, org: Organisation, person: np.ndarray) -> np.ndarray:
    """Return the local hour at which each session starts: two peaks, for some a third."""
    begin = np.array([p.start_hour for p in org.people])[person]
    length = np.array([p.hours for p in org.people])[person]
    evening = rng.random(person.size) < np.array([p.evening for p in org.people])[person]
    late = rng.random(person.size) < 0.5
    peak = np.where(
        late, rng.beta(4, 4, person.size) * 0.5 + 0.5, rng.beta(2, 3, person.size) * 0.5
    )
    hour = begin + rng.normal(0, 0.4, person.size) + peak * length
    hour = np.where(evening, rng.normal(21.8, 1.1, person.size), hour)
    anywhere = rng.random(person.size) < 0.01
    return np.where(anywhere, rng.uniform(5, 25, person.size), hour)
