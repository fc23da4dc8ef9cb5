"""What a snapshot or an update did."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Report"]


@dataclass
class Report:
    """What a snapshot or an update did.

    Attributes
    ----------
    accounts : list of str
        Those that were read.
    requests : int
        How many were made.
    units : dict of str to int
        How much was read, by kind: ``users``, ``groups``, ``members``, ``folder``,
        ``permissions``, ``links``; of an update also ``item``.
    failures : dict of str to str
        What could not be read, and why.
    left : int
        Units that are known and were not read because the budget was spent.
    touched : int
        Of an update: items that activity says were touched.
    due : dict of str to str
        Accounts that need a full pass, and why.
    started, finished : str
        ISO 8601, UTC.
    """

    accounts: list[str] = field(default_factory=list)
    requests: int = 0
    units: dict[str, int] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    left: int = 0
    touched: int = 0
    due: dict[str, str] = field(default_factory=dict)
    started: str = ""
    finished: str = ""

    @property
    def ok(self) -> bool:
        """Whether everything was asked, and nothing failed."""
        return not (self.failures or self.left or self.due)
