"""Servers that send anything, and ledgers that anybody wrote, cause no crash and no false claim."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archives import client_of

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.archive import Archive

from .hostile import EVENT, hostile
from .test_tampering import ledger_files


@pytest.fixture
def server_told():
    with hostile() as told:
        yield told


@pytest.mark.parametrize(
    ("date", "means"),
    [
        ("Sun, 01 Mar 2026 17:00:00 +0200", datetime(2026, 3, 1, 15, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 17:00:00 EST", datetime(2026, 3, 1, 22, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 17:00:00 GMT", datetime(2026, 3, 1, 17, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 99:00:00 GMT", None),
        ("Sun, 01 Mar 99999999999 17:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:00:00 -1400", None),
        ("Sun, 01 Mar 2026 17:00:00 +99999999", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_date_of_any_kind(server_told, tmp_path, date, means):
    server_told.date = date
    archive = Archive(tmp_path / "a")
    report = archive.sync(server_told.client())
    assert (report.events, report.failures) == (2, {})
    assert archive.verify(anchors=[report.anchor]) == 2
    told = archive.sql("select server_time from ledger")["server_time"].astype(object)
    assert told.where(told.notna(), None).tolist() == [means] * 2


def test_a_clock_in_another_zone_alters_no_entry(server, tmp_path):
    zone = timezone(timedelta(hours=5, minutes=30))
    archive = Archive(tmp_path / "a", now=lambda: server.clock.now.astimezone(zone))
    archive.sync(client_of(server))
    assert archive.verify() == 3


@pytest.mark.parametrize("id", [None, "", {"a": 1}, "\ud800", []])
def test_an_account_without_an_id_does_not_hold_up_the_others(server_told, tmp_path, id):
    server_told.accounts = [{"id": id}, {"id": 2}]
    archive = Archive(tmp_path / "a")
    report = archive.sync(server_told.client())
    assert (report.accounts, report.events, len(report.failures)) == (1, 1, 1)
    alone = kd.Account(token="a-token", base_url=server_told.url)
    assert list(Archive(tmp_path / "b").sync(alone).failures) == ["account number 1 of those given"]
    archive.verify()


@pytest.mark.parametrize("created", [None, "soon", {"a": 1}, [1], 1_700_000_000, "x\ud800"])
def test_an_accounts_creation_time_may_be_anything(server_told, tmp_path, created):
    server_told.accounts = [{"id": 1, "created": created}]
    archive = Archive(tmp_path / "a")
    assert archive.sync(server_told.client()).ok
    assert archive.sync(kd.Account(token="a-token", base_url=server_told.url)).ok
    archive.coverage()
    assert archive.verify() == 2


def test_a_cursor_that_is_not_text_does_not_hold_up_the_others(server_told, tmp_path):
    server_told.pages = {"1": {"cursor": "\ud800", "objects": [EVENT]}}
    archive = Archive(tmp_path / "a")
    for events in (1, 0):
        report = archive.sync(server_told.client())
        assert (list(report.failures), report.events) == (["1"], events)
    archive.verify()


def test_a_page_without_a_cursor_is_not_the_end_while_more_is_waiting(server_told, tmp_path):
    server_told.pages = {"1": {"remaining": 5_000, "objects": [EVENT]}}
    archive = Archive(tmp_path / "a")
    report = archive.sync(server_told.client())
    assert list(report.failures) == ["1"]
    assert "more events are waiting" in report.failures["1"]
    assert set(archive.coverage()["account"]) == {"2"}


# --- Ledgers -----------------------------------------------------------------------------------


def rewrite(archive, change):
    for path in ledger_files(archive):
        pq.write_table(change(pq.read_table(path, partitioning=None)), path)


def with_values(name, value):
    def change(table):
        column = pa.array([value] * table.num_rows, table.schema.field(name).type)
        return table.set_column(table.schema.get_field_index(name), name, column)

    return change


CHANGES = [
    *[with_values("files", text) for text in ("[1]", '["ab"]', '[[["x"],1,"s"]]', "[" * 100_000)],
    with_values("removed", "[[1]]"),
    *[with_values(name, None) for name in ("hash", "previous", "account", "rows", "reached_end",
                                           "rows_before", "asked", "events", "version")],
    *[lambda table, name=name: table.drop_columns(name) for name in ("sequence", "hash", "rows")],
    with_values("server_time", 2**62),
    lambda table: pa.concat_tables([table, table]),
    lambda table: table.slice(0, 0),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_a_forged_ledger_is_reported_without_a_crash(archive, server, number):
    archive.sync(client_of(server))
    rewrite(archive, CHANGES[number])
    with pytest.raises(exceptions.VerificationFailed):
        archive.verify()
    for use in (archive.coverage, archive.status, lambda: archive.sync(client_of(server))):
        with contextlib.suppress(exceptions.ArchiveFailed):  # which says what to do; nothing else
            use()


def test_statistics_that_hide_rows_are_found(archive):
    account = archive.events(columns=["account_key"])["account_key"].iloc[0]
    log = Path(archive.path) / "events" / "_delta_log"
    for path in log.glob("*.json"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            if "add" in line:
                stats = json.loads(line["add"]["stats"])
                stats["minValues"]["account_key"] = stats["maxValues"]["account_key"] = "zzz"
                line["add"]["stats"] = json.dumps(stats)
        path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    assert archive.events(accounts=account).empty
    with pytest.raises(exceptions.VerificationFailed, match="log says of the file"):
        archive.verify()


def test_wrong_arguments_are_refused(archive, server):
    for which in ({"columns": ["nope"]}, {"since": "nat"}, {"until": []}):
        with pytest.raises(exceptions.InvalidParameter):
            archive.events(**which)
        with pytest.raises(exceptions.InvalidParameter):
            archive.export("never.csv", "csv", **which)
    with pytest.raises(exceptions.InvalidParameter, match="does not accept person"):
        archive.export("never.csv", "csv", person="x")
    for accounts in (5, ["x"], [None]):
        with pytest.raises(exceptions.InvalidParameter, match="synced with accounts or a client"):
            archive.sync(accounts)
    with pytest.raises(exceptions.InvalidParameter, match="has a %"):
        Archive("a%20b")


def test_a_data_file_that_is_missing_has_a_remedy(archive, server):
    for path in (Path(archive.path) / "events").glob("month=*/*.parquet"):
        path.unlink()
    for use in (archive.events, lambda: archive.export(Path(archive.path) / "e.csv", "csv")):
        with pytest.raises(exceptions.KloudlessException, match="verify|missing"):
            use()
