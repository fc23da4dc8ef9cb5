"""Arrow reads what records usually are, and what it often refuses it is no longer given."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import kloudless_data as kd
from kloudless_data.logs import nested, stream
from kloudless_data.logs.convert import events_of
from kloudless_data.logs.records import JsonReader
from kloudless_data.logs.specs import spec_named
from kloudless_data.logs.texts import Texts

from . import samples


@pytest.mark.parametrize("format", samples.RECORDS)
@pytest.mark.parametrize("layout", ["lines", "list"])
def test_usual_records_are_read_by_arrow(
    format: str, layout: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_ROWS", 5)
    monkeypatch.setattr("kloudless_data.logs.workers.processors", lambda: 1)
    read: list[int] = []
    start = nested.ArrowRecords.__init__

    def counted(self: Any, *arguments: Any) -> None:
        start(self, *arguments)
        read.append(self.rows)

    monkeypatch.setattr(nested.ArrowRecords, "__init__", counted)
    many = samples.many(format, 40)
    path = tmp_path / "log.json"
    text = json.dumps(many) if layout == "list" else "\n".join(map(json.dumps, many))
    path.write_text(text)
    frame = kd.read_log(path, progress=False).to_frame()
    assert sum(read) >= 35  # all but the part from which it learns
    monkeypatch.setattr(nested.ArrowReader, "read", lambda *_: None)
    assert kd.read_log(path, progress=False).to_frame().equals(frame)


def test_what_arrow_often_refuses_it_is_no_longer_given(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = JsonReader(spec_named("box"))
    usual = Texts.of([json.dumps(one).encode() for one in samples.many("box", 3)])
    twice = Texts.of([usual[0].replace(b"{", b'{"event_id": "7", "event_id": "8", ', 1)])
    reader.read(usual)
    for _ in range(nested._REFUSED):
        assert reader._arrow.is_of_use
        _, damaged = reader.read(twice)
        assert not damaged
    assert not reader._arrow.is_of_use
    assert reader.read(usual)[0].column(("event_id",)).to_pylist() == ["id-0", "id-1", "id-2"]


def _without_some(value: Any, draw: random.Random, share: float) -> Any:
    """Return a JSON value without a share of its members, of which some are null instead."""
    if isinstance(value, dict):
        return {
            key: None if draw.random() < share / 3 else _without_some(below, draw, share)
            for key, below in value.items()
            if draw.random() > share
        }
    if isinstance(value, list):
        return [_without_some(one, draw, share) for one in value if draw.random() > share]
    return value


@pytest.mark.parametrize("format", samples.RECORDS)
def test_members_that_come_late_are_read_like_others(format: str) -> None:
    draw, reader, read_by_arrow = random.Random(3), JsonReader(spec_named(format)), 0
    for share in (0.95, 0.8, 0.9, 0.6, 0.3, 0.0) * 3:
        some = [_without_some(one, draw, share) for one in samples.many(format, 20)]
        texts = Texts.of([json.dumps(one).encode() for one in some])
        found, _ = reader.read(texts)
        read_by_arrow += isinstance(found, nested.ArrowRecords)
        events, strange = events_of(reader.spec, found)
        by_msgspec, strange_by_msgspec = events_of(reader.spec, reader.read_objects(texts)[0])
        assert strange == strange_by_msgspec
        assert events.equals(by_msgspec)
    assert read_by_arrow >= 6
