"""Tables on a terminal or in a pipe: bounded, fitted, and safe whatever the cells hold."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from ..text.counts import count
from ..util import one_line
from .times import shown_time

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Screen", "escape_what_stdout_lacks", "print_table"]

_PIPE_ROWS = 1_000  # a pipe has no height; JSON, CSV and files have all rows
_LEAST_ROWS = 10
_AROUND = 8  # lines of a terminal that hold no rows: borders, header, footer, the next prompt
_LEAST = 8  # characters; no column is cut below that
_ALL = -1  # as many rows as the frame has
_SENTENCE = "sentence"  # the column that says what a finding is
_MARGIN = 3  # spaces beside such a sentence
_ROUNDED = ("╭─┬╮", "│", "├─┼┤", "╰─┴╯", "…")
_ASCII = ("+-++", "|", "+-++", "+-++", "...")


@dataclass(frozen=True)
class Screen:
    """The place where a table appears.

    Attributes
    ----------
    width : int or None
        Characters per line; None for no limit.
    rows : int
        The largest number of rows to show.
    bold : bool
        Whether headers may be bold.
    encoding : str
        Characters outside this encoding are escaped.
    """

    width: int | None
    rows: int
    bold: bool = False
    encoding: str = "utf-8"

    @classmethod
    def of(cls, stream: TextIO) -> Screen:
        """Return the screen of a stream: a terminal has a size, a file or a pipe has none.

        ``NO_COLOR`` (https://no-color.org) is honoured; ``COLUMNS`` and ``LINES`` override a
        terminal's size.
        """
        encoding = getattr(stream, "encoding", None) or "utf-8"
        if not stream.isatty():
            return cls(None, _PIPE_ROWS, encoding=encoding)
        size = shutil.get_terminal_size()
        bold = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(size.columns, max(_LEAST_ROWS, size.lines - _AROUND), bold, encoding)

    def escaped(self, text: str) -> str:
        """Return text with escapes for characters that the encoding lacks."""
        return text.encode(self.encoding, "backslashreplace").decode(self.encoding)

    @property
    def box(self) -> tuple[str, ...]:
        """The characters for borders: box drawing, or plain ones if the encoding lacks those."""
        lines = "".join(_ROUNDED)
        return _ROUNDED if self.escaped(lines) == lines else _ASCII


def print_table(
    frame: pd.DataFrame,
    columns: Sequence[str],
    *,
    count: bool = False,
    total: int | None = _ALL,
    screen: Screen | None = None,
) -> None:
    """Print columns of a DataFrame as a table; only the first rows if there are many.

    On a terminal, long texts are cut and the last columns left out until the table fits. Ids stay
    whole, so that they can be copied, and so do times. A column of sentences is shown below each
    row, over the table's whole width. Text from the server cannot control the terminal.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows, or the first of them.
    columns : sequence of str
        The columns to print, in this order.
    count : bool
        Print the number of rows below, and what is not shown.
    total : int or None, optional
        The number of rows, if `frame` has only the first; None if it is unknown. Defaults to the
        number of rows in `frame`.
    screen : Screen, optional
        Defaults to the screen of standard output.
    """
    screen = screen or Screen.of(sys.stdout)
    shown = frame.head(screen.rows)[list(columns)]
    cells = [[_cell(value) for value in row] for row in shown.itertuples(index=False)]
    times = {n for n, dtype in enumerate(shown.dtypes) if dtype.kind == "M"}
    table = _Table([one_line(str(name)) for name in columns], cells, screen, times)
    lines = table.lines()
    if count:
        lines += _footer(len(frame) if total == _ALL else total, table.shown, table.left_out)
    sys.stdout.write("".join(screen.escaped(line) + "\n" for line in lines))
    sys.stdout.flush()


def _footer(total: int | None, shown: int, left_out: Sequence[str]) -> list[str]:
    lines = [count(total, "row") if total is not None else f"The first {count(shown, 'row')}"]
    if total is None:
        lines[0] += ": --json, --csv or --output give all"
    elif shown < total:
        lines[0] += f", {shown:,} shown: --json, --csv or --output give all"
    if left_out:
        more = "" if len(left_out) <= 3 else f" and {len(left_out) - 3} more"
        lines.append(f"Not shown: {', '.join(left_out[:3])}{more}")
    return lines


class _Table:
    """A table fitted to a screen.

    Attributes
    ----------
    shown : int
        The number of rows in `lines`.
    """

    def __init__(
        self, names: list[str], rows: list[list[str]], screen: Screen, times: Collection[int]
    ) -> None:
        names = [screen.escaped(name) for name in names]
        rows = [[screen.escaped(cell) for cell in row] for row in rows]
        self._screen, self.shown = screen, len(rows)
        self._names, self._rows, self._times = names, rows, times
        self._widths = [
            max(map(_width, [name, *(row[n] for row in rows)])) for n, name in enumerate(names)
        ]
        self._places = list(range(len(names)))
        self._sentences: list[int] = []
        if screen.width is not None:
            self._sentences = [n for n in self._places if names[n] == _SENTENCE]
            self._places = [n for n in self._places if n not in self._sentences]
            self._fit(screen.width)

    @property
    def left_out(self) -> list[str]:
        """The names of columns that did not fit."""
        kept = {*self._places, *self._sentences}
        return [name for n, name in enumerate(self._names) if n not in kept]

    def _fit(self, width: int) -> None:
        """Cut the widest text, and leave out columns from the right, until the table fits."""
        while len(self._places) > 1 and self._least() > width:
            others = [n for n in self._places if self._names[n] != "id"]
            self._places.remove(others[-1])
        while (excess := self._whole() - width) > 0:
            texts = [n for n in self._places if self._widths[n] > self._floor(n)]
            if not texts:
                return  # an id that is wider than the screen
            widest = max(texts, key=lambda n: self._widths[n])
            others = [self._widths[n] for n in texts if n != widest]
            least = max(self._floor(widest), self._widths[widest] - excess)
            # Down to the next widest, and from there in turns.
            next_widest = max(others, default=0)
            self._widths[widest] = max(least, min(self._widths[widest] - 1, next_widest))

    def _floor(self, place: int) -> int:
        whole = self._widths[place]
        return whole if self._is_kept_whole(place) else min(whole, _LEAST)

    def _is_kept_whole(self, place: int) -> bool:
        return place in self._times or _is_id(self._names[place])

    def _least(self) -> int:
        return sum(self._floor(n) + 3 for n in self._places) + 1

    def _whole(self) -> int:
        return sum(self._widths[n] + 3 for n in self._places) + 1

    def lines(self) -> list[str]:
        """Return the table as text."""
        top, side, middle, bottom, _ = self._screen.box
        header = self._line(self._names, side, bold=self._screen.bold)
        body: list[str] = []
        for number, row in enumerate(self._rows):
            lines = self._lines_of(row, side)
            # Sentences take the lines of further rows.
            if number and self._sentences and len(body) + len(lines) > self._screen.rows:
                self.shown = number
                break
            body += lines
        return [self._border(top), header, self._border(middle), *body, self._border(bottom)]

    def _lines_of(self, row: Sequence[str], side: str) -> list[str]:
        """Return a row's cells on one line, and its sentences on further ones."""
        from rich.cells import set_cell_size

        margin = " " * _MARGIN
        width = max(_LEAST, self._whole() - 2 * (len(side) + _MARGIN))
        below = [text for n in self._sentences for text in _wrapped(row[n], width)]
        return [
            self._line(row, side),
            *(f"{side}{margin}{set_cell_size(text, width)}{margin}{side}" for text in below),
        ]

    def _border(self, characters: str) -> str:
        left, line, between, right = tuple(characters)
        return left + between.join(line * (self._widths[n] + 2) for n in self._places) + right

    def _line(self, cells: Sequence[str], side: str, *, bold: bool = False) -> str:
        texts = [self._fitted(cells[n], self._widths[n]) for n in self._places]
        if bold:
            texts = [f"\x1b[1m{text}\x1b[0m" for text in texts]
        return f"{side} " + f" {side} ".join(texts) + f" {side}"

    def _fitted(self, text: str, width: int) -> str:
        from rich.cells import set_cell_size

        if _width(text) > width:
            mark = self._screen.box[-1]
            text = set_cell_size(text, max(0, width - len(mark))) + mark
        return set_cell_size(text, width)


def _wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text; a word that is longer than a line is broken."""
    from rich.cells import chop_cells

    lines = [""]
    for word in text.split():
        for part in chop_cells(word, width):
            longer = f"{lines[-1]} {part}" if lines[-1] else part
            if _width(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(part)
    return [line for line in lines if line]


def _width(text: str) -> int:
    """Return the width of a text on a terminal, in characters."""
    from rich.cells import cell_len

    return cell_len(text)


def _is_id(name: str) -> bool:
    """Return True for a column of ids, which people copy: it is never cut."""
    return name in ("id", "account", "hash", "anchor") or name.endswith(("_id", "_key"))


def _cell(value: Any) -> str:
    import pandas as pd

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}" if value.tzinfo is None else shown_time(value)
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        value = value.tolist()
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return one_line(str(value))


def escape_what_stdout_lacks() -> None:
    """Make standard output and error escape characters that their encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
