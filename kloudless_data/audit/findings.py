"""Findings, and the DataFrame that holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..paging.frames import utc_times

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LOUD", "SEVERITIES", "Finding", "Observation", "findings_frame"]

#: Most severe first. ``high`` and ``medium`` are loud: they count against the budget. ``info`` is
#: worth knowing but has an innocent explanation, or is a test that could not be run.
SEVERITIES = ("high", "medium", "low", "info")
LOUD = ("high", "medium")


@dataclass(frozen=True)
class Observation:
    """One rule's view of a finding.

    Attributes
    ----------
    rule : str
    decades : float
        Its worth: -log10 of the share of person-days that are this strange.
    start, end : datetime
    sentence : str
        What the rule saw, in one sentence, with names from the server.
    numbers : dict
        The numbers behind the sentence.
    evidence : sequence of str
        The ids of the account's events, in order of time.
    """

    rule: str
    decades: float
    start: datetime
    end: datetime
    sentence: str
    numbers: dict[str, Any] = field(default_factory=dict)
    evidence: Sequence[str] = ()


@dataclass(frozen=True)
class Finding:
    """Something that stands out, with its evidence.

    Attributes
    ----------
    rule : str
        The rule that gives it the most worth.
    severity : {"high", "medium", "low", "info"}
    start, end : datetime
        First and last event of the evidence, or the limits of a silence.
    account : str
    person : str or None
        None for a finding about the account.
    sentence : str
        What happened, in a few sentences, with names from the server.
    numbers : dict
        What was observed, what is usual, and how rare it is.
    evidence : sequence of str
        The ids of the account's events, in order of time; events without an id are not in it.
    decades : float
        Its worth by all rules that saw it, which ranks findings.
    observations : sequence of Observation
        What each rule saw, best first.
    family : str
        The rule's name for findings without a person, or of weeks, whose first event may be that of
        another finding, too; else blank.
    dismissed : str or None
        Why it was dismissed, and by whom.
    """

    rule: str
    severity: str
    start: datetime
    end: datetime
    account: str
    person: str | None
    sentence: str
    numbers: dict[str, Any] = field(default_factory=dict)
    evidence: Sequence[str] = ()
    decades: float = 0.0
    observations: Sequence[Observation] = ()
    family: str = ""
    dismissed: str | None = None

    @property
    def id(self) -> str:
        """Stable id of a finding, whatever else was found and whichever rule saw it first."""
        first = self.evidence[0] if self.evidence else self.start.isoformat()
        text = "\x1f".join((self.family, self.account, self.person or "", first))
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]

    @property
    def rules(self) -> list[str]:
        """Return the rules that saw it, best first."""
        return list(dict.fromkeys([self.rule, *(one.rule for one in self.observations)]))


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a DataFrame: most severe first, then most decades, then latest.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``rule``, ``severity``, ``start`` and ``end`` (``datetime64[us, UTC]``),
        ``account``, ``person``, ``sentence``, ``numbers`` (dict), ``evidence`` (list of str: the
        account's event ids, in order of time), ``events`` (int64, their number), ``decades``
        (float64), ``rules`` (list of str: those that saw it), ``dismissed`` (why and by whom, or
        null) and ``observations`` (list of dict: what each saw).
    """
    import pandas as pd

    ordered = sorted(
        findings,
        key=lambda one: (
            SEVERITIES.index(one.severity), -round(one.decades, 6), -one.start.timestamp(),
            one.rule, one.id,
        ),
    )  # fmt: skip

    def texts(name: str) -> pd.Series:
        return pd.Series([getattr(one, name) for one in ordered], dtype="str")

    def objects(values: Iterable[Any]) -> pd.Series:
        return pd.Series(list(values), dtype="object")

    return pd.DataFrame(
        {
            **{name: texts(name) for name in ("id", "rule", "severity")},
            "start": utc_times(one.start for one in ordered),
            "end": utc_times(one.end for one in ordered),
            **{name: texts(name) for name in ("account", "person", "sentence")},
            "numbers": objects(dict(one.numbers) for one in ordered),
            "evidence": objects(list(one.evidence) for one in ordered),
            "events": pd.Series([len(one.evidence) for one in ordered], dtype="int64"),
            "decades": pd.Series([round(one.decades, 2) for one in ordered], dtype="float64"),
            "rules": objects(one.rules for one in ordered),
            "dismissed": texts("dismissed"),
            "observations": objects([asdict(o) for o in one.observations] for one in ordered),
        }
    )
