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
from kloudless_data.exceptions import InvalidParameter
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


def flat(record: Any, before: str = "") -> Json:
    """Return a record's members by their paths, as pandas and Splunk do."""
    if not isinstance(record, dict):
        return {before: record}
    return {
        name: value
        for key, below in record.items()
        for name, value in flat(below, f"{before}.{key}" if before else key).items()
    }


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
    "CloudWatch Logs, in S3": lambda some: "".join(
        f"2026-03-02T09:05:07.000Z {json.dumps(one)}\n" for one in some
    ),
    "Kubernetes": lambda some: "".join(
        f"2026-03-02T09:05:07.1Z stdout F {json.dumps(one)}\n" for one in some
    ),
    "syslog": lambda some: "".join(
        f"<134>Mar  2 09:05:07 host tag[7]: {json.dumps(one)}\n" for one in some
    ),
    "Fluentd": lambda some: "".join(
        f"2026-03-02T09:05:07+00:00\taudit\t{json.dumps(one)}\n" for one in some
    ),
    "Fluent Bit": lambda some: "".join(
        f"[{n}] audit: [1772442307.1, {json.dumps(one)}]\n" for n, one in enumerate(some)
    ),
    "a table without headers": lambda some: "".join(as_csv([{"a": 1, "b": json.dumps(one)}])
                                                    .split("\n", 1)[1] for one in some),
    "Splunk, with extracted fields": lambda some: lines(
        some, lambda one: {"result": {**flat(one), "_raw": json.dumps(one)}}
    ),
    "Elasticsearch, with fields": lambda some: lines(
        some, lambda one: {"_source": one, "fields": {k: [v] for k, v in flat(one).items()}}
    ),
    "Wazuh": lambda some: lines(some, lambda one: {"data": one, "full_log": json.dumps(one)}),
    "a sample beside the list": lambda some: json.dumps({"schema": some[0], "items": some}),
    "several lists": lambda some: json.dumps({"first": some[:1], "none": [], "others": some[1:]}),
    "commas between": lambda some: ",\n".join(map(json.dumps, some)),
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


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return events in the order of their content, and their records without optional blanks."""
    frame = frame.assign(raw=[json.dumps(json.loads(text)) for text in frame["raw"]])
    return frame.sort_values(["raw", "id"], ignore_index=True)


@pytest.mark.parametrize("first", FORMATS)
def test_records_of_all_formats_may_be_in_a_file(first: str, tmp_path: Path) -> None:
    order = [first, *(format for format in FORMATS if format != first)]
    records = [samples.many(format, 1)[0] for format in order]
    (tmp_path / "each").mkdir()
    for format, record in zip(order, records, strict=True):
        (tmp_path / "each" / format).write_text(json.dumps(record))
    expected = kd.read_log(tmp_path / "each", progress=False).to_frame()
    for name, text in (
        ("lines", lines(records, lambda one: one)),
        ("list", json.dumps(records)),
        ("splunk", lines(records, lambda one: {"_raw": json.dumps(one)})),
        ("lists", json.dumps({f"list {n}": [one] for n, one in enumerate(records)})),
        ("places", lines(records, lambda one: {str(len(str(one))): one, "b": 1})),
    ):
        (tmp_path / name).write_text(text)
        log = kd.read_log(tmp_path / name, progress=False)
        found = log.to_frame()
        assert log.damaged == []
        pd.testing.assert_frame_equal(in_order(found), in_order(expected))
        assert log.inputs[0].format == ", ".join(sorted(FORMATS))


def test_with_a_named_format_records_of_others_are_damaged(tmp_path: Path) -> None:
    records = [*samples.many("box", 2), *samples.many("cloudtrail", 1)]
    (tmp_path / "log").write_text(lines(records, lambda one: one))
    log = kd.read_log(tmp_path / "log", format="box", progress=False)
    assert log.to_frame()["service"].tolist() == ["box", "box"]
    assert log.damaged_count == 1


def test_an_objects_members_may_be_at_several_places(tmp_path: Path) -> None:
    box = samples.many("box", 4)
    wrapped = [{"message": json.dumps(box[0])}, {"event": {"original": json.dumps(box[1])}}, box[2],
               {"message": box[3]}]  # fmt: skip
    (tmp_path / "log").write_text(lines(wrapped, lambda one: one))
    log = kd.read_log(tmp_path / "log", progress=False)
    assert sorted(log.to_frame()["id"]) == [f"id-{n}" for n in range(4)]
    assert log.whole


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


#: What cannot be read, and a part of what the error advises.
REFUSED: dict[str, tuple[Callable[[list[Json]], str], str]] = {
    "flattened": (lambda some: json.dumps(list(map(flat, some))), "flattened"),
    "flattened by Splunk": (lambda some: lines(some, lambda one: {"result": flat(one)}), "flatte"),
    "flattened as CSV": (lambda some: as_csv(list(map(flat, some))), "flattened"),
    "members of an object": (lambda some: json.dumps({f"e{n}": one for n, one in enumerate(some)}),
                             "members of an object, such as e0 and e1"),
    "XML": (lambda some: f"<?xml version='1.0'?><results>{json.dumps(some[0])}</results>", "XML"),
    "Python's print": (lambda some: str(some), "printed by Python"),
    "Splunk, rows": (lambda some: json.dumps({"preview": False, "fields": ["_raw"],
                                              "rows": [[json.dumps(one)] for one in some]}),
                     "output_mode=json"),
}  # fmt: skip


@pytest.mark.parametrize("format", ["box", "cloudtrail", "google", "dropbox", "microsoft_graph"])
@pytest.mark.parametrize("what", REFUSED)
def test_what_has_lost_its_form_is_refused_with_what_to_do(
    what: str, format: str, tmp_path: Path
) -> None:
    write, advice = REFUSED[what]
    (tmp_path / "log").write_text(write(samples.many(format, 3)))
    with pytest.raises(InvalidParameter, match=advice):
        kd.read_log(tmp_path / "log")


def test_values_that_powershell_cut_are_refused(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(json.dumps([{**samples.GRAPH, "initiatedBy": "@{user=; app=}"}]))
    with pytest.raises(InvalidParameter, match="ConvertTo-Json -Depth 10"):
        kd.read_log(tmp_path / "log")


@pytest.mark.parametrize("text", ["[]", '{"value": []}', '{"next": null, "items":[ ]}'])
def test_a_list_without_records_is_empty(text: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(text)
    log = kd.read_log(tmp_path / "log", progress=False)
    assert log.to_frame().empty
    assert (log.inputs[0].format, log.whole) == ("empty", True)


def test_after_a_sign_in_nothing_else_is_one(tmp_path: Path) -> None:
    others: list[Json] = [{"foo": 1}, {"id": "r", "createdDateTime": "2026-03-02T09:05:07Z",
                                       "userPrincipalName": "ann@corp.example"}]  # fmt: skip
    (tmp_path / "log").write_text(lines([samples.SIGN_IN, *others], lambda one: one))
    log = kd.read_log(tmp_path / "log", progress=False)
    assert log.to_frame()["event_type"].tolist() == ["failed_login"]
    assert [json.loads(one.text) for one in log.damaged] == others


def test_a_record_has_the_same_id_however_it_is_written(tmp_path: Path) -> None:
    record = {**samples.DROPBOX, "details": {"name": "Übersicht / 1"}}
    ids = set()
    for number, text in enumerate(
        (json.dumps(record), json.dumps(record, indent=2), lines([record], lambda one: one),
         json.dumps(record, ensure_ascii=False, separators=(",", ":")))
    ):  # fmt: skip
        (tmp_path / f"{number}").write_text(text)
        ids |= set(kd.read_log(tmp_path / f"{number}", progress=False).to_frame()["id"])
    assert len(ids) == len(record["assets"])


def test_values_written_as_text_are_read(tmp_path: Path) -> None:
    record = {**samples.CLOUDTRAIL, "eventName": "ConsoleLogin",
              "responseElements": json.dumps({"ConsoleLogin": "Failure"}),
              "userIdentity": json.dumps(samples.CLOUDTRAIL["userIdentity"])}  # fmt: skip
    (tmp_path / "log").write_text(lines([samples.CLOUDTRAIL, record], lambda one: one))
    frame = kd.read_log(tmp_path / "log", progress=False).to_frame()
    assert frame["event_type"].tolist() == ["delete", "failed_login"]
    assert frame["user_name"].tolist() == ["ann", "ann"]
