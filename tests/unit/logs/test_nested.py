"""Arrow reads what records usually are, and what it often refuses it is no longer given."""

from __future__ import annotations

import json
from typing import Any

import pytest

import kloudless_data as kd
from kloudless_data.logs import nested, stream
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
