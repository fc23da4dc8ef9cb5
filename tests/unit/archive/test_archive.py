"""An archive: queries, errors, and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import polars
import pyarrow.parquet as pq
import pytest
from archives import check_against_history, client_of
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.archive import Archive
from kloudless_data.cli import main

from ..memory import MemorySandbox


def test_it_holds_what_the_accounts_have(archive, server):
    check_against_history(archive, server)
    account = kd.Account(token=server.accounts[0].token, base_url=server.base_url)
    direct = account.events().to_frame()
    kept = archive.events(accounts=str(server.accounts[0].id), columns=list(direct.columns))
    assert kept.equals(direct)


def test_a_second_sync_finds_only_new_events_and_records_its_requests(archive, server):
    entries = archive.verify()
    report = archive.sync(client_of(server))
    assert (report.accounts, report.events, report.repeated, report.ok) == (3, 0, 0, True)
    assert archive.verify() == entries + 3


def test_queries(archive, server):
    counted = archive.sql("select type, count(*) as n from events group by type order by type")
    assert counted["n"].sum() == 1_800
    some = archive.events(types="delete", columns=["type", "id"])
    assert len(some) == counted.set_index("type")["n"]["delete"]
    every = archive.events()
    for column in ("id", "type", "metadata_name", "user_id"):
        value = every[column].dropna().iloc[0]
        expected = (every[column] == value).sum()
        found = archive.sql(f"select count(*) as n from events where {column} = '{value}'")
        assert found["n"][0] == expected > 0
    nulls = archive.sql("select count(*) as n from events where modified is null")["n"][0]
    assert nulls == every["modified"].isna().sum()
    middle = archive.events()["modified"].quantile(0.5, interpolation="nearest")
    parts = [archive.events(until=middle), archive.events(since=middle)]
    assert sum(map(len, parts)) == 1_800 - nulls
    assert parts[1]["modified"].min() == middle
    with pytest.raises(exceptions.InvalidParameter, match=r"cannot be run: .*\"selekt\"$"):
        archive.sql("selekt")
    with pytest.raises(exceptions.InvalidParameter, match="cannot be read as a time"):
        archive.events(since="yesterdayish")


def test_an_export_of_the_archive(archive, tmp_path):
    manifest = archive.export(tmp_path / "all.parquet", "parquet", columns=["id", "modified"])
    assert manifest.rows == 1_800 == pq.read_table(tmp_path / "all.parquet").num_rows
    kd.verify(tmp_path / "all.parquet")


def test_others_read_the_tables_as_they_are(archive):
    uri = f"{archive.path}/events"
    assert polars.read_delta(uri).height == 1_800
    files = duckdb.sql(f"select count(*) as n from read_parquet('{uri}/*/*.parquet')")
    assert files.df()["n"][0] == 1_800


def test_other_folders_are_not_archives(tmp_path, server):
    with pytest.raises(exceptions.ArchiveFailed, match="There is no archive"):
        Archive(tmp_path / "none").events()
    Archive(tmp_path / "v2").init(api_version=2)
    with pytest.raises(exceptions.ArchiveFailed, match=r"holds events\.v2"):
        Archive(tmp_path / "v2").sync(client_of(server))


@pytest.mark.parametrize("folder", ["events", "ledger/deeper", "new"])
def test_an_archive_is_not_made_inside_another(archive, server, folder):
    before = sorted(Path(archive.path).rglob("*"))
    with pytest.raises(exceptions.InvalidParameter, match="is inside the archive") as caught:
        Archive(f"{archive.path}/{folder}").sync(client_of(server))
    assert f"Use {archive.path}, or a folder outside it." in str(caught.value)
    assert sorted(Path(archive.path).rglob("*")) == before


def test_a_place_where_nothing_can_be_written_is_named_in_plain_words(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(exceptions.ArchiveFailed) as caught:
        Archive(tmp_path / "file" / "archive").init()
    assert f"created in {tmp_path}/file/archive: " in str(caught.value)
    assert ": Not a directory. Choose a writable folder" in str(caught.value)
    assert "Os {" not in str(caught.value)


def test_an_archive_of_an_older_schema_gains_its_columns(server, tmp_path, monkeypatch):
    from kloudless_data.schema import SCHEMAS, Schema

    events = SCHEMAS["events.v1"]
    older = Schema(events.name, events.version, events.columns[:-1])
    with monkeypatch.context() as patch:
        patch.setattr("kloudless_data.archive.archive.events_schema", lambda version: older)
        Archive(tmp_path / "a").init()
    archive = Archive(tmp_path / "a")
    archive.sync(client_of(server))
    check_against_history(archive, server)
    assert events.columns[-1].name in archive.events().columns


def test_the_command(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", server.base_url)
    monkeypatch.setenv("KLOUDLESS_API_KEY", server.api_key)
    path = str(tmp_path / "a")
    assert main(["archive", "init", path]) == 0
    assert main(["archive", "sync", path]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["events"] == 1_800
    assert main(["archive", "status", path, "--json"]) == 0
    assert [row["rows"] for row in json.loads(capsys.readouterr().out)] == [600] * 3
    for arguments in (["status", path, "--coverage"], ["verify", path], ["compact", path],
                      ["sql", path, "select count(*) as n from events"],
                      ["export", path, "--output", str(tmp_path / "e.csv")]):  # fmt: skip
        assert main(["archive", *arguments]) == 0
    assert kd.verify(tmp_path / "e.csv")[0].rows == 1_800
    assert main(["archive", "verify", str(tmp_path / "none")]) == 1
    assert main(["archive", "sync", path, "--every", "soon"]) == 2


def test_an_archive_of_a_newer_format_is_refused(archive, server, monkeypatch):
    monkeypatch.setattr("kloudless_data.archive.delta.creation._FORMAT", 0)
    for use in (archive.events, archive.verify, lambda: archive.sync(client_of(server))):
        with pytest.raises(exceptions.ArchiveFailed, match="Install a newer one"):
            use()


def test_times_that_no_calendar_has(server, tmp_path, monkeypatch):
    """A drifted server may send such times; statistics still decide which files are skipped."""
    import pyarrow as pa

    from kloudless_data.archive import sync as syncing

    decode = syncing.EventStream.decode
    odd = [-62_135_596_800_000_000, 253_402_300_799_999_999, -62_135_600_000_000_000, None]

    def drifted(stream, page):
        batch = decode(stream, page)
        times = batch["modified"].cast(pa.int64()).to_pylist()
        column = pa.array([*odd, *times[4:]], pa.int64()).cast(batch.schema.field("modified").type)
        return batch.set_column(batch.schema.get_field_index("modified"), "modified", column)

    monkeypatch.setattr(syncing.EventStream, "decode", drifted)
    archive = Archive(tmp_path / "a")
    report = archive.sync(client_of(server))
    assert (report.events, report.ok) == (1_800, True)
    archive.compact(target_mb=0.01)
    archive.verify()
    check_against_history(archive, server)
    assert len(archive.events(since="9000-01-01", columns=["id"])) == 3
    assert len(archive.events(until="0002-01-01", columns=["id"])) == 6
    assert not archive.coverage().empty
    assert len(archive.status()) == 3


@pytest.fixture
def other_server():
    """A server with the same account ids, at another address."""
    with MemorySandbox(seed=21, accounts=3, events=600) as running:
        yield running


def kept(archive):
    return archive.events(columns=["account_key", "id"]), archive.verify()


def test_another_server_with_the_same_account_ids_is_refused(archive, server, other_server):
    before = kept(archive)
    for accounts in (client_of(other_server), client_of(other_server).account(7)):
        with pytest.raises(exceptions.ArchiveFailed) as caught:
            archive.sync(accounts)
        assert f"is of {server.base_url}, not of {other_server.base_url}" in str(caught.value)
        assert "moved=True" in str(caught.value)
    events, entries = kept(archive)
    assert events.equals(before[0])
    assert entries == before[1]  # nobody is noted as disconnected


def test_a_server_that_moved_is_accepted_when_somebody_says_so(archive, server, other_server):
    report = archive.sync(client_of(other_server), moved=True)
    assert (report.ok, report.events) == (True, 0)
    assert archive.sync(client_of(other_server)).ok
    with pytest.raises(exceptions.ArchiveFailed, match="not of"):
        archive.sync(client_of(server))
    archive.verify()


def test_an_account_that_returns_after_a_move_is_read_from_where_the_others_are(
    archive, other_server
):
    client = client_of(other_server)
    first, second, _ = (client.account(one.id) for one in other_server.accounts)
    archive.sync(first, moved=True)
    assert archive.sync([first, second]).ok


def test_another_server_without_any_account_in_common_is_refused(archive, serve):
    other = serve(Answer(body=b'{"objects": [{"id": 9, "service": "box"}], "total": 1}'))
    for answer in (b'{"objects": [{"id": 9, "service": "box"}]}', b'{"objects": []}'):
        other.answers[:] = [Answer(body=answer)]
        with pytest.raises(exceptions.ArchiveFailed, match="not of"):
            archive.sync(kd.Client(api_key="a-key", base_url=other.base_url))


def test_the_address_may_be_written_in_another_way(server, archive):
    client = kd.Client(api_key=server.api_key, base_url=server.base_url.upper() + "/")
    assert archive.sync(client).ok


def test_an_archive_that_names_no_server_adopts_the_first(server, other_server, tmp_path):
    archive = Archive(tmp_path / "archive", now=lambda: server.clock.now)
    archive.init(1)
    assert archive.sync(client_of(server)).ok
    with pytest.raises(exceptions.ArchiveFailed, match="not of"):
        archive.sync(client_of(other_server))


def test_the_command_says_that_the_server_moved(archive, other_server, capsys):
    where = ["--base-url", other_server.base_url, "--api-key", other_server.api_key]
    command = ["archive", "sync", str(archive.path), *where]
    assert main(command) == 1
    assert "archive sync PATH --moved" in capsys.readouterr().err
    assert main([*command, "--moved"]) == 0


def test_an_interrupted_export_does_not_continue_with_another_server(serve, tmp_path):
    page = b'{"objects": [{"id": "e1", "account": 7, "type": "add"}], "cursor": "%d"}'
    begun = serve(lambda it: Answer(500) if "cursor=1" in it.path else Answer(body=page % 1))
    other = serve(Answer(body=page % 1))

    def export(server):
        account = kd.Account(token="a-token", base_url=server.base_url, account_id=7)
        events = account.with_options(max_retries=0).events()
        events.to_csv(tmp_path / "events.csv", resume=True, checkpoint_rows=1)

    with pytest.raises(exceptions.ServerException):
        export(begun)
    with pytest.raises(exceptions.ExportFailed, match=f"server = '{begun.base_url}', not"):
        export(other)
