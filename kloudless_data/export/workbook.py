"""Write rows to an Excel workbook in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..display.records import with_nested_as_json
from ..exceptions import InvalidParameter, MissingPackage
from ..util import logger
from .rows import Rows
from .spreadsheet import is_formula

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SHEET_ROWS", "WorkbookWriter"]

# Microsoft, "Excel specifications and limits".
SHEET_ROWS = 1_048_576
_SHEET_COLUMNS = 16_384
_CELL_CHARACTERS = 32_767
_EXACT = 10**15  # longer numbers lose their last digits

_FIRST_DAY = datetime(1900, 3, 1)  # Excel has a 29 February 1900 before it
_NARROWEST, _WIDEST = 8, 60  # characters
_SAMPLE = 200  # rows that determine the columns' widths


class WorkbookWriter:
    """Writes an Excel workbook, adding a sheet whenever one is full.

    Texts stay texts: ids keep their digits, nothing runs as a formula, and a text that would become
    one when its cell is edited is marked as text, as if typed with an apostrophe. Times are Excel
    times in UTC. Values beyond Excel's limits become text: integers of more than 15 digits, times
    before March 1900. Texts are cut at 32,767 characters.

    Parameters
    ----------
    file : binary file
    schema : pyarrow.Schema
    provenance : mapping
        The rows' origin; its ``schema`` names the sheets. ``created``, if there is one, is the
        workbook's own time instead of now, for the same bytes every time.
    sheet_rows : int
        Largest number of rows per sheet, including the header.

    Raises
    ------
    MissingPackage
        XlsxWriter is not installed.
    InvalidParameter
        There are more columns than a sheet can hold.
    """

    def __init__(
        self,
        file: Any,
        schema: pa.Schema,
        provenance: Mapping[str, Any],
        sheet_rows: int = SHEET_ROWS,
    ) -> None:
        self._most_rows = sheet_rows
        self._book = _open_workbook(file, provenance)
        self._heading = self._book.add_format({"bold": True, "bottom": 1})
        self._as_text = self._book.add_format({"num_format": "@", "quote_prefix": True})
        self._as_time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._cut = 0
        self._begin(schema, str(provenance.get("schema") or "rows").partition("/")[0])

    def _begin(self, schema: pa.Schema, name: str) -> None:
        if len(schema) > _SHEET_COLUMNS:
            raise InvalidParameter(
                f"An Excel sheet has {_SHEET_COLUMNS:,} columns, not {len(schema):,}. Choose "
                "columns, or another format."
            )
        self._schema, self._sheets = schema, 0
        self._name = re.sub(r"[\[\]:*?/\\']", " ", name)[:24].strip() or "rows"
        self._new_sheet()

    def next_table(self, schema: pa.Schema, name: str) -> None:
        """Begin another table, on a sheet of its own.

        Parameters
        ----------
        schema : pyarrow.Schema
        name : str
            The sheet's name, which no other sheet has.
        """
        self._end_sheet()
        self._begin(schema, name)

    def _new_sheet(self) -> None:
        self._sheets += 1
        name = self._name if self._sheets == 1 else f"{self._name} ({self._sheets})"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._widths = [len(name) for name in self._schema.names]
        for number, name in enumerate(self._schema.names):
            self._sheet.write_string(0, number, name[:_CELL_CHARACTERS], self._heading)
        self._row = 1

    def _end_sheet(self) -> None:
        last = len(self._schema) - 1
        if last >= 0:
            self._sheet.autofilter(0, 0, self._row - 1, last)
        for number, width in enumerate(self._widths):
            self._sheet.set_column(number, number, min(max(width + 2, _NARROWEST), _WIDEST))

    def write(self, rows: Rows) -> None:
        """Write rows."""
        batch = with_nested_as_json(rows.batch)
        while batch.num_rows:
            if self._row >= self._most_rows:
                self._end_sheet()
                self._new_sheet()
            fitting = batch.slice(0, self._most_rows - self._row)
            self._write_batch(fitting)
            batch = batch.slice(fitting.num_rows)

    def _write_batch(self, batch: pa.RecordBatch) -> None:
        # In constant memory earlier rows cannot be written any more, so write row by row.
        columns = [self._cells(number, column) for number, column in enumerate(batch.columns)]
        for offset in range(batch.num_rows):
            for write in columns:
                write(self._row, offset)
            self._row += 1

    def _cells(self, number: int, column: pa.Array) -> Callable[[int, int], None]:
        """Return a function that writes a column's value into a row of the sheet."""
        import pyarrow as pa

        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        values, risky = column.to_pylist(), None
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            risky = is_formula(column).to_pylist()
        if self._row <= _SAMPLE:
            shown = (len(str(value)) for value in values[:_SAMPLE] if value is not None)
            self._widths[number] = max(self._widths[number], *shown, 0)

        def write(row: int, offset: int) -> None:
            value = values[offset]
            if value is not None:
                self._write_cell(row, number, value, bool(risky and risky[offset]))

        return write

    def _write_cell(self, row: int, column: int, value: Any, risky: bool) -> None:
        sheet = self._sheet
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, int | float) and abs(value) < _EXACT:  # not for NaN
            sheet.write_number(row, column, value)
        elif isinstance(value, datetime) and (moment := _naive(value)) >= _FIRST_DAY:
            sheet.write_datetime(row, column, moment, self._as_time)
        else:
            text = value.isoformat() if isinstance(value, datetime) else str(value)
            if len(text) > _CELL_CHARACTERS:
                self._cut += 1
                text = text[: _CELL_CHARACTERS - 1] + "…"
            sheet.write_string(row, column, text, self._as_text if risky else None)

    def close(self, position: str | None) -> None:
        """Write the workbook from its temporary files."""
        self._end_sheet()
        self._book.close()
        if self._cut:
            logger.warning(
                "%d texts were cut to the 32,767 characters of an Excel cell. Parquet keeps them "
                "whole.",
                self._cut,
            )


def _open_workbook(file: Any, provenance: Mapping[str, Any]) -> Any:
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise MissingPackage(
            "Excel files need XlsxWriter. Install it with: pip install 'kloudless-data[excel]'"
        ) from None
    name = provenance.get("schema") or ""
    book = Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd hh:mm:ss",
        },
    )
    about: dict[str, Any] = {
        "comments": "Times are in UTC.",
        "title": str(provenance.get("title") or name),
    }
    if "created" in provenance:
        about["created"] = provenance["created"]
    book.set_properties(about)
    return book


def _naive(moment: datetime) -> datetime:
    """Return a time in UTC without its zone, which Excel lacks."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
