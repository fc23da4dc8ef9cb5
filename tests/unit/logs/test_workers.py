"""Workers read a log as one process does: the same events, damage and counts, in the same order."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import kloudless_data as kd
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.logs import stream, workers
from kloudless_data.logs.records import JsonReader
from kloudless_data.logs.specs import Spec
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


def test_tables_are_spread_over_workers_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kloudless_data.logs.tabular._BLOCK", 200)
    rows = [
        f"2026-03-0{1 + n % 9},{'' if n == 17 else 'Deleted'},p{n}@a.example,f" for n in range(60)
    ]
    path = tmp_path / "box.csv"
    path.write_text(
        "\n".join(["Date,Action,User Email,Affected", *rows[:30], "a,b", *rows[30:]]) + "\n"
    )
    with ThreadPoolExecutor(3) as executor:
        spread = read(path, executor)
    alone = read(path, None)
    assert spread[0].num_rows == 59
    assert spread[0].equals(alone[0])
    assert sorted(one.place for one in spread[1]) == sorted(one.place for one in alone[1])
    assert "row 19" in [one.place for one in alone[1]]


@pytest.mark.parametrize("threads", [1, 3])
def test_small_files_are_read_as_one_large_file_is(
    threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "processors", lambda: threads)
    made: list[str] = []

    class Counting(JsonReader):
        def __init__(self, spec: Spec) -> None:
            made.append(spec.name)
            super().__init__(spec)

    monkeypatch.setattr(workers, "JsonReader", Counting)
    texts = [json.dumps(record) for record in samples.many("cloudtrail", 40)]
    texts[13:13] = ["{", '{"a": 1}']
    whole = tmp_path / "whole.jsonl"
    whole.write_text("\n".join(texts))
    expected = read(whole, None)
    folder = tmp_path / "small"
    folder.mkdir()
    for start in range(0, 42, 3):
        (folder / f"{start:02d}.jsonl").write_text("\n".join(texts[start : start + 3]))
    (folder / "20.jsonl").write_text("")
    made.clear()
    table, damaged, *_, inputs = read(folder, None)
    assert table.equals(expected[0])
    assert [(one.reason, one.text) for one in damaged] == [
        (one.reason, one.text) for one in expected[1]
    ]
    assert {one.file[-8:] for one in damaged} == {"12.jsonl"}
    assert {one.place for one in damaged} == {"line 2", "line 3"}
    assert made == ["cloudtrail"], "what is learnt of one file is of use for the next"
    assert [one.events for one in inputs] == [3, 3, 3, 3, 1, 3, 3, 0, *[3] * 7]
    for one in inputs:
        assert one.sha256 == hashlib.sha256(Path(one.name).read_bytes()).hexdigest()


def test_a_files_checksum_is_known_once_its_events_are_out(tmp_path: Path) -> None:
    for number in range(6):
        texts = [json.dumps(record) for record in samples.many("box", 8)]
        (tmp_path / f"{number}.jsonl").write_text("\n".join(texts))
    log = kd.read_log(tmp_path, progress=False)
    out = 0
    for batch in log:
        out += batch.num_rows
        assert sum(one.events for one in log.inputs) == out
        assert [one.sha256 is not None for one in log.inputs] == [
            out >= 8 * (number + 1) for number in range(6)
        ]


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
