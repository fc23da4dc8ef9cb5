"""Each format from a record in the documented shape to the event that it tells."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kloudless_data as kd
from kloudless_data.logs import specs
from kloudless_data.logs.specs import spec_named

from . import samples

#: What the record of each format says, in the columns of an event.
TOLD: dict[str, dict[str, Any]] = {
    "box": {
        "id": "f82c3ba0-0001", "event_category": "file", "event_type": "delete",
        "event_subtype": "ITEM_TRASH", "user_id": "8", "user_name": "Ann Berg",
        "metadata_name": "Plan.xlsx", "metadata_type": "file", "metadata_size": 5120,
        "metadata_parent_name": "Budget", "metadata_owner_email": "bea@corp.example",
    },
    "google": {
        "id": "2026-03-02T09:05:07.123Z/-41", "account": "C01", "event_type": "share",
        "event_subtype": "change_user_access", "metadata_id": "1AbC", "metadata_type": "file",
        "metadata_owner_email": "bea@corp.example",
    },
    "microsoft365": {
        "id": "9d1f-01", "account": "org-1", "event_type": "download", "user_type": "user",
        "event_subtype": "FileDownloaded", "metadata_name": "Plan.xlsx", "metadata_size": 5120,
        "metadata_parent_name": "Documents", "user_agent": "Mozilla/5.0",
    },
    "microsoft_graph": {
        "id": "Directory_1", "event_type": "role_add", "event_category": "role", "user_id": "1003",
        "event_subtype": "Add member to role", "metadata_name": "Cid", "user_agent": "Mozilla/5.0",
    },
    "microsoft_signins": {
        "id": "s-1", "event_type": "failed_login", "metadata_name": "Office 365",
        "user_id": "1003", "user_name": "Ann Berg", "metadata_type": "session",
    },
    "sentinel_office": {
        "id": "9d1f-01", "account": "org-1", "event_type": "download", "user_type": "Regular",
        "event_subtype": "FileDownloaded", "metadata_name": "Plan.xlsx", "metadata_type": "file",
        "metadata_parent_name": "Documents", "user_agent": "Mozilla/5.0",
    },
    "dropbox": {
        "event_type": "delete", "event_subtype": "file_delete", "user_id": "dbid:A",
        "metadata_id": "id:1", "metadata_type": "file", "metadata_path": "/Budget/Plan.xlsx",
    },
    "cloudtrail": {
        "id": "e-1", "account": "123456789012", "event_type": "delete", "user_name": "ann",
        "user_id": "arn:aws:iam::123456789012:user/ann", "metadata_name": "budget/plan.xlsx",
        "metadata_parent_name": "corp-data",
    },
    "ocsf": {
        "id": "o-1", "account": "t-1", "event_type": "delete", "event_subtype": "600604",
        "metadata_name": "plan.xlsx", "metadata_type": "file", "metadata_size": 5120,
        "metadata_owner_email": "bea@corp.example",
    },
}  # fmt: skip
TOLD["sentinel_audit"] = TOLD["microsoft_graph"]
for _name in ("powershell_signins", "sentinel_signins"):
    TOLD[_name] = TOLD["microsoft_signins"]


def read(path: Path, **options: Any) -> pd.DataFrame:
    log = kd.read_log(path, progress=False, **options)
    frame = log.to_frame()
    assert log.damaged == []
    return frame


def written(folder: Path, records: list[samples.Json], name: str = "log.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.mark.parametrize("format", samples.RECORDS)
def test_a_record_shows_who_did_what_when_and_where(format: str, tmp_path: Path) -> None:
    record = samples.RECORDS[format]
    path = written(tmp_path, [record])
    event = read(path).iloc[0]
    assert event[list(TOLD[format])].to_dict() == TOLD[format]
    assert event["service"] == spec_named(format).service
    assert event["ip"] == "203.0.113.7"
    assert event["modified"].floor("s") == pd.Timestamp("2026-03-02 09:05:07", tz="UTC")
    if format != "cloudtrail":
        assert event["user_email"] == "ann@corp.example"
    assert event["raw"] == json.dumps(record)


@pytest.mark.parametrize("format", samples.RECORDS)
def test_the_columns_are_those_of_v2_events(format: str, tmp_path: Path) -> None:
    from kloudless_data.schema import events_schema

    frame = read(written(tmp_path, [samples.RECORDS[format]]))
    v2 = events_schema(2).arrow(raw=True).names
    assert list(frame.columns) == ["service", *v2]


ANSWERS = {"box": "entries", "google": "items", "microsoft365": "value", "dropbox": "events",
           "cloudtrail": "Records"}  # fmt: skip


@pytest.mark.parametrize("format", ANSWERS)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_services_answers_are_read_and_several_after_each_other(
    format: str, indent: int | None, tmp_path: Path
) -> None:
    records = samples.many(format, 3)
    answers = [
        {"limits": [{"a": 1}], ANSWERS[format]: records[:2], "next": "x", "more": [{"b": {}}]},
        {ANSWERS[format]: []},
        {ANSWERS[format]: records[2:]},
    ]
    path = tmp_path / "answers.json"
    path.write_text("\n".join(json.dumps(answer, indent=indent) for answer in answers))
    assert read(path)["raw"].map(json.loads).drop_duplicates().tolist() == records


@pytest.mark.parametrize("format", samples.RECORDS)
@pytest.mark.parametrize("indent", [None, 4])
def test_a_list_of_records_is_read(format: str, indent: int | None, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    records = samples.many(format, 3)
    path.write_text(json.dumps(records, indent=indent))
    assert read(path)["raw"].map(json.loads).drop_duplicates().tolist() == records


def test_an_event_of_several_is_known_apart(tmp_path: Path) -> None:
    frame = read(written(tmp_path, [samples.GOOGLE]))
    assert frame["event_type"].tolist() == ["share", "update"]
    assert frame["id"].is_unique
    assert json.loads(frame["extra"][0])["metadata"] == {
        "shared_with": {"email": "eve@other.example"}, "role": "can_edit"
    }  # fmt: skip


def test_each_file_that_dropbox_tells_of_is_an_event(tmp_path: Path) -> None:
    frame = read(written(tmp_path, [samples.DROPBOX]))
    assert frame["metadata_name"].tolist() == ["Plan.xlsx", "Old"]
    assert frame["metadata_type"].tolist() == ["file", "folder"]


def test_a_record_without_an_id_is_known_by_its_content(tmp_path: Path) -> None:
    first = read(written(tmp_path, samples.many("dropbox", 3), "march.jsonl"))
    other = read(written(tmp_path, samples.many("dropbox", 2), "again.jsonl"))
    assert first["id"].is_unique
    assert first["id"].tolist()[:4] == other["id"].tolist()
    same = read(written(tmp_path, [samples.DROPBOX, samples.DROPBOX], "twice.jsonl"))
    assert same["id"].is_unique


def test_a_role_in_microsofts_directory_names_the_person_and_the_role(tmp_path: Path) -> None:
    event = read(written(tmp_path, [samples.MICROSOFT_ROLE])).iloc[0]
    assert event["event_type"] == "role_add"
    assert event["ip"] is None or pd.isna(event["ip"])  # it says <null>
    assert json.loads(event["extra"])["metadata"] == {
        "member": {"email": "cid@corp.example"}, "role": "Global Administrator"
    }  # fmt: skip


def test_failed_actions_are_reported_as_denied(tmp_path: Path) -> None:
    denied = samples.CLOUDTRAIL | {"errorCode": "AccessDenied"}
    login = samples.CLOUDTRAIL | {
        "eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Failure"}
    }  # fmt: skip
    fine = login | {"responseElements": {"ConsoleLogin": "Success"}}
    frame = read(written(tmp_path, [denied, login, fine]))
    assert frame["event_type"].tolist() == ["denied", "failed_login", "login"]


def test_a_word_that_no_table_has_stays_and_has_no_kind(tmp_path: Path) -> None:
    event = read(written(tmp_path, [samples.BOX | {"event_type": "ZZ_UNHEARD_OF"}])).iloc[0]
    assert event["event_subtype"] == "ZZ_UNHEARD_OF"
    assert pd.isna(event["event_type"])


def test_members_of_other_shapes_than_documented_do_no_harm(tmp_path: Path) -> None:
    odd = samples.BOX | {"source": "gone", "created_by": None, "event_id": 7,
                         "additional_details": {"size": "big", "role": ["a", "b"]}}  # fmt: skip
    frame = read(written(tmp_path, [samples.BOX, odd, {**samples.BOX, "source": []}]))
    assert frame["id"].tolist() == ["f82c3ba0-0001", "7", "f82c3ba0-0001"]
    assert frame["metadata_name"].isna().tolist() == [False, True, True]
    assert frame["metadata_size"].isna().tolist() == [False, True, False]
    google = samples.GOOGLE | {"events": samples.GOOGLE["events"][0]}  # as some forward it
    assert read(written(tmp_path, [google]))["event_type"].tolist() == ["share"]


def test_half_of_a_surrogate_pair_and_numbers_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    text = json.dumps(samples.BOX).replace("Plan.xlsx", "a\\ud800b").replace("5120", "1.50")
    path.write_text(text + "\n")
    event = read(path).iloc[0]
    assert event["raw"] == text
    assert event["metadata_name"] == "a?b"
    assert pd.isna(event["metadata_size"])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('["\\ud800", "b"]', "?, b"),
        ('{"k": "\\ud800"}', '{"k":"?"}'),
        ('{"\\ud800": [1]}', '{"?":[1]}'),
        ('[["\\ud800"]]', '[["?"]]'),
    ],
)
def test_half_of_a_surrogate_pair_below_a_member(value: str, shown: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    text = json.dumps(samples.BOX).replace('"Plan.xlsx"', value)
    path.write_text(text + "\n")
    event = read(path).iloc[0]
    assert event["raw"] == text
    assert event["metadata_name"] == shown


@pytest.mark.parametrize("name", [["doc_id"], {"k": 1}, 7, None])
def test_an_element_without_a_usual_name_is_none_of_those_wanted(
    name: object, tmp_path: Path
) -> None:
    google = json.loads(json.dumps(samples.GOOGLE))
    google["events"][0]["parameters"].append({"name": name, "value": "x"})
    for records in ([google], [google] * 3, [samples.GOOGLE, google]):
        expected = read(written(tmp_path, [samples.GOOGLE] * len(records)))
        frame = read(written(tmp_path, records))
        pd.testing.assert_frame_equal(frame.drop(columns="raw"), expected.drop(columns="raw"))


TABLES = {"box_csv": samples.BOX_CSV, "google_csv": samples.GOOGLE_CSV,
          "dropbox_csv": samples.DROPBOX_CSV}  # fmt: skip


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_consoles_tables_are_read(
    format: str, encoding: str, line_end: str, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(TABLES[format].replace("\n", line_end).encode(encoding))
    frame = read(path)
    assert frame["event_type"].iloc[-1] in ("login", "delete")
    assert frame["user_email"].unique().tolist() == ["ann@corp.example"]
    assert frame["modified"].notna().all()
    assert frame["id"].is_unique
    assert json.loads(frame["raw"].iloc[0])["IP Address" if format == "box_csv" else
                                            "IP address"] == "203.0.113.7"  # fmt: skip


def test_powershells_directory_audits_are_those_of_graph(tmp_path: Path) -> None:
    record = samples.in_powershell(samples.GRAPH)
    event = read(written(tmp_path, [record])).iloc[0]
    told = {name: value for name, value in TOLD["microsoft_graph"].items() if name != "user_agent"}
    assert event[list(told)].to_dict() == told
    assert (event["ip"], event["user_email"]) == ("203.0.113.7", "ann@corp.example")
    assert json.loads(event["extra"])["metadata"]["role"] == "Global Administrator"


def row_of(record: samples.Json) -> str:
    """Return a CSV file of one row, whose cells hold JSON where they are nested."""
    cells = {
        name: json.dumps(value) if isinstance(value, dict | list) else value
        for name, value in record.items()
    }
    text = io.StringIO()
    table = csv.DictWriter(text, list(cells))
    table.writeheader()
    table.writerow(cells)
    return text.getvalue()


@pytest.mark.parametrize("format", ["sentinel_office", "sentinel_signins", "sentinel_audit"])
@pytest.mark.parametrize("head", ["", "#TYPE Microsoft.Something\n", "sep=,\n"])
def test_a_table_of_sentinel_says_the_same_as_its_json(
    format: str, head: str, tmp_path: Path
) -> None:
    record = samples.RECORDS[format]
    expected = read(written(tmp_path, [record])).drop(columns="raw")
    (tmp_path / "table.csv").write_text(head + row_of(record))
    found = read(tmp_path / "table.csv").drop(columns="raw")
    pd.testing.assert_frame_equal(found, expected)


#: Rows of the portals' tables: the headers that are read, and what they say.
PORTALS = {
    "entra_signins_csv": (
        {"Date (UTC)": "2026-03-02T09:05:07Z", "Request ID": "s-1", "User": "Ann Berg",
         "User ID": "1003", "Username": "ann@corp.example", "IP address": "203.0.113.7",
         "Application": "Office 365", "Status": "Failure", "Sign-in error code": "50126"},
        {"event_type": "failed_login", "user_email": "ann@corp.example", "id": "s-1",
         "metadata_name": "Office 365"},
    ),
    "entra_audit_csv": (
        {"Date (UTC)": "2026-03-02T09:05:07Z", "Activity": "Delete user", "Result": "success",
         "ActorUserPrincipalName": "ann@corp.example", "IPAddress": "203.0.113.7",
         "Target1Type": "User", "Target1DisplayName": "Cid"},
        {"event_type": "user_delete", "user_email": "ann@corp.example", "metadata_name": "Cid"},
    ),
    "cloudtrail_csv": (
        {"Event ID": "e-1", "Event time": "2026-03-02T09:05:07Z", "User name": "ann",
         "Event name": "DeleteObject", "Event source": "s3.amazonaws.com",
         "Resource name": "corp-data", "Source IP address": "203.0.113.7"},
        {"event_type": "delete", "user_name": "ann", "id": "e-1", "metadata_name": "corp-data"},
    ),
    "microsoft365": (
        {name: value for name, value in samples.MICROSOFT.items() if name != "UserType"},
        {"event_type": "download", "user_email": "ann@corp.example", "id": "9d1f-01",
         "metadata_name": "Plan.xlsx"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("format", PORTALS)
def test_the_portals_tables_are_read(format: str, tmp_path: Path) -> None:
    record, told = PORTALS[format]
    (tmp_path / "table.csv").write_text(row_of(record))
    log = kd.read_log(tmp_path / "table.csv", progress=False)
    event = log.to_frame().iloc[0]
    assert event[list(told)].to_dict() == told
    assert (event["ip"], log.inputs[0].format) == ("203.0.113.7", format)
    assert event["modified"] == pd.Timestamp("2026-03-02 09:05:07", tz="UTC")


def test_tables_that_were_joined_have_their_headers_once(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(samples.GOOGLE_CSV * 2)
    assert len(read(tmp_path / "table.csv")) == 4


def test_a_quoted_cell_is_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(samples.BOX_CSV)
    assert read(path)["metadata_name"].iloc[0] == 'Plan, "final".xlsx'


def test_purviews_csv_holds_the_records(tmp_path: Path) -> None:
    path = tmp_path / "AuditLog.csv"
    rows = [
        {"RecordId": "1", "CreationDate": "2026-03-02T09:05:07.0000000Z", "RecordType": "6",
         "Operation": "FileDownloaded", "UserId": "ann@corp.example",
         "AuditData": json.dumps(record)}
        for record in (samples.MICROSOFT, samples.MICROSOFT_ROLE)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(path, index=False)
    frame = read(path)
    assert frame["event_type"].tolist() == ["download", "role_add"]
    assert json.loads(frame["raw"][0]) == samples.MICROSOFT


def test_ocsf_is_read_from_parquet_as_from_json(tmp_path: Path) -> None:
    records = samples.many("ocsf", 5)
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "ocsf.parquet")
    from_lines = read(written(tmp_path, records)).drop(columns="raw")
    pd.testing.assert_frame_equal(read(tmp_path / "ocsf.parquet").drop(columns="raw"), from_lines)


def test_our_own_ocsf_comes_back_as_the_events_it_was_made_of(tmp_path: Path) -> None:
    from kloudless_data import audit

    told = (samples.BOX, samples.MICROSOFT, samples.CLOUDTRAIL)
    parts = [read(written(tmp_path, [record], f"{n}.jsonl")) for n, record in enumerate(told)]
    events = pd.concat(parts, ignore_index=True)
    audit.to_ocsf(events).to_jsonl(tmp_path / "ours.jsonl")
    back = read(tmp_path / "ours.jsonl")
    for column in ("id", "event_type", "modified", "user_id", "ip", "metadata_name"):
        assert back[column].tolist() == events[column].tolist(), column


def test_cloudtrails_folder_is_read_with_all_below_it(tmp_path: Path) -> None:
    records = samples.many("cloudtrail", 4)
    for number, record in enumerate(records):
        folder = tmp_path / f"AWSLogs/123/CloudTrail/eu-north-1/2026/03/0{number + 1}"
        folder.mkdir(parents=True)
        text = json.dumps({"Records": [record]}).encode()
        (folder / f"123_CloudTrail_{number}.json.gz").write_bytes(gzip.compress(text))
    digests = tmp_path / "AWSLogs/123/CloudTrail-Digest/eu-north-1"
    digests.mkdir(parents=True)
    (digests / "d.json.gz").write_bytes(gzip.compress(b'{"digestStartTime": "x"}'))
    assert sorted(read(tmp_path)["id"]) == [f"id-{n}" for n in range(4)]
    assert len(read(tmp_path / "AWSLogs/*/CloudTrail/**/0[12]/*.json.gz")) == 2


def test_gzip_files_one_after_the_other_are_one_text(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl.gz"
    lines = [json.dumps(record).encode() + b"\n" for record in samples.many("box", 3)]
    path.write_bytes(b"".join(map(gzip.compress, lines)))
    assert len(read(path)) == 3


def test_formats_of_several_services_are_read_at_once(tmp_path: Path) -> None:
    for format in samples.RECORDS:
        written(tmp_path, samples.many(format, 2), f"{format}.jsonl")
    frame = read(tmp_path)
    assert len(frame) >= 2 * len(samples.RECORDS)
    assert set(frame["service"]) == {spec_named(format).service for format in samples.RECORDS}


def test_every_format_names_where_it_is_described() -> None:
    folder = Path(kd.__file__).parent / "logs" / "formats"
    for spec in specs():
        text = (folder / f"{spec.name}.txt").read_text()
        assert "https://" in text.splitlines()[0] + text.splitlines()[1], spec.name
        assert spec.title
        assert {"modified"} <= set(spec.columns)
        assert len(text.splitlines()) <= 60


def test_the_format_that_the_docs_show_is_one(tmp_path: Path) -> None:
    from kloudless_data.logs.convert import events_of
    from kloudless_data.logs.records import JsonReader
    from kloudless_data.logs.specs import read_spec
    from kloudless_data.logs.texts import Texts

    page = (Path(kd.__file__).parent.parent / "docs" / "logs.md").read_text()
    text = next(block for block in page.split("```\n") if block.startswith("# https://slack"))
    spec = read_spec("slack", text)
    record = {
        "id": "s1", "date_create": 1772442307, "action": "file_downloaded",
        "actor": {"type": "user", "user": {"id": "U1", "name": "Ann", "email": "ann@corp.example"}},
        "entity": {"type": "file", "file": {"id": "F1", "name": "plan.xlsx"}},
        "context": {"ip_address": "203.0.113.7", "ua": "Slack"},
    }  # fmt: skip
    records, damaged = JsonReader(spec).read(Texts.of([json.dumps(record).encode()]))
    events, strange = events_of(spec, records)
    (event,) = events.to_pylist()
    assert (damaged, strange) == ([], [])
    assert event["modified"].isoformat() == "2026-03-02T09:05:07+00:00"
    assert (event["user_email"], event["metadata_name"]) == ("ann@corp.example", "plan.xlsx")
    assert event["event_subtype"] == "file_downloaded"


def test_every_fact_of_a_format_is_described_in_the_docs() -> None:
    page = (Path(kd.__file__).parent.parent / "docs" / "logs.md").read_text()
    for spec in specs():
        assert f"`{spec.name}`" in page
