"""The gain of each idea in the audit: recall without it, at the same workload."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from kloudless_data.audit import RULES, alike, circumstances, grading, judging, normalize
from kloudless_data.audit.crowds import Crowds
from kloudless_data.audit.derived import DERIVED
from kloudless_data.audit.kinds import ACTIVE, TAKES, listed
from kloudless_data.audit.rules import (
    DormantReturn,
    MassDownload,
    PasswordSpray,
    hours,
    logins,
    networks,
    permissions,
    renames,
    service_accounts,
    sharing,
    slow,
)
from kloudless_data.audit.rules.base import Rule
from kloudless_data.audit.statistics import Scale

from .audit_kept import Kept
from .audit_score import Score, Seen, found_in
from .audit_worlds import FIRST_UNSEEN, SIMULATORS, Case, small_seeds

__all__ = ["ABLATIONS", "precision_at", "recall_at"]

#: From the seed of an organisation with incidents to that of a quiet one.
_APART = 500
_SLOW = ("slow_exfiltration", "departing_employee")


@contextmanager
def _patched(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """Temporarily change attributes of modules and classes, or entries of dictionaries."""
    with ExitStack() as stack:
        for where, name, value in changes:
            change = (
                patch.dict(where, {name: value})
                if isinstance(where, dict)
                else patch.object(where, name, value)
            )
            stack.enter_context(change)
        yield


def _alone(group: Any) -> list[Any]:
    """Make an act of each candidate."""
    return [[one] for one in group]


def _nothing_common(ending: str) -> str:
    return "false"


def _no_crowd(self: Any, who: int, start: int, end: int, score: float, decades: float) -> Any:
    return decades, 0


def _nothing(activity: Any, rows: Any) -> Any:
    return np.zeros(len(rows))


def _no_amounts(activity: Any, visits: Any) -> Any:
    return np.zeros(len(visits)), np.zeros(len(visits)) + networks.NewNetwork.many


def _odds(self: Rule, candidate: Any) -> float:
    return self.odds


def _no_one(self: Any, activity: Any) -> Iterator[Any]:
    yield from ()


def _no_days(self: Any, activity: Any, account: str, rows: Any) -> Iterator[Any]:
    yield from ()


def _nowhere(self: Any, activity: Any, row: Any, numbers: Any) -> float:
    return 0.0


def _never(self: Any, candidate: Any) -> bool:
    return False


def _as_other_days(self: Any, peak: Any) -> Any:
    return peak


_EVERY_WAY = {
    f"kind in {listed(TAKES)}": "downloaded or copied {files}",
    "number in (select number from outside)": "shared {files} outside or by open links",
}


def _derived(name: str, *changes: tuple[str, str]) -> tuple[Any, str, Any]:
    """Return a change of the query of one of the audit's derived tables."""
    needs, query = DERIVED[name]
    for old, new in changes:
        assert old in query, (name, old)
        query = query.replace(old, new)
    return DERIVED, name, (needs, query)


def _no_reads(flag: str) -> tuple[Any, str, Any]:
    """Return the change that no read has a flag."""
    needs, query = DERIVED["reads"]
    return DERIVED, "reads", (needs, f"select * replace (false as {flag}) from ({query})")


_NONE = (("coded",), "select number from coded where false")
_NOT_COMMON = (
    DERIVED["replaced"][0],
    f"select number, false as common from ({DERIVED['replaced'][1]})",
)
#: Nobody is known to be there.
_STRANGERS = logins._FAILURES.replace("active.who is not null", "false")
_tail: Callable[[Scale], tuple[float, float, float]] = Scale.__dict__["_tail"].func


def _thin_tail(self: Scale) -> tuple[float, float, float]:
    """Assume that records become e times rarer with each 0.45, as if bursts were small."""
    return _tail(replace(self, tail=min(self.tail, 0.45)))


class Idea(NamedTuple):
    """An idea in the audit, and how to do without it.

    Attributes
    ----------
    change : callable
        Returns a context manager that removes it.
    stage : {"findings", "rules", "events"}
        From where on the audit must run again: judging what the rules saw, asking the rules, or
        normalising the events.
    rules : tuple of str
        Rules to leave out.
    """

    change: Callable[[], Any]
    stage: str = "rules"
    rules: tuple[str, ...] = ()


def _weights(*names: str) -> Idea:
    """Return the idea of circumstances with these weights."""
    return Idea(lambda: _patched(*((circumstances, name, 0.0) for name in names)), "findings")


def _of_rules(*names: str) -> Idea:
    """Return the idea of rules."""
    return Idea(_patched, "findings", names)


#: What the audit can do without.
ABLATIONS: dict[str, Idea] = {
    "one finding a cause": Idea(lambda: _patched((grading, "_acts", _alone)), "findings"),
    "further rules add to a finding": Idea(
        lambda: _patched((grading, "_SHARE", 0.0), (grading, "_SAME", 0.0)), "findings"
    ),
    "crowds": Idea(lambda: _patched((Crowds, "discounted", _no_crowd))),
    "families of programs": Idea(lambda: _patched((normalize, "program_of", str)), "events"),
    "several ways are one question": Idea(
        lambda: _patched((judging._Best, "judged", _as_other_days))
    ),
    "ranks: a fixed tail instead": Idea(
        lambda: _patched((Scale, "_tail", property(lambda self: (0.0, 1 / 50, 0.6))))
    ),
    "growth over weeks": _of_rules(*_SLOW),
    "failed log-ins are nobody's activity": Idea(
        lambda: _patched((networks, "ACTIVE", "true"), (hours, "ACTIVE", "true"),
                         *(_derived(name, (ACTIVE, "true")) for name in ("uses", "hourly")))
    ),
    "how much is done in new networks": Idea(
        lambda: _patched((networks, "_amounts", _no_amounts))
    ),
    "how much harm is done": Idea(lambda: _patched((Rule, "bears_on", _odds)), "findings"),
    "folders that people work in": Idea(lambda: _patched(_no_reads("familiar"))),
    "whose files are shared, and with whom": Idea(lambda: _patched((sharing, "_WEIGHT", "1"))),
    "accounts that nobody added": Idea(
        lambda: _patched((DormantReturn, "_first_seen", _no_one))
    ),
    "what protects and records": _of_rules("protection_weakened"),
    "what is taken apart from work": Idea(
        lambda: _patched((slow.SlowExfiltration, "ways", _EVERY_WAY),
                         (slow, "_PHRASES", {**slow._PHRASES, **_EVERY_WAY}),
                         (slow, "_COUNTED", (*_EVERY_WAY, *slow._DELETED_WAYS, slow._DELETED)))
    ),
    "journeys have several new networks": Idea(lambda: _patched((networks, "_CLUSTER", 1))),
    "busy days": Idea(lambda: _patched((judging, "busyness", _nothing))),
    "reads amid work": Idea(lambda: _patched(_no_reads("amid_work"))),
    "folders new to a person": Idea(lambda: _patched(_no_reads("new_folder"))),
    "formats in common use": Idea(
        lambda: _patched((renames, "is_ordinary", _nothing_common),
                         (DERIVED, "replaced", _NOT_COMMON))
    ),
    "sprays from everywhere": Idea(lambda: _patched((PasswordSpray, "_of_day", _no_days))),
    "heavy tails": Idea(lambda: _patched((Scale, "_tail", property(_thin_tail)))),
    "hints count little": Idea(lambda: _patched((grading, "_HINT", 0.6)), "findings"),
    "circumstances": Idea(
        lambda: _patched((circumstances.Circumstances, "decades", 0.0)), "findings"
    ),
    "folders that people change": _weights("_EDITED"),
    "files gone back to": _weights("_REVISITED"),
    "what stays in use": _weights("_STAYS", "_RESUMED"),
    "with how many domains, and with oneself": _weights("_DOMAINS", "_PRIVATE"),
    "who else uses the network": _weights("_PEOPLE"),
    "what is done in a new network": _weights("_WRITES", "_ONCE"),
    "what is taken, and from whom": _weights("_TAKEN", "_FOREIGN"),
    "the like by others within two weeks": Idea(
        lambda: _patched((alike, "_ALIKE", 0.0)), "findings"
    ),
    "off hours": _of_rules("off_hours"),
    "who fails and gets in": Idea(lambda: _patched((logins, "_FAILURES", _STRANGERS))),
    "roles for a task": Idea(lambda: _patched((permissions, "_TASK_DAYS", np.inf))),
    "back in their own folders": Idea(lambda: _patched((DormantReturn, "_familiar", _nowhere))),
    "newcomers' growth": Idea(lambda: _patched((slow, "NEW", 0.0))),
    "administrators' work": _weights("_ADMINISTERS"),
    "what was deleted before": Idea(lambda: _patched((DERIVED, "deleted_again", _NONE))),
    "deletions over weeks": _of_rules("slow_deletion"),
    "files that others take, too": _weights("_IN_DEMAND"),
    "sprays that let nobody in": Idea(lambda: _patched((logins, "_KEPT_OUT", 0.0))),
    "providers of mailboxes": Idea(lambda: _patched((sharing, "MAILBOXES", "-"))),
    "programs like clockwork": Idea(lambda: _patched((service_accounts, "_ITS_HOURS", 0))),
    "hours count once": Idea(lambda: _patched((MassDownload, "asks_for_hours", _never)),
                             "findings"),
    "on how many days": Idea(lambda: _patched((slow, "_PER_DAYS", 0.0)), "findings"),
}  # fmt: skip


def recall_at(seen: Iterable[Seen], workload: float) -> tuple[float, float, float]:
    """Return recall, precision and recall of slow incidents at a workload of quiet organisations.

    Parameters
    ----------
    seen : iterable of Seen
    workload : float
        Loud findings per 100 people and week of the quiet organisations among them, at most.
    """
    best = (0.0, 0.0, 0.0)
    for score in _scores(seen):
        if score.workload > workload:
            break
        best = score.recall(), score.precision, score.recall(score.where(slow=True))
    return best


def without(name: str, organisations: Iterable[Kept]) -> list[Seen]:
    """Return the findings without an idea.

    Parameters
    ----------
    name : str
        One of `ABLATIONS`.
    organisations : iterable of Kept
    """
    idea = ABLATIONS[name]
    rules = [rule for rule in RULES if rule not in idea.rules]
    with idea.change():
        if idea.stage == "events":
            return [found_in(one.case, rules=rules) for one in organisations]
        return [one.seen(rules=rules, anew=idea.stage == "rules") for one in organisations]


def precision_at(seen: Iterable[Seen], workload: float, recall: float) -> float:
    """Return the highest precision at a threshold with enough recall and little enough workload.

    Parameters
    ----------
    seen : iterable of Seen
    workload : float
        As for `recall_at`.
    recall : float
        The least recall by any loud finding (0 to 1).

    Returns
    -------
    float
        0 if no threshold has both.
    """
    enough = (one for one in _scores(seen) if one.workload <= workload and one.recall() >= recall)
    return max((one.precision for one in enough), default=0.0)


def _scores(seen: Iterable[Seen]) -> Iterator[Score]:
    """Yield the scores at ever larger budgets."""
    every = list(seen)
    for step in range(61):
        yield Score.of(every, budget=0.05 * 1.075**step)


def _main() -> None:
    """Print recall without ideas, on a few organisations on which parameters were chosen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit_ablation")
    parser.add_argument("names", nargs="+", choices=["nothing", *ABLATIONS])
    parser.add_argument("--simulators", nargs="*", choices=SIMULATORS, default=[],
                        help="default: dense organisations of the second")  # fmt: skip
    parser.add_argument("--first", type=int, default=200, help="seed of the first with incidents")
    parser.add_argument("--number", type=int, default=8, help="how many with incidents")
    parser.add_argument("--quiet", type=int, default=8, help="how many quiet ones")
    given = parser.parse_args()
    if not 0 <= given.first <= FIRST_UNSEEN - _APART - given.quiet:
        parser.error(f"seeds from {FIRST_UNSEEN} on are for measuring only: give a smaller --first")
    # A simulator is measured at its own threshold: its quiet organisations say which one.
    groups = [_cases(one, given) for one in given.simulators] or [_dense(given)]
    with TemporaryDirectory() as folder:
        kept = [[Kept(one, Path(folder)) for one in cases] for cases in groups]
        for name in given.names:
            found = [[one.seen() for one in some] if name == "nothing" else without(name, some)
                     for some in kept]  # fmt: skip
            _print(name, found)


def _print(name: str, found: list[list[Seen]]) -> None:
    """Print the means over simulators."""
    for workload in (0.5, 1.0, 2.0):
        recall, precision, slow = np.mean([recall_at(seen, workload) for seen in found], axis=0)
        print(f"without {name}, workload {workload:g}: recall {recall:.2f}, precision "
              f"{precision:.2f}, recall of slow incidents {slow:.2f}", flush=True)  # fmt: skip
    scores = [Score.of(seen) for seen in found]
    figures = [(one.recall(), one.precision, one.workload) for one in scores]
    recall, precision, workload = np.mean(figures, axis=0)
    print(f"without {name}, budget 1: recall {recall:.2f}, precision {precision:.2f}, workload "
          f"{workload:.2f}", flush=True)  # fmt: skip


def _cases(simulator: str, given: argparse.Namespace) -> list[Case]:
    """Return organisations with incidents, and quiet ones on other seeds."""
    made = [Case(simulator, given.first + n) for n in range(given.number)]
    return made + [Case(simulator, given.first + _APART + n, True) for n in range(given.quiet)]


def _dense(given: argparse.Namespace) -> list[Case]:
    """Return organisations with many incidents, and small quiet ones."""
    made = [Case("second", given.first + n, dense=True) for n in range(given.number)]
    return made + [Case("second", n, quiet=True) for n in small_seeds(given.quiet, start=500)]


if __name__ == "__main__":
    _main()
