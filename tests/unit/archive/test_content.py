"""What counts as a repetition or as another event, and digests that depend only on values."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kloudless_data as kd
from kloudless_data.archive import Archive
from kloudless_data.archive.content import digest_of

from .served import Served, event


@pytest.fixture
def sync(serve, tmp_path):
    """Return a function that serves events of account 77 and syncs the same archive with them."""
    archive = Archive(tmp_path / "a")

    def sync_with(*events, **options):
        server = serve(Served({"77": list(events)}))
        client = kd.Client(api_key="an-api-key", base_url=server.base_url)
        return archive, archive.sync(client, moved=True, **options)

    return sync_with


def test_another_event_under_the_same_id_is_kept_and_counted(sync):
    archive, report = sync(event("a", "update"), event("a", "delete"), event("a", "update"))
    assert archive.events()["type"].tolist() == ["update", "delete"]
    assert (report.events, report.repeated, report.conflicts) == (2, 1, 1)
    ledger = archive.sql("select rows, conflicts from ledger where rows > 0")
    assert ledger.to_numpy().tolist() == [[2, 1]]
    archive.verify()


def test_even_if_a_later_sync_brings_it(sync):
    sync(event("a", "update"), event("b"))
    archive, report = sync(event("a", "update"), event("b"), event("a", "delete"), event("c"))
    assert (report.events, report.repeated, report.conflicts) == (2, 0, 1)
    archive.restart("77")
    archive, report = sync(event("a", "update"), event("a", "delete"), event("b", "move"))
    assert (report.events, report.repeated, report.conflicts) == (1, 2, 1)
    assert archive.events()["type"].tolist() == ["update", "add", "delete", "add", "move"]
    archive.verify()


@pytest.mark.parametrize("blank", ["", " ", "\t", None])
def test_a_blank_id_counts_as_no_id(sync, blank):
    archive, report = sync(event(blank, "update"), event(blank, "delete"), event(blank, "update"))
    assert archive.events()["type"].tolist() == ["update", "delete", "update"]
    assert (report.events, report.conflicts) == (3, 0)


def test_a_server_that_begins_again_with_an_event_that_has_no_id_is_noticed(sync):
    sync(event("", "add"), event("a"))
    archive, _ = sync()
    archive.restart("77")
    archive, report = sync(event("", "add"), event("a"))
    assert (report.events, report.repeated) == (1, 1)
    assert archive.sql("select bool_or(restarted) as r from ledger")["r"][0]


def table():
    return pa.table(
        {
            "id": ["a", None, "ü", "a"],
            "size": pa.array([1, None, 3, 4], pa.int64()),
            "ok": [True, None, False, True],
            "modified": pa.array([0, 1, None, 3], pa.timestamp("us", "UTC")),
        }
    )


def test_a_digest_is_the_same_whatever_holds_the_values(tmp_path):
    whole = table()
    pq.write_table(whole, tmp_path / "t.parquet", row_group_size=2, compression="gzip")
    chunked = pa.concat_tables([whole.slice(0, 3), whole.slice(3)])
    more = chunked.append_column("new", pa.nulls(4, pa.string()))
    encoded = whole.set_column(0, "id", whole["id"].dictionary_encode())
    sliced = pa.concat_tables([whole, whole]).slice(4)
    for same in (pq.read_table(tmp_path / "t.parquet"), chunked, more, encoded, sliced,
                 whole.select(["modified", "ok", "size", "id"]),
                 whole.append_column("ordinal", pa.array([1, 2, 3, 4]))):  # fmt: skip
        assert digest_of(same) == digest_of(whole)


@pytest.mark.parametrize(
    ("name", "values"),
    [("id", ["a", "", "ü", "a"]), ("id", ["", "a", "ü", "a"]), ("id", ["aü", None, "", "a"]),
     ("size", [1, 0, 3, 4]), ("ok", [True, False, False, True]), ("ok", [True, None, None, True])],
)  # fmt: skip
def test_and_another_one_for_other_values(name, values):
    whole = table()
    place = whole.column_names.index(name)
    other = whole.set_column(place, name, pa.array(values, whole.schema.field(name).type))
    assert digest_of(other) != digest_of(whole)
    assert digest_of(whole.slice(1)) != digest_of(whole)
