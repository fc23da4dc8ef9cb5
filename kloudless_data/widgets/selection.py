"""Select rows of a frame quickly, even among a million."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..util import one_line
from .chart import draw, histogram
from .filters import Filter, find_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Selection"]

_LONGEST = 300
_NUMBER = ' class="kd-number"'
_WIDTHS = ("19%", "10%", "24%", "25%", "13%", "9%")


class Selection:
    """The rows that match a filter, newest first.

    Everything independent of the filter is computed once.

    Parameters
    ----------
    frame : pandas.DataFrame
        The events.

    Attributes
    ----------
    columns : Columns
    rows : numpy.ndarray of int64
        The positions of the rows, newest first.
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
        self._order = np.argsort(np.where(self._known, -self._times, np.inf), kind="stable")
        self.rows = self._order

    def apply(self, chosen: Filter) -> None:
        """Select the rows that match a filter."""
        mask = chosen.mask(self.frame)
        if mask is None:
            self.rows = self._order
        else:
            self.rows = self._order[mask.to_numpy(dtype=bool, na_value=False)[self._order]]

    def filtered(self) -> pd.DataFrame:
        """Return the selected rows as a frame, in the order and with the index of the whole."""
        import numpy as np

        return self.frame.iloc[np.sort(self.rows)]

    def chart(self) -> str:
        """Return a chart of the selected rows over time, as HTML."""
        return draw(histogram(self._times[self.rows[self._known[self.rows]]]))

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
        shown = list(self._shown())
        widths = "".join(f'<col style="width:{width}">' for width in _WIDTHS[: len(shown)])
        head = "".join(
            f'<th scope="col"{_NUMBER if name == "metadata_size" else ""}>{title}</th>'
            for title, name in shown
        )
        columns = [(name, part[name].tolist()) for _, name in shown]
        body = "".join(
            "<tr>" + "".join(_cell(name, values[row]) for name, values in columns) + "</tr>"
            for row in range(len(part))
        )
        return (
            '<div class="kd-scroll" tabindex="0" role="region" aria-label="Events, newest first">'
            f'<table class="kd-rows"><colgroup>{widths}</colgroup>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _shown(self) -> Iterator[tuple[str, str]]:
        columns = self.columns
        where = columns.service or ("account" if "account" in self.frame else None)
        size = "metadata_size" if "metadata_size" in self.frame else None
        wanted = {
            "Time (UTC)": columns.time,
            "Type": columns.type,
            "Person": columns.person,
            "Name": columns.name,
            "Service" if columns.service else "Account": where,
            "Size": size,
        }
        return ((title, name) for title, name in wanted.items() if name)


def _cell(column: str, value: Any) -> str:
    import pandas as pd

    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return "<td></td>"
    if isinstance(value, pd.Timestamp):
        return f"<td>{value.tz_convert('UTC'):%Y-%m-%d %H:%M:%S}</td>"
    if column == "metadata_size":
        return f"<td{_NUMBER}>{_bytes(value)}</td>"
    text = html.escape(one_line(str(value))[:_LONGEST])
    return f'<td title="{text}">{text}</td>'


def _bytes(size: Any) -> str:
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
