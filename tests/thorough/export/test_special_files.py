"""No writer replaces anything but files; of a link, it replaces the target and not the link."""

from __future__ import annotations

import os
import socket
import stat
from functools import lru_cache

import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data import audit, exceptions
from kloudless_data.cli.follow import Positions
from kloudless_data.storage.atomic import AtomicFile
from kloudless_data.storage.filesystem import Storage

FRAME = pd.DataFrame({"id": ["a"], "account": ["1"], "type": ["add"]})


def make_fifo(path):
    os.mkfifo(path)


def make_socket(path):
    os.chdir(path.parent)  # a socket's path is at most 108 bytes long
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)


SPECIAL = {
    "fifo": make_fifo,
    "socket": make_socket,
    "link to nothing": lambda path: path.symlink_to("nothing"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to a device": lambda path: path.symlink_to(os.devnull),
}


def save_file(path):
    with AtomicFile(*Storage.of(path)) as file:
        file.write(b"new")


@lru_cache(1)
def made(account):
    return audit.report(account.events(limit=50).to_frame(), progress=False)


WRITERS = {
    "events": lambda path, account: account.events(limit=2).to_csv(path, force=True),
    "excel": lambda path, account: kd.write_excel(FRAME, path, force=True),
    "marks": lambda path, account: audit.write_marks(path, []),
    "report": lambda path, account: made(account).save(path, format="html", force=True),
    "positions": lambda path, account: Positions(path).write({"a": "1"}),
}


@pytest.mark.parametrize("kind", list(SPECIAL))
@pytest.mark.parametrize("writer", list(WRITERS))
def test_no_writer_replaces_anything_but_a_file(tmp_path, monkeypatch, account, writer, kind):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "out"
    SPECIAL[kind](path)
    before = stat.S_IFMT(os.lstat(path).st_mode)
    with pytest.raises(exceptions.ExportFailed, match="a pipe, a device, a socket, or a link"):
        WRITERS[writer](path, account)
    assert stat.S_IFMT(os.lstat(path).st_mode) == before
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("writer", list(WRITERS))
def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path, account, writer):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    WRITERS[writer](tmp_path / "link", account)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() != b"old"


def test_a_manifest_that_is_a_pipe_stays_one(tmp_path, account):
    os.mkfifo(tmp_path / "e.csv.manifest.json")
    with pytest.raises(exceptions.ExportFailed, match=r"e\.csv\.manifest\.json is not a file"):
        account.events(limit=2).to_csv(tmp_path / "e.csv")
    with pytest.raises(exceptions.ExportFailed, match="it is a pipe"):
        kd.Manifest.read(tmp_path / "e.csv")
    assert stat.S_ISFIFO(os.lstat(tmp_path / "e.csv.manifest.json").st_mode)
