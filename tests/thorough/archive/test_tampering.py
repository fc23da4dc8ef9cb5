"""Anything removed, altered, reordered or added is found."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archives import check_against_history, client_of

from kloudless_data import exceptions
from kloudless_data.archive import Archive
from kloudless_data.archive.ledger import Entry
from kloudless_data.cli import main


def ledger_files(archive):
    return sorted((Path(archive.path) / "ledger").glob("month=*/*.parquet"))


def tamper(archive, change):
    """Rewrite the ledger's files without the ledger's knowledge."""
    for path in ledger_files(archive):
        table = pq.read_table(path, partitioning=None)
        rows = change(table.to_pylist())
        pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)


def fails(archive, match, **options):
    with pytest.raises(exceptions.VerificationFailed, match=match):
        archive.verify(**options)


@pytest.fixture
def synced(archive, server):
    """An archive with at least three entries per account."""
    archive.sync(client_of(server))
    archive.sync(client_of(server))
    assert archive.verify() >= 9
    return archive


def more_events(rows):
    return [{**row, "events": row["events"] + 1} for row in rows]


def more_events_in_one(rows):
    return [{**row, "events": 7} if row["sequence"] == 1 else row for row in rows]


def without_the_second(rows):
    return [row for row in rows if row["sequence"] != 2]


def without_the_last(rows):
    return [row for row in rows if row["reached_end"] is not True]


def renumbered(rows):
    return [{**row, "sequence": row["sequence"] ^ 3} for row in rows]


def other_files(rows):
    return [{**row, "files": '[["month=2026-03/x.parquet", 1, "00"]]'} for row in rows]


def no_json(rows):
    return [{**row, "files": "x"} for row in rows]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (more_events, "was altered"),
        (more_events_in_one, "entry 1 was altered"),
        (without_the_second, "entries before number 3 are missing, or were altered"),
        (without_the_last, "the latest entry is missing from the ledger"),
        (lambda rows: rows[1:], "missing"),
        (renumbered, "missing|altered"),
        (other_files, "was altered"),
        (no_json, "was altered"),
    ],
)
def test_an_entry_that_was_altered_removed_or_reordered(synced, change, says):
    tamper(synced, change)
    fails(synced, says)


def test_an_entry_that_was_altered_with_all_hashes_made_to_fit(synced, server):
    """The table's log names the beginning of each latest entry's hash."""
    rows = [row for path in ledger_files(synced) for row in pq.read_table(
        path, partitioning=None).to_pylist()]  # fmt: skip
    forged = {}
    for account in map(str, (one.id for one in server.accounts)):
        before = ""
        chain = sorted((row for row in rows if row["account"] == account),
                       key=lambda row: row["sequence"])  # fmt: skip
        for row in chain:
            entry = replace(Entry.from_row(row), previous=before, lost=True).sealed()
            forged[row["hash"]], before = entry.to_row(), entry.hash

    tamper(synced, lambda rows: [forged[row["hash"]] for row in rows])
    fails(synced, "the latest entry is missing from the ledger, or was altered")


def test_a_broken_chain_is_not_called_covered(synced):
    before = synced.coverage()
    assert set(before["state"]) == {"covered"}
    tamper(synced, without_the_second)
    # Nothing proves entry 1 any more, and entry 3 continues from something unknown.
    assert synced.coverage()["events"].sum() < before["events"].sum()


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"PAR1 not")])
def test_a_file_of_the_ledger_that_is_missing_or_damaged(synced, damage):
    damage(ledger_files(synced)[0])
    fails(synced, "ledger .* is missing or damaged")
    with pytest.raises(exceptions.ArchiveFailed, match="missing or damaged"):
        synced.coverage()


def test_a_data_file_that_was_changed_or_removed(archive):
    first, second, *_ = sorted((Path(archive.path) / "events").glob("month=*/*.parquet"))
    rows = pq.read_table(first, partitioning=None)
    pq.write_table(rows.slice(1), first)
    second.unlink()
    with pytest.raises(exceptions.VerificationFailed) as caught:
        archive.verify()
    text = str(caught.value)
    assert f"{first.name} was changed" in text
    assert f"{second.name} is missing" in text


def test_rows_that_were_written_past_the_ledger(archive):
    from deltalake import write_deltalake

    rows = archive.dataset().to_table().slice(0, 1)
    write_deltalake(f"{archive.path}/events", rows, mode="append")
    fails(archive, "in no entry of the ledger")


def test_rows_that_were_deleted_past_the_ledger(archive, server):
    from deltalake import DeltaTable

    account = server.accounts[0].id
    DeltaTable(f"{archive.path}/events").delete(f"account_key = '{account}'")
    fails(archive, "was removed from the table")


def test_a_restored_copy_is_found_by_an_anchor(archive, server, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(archive.path, copy)
    anchors = [archive.sync(client_of(server)).anchor for _ in range(2)]
    assert archive.verify(anchors=anchors) > 0
    archive.compact()
    assert archive.verify(anchors=anchors) > 0
    arguments = ["archive", "verify", archive.path, "--anchor", anchors[0]]
    assert main(arguments) == 0
    earlier = Archive(copy)
    assert earlier.verify() > 0  # by itself it is whole
    fails(earlier, "is not as its anchor says", anchors=anchors)
    assert main(["archive", "verify", str(copy), "--anchor", anchors[0]]) == 1
    assert main(["archive", "verify", str(copy), "--anchor", "yesterday"]) == 2
    assert "is not an anchor" in capsys.readouterr().err


def test_files_that_another_program_rewrote_are_verified_by_their_rows(archive, server, caplog):
    """After another program's OPTIMIZE and VACUUM, nothing is missing, and a warning says so."""
    from deltalake import DeltaTable

    expected = archive.events()
    entries = archive.verify()
    for name in ("events", "ledger"):
        table = DeltaTable(f"{archive.path}/{name}")
        assert table.optimize.compact()["numFilesRemoved"] > 1
        assert table.vacuum(0, dry_run=False, enforce_retention_duration=False)
    assert archive.verify() == entries
    assert "Another program rewrote files" in caplog.text
    assert archive.events().equals(expected)
    archive.sync(client_of(server))
    archive.compact()
    check_against_history(archive, server)
    last = expected["modified"].max()
    assert (archive.events(since=last)["modified"] == last).all()
    assert len(archive.events(since=last)) >= 1
    assert archive.verify() > entries


def rewritten(archive, change):
    """Replace all of the events' files, like another program that rewrites the table."""
    from deltalake import write_deltalake

    rows = archive.dataset().to_table().to_pylist()
    table = pa.Table.from_pylist(change(rows), schema=archive.dataset().schema)
    write_deltalake(f"{archive.path}/events", table, mode="overwrite", partition_by=["month"])


def test_changes_made_during_a_rewrite_are_found(archive, caplog):
    rewritten(archive, lambda rows: rows[::-1])
    archive.verify()
    assert "Another program rewrote files" in caplog.text
    rewritten(archive, lambda rows: [{**rows[0], "type": "renamed"}, *rows[1:]])
    fails(archive, r"the rows of entry \d+ were changed.*in no entry of the ledger")


def test_rows_moved_during_a_rewrite_are_found(archive):
    def moved(rows):
        return [{**row, "ordinal": 6 if row["ordinal"] == 5 else row["ordinal"]} for row in rows]

    rewritten(archive, moved)
    fails(archive, "missing or duplicate rows")


def test_types_that_arrow_cannot_compare_are_reported(archive):
    """An UPDATE of delta-rs leaves strings of another Arrow type."""
    from deltalake import DeltaTable

    DeltaTable(f"{archive.path}/events").update(
        predicate="ordinal = 5", updates={"type": "'renamed'"}
    )
    fails(archive, "cannot be read|were changed")


def test_entries_without_a_digest_are_counted_with_a_warning(server, tmp_path, caplog, monkeypatch):
    """Archives of an earlier version have such entries."""
    from deltalake import DeltaTable

    monkeypatch.setattr("kloudless_data.archive.commit.digest_of", lambda rows: None)
    archive = Archive(tmp_path / "old")
    archive.sync(client_of(server), page_size=100, flush_rows=500)
    DeltaTable(f"{archive.path}/events").optimize.compact()
    assert archive.verify() > 0
    assert "only the number of rows was compared" in caplog.text
