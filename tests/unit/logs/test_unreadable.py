"""Logs that the system does not let us read are named, and never taken for other files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.fs
import pytest

import kloudless_data as kd
from kloudless_data.archive import Archive
from kloudless_data.cli import main
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.storage.filesystem import Storage

from . import samples


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a log, one that may not be read, a note, and a closed folder."""
    logs = tmp_path / "logs"
    (logs / "closed").mkdir(parents=True)
    for name in ("a.json", "b.json", "closed/c.json"):
        (logs / name).write_text(json.dumps([samples.BOX]))
    (logs / "notes.txt").write_text("hello")
    _close(monkeypatch, logs)
    return logs


def _close(monkeypatch: pytest.MonkeyPatch, logs: Path) -> None:
    """Refuse as the system does, which refuses nothing to the administrator who runs tests."""
    read, listed = Storage.open, pyarrow.fs.LocalFileSystem.get_file_info

    def opened(self: Storage, path: str) -> Any:
        if path == str(logs / "a.json"):
            raise PermissionError(13, f"Failed to open local file '{path}'")
        return read(self, path)

    class Files(pyarrow.fs.LocalFileSystem):
        def get_file_info(self, what: Any) -> Any:
            if isinstance(what, pyarrow.fs.FileSelector) and (
                what.recursive or what.base_dir == str(logs / "closed")
            ):
                raise PermissionError(13, "Cannot list directory")
            return listed(self, what)

    monkeypatch.setattr(Storage, "open", opened)
    monkeypatch.setattr(pyarrow.fs, "LocalFileSystem", Files)


def _is_said(folder: Path, err: str) -> bool:
    closed = (f"unreadable: {folder / name}: Permission denied\n" for name in ("a.json", "closed"))
    return all(one in err for one in closed) and f"not a log: 1 file, such as {folder}" in err


def test_an_import_names_what_it_may_not_read_and_writes_the_rest(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "activity.parquet"
    assert main(["logs", "import", str(folder), "-o", str(out)]) == 1
    assert _is_said(folder, capsys.readouterr().err)
    inputs = json.loads(Path(f"{out}.manifest.json").read_text())["options"]["inputs"]
    assert {Path(one["name"]).name: (one["format"], one["events"]) for one in inputs} == {
        "b.json": ("box", 1), "a.json": ("unreadable", 0), "closed": ("unreadable", 0),
        "notes.txt": ("unknown", 0),
    }  # fmt: skip


def test_so_does_an_import_into_an_archive(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["archive", "import", str(tmp_path / "archive"), str(folder)]) == 1
    out, err = capsys.readouterr()
    denied = {str(folder / name): "Permission denied" for name in ("a.json", "closed")}
    assert json.loads(out)["failures"] == denied
    assert _is_said(folder, err)
    assert len(Archive(tmp_path / "archive").events()) == 1


@pytest.mark.parametrize("name", ["a.json", "closed"])
def test_a_log_that_is_named_and_may_not_be_read_is_an_error(folder: Path, name: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        kd.read_log(folder / name)
    path = folder / name
    assert str(caught.value) == (
        f"{path} cannot be read: Permission denied. Check that you may read it, or leave it out."
    )


def test_the_audit_says_what_an_import_left_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "b.json").open("w") as file:
        file.write(f"{json.dumps(samples.BOX)}\n{{oops\n")
    events, report = tmp_path / "activity.parquet", tmp_path / "report.md"
    said = "The import left out 1 damaged record and 2 unreadable files, which were not examined."
    assert main(["logs", "import", str(folder), "-o", str(events)]) == 1
    capsys.readouterr()
    assert main(["audit", "report", str(events), "-o", str(report)]) == 0
    assert said in capsys.readouterr().out
    assert said in report.read_text().partition("## ")[0]
    evidence = json.loads(Path(f"{report}.evidence.json").read_text())
    assert evidence["left_out"] == {"damaged": 1, "unreadable": 2}
    assert main(["audit", "find", str(events)]) == 0
    assert said in capsys.readouterr().err
    assert main(["archive", "import", str(tmp_path / "archive"), str(folder)]) == 1
    log = kd.read_log(folder, progress=False)
    for source in (log, log.to_frame(), tmp_path / "archive"):
        assert kd.audit.find(source, progress=False).attrs["left_out"] == evidence["left_out"]
