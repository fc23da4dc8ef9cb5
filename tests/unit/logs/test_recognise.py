"""A log is recognised by its first records, however much follows on the same line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kloudless_data.logs import identify, members
from kloudless_data.logs.files import files_of
from kloudless_data.logs.recognise import recognise

from . import samples

BOX = json.dumps(samples.many("box", 1)[0])
TRAIL = json.dumps(samples.many("cloudtrail", 1)[0])


@pytest.mark.parametrize(
    ("text", "format", "depth"),
    [
        (BOX, "box", None),
        ("{\n" + BOX, "box", None),
        ("[" + BOX + ",", "box", 1),
        ("[\n " + BOX.replace(", ", ",\n  "), "box", 1),
        (BOX.replace(", ", ",\n"), "box", 0),
        ('{"entries": [' + BOX, "box", 2),
        ('{"entries":\n [' + BOX + "]}", "box", 2),
        ('{"entries": [1], "o": {"entries" : [ ' + BOX + "]}}", "box", 3),
        ('{"Records": [' + TRAIL + "," + TRAIL[:-40], "cloudtrail", 2),
        ('{"entries": []}', "box", 2),
        ('{"é": NaN, "Records": [' + TRAIL + "]}", "cloudtrail", 2),
        ('{"a": "\ud800", ' + TRAIL[1:], "cloudtrail", None),
        (TRAIL[:-1] + ', "a": "\\ud800"}', "cloudtrail", None),
        ('{"Records": [' + TRAIL + '], "a": "\\ud800"}', "cloudtrail", 2),
    ],
)
def test_formats_and_layouts(text: str, format: str, depth: int | None, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    found = recognise(files_of(path)[0])
    assert found is not None
    assert (found.spec.name, found.layout.depth) == (format, depth)


def test_a_first_record_in_another_encoding_is_still_recognised(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"[" + BOX.replace("a.txt", "\xe9").encode("latin-1") + b",")
    found = recognise(files_of(path)[0])
    assert found is not None
    assert found.spec.name == "box"


@pytest.mark.parametrize("size", [10, 100_000, 900_000])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_first_record_may_be_long(size: int, pack: Any, tmp_path: Path) -> None:
    path = tmp_path / "log"
    record = {"note": "x" * size, **json.loads(TRAIL)}
    path.write_bytes(pack(json.dumps({"Records": [record, record]}).encode()))
    found = recognise(files_of(path)[0])
    assert found is not None
    assert (found.spec.name, found.layout.depth) == ("cloudtrail", 2)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_of_a_file_only_the_beginning_is_read(pack: Any, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(pack(b"[" + b",".join([BOX.encode()] * 9_000) + b"]"))
    assert 0x10000 <= len(files_of(path)[0].beginning(0x10000)) < 0x20000


@pytest.mark.parametrize("name", [None, "Records"])
def test_a_long_list_is_not_decoded_to_recognise_it(
    name: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = samples.many("cloudtrail", 3_000)
    text = json.dumps(records if name is None else {name: records}).encode()
    read: list[int] = []

    class Decoder(json.JSONDecoder):
        def raw_decode(self, text: str, *arguments: Any) -> Any:
            found = super().raw_decode(text, *arguments)
            read.append(found[1])
            return found

    monkeypatch.setattr(json, "JSONDecoder", Decoder)
    monkeypatch.setattr(json, "loads", lambda text: pytest.fail("decoded all of it"))
    for cut in (len(text), len(text) - 100):
        path = tmp_path / "log.json.gz"
        path.write_bytes(gzip.compress(text[:cut]))
        found = recognise(files_of(path)[0])
        assert found is not None
        assert found.spec.name == "cloudtrail"
    assert all(length < len(text) // 100 for length in read)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "b", "\u00e9"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=VALUES, cut=st.integers(0, 30), ascii=st.booleans())
def test_members_are_those_that_json_finds(value: Any, cut: int, ascii: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii)
    text = text[: len(text) - cut] if cut < 10 else text
    line = text.encode("utf-8", "surrogatepass")
    try:
        expected = json.loads(line)
    except ValueError:
        expected = None
    expected = expected if isinstance(expected, dict) else None
    found = members.parsed(line)
    found = found if isinstance(found, dict) else None
    assert (found is None) == (expected is None)
    for first in ("a", "b", "\u00e9"):
        for path in ((first,), (first, "a"), (first, "b", "a")):
            assert identify._has(found, path) == identify._has(expected, path)
