"""The tables of a snapshot, and the database that its queries share."""

from __future__ import annotations

import pickle

import pytest

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
