"""Files that are missing, full, endless or of another kind: the message says so, and what to do."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pandas as pd
import pytest
from deltalake.exceptions import DeltaError

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.archive.delta.errors import writing_errors
from kloudless_data.cli import main
from kloudless_data.exceptions import (
    ArchiveFailed,
    ExportFailed,
    InvalidParameter,
    LocalSetupFailed,
)
from kloudless_data.storage.atomic import AtomicFile
from kloudless_data.text.files import read_small
from tests.unit.logs import samples

IMPORT = (
    " If it is a service's own log, make events of it first: `kloudless-data logs import FILE "
    "--output activity.parquet`."
)
EXPORT = " Export events with --format parquet, or pass an archive."


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """The files that the commands are given."""
    monkeypatch.chdir(tmp_path)
    events().to_parquet("events.parquet")
    Path("box.jsonl").write_text(json.dumps(samples.BOX))
    Path("other.json").write_text('{"some": "JSON"}')
    Path("other.txt").write_text("hello")
    Path("folder").mkdir()
    Path("folder/box.jsonl").write_text(json.dumps(samples.BOX))
    Path("noreason.csv").write_text("id,reason,by\nx,,y\n")
    os.mkfifo("pipe")
    return tmp_path


def events():
    days = pd.to_datetime(["2026-03-01", "2026-03-02"], utc=True)
    return pd.DataFrame(
        {"id": ["1", "2"], "account": "7", "type": "add", "user_id": "u", "modified": days}
    )


DISMISS = "audit dismiss x --by A --reason x --file"
MARKS = " Pass a CSV file with the columns reason, by, id, rule, person, account, on, until."
ENDLESS = "it is a device, a pipe or a socket, not a file."
MESSAGES = [
    ("verify nosuch", "There is no file or folder {here}/nosuch. Check the name."),
    ("verify events.parquet", "There is no manifest {here}/events.parquet.manifest.json. Export"),
    ("audit find box.jsonl", IMPORT),
    ("audit find other.json", IMPORT),
    ("audit find folder", IMPORT),
    ("audit ocsf box.jsonl -o o.jsonl", IMPORT),
    ("audit find other.txt", EXPORT),
    (f"{DISMISS} noreason.csv", "entry 1: A mark needs a reason, and its author (by)." + MARKS),
    ("audit find events.parquet --dismissed nosuch.csv", "There is no file nosuch.csv. Check"),
    (f"{DISMISS} /dev/full", f"/dev/full cannot be read as reviewers' marks: {ENDLESS}{MARKS}"),
    (f"{DISMISS} pipe", ENDLESS),
    (f"{DISMISS} folder", "it is a folder, not a file."),
    ("audit find events.parquet --dismissed pipe", ENDLESS),
    ("audit report events.parquet -o a.md --applications pipe", ENDLESS),
    ("audit report events.parquet -o a.md --applications nosuch", "There is no file nosuch."),
    ("access review a --read pipe", ENDLESS),
    ("logs import pipe -o log.parquet", ENDLESS),
    ("logs import /dev/zero -o log.parquet", ENDLESS),
    ("events follow --positions pipe", ENDLESS.rstrip(".") + "). Name another one, or remove it"),
]


@pytest.mark.parametrize(("given", "said"), MESSAGES, ids=[given for given, _ in MESSAGES])
def test_a_wrong_file_is_named_with_what_to_do(given, said, files, account, capsys, monkeypatch):
    monkeypatch.setenv("KLOUDLESS_TOKEN", account.token)
    monkeypatch.setenv("KLOUDLESS_BASE_URL", account.settings.base_url)
    assert main(given.split()) != 0
    err = capsys.readouterr().err
    assert said.format(here=files) in err
    assert ".." not in err


@pytest.mark.parametrize("command", ["profiles", "folder list --profile a", "logout --profile a"])
def test_profiles_that_are_no_file_are_not_waited_for(command, files, capsys, monkeypatch):
    monkeypatch.setenv("KLOUDLESS_CONFIG_DIR", str(files / "folder"))
    os.mkfifo(files / "folder" / "profiles.ini")
    assert main(command.split()) != 0
    assert f"The profiles cannot be read: {ENDLESS}" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["pipe", "/dev/zero"])
def test_a_csv_file_that_is_none_is_not_waited_for(path):
    with pytest.raises(ExportFailed, match="cannot be read as CSV: it is a device, a pipe or a"):
        kd.read_csv(path)


@pytest.mark.parametrize("path", ["pipe", "/dev/zero"])
@pytest.mark.parametrize("setting", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "verify", "cert"])
def test_certificates_that_are_no_file_are_not_waited_for(path, setting, account, monkeypatch):
    client = kd.Account(token="a-token", base_url=account.settings.base_url)
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    if setting.isupper():
        monkeypatch.setenv(setting, path)
    else:
        setattr(client, setting, path)
    with pytest.raises(LocalSetupFailed, match=f"{path}, set by {setting}, is a device"):
        client.get("storage/folders/root")


def test_python_is_told_of_read_log():
    with pytest.raises(InvalidParameter, match=r"own log, pass read_log\(path\) instead\.$"):
        audit.find("box.jsonl")


def test_an_export_of_ours_in_another_format_is_no_log(account):
    account.events(limit=1).to_jsonl("events.jsonl")
    with pytest.raises(InvalidParameter, match="Export events with --format parquet"):
        audit.find("events.jsonl")


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (["id"], "they have no column id. The columns are: account, type, user_id, modified."),
        (["modified"], "they have no column modified. The"),
        (["id", "modified"], "they have no columns id and modified. The"),
    ],
)
def test_only_columns_that_are_missing_are_called_missing(left_out, said):
    with pytest.raises(InvalidParameter) as caught:
        audit.find(events().drop(columns=left_out))
    assert said in str(caught.value)


def test_a_small_file_is_read_whole(tmp_path):
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfa\r\nb")
    assert read_small(tmp_path / "a", "utf-8-sig") == "a\r\nb"


@pytest.mark.parametrize("full", ["report.html", "report.html.evidence.json"])
@pytest.mark.parametrize("old", [False, True])
def test_on_a_full_disk_a_report_leaves_nothing_half_written(full, old, tmp_path, monkeypatch):
    written = tmp_path / "reports"
    written.mkdir()
    path = written / "report.html"
    made = audit.report(events(), progress=False)
    if old:
        made.save(path)
    before = {one: one.read_bytes() for one in written.iterdir()}
    put = AtomicFile._put

    def full_disk(self, view):
        if self._path.endswith(f"/{full}"):
            raise OSError(errno.ENOSPC, "Error writing bytes to file")
        return put(self, view)

    monkeypatch.setattr(AtomicFile, "_put", full_disk)
    with pytest.raises(ExportFailed) as caught:
        made.save(path, force=True)
    assert str(caught.value) == (
        f"{written / full} cannot be written: No space left on device. Free some space, or choose "
        "another place."
    )
    assert {one: one.read_bytes() for one in written.iterdir()} == before


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
DENIED = OSError(errno.EACCES, os.strerror(errno.EACCES))


@pytest.mark.parametrize(
    ("error", "advised"),
    [
        (FULL, "is kept. Free some space, and sync again."),
        (DeltaError("Generic error: No space left on device (os error 28)"),
         "is kept. Free some space, and sync again."),
        (DENIED, "is kept. Check that it may be written, and sync again."),
        (DeltaError("Generic S3 error: 403 Forbidden"),
         "is kept. Check that it may be written, and sync again."),
    ],
    ids=str,
)  # fmt: skip
def test_an_archive_that_cannot_be_written_says_what_to_do(error, advised):
    with pytest.raises(ArchiveFailed) as caught, writing_errors("activity"):
        raise error
    assert str(caught.value).endswith(advised)
