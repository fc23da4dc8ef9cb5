"""The report as a workbook, read with another program's eyes (openpyxl)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hostile import HOSTILE, hostile_report

from kloudless_data import audit
from kloudless_data.exceptions import OutputExists
from kloudless_data.sandbox.organisation import Organisation


@pytest.fixture(scope="module")
def made() -> audit.Report:
    organisation = Organisation(
        seed=9, people=12, days=45, incidents=["mass_deletion", "new_network"]
    )
    cover = audit.Cover(client="A Ltd", date="2026-03-01")
    return audit.Audit(organisation.frame()).report(cover=cover, progress=False)


def opened(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def values(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_findings_are_those_of_the_report(made: audit.Report, tmp_path: Path) -> None:
    made.to_excel(tmp_path / "r.xlsx")
    book = opened(tmp_path / "r.xlsx")
    assert book.sheetnames == ["summary", "findings", "evidence", "completeness"]
    header, *rows = values(book["findings"])
    frame = pd.DataFrame(rows, columns=header)
    assert frame["id"].tolist() == made.findings["id"].tolist()
    assert frame["sentence"].tolist() == made.findings["sentence"].tolist()
    assert frame["events"].tolist() == made.findings["events"].tolist()
    assert json.loads(frame["numbers"][0]) == json.loads(
        json.dumps(made.findings["numbers"][0], default=str)
    )
    started = made.findings["start"].dt.tz_localize(None).dt.round("ms")
    assert frame["start"].tolist() == started.tolist()  # UTC
    assert book["findings"]["C2"].is_date
    shown = {one for (one, *_) in values(book["evidence"])[1:]}
    assert shown == {one for one, events in made.evidence.items() if len(events)}


def test_the_first_sheet_says_what_the_reports_first_page_does(
    made: audit.Report, tmp_path: Path
) -> None:
    made.to_excel(tmp_path / "r.xlsx")
    told = dict(values(opened(tmp_path / "r.xlsx")["summary"])[1:])
    assert told["Title"] == made.title
    assert told["Client"] == "A Ltd"
    assert told["Completeness"] in made.to_markdown().replace("\\", "")
    assert told["All evidence"] == "r.xlsx.evidence.json"
    evidence = json.loads((tmp_path / "r.xlsx.evidence.json").read_text())
    assert [one["id"] for one in evidence["findings"]] == made.findings["id"].tolist()


def test_the_header_stays_and_the_columns_are_wide_enough(
    made: audit.Report, tmp_path: Path
) -> None:
    made.to_excel(tmp_path / "r.xlsx")
    for sheet in opened(tmp_path / "r.xlsx"):
        assert sheet.freeze_panes == "A2"
        assert sheet["A1"].font.bold
        assert sheet.column_dimensions["A"].width >= 8


def test_hostile_names_are_texts_and_no_formulas(tmp_path: Path) -> None:
    hostile_report().to_excel(tmp_path / "r.xlsx")
    seen = []
    for sheet in opened(tmp_path / "r.xlsx"):
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)
            seen += [cell.value for cell in row if isinstance(cell.value, str)]
    assert any(HOSTILE[:10] in text for text in seen)


def test_the_same_report_gives_the_same_bytes_and_replaces_nothing_unasked(
    made: audit.Report, tmp_path: Path
) -> None:
    made.to_excel(tmp_path / "r.xlsx")
    before = (tmp_path / "r.xlsx").read_bytes()
    with pytest.raises(OutputExists):
        made.to_excel(tmp_path / "r.xlsx")
    made.to_excel(tmp_path / "r.xlsx", force=True)
    assert (tmp_path / "r.xlsx").read_bytes() == before


def test_a_report_without_a_finding_is_a_workbook_all_the_same(tmp_path: Path) -> None:
    nothing = Organisation(seed=9, people=5, days=20).frame().head(0)
    audit.report(nothing, tmp_path / "r.xlsx", progress=False)
    book = opened(tmp_path / "r.xlsx")
    assert len(values(book["findings"])) == 1
    assert "nothing" in dict(values(book["summary"])[1:])["Summary"]
