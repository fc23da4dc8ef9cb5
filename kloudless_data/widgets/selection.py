"""Select and order rows of a frame quickly, even among a million."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .chart import Histogram, histogram
from .filters import Filter, find_columns
from .table import cell_text, default_columns, draw_table, title_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

__all__ = ["Selection"]


class Selection:
    """The rows that match a filter, newest first unless sorted otherwise.

    Everything independent of the filter is computed once.

    Parameters
    ----------
    frame : pandas.DataFrame
        The events.

    Attributes
    ----------
    columns : Columns
    rows : numpy.ndarray of int64
        The positions of the rows, in display order.
    shown : list of str
        The table's columns.
    sorted_by : str
    descending : bool
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        import numpy as np
        import pandas as pd

        self.frame = frame
        self.columns = find_columns(frame)
        times = frame[self.columns.time]
        self._known = times.notna().to_numpy(dtype=bool)
        naive = times.dt.tz_convert("UTC").dt.tz_localize(None)
        self._times = pd.Series(naive).to_numpy(dtype="datetime64[us]").astype(np.int64)
        # Rows without a time come last.
        self._newest = np.argsort(np.where(self._known, -self._times, np.inf), kind="stable")
        self._order = self.rows = self._newest
        self._mask: npt.NDArray[np.bool_] | None = None
        self.shown = default_columns(frame, self.columns)
        self.sorted_by, self.descending = self.columns.time, True

    def apply(self, chosen: Filter) -> None:
        """Select the rows that match a filter."""
        mask = chosen.mask(self.frame)
        self._mask = None if mask is None else mask.to_numpy(dtype=bool, na_value=False)
        self._select()

    def sort(self, column: str) -> None:
        """Order the rows by a column, or reverse the order if already sorted; nulls come last.

        Times start with the newest, everything else with the smallest; ties with the newest.
        """
        again = column == self.sorted_by
        self.descending = not self.descending if again else column == self.columns.time
        self.sorted_by = column
        self._order = self._ordered(column)
        self._select()

    def _ordered(self, column: str) -> npt.NDArray[np.int64]:
        import numpy as np
        import pandas as pd

        if column == self.columns.time and self.descending:
            return self._newest
        values = self.frame[column].iloc[self._newest]
        if not (pd.api.types.is_numeric_dtype(values) or values.dtype.kind == "M"):
            values = values.astype("string")  # categories and objects, as displayed
        values = values.set_axis(self._newest)
        ordered = values.sort_values(ascending=not self.descending, kind="stable")
        return np.asarray(ordered.index, dtype=np.int64)

    def _select(self) -> None:
        order, mask = self._order, self._mask
        self.rows = order if mask is None else order[mask[order]]

    def filtered(self) -> pd.DataFrame:
        """Return the selected rows as a frame, in the order and with the index of the whole."""
        import numpy as np

        return self.frame.iloc[np.sort(self.rows)]

    def histogram(self) -> Histogram | None:
        """Return the number of selected rows over time."""
        return histogram(self._times[self.rows[self._known[self.rows]]])

    def counts(self, column: str | None, most: int) -> list[tuple[str, int]]:
        """Return the most frequent values of a column in the whole frame, with counts.

        Parameters
        ----------
        column : str or None
            The column; None for no values.
        most : int
            The largest number of values.
        """
        if column is None:
            return []
        counted = self.frame[column].value_counts().head(most)
        return [(str(value), int(count)) for value, count in counted.items() if count]

    def page(self, number: int, size: int) -> str:
        """Return one page of the selected rows as an HTML table.

        Parameters
        ----------
        number : int
            The page's number, from 0.
        size : int
            Rows per page.
        """
        part = self.frame.iloc[self.rows[number * size : (number + 1) * size]]
        return draw_table(part, self.shown, self.columns, self.sorted_by, self.descending)

    def preview(self, size: int) -> tuple[Sequence[str], list[list[str]]]:
        """Return the first selected rows as titles and text, not escaped."""
        part = self.frame.iloc[self.rows[:size]]
        columns = [[cell_text(name, value) for value in part[name].tolist()] for name in self.shown]
        header = [title_of(name, self.columns) for name in self.shown]
        return header, [list(row) for row in zip(*columns, strict=True)]
