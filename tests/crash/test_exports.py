"""Exports that were killed at any moment, or ran out of disk space, continue where they stopped."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import tempfile
from pathlib import Path

import pytest
from exported import contents, left_behind
from repeats import one_of, some

import kloudless_data as kd
from kloudless_data.export import export
from kloudless_data.sandbox import Sandbox

from .exporting import Exports

FORMATS = ["csv", "parquet", "jsonl", "csv.gz"]


@pytest.fixture(scope="module")
def server():
    with Sandbox(seed=11, accounts=1, events=2_000) as running:
        yield running


@pytest.fixture(scope="module")
def few():
    with Sandbox(seed=11, accounts=1, events=120) as running:
        yield running


@pytest.fixture
def folder():
    """Return a folder in memory if possible: a kill does not depend on the disk's durability.

    Thousands of exports flush dozens of files each, which takes most of the time.
    """
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def exports():
    running = Exports()
    yield running
    running.stop()


def account_of(server):
    return kd.Account(token=server.accounts[0].token, base_url=server.base_url)


@pytest.fixture
def events(server):
    return account_of(server).events(page_size=100)


def what(server, path, ending, **given):
    """Return the arguments for `Exports`."""
    return {
        "base_url": server.base_url,
        "token": server.accounts[0].token,
        "path": str(path),
        "format": ending.split(".")[0],
        "kwargs": {"checkpoint_rows": 300, "resume": True},
        **given,
    }


@pytest.mark.parametrize(
    ("ending", "options"),
    [
        ("csv", {"checkpoint_rows": 40}),
        ("parquet", {"checkpoint_rows": 40}),
        ("xlsx", {"checkpoint_rows": 40}),
        ("csv", {"rows_per_file": 40}),
        ("csv", {"checkpoint_rows": 40, "deduplicate": True}),
    ],
)
@pytest.mark.parametrize("every", some(1, [3, 1]))
def test_killed_before_changes_of_the_disk(few, exports, folder, ending, options, every):
    """After a kill at any moment, the same command ends with exactly the same rows.

    The moments are those of an export of any size with three parts.
    """
    events = account_of(few).events(page_size=20)
    kwargs = {**options, "resume": True}
    name = ending if "rows_per_file" not in options else "folder"
    whole = folder / f"whole.{name}"
    status, out, err = exports.run(what(few, whole, ending, kwargs=kwargs, page_size=20))
    assert status == 0, err
    expected = contents(whole)
    assert int(out) > 20
    for moment in one_of(every, range(int(out))):
        place = folder / f"{moment}.{name}"
        given = what(few, place, ending, kwargs=kwargs, page_size=20, kill_before=moment)
        assert exports.run(given)[0] == -signal.SIGKILL
        # Nothing half-written is in its place.
        if place.exists() and place.with_name(f"{place.name}.manifest.json").exists():
            kd.verify(place)
        manifest = export(events, place, ending, **kwargs)
        assert manifest.rows == 120
        assert contents(place) == expected
        kd.verify(place)
        if place.is_dir():
            assert left_behind(place) == []
    assert left_behind(folder) == []


def kill_at_random_moments(server, exports, folder, kills, seed):
    """Kill exports after a number of answers, until everything is exported."""
    chance = random.Random(seed)
    killed = number = 0
    while killed < kills:
        ending = FORMATS[number % len(FORMATS)]
        path = folder / f"{number}.{ending}"
        given = what(server, path, ending)
        number += 1
        while killed < kills:
            pid = exports.start(given)
            goal = len(server.requests) + chance.randrange(1, 12)
            while not exports.ended(0.0005) and len(server.requests) < goal:
                pass
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            if exports.result()[0] == 0:
                break
            killed += 1
        status, _, err = exports.run(given)
        assert status == 0, err
        yield ending, path


@pytest.mark.parametrize("kills", some(1, [20, 500]))
@pytest.mark.timeout(3_000)
def test_killed_at_random_moments(exports, folder, kills):
    with Sandbox(seed=12, accounts=1, events=2_000) as own:
        account = kd.Account(token=own.accounts[0].token, base_url=own.base_url)
        expected = {}
        for ending in FORMATS:
            path = folder / f"whole.{ending}"
            export(account.events(), path, ending.split(".")[0])
            expected[ending] = contents(path)
        for ending, path in kill_at_random_moments(own, exports, folder, kills, seed=kills):
            assert contents(path) == expected[ending]
            assert [manifest.rows for manifest in kd.verify(path)] == [2_000]
        assert left_behind(folder) == []


def test_sigterm_keeps_what_was_read_like_ctrl_c(server, exports, events, tmp_path):
    """SIGTERM is how containers and services are stopped."""
    given = what(server, tmp_path / "e.csv", "csv", page_size=20)
    pid = exports.start(given)
    goal = len(server.requests) + 30
    while not exports.ended(0.0005) and len(server.requests) < goal:
        pass
    os.kill(pid, signal.SIGTERM)
    status, _, err = exports.result()
    assert (status, err.partition(":")[0]) == (1, "ExportInterrupted")
    [unfinished] = kd.verify(tmp_path / "e.csv")
    assert f"{unfinished.rows:,} events are kept" in err
    assert 0 < unfinished.rows < 2_000
    assert export(events, tmp_path / "e.csv", "csv", resume=True).rows == 2_000


def test_a_full_disk_while_the_parts_are_joined(server, exports, events, tmp_path):
    path = tmp_path / "e.csv"
    kwargs = {"checkpoint_rows": 300}
    status, _, err = exports.run(what(server, path, "csv", kwargs=kwargs, file_size_limit=200_000))
    assert status == 1
    assert "File too large" in err
    assert "resume=True" in err
    assert not path.exists()
    assert kd.verify(path)[0].rows == 2_000
    requests = len(server.requests)
    assert export(events, path, "csv", resume=True).rows == 2_000
    assert len(server.requests) == requests + 1  # whose account it is; the events are all here
    assert left_behind(tmp_path) == []


def test_a_full_disk_keeps_what_was_there(server, exports, events, tmp_path):
    """So is the old file's manifest, although the new file was about to replace it."""
    path = tmp_path / "e.csv"
    before = export(events.account.events(limit=10), path, "csv")
    kwargs = {"checkpoint_rows": 300, "force": True}
    status, _, err = exports.run(what(server, path, "csv", kwargs=kwargs, file_size_limit=200_000))
    assert (status, "File too large" in err) == (1, True)
    assert kd.verify(path) == [before]


def test_a_full_disk_in_the_first_part_leaves_nothing(server, exports, tmp_path):
    given = what(server, tmp_path / "e.csv", "csv", kwargs={}, file_size_limit=20_000)
    status, _, err = exports.run(given)
    assert status == 1
    assert "Nothing was left behind" in err
    assert os.listdir(tmp_path) == []
