"""Files that nobody would write on purpose: nothing is lost silently, invented, or waited for."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import kloudless_data as kd
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.logs import LogStream

from . import samples

TRAIL = {"eventName": "DeleteBucket", "eventSource": "s3", "eventTime": "2026-03-01T10:00:00Z"}
HEADERS = "Date,User Name,User Email,IP Address,Action,Note\n"


def trail(number: object, **more: Any) -> dict[str, Any]:
    return {**TRAIL, "eventID": f"e{number}", **more}


def cell(value: Any) -> str:
    return '"' + json.dumps(value).replace('"', '""') + '"'


def read(folder: Path, text: str | bytes, **options: Any) -> tuple[list[str], LogStream]:
    """Return the ids of a file's events, and its log."""
    path = folder / "log"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    log = kd.read_log(path, progress=False, **options)
    return log.to_frame()["id"].tolist(), log


@pytest.mark.parametrize(
    ("block", "other"),
    [
        *((block, [trail(2)]) for block in (4 << 20, 64, 7)),
        *((block, [{"n": 1}, trail(2)]) for block in (4 << 20, 64, 7)),
        *((block, [{"n": "[{"}, {"event": trail(2)}]) for block in (4 << 20, 64, 7)),
        (4 << 20, [trail(2, note="x" * 300_000)]),
    ],
)
def test_records_in_a_list_of_another_name_are_found(
    block: int, other: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kloudless_data.logs.files.BLOCK", block)
    more = {"Records": [trail(1)], "z" * 250: other, "messages": [{"n": 1}, 2]}
    ids, log = read(tmp_path, json.dumps(more))
    assert (ids, log.damaged) == (["e1", "e2"], [])


def test_a_response_among_records_in_others_hides_none_of_them(tmp_path: Path) -> None:
    lines = [*({"event": trail(n)} for n in range(9)), {"Records": [trail(9)]}]
    ids, log = read(tmp_path, "\n".join(map(json.dumps, lines)))
    assert ids == [f"e{n}" for n in range(9)]
    assert log.damaged_count == 1


@pytest.mark.parametrize("first", ["Records", "entries", "items", "value", "x"])
@pytest.mark.parametrize("other", ["Records", "entries", "y"])
def test_a_first_response_may_be_empty(first: str, other: str, tmp_path: Path) -> None:
    pages = [{first: [], "next": "{["}, {first: []}, {other: [trail(1)]}, {"y": [trail(2)]}]
    for text in ("\n".join(map(json.dumps, pages)), json.dumps(pages), json.dumps(pages, indent=1)):
        ids, log = read(tmp_path, text)
        assert (ids, log.damaged) == (["e1", "e2"], [])


@pytest.mark.parametrize(
    "document",
    [{"items": [], "a": trail(1), "b": trail(2)}, {"items": [], "x": [json.dumps(trail(1))]},
     {"value": [], "error": {"code": 1}}],
)  # fmt: skip
def test_what_is_not_empty_is_not_called_so(document: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter):
        read(tmp_path, json.dumps(document))


def rows(count: int) -> str:
    return "".join(
        f"2026-03-01T10:00:00Z,u{n:07d},u@x.example,1.1.1.1,Deleted,n\n" for n in range(count)
    )


def test_long_tables_are_read_to_their_ends(tmp_path: Path) -> None:
    text = bytearray((HEADERS + rows(80_000)).encode())
    place = (4 << 20) - 1
    text[place : place + 2] = "é".encode()  # a character across two blocks
    ids, log = read(tmp_path, bytes(text))
    assert (len(ids), log.damaged) == (80_000, [])
    ids, log = read(tmp_path, (HEADERS + "éé,,,,,\n" + rows(40_000)).encode("utf-16"))
    assert (len(ids), log.damaged_count) == (40_000, 1)  # the first row says nothing
    parts = HEADERS + rows(15)
    packed = [gzip.compress(parts[n : n + 40].encode()) for n in range(0, len(parts), 40)]
    ids, log = read(tmp_path, b"".join(packed))
    assert (len(ids), log.damaged) == (15, [])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
@pytest.mark.parametrize("length", [1, 7, 20])
def test_an_encoding_is_told_from_short_members(encoding: str, length: int, tmp_path: Path) -> None:
    text = json.dumps([trail(1), trail(2)]).encode(encoding)
    parts = [text[n : n + length] for n in range(0, len(text), length)]
    ids, log = read(tmp_path, b"".join(map(gzip.compress, parts)))
    assert (ids, log.damaged) == (["e1", "e2"], [])


@pytest.mark.parametrize(
    "headers", [" id,_raw\n", '"h\nh",_raw\n', "   \nid,_raw\n", "\r\n\r\nid,_raw\r", "id,_raw \n"]
)
@pytest.mark.parametrize("block", [4 << 20, 5])
def test_headers_may_have_blanks_and_lines(
    headers: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kloudless_data.logs.files.BLOCK", block)
    ids, log = read(tmp_path, f"{headers}7,{cell(trail(1))}\n8,{cell(trail(2))}\n")
    assert (ids, log.damaged) == (["e1", "e2"], [])


@pytest.mark.parametrize("text", [HEADERS, HEADERS.strip(), "CreationDate,AuditData\r\n"])
def test_a_table_without_rows_has_no_events(text: str, tmp_path: Path) -> None:
    ids, log = read(tmp_path, text)
    assert (ids, log.damaged) == ([], [])


@pytest.mark.parametrize("key", ['a"b', "a\\b", "a\nb", "", "é"])
def test_members_may_have_any_name(key: str, tmp_path: Path) -> None:
    records = [{key: trail(1)}, {key: json.dumps(trail(2))}]
    ids, log = read(tmp_path, "\n".join(map(json.dumps, records)))
    assert (ids, log.damaged) == (["e1", "e2"], [])


def test_brackets_that_do_not_match_are_damage(tmp_path: Path) -> None:
    ids, log = read(tmp_path, f'[[{{"a":[}}],[{json.dumps(trail(1))}],[]]')
    assert ids == []
    assert log.damaged_count == 1


@pytest.mark.parametrize("when", ["0001-01-01 00:00:00 GMT+9", "12/31/9999 23:59 GMT-1"])
def test_times_that_no_calendar_has_are_null(when: str, tmp_path: Path) -> None:
    _, log = read(tmp_path, json.dumps(trail(1, eventTime=when)))
    assert log.inputs[0].timeless == 1


def test_a_record_is_the_same_in_any_order(tmp_path: Path) -> None:
    inner = {**samples.MICROSOFT, "Id": "m2"}
    wrapped = {"CreationTime": "2026-03-01", "Operation": "x", "AuditData": json.dumps(inner)}
    clicked = {"eventName": "click", "eventTime": "2026-03-01"}
    lines = [json.dumps(one) for one in (samples.MICROSOFT, wrapped, clicked, trail(1))]
    for order in (lines, lines[::-1], lines[1:] + lines[:1]):
        ids, log = read(tmp_path, "\n".join(order))
        assert sorted(ids) == ["9d1f-01", "e1", "m2"]
        assert [one.text for one in log.damaged] == [json.dumps(clicked)]


MANY = {"display_name": "x" * 20, ".tag": "file"}
LONG = "a_" + "a." * 60_000 + "#"
BOMBS: dict[str, Any] = {
    "a long word": lambda: json.dumps(trail(1, eventName="Aa" * 40_000)),
    "many lists": lambda: '{"Records":[' + json.dumps(trail(1)) + ",[]" * 100_000 + "]}",
    "a long address": lambda: json.dumps({**samples.MICROSOFT, "UserId": LONG}),
    "many names": lambda: '{"Records":[' + json.dumps(trail(1)) + "]" + ',"l":[{}]' * 50_000 + "}",
    "many items": lambda: json.dumps({**samples.DROPBOX, "assets": [MANY] * 5_000}),
    "no records": lambda: "\n".join([json.dumps(trail(1)), *['{"a":{"b":1},"c":[2]}'] * 20_000]),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_small_files_that_took_long_are_read(bomb: str, tmp_path: Path) -> None:
    # Each took 20 seconds or more, or a gigabyte.
    ids, log = read(tmp_path, BOMBS[bomb]())
    assert len(ids) == (5_000 if bomb == "many items" else 1)
    if bomb == "many items":
        raw = log.to_frame()["raw"]
        assert raw.notna().sum() == 1
        assert json.loads(raw[0])["assets"] == [MANY] * 5_000
        assert len(set(ids)) == 5_000
