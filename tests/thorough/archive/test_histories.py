"""Random histories of unreliable servers: no interval called covered or empty misses an event."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from repeats import some

import kloudless_data as kd
from kloudless_data.archive import Archive
from kloudless_data.archive.coverage import Retention

from .model import KEPT_EVENTS, KEPT_HOURS, TOLERANCE_HOURS, Happened, Model

ACCOUNTS = 10  # each with its own history and ledger
GAPS = [0.1, 0.25, 0.5, 1, 3, 8, 15, 21, 23, 25, 30, 60]  # hours between two syncs


@pytest.mark.parametrize("seed", some(2, range(200)))
def test_covered_and_empty_periods_miss_nothing(serve, tmp_path, seed):
    """Servers of ten accounts each, with a ledger each."""
    model = Model(seed, ACCOUNTS)
    client = kd.Client(api_key="an-api-key", base_url=serve(model).base_url)
    retention = Retention(KEPT_EVENTS, KEPT_HOURS, TOLERANCE_HOURS)
    archive = Archive(tmp_path / "a", now=model.local_time, retention=retention)
    for _ in range(14):
        model.trouble()
        archive.sync(client, page_size=25, progress=False)
        model.pass_time(model.chance.choice(GAPS))
    archive.verify()
    states = check(model, archive)
    assert states["covered"]
    assert states["possibly lost"] + states["lost"]


def check(model, archive):
    coverage, events = archive.coverage(), archive.events(columns=["account_key", "id"])
    for name, happened in model.happened.items():
        have = set(events[events["account_key"] == name]["id"])
        for row in coverage[coverage["account"] == name].itertuples():
            inside = [one.id for one in happened if row.start < one.time <= row.end]
            if row.state in ("covered", "empty"):
                assert set(inside) <= have, row
            assert row.state != "empty" or not inside, row
    return Counter(coverage["state"])


def test_an_interval_that_was_called_empty_is_covered_once_its_events_have_come(serve, tmp_path):
    """A server says "nothing more" too early, and delivers the events at the next read."""
    model = Model(1, 1)
    client = kd.Client(api_key="an-api-key", base_url=serve(model).base_url)
    archive = Archive(tmp_path / "a", now=model.local_time)
    account, start = model.accounts["1"], model.now
    account.events = [Happened(start + timedelta(hours=1), start + timedelta(hours=13), "late")]
    states = []
    for _ in range(3):
        model.now += timedelta(hours=6)
        archive.sync(client)
        states.append(set(archive.coverage()["state"]))
    assert states == [{"empty"}, {"empty"}, {"covered"}]
    covered = archive.coverage().iloc[0]
    assert covered["start"] < start + timedelta(hours=1) <= covered["end"]
