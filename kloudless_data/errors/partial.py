"""Exceptions about many requests of which some failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..text.remedies import Remedy
from .base import KloudlessException

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AccountsFailed",
    "ListingIncomplete",
]


class _SomeFailed(KloudlessException):
    """Some of many requests failed, each for its own reason."""

    failures: dict[str, KloudlessException]
    _called = "{}"

    def _facts_in(self, remedies: Mapping[Remedy, str]) -> str:
        lines = [
            f"{self._called.format(name)}: {error.worded(remedies)}"
            for name, error in list(self.failures.items())[:_NAMED]
        ]
        more = len(self.failures) - _NAMED
        return " | ".join([self.facts, *lines, *([f"and {more} more"] * (more > 0))])


_NAMED = 5  # failures that a message names


class AccountsFailed(_SomeFailed):
    """Some of many accounts could not be read completely; the others were.

    Attributes
    ----------
    failures : dict of str to KloudlessException
        By account.
    """

    default_message = "Some accounts could not be read."
    _called = "account {}"

    def __init__(self, failures: Mapping[str, KloudlessException]) -> None:
        self.failures = dict(failures)
        super().__init__(
            f"{len(self.failures)} of the accounts could not be read completely; what was read "
            "is kept."
        )


class ListingIncomplete(_SomeFailed):
    """Some requests behind a listing failed; the rows of the others are kept.

    Attributes
    ----------
    failures : dict of str to KloudlessException
        By the requested object: a folder, a calendar, an account, an application's list.
    frame : pandas.DataFrame
        The rows that could be read.
    """

    default_message = "The listing is not complete."
    default_remedy = Remedy.KEEP_GOING

    def __init__(self, failures: Mapping[str, KloudlessException], frame: pd.DataFrame) -> None:
        self.failures = dict(failures)
        self.frame = frame
        super().__init__(
            f"{len(self.failures)} of the lists that make up the listing could not be read."
        )
