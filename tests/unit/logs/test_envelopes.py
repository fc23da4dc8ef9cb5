"""Records inside what collectors and search engines write give the same events as alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kloudless_data as kd
from kloudless_data.logs import envelopes
from kloudless_data.logs.texts import Texts

from . import samples

Json = dict[str, Any]


def lines(records: list[Json], envelope: Callable[[Json], Json]) -> str:
    return "".join(json.dumps(envelope(one)) + "\n" for one in records)


def as_csv(rows: list[Json], delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def of_splunk(records: list[Json]) -> list[Json]:
    return [{"_time": "2026-03-02T09:05:07Z", "_raw": json.dumps(one)} for one in records]


#: The documented output of each, around some records.
COLLECTORS: dict[str, Callable[[list[Json]], str]] = {
    "Splunk, HTTP event collector": lambda some: lines(
        some, lambda one: {"time": 1772442307, "host": "h", "sourcetype": "s", "event": one}
    ),
    "Splunk, search/export": lambda some: lines(
        some, lambda one: {"preview": False, "result": of_splunk([one])[0]}
    ),
    "Splunk, search results": lambda some: json.dumps(
        {"preview": False, "init_offset": 0, "messages": [{}], "results": of_splunk(some)}
    ),
    "Splunk, CSV": lambda some: as_csv(of_splunk(some)),
    "Splunk, CSV of the events alone": lambda some: as_csv(
        [{"_raw": one["_raw"]} for one in of_splunk(some)], ";"
    ),
    "Elasticsearch, search": lambda some: json.dumps(
        {
            "took": 3,
            "hits": {
                "total": {"value": len(some)},
                "hits": [{"_index": "logs", "_id": "1", "_source": one} for one in some],
            },
        }
    ),
    "Elasticsearch, Elastic Agent's original": lambda some: lines(
        some,
        lambda one: {"_source": {"@timestamp": "x", "event": {"original": json.dumps(one)}}},
    ),
    "Logstash": lambda some: lines(
        some, lambda one: {"@version": "1", "message": "\n " + json.dumps(one)}
    ),
    "CloudWatch Logs": lambda some: json.dumps(
        {"events": [{"timestamp": 1, "message": json.dumps(one)} for one in some]}, indent=1
    ),
    "EventBridge": lambda some: lines(
        some, lambda one: {"version": "0", "detail-type": "x", "detail": one}
    ),
    "cloudtrail lookup-events": lambda some: json.dumps(
        {"Events": [{"EventId": "1", "CloudTrailEvent": json.dumps(one)} for one in some]}
    ),
    "Search-UnifiedAuditLog | ConvertTo-Json": lambda some: json.dumps(
        [{"ResultIndex": 1, "UserIds": "x", "AuditData": json.dumps(one)} for one in some], indent=2
    ),
    "Azure, diagnostic settings": lambda some: json.dumps(
        {"records": [{"time": "x", "category": "AuditLogs", "properties": one} for one in some]}
    ),
    "a list of responses": lambda some: json.dumps([{"next": 1, "entries": [one]} for one in some]),
    "a response inside another": lambda some: json.dumps({"data": {"page": 1, "entries": some}}),
    "a list of lists": lambda some: json.dumps([some[:1], some[1:]]),
    "lists, one per line": lambda some: "".join(json.dumps([one]) + "\n" for one in some),
    "lines with commas": lambda some: "".join(json.dumps(one) + ",\n" for one in some),
}  # fmt: skip
#: One sample of each JSON format.
FORMATS = [name for name in samples.RECORDS if not name.endswith("_csv")]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("collector", COLLECTORS)
def test_a_collectors_records_are_the_services_own(
    collector: str, format: str, tmp_path: Path
) -> None:
    records = samples.many(format, 3)
    (tmp_path / "alone").write_text(json.dumps(records))
    (tmp_path / "collected").write_text(COLLECTORS[collector](records))
    expected = kd.read_log(tmp_path / "alone", progress=False).to_frame()
    log = kd.read_log(tmp_path / "collected", progress=False)
    found = log.to_frame()
    assert log.damaged == []
    assert log.inputs[0].format == format
    pd.testing.assert_frame_equal(found, expected)


def test_without_a_record_inside_a_collectors_own_is_damaged_as_written(
    tmp_path: Path,
) -> None:
    box = samples.many("box", 2)
    strange: list[Json] = [{"event": 5}, {"event": "{"}, {"event": {"a": 1}}, {"other": 1}]
    wrapped = [{"event": box[0]}, *strange, {"event": box[1]}]
    (tmp_path / "log").write_text(lines(wrapped, lambda one: one))
    log = kd.read_log(tmp_path / "log", progress=False)
    assert log.to_frame()["id"].tolist() == ["id-0", "id-1"]
    assert [json.loads(one.text) for one in log.damaged] == strange
    assert [one.place for one in log.damaged] == [f"line {n}" for n in range(2, 6)]


#: What a record with another inside may be, and what it may be instead.
OUTER = [
    '{"a": {"b": "{\\"c\\": 1}"}}',
    '{"a": {"b": {"c": "é"}}}',
    '{"a": {"b": " {} "}}',
    '{"a": {"b": "{\\"c\\": \\"\\\\ud800\\"}"}}',
    '{"a": {"b": "\\ud800{}"}}',
    '{"a": 1}',
    '{"a": "{\\"b\\": {\\"c\\": 2}}"}',
    '{"a": null}',
    "{}",
    '{"a": {"b": 1}}',
    "nonsense",
    '{"a": {"b": "{\\"c\\": \\"\\u00e9\\"}"}}',
    '{"z": 1, "a": {"b": "{}", "b": {}}}',
]


@given(texts=st.lists(st.sampled_from(OUTER), max_size=6))
def test_records_are_found_together_as_one_by_one(texts: list[str]) -> None:
    within = ("a", "b")
    some = Texts.of([text.encode() for text in texts])
    expected = []
    for text in texts:
        try:
            inner = json.loads(text)["a"]
            inner = (json.loads(inner) if isinstance(inner, str) else inner)["b"]
        except (ValueError, TypeError, KeyError):
            inner = None
        if isinstance(inner, str) and inner.strip().startswith("{"):
            expected.append(json.loads(inner))
        else:
            expected.append(inner if isinstance(inner, dict) else text)
    found = [one.decode() for one in envelopes.unwrap(some, within)]
    for one, text, inner in zip(found, texts, expected, strict=True):
        assert one == text if inner == text else json.loads(one) == inner


def test_a_record_of_another_format_is_damaged_and_named(tmp_path: Path) -> None:
    records = [*samples.many("box", 2), *samples.many("cloudtrail", 1)]
    for envelope in (lambda one: one, lambda one: {"_raw": json.dumps(one)}):
        (tmp_path / "log").write_text(lines(records, envelope))
        log = kd.read_log(tmp_path / "log", progress=False)
        assert len(log.to_frame()) == 2
        assert "another format, cloudtrail, and the file's first record is box" in (
            log.damaged[0].reason
        )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
def test_an_encoding_is_recognised_without_its_mark(encoding: str, tmp_path: Path) -> None:
    records = [{**one, "event_id": f"é{n}"} for n, one in enumerate(samples.many("box", 2))]
    for name, text in (("json", json.dumps(records, ensure_ascii=False)), ("csv", samples.BOX_CSV)):
        (tmp_path / name).write_bytes(text.encode(encoding))
        log = kd.read_log(tmp_path / name, progress=False)
        assert len(log.to_frame()) == 2
        assert log.whole


def test_records_inside_others_are_read_by_other_processes_too(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    records = samples.many("google", 3)
    (tmp_path / "log").write_text(COLLECTORS["Splunk, CSV"](records))
    with ThreadPoolExecutor(1) as executor:
        frame = kd.read_log(tmp_path / "log", progress=False, executor=executor).to_frame()
    assert list(map(json.loads, frame["raw"].drop_duplicates())) == records
