"""What an imported log lacks stays known, also to an archive's audit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from unit.archive.test_imports import log_of
from unit.logs import samples

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.archive import Archive, ledger


def left_out(archive: Archive) -> dict[str, int]:
    found: dict[str, int] = audit.find(archive, progress=False).attrs["left_out"]
    return found


def test_the_audit_of_an_archive_says_what_its_imports_left_out(tmp_path: Path) -> None:
    folder, archive = tmp_path / "logs", Archive(tmp_path / "archive")
    folder.mkdir()
    (folder / "readme.txt").write_text("These are logs.\n")
    log_of(folder / "a.jsonl", 0, 1, bad="{oops\n{again\n")
    for account in ("corp", "corp", "other"):  # the same files count once
        archive.import_log(kd.read_log(folder, progress=False), account=account)
    archive.import_log(log_of(tmp_path / "c.jsonl", 2, bad="{oops\n"), account="corp")
    archive.import_log(log_of(tmp_path / "d.jsonl", 3), account="corp")
    assert left_out(archive) == {"damaged": 3, "unreadable": 0, "unknown": 1}
    report = audit.report(tmp_path / "archive", progress=False)
    assert (
        "The import left out 3 damaged records and 1 file without a known log format, which were "
        "not examined."
    ) in report.to_markdown()
    archive.verify(progress=False)


def test_an_archive_of_an_earlier_version_counts_from_now_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path / "archive")
    with monkeypatch.context() as earlier:
        for name in ("damaged", "unreadable", "unknown"):
            earlier.delitem(ledger._COLUMN_OF, name)
        archive.import_log(log_of(tmp_path / "a.jsonl", 0, bad="{oops\n"))
    assert left_out(archive) == {"damaged": 0, "unreadable": 0, "unknown": 0}
    archive.import_log(log_of(tmp_path / "b.jsonl", 1, bad="{oops\n"))
    assert left_out(archive) == {"damaged": 1, "unreadable": 0, "unknown": 0}
    assert archive.verify(progress=False) == 2


def test_a_file_of_several_services_is_an_account_each(tmp_path: Path) -> None:
    records = [samples.many(format, 1)[0] for format in ("box", "cloudtrail", "ocsf")]
    (tmp_path / "log").write_text("".join(f"{json.dumps(one)}\n" for one in records))
    archive = Archive(tmp_path / "archive")
    report = archive.import_log(kd.read_log(tmp_path / "log", progress=False))
    assert (report.accounts, report.events) == (3, 3)
    assert set(archive.status()["account"]) == {"box", "cloudtrail", "ocsf"}
    assert archive.verify(progress=False) == 3
