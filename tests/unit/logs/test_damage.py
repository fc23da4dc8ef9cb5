"""What is no event of a log is kept, counted and said; what is no log is refused."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import kloudless_data as kd
from kloudless_data.exceptions import InvalidParameter, OutputExists

from . import samples


def lines_of(records: list[samples.Json]) -> list[bytes]:
    return [json.dumps(record).encode() for record in records]


def test_a_damaged_line_is_kept_with_its_number_and_the_others_are_read(tmp_path: Path) -> None:
    good = lines_of(samples.many("box", 4))
    path = tmp_path / "log.jsonl"
    bad = [b'{"event_id": "x", "event_t', b"\xff\xfe{}", b"null", b"[1]", b'{"a": 1}']
    path.write_bytes(b"\n".join([good[0], bad[0], b"", good[1], *bad[1:], *good[2:]]) + b"\n")
    log = kd.read_log(path, progress=False)
    frame = log.to_frame()
    assert frame["id"].tolist() == ["id-0", "id-1", "id-2", "id-3"]
    assert [one.place for one in log.damaged] == [f"line {n}" for n in (2, 5, 6, 7, 8)]
    assert log.damaged[0].text == bad[0].decode()
    assert log.damaged[-1].reason == "it does not say what happened"
    assert frame.attrs["damaged"] == log.damaged_count == 5
    assert log.inputs[0].damaged == 5


def test_a_damaged_first_line_does_not_hide_what_the_log_is(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\r\n".join([b'{"event_id', *lines_of(samples.many("box", 2))]) + b"\r\n")
    log = kd.read_log(path, progress=False)
    frame = log.to_frame()
    assert frame["raw"].map(json.loads).tolist() == samples.many("box", 2)
    assert not frame["raw"].str.contains("\r").any()
    assert [one.place for one in log.damaged] == ["line 1"]


@pytest.mark.parametrize("cut", [1, 40, 400])
def test_a_list_that_is_cut_short_gives_what_was_whole(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    text = json.dumps({"entries": samples.many("box", 3)})
    path.write_text(text[:-cut])
    log = kd.read_log(path, progress=False)
    assert len(log.to_frame()) == (3 if cut == 1 else 2)
    assert log.damaged_count == 1
    assert "ends within" in log.damaged[0].reason


def test_text_between_records_that_is_not_json_is_reported(tmp_path: Path) -> None:
    first, second, third = (one.decode() for one in lines_of(samples.many("box", 3)))
    path = tmp_path / "log.json"
    path.write_text(f"[{first}, {second} oops, {third}]")
    log = kd.read_log(path, progress=False)
    assert len(log.to_frame()) == 3
    assert "oops" in log.damaged[0].text
    path.write_text(f"[{first}]}}]{second}")
    log = kd.read_log(path, progress=False)
    log.to_frame()
    assert log.damaged_count == 1


NO_OBJECTS = ["true", '"x, y"', "5", "null", '[1, {"a": [2]}]', '"]}"', "-1.5"]


@pytest.mark.parametrize("block", [1 << 20, 60, 1])
@pytest.mark.parametrize(
    "around",
    ["[%s]", '{"entries": [%s]}', '{"next": [1, "x"], "entries": [%s], "more": {"y": [2]}}'],
)
def test_what_stands_in_place_of_records_is_reported(
    around: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kloudless_data.logs.files.BLOCK", block)
    first, second = (one.decode() for one in lines_of(samples.many("box", 2)))
    parts = [first, *NO_OBJECTS[:-1], second, NO_OBJECTS[-1]]
    path, comma = tmp_path / "log.json", ",\n "
    path.write_text(around % comma.join(parts))
    log = kd.read_log(path, progress=False)
    assert len(log.to_frame()) == 2
    assert {one.reason for one in log.damaged} == {"it is not a JSON object"}
    begin = around.index("%s")
    places = [begin + len("".join(f"{one}{comma}" for one in parts[:n])) for n in range(len(parts))]
    expected = {f"byte {at:,}": one for at, one in zip(places, parts, strict=True) if one[0] != "{"}
    found = {one.place: one.text for one in log.damaged}
    assert found.keys() == expected.keys()
    # A list that goes on in another block is reported with its beginning.
    assert all(expected[place].startswith(one) for place, one in found.items())
    assert all(one == expected[place] for place, one in found.items() if one[0] != "[")


def test_a_compressed_file_that_is_cut_short_gives_what_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl.gz"
    text = b"\n".join(lines_of(samples.many("cloudtrail", 500)))
    path.write_bytes(gzip.compress(text)[:-200])
    log = kd.read_log(path, progress=False)
    assert 0 < len(log.to_frame()) < 500
    assert {one.place for one in log.damaged} >= {"the end"}


def test_a_row_with_too_many_cells_is_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(samples.BOX_CSV + "one,cell,too,many,of,them,in,this,row,x,y\n")
    log = kd.read_log(path, progress=False)
    assert len(log.to_frame()) == 2
    assert "11 cells, not 9" in log.damaged[0].reason
    assert log.damaged[0].place == "row 4"  # as an editor numbers it


def test_a_purview_row_without_a_record_is_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('CreationDate,AuditData\n2026-03-02,"{""a"": 1"\n2026-03-03,\n')
    log = kd.read_log(path, progress=False)
    assert log.to_frame().empty
    assert [one.place for one in log.damaged] == ["row 1", "row 2"]


def test_an_invalid_time_leaves_a_null_and_the_record(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(samples.BOX | {"created_at": "yesterday"}))
    log = kd.read_log(path, progress=False)
    frame = log.to_frame()
    assert frame["modified"].isna().all()
    assert log.inputs[0].timeless == 1
    assert "yesterday" in frame["raw"][0]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.json", b'{"hello": "world"}', "no known log format"),
        ("a.csv", b"a,b,c\n1,2,3\n", "no known log format"),
        ("a.txt", b"hello", "no known log format"),
    ],
)
def test_an_unknown_log_is_refused_and_the_known_formats_named(
    name: str, text: bytes, says: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(text)
    with pytest.raises(InvalidParameter, match=says):
        kd.read_log(tmp_path / name)


def test_our_export_is_not_a_log_and_the_error_says_to_use_it_directly(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(lines_of([samples.BOX])[0])
    kd.read_log(path, progress=False).to_parquet(tmp_path / "events.parquet")
    with pytest.raises(InvalidParameter, match="you can use directly"):
        kd.read_log(tmp_path / "events.parquet")


def test_other_files_in_a_folder_of_logs_are_skipped_and_named(tmp_path: Path) -> None:
    (tmp_path / "box.jsonl").write_bytes(lines_of([samples.BOX])[0])
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty.json").write_text("")
    log = kd.read_log(tmp_path, progress=False)
    assert len(log.to_frame()) == 1
    assert {Path(one.name).name: one.format for one in log.inputs} == {
        "box.jsonl": "box", "notes.txt": "unknown", "empty.json": "empty"
    }  # fmt: skip


@pytest.mark.parametrize("paths", ["nowhere", "no*where", []])
def test_where_there_is_nothing_is_said(paths: object, tmp_path: Path) -> None:
    here = paths if isinstance(paths, list) else str(tmp_path / str(paths))
    with pytest.raises(InvalidParameter, match="no log|No log"):
        kd.read_log(here)


def test_an_import_has_a_manifest_with_the_inputs_checksums(tmp_path: Path) -> None:
    path = tmp_path / "box.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"entries": samples.many("box", 3)}).encode()))
    manifest = kd.read_log(path, progress=False).to_parquet(tmp_path / "activity.parquet")
    assert manifest.rows == 3
    assert manifest.service == "box"
    assert manifest.first_modified == "2026-03-02T09:00:00+00:00"
    assert manifest.options["inputs"] == [
        {"name": str(path), "format": "box", "bytes": path.stat().st_size, "events": 3,
         "timeless": 0, "damaged": 0, "reason": None,
             "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    ]  # fmt: skip
    assert pq.read_table(tmp_path / "activity.parquet")["event_type"].to_pylist() == ["delete"] * 3
    assert not (tmp_path / "activity.parquet.damaged.jsonl").exists()


def test_all_that_is_damaged_is_written_beside_however_much(tmp_path: Path) -> None:
    path = tmp_path / "box.jsonl"
    path.write_bytes(b"\n".join([*lines_of([samples.BOX]), *[b"{oops"] * 2_500]))
    log = kd.read_log(path, progress=False)
    manifest = log.to_csv(tmp_path / "activity.csv")
    assert manifest.options["damaged"] == log.damaged_count == 2_500
    beside = tmp_path / str(manifest.options["damaged_file"])
    kept = [json.loads(line) for line in beside.read_text().splitlines()]
    assert len(kept) == 2_500
    assert kept[0] == {"file": str(path), "place": "line 2", "text": "{oops",
                       "reason": log.damaged[0].reason}  # fmt: skip


def test_an_import_replaces_nothing_unasked(tmp_path: Path) -> None:
    path, out = tmp_path / "box.jsonl", tmp_path / "activity.parquet"
    path.write_bytes(lines_of([samples.BOX])[0])
    kd.read_log(path, progress=False).to_parquet(out)
    with pytest.raises(OutputExists):
        kd.read_log(path, progress=False).to_parquet(out)
    kd.read_log(path, progress=False).to_parquet(out, force=True)


def test_polars_duckdb_and_arrow_take_a_log_for_a_table(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    path = tmp_path / "box.jsonl"
    path.write_bytes(b"\n".join(lines_of(samples.many("box", 3))))
    log = kd.read_log(path, progress=False)
    assert pa.table(log)["id"].to_pylist() == ["id-0", "id-1", "id-2"]
    assert pa.RecordBatchReader.from_stream(log).read_all().num_rows == 3


@pytest.mark.parametrize("kind", ["csv", "gzip"])
def test_the_checksum_is_the_whole_files_even_if_the_rest_cannot_be_read(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kloudless_data.logs.files.BLOCK", 4_096)
    monkeypatch.setattr("kloudless_data.logs.tabular._BLOCK", 10_000)
    path = tmp_path / "log"
    if kind == "csv":
        rows = "".join(f'2026-03-01,p{n}@a.example,Deleted,"f{n}"\n' for n in range(9_000))
        broken = '2026-03-01,p@a.example,"' + "long" * 9_000
        path.write_text("Date,User Email,Action,Affected\n" + rows[:90_000] + broken + rows)
    else:
        good = gzip.compress(b"\n".join(lines_of(samples.many("box", 30))))
        path.write_bytes(good + b"\x1f\x8b\x07" + bytes(100_000))
    log = kd.read_log(path, progress=False)
    log.to_arrow()
    assert "the rest" in [one.place for one in log.damaged]
    assert log.inputs[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("layout", ["lines", "list"])
def test_a_record_that_is_not_utf8_is_kept_apart_wherever_that_is(
    layout: str, tmp_path: Path
) -> None:
    good = lines_of(samples.many("box", 3))
    bad = good[1][:-1] + b', "unknown": "caf\xe9"}'
    path = tmp_path / "log.json"
    texts = [good[0], bad, good[2]]
    path.write_bytes(b"\n".join(texts) if layout == "lines" else b"[" + b",".join(texts) + b"]")
    log = kd.read_log(path, progress=False)
    assert log.to_frame()["id"].tolist() == ["id-0", "id-2"]
    assert [(one.reason, one.text) for one in log.damaged] == [
        ("it is not UTF-8", bad.decode("utf-8", "replace"))
    ]
