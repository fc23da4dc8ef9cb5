"""Imports of services' own logs to Parquet, each in a fresh process.

``python -m benchmarks logs``; ``python -m benchmarks.logs rates 200000 google ocsf`` measures fewer
records of some formats, and ``python -m benchmarks.logs shares`` shows where the time goes.
"""

from __future__ import annotations

import cProfile
import csv
import gzip
import importlib
import json
import os
import pstats
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from .report import Goal, Report

__all__ = ["FORMATS", "SHAPES", "run", "write_log"]

RECORDS, PEER = 1_000_000, 50_000
_BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
Json = dict[str, Any]


class _World:
    """Who does what to which file: people and files repeat unevenly, addresses change."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.time = _BEGIN

    def event(self, words: list[str]) -> tuple[str, int, int, str, str]:
        """Return a word, a person, a file, an address and a time."""
        self.time += timedelta(seconds=self.random.expovariate(0.5))
        person = int(self.random.paretovariate(0.6)) % 900
        file = int(self.random.paretovariate(0.3)) % 200_000
        word = words[min(int(self.random.expovariate(0.6)), len(words) - 1)]
        ip = f"203.0.{person % 250}.{self.random.randrange(9)}"
        return word, person, file, ip, self.time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


_AGENTS = [
    f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{n}.0.0.0 Safari/537.36"
    for n in (139, 140, 141)
    for system in ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")
]


def _box(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(
        ["PREVIEW", "DOWNLOAD", "EDIT", "UPLOAD", "LOGIN", "COLLABORATION_INVITE", "DELETE"]
    )
    return {
        "source": {
            "item_type": "file", "item_id": str(10**11 + file), "item_name": f"f{file}.xlsx",
            "parent": {"type": "folder", "name": f"Folder {file % 900}", "id": str(file % 900)},
            "owned_by": {"type": "user", "id": str(person + 1), "name": f"Person {person + 1}",
                         "login": f"person{person + 1}@corp.example"}},
        "created_by": {"type": "user", "id": str(person), "name": f"Person {person}",
                       "login": f"person{person}@corp.example"},
        "action_by": None, "created_at": when, "event_id": f"f82c3ba0-f41f-11e8-8ada-{number:012x}",
        "event_type": word, "ip_address": ip, "type": "event", "session_id": None,
        "additional_details": {"size": file * 37, "version_id": str(file),
                               "service_name": "Box Web"},
    }  # fmt: skip


def _google(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(
        ["view", "edit", "download", "create", "move", "change_user_access", "trash"]
    )
    parameters = [
        {"name": "primary_event", "boolValue": True}, {"name": "billable", "boolValue": True},
        {"name": "doc_id", "value": f"1{file:043x}"}, {"name": "doc_title", "value": f"Doc {file}"},
        {"name": "doc_type", "value": "spreadsheet"}, {"name": "visibility", "value": "private"},
        {"name": "owner", "value": f"person{file % 900}@corp.example"},
        {"name": "owner_is_shared_drive", "boolValue": False},
    ]  # fmt: skip
    if word == "change_user_access":
        parameters += [
            {"name": "target_user", "value": f"guest{file % 50}@other.example"},
            {"name": "old_value", "multiValue": ["none"]},
            {"name": "new_value", "multiValue": ["can_edit"]},
        ]
    return {
        "kind": "admin#reports#activity",
        "id": {"time": when, "uniqueQualifier": str(-(2**60) + number), "applicationName": "drive",
               "customerId": "C03az79cb"},
        "etag": f'"etag/{number}"',
        "actor": {"callerType": "USER", "email": f"person{person}@corp.example",
                  "profileId": str(10**20 + person)},
        "ipAddress": ip,
        "events": [{"type": "access", "name": word, "parameters": parameters}],
    }  # fmt: skip


def _microsoft(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(
        ["FileAccessed", "FileModified", "FileDownloaded", "FileUploaded", "UserLoggedIn",
         "SharingSet", "FileRecycled"]
    )  # fmt: skip
    return {
        "AppAccessContext": {"AADSessionId": f"s{person}", "CorrelationId": f"c{number:032x}"},
        "CreationTime": when[:19], "Id": f"{number:032x}", "Operation": word,
        "OrganizationId": "0b8c6b0a-0000-4000-8000-000000000001", "RecordType": 6,
        "UserKey": f"i:0h.f|membership|{10**15 + person}@live.com", "UserType": 0, "Version": 1,
        "Workload": "OneDrive", "ClientIP": ip, "UserId": f"person{person}@corp.example",
        "ObjectId": f"https://corp-my.sharepoint.com/personal/p{person}/Documents/f{file}.xlsx",
        "ApplicationId": "08e18876-6177-487e-b8b5-cf950c1e598c", "AuthenticationType": "OAuth",
        "BrowserName": "Chrome", "BrowserVersion": "141", "CorrelationId": f"c{number:032x}",
        "EventSource": "SharePoint", "IsManagedDevice": False, "ItemType": "File",
        "ListId": "d5f3-01", "ListItemUniqueId": f"{file:032x}", "Platform": "WinDesktop",
        "Site": "s-01", "UserAgent": _AGENTS[person % len(_AGENTS)], "WebId": "w-01",
        "SiteUrl": f"https://corp-my.sharepoint.com/personal/p{person}/",
        "HighPriorityMediaProcessing": False, "SourceFileExtension": "xlsx",
        "SourceRelativeUrl": "Documents",
        "SourceFileName": f"f{file}.xlsx", "ApplicationDisplayName": "OneDrive",
    }  # fmt: skip


def _dropbox(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(
        ["file_preview", "file_edit", "file_download", "file_add", "login_success",
         "shared_content_add_member", "file_delete"]
    )  # fmt: skip
    return {
        "timestamp": when[:19] + "Z", "event_category": {".tag": "file_operations"},
        "actor": {".tag": "user", "user": {
            ".tag": "team_member", "account_id": f"dbid:A{person}", "display_name": f"P {person}",
            "email": f"person{person}@corp.example", "team_member_id": f"dbmid:A{person}"}},
        "origin": {"geo_location": {"city": "Lund", "region": "Skane", "country": "SE",
                                    "ip_address": ip},
                   "access_method": {".tag": "end_user", "end_user": {".tag": "web",
                                                                      "session_id": "dbwsid:1"}}},
        "involve_non_team_member": False,
        "context": {".tag": "team_member", "account_id": f"dbid:A{person}"}, "participants": [],
        "assets": [{".tag": "file", "path": {
            "contextual": f"/Team/f{file}.xlsx",
            "namespace_relative": {"ns_id": "1", "relative_path": f"/f{file}.xlsx"}},
            "display_name": f"f{file}.xlsx", "file_id": f"id:{file}", "file_size": file * 37}],
        "event_type": {".tag": word, "description": word.replace("_", " ")},
        "details": {".tag": f"{word}_details"},
    }  # fmt: skip


def _cloudtrail(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(
        ["GetObject", "PutObject", "ListObjects", "DescribeInstances", "AssumeRole", "HeadObject",
         "DeleteObject"]
    )  # fmt: skip
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole", "principalId": f"AROA{person:012d}:session",
            "arn": f"arn:aws:sts::123456789012:assumed-role/Role{person}/session",
            "accountId": "123456789012", "accessKeyId": f"ASIA{person:012d}",
            "sessionContext": {"sessionIssuer": {"type": "Role", "userName": f"Role{person}",
                                                 "accountId": "123456789012"},
                               "attributes": {"creationDate": when, "mfaAuthenticated": "false"}}},
        "eventTime": when[:19] + "Z", "eventSource": "s3.amazonaws.com", "eventName": word,
        "awsRegion": "eu-north-1", "sourceIPAddress": ip, "userAgent": "[aws-sdk-java/2.20]",
        "requestParameters": {"bucketName": f"bucket-{file % 90}", "key": f"data/{file}.parquet",
                              "Host": "s3.eu-north-1.amazonaws.com"},
        "responseElements": None,
        "additionalEventData": {"SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128",
                                "bytesTransferredIn": 0, "bytesTransferredOut": file * 37},
        "requestID": f"R{number:015X}", "eventID": f"{number:032x}", "readOnly": True,
        "resources": [{"type": "AWS::S3::Object",
                       "ARN": f"arn:aws:s3:::bucket-{file % 90}/data/{file}.parquet"}],
        "eventType": "AwsApiCall", "managementEvent": False, "recipientAccountId": "123456789012",
        "eventCategory": "Data",
    }  # fmt: skip


def _ocsf(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(["9", "3", "2", "1", "5", "12", "4"])
    return {
        "class_uid": 6006, "class_name": "File Hosting Activity", "category_uid": 6,
        "activity_id": int(word), "type_uid": 600600 + int(word), "severity_id": 1,
        "time": int(datetime.fromisoformat(when).timestamp() * 1000),
        "metadata": {"version": "1.3.0", "uid": f"{number:032x}", "tenant_uid": "t1",
                     "product": {"name": "Files", "vendor_name": "Vendor"}},
        "actor": {"user": {"name": f"person{person}", "uid": str(person),
                           "email_addr": f"person{person}@corp.example"}},
        "src_endpoint": {"ip": ip}, "http_request": {"user_agent": _AGENTS[person % len(_AGENTS)]},
        "file": {"name": f"f{file}.xlsx", "type_id": 1, "uid": str(file), "size": file * 37,
                 "path": f"/team/f{file}.xlsx", "owner": {"email_addr": "o@corp.example"}},
    }  # fmt: skip


def _graph(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(
        ["Update user", "Add member to group", "Consent to application", "Add user",
         "Add member to role", "Update policy", "Delete user"]
    )  # fmt: skip
    changed = [
        {"displayName": name, "oldValue": None, "newValue": json.dumps(value)}
        for name, value in (("Role.DisplayName", f"Role {file % 40}"), ("Included", "Role"))
    ]
    return {
        "id": f"Directory_{number:032x}", "category": "UserManagement", "result": "success",
        "correlationId": f"{number:032x}", "resultReason": "", "activityDisplayName": word,
        "activityDateTime": when, "loggedByService": "Core Directory", "operationType": "Update",
        "initiatedBy": {"app": None, "user": {
            "id": f"{person:032x}", "displayName": f"Person {person}", "ipAddress": ip,
            "userPrincipalName": f"person{person}@corp.example"}},
        "targetResources": [
            {"id": f"{file:032x}", "displayName": f"Guest {file}", "type": "User",
             "userPrincipalName": f"guest{file}@corp.example", "groupType": None,
             "modifiedProperties": changed}],
        "additionalDetails": [{"key": "User-Agent", "value": _AGENTS[person % len(_AGENTS)]}],
    }  # fmt: skip


def _signin(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(["0", "50126", "53003", "50053"])
    return {
        "id": f"{number:032x}", "createdDateTime": when, "userDisplayName": f"Person {person}",
        "userPrincipalName": f"person{person}@corp.example", "userId": f"{person:032x}",
        "appId": f"{file % 40:032x}", "appDisplayName": f"App {file % 40}", "ipAddress": ip,
        "clientAppUsed": "Browser", "correlationId": f"c{number:032x}", "isInteractive": True,
        "conditionalAccessStatus": "notApplied", "resourceDisplayName": "Office 365",
        "status": {"errorCode": int(word), "failureReason": "Other.", "additionalDetails": None},
        "deviceDetail": {"deviceId": "", "operatingSystem": "Windows 10", "browser": "Edge 141.0"},
        "location": {"city": "Lund", "state": "Skane", "countryOrRegion": "SE",
                     "geoCoordinates": {"latitude": 55.7, "longitude": 13.19}},
    }  # fmt: skip


def _box_row(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(["Preview", "Download", "Edit", "Upload", "Login"])
    return {
        "Date": when, "User Name": f"Person {person}", "User Email": f"person{person}@corp.example",
        "User ID": str(person), "IP Address": ip, "Action": word, "Affected": f"f{file}.xlsx",
        "Affected ID": str(10**11 + file), "Size (Bytes)": str(file * 37),
    }  # fmt: skip


def _google_row(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(["View", "Edit", "Download", "Create", "Trash"])
    return {
        "Item name": f"Doc {file}", "Event description": f"person{person} did, {word}",
        "User": f"person{person}@corp.example", "Date": when, "Event name": word,
        "Item id": f"1{file:043x}", "Item type": "Google Sheets", "Visibility": "Private",
        "Owner": f"person{file % 900}@corp.example", "IP address": ip,
    }  # fmt: skip


def _dropbox_row(world: _World, number: int) -> Json:
    word, person, file, ip, when = world.event(["file_preview", "file_edit", "file_download"])
    return {
        "Time": when, "Event": word.replace("_", " "), "Event type": word,
        "Member": f"Person {person}", "Email": f"person{person}@corp.example", "IP address": ip,
        "File name": f"f{file}.xlsx", "Path": f"/Team/f{file}.xlsx",
    }  # fmt: skip


#: Builders of each format's records, in the shape that the service documents.
FORMATS: dict[str, Callable[[_World, int], Json]] = {
    "box": _box,
    "google": _google,
    "microsoft365": _microsoft,
    "microsoft_graph": _graph,
    "microsoft_signins": _signin,
    "dropbox": _dropbox,
    "cloudtrail": _cloudtrail,
    "ocsf": _ocsf,
    "box_csv": _box_row,
    "google_csv": _google_row,
    "dropbox_csv": _dropbox_row,
}


#: The layouts of records: one per line, elements of one list, a column of a CSV export, a folder of
#: gzip files of 1,000 records each, text in Splunk's records, rows of a table.
SHAPES = ("lines", "list", "CSV", "files", "Splunk", "table")
#: The layouts that not every service has.
_ONLY = {"CSV": "microsoft365", "files": "cloudtrail", "Splunk": "microsoft365"}
_PER_FILE = 1_000


def _shapes(format: str) -> list[str]:
    """Return the layouts in which a format is measured."""
    if format.endswith("_csv"):
        return ["table"]
    return [shape for shape in SHAPES[:-1] if _ONLY.get(shape, format) == format]


def write_log(format: str, count: int, path: Path, *, shape: str = "lines") -> None:
    """Write synthetic records in one of `SHAPES`."""
    world, make = _World(), FORMATS[format]
    texts: Iterator[str] = (
        json.dumps(make(world, number), separators=(",", ":")) for number in range(count)
    )
    if shape == "files":
        _write_files(texts, path)
        return
    if shape == "table":
        _write_table(map(json.loads, texts), path)
        return
    if shape == "Splunk":
        texts = (json.dumps({"preview": False, "result": {"_raw": text}}) for text in texts)
    begin, between, end = {"lines": ("", "\n", "\n"), "list": ("[", ",", "]"),
                           "CSV": ("CreationDate,AuditData\n", "\n", "\n")
                           }.get(shape, ("", "\n", "\n"))  # fmt: skip
    with path.open("w", encoding="utf-8") as file:
        file.write(begin)
        for number, text in enumerate(texts):
            quoted = text.replace('"', '""')
            row = f'2026-01-05T00:00:00,"{quoted}"' if shape == "CSV" else text
            file.write(between * bool(number) + row)
        file.write(end)


def _write_files(texts: Iterator[str], folder: Path) -> None:
    """Write records as CloudTrail delivers them."""
    folder.mkdir()
    number = 0
    while some := list(islice(texts, _PER_FILE)):
        text = '{"Records":[' + ",".join(some) + "]}"
        (folder / f"{number:06}.json.gz").write_bytes(gzip.compress(text.encode(), 6))
        number += 1


def _write_table(rows: Iterator[Json], path: Path) -> None:
    """Write records as a console's CSV export."""
    first = next(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(first))
        table.writeheader()
        table.writerow(first)
        table.writerows(rows)


def run(quick: bool = False) -> Report:
    """Measure each format once: a million records are repetition enough."""
    return rates(RECORDS // 100 if quick else RECORDS, list(FORMATS))


def rates(count: int, formats: Sequence[str]) -> Report:
    """Measure imports of so many records of some formats."""
    report = Report(
        "logs",
        f"{count:,} synthetic records of each format, as lines, as one list and, of Microsoft 365, "
        "in the CSV export's column `AuditData`, of CloudTrail as a folder of gzip files of 1,000 "
        "records each, as rows of the consoles' CSV files, and in Splunk's export, to Parquet with "
        "`raw`; each in a fresh process, "
        f"by the clock on {os.cpu_count()} processors, with imports of Python, and per second of "
        "a single one.",
    )
    with tempfile.TemporaryDirectory() as folder:
        for format in formats:
            for shape in _shapes(format):
                _add(report, format, shape, count, Path(folder) / shape)
    return report


def _add(report: Report, format: str, shape: str, count: int, path: Path) -> None:
    """Measure an import, and for lines also the script that an analyst would write."""
    write_log(format, count, path, shape=shape)
    usual, alone = _measure("usual", path), _measure("alone", path)
    by_clock, rate, peer = count / usual["seconds"], count / alone["cpu"], ""
    if shape == "lines":
        other = _measure("peer", path)
        peer = f", {rate * other['cpu'] / other['records']:.1f} times json + json_normalize"
    files = path.iterdir() if path.is_dir() else [path]
    size = sum(file.stat().st_size for file in files) / count
    report.add(
        f"{format}, {shape} ({size:.0f} bytes each)", by_clock, "records/s",
        f"{rate:,.0f} a processor second{peer}; peak {usual['peak'] / 1e6:.0f} MB, alone "
        f"{alone['peak'] / 1e6:.0f} MB",
    )  # fmt: skip
    report.goals += [
        Goal(f"{format}, {shape}: records/s", by_clock, 100_000, at_least=True),
        Goal(f"{format}, {shape}: peak memory", usual["peak"] / 1e6, 500, unit="MB"),
    ]


def _measure(what: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.logs", what, str(path)],
        check=True,
        stdout=subprocess.PIPE,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _import(path: Path) -> int:
    import kloudless_data as kd

    log = kd.read_log(path, progress=False)
    manifest = log.to_parquet(path.with_suffix(".parquet"), force=True)
    assert log.damaged_count == 0, log.damaged[:3]
    return manifest.rows


def _peer(path: Path) -> int:
    """Do what a script would: parse, flatten, write."""
    import pandas as pd

    with path.open(encoding="utf-8") as file:
        records = [json.loads(line) for line, _ in zip(file, range(PEER), strict=False)]
    frame = pd.json_normalize(records, sep="_").astype("string")
    frame.to_parquet(path.with_suffix(".peer.parquet"), compression="zstd")
    return len(records)


def _peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) * 1024


#: Where the time goes: a function or a module of `kloudless_data.logs` -> a description.
_STAGES = {
    "_stored": "reading and SHA-256", "update": "reading and SHA-256", "split": "where records are",
    "texts": "where records are", "recognise": "where records are", "_read_all": "parsing JSON",
    "_read_each": "parsing JSON", "records": "columns", "convert": "columns", "times": "columns",
    "nested": "parsing JSON", "_by_name": "columns", "column": "columns",
}  # fmt: skip


def _shares(path: Path) -> dict[str, float]:
    """Return each import stage's share of the processor time (0 to 1)."""
    _import(path)  # one-time reads and imports are not the records'
    profile = cProfile.Profile(time.process_time)
    profile.runcall(_import, path)
    stages: Counter[str] = Counter()
    for where, (_, _, own, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        stage = _stage_of(where)
        if stage is not None:
            stages[stage] += own
        else:  # foreign code counts for its callers
            for caller, (_, _, part, _) in callers.items():
                stages[_stage_of(caller) or "Parquet, and the rest"] += part
    whole = sum(stages.values())
    return {stage: seconds / whole for stage, seconds in stages.most_common()}


def _stage_of(where: tuple[str, int, str]) -> str | None:
    file, _, function = where
    if "kloudless_data/logs" not in file:
        return None
    return _STAGES.get(function) or _STAGES.get(Path(file).stem)


def _print_shares() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for format in FORMATS:
            path = Path(folder) / "log"
            write_log(format, PEER, path, shape=_shapes(format)[0])
            shares = _measure("share", path)
            told = ", ".join(f"{stage} {share:.0%}" for stage, share in shares.items())
            print(f"{format}: {told}")


def _main(what: str, path: str) -> None:
    started = time.perf_counter()
    import pyarrow as pa

    for name in ("pandas", "pyarrow.parquet", "kloudless_data.export", "kloudless_data.logs"):
        importlib.import_module(name)
    if what != "usual":
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
        pa.set_cpu_count(1)
    if what == "share":
        print(json.dumps(_shares(Path(path))))
        return
    cpu = time.process_time()
    records = _peer(Path(path)) if what == "peer" else _import(Path(path))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu, "records": records, "peak": _peak()}))


if __name__ == "__main__":
    if sys.argv[1:] == ["shares"]:
        _print_shares()
    elif sys.argv[1] == "rates":
        print(rates(int(sys.argv[2]), sys.argv[3:] or list(FORMATS)).as_text())
    else:
        _main(*sys.argv[1:])
