"""OCSF: every simulated event gives a record that the schema accepts, and nothing is lost."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

import fastjsonschema
import pandas as pd
import pyarrow.parquet as pq
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from repeats import some

import kloudless_data as kd
from kloudless_data.audit import to_ocsf
from kloudless_data.audit.ocsf import VERSION
from kloudless_data.sandbox import Sandbox
from kloudless_data.sandbox.organisation import Organisation
from kloudless_data.sandbox.organisation.incidents import INCIDENTS
from kloudless_data.sandbox.organisation.near_misses import NEAR_MISSES


@cache
def schema(class_uid: int) -> Any:
    schemas = _schemas()
    found = schemas.get_class_schema(schemas.lookup_class_name_from_uid(class_uid))
    assert found["additionalProperties"] is False
    return found


@lru_cache(maxsize=1)
def _schemas() -> Any:
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(VERSION))


@cache
def compiled(class_uid: int) -> Callable[[Any], Any]:
    """Return a function that refuses what is not valid, as quickly as tens of thousands need."""
    return fastjsonschema.compile(as_draft_7(schema(class_uid)))


def as_draft_7(part: Any) -> Any:
    """Write a schema, or a part of it, as the compiler reads it.

    It knows draft 7, in which the keywords that these schemas use mean the same, and takes a ``$``
    within brackets for the end of the text.
    """
    if isinstance(part, list):
        return [as_draft_7(one) for one in part]
    if not isinstance(part, dict):
        return part
    written = {name: as_draft_7(one) for name, one in part.items()}
    if "$schema" in part:
        written["$schema"] = "http://json-schema.org/draft-07/schema#"
    if isinstance(pattern := part.get("pattern"), str):
        written["pattern"] = re.sub(r"\$(?=[^\[\]]*\])", r"\\x24", pattern)
    return written


@cache
def reference(class_uid: int) -> Any:
    """Return the reference implementation of a class's schema, which keeps what it resolved."""
    # Its import takes seconds, and each worker imports this module.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema(class_uid))


def problems(record: Any, class_uid: int) -> list[str]:
    """Return what the reference implementation says of a record."""
    return [error.message for error in reference(class_uid).iter_errors(record)]


def check(records: Any) -> set[tuple[int, int]]:
    seen = set()
    for record in records:
        kind = record["class_uid"], record["activity_id"]
        try:
            compiled(record["class_uid"])(record)
        except fastjsonschema.JsonSchemaValueException as error:
            pytest.fail(f"{error.message}: {record}")
        assert kind in seen or problems(record, kind[0]) == []
        assert record["type_uid"] == record["class_uid"] * 100 + record["activity_id"]
        seen.add(kind)
    return seen


@pytest.mark.parametrize("names", some(1, [["class_uid"], ["class_uid", "activity_id"]]))
def test_what_the_reference_refuses_the_compiled_schema_refuses_too(names: list[str]) -> None:
    frame = Organisation(seed=6, people=12, days=20).frame()
    kinds = {tuple(one[name] for name in names): one for one in to_ocsf(frame)}
    verdicts: Counter[bool] = Counter()
    for record in kinds.values():
        for broken in broken_records(record):
            try:
                compiled(record["class_uid"])(broken)
                valid = True
            except fastjsonschema.JsonSchemaValueException:
                valid = False
            assert valid is reference(record["class_uid"]).is_valid(broken), broken
            verdicts[valid] += 1
    assert min(verdicts[True], verdicts[False]) > 100


def broken_records(record: Any) -> Iterator[Any]:
    """Yield a record with each of its values missing, replaced, or beside an unknown one."""
    for name, value in record.items():
        inner = broken_records(value) if isinstance(value, dict) else iter(())
        for other in ("", "x" * 100_000, 7, -1, 1.5, True, None, [], {}, *inner):
            yield {**record, name: other}
        yield {key: one for key, one in record.items() if key != name}
    yield {**record, "unknown": 1}


@pytest.mark.parametrize("version", [1, 2])
def test_every_event_of_every_service_is_a_valid_record(version: int) -> None:
    with Sandbox(accounts=10, events=400) as sandbox:
        for one in sandbox.accounts:
            account = kd.Account(token=one.token, base_url=sandbox.base_url, api_version=version)
            frame = account.events().to_frame()
            assert check(to_ocsf(frame)), one.service


@pytest.mark.parametrize("version", some(1, [2, 1]))
def test_every_kind_of_incident_is_a_valid_record(version: int) -> None:
    happened = [*INCIDENTS, *NEAR_MISSES]
    organisation = Organisation(seed=5, people=20, days=70, incidents=happened)
    seen = check(to_ocsf(organisation.frame(version)))
    classes = {class_uid for class_uid, _ in seen}
    assert classes == {6006, 3002, 3005, 3006}
    assert {(6006, activity) for activity in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12)} <= seen


def test_nothing_that_the_server_sent_is_lost() -> None:
    frame = Organisation(seed=6, people=12, days=20).frame()
    for record, row in zip(to_ocsf(frame), frame.to_dict("records"), strict=True):
        text = json.dumps(record, ensure_ascii=False)
        for name, value in row.items():
            if isinstance(value, str) and name not in ("extra", "metadata_type"):
                assert json.dumps(value, ensure_ascii=False)[1:-1] in text, name
            elif isinstance(value, pd.Timestamp):
                # Whole, or as ms where it has no parts of one.
                ms = str(value.value // 1_000_000) if not value.microsecond % 1000 else None
                assert value.isoformat() in text or (ms and ms in text), name
        extra = json.loads(row["extra"]) if isinstance(row["extra"], str) else None
        assert record.get("unmapped", {}).get("extra") == extra


HOSTILE = "<script>alert(1)</script>\u202e\"'\\\x00\n"


def test_hostile_and_missing_values_still_give_valid_records() -> None:
    rows = [
        {"id": "1", "type": kind, "ip": ip, "metadata_type": type_, "metadata_name": name,
         "user_email": name, "extra": extra}
        for kind in ("delete", "login", "group_add_member", "permission_change", HOSTILE, None)
        for ip in (None, "10.0.0.1", "fe80::1%eth0", HOSTILE)
        for type_ in (None, "file", "folder", HOSTILE)
        for name in (None, HOSTILE)
        for extra in (None, "{}", "not json", '{"metadata": 7}',
                      '{"metadata": {"role": "x", "shared_with": {"email": "a b"}}}')
    ]  # fmt: skip
    frame = pd.DataFrame(rows).assign(modified=pd.NaT)
    frame["modified"] = pd.to_datetime(frame["modified"], utc=True)
    check(to_ocsf(frame))


def test_json_lines_and_parquet_hold_the_same(tmp_path: Any) -> None:
    frame = Organisation(seed=7, people=12, days=20).frame()
    records = to_ocsf(frame)
    records.to_jsonl(tmp_path / "a.jsonl")
    manifest = records.to_parquet(tmp_path / "a.parquet")
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    rows = [without_nulls(row) for row in pq.read_table(tmp_path / "a.parquet").to_pylist()]
    for row in rows:
        if "unmapped" in row:
            row["unmapped"] = without_nulls(json.loads(row["unmapped"]))
    assert rows == [without_nulls(line) for line in lines]
    assert manifest.rows == len(frame) == len(lines)
    assert kd.verify(tmp_path / "a.parquet")


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(part) for key, part in value.items() if part is not None}
    return value


def one(**columns: Any) -> dict[str, Any]:
    row = {"id": ["1"], "type": ["update"], "metadata_type": ["file"], "metadata_name": ["a.txt"],
           "modified": pd.to_datetime(["2026-03-01T10:00:01.001009Z"])}  # fmt: skip
    (record,) = to_ocsf(pd.DataFrame({**row, **columns}))
    check([record])
    return record


def test_times_are_whole_milliseconds_and_the_rest_is_kept() -> None:
    for us in (1_009, 596_999, 597_000, 999_999):
        time = pd.Timestamp("2026-03-01T10:00:01", tz="UTC") + pd.Timedelta(microseconds=us)
        record = one(modified=[time], metadata_modified=[time])
        assert record["time"] == record["file"]["modified_time"] == time.value // 1_000_000
        assert pd.Timestamp(record["metadata"]["original_time"]) == time
        kept = record.get("unmapped", {}).get("metadata_modified")
        assert (kept is None) is (us % 1000 == 0)
    naive = one(modified=pd.to_datetime(["2026-03-01T10:00:00"]))
    assert naive["time"] == pd.Timestamp("2026-03-01T10:00:00Z").value // 1_000_000


def test_an_event_without_a_time_has_its_objects_or_none() -> None:
    without = pd.to_datetime([None], utc=True)
    record = one(modified=without, metadata_modified=pd.to_datetime(["2026-03-01"], utc=True))
    assert record["time"] == record["file"]["modified_time"] > 0
    record = one(modified=without)
    assert record["time"] == 0
    assert "original_time" not in record["metadata"]


@pytest.mark.parametrize("text", ["{}", "[]", "0", "false", '""', "not json", '{"a": [1, {}]}'])
def test_whatever_else_was_sent_is_unmapped(text: str) -> None:
    kept = one(extra=[text])["unmapped"]["extra"]
    assert kept == (text if text == "not json" else json.loads(text))


@pytest.mark.parametrize("size", ["12", "12 MB", 12.5, -1, 2**60])
def test_sizes_that_are_none_are_not_lost(size: Any) -> None:
    record = one(metadata_size=[size])
    kept = record["file"].get("size", record.get("unmapped", {}).get("metadata_size"))
    assert kept == size


def test_words_that_the_schema_does_not_know_are_other_by_their_name() -> None:
    record = one(type=["watermarked"])
    assert (record["activity_id"], record["activity_name"]) == (99, "watermarked")


def test_numbers_and_lists_in_a_frame_are_no_trouble(tmp_path: Any) -> None:
    odd = {"id": [7], "account": [7], "user_id": [1.5], "ip": [7], "user_email": ["a@x.co"],
           "metadata_labels": [["a", "b"]],
           "seen": [pd.Timestamp("2026-01-01").date()]}  # fmt: skip
    record = one(**odd)
    assert (record["metadata"]["uid"], record["metadata"]["tenant_uid"]) == ("7", "7")
    assert record["unmapped"]["metadata_labels"] == ["a", "b"]
    frame = pd.DataFrame({"modified": pd.to_datetime(["2026-03-01"], utc=True), **odd})
    assert to_ocsf(frame).to_parquet(tmp_path / "a.parquet").rows == 1
    assert to_ocsf(frame).to_jsonl(tmp_path / "a.jsonl").rows == 1


def test_several_files_and_an_archive_are_read(tmp_path: Any) -> None:
    frame = Organisation(seed=7, people=5, days=20).frame()
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    frame[:100].to_parquet(paths[0])
    frame[100:].to_parquet(paths[1])
    uids = [record["metadata"]["uid"] for record in to_ocsf(paths)]
    assert uids == frame["id"].tolist()
    with Sandbox(accounts=2, events=300) as sandbox:
        archive = kd.Archive(tmp_path / "archive")
        archive.sync(kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url), progress=False)
    from_archive = list(to_ocsf(tmp_path / "archive"))
    check(from_archive)
    assert len(from_archive) == len(archive.events())
    assert all("account_key" in record["unmapped"] for record in from_archive)


def test_few_events_are_objects_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:

    most = 0

    def counted(records: list[Any], encode: Any) -> Any:
        nonlocal most
        most = max(most, len(records))
        return lambda: [b"{}" for _ in records]

    monkeypatch.setattr("kloudless_data.audit.ocsf.records._lines", counted)
    frame = Organisation(seed=7, people=25, days=60).frame()
    assert len(frame) > 5_000
    for _ in to_ocsf(frame)._parts("jsonl"):
        pass
    assert 0 < most <= 5_000


def test_other_inputs_than_events_are_refused() -> None:
    with pytest.raises(kd.exceptions.InvalidParameter, match="DataFrame"):
        to_ocsf(7)


def test_the_records_can_be_written_as_whatever_else_rows_can(tmp_path: Any) -> None:
    records = to_ocsf(Organisation(seed=4, people=5, days=20).frame().head(20))
    for name in ("a.jsonl", "a.parquet", "a.csv", "a.xlsx"):
        assert records.export(tmp_path / name, name.partition(".")[2]).rows == 20
    told = pd.read_csv(tmp_path / "a.csv")
    assert json.loads(told["metadata"][0])["version"] == VERSION
