"""What `explore` shows, without a browser."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data.widgets.chart import draw, histogram
from kloudless_data.widgets.selection import Selection

HOUR = 3_600_000_000


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setitem(kd.configuration._values, "time_zone", "UTC")


def show_in(zone):
    kd.configuration["time_zone"] = zone


def micros(*moments):
    return pd.to_datetime(list(moments), utc=True).as_unit("us").asi8


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "modified": pd.to_datetime(
                ["2026-03-05 12:00", "2026-03-01 23:30", None, "2026-03-28 09:00"], utc=True
            ),
            "type": pd.Series(["b", "a", "<b>", "a"], dtype="category"),
            "metadata_name": ["ten", None, "two", "<i>one</i>"],
            "metadata_size": pd.array([10, 2, None, 1_000], dtype="Int64"),
            "extra": ["{}", "x", "y", "z"],
        }
    )


def names(explorer):
    return explorer.frame["metadata_name"].fillna("").iloc[explorer._selection.rows].tolist()


def heading(explorer, name):
    return str(explorer._selection.shown.index(name))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_every_event_is_in_one_bar_and_days_begin_at_midnight(zone):
    show_in(zone)
    rng = np.random.default_rng(5)
    times = micros("2026-02-20")[0] + rng.integers(0, 40 * 24 * HOUR, 5_000)
    counted = histogram(times)
    assert counted.interval == "day"
    assert counted.counts.sum() == len(times)
    local = pd.to_datetime(counted.edges, unit="us", utc=True).tz_convert(zone)
    assert (local == local.normalize()).all()
    expected = pd.Series(pd.to_datetime(times, unit="us", utc=True).tz_convert(zone))
    by_day = expected.dt.normalize().value_counts()
    assert counted.counts.tolist() == [by_day.get(day, 0) for day in local[:-1]]


def test_a_day_on_which_clocks_change_is_an_hour_shorter():
    show_in("Europe/Berlin")
    counted = histogram(micros("2026-03-01", "2026-04-20"))
    assert sorted(set(np.diff(counted.edges).tolist())) == [23 * HOUR, 24 * HOUR]


def test_weeks_begin_on_monday():
    counted = histogram(micros("2026-01-01", "2026-12-01"))
    assert counted.interval == "week"
    assert {day.weekday() for day in pd.to_datetime(counted.edges, unit="us")} == {0}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York", "local"])
def test_the_first_and_the_last_times_that_there_are(zone):
    show_in(zone)
    times = np.array(["0001-01-01", "9999-12-31T23:59:59"], dtype="datetime64[us]")
    counted = histogram(times.astype(np.int64))
    assert counted.counts.sum() == 2
    assert "<svg" in draw(counted)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_a_bar_filters_to_its_interval_and_the_fields_say_so(frame, zone):
    show_in(zone)
    explorer = kd.explore(frame)
    counts = explorer._counted.counts
    for bar in np.flatnonzero(counts).tolist():
        edges = explorer._counted.edges[bar : bar + 2]
        explorer._pick_bar(str(bar))
        assert len(explorer.filtered) == counts[bar]
        inside = explorer.filtered["modified"].astype("datetime64[us, UTC]").astype("int64")
        assert ((inside >= edges[0]) & (inside < edges[1])).all()
        assert explorer.filtered.equals(eval(explorer.code, {"pd": pd, "df": frame}))
        assert ("+09:00" in explorer.begin.value) == (zone == "Asia/Tokyo")
        explorer._clear_filter()
        assert len(explorer.filtered) == len(frame)


@pytest.mark.parametrize("sent", ["-1", "9999", "x", "", "0x1", "1e1"])
def test_picking_anything_but_a_bar_or_a_heading_changes_nothing(frame, sent):
    explorer = kd.explore(frame)
    before = explorer._table.value, explorer._chart.value
    explorer._pick_bar(sent)
    explorer._pick_heading(sent)
    assert (explorer._table.value, explorer._chart.value) == before


def test_a_heading_sorts_and_sorts_back_with_nulls_last(frame):
    explorer = kd.explore(frame)
    assert names(explorer) == ["<i>one</i>", "ten", "", "two"]  # newest first
    explorer._pick_heading(heading(explorer, "metadata_size"))
    assert names(explorer) == ["", "ten", "<i>one</i>", "two"]
    assert 'aria-sort="ascending"' in explorer._table.value
    explorer._pick_heading(heading(explorer, "metadata_size"))
    assert names(explorer) == ["<i>one</i>", "ten", "", "two"]
    assert 'aria-sort="descending"' in explorer._table.value
    explorer._pick_heading(heading(explorer, "type"))
    assert explorer.frame["type"].iloc[explorer._selection.rows].tolist() == ["<b>", "a", "a", "b"]
    explorer.name.value = "t"
    assert names(explorer) == ["two", "ten"]
    assert explorer.filtered.index.tolist() == [0, 2]  # in the frame's own order


def test_alike_rows_stay_newest_first_in_both_directions(frame):
    selection = Selection(frame.assign(type="same"))
    for _ in range(2):
        selection.sort("type")
        assert selection.rows.tolist() == [3, 0, 1, 2]


def test_columns_are_chosen_and_keep_their_places(frame):
    explorer = kd.explore(frame)
    assert explorer.columns.value == ("modified", "type", "metadata_name", "metadata_size")
    explorer.columns.value = ("extra", "metadata_name", "type")
    assert explorer._selection.shown == ["type", "metadata_name", "extra"]
    assert re.findall(r'title="Sort by (\w+)"', explorer._table.value) == ["Type", "Name", "extra"]
    explorer.columns.value = ()
    assert "<td" not in explorer._table.value


def test_times_are_shown_in_the_configured_zone(frame):
    show_in("Asia/Tokyo")
    explorer = kd.explore(frame)
    assert "Time (Asia/Tokyo)" in explorer._table.value
    assert '<td title="2026-03-05 21:00:00">' in explorer._table.value
    assert "Asia/Tokyo" in explorer._chart.value
    assert explorer.begin.placeholder == "first: 2026-03-02 08:30+09:00"


def test_the_static_view_has_the_count_and_the_first_rows(frame):
    many = pd.concat([frame] * 10, ignore_index=True)
    left = kd.explore(many).static()
    assert "40 events" in left
    assert "run this cell again" in left
    assert left.count("<tr>") == 1 + 10
    assert "&lt;i&gt;one" in left
    assert "<i>" not in left
    assert "<script" not in left
    assert "data-pick" not in left


def test_no_events_stay_no_events(frame):
    explorer = kd.explore(frame.iloc[:0])
    assert "0 events" in explorer.static()
    assert "There are no events" in explorer._chart.value


def test_every_form_leaves_a_word():
    assert "Run this cell again" in kd.settings().static()


def test_the_time_zone_is_set_in_the_form_of_settings():
    form = kd.settings()
    form.inputs["time_zone"].value = "Asia/Tokyo"
    assert kd.configuration["time_zone"] == "Asia/Tokyo"
    form.inputs["time_zone"].value = "Atlantis"
    assert "Not changed" in form._refusals["time_zone"].value
    assert kd.configuration["time_zone"] == "Asia/Tokyo"
