"""The archive and exports on a real S3 server."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import polars
import pytest
from archives import check_against_history, client_of
from repeats import some

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.export import export
from kloudless_data.sandbox import Sandbox


@pytest.fixture(scope="module")
def server():
    with Sandbox(seed=31, accounts=3, events=400) as running:
        yield running


def test_an_archive_on_s3(server, s3):
    archive = kd.Archive("s3://bucket/activity", storage_options=s3)
    report = archive.sync(client_of(server), page_size=100, flush_rows=300)
    assert (report.events, report.ok) == (1_200, True)
    assert archive.sync(client_of(server)).events == 0
    check_against_history(archive, server)
    archive.verify()
    archive.compact()
    archive.verify()
    check_against_history(archive, server)
    table = polars.read_delta("s3://bucket/activity/events", storage_options=s3)
    assert table.height == 1_200


@pytest.mark.parametrize("number", some(1, range(3)))
def test_syncs_that_compete_on_s3(server, s3, number):
    path = f"s3://bucket/competing-{number}"
    kd.Archive(path, storage_options=s3).init()
    errors = []

    def sync():
        try:
            kd.Archive(path, storage_options=s3).sync(client_of(server), flush_rows=300)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=sync) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    archive = kd.Archive(path, storage_options=s3)
    archive.sync(client_of(server))
    check_against_history(archive, server)
    archive.verify()


def test_a_file_that_is_removed_from_s3_is_found(server, s3):
    archive = kd.Archive("s3://bucket/tampered", storage_options=s3)
    archive.sync(client_of(server))
    storage, root = archive._tables.files("events")
    storage.remove(storage.join(root, next(iter(archive._tables.active_files(
        archive._tables.open("events"))))))  # fmt: skip
    with pytest.raises(exceptions.VerificationFailed, match="is missing"):
        archive.verify()


@pytest.mark.parametrize("rounds", some(1, [1, 8]))
def test_the_command_on_s3_ends_well(server, s3, rounds):
    """Also at interpreter exit, where threads that still close files would abort it."""
    environment = {**os.environ, **s3, "KLOUDLESS_BASE_URL": server.base_url,
                   "KLOUDLESS_API_KEY": server.api_key}  # fmt: skip
    for arguments in (["sync"], *[["verify"]] * rounds, ["status"], ["compact"], ["sync"]):
        done = subprocess.run(
            [sys.executable, "-m", "kloudless_data", "archive", *arguments, "s3://bucket/command"],
            env=environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert s3["AWS_SECRET_ACCESS_KEY"] not in done.stdout.split()


def test_exports_to_s3(server, s3, tmp_path, monkeypatch):
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    events = kd.Account(token=server.accounts[0].token, base_url=server.base_url).events()
    endpoint = s3["AWS_ENDPOINT_URL"].removeprefix("http://")
    query = f"?endpoint_override={endpoint}&scheme=http&region=us-east-1"
    manifest = export(events, f"s3://bucket/exports/e.csv{query}", "csv", checkpoint_rows=150)
    assert manifest.rows == 400
    assert manifest.file == "e.csv"
    export(events, tmp_path / "e.csv", "csv")
    assert manifest.sha256 == kd.verify(tmp_path / "e.csv")[0].sha256
