"""The tables of a snapshot, and the database that its queries share."""

from __future__ import annotations

import pickle
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from deltalake import DeltaTable

from kloudless_data.access.ledger import Ledger
from kloudless_data.access.store import Batch, Store

NOW = datetime(2026, 3, 2, tzinfo=UTC)
COUNT = "select count(*) from ledger"


@pytest.fixture
def store(read_world):
    one = read_world(people=5, items=20, changes=0)
    return one.access.store


def test_queries_at_a_time_see_only_their_own_views(store):
    with store.connected("ledger") as first, store.connected("ledger", "items") as second:
        assert first.execute(COUNT).fetchall() == second.execute(COUNT).fetchall()
        first.execute("create temp table mine as select 1")
        assert "mine" not in {name for (name,) in second.execute("show tables").fetchall()}
        assert {name for (name,) in first.execute("show tables").fetchall()} == {"ledger", "mine"}
    with store.connected() as later:
        assert later.execute("show tables").fetchall() == []


def test_the_tables_of_a_workspace_go_with_it(store):
    for _ in range(2):
        with store.workspace("ledger") as connection:
            connection.execute("create table kept as select * from ledger")
            assert connection.execute("select count(*) from kept").fetchone()[0] > 0


def test_a_store_that_was_queried_can_be_pickled(store):
    with store.connected("ledger") as connection:
        expected = connection.execute(COUNT).fetchall()
    with pickle.loads(pickle.dumps(store)).connected("ledger") as connection:
        assert connection.execute(COUNT).fetchall() == expected


def entered(store, *passes, state="begun"):
    batch = Batch(store)
    for name in passes:
        batch.enter("7", "pass", name, state, NOW, cursor=name)
    batch.commit(NOW)


def test_what_others_write_is_seen(tmp_path):
    one, other = Store(tmp_path / "access"), Store(tmp_path / "access")
    one.create()
    ledger = Ledger(one, "7")
    assert (one.version(), ledger.latest_pass()) == (0, None)
    entered(other, "a")
    assert (one.version(), ledger.latest_pass(), ledger.unfinished()) == (1, "begun", "a")
    entered(other, "a", state="finished")
    assert (one.version(), ledger.latest_pass(), ledger.unfinished()) == (2, "finished", None)
    DeltaTable(one.uri("ledger")).delete("state = 'finished'")
    assert (ledger.latest_pass(), ledger.unfinished()) == ("begun", "a")
    entered(one, "b")
    assert other.dataset("ledger").count_rows() == 2
    assert Ledger(other, "7").knows_position("b")


def test_a_snapshot_that_replaces_another_is_read(tmp_path):
    one = Store(tmp_path / "access")
    one.create()
    for name in "abc":
        entered(one, name)
    assert Ledger(one, "7").knows_position("c")
    shutil.rmtree(tmp_path / "access")
    other = Store(tmp_path / "access")
    other.create()
    entered(other, "d")
    assert one.version() == 1
    assert one.dataset("ledger").to_table()["key"].to_pylist() == ["d"]
    ledger = Ledger(one, "7")
    assert (ledger.knows_position("c"), ledger.knows_position("d")) == (False, True)


def test_a_picture_misses_nothing_that_is_read_again_while_it_opens_the_tables(
    read_world, monkeypatch
):
    one = read_world(people=5, items=20, changes=0)
    before, opens, opened = len(one.access.items()), Store.duckdb_input, []

    def reading_meanwhile(store, table):
        found = opens(store, table)
        if table == "items" and not opened:
            opened.append(table)
            one.access.snapshot(one.account)
        return found

    monkeypatch.setattr(Store, "duckdb_input", reading_meanwhile)
    later = one.now() + timedelta(hours=1)
    assert len(one.access.items(at=later)) == before > 0
    assert opened
