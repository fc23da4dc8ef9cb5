"""Rows of a frame as a table, with the columns and order chosen in the form."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..display.times import in_zone, zone_name
from ..util import one_line

if TYPE_CHECKING:
    import pandas as pd

    from .filters import Columns

__all__ = ["cell_text", "default_columns", "draw_table", "title_of"]

_LONGEST = 300
_NUMBER = ' class="kd-number"'
_LEAST = 88  # pixels of a column whose texts differ in length
_SIZE = "metadata_size"


def default_columns(frame: pd.DataFrame, columns: Columns) -> list[str]:
    """Return the columns that a table shows initially.

    Parameters
    ----------
    frame : pandas.DataFrame
        The events.
    columns : Columns
        The columns with a known meaning.
    """
    whose = columns.service or ("account" if "account" in frame else None)
    size = _SIZE if _SIZE in frame else None
    wanted = (columns.time, columns.type, columns.person, columns.name, whose, size)
    return [name for name in wanted if name]


def title_of(name: str, columns: Columns) -> str:
    """Return a column's title in a table.

    Parameters
    ----------
    name : str
        The column's name.
    columns : Columns
        The columns with a known meaning.
    """
    titles = {
        columns.time: f"Time ({zone_name()})",
        columns.type: "Type",
        columns.person: "Person",
        columns.name: "Name",
        columns.service: "Service",
        "account": "Account",
        _SIZE: "Size",
    }
    return titles.get(name, name)


def draw_table(
    part: pd.DataFrame, shown: Sequence[str], columns: Columns, sorted_by: str, descending: bool
) -> str:
    """Return rows as an HTML table that its headings sort.

    Parameters
    ----------
    part : pandas.DataFrame
        The rows of one page.
    shown : sequence of str
        Columns, in the order in which they are shown. A heading has its number as ``data-pick``.
    columns : Columns
    sorted_by : str
    descending : bool

    Returns
    -------
    str
        All text from the frame is escaped.
    """
    numbers = {name for name in shown if part[name].dtype.kind in "iuf"}
    widths = _widths(shown, columns)
    sizes = "".join(f'<col style="width:{each}px">' if each else "<col>" for each in widths)
    head = "".join(
        _heading(number, title_of(name, columns), name in numbers, name == sorted_by, descending)
        for number, name in enumerate(shown)
    )
    values = [(name, part[name].tolist()) for name in shown]
    body = "".join(
        "<tr>" + "".join(_cell(name, each[row], name in numbers) for name, each in values) + "</tr>"
        for row in range(len(part))
    )
    return (
        '<div class="kd-scroll" tabindex="0" role="region" aria-label="Events">'
        f'<table class="kd-rows" style="min-width:{sum(each or _LEAST for each in widths)}px">'
        f"<colgroup>{sizes}</colgroup>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _widths(shown: Sequence[str], columns: Columns) -> list[int | None]:
    """Return the width in pixels of columns of even length; None for those that share the rest."""
    known: dict[str | None, int] = {
        columns.time: 156, columns.type: 84, columns.service: 92, "account": 92, _SIZE: 72,
    }  # fmt: skip
    return [known.get(name) for name in shown]


def _heading(number: int, title: str, right: bool, is_sorted: bool, descending: bool) -> str:
    order, mark = ("descending", "▼") if descending else ("ascending", "▲")
    state = f' aria-sort="{order}"' if is_sorted else ""
    arrow = f' <span aria-hidden="true">{mark}</span>' if is_sorted else ""
    return (
        f'<th scope="col"{_NUMBER if right else ""}{state}><button type="button" class="kd-sort" '
        f'data-pick="{number}" title="Sort by {html.escape(title)}">{html.escape(title)}{arrow}'
        "</button></th>"
    )


def _cell(column: str, value: Any, right: bool) -> str:
    text = html.escape(cell_text(column, value))
    return f"<td{_NUMBER}>{text}</td>" if right else f'<td title="{text}">{text}</td>'


def cell_text(column: str, value: Any) -> str:
    """Return a value as display text: one line, times in the configured zone, not escaped.

    Parameters
    ----------
    column : str
        The column's name.
    value : object
        The cell's value.
    """
    import pandas as pd

    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, pd.Timestamp):
        shown = value if value.tzinfo is None else in_zone(value.to_pydatetime(warn=False))
        return f"{shown:%Y-%m-%d %H:%M:%S}"
    if column == _SIZE:
        return _bytes(value)
    return one_line(str(value))[:_LONGEST]


def _bytes(size: Any) -> str:
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
