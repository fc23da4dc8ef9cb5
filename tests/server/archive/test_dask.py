"""One sync on several processes of a Dask cluster, one of which is killed half-way."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import kloudless_data as kd
from kloudless_data.archive import Archive
from kloudless_data.exceptions import ArchiveFailed, KloudlessException
from kloudless_data.sandbox import Sandbox

if TYPE_CHECKING:
    from distributed import Client


@pytest.fixture(scope="module")
def cluster() -> Iterator[Client]:
    from distributed import Client, LocalCluster  # takes a second, in each worker

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0",
            silence_logs="CRITICAL",
        ) as running,
        Client(running) as client,
    ):  # fmt: skip
        yield client


def differences(archive: Archive, sandbox: Sandbox) -> list[str]:
    """Return where the archive and the true history differ."""
    frame = archive.events(columns=["account_key", "id"])
    found = []
    for account in sandbox.accounts:
        ids = frame.loc[frame["account_key"] == str(account.id), "id"].tolist()
        if ids != [event["id"] for event in sandbox.history(account)]:
            found.append(f"{account.id}: {len(ids)} rows")
    return found


@pytest.mark.timeout(240)
def test_a_killed_worker_loses_and_duplicates_nothing(cluster: Client, tmp_path: Path) -> None:
    with Sandbox(accounts=16, events=300, latency=0.03) as sandbox:
        client = kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
        archive = Archive(tmp_path / "a")
        pids = cluster.run(os.getpid)
        reports: list[Any] = []
        syncing = threading.Thread(
            target=lambda: reports.append(
                archive.sync(client, executor=cluster, page_size=50, flush_rows=100)
            )
        )
        syncing.start()
        _wait_for_rows(archive)
        os.kill(next(iter(pids.values())), signal.SIGKILL)
        syncing.join(180)
        (report,) = reports
        assert report.ok, report.failures
        assert report.accounts == 16
        # Nobody counts what the killed worker had committed: the archive decides.
        assert differences(archive, sandbox) == []
        assert archive.verify(anchors=[report.anchor]) >= 16
        again = archive.sync(client, executor=cluster)
        assert (again.events, again.failures) == (0, {})
        assert archive.verify(anchors=[again.anchor]) > 16
        assert set(cluster.run(os.getpid).values()) != set(pids.values())


def _wait_for_rows(archive: Archive) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if archive.dataset().count_rows():
                return
        except (KloudlessException, OSError):
            pass
        time.sleep(0.02)
    raise AssertionError("nothing was committed")


def test_credentials_are_in_no_task_name_log_or_error(cluster: Client, tmp_path: Path) -> None:
    with Sandbox(accounts=2, events=10) as sandbox:
        accounts = [
            kd.Account(token=one.token, base_url=sandbox.base_url) for one in sandbox.accounts
        ]
        sandbox.expire(sandbox.accounts[0].token)
        unknown = Archive(tmp_path / "a").sync(accounts, executor=cluster)
        assert list(unknown.failures) == ["account number 1 of those given"]
        ids = [str(one.id) for one in sandbox.accounts]
        named = [
            kd.Account(token=one.token, account_id=id, base_url=sandbox.base_url)
            for one, id in zip(sandbox.accounts, ids, strict=True)
        ]
        report = Archive(tmp_path / "a").sync(named, executor=cluster)
        assert list(report.failures) == ids[:1]
        told = [str(cluster.story(*cluster.futures)), str(cluster.get_worker_logs()),
                str(cluster.get_scheduler_logs()), report.to_json(), unknown.to_json()]  # fmt: skip
        for one in sandbox.accounts:
            assert not [text for text in told if one.token in text]


def test_a_cluster_without_workers_is_not_awaited_forever(tmp_path: Path, monkeypatch) -> None:
    from distributed import Client, LocalCluster

    monkeypatch.setattr("kloudless_data.archive.dask._WORKERS_WITHIN", 0.1)
    with (
        Sandbox(accounts=1, events=1) as sandbox,
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        Client(empty) as client,
        pytest.raises(ArchiveFailed, match="has no workers"),
    ):
        account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        Archive(tmp_path / "a").sync(account, executor=client)


def test_anything_but_a_dask_client_is_refused(tmp_path: Path) -> None:
    with Sandbox(accounts=1, events=1) as sandbox:
        account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        with pytest.raises(ArchiveFailed, match=r"distributed\.Client"):
            Archive(tmp_path / "a").sync(account, executor=7)


def test_dask_reads_the_table_as_it_is(tmp_path: Path) -> None:
    import dask.dataframe as dd

    with Sandbox(accounts=3, events=100) as sandbox:
        archive = Archive(tmp_path / "a")
        archive.sync(kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url))
    frame = dd.read_parquet(archive.local_files(), columns=["account_key", "id"])
    assert len(frame) == 300
