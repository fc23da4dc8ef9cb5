"""The form of `explore`."""

from __future__ import annotations

import html
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from ..display.html import card, table
from ..display.times import in_zone, shown_interval, shown_time
from ..exceptions import InvalidParameter, KloudlessException
from ..schema.times import Interval
from ..text.counts import count
from .chart import Histogram, draw, moment_of
from .environment import variable_of
from .filters import Filter, parse_time
from .panel import Panel, field, message, notice, row
from .picture import Picture
from .remedies import FORM
from .selection import Selection

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explorer"]

_PAGE = 15
_LEFT = 10  # rows that stay in the notebook without a kernel
_SUGGESTED = 200  # people; more would slow the page down


class Explorer(Panel):
    """Filters, a chart, a table, the filter as code, and an export.

    Parameters
    ----------
    frame : pandas.DataFrame
        The events.
    given : object
        The argument of `explore`; the code names the frame by its variable.

    Attributes
    ----------
    frame : pandas.DataFrame
        All events.
    """

    def __init__(self, frame: pd.DataFrame, given: object = None) -> None:
        self.frame = frame
        self._given = frame if given is None else given
        self._selection = Selection(frame)
        self._filter = Filter(columns=self._selection.columns)
        self._number = 0
        self._counted: Histogram | None = None
        self._shows_code = self._clearing = False
        self._make_filters()
        self._make_results()
        super().__init__("Explore activity", [*self._filters, *self._results, *self._exports()])
        self._refresh()

    @property
    def filtered(self) -> pd.DataFrame:
        """The events that match the filter, in the order of `frame`."""
        return self._selection.filtered()

    @property
    def code(self) -> str:
        """The filter as a pandas expression."""
        name = variable_of(self._given) if self._given is self.frame else None
        if name is None:
            owner = variable_of(self)
            name = f"{owner}.frame" if owner else "df"
        return self._filter.code(name)

    def static(self) -> str:
        """Return the count and the first rows."""
        header, rows = self._selection.preview(_LEFT)
        return card(
            "Activity",
            [],
            name=count(len(self.frame), "event"),
            preview=table(header, rows) if rows else "",
            note=f"The first {len(rows)} of {count(len(self.frame), 'event')}, as they were. "
            "To filter, sort and export, run this cell again.",
        )

    def _make_filters(self) -> None:
        columns, first = self._selection.columns, self._selection
        text = {"continuous_update": False}  # applied on Enter, or when the focus leaves
        begin, end = self._span()
        self.begin = field(ipywidgets.Text(description="From", placeholder=begin, **text), "60px")
        self.end = field(ipywidgets.Text(description="Before", placeholder=end, **text), "60px")
        self.person = field(
            ipywidgets.Combobox(
                description="Person",
                placeholder="part of a name or address",
                options=[value for value, _ in first.counts(columns.person, _SUGGESTED)],
                **text,
            ),
            "60px",
        )
        self.name = field(
            ipywidgets.Text(description="Name", placeholder="part of a file's name", **text), "60px"
        )
        self.types = self._choice("Type", columns.type)
        self.services = self._choice("Service", columns.service)
        self._clear = ipywidgets.Button(
            description="Clear the filter",
            layout={"width": "auto", "align_self": "flex-start", "margin": "2px 0 2px 70px"},
        )
        self._clear.on_click(lambda _: self._clear_filter())
        inputs = (self.begin, self.end, self.person, self.name, self.types, self.services)
        for each in inputs:
            each.observe(lambda _: self._changed(), "value")
        left = ipywidgets.VBox(
            [self.begin, self.end, self.person, self.name, self._clear],
            layout={"flex": "3 1 300px", "min_width": "260px"},
        )
        for widget, column in ((self.person, columns.person), (self.name, columns.name)):
            widget.layout.display = None if column else "none"
        choices = [w for w in (self.types, self.services) if w.options]
        for choice in choices:
            choice.layout.flex = "1 1 170px"
        self._notice = message()
        hint = "Several types or services: Ctrl or Shift, with a click or the arrow keys."
        self._filters = [
            ipywidgets.HBox([left, *choices], layout={"flex_flow": "row wrap", "grid_gap": "8px"}),
            ipywidgets.HTML(f'<div class="kd-note">{hint} Press Enter to apply a text.</div>'),
            self._notice,
        ]

    def _choice(self, label: str, column: str | None) -> Any:
        options = [(f"{v} ({n:,})", v) for v, n in self._selection.counts(column, 100)]
        rows = min(max(len(options), 2), 7)
        choice = ipywidgets.SelectMultiple(description=label, options=options, rows=rows)
        choice.style.description_width = "54px"
        choice.layout.width = "auto"
        return choice

    def _span(self) -> tuple[str, str]:
        times = self.frame[self._selection.columns.time]
        if not times.notna().any():
            return "such as 2026-03-01 09:00", "such as 2026-03-02 09:00"
        first, last = (
            shown_time(each.to_pydatetime(warn=False)) for each in (times.min(), times.max())
        )
        return f"first: {first}", f"last: {last}"

    def _make_results(self) -> None:
        self._chart, self._table = Picture(self._pick_bar), Picture(self._pick_heading)
        self._count, self._code = message(), ipywidgets.HTML()
        steps = {"First": None, "Previous": -1, "Next": 1, "Last": None}
        self._pager = {}
        for name, step in steps.items():
            button = ipywidgets.Button(description=name, layout={"width": "auto"})
            button.on_click(lambda _, name=name, step=step: self._turn(name, step))
            self._pager[name] = button
        self._code_button = ipywidgets.Button(
            description="Show as pandas", layout={"width": "auto"}
        )
        self._code_button.on_click(lambda _: self._toggle_code())
        self._position = ipywidgets.HTML()
        pager = row(*self._pager.values(), self._position)
        self._columns_button = ipywidgets.Button(
            description="Choose columns", layout={"width": "auto"}
        )
        self._columns_button.on_click(lambda _: self._toggle_columns())
        self._results = [
            self._count, self._chart, self._table, pager,
            row(self._columns_button, self._code_button), self._choose_columns(), self._code,
        ]  # fmt: skip

    def _choose_columns(self) -> Any:
        self.columns = field(
            ipywidgets.SelectMultiple(
                options=[str(name) for name in self.frame.columns],
                value=tuple(self._selection.shown),
                description="Columns",
                rows=10,
            ),
            "60px",
        )
        self.columns.layout.max_width = "420px"
        self.columns.layout.display = "none"
        self.columns.observe(lambda change: self._show_columns(change["new"]), "value")
        return self.columns

    def _exports(self) -> list[Any]:
        self.path = field(
            ipywidgets.Text("events.csv", description="Export to", placeholder=".csv or .parquet"),
            "60px",
        )
        self.path.layout.max_width = "340px"
        self.replace = ipywidgets.Checkbox(
            False, description="Replace what is there", indent=False, layout={"width": "auto"}
        )
        self._export = ipywidgets.Button(description="Export", layout={"width": "auto"})
        self._export.on_click(lambda _: self._write())
        self._exported = message()
        return [row(self.path, self._export, self.replace), self._exported]

    def _changed(self) -> None:
        if self._clearing:
            return
        try:
            self._filter = Filter(
                begin=parse_time(self.begin.value),
                end=parse_time(self.end.value),
                types=tuple(self.types.value),
                services=tuple(self.services.value),
                person=self.person.value.strip(),
                name=self.name.value.strip(),
                columns=self._selection.columns,
            )
        except InvalidParameter as error:
            self._notice.value = notice(error.worded(FORM), "Not changed", "error")
            return
        self._notice.value = self._understood()
        self._selection.apply(self._filter)
        self._number = 0
        self._refresh()

    def _understood(self) -> str:
        """Show how the typed times were understood."""
        since, until = (
            None if text is None else datetime.fromisoformat(text)
            for text in (self._filter.begin, self._filter.end)
        )  # fmt: skip
        if since is None and until is None:
            return ""
        return notice(f"Shown: {shown_interval(Interval(since, until))}.")

    def _pick_bar(self, picked: str) -> None:
        """Filter to the interval of a bar of the chart."""
        counted = self._counted
        if counted is None or picked not in map(str, range(len(counted.counts))):
            return
        self._clearing = True
        self.begin.value, self.end.value = (
            _typed(counted.edges[int(picked) + each]) for each in (0, 1)
        )
        self._clearing = False
        self._changed()

    def _pick_heading(self, picked: str) -> None:
        shown = self._selection.shown
        if picked in map(str, range(len(shown))):
            self._selection.sort(shown[int(picked)])
            self._number = 0
            self._show_page()

    def _toggle_columns(self) -> None:
        hidden = self.columns.layout.display == "none"
        self.columns.layout.display = None if hidden else "none"
        self._columns_button.description = "Hide columns" if hidden else "Choose columns"

    def _show_columns(self, chosen: tuple[str, ...]) -> None:
        """Show these columns: those that were shown keep their places, new ones follow."""
        kept = [name for name in self._selection.shown if name in chosen]
        self._selection.shown = [*kept, *(name for name in chosen if name not in kept)]
        self._show_page()

    def _clear_filter(self) -> None:
        self._clearing = True
        for text in (self.begin, self.end, self.person, self.name):
            text.value = ""
        self.types.value = self.services.value = ()
        self._clearing = False
        self._changed()

    def _refresh(self) -> None:
        found = len(self._selection.rows)
        self._count.value = (
            f'<div class="kd-note" role="status"><strong>{found:,}</strong> of '
            f"{count(len(self.frame), 'event')}</div>"
        )
        self._counted = self._selection.histogram()
        self._chart.value = draw(self._counted)
        self._show_code()
        self._show_page()

    def _turn(self, name: str, step: int | None) -> None:
        last = self._pages() - 1
        ends = {"First": 0, "Last": last}
        target = ends[name] if step is None else self._number + step
        self._number = min(max(target, 0), last)
        self._show_page()

    def _pages(self) -> int:
        return max(1, -(-len(self._selection.rows) // _PAGE))

    def _show_page(self) -> None:
        self._table.value = self._selection.page(self._number, _PAGE)
        page = f"Page {self._number + 1:,} of {self._pages():,}"
        self._position.value = f'<div class="kd-note" role="status">{page}</div>'

    def _toggle_code(self) -> None:
        self._shows_code = not self._shows_code
        self._code_button.description = "Hide pandas" if self._shows_code else "Show as pandas"
        self._show_code()

    def _show_code(self) -> None:
        shown = f'<pre class="kd-code">{html.escape(self.code)}</pre>' if self._shows_code else ""
        self._code.value = shown

    def _write(self) -> None:
        from ..export.api import FORMATS, export_frame

        path = Path(self.path.value.strip()).expanduser()
        format = path.suffix.removeprefix(".").lower()
        if format not in FORMATS:
            self._exported.value = notice(
                "The file's name must end in .csv, .parquet or .jsonl.", "Not exported", "error"
            )
            return
        try:
            manifest = export_frame(
                self.filtered, path, format, name="events", force=self.replace.value
            )
        except KloudlessException as error:
            self._exported.value = notice(error.worded(FORM), "Not exported", "error")
            return
        self._exported.value = notice(
            f"{count(manifest.rows, 'row')}, {count(manifest.bytes, 'byte')}, in {path} and its "
            "manifest.",
            "Exported", "good",
        )  # fmt: skip


def _typed(microseconds: Any) -> str:
    """Return a moment as somebody would type it into the form."""
    moment = in_zone(moment_of(microseconds))
    whole = moment.second == 0 and moment.microsecond == 0
    return shown_time(moment, timespec="minutes" if whole else "seconds")
