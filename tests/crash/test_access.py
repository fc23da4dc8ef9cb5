"""A killed reading of access loses nothing, duplicates nothing, and claims nothing false."""

from __future__ import annotations

import shutil
import signal
from datetime import UTC, timedelta

import pytest
from repeats import one_of, some

from kloudless_data.access import Access
from kloudless_data.access.effective import pairs
from kloudless_data.sandbox import Company, Sandbox

from .reading_access import start

_TABLES = {"users": "users", "groups": "groups", "members": "memberships", "folder": "items",
           "item": "items", "permissions": "permissions", "links": "links"}  # fmt: skip


@pytest.fixture
def server():
    company = Company(seed=5, people=10, items=140, service="box", changes=30)
    with Sandbox(accounts=1, events=0, organisations=[company]) as running:
        yield running


def read(server, path, **given):
    """Run a reading; return its status and what it returned."""
    status, result, error = start(server, path, **given).finish()
    assert status in (0, -signal.SIGKILL), error
    return status, result


def access_of(server, path):
    now = server.clock.now.astimezone(UTC) + timedelta(hours=1)
    return Access(path, now=lambda: now)


def found(access):
    rows = [row for batch in pairs(access.picture()) for row in batch.to_pylist()]
    known = {(row["person"], row["item"]): row["level"] for row in rows}
    assert len(known) == len(rows)
    return known


def check_ledger(access):
    """Check that every row that an entry claims exists."""
    if not access.store.exists():
        return
    ledger = access.store.dataset("ledger").to_table().to_pandas()
    for table in set(_TABLES.values()):
        rows = access.store.dataset(table).to_table(columns=["unit", "batch"]).to_pandas()
        there = rows.groupby(["unit", "batch"]).size().to_dict()
        kinds = [kind for kind, name in _TABLES.items() if name == table]
        said = ledger[ledger["kind"].isin(kinds) & (ledger["state"] == "read")]
        for entry in said.itertuples():
            assert there.get((entry.unit, entry.batch), 0) == entry.rows


def check_once(access):
    """Check that no unit was read twice in a pass, and that no item is duplicated."""
    ledger = access.ledger().sort_values("asked")
    # After a kill behind its last write, a pass is finished, and the next reading is another one.
    begun = (ledger["kind"] == "pass") & (ledger["state"] == "begun")
    ledger["number"] = begun.cumsum()
    units = ledger[(ledger["state"] == "read") & ~ledger["kind"].isin(["pass", "activity"])]
    assert not units.duplicated(["number", "account", "kind", "key"]).any()
    assert access.items()["id"].is_unique


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("every", some(1, [8, 1]))
def test_a_snapshot_killed_at_its_writes(server, tmp_path, every):
    status, told = read(server, tmp_path / "whole")
    assert (status, told["left"]) == (0, 0)
    whole = found(access_of(server, tmp_path / "whole"))
    assert told["steps"] >= 20
    for number, step in enumerate(one_of(every, range(told["steps"]))):
        path = tmp_path / str(step)
        assert read(server, path, kill_at=step)[0] == -signal.SIGKILL
        check_ledger(access_of(server, path))
        again = step + 3 if number % 2 else None  # half of them are killed a second time
        status, _ = read(server, path, later=60, kill_at=again)
        check_ledger(access_of(server, path))
        assert status in (0, -signal.SIGKILL)
        assert read(server, path, later=120)[0] == 0
        check_ledger(access_of(server, path))
        access = access_of(server, path)
        assert found(access) == whole
        if status:
            check_once(access)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("every", some(1, [6, 1]))
def test_an_update_killed_at_its_writes(server, tmp_path, every):
    assert read(server, tmp_path / "base")[0] == 0
    server.clock.advance(hours=20)
    shutil.copytree(tmp_path / "base", tmp_path / "whole")
    status, told = read(server, tmp_path / "whole", update=True)
    assert status == 0
    whole = found(access_of(server, tmp_path / "whole"))
    assert whole != found(access_of(server, tmp_path / "base"))
    for step in one_of(every, range(1, told["steps"])):
        path = tmp_path / str(step)
        shutil.copytree(tmp_path / "base", path)
        assert read(server, path, update=True, kill_at=step)[0] == -signal.SIGKILL
        check_ledger(access_of(server, path))
        assert read(server, path, later=60, update=True)[0] == 0
        check_ledger(access_of(server, path))
        assert found(access_of(server, path)) == whole
