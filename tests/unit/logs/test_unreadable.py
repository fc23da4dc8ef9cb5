"""Logs that cannot be read, or are still packed, are named, and never taken for other files."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
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
    return all(one in err for one in closed) and f"not a known log: 1 file: {folder}" in err


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
    said = (
        "The import left out 1 damaged record, 2 unreadable files and 1 file without a known log "
        "format, which were not examined."
    )
    assert main(["logs", "import", str(folder), "-o", str(events)]) == 1
    capsys.readouterr()
    assert main(["audit", "report", str(events), "-o", str(report)]) == 0
    assert said in capsys.readouterr().out
    assert said in report.read_text().partition("## ")[0]
    evidence = json.loads(Path(f"{report}.evidence.json").read_text())
    assert evidence["left_out"] == {"damaged": 1, "unreadable": 2, "unknown": 1}
    assert main(["audit", "find", str(events)]) == 0
    assert said in capsys.readouterr().err
    assert main(["archive", "import", str(tmp_path / "archive"), str(folder)]) == 1
    log = kd.read_log(folder, progress=False)
    for source in (log, log.to_frame(), tmp_path / "archive"):
        assert kd.audit.find(source, progress=False).attrs["left_out"] == evidence["left_out"]


_LOG = json.dumps([samples.BOX]).encode()


def _zipped(*texts: bytes) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"log-{number}.json", text)
    return file.getvalue()


def _tarred() -> bytes:
    with tarfile.open(fileobj=(file := io.BytesIO()), mode="w") as archive:
        member = tarfile.TarInfo("log.json")
        member.size = len(_LOG)
        archive.addfile(member, io.BytesIO(_LOG))
    return file.getvalue()


#: What a log may be packed in -> what is said of it.
PACKED = {
    "zip": (_zipped(_LOG), "it is a ZIP archive"),
    "empty.zip": (_zipped(), "it is a ZIP archive"),
    "tar": (_tarred(), "it is a tar archive"),
    "tar.gz": (gzip.compress(_tarred()), "it is a tar archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c\x00\x04", "it is a 7z archive"),
    "xz": (lzma.compress(_LOG), "it is compressed by xz"),
    "bz2": (bz2.compress(_LOG), "it is compressed by bzip2"),
    "zst": (pa.compress(_LOG, "zstd", asbytes=True), "it is compressed by Zstandard"),
}


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("given", ["by name", "in a folder of its own"])
def test_a_packed_log_is_an_error_that_says_to_unpack_it(
    kind: str, given: str, tmp_path: Path
) -> None:
    data, why = PACKED[kind]
    path = tmp_path / f"log.{kind}"
    path.write_bytes(data)
    with pytest.raises(InvalidParameter) as caught:
        kd.read_log(path if given == "by name" else tmp_path)
    assert str(caught.value) == (
        f"{path} cannot be read: {why}. Unpack it and pass what was in it, or leave it out."
    )


@pytest.mark.parametrize("kind", PACKED)
def test_an_import_names_a_packed_log_in_a_folder_and_writes_the_rest(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, why = PACKED[kind]
    logs, out = tmp_path / "logs", tmp_path / "activity.parquet"
    logs.mkdir()
    (logs / "a.json").write_bytes(_LOG)
    path = logs / f"log.{kind}"
    path.write_bytes(data)
    assert main(["logs", "import", str(logs), "-o", str(out)]) == 1
    err = capsys.readouterr().err
    assert f"unreadable: {path}: {why}\n" in err
    assert "unpack archives" in err
    assert "not a known log" not in err
    log = kd.read_log(logs, progress=False)
    assert [one.name for one in log.unreadable] == [str(path)]
    assert len(log.to_frame()) == 1


def test_a_workbook_among_logs_is_no_archive_of_logs(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(_LOG)
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "b.xlsx")
    log = kd.read_log(tmp_path, progress=False)
    assert len(log.to_frame()) == 1
    assert not log.unreadable
    assert {Path(one.name).name: one.format for one in log.inputs} == {
        "a.json": "box", "b.xlsx": "unknown",
    }  # fmt: skip
    with pytest.raises(InvalidParameter, match="Save its table as CSV"):
        kd.read_log(tmp_path / "b.xlsx")
