"""What an imported log lacks stays known, also to an archive's audit."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.archive.test_imports import log_of

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.archive import Archive, ledger


def test_the_audit_of_an_archive_says_what_its_imports_left_out(tmp_path: Path) -> None:
    folder, archive = tmp_path / "logs", Archive(tmp_path / "archive")
    folder.mkdir()
    log_of(folder / "a.jsonl", 0, 1, bad="{oops\n{again\n")
    for account in ("corp", "corp", "other"):  # the same files count once
        archive.import_log(kd.read_log(folder, progress=False), account=account)
    archive.import_log(log_of(tmp_path / "c.jsonl", 2, bad="{oops\n"), account="corp")
    archive.import_log(log_of(tmp_path / "d.jsonl", 3), account="corp")
    found = audit.find(archive, progress=False)
    assert found.attrs["left_out"] == {"damaged": 3, "unreadable": 0}
    report = audit.report(tmp_path / "archive", progress=False)
    assert "The import left out 3 damaged records" in report.to_markdown()
    archive.verify(progress=False)


def test_an_archive_of_an_earlier_version_counts_from_now_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path / "archive")
    with monkeypatch.context() as earlier:
        for name in ("damaged", "unreadable"):
            earlier.delitem(ledger._COLUMN_OF, name)
        archive.import_log(log_of(tmp_path / "a.jsonl", 0, bad="{oops\n"))
    assert audit.find(archive, progress=False).attrs["left_out"] == {"damaged": 0, "unreadable": 0}
    archive.import_log(log_of(tmp_path / "b.jsonl", 1, bad="{oops\n"))
    assert audit.find(archive, progress=False).attrs["left_out"] == {"damaged": 1, "unreadable": 0}
    assert archive.verify(progress=False) == 2
