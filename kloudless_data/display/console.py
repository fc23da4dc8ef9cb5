"""DataFrames as tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..util import one_line
from .times import shown_time

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["print_table"]


def print_table(frame: pd.DataFrame, columns: Sequence[str], *, count: bool = False) -> None:
    """Print columns of a DataFrame as a table; server text cannot control the terminal.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows.
    columns : sequence of str
        The columns to print.
    count : bool, default False
        Also print the number of rows.
    """
    from rich.box import ROUNDED
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=ROUNDED)
    for name in columns:
        table.add_column(Text(one_line(name)), overflow="fold")
    for row in frame[list(columns)].itertuples(index=False):
        table.add_row(*(Text(_cell(value)) for value in row))
    console = Console()
    if not console.is_terminal:
        console.width = 1000  # a file needs no wrapping
    console.print(table)
    if count:
        console.print(f"{len(frame):,} rows")


def _cell(value: Any) -> str:
    import pandas as pd

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}" if value.tzinfo is None else shown_time(value)
    return one_line(str(value))
