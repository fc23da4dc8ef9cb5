"""The data of a report, before rendering."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..version import __version__
from .findings import SEVERITIES

if TYPE_CHECKING:
    import pandas as pd

    from .profile import Profile
    from .provenance import Input
    from .rules import Rule

__all__ = ["Cover", "Document"]


@dataclass(frozen=True)
class Cover:
    """The cover of a report, besides its title; blank fields are left out.

    Attributes
    ----------
    client, period, prepared_by, classification, date : str
        The recipient, the period in words, the author, the confidentiality, and the date of issue.
        The date never defaults to today: the same input gives the same bytes.
    """

    client: str = ""
    period: str = ""
    prepared_by: str = ""
    classification: str = ""
    date: str = ""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Return the fields that are set, each with its label."""
        named = {
            "Client": self.client, "Period": self.period, "Prepared by": self.prepared_by,
            "Classification": self.classification, "Date of issue": self.date,
        }  # fmt: skip
        return [(name, value) for name, value in named.items() if value]


@dataclass(frozen=True)
class Document:
    """An audit, as data.

    Attributes
    ----------
    title : str
    since, until : datetime
        The period that it covers.
    accounts : list of str
    servers : list of str
        The servers, as the exports' manifests or the archive's ledger name them.
    completeness : pandas.DataFrame
        See `completeness_of`.
    profile : Profile
    findings : pandas.DataFrame
        See `find`.
    evidence : dict of str to DataFrame
        A finding's id -> its first events: ``time``, ``kind``, ``person``, ``name``, ``path``,
        ``ip``, ``target``, ``event_id``.
    series : dict of str to DataFrame
        A finding's id -> ``events`` per ``day`` of its person, or of its account, and the number of
        those that are its ``evidence``.
    rules : list of Rule
    inputs : list of Input
    cover : Cover
    applications : pandas.DataFrame, optional
        From `list_applications`, without secrets.
    unjudged : dict of str to str
        By rule, what could not be judged for lack of history.
    not_understood : dict
        The ``events`` with unknown words, their ``share`` (0 to 1) and the ``words`` (word ->
        events).
    left_out : dict of str to int
        What the imports of logs left out: ``damaged`` records, ``unreadable`` files, and files in
        folders that are ``unknown``, of no log's format.
    repeated : int
        The rows left out because their event was there before.
    misdated : list of dict
        Events whose dates cannot be right, which are not part of the period: a group each, with
        ``account``, ``events``, ``first``, ``last`` and ``years`` from the others of the account.
    conditions : dict of str to str
        Other conditions of the result, such as the server's assumed retention.
    """

    title: str
    since: datetime
    until: datetime
    accounts: list[str]
    servers: list[str]
    completeness: pd.DataFrame
    profile: Profile
    findings: pd.DataFrame
    evidence: dict[str, pd.DataFrame] = field(repr=False)
    series: dict[str, pd.DataFrame] = field(repr=False)
    rules: list[Rule] = field(repr=False)
    inputs: list[Input] = field(repr=False)
    cover: Cover = field(default_factory=Cover)
    applications: pd.DataFrame | None = field(repr=False, default=None)
    unjudged: dict[str, str] = field(repr=False, default_factory=dict)
    not_understood: dict[str, Any] = field(repr=False, default_factory=dict)
    left_out: dict[str, int] = field(repr=False, default_factory=dict)
    repeated: int = 0
    misdated: list[dict[str, Any]] = field(repr=False, default_factory=list)
    conditions: dict[str, str] = field(repr=False, default_factory=dict)
    package: str = f"kloudless-data {__version__}"

    @property
    def counts(self) -> dict[str, int]:
        """Count the findings of each severity, except dismissed ones."""
        open_ = self.findings[self.findings["dismissed"].isna()]
        found = open_["severity"].value_counts()
        return {severity: int(found.get(severity, 0)) for severity in SEVERITIES}
