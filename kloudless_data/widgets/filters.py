"""Filter events, and write the filter as an equivalent pandas expression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..exceptions import InvalidParameter
from ..schema import times
from ..schema.semantics import actor_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Columns", "Condition", "Filter", "find_columns", "parse_time"]

_LINE = 88
# The columns for each meaning, best first: v2's, v1's, and those of frames that were joined with
# accounts. A file's owner is not the person who acted.
_CANDIDATES = {
    "time": ("modified",),
    "type": ("event_type", "type"),
    "person": tuple(actor_columns()),
    "service": ("service_name", "service", "account_service"),
    "name": ("metadata_name",),
}


class Columns(NamedTuple):
    """The columns for time, type, person, service and file name; None if missing."""

    time: str
    type: str | None
    person: str | None
    service: str | None
    name: str | None


def find_columns(frame: pd.DataFrame) -> Columns:
    """Return the columns of a frame to filter by.

    Parameters
    ----------
    frame : pandas.DataFrame
        The events.

    Returns
    -------
    Columns

    Raises
    ------
    InvalidParameter
        The frame has no column ``modified`` with times.

    Examples
    --------
    >>> import pandas as pd
    >>> find_columns(pd.DataFrame({"modified": pd.to_datetime(["2026-03-01"], utc=True),
    ...                            "type": ["add"], "metadata_name": ["a.txt"]}))
    Columns(time='modified', type='type', person=None, service=None, name='metadata_name')
    """
    modified = frame.get("modified")
    if modified is None or modified.dtype.kind != "M" or modified.dt.tz is None:
        raise InvalidParameter(
            "Events need a column “modified” with times in UTC. Pass a stream such as "
            "account.events(), or the result of its to_frame()."
        )
    found: dict[str, Any] = {
        what: next((n for n in names if n in frame.columns and _says_something(frame, n)), None)
        for what, names in _CANDIDATES.items()
    }
    return Columns(**{**found, "time": "modified"})


def _says_something(frame: pd.DataFrame, name: str) -> bool:
    from pandas import CategoricalDtype
    from pandas.api.types import is_string_dtype

    column = frame[name]
    if not (is_string_dtype(column) or isinstance(column.dtype, CategoricalDtype)):
        return False
    return frame.empty or bool(column.notna().any())


class Condition(NamedTuple):
    """One condition on one column."""

    column: str
    test: str
    value: Any

    def mask(self, frame: pd.DataFrame) -> pd.Series:
        """Return a mask of the matching rows."""
        column = frame[self.column]
        if self.test == "isin":
            return column.isin(self.value)
        if self.test == "contains":
            return column.str.contains(self.value, case=False, regex=False, na=False)
        import pandas as pd

        time = pd.Timestamp(self.value)
        return column >= time if self.test == ">=" else column < time

    def code(self, frame: str) -> str:
        """Return the pandas expression for `mask`."""
        column = f"{frame}[{self.column!r}]"
        if self.test == "isin":
            return f"{column}.isin({self.value!r})"
        if self.test == "contains":
            return f"{column}.str.contains({self.value!r}, case=False, regex=False, na=False)"
        return f"({column} {self.test} pd.Timestamp({self.value!r}))"


@dataclass(frozen=True)
class Filter:
    """A filter for events.

    Attributes
    ----------
    begin, end : str or None
        Times as returned by `parse_time`; `end` is exclusive.
    types, services : tuple of str
        Any of these; empty for all.
    person, name : str
        Part of the person's or the file's name, case-insensitive.
    """

    begin: str | None = None
    end: str | None = None
    types: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    person: str = ""
    name: str = ""
    columns: Columns = field(default=Columns("modified", "type", None, None, None))

    def conditions(self) -> Iterator[Condition]:
        """Yield the conditions that must hold."""
        columns = self.columns
        if self.begin:
            yield Condition(columns.time, ">=", self.begin)
        if self.end:
            yield Condition(columns.time, "<", self.end)
        if self.types and columns.type:
            yield Condition(columns.type, "isin", list(self.types))
        if self.services and columns.service:
            yield Condition(columns.service, "isin", list(self.services))
        if self.person and columns.person:
            yield Condition(columns.person, "contains", self.person)
        if self.name and columns.name:
            yield Condition(columns.name, "contains", self.name)

    def mask(self, frame: pd.DataFrame) -> pd.Series | None:
        """Return a mask of the matching rows; None for all rows."""
        mask: pd.Series | None = None
        for condition in self.conditions():
            met = condition.mask(frame)
            mask = met if mask is None else mask & met
        return mask

    def code(self, frame: str) -> str:
        """Return the pandas expression that selects the same rows.

        Parameters
        ----------
        frame : str
            The frame's name.

        Examples
        --------
        >>> columns = Columns("modified", "type", None, None, "metadata_name")
        >>> print(Filter(types=("add",), name="report", columns=columns).code("df"))
        df[
            df['type'].isin(['add'])
            & df['metadata_name'].str.contains('report', case=False, regex=False, na=False)
        ]
        """
        parts = [condition.code(frame) for condition in self.conditions()]
        if not parts:
            return frame
        line = f"{frame}[{' & '.join(parts)}]"
        if len(line) <= _LINE:
            return line
        return f"{frame}[\n    " + "\n    & ".join(parts) + "\n]"


def parse_time(text: str) -> str | None:
    """Return a typed time as text that pandas can compare with, in UTC.

    Parameters
    ----------
    text : str
        A time in a form of `kloudless_data.schema.times`; empty for none.

    Returns
    -------
    str or None

    Raises
    ------
    InvalidParameter
        It is not a time.

    Examples
    --------
    >>> parse_time("2026-03-01 9:30"), parse_time("2026-03-01T10:30+01:00"), parse_time(" ")
    ('2026-03-01T09:30:00+00:00', '2026-03-01T09:30:00+00:00', None)
    """
    return times.parse_time(text).isoformat() if text.strip() else None
