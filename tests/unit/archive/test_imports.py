"""Logs in an archive: each event once, and no period counts as covered by them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import kloudless_data as kd
from kloudless_data.archive import Archive
from kloudless_data.exceptions import ArchiveFailed, InvalidParameter
from kloudless_data.logs import LogStream

RECORD = {
    "event_type": "ITEM_TRASH", "created_by": {"login": "ann@corp.example"},
    "source": {"item_type": "file", "item_id": "f", "item_name": "a.txt"},
}  # fmt: skip


def log_of(path: Path, *days: int, bad: str = "") -> LogStream:
    begin = datetime(2026, 1, 10, 10, tzinfo=UTC)
    records = [
        RECORD | {"event_id": f"e{day}", "created_at": (begin + timedelta(days=day)).isoformat()}
        for day in days
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in records) + bad)
    return kd.read_log(path, progress=False)


def test_each_event_of_overlapping_logs_is_archived_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    first = archive.import_log(log_of(tmp_path / "a.jsonl", 0, 1, 2, 25))
    again = archive.import_log(log_of(tmp_path / "b.jsonl", 1, 2, 25, 26))
    assert (first.events, first.repeated) == (4, 0)
    assert (again.events, again.repeated) == (1, 3)
    events = archive.events()
    assert sorted(events["id"]) == ["e0", "e1", "e2", "e25", "e26"]
    assert set(events["account_key"]) == {"box"}
    assert set(events["event_type"]) == {"delete"}
    assert set(events["service"]) == {"box"}
    assert json.loads(events["raw"].iloc[0])["event_type"] == "ITEM_TRASH"


def test_the_ledger_proves_an_import_and_calls_nothing_covered(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    report = archive.import_log(log_of(tmp_path / "a.jsonl", 0, 1), account="corp")
    assert archive.verify(anchors=[report.anchor], progress=False) >= 1
    ledger = archive.sql("select * from ledger where account = 'corp'")
    assert ledger["position_to"].iloc[-1].startswith("log:")
    assert "covered" not in set(archive.coverage()["state"])


def test_an_archive_of_the_first_api_version_takes_no_logs(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    archive.init(1)
    with pytest.raises(ArchiveFailed, match="another archive"):
        archive.import_log(log_of(tmp_path / "a.jsonl", 0))


def test_the_command_says_what_was_added_and_what_is_damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kloudless_data.cli import main

    log_of(tmp_path / "a.jsonl", 0, 1, bad="{oops\n")
    asked = ["archive", "import", str(tmp_path / "archive"), str(tmp_path / "a.jsonl")]
    assert main(asked) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["events"] == 2
    assert "damaged: 1 record; the first is line 3 of" in said.err


def test_an_account_of_imported_logs_is_not_restarted(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    archive.import_log(log_of(tmp_path / "log.jsonl", 1, 2))
    with pytest.raises(InvalidParameter, match="imported logs"):
        archive.restart("box")
