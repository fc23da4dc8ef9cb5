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


def _without(value: Any, names: set[Any]) -> Any:
    """Return a JSON value without the members of some names, at any depth."""
    if isinstance(value, dict):
        return {key: _without(one, names) for key, one in value.items() if key not in names}
    return [_without(one, names) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("format", samples.RECORDS)
@pytest.mark.parametrize("layout", ["lines", "list"])
@pytest.mark.parametrize("lists", ["with lists of names", "without them"])
def test_usual_records_are_read_by_arrow_alone(
    format: str, layout: str, lists: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_ROWS", 5)
    monkeypatch.setattr("kloudless_data.logs.workers.processors", lambda: 1)
    read: dict[str, list[int]] = {"Arrow": [], "msgspec": []}
    start, read_objects = nested.ArrowRecords.__init__, JsonReader.read_objects

    def by_arrow(self: Any, *arguments: Any) -> None:
        start(self, *arguments)
        read["Arrow"].append(self.rows)

    def by_msgspec(self: JsonReader, texts: Texts) -> Any:
        read["msgspec"].append(len(texts))
        return read_objects(self, texts)

    monkeypatch.setattr(nested.ArrowRecords, "__init__", by_arrow)
    monkeypatch.setattr(JsonReader, "read_objects", by_msgspec)
    many = samples.many(format, 40)
    if lists == "without them":
        many = _without(many, {named.path[-1] for named in spec_named(format).named})
    path = tmp_path / "log.json"
    text = json.dumps(many) if layout == "list" else "\n".join(map(json.dumps, many))
    path.write_text(text)
    frame = kd.read_log(path, progress=False).to_frame()
    assert read["msgspec"] == [5]  # the part from which it learns
    assert sum(read["Arrow"]) >= 35
    monkeypatch.setattr(nested.ArrowReader, "read", lambda *_: None)
    assert kd.read_log(path, progress=False).to_frame().equals(frame)


@pytest.mark.parametrize("format", samples.RECORDS)
def test_members_that_no_record_has_are_read_by_arrow(format: str) -> None:
    spec = spec_named(format)
    reader = JsonReader(spec)
    names = {named.path[-1] for named in spec.named}
    some = [_without(one, names) for one in samples.many(format, 3)]
    texts = Texts.of([json.dumps(one).encode() for one in some])
    by_msgspec, _ = reader.read(texts)
    found, _ = reader.read(texts)
    for path in {
        path for sources in spec.columns.values() for one in sources for path in one.paths
    }:
        assert found.column(path).equals(by_msgspec.column(path)), path
    assert isinstance(found, nested.ArrowRecords)
    assert found._others is None


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


def test_what_msgspec_often_reads_again_arrow_is_no_longer_given() -> None:
    reader, path = JsonReader(spec_named("box")), ("created_by", "id")
    ids: list[Any] = ["7", 8, "9"]  # of two types: Arrow cannot read this member
    some = samples.many("box", 3)
    for one, id_ in zip(some, ids, strict=True):
        one["created_by"]["id"] = id_
    texts = Texts.of([json.dumps(one).encode() for one in some])
    reader.read(texts)
    for _ in range(nested._REFUSED):
        found, _ = reader.read(texts)
        assert isinstance(found, nested.ArrowRecords)
        assert found.column(path).to_pylist() == ["7", "8", "9"]
    found, _ = reader.read(texts)
    assert not isinstance(found, nested.ArrowRecords)
    assert found.column(path).to_pylist() == ["7", "8", "9"]


def test_what_msgspec_seldom_reads_again_arrow_is_still_given() -> None:
    reader = JsonReader(spec_named("box"))
    texts = Texts.of([json.dumps(one).encode() for one in samples.many("box", 3)])
    reader.read(texts)
    for number in range(6 * nested._REFUSED):
        found, _ = reader.read(texts)
        assert isinstance(found, nested.ArrowRecords)
        if number % 3 == 2:
            found._read_others()


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
