"""``kloudless-data logs``, in this process."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data.cli import main

from . import samples


def test_import_writes_events_and_says_what_is_not_among_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, out = tmp_path / "logs", tmp_path / "activity.parquet"
    log.mkdir()
    odd = samples.BOX | {"created_at": "soon", "event_type": "ZZ_UNHEARD_OF"}
    (log / "box.jsonl").write_text(f"{json.dumps(samples.BOX)}\n{json.dumps(odd)}\n{{oops\n")
    (log / "readme.txt").write_text("hello")
    assert main(["logs", "import", str(log), "--output", str(out), "--account", "corp"]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("2 events (")
    assert "not a known log: 1 file: " in said.err
    assert "not understood: 1 event with 1 unknown word, such as ZZ_UNH" in said.err
    assert "without a readable time: 1 event" in said.err
    assert "damaged: 1 record" in said.err
    assert "line 3 of" in said.err
    frame = pd.read_parquet(out)
    assert frame["account"].tolist() == ["corp", "corp"]
    assert frame["event_type"].fillna("").tolist() == ["delete", ""]


def test_import_prints_the_manifest_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, out = tmp_path / "box.json", tmp_path / "activity.csv"
    log.write_text(json.dumps([samples.BOX]))
    assert main(["logs", "import", str(log), "--output", str(out), "--json"]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert manifest["options"]["inputs"][0]["format"] == "box"


def test_an_unknown_log_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("hello")
    out = str(tmp_path / "a.parquet")
    assert main(["logs", "import", str(tmp_path / "a.txt"), "--output", out]) == 2
    assert "has no known log format" in capsys.readouterr().err
    assert main(["logs", "import", str(tmp_path / "b.txt"), "--output", out]) == 2


def test_formats_lists_all_that_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "formats", "--json"]) == 0
    names = [row["format"] for row in json.loads(capsys.readouterr().out)]
    assert set(samples.RECORDS) <= set(names)


def test_a_log_for_excel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "box.json"
    log.write_text(json.dumps(samples.RECORDS["box"]))
    workbook, text = tmp_path / "a.xlsx", tmp_path / "a.csv"
    assert main(["logs", "import", str(log), "-o", str(workbook)]) == 0
    assert main(["logs", "import", str(log), "-o", str(text), "--separator", ";", "--excel"]) == 0
    events = kd.read_csv(text)  # the manifest knows the separator
    assert len(events) == openpyxl.load_workbook(workbook).active.max_row - 1 > 0
