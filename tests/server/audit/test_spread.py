"""An audit whose accounts are read by several workers finds what one process finds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.archive import Archive
from kloudless_data.archive.coverage import Retention
from kloudless_data.audit import spread
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.sandbox import Sandbox
from kloudless_data.sandbox.organisation import Organisation


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Archive:
    """Two organisations with incidents, and three accounts that do little."""
    made = [
        Organisation(seed=seed, people=12, days=45, incidents=kinds)
        for seed, kinds in ((71, ["mass_deletion"]), (72, ["external_sharing", "new_network"]))
    ]
    retention = Retention(None, None)
    keeps_all: dict[str, Any] = {"retention_events": None, "retention_hours": None}
    with Sandbox(accounts=3, events=200, organisations=made, **keeps_all) as sandbox:
        path = tmp_path_factory.mktemp("spread") / "it's [an] archive"
        archive = Archive(path, retention=retention, now=lambda: sandbox.clock.now)
        client = kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url, api_version=2)
        archive.sync(client, progress=False)
    return Archive(path, retention=retention)


@pytest.fixture(scope="module")
def alone(archive) -> pd.DataFrame:
    return audit.find(archive, progress=False)


@contextmanager
def dask() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


EXECUTORS = {
    "threads": lambda: ThreadPoolExecutor(2),
    "processes": lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")),
    "forked processes": lambda: ProcessPoolExecutor(2, mp_context=get_context("fork")),
    "Dask": dask,
}


@pytest.mark.parametrize("kind", EXECUTORS)
def test_workers_find_the_same_as_one_process(archive, alone, kind, monkeypatch):
    monkeypatch.setattr(spread, "_ROWS", 1_000)  # several groups
    with EXECUTORS[kind]() as executor:
        found = audit.find(archive, executor=executor, progress=False)
    assert len(alone) >= 2
    pd.testing.assert_frame_equal(found, alone)
    assert found.attrs == alone.attrs


class Counting(Executor):
    """Runs each task at once, and keeps how many there were."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []

    def submit(self, task, /, group, **_):
        self.groups.append(group.accounts)
        future: Future = Future()
        future.set_result(task(group))
        return future


def test_each_account_is_one_workers_affair(archive, alone, monkeypatch):
    monkeypatch.setattr(spread, "_ROWS", 500)
    counting = Counting()
    audit.find(archive, executor=counting, progress=False)
    every = [name for group in counting.groups for name in group]
    assert sorted(every) == sorted(archive.status()["account"])
    assert len(counting.groups) == 4  # two organisations; of the small ones two fit together


def test_a_choice_of_accounts_and_time_is_spread_too(archive, monkeypatch):
    last = archive.status()["last_modified"].max()
    which = {
        "accounts": [archive.status().sort_values("rows")["account"].iloc[-1]],
        "since": last - pd.Timedelta(days=20),
        "until": last - pd.Timedelta(days=1),
    }
    counting = Counting()
    found = audit.find(archive, executor=counting, progress=False, **which)
    assert counting.groups == [which["accounts"]]
    pd.testing.assert_frame_equal(found, audit.find(archive, progress=False, **which))


def test_a_report_can_be_spread(archive, alone, tmp_path):
    with ThreadPoolExecutor(2) as executor:
        made = audit.report(archive, tmp_path / "r.json", executor=executor, progress=False)
    assert made.findings["id"].tolist() == alone["id"].tolist()


@pytest.mark.parametrize("executor", [4, "tcp://scheduler:8786"])
def test_other_objects_than_executors_are_refused(archive, executor):
    with pytest.raises(InvalidParameter, match="ProcessPoolExecutor"):
        audit.find(archive, executor=executor)


def test_only_an_archive_can_be_spread(archive):
    events = archive.events()
    with ThreadPoolExecutor(1) as executor, pytest.raises(InvalidParameter, match="an archive"):
        audit.find(events, executor=executor)


def test_a_workers_failure_is_the_audits(archive, monkeypatch):
    def broken(group):
        raise OSError("no space left")

    monkeypatch.setattr(spread, "normalised", broken)
    with ThreadPoolExecutor(1) as executor, pytest.raises(OSError, match="no space left"):
        audit.find(archive, executor=executor)
