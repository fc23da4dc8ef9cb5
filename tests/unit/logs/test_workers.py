"""Workers read a log as one process does: the same events, damage and counts, in the same order."""

from __future__ import annotations

import json
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import kloudless_data as kd
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.logs import stream, workers
from kloudless_data.logs.texts import Texts

from . import samples


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log of some records is many jobs."""
    monkeypatch.setattr(stream, "_ROWS", 7)


def read(path: Path, executor: Executor | None) -> tuple[Any, ...]:
    log = kd.read_log(path, progress=False, executor=executor)
    table = log.to_arrow()
    return table, log.damaged, log.damaged_count, log.unknown, log.inputs


@pytest.mark.parametrize("format", ["box", "google", "cloudtrail"])
@pytest.mark.parametrize("shape", ["lines", "list"])
def test_workers_give_what_one_process_does(format: str, shape: str, tmp_path: Path) -> None:
    texts = [json.dumps(record) for record in samples.many(format, 60)]
    if shape == "lines":
        texts[11:11] = ["{", "", "null", '{"a": 1}']
        text = "\n".join(texts)
    else:
        text = "[" + ",\n".join(texts) + "]"
    path = tmp_path / "log.json"
    path.write_text(text)
    with ThreadPoolExecutor(3) as executor:
        spread = read(path, executor)
    alone = read(path, None)
    assert spread[0].equals(alone[0])
    assert spread[1:] == alone[1:]
    assert spread[2] == (3 if shape == "lines" else 0)


def test_a_worker_gets_its_own_part_of_the_text_only() -> None:
    whole = Texts.of([b'{"a": 1}', b'{"bb": 2}', b'{"c": 3}', b"{}"])
    part = whole[1:3].alone()
    assert part.text == b'{"bb": 2}\n{"c": 3}'
    assert list(part) == list(whole[1:3])
    assert part.numbers.tolist() == [2, 3]
    assert len(whole[:0].alone()) == 0


def test_only_some_texts_wait_for_a_slow_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_AHEAD", 2)
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in samples.many("box", 70)))

    class Counting(Executor):
        waiting = most = 0

        def submit(self, work: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            future: Future[Any] = Future()
            take = future.result

            def result(timeout: float | None = None) -> Any:
                self.waiting -= 1
                future.set_result(work(*arguments, **named))
                return take(timeout)

            future.result = result  # type: ignore[method-assign]
            return future

    executor = Counting()
    assert len(kd.read_log(path, progress=False, executor=executor).to_frame()) == 70
    assert executor.most <= 2


def test_other_objects_than_executors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(samples.many("box", 1)[0]))
    with pytest.raises(InvalidParameter, match="ProcessPoolExecutor"):
        kd.read_log(path, executor=2)
