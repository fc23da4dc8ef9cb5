"""Workbooks, as another program (openpyxl) reads them."""

from __future__ import annotations

import datetime as dt
import logging

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.export.rows import rows_of
from kloudless_data.export.workbook import WorkbookWriter


def rows_in(path, sheet=None):
    book = openpyxl.load_workbook(path)
    return [list(row) for row in (book[sheet] if sheet else book.active).iter_rows()]


def values_in(path, sheet=None):
    return [[cell.value for cell in row] for row in rows_in(path, sheet)]


def test_ids_are_text_and_times_are_times(tmp_path):
    moment = pd.Timestamp("2026-03-01 10:00:00.123+02:00")
    frame = pd.DataFrame(
        {"id": ["00123", "1234567890123456789"], "size": pd.array([12, None], "Int64"),
         "modified": [moment, pd.NaT], "deleted": [True, False], "share": [0.5, float("nan")]}
    )  # fmt: skip
    manifest = kd.write_excel(frame, tmp_path / "a.xlsx", name="things")
    assert (manifest.rows, manifest.format, kd.verify(tmp_path)) == (2, "xlsx", [manifest])
    header, first, second = values_in(tmp_path / "a.xlsx")
    assert header == ["id", "size", "modified", "deleted", "share"]
    assert first == ["00123", 12, dt.datetime(2026, 3, 1, 8, 0, 0, 123000), True, 0.5]
    assert second[:4] == ["1234567890123456789", None, None, False]
    assert rows_in(tmp_path / "a.xlsx")[1][2].is_date


def test_values_that_excel_cannot_hold_are_text(tmp_path):
    table = pa.table(
        {"n": pa.array([10**15, -(2**63), 10**15 - 1]), "t": [dt.datetime(1899, 1, 1), None, None]}
    )
    kd.write_excel(table, tmp_path / "a.xlsx")
    rows = values_in(tmp_path / "a.xlsx")
    assert [row[0] for row in rows[1:]] == [str(10**15), str(-(2**63)), 10**15 - 1]
    assert rows[1][1] == "1899-01-01T00:00:00"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@a", "\n=1", " =1", "http://x.example", "12"]
)
def test_nothing_is_a_formula_a_link_or_a_number(tmp_path, text):
    kd.write_excel(pd.DataFrame({"name": [text, "plan"]}), tmp_path / "a.xlsx")
    _, [cell], [other] = rows_in(tmp_path / "a.xlsx")
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    # As if typed with an apostrophe: it stays text when somebody edits the cell.
    assert bool(cell.quotePrefix) == ("h" not in text and text != "12")
    assert not other.quotePrefix


def test_the_header_is_frozen_and_columns_are_wide_enough(tmp_path):
    frame = pd.DataFrame({"id": ["x"], "name": ["y" * 30], "path": ["z" * 500]})
    kd.write_excel(frame, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C2"
    assert sheet["A1"].font.bold
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert [round(width) for width in widths] == [9, 33, 61]


def test_more_rows_than_a_sheet_has_go_into_further_ones(tmp_path):
    batch = pa.record_batch({"n": list(range(25))})
    with (tmp_path / "a.xlsx").open("wb") as file:
        writer = WorkbookWriter(file, batch.schema, {"schema": "events.v1/1"}, sheet_rows=11)
        writer.write(rows_of(batch.slice(0, 7)))
        writer.write(rows_of(batch.slice(7)))
        writer.close(None)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["events.v1", "events.v1 (2)", "events.v1 (3)"]
    found = [values_in(tmp_path / "a.xlsx", name) for name in book.sheetnames]
    assert [rows[0] for rows in found] == [["n"]] * 3
    assert [row[0] for rows in found for row in rows[1:]] == list(range(25))


def test_a_text_that_is_too_long_is_cut_with_a_warning(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "kloudless_data"):
        kd.write_excel(pd.DataFrame({"a": ["x" * 40_000]}), tmp_path / "a.xlsx")
    [[_], [text]] = values_in(tmp_path / "a.xlsx")
    assert (len(text), text[-1]) == (32_767, "…")
    assert "1 texts were cut" in caplog.text


@pytest.mark.parametrize("options", [{}, {"checkpoint_rows": 300}, {"rows_per_file": 300}])
def test_a_stream_is_a_workbook(account, tmp_path, options):
    events = account.events(limit=700, page_size=100)
    manifest = events.to_excel(tmp_path / "e.xlsx", **options)
    files = [tmp_path / "e.xlsx"]
    if "rows_per_file" in options:
        files = sorted((tmp_path / "e.xlsx").glob("part-*.xlsx"))
    assert manifest.rows == 700
    frame = events.to_frame()
    sheets = [values_in(file) for file in files]
    names, rows = sheets[0][0], [row for sheet in sheets for row in sheet[1:]]
    assert [row[names.index("id")] for row in rows] == frame["id"].tolist()
    times = frame["modified"].dt.tz_convert(None).dt.round("ms")
    assert [row[names.index("modified")] for row in rows] == times.to_list()


def test_batches_and_what_has_no_columns(tmp_path):
    batches = (pa.record_batch({"n": [n]}) for n in range(3))
    assert kd.write_excel(batches, tmp_path / "a.xlsx").rows == 3
    with pytest.raises(exceptions.InvalidParameter, match="Pass a table"):
        kd.write_excel(iter(()), tmp_path / "b.xlsx")
    wide = pa.table({str(n): [n] for n in range(16_385)})
    with pytest.raises(exceptions.InvalidParameter, match="16,384 columns"):
        kd.write_excel(wide, tmp_path / "c.xlsx")
    assert [path.name for path in tmp_path.glob("*.xlsx")] == ["a.xlsx"]


def test_without_xlsxwriter_it_says_what_to_install(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(exceptions.MissingPackage, match=r"kloudless-data\[excel\]"):
        kd.write_excel(pd.DataFrame({"a": [1]}), tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_findings_have_their_lists_as_json_and_their_times_as_times(tmp_path):
    findings = pd.DataFrame(
        {"id": ["00123"], "sentence": ["=cmd()"], "evidence": [["1", "ü"]],
         "start": pd.to_datetime(["2026-03-01T10:00Z"])}
    )  # fmt: skip
    kd.write_excel(findings, tmp_path / "f.xlsx", name="findings")
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx")["findings"]
    names = [cell.value for cell in sheet[1]]
    row = dict(zip(names, sheet[2], strict=True))
    assert (row["id"].value, row["sentence"].data_type) == ("00123", "s")
    assert row["start"].value.isoformat() == "2026-03-01T10:00:00"
    assert row["evidence"].value == '["1", "ü"]'


@pytest.mark.parametrize("ending", ["xlsx", "csv", "parquet", "jsonl"])
def test_a_listing_is_written_like_a_stream(account, tmp_path, ending):
    listing = account.get("storage/folders/root/contents", params={"page_size": 2})
    write = {"xlsx": listing.to_excel, "csv": listing.to_csv,
             "parquet": listing.to_parquet, "jsonl": listing.to_jsonl}[ending]  # fmt: skip
    manifest = write(tmp_path / f"root.{ending}")
    ids = list(listing.to_frame()["id"])
    assert manifest.rows == len(ids) > 2
    assert kd.verify(tmp_path) == [manifest]
    assert manifest.server == account.settings.base_url
    if ending == "xlsx":
        header, *rows = values_in(tmp_path / "root.xlsx")
        assert [row[header.index("id")] for row in rows] == ids
    with pytest.raises(exceptions.OutputExists):
        write(tmp_path / f"root.{ending}")
