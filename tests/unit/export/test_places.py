"""Where exports may and may not go."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import socket
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.export import export, export_frame

FRAME = pd.DataFrame({"n": [1, 2]})


def write(path, format="csv", **options):
    return export_frame(FRAME, path, format, name="numbers", **options)


def fifo(path):
    os.mkfifo(path)


def listening(path):
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)  # a socket's whole path may have 100 characters


SPECIAL = {
    "a pipe": fifo,
    "a socket": listening,
    "a link to nothing": lambda path: path.symlink_to(path.parent / "nothing"),
    "a link to a device": lambda path: path.symlink_to("/dev/null"),
    "a link to itself": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("what", SPECIAL)
@pytest.mark.parametrize("force", [False, True])
def test_special_files_are_never_replaced(account, tmp_path, what, force):
    path = tmp_path / "e.csv"
    SPECIAL[what](path)
    before = path.lstat()
    for attempt in (
        lambda: write(path, force=force),
        lambda: export(account.events(limit=5), path, "csv", force=force),
        lambda: export(account.events(limit=5), path, "csv", force=force, rows_per_file=2),
    ):
        with pytest.raises(exceptions.ExportFailed):
            attempt()
        after = path.lstat()
        assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)
    assert os.listdir(tmp_path) == ["e.csv"]


@pytest.mark.parametrize("path", ["/dev/null", "/dev/full"])
def test_devices_are_never_replaced(path):
    with pytest.raises(exceptions.ExportFailed):
        write(path, force=True)
    assert not Path(path).is_file()


def test_a_link_to_a_file_without_a_name_is_never_replaced(tmp_path):
    """/dev/stdout may be such a link."""
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        link = tmp_path / "e.csv"
        link.symlink_to(f"/proc/self/fd/{file.fileno()}")
        with pytest.raises(exceptions.ExportFailed):
            write(link, force=True)
        assert link.is_symlink()


def test_a_link_to_a_file_stays_a_link(account, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "e.csv").write_text("old")
    link = tmp_path / "e.csv"
    link.symlink_to("real/e.csv")
    with pytest.raises(exceptions.OutputExists):
        write(link)
    write(link, force=True)
    export(account.events(limit=3), link, "csv", force=True)
    assert link.is_symlink()
    assert sorted(os.listdir(tmp_path / "real")) == ["e.csv", "e.csv.manifest.json"]
    assert kd.verify(tmp_path / "real")[0].rows == 3


@pytest.mark.parametrize("link", ["~/e.csv", "~"])
def test_the_home_folder(tmp_path, monkeypatch, link):
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    if link == "~":
        with pytest.raises(exceptions.ExportFailed, match="is a folder"):
            write(link)
    else:
        manifest = write(link)
        assert kd.Manifest.read(link) == manifest == kd.verify(link)[0]
        assert kd.read_csv(link).equals(FRAME.astype("Int64"))
        assert sorted(os.listdir(tmp_path / "home")) == ["e.csv", "e.csv.manifest.json"]
    assert os.listdir(tmp_path / "here") == []


@contextlib.contextmanager
def without_rights(folder):
    """Make a folder unreadable; root must become another user for that."""
    if os.geteuid() == 0:
        folder.chmod(0o700)
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        folder.chmod(0)
        yield
        folder.chmod(0o700)


def test_an_unreadable_folder_is_a_sentence(account, tmp_path):
    place = tmp_path / "mine"
    place.mkdir()
    write(place / "e.csv")
    with without_rights(place):
        for attempt in (
            lambda: write(place / "n.csv"),
            lambda: export(account.events(limit=5), place / "n.csv", "csv"),
            lambda: kd.verify(place),
            lambda: kd.verify(place / "e.csv"),
            lambda: kd.read_csv(place / "e.csv"),
        ):
            with pytest.raises((exceptions.ExportFailed, exceptions.VerificationFailed)) as caught:
                attempt()
            assert str(caught.value).endswith(".")
    assert sorted(os.listdir(place)) == ["e.csv", "e.csv.manifest.json"]


def test_a_working_folder_that_was_deleted(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(exceptions.ExportFailed, match="working folder no longer exists"):
        write("e.csv")
    with pytest.raises(exceptions.ExportFailed, match="working folder no longer exists"):
        kd.verify("e.csv")
    assert write(tmp_path / "e.csv").rows == 2


@pytest.mark.parametrize("attempt", [write, kd.verify, kd.read_csv, kd.Manifest.read])
def test_a_name_of_300_characters(tmp_path, attempt):
    with pytest.raises(exceptions.ExportFailed, match="File name too long"):
        attempt(tmp_path / f"{'x' * 300}.csv")


@pytest.mark.parametrize("name", ["a\udc80.csv", "a\0.csv", ""])
def test_other_values_are_not_paths(name):
    for attempt in (write, kd.verify, kd.read_csv):
        with pytest.raises(exceptions.InvalidParameter, match="is not a path"):
            attempt(name)


def test_a_file_system_that_can_only_be_read(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # what the kernel says of one
    with pytest.raises(exceptions.ExportFailed, match="not writable"):
        write(tmp_path / "e.csv")


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet", "xlsx"])
def test_half_a_surrogate_pair_in_any_output(tmp_path, format):
    names = pd.Index(["na\ud800me", "n"], dtype=object)
    frame = pd.DataFrame([["a\udc00b", 1], ["c", 2]], columns=names, dtype=object)
    manifest = export_frame(frame, tmp_path / f"e.{format}", format, name="things\ud83d")
    assert manifest.rows == 2
    assert kd.verify(tmp_path)[0].rows == 2
    if format == "csv":
        assert kd.read_csv(tmp_path / "e.csv")["na\\ud800me"].tolist() == ["a\\udc00b", "c"]


# --- Standard output ----------------------------------------------------------------------------


class Output(io.TextIOWrapper):
    def __init__(self, raw=None):
        super().__init__(raw or io.BytesIO(), encoding="utf-8")


def test_a_dash_is_standard_output(account, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for format in ("csv", "jsonl"):
        output = Output()
        monkeypatch.setattr(sys, "stdout", output)
        manifest = getattr(account.events(limit=250, page_size=100), f"to_{format}")("-")
        written = output.buffer.getvalue()
        account.events(limit=250, page_size=100)
        whole = getattr(account.events(limit=250), f"to_{format}")(f"e.{format}")
        assert written == Path(f"e.{format}").read_bytes()
        assert (manifest.rows, manifest.bytes, manifest.sha256, manifest.cursor_to) == (
            whole.rows, whole.bytes, whole.sha256, whole.cursor_to,
        )  # fmt: skip
    assert not Path("-").exists()


def test_rows_go_out_as_they_come(account, monkeypatch):
    """Rows are written as they arrive, so the next program in the pipe can work meanwhile."""
    output, sizes = Output(), []
    monkeypatch.setattr(sys, "stdout", output)
    events = account.events(page_size=100, limit=300)
    decode = type(events).decode
    monkeypatch.setattr(
        type(events), "decode",
        lambda *args: (sizes.append(len(output.buffer.getvalue())), decode(*args))[1],
    )  # fmt: skip
    events.to_jsonl("-")
    assert len(sizes) == 3
    assert 0 == sizes[0] < sizes[1] < sizes[2]


def test_a_frame_is_written_too_in_the_form_that_excel_needs(monkeypatch):
    output = Output()
    monkeypatch.setattr(sys, "stdout", output)
    write("-", excel=True, separator=";")
    assert output.buffer.getvalue() == b'\xef\xbb\xbf"n"\n1\n2\n'


@pytest.mark.parametrize(
    ("format", "options"),
    [("parquet", {}), ("xlsx", {}), ("csv", {"resume": True}), ("csv", {"rows_per_file": 5}),
     ("csv", {"deduplicate": True})],
)  # fmt: skip
def test_unsupported_options_of_standard_output_are_refused(account, format, options):
    with pytest.raises(exceptions.InvalidParameter, match="- is standard output"):
        export(account.events(), "-", format, **options)


def test_standard_output_on_a_full_disk_and_in_a_notebook(account, monkeypatch):
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=full, flush=full.flush))
        with pytest.raises(exceptions.ExportFailed, match="No space left"):
            account.events(limit=5).to_csv("-")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with pytest.raises(exceptions.InvalidParameter, match="accepts no files here"):
        account.events(limit=5).to_csv("-")


def test_excel_reads_the_csv_as_utf_8(tmp_path):
    frame = pd.DataFrame({"name": ["naïve 🎉", "a;b"], "n": [1, 2]})
    export_frame(frame, tmp_path / "e.csv", "csv", name="x", excel=True, separator=";")
    data = (tmp_path / "e.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(data.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert rows == [["name", "n"], ["naïve 🎉", "1"], ["a;b", "2"]]
    with pytest.raises(exceptions.InvalidParameter, match="options of CSV"):
        export_frame(frame, tmp_path / "e.jsonl", "jsonl", name="x", excel=True)
    with pytest.raises(exceptions.InvalidParameter, match="separator must be one of"):
        export_frame(frame, tmp_path / "f.csv", "csv", name="x", separator="ab")


def test_a_manifest_of_a_later_version_is_understood(tmp_path):
    write(tmp_path / "e.csv")
    path = tmp_path / "e.csv.manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "from_the_future": 1}))
    assert kd.Manifest.read(tmp_path / "e.csv").rows == 2
