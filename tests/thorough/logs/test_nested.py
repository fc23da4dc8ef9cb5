"""What Arrow reads of records is what msgspec reads of them, whatever they hold."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.logs import samples

from kloudless_data.logs import nested
from kloudless_data.logs.convert import events_of
from kloudless_data.logs.records import JsonReader
from kloudless_data.logs.specs import spec_named
from kloudless_data.logs.texts import Texts

#: What a member may be instead of what it usually is.
VALUES: list[Any] = [
    None, "", "x", "é", "\ud800", "\udc00x", "a\u0000b", "2026-03-01T00:00:00Z", 0, -7, 2**53,
    2**63, 2**70, 1.5, -0.0, 1e300, True, False, [], [None], ["a"], ["a", "b"], [1, 2], [True],
    [""], [[]], [{}], {}, {"a": 1}, {".tag": "file_add"}, [{"name": "doc_id", "value": "v"}, None],
    [{"name": "doc_id"}, {"name": "doc_id", "multiValue": ["a", "b"]}, {"name": 3, "value": True}],
]  # fmt: skip
#: What damages a text, or is an unusual way to write it.
DAMAGE = [
    (b'"', b'"\xff', 1), (b": ", b":", -1), (b"{", b"{ ", 1), (b"}", b"", 1), (b"a", b"\x01", 1),
    (b"e", b"\\u0065", -1), (b"a", b"\\ud83d\\ude00", 1), (b"{", b'{"id": 1, "id": 2, ', 1),
    (b'"', b"'", 2), (b"[", b"[" * 600, 1),
    (b"}", b',"deep": ' + b"[" * 2_000 + b"]" * 2_000 + b"}", 1), (b"null", b"NaN", 1),
    (b"1", b"01", 1), (b",", b",,", 1), (b"1", b"1.0", 1), (b"\\", b"", 1),
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of each value in a record."""
    steps: Any = (
        value.items() if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list) else ()
    )  # fmt: skip
    return [path] * bool(path) + [at for step, one in steps for at in places(one, (*path, step))]


@st.composite
def records(draw: st.DrawFn, format: str) -> list[bytes]:
    """Records of a format, most of them as usual, some with other values or damage."""
    found = []
    for record in samples.many(format, draw(st.integers(1, 5))):
        record = copy.deepcopy(record)
        for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
            *above, last = draw(st.sampled_from(places(record)))
            holder: Any = record
            for step in above:
                holder = holder[step]
            if isinstance(holder, dict) and draw(st.booleans()):
                holder.pop(last)
            else:
                holder[last] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        text = json.dumps(record, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
        if not draw(st.integers(0, 5)):
            text = text.replace(*draw(st.sampled_from(DAMAGE)))
        found.append(text)
    return found


def told(reader: JsonReader, read: Any, texts: Texts) -> Any:
    """Return what a part of a log says: its events, or why they cannot be read."""
    try:
        found, damaged = read(texts)
        events, strange = events_of(reader.spec, found)
        return events.to_pylist(), strange, damaged
    except Exception as error:  # whatever it is, it is the same
        return type(error)


@cache
def reader_of(format: str) -> JsonReader:
    """Return a format's reader, whose types take long to make."""
    return JsonReader(spec_named(format))


@pytest.mark.parametrize("format", samples.RECORDS)
@settings(max_examples=40)
@given(data=st.data())
def test_arrow_reads_what_msgspec_reads(format: str, data: st.DataObject) -> None:
    reader = reader_of(format)
    reader._arrow = nested.ArrowReader(reader._root, reader.spec.each)
    reader.read(Texts.of([json.dumps(one).encode() for one in samples.many(format, 3)]))
    for _ in range(2):
        part = data.draw(records(format))
        apart = data.draw(st.sampled_from([b"\n", b","]))
        texts = Texts.of(part)
        texts = Texts(apart.join(part), texts.starts, texts.ends, texts.numbers)
        found = told(reader, reader.read, texts)
        assert told(reader, reader.read_objects, texts) == found
