"""What a rule finds, and the DataFrame of all findings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..paging.frames import utc_times

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SEVERITIES", "Finding", "findings_frame"]

#: Most severe first. ``info``: worth knowing, and explained by something innocent, or a test that
#: could not be made.
SEVERITIES = ("high", "medium", "low", "info")


@dataclass(frozen=True)
class Finding:
    """Something that stands out, and on which evidence.

    Attributes
    ----------
    rule : str
    severity : {"high", "medium", "low", "info"}
    start, end : datetime
        From the first to the last event of the evidence; of a silence, its limits.
    account : str
    person : str or None
        None: it is about the account.
    sentence : str
        What happened, in one plain sentence. Names in it come from the server.
    numbers : dict
        What the judgement rests on: what was observed, what was expected, how unlikely it is.
    evidence : sequence of str
        The ids of the account's events, in order of time; events without an id are not in it.
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

    @property
    def id(self) -> str:
        """The same for the same finding, whichever others there are."""
        first = self.evidence[0] if self.evidence else self.start.isoformat()
        text = "\x1f".join((self.rule, self.account, self.person or "", first))
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a DataFrame, most severe and then latest first.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``rule``, ``severity``, ``start`` and ``end`` (``datetime64[us, UTC]``),
        ``account``, ``person``, ``sentence``, ``numbers`` (dict), ``evidence`` (list of str: the
        account's event ids, in order of time), ``events`` (int64, how many).
    """
    import pandas as pd

    ordered = sorted(
        findings,
        key=lambda one: (SEVERITIES.index(one.severity), -one.start.timestamp(), one.rule, one.id),
    )
    frame = pd.DataFrame(
        {
            "id": pd.Series([one.id for one in ordered], dtype="str"),
            "rule": pd.Series([one.rule for one in ordered], dtype="str"),
            "severity": pd.Series([one.severity for one in ordered], dtype="str"),
            "start": utc_times(one.start for one in ordered),
            "end": utc_times(one.end for one in ordered),
            "account": pd.Series([one.account for one in ordered], dtype="str"),
            "person": pd.Series([one.person for one in ordered], dtype="str"),
            "sentence": pd.Series([one.sentence for one in ordered], dtype="str"),
            "numbers": pd.Series([dict(one.numbers) for one in ordered], dtype="object"),
            "evidence": pd.Series([list(one.evidence) for one in ordered], dtype="object"),
            "events": pd.Series([len(one.evidence) for one in ordered], dtype="int64"),
        }
    )
    return frame
