"""An archive whose syncs and compactions are killed, compete, pause, or lose files to a vacuum."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from archives import check_against_history, client_of
from repeats import one_of, some

from kloudless_data.archive import Archive
from kloudless_data.archive.compaction import vacuum
from kloudless_data.sandbox import Sandbox

from .syncing import FLUSH_ROWS, PAGE_SIZE, start

pytestmark = pytest.mark.timeout(600)  # for a busy machine


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(seed=21, accounts=3, events=120) as running:
        yield running


def check_after_a_sync(path, server):
    archive = Archive(path)
    archive.sync(client_of(server), page_size=PAGE_SIZE, flush_rows=FLUSH_ROWS)
    check_against_history(archive, server)
    archive.verify()


@pytest.mark.parametrize("every", some(1, [3, 1]))
def test_killed_at_steps_of_a_sync(server, tmp_path, every):
    """Kills before and after files and commits."""
    status, found, error = start(server, tmp_path / "whole").finish()
    assert status == 0, error
    steps = found["steps"]
    assert steps >= 30

    def kill(step):
        path = tmp_path / str(step)
        return path, start(server, path, kill_at=step).finish()[0]

    with ThreadPoolExecutor(2) as pool:
        for path, status in pool.map(kill, one_of(every, range(steps))):
            assert status == -signal.SIGKILL
            check_after_a_sync(path, server)


@pytest.mark.parametrize("every", some(1, [2, 1]))
def test_killed_at_steps_of_a_compaction(server, tmp_path, every):
    status, found, error = start(server, tmp_path / "whole", compact=True).finish()
    assert status == 0, error
    first, last = found["compaction"]
    assert last - first >= 10
    for step in one_of(every, range(first, last)):
        path = tmp_path / str(step)
        status = start(server, path, compact=True, kill_at=step).finish()[0]
        assert status == -signal.SIGKILL
        archive = Archive(path)
        check_against_history(archive, server)
        archive.verify()
        archive.compact()
        check_against_history(archive, server)
        archive.verify()


@pytest.mark.parametrize("kills", some(1, [10, 300]))
@pytest.mark.timeout(3_000)
def test_killed_at_random_moments(tmp_path, kills):
    chance, killed, number = random.Random(kills), 0, 0
    with Sandbox(seed=22, accounts=2, events=180) as own:
        while killed < kills:
            path = tmp_path / str(number)
            number += 1
            while killed < kills:
                process = start(own, path)
                goal = len(own.requests) + chance.randrange(1, 30)
                while not process.ended(0.0005) and len(own.requests) < goal:
                    pass
                process.kill()
                if process.finish()[0] == 0:
                    break
                killed += 1
            check_after_a_sync(path, own)


@pytest.mark.parametrize("kills", some(1, [6, 100]))
@pytest.mark.timeout(3_000)
def test_killed_and_paused_while_a_vacuum_runs(tmp_path, kills):
    """Scaled down: a pause of 1.2 s is longer than the second after which the vacuum deletes.

    As with a day's pause and `Archive.compact`, whose vacuum waits for at least an hour, a commit
    rewrites files that are older than a fraction of that.
    """
    chance, number, killed, whole = random.Random(kills), 0, 0, 0
    deleted: list[int] = []
    with Sandbox(seed=22, accounts=2, events=60) as own:
        path = tmp_path / str(number)
        Archive(path).init()
        while killed < kills:
            done = threading.Event()
            sweeping = threading.Thread(target=_sweep, args=(path, done, deleted))
            sweeping.start()
            try:
                step = chance.choice([-1, chance.randrange(24)])
                syncing = start(own, path, kill_at=step, pauses=chance.random(), fresh=0.3)
                status, _, error = syncing.finish()
            finally:
                done.set()
                sweeping.join()
            assert status in (0, -signal.SIGKILL), error
            killed += status != 0
            archive = Archive(path)
            archive.verify()
            if status == 0:
                whole += 1
                check_against_history(archive, own)
                number += 1
                path = tmp_path / str(number)
                Archive(path).init()
    assert whole
    assert sum(deleted) > 0


def _sweep(path, done, deleted):
    while not done.is_set():
        deleted.append(vacuum(Archive(path)._tables, 1 / 3600))
        done.wait(0.05)


@pytest.mark.parametrize("made", [True, False])
def test_two_syncs_at_a_time_in_processes(tmp_path, made):
    """Ten rounds each, 30 with those in threads; also before either has created the archive."""
    with Sandbox(seed=23, accounts=3, events=60) as own:
        for number in range(10):
            path = tmp_path / str(number)
            if made:
                Archive(path).init()
            both = [start(own, path), start(own, path)]
            for status, _, error in [process.finish() for process in both]:
                assert status == 0, error
            check_after_a_sync(path, own)
