"""What is done with events is done with logs: audit, report, OCSF, a look around."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from unit.logs import samples

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.logs import LogStream

pytest.importorskip("duckdb")

#: What a deletion of a file, and a look at one, are told as, in the logs that have files.
DELETED = {"box": "ITEM_TRASH", "google": "trash", "microsoft365": "FileDeleted",
           "dropbox": "file_delete", "cloudtrail": "DeleteObject", "ocsf": 600604}  # fmt: skip
SEEN = {"box": "ITEM_PREVIEW", "google": "view", "microsoft365": "FileAccessed",
        "dropbox": "file_preview", "cloudtrail": "HeadObject", "ocsf": 600609}  # fmt: skip


def _record(format: str, word: object, time: datetime, number: int) -> samples.Json:
    """Return a record of one file, at a time."""
    record = json.loads(json.dumps(samples.RECORDS[format]))
    told = time.strftime("%Y-%m-%dT%H:%M:%SZ")
    if format == "box":
        record |= {"event_type": word, "created_at": told, "event_id": f"e{number}"}
        record["source"]["item_id"] = f"f{number}"
    elif format == "google":
        record["id"] |= {"time": told, "uniqueQualifier": str(number)}
        record["events"] = [{"type": "access", "name": word, "parameters": [
            {"name": "doc_id", "value": f"f{number}"}, {"name": "doc_type", "value": "document"},
        ]}]  # fmt: skip
    elif format == "microsoft365":
        record |= {"Operation": word, "CreationTime": told[:-1], "Id": f"e{number}",
                   "ListItemUniqueId": f"f{number}"}  # fmt: skip
    elif format == "dropbox":
        record |= {"event_type": {".tag": word}, "timestamp": told}
        record["assets"] = [{".tag": "file", "file_id": f"f{number}", "display_name": "a.txt"}]
    elif format == "cloudtrail":
        record |= {"eventName": word, "eventTime": told, "eventID": f"e{number}"}
        record["requestParameters"]["key"] = f"f{number}"
    else:
        record |= {"type_uid": word, "activity_id": int(str(word)[-2:]),
                   "time": int(time.timestamp() * 1000)}  # fmt: skip
        record["metadata"]["uid"] = f"e{number}"
        record["file"]["uid"] = f"f{number}"
    return record


def burst(format: str, folder: Path) -> LogStream:
    """Return a log of forty quiet days, in which 400 files are deleted in an hour of the last."""
    begin = datetime(2026, 1, 5, 9, tzinfo=UTC)
    records = [
        _record(format, SEEN[format], begin + timedelta(days=day, minutes=7 * n), 10 * day + n)
        for day in range(40)
        for n in range(6)
    ]
    last = begin + timedelta(days=39, hours=3)
    records += [
        _record(format, DELETED[format], last + timedelta(seconds=9 * n), 1_000 + n)
        for n in range(400)
    ]
    path = folder / f"{format}.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return kd.read_log(path, progress=False)


@pytest.mark.parametrize("format", DELETED)
def test_a_mass_deletion_is_found_in_each_services_log(format: str, tmp_path: Path) -> None:
    found = audit.find(burst(format, tmp_path), ["mass_deletion"], progress=False)
    assert found["rule"].tolist() == ["mass_deletion"]
    assert "400 files" in found["sentence"].iloc[0]


def texts_of(format: str) -> str:
    """Return a small log of a format."""
    tables = {"box_csv": samples.BOX_CSV, "google_csv": samples.GOOGLE_CSV,
              "dropbox_csv": samples.DROPBOX_CSV}  # fmt: skip
    if format in tables:
        return tables[format]
    return "".join(json.dumps(one) + "\n" for one in samples.many(format, 30))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("format", [*samples.RECORDS, "box_csv", "google_csv", "dropbox_csv"])
def test_a_log_of_each_format_makes_a_report(format: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(texts_of(format))
    log = kd.read_log(tmp_path / "log", progress=False)
    assert log.inputs[0].format == format
    made = audit.report(log, progress=False)
    events = len(log.to_frame())
    assert events > 0
    assert made.profile.summary["events"] == events
    assert f"{events} event" in made.to_markdown()


def test_an_imported_file_makes_a_report(tmp_path: Path) -> None:
    burst("box", tmp_path).to_parquet(tmp_path / "activity.parquet")
    audit.report(tmp_path / "activity.parquet", tmp_path / "report.html", progress=False)
    assert "mass" in (tmp_path / "report.html").read_text().lower()


@pytest.mark.parametrize("format", DELETED)
def test_each_log_becomes_ocsf(format: str, tmp_path: Path) -> None:
    records = list(audit.to_ocsf(burst(format, tmp_path)))
    assert len(records) == 640
    assert {record["type_uid"] for record in records} >= {600604}
    assert all(record["time"] for record in records)


def test_a_frame_of_a_log_is_like_one_of_a_stream(tmp_path: Path) -> None:
    frame = burst("google", tmp_path).to_frame(categories=True)
    assert str(frame["modified"].dtype) == "datetime64[us, UTC]"
    assert isinstance(frame["event_type"].dtype, pd.CategoricalDtype)
    assert audit.find(frame, ["mass_deletion"], progress=False).shape[0] == 1


def test_a_log_is_looked_at_with_explore(tmp_path: Path) -> None:
    pytest.importorskip("ipywidgets")
    explorer = kd.explore(burst("box", tmp_path))
    assert len(explorer.frame) == 640
    explorer.name.value = "Plan"  # what typing it does
    assert len(explorer.filtered) == 640
