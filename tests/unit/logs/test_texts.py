"""Records that are read all at once are those that are read one by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kloudless_data as kd
from kloudless_data.logs.records import JsonReader
from kloudless_data.logs.specs import spec_named
from kloudless_data.logs.texts import Texts

from . import samples

#: What may stand in a line of a log, whole and damaged.
PIECES = [
    json.dumps(samples.many("box", 1)[0]).encode(),
    b'{"event_id": "7", "event_type": "LOGIN"}',
    b'{"event_id": "7",',
    b'"event_type": "LOGIN"}',
    b'{"event_type": {}',
    b"{} {}",
    b"{}",
    b"null",
    b"  ",
    b"",
    b'{"event_type": "a\\nb"}\r',
    b"[{}]",
    b"\xff",
    b'{"created_by": [1, {"login": 2}], "event_type": 3}',
]


def told(log: kd.LogStream) -> tuple[list[dict[str, object]], list[tuple[str, str]]]:
    """Return what is read of a log, and what is not."""
    rows = [row for batch in log for row in batch.to_pylist()]
    return rows, [(one.place, one.reason) for one in log.damaged]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from([b"\n", b"\r\n"]))
def test_lines_read_at_once_are_those_read_one_by_one(pieces: list[bytes], end: bytes) -> None:
    texts = Texts.of(end.join(pieces).split(b"\n")).stripped()
    reader = JsonReader(spec_named("box"))
    at_once = reader._read_all(texts)
    one_by_one, damaged = reader._read_each(texts)
    if at_once is not None:
        assert not damaged
        assert at_once == one_by_one


@pytest.mark.parametrize("format", ["box", "google", "microsoft365", "dropbox", "cloudtrail"])
@pytest.mark.parametrize("layout", ["lines", "list"])
def test_a_whole_log_is_read_at_once_and_as_one_by_one(
    format: str, layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = samples.many(format, 20)
    path = tmp_path / "log.json"
    lines = "\n".join(map(json.dumps, records)) + "\n"
    path.write_text(lines if layout == "lines" else json.dumps(records, separators=(",", ":")))
    slow: list[int] = []
    each = JsonReader._read_each

    def counted(self: JsonReader, texts: Texts) -> object:
        slow.append(len(texts))
        return each(self, texts)

    monkeypatch.setattr(JsonReader, "_read_each", counted)
    fast = told(kd.read_log(path, progress=False))
    assert not slow
    monkeypatch.setattr(JsonReader, "_read_all", lambda self, texts: None)
    assert told(kd.read_log(path, progress=False)) == fast
    assert sum(slow) == len(records)
    assert [row["raw"] for row in fast[0]][:1] == [
        json.dumps(records[0], separators=None if layout == "lines" else (",", ":"))
    ]
