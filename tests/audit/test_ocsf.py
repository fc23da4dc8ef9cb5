"""OCSF: every simulated event gives a record that the schema accepts, and nothing is lost."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

import kloudless_data as kd
from kloudless_data.audit import to_ocsf
from kloudless_data.audit.ocsf import VERSION
from kloudless_data.sandbox import Sandbox
from kloudless_data.sandbox.incidents import INCIDENTS
from kloudless_data.sandbox.near_misses import NEAR_MISSES
from kloudless_data.sandbox.organisation import Organisation


@cache
def validator(class_uid: int) -> Draft202012Validator:
    schemas = _schemas()
    schema = schemas.get_class_schema(schemas.lookup_class_name_from_uid(class_uid))
    assert schema["additionalProperties"] is False
    return Draft202012Validator(schema)


@lru_cache(maxsize=1)
def _schemas() -> Any:
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(VERSION))


def check(records: Any) -> set[tuple[int, int]]:
    seen = set()
    for record in records:
        errors = [error.message for error in validator(record["class_uid"]).iter_errors(record)]
        assert not errors, (errors[:3], record)
        assert record["type_uid"] == record["class_uid"] * 100 + record["activity_id"]
        seen.add((record["class_uid"], record["activity_id"]))
    return seen


@pytest.mark.parametrize("version", [1, 2])
def test_every_event_of_every_service_is_a_valid_record(version: int) -> None:
    with Sandbox(accounts=10, events=400) as sandbox:
        for one in sandbox.accounts:
            account = kd.Account(token=one.token, base_url=sandbox.base_url, api_version=version)
            frame = account.events().to_frame()
            assert check(to_ocsf(frame)), one.service


@pytest.mark.parametrize("version", [1, 2])
def test_every_kind_of_incident_is_a_valid_record(version: int) -> None:
    happened = [*INCIDENTS, *NEAR_MISSES]
    organisation = Organisation(seed=5, people=60, days=90, incidents=happened)
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
                ms = int(value.timestamp() * 1000)
                assert str(ms) in text or value.isoformat() in text, name
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
            row["unmapped"] = json.loads(row["unmapped"])
    assert rows == [without_nulls(line) for line in lines]
    assert manifest.rows == len(frame) == len(lines)
    assert kd.verify(tmp_path / "a.parquet")


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(part) for key, part in value.items() if part is not None}
    return value


def test_what_is_no_events_is_refused() -> None:
    with pytest.raises(kd.exceptions.InvalidParameter, match="DataFrame"):
        to_ocsf(7)
