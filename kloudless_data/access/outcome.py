"""The result of a snapshot or an update."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Report"]


@dataclass
class Report:
    """The result of a snapshot or an update.

    Attributes
    ----------
    accounts : list of str
        The accounts read.
    requests : int
        The number of requests sent.
    units : dict of str to int
        The number of units read, by kind: ``users``, ``groups``, ``members``, ``folder``,
        ``permissions``, ``links``; after an update also ``item``.
    failures : dict of str to str
        What could not be read, and why.
    left : int
        The number of known units that were not read because the budget was spent.
    touched : int
        After an update: the number of items that activity touched.
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
        """True if everything was requested and nothing failed."""
        return not (self.failures or self.left or self.due)
