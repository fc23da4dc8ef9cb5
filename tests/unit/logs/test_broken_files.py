"""Files that are broken as files: what can be read is, and the rest is named."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

import kloudless_data as kd
from kloudless_data.cli import main
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.logs.tabular import read_csv

from . import samples

_ONE = gzip.compress(json.dumps([samples.BOX]).encode(), mtime=0)
_MANY = gzip.compress("\n".join(map(json.dumps, samples.many("box", 20_000))).encode(), mtime=0)
_WRONG_END = bytes(8)


def _flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("data", "least", "why"),
    [
        (_ONE[:-8] + _WRONG_END, 1, "its gzip checksum is wrong"),
        (_ONE[:-4] + bytes(4), 1, "its gzip checksum is wrong"),
        (_ONE[:-8], 1, "its gzip data end early"),
        (_MANY[:-8] + _WRONG_END, 20_000, "its gzip checksum is wrong"),
        (_MANY[: len(_MANY) // 2], 5_000, "its gzip data end early"),
        (_flipped(_MANY, len(_MANY) // 2), 5_000, "its gzip"),  # zlib sees it where it may
        (_ONE + b"\x1f\x8b\x07" + bytes(20), 1, "its gzip header is wrong"),
    ],
)
def test_a_damaged_gzip_file_is_read_as_far_as_it_goes(
    data: bytes, least: int, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log.json.gz"
    path.write_bytes(data)
    log = kd.read_log(path, progress=False)
    assert log.to_arrow().num_rows >= least
    assert any(why in one.reason for one in log.damaged)
    assert log.inputs[0].format == "box"
    assert main(["logs", "import", str(path), "-o", str(tmp_path / "a.parquet")]) == 1
    capsys.readouterr()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (_ONE[:20], "its gzip data end early"),
        (_ONE[:5], "its gzip data end early"),
        (_flipped(_ONE, 2), "its gzip header is wrong"),
        (_ONE[:10] + b"\xff" * 40, "its gzip data are wrong"),
    ],
)
def test_a_gzip_file_of_which_nothing_is_left_is_unreadable_not_empty(
    data: bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "good.json").write_text(json.dumps([samples.BOX]))
    (logs / "log.json.gz").write_bytes(data)
    with pytest.raises(InvalidParameter, match=why):
        kd.read_log(logs / "log.json.gz")
    log = kd.read_log(logs, progress=False)
    assert [why in str(one.reason) for one in log.unreadable] == [True]
    assert main(["logs", "import", str(logs), "-o", str(tmp_path / "a.parquet")]) == 1
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", [b"x" * 140_000, b"x" * 140_000 + b"\ny\n", b"a\rb\r", b'a,"b\rc', b"\r\r\r"]
)
def test_an_odd_text_is_no_log(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps([samples.BOX]))
    (tmp_path / "odd.txt").write_bytes(text)
    log = kd.read_log(tmp_path, progress=False)
    assert len(log.to_frame()) == 1
    if text.strip():
        with pytest.raises(InvalidParameter, match=r"odd\.txt has no known log format"):
            kd.read_log(tmp_path / "odd.txt")


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_lines_of_csv_may_end_in_any_way(end: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(end.join([*samples.BOX_CSV.splitlines(), ""]).encode())
    log = kd.read_log(path, progress=False)
    assert len(log.to_frame()) == 2
    assert not log.damaged


_HEADERS = "Date,User Name,User Email,IP Address,Action,Affected\n"
_ROW = "2026-03-01,Ann,ann@a.example,203.0.113.7,Deleted,"


@pytest.mark.parametrize(
    ("cells", "damaged"),
    [
        (['"a.txt', "b.txt", "c.txt"], 1),
        (["a.txt", '"b.txt', "c.txt"], 1),
        (["a.txt", "b.txt", '"c.txt'], 1),
        (['"a.txt"', '"b\nc"', "c.txt"], 0),
        (["a.txt", 'a 5" disk', "c.txt"], 0),
    ],
)
def test_a_quote_that_does_not_end_is_damage(
    cells: list[str], damaged: int, tmp_path: Path
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(_HEADERS + "".join(f"{_ROW}{cell}\n" for cell in cells))
    log = kd.read_log(path, progress=False)
    assert len(log.to_frame())
    assert log.damaged_count == damaged
    assert ["ends within a quoted cell" in one.reason for one in log.damaged] == [True] * damaged


@pytest.mark.parametrize(
    ("format", "says"),
    [("box", "records with event_t"), ("google_csv", "the headers Date")],
)
def test_an_error_about_a_format_that_was_named_says_what_it_looks_like(
    format: str, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "log.json"
    path.write_text('{"hello": [1]}')
    with pytest.raises(InvalidParameter, match=says) as caught:
        kd.read_log(path, format=format)
    assert "Name one" not in str(caught.value)
    assert f"has no {format} records" in str(caught.value)


HEADERS = "Date,User Name,User Email,IP Address,Action,Affected"


def rows_of_csv(name: str, number: int = 300) -> list[str]:
    return [
        f"2026-03-01T10:00:00Z,Ann,ann@corp.example,1.1.1.1,Downloaded,{name} {n}.txt"
        for n in range(number)
    ]


@pytest.mark.parametrize("place", [0, 150, 299])
def test_a_row_that_is_not_utf8_is_the_only_one_lost(tmp_path: Path, place: int) -> None:
    lines = [one.encode() for one in rows_of_csv("cliché €")]
    lines[place] = lines[place].replace("é".encode(), b"\xe9")
    (tmp_path / "log.csv").write_bytes(b"\n".join([HEADERS.encode(), *lines]))
    log = kd.read_log(tmp_path / "log.csv")
    names = log.to_frame()["metadata_name"]
    assert sorted(names) == sorted(f"cliché € {n}.txt" for n in range(300) if n != place)
    (damaged,) = log.damaged
    assert "save the file as UTF-8" in damaged.reason
    assert f"{place}.txt" in damaged.text


def test_of_a_csv_in_another_encoding_rows_with_accents_are_damage(tmp_path: Path) -> None:
    lines = [HEADERS, *rows_of_csv("plain", 10), *rows_of_csv("cliché", 10)]
    (tmp_path / "log.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    log = kd.read_log(tmp_path / "log.csv")
    assert sorted(log.to_frame()["metadata_name"]) == [f"plain {n}.txt" for n in range(10)]
    assert len(log.damaged) == 10


@pytest.mark.parametrize("size", [29, 30, 31, 37, 64])  # each longer than two rows
def test_characters_cut_between_blocks_stay_whole(size: int) -> None:
    text = ("a,b\n" + "é,€\n𝄞,z\n" * 20).encode()
    blocks = [text[n : n + size] for n in range(0, len(text), size)]
    batches = list(read_csv(blocks, ",", lambda *_: pytest.fail("nothing is damaged")))
    rows = [row for batch in batches for row in batch.to_pylist()]
    assert rows == [{"a": "é", "b": "€"}, {"a": "𝄞", "b": "z"}] * 20
