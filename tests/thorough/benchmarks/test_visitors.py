"""The sixth simulator: its frames are those of an account, its labels are honest."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

import pandas as pd
import pytest
from repeats import some

from benchmarks.audit_worlds import case
from benchmarks.newcomers.words import SERVICES
from benchmarks.visitors import INTENSITIES, KINDS, World
from benchmarks.visitors.chance import Chance
from benchmarks.visitors.lines import DAY, HOUR, Internet
from benchmarks.visitors.oddities import ODDITIES
from kloudless_data.interchange.frame import to_frame
from kloudless_data.schema import events_schema

# The generator is frozen: others wrote it, and a changed one would be no witness.
SMALL = {"people": 6, "days": 60}
LABELS = "id kind people user_ids start end events intensity slow account".split()


@pytest.fixture(scope="module", params=some(1, INTENSITIES))
def everything(request: pytest.FixtureRequest) -> World:
    """An organisation where every kind of incident happens."""
    return World(11, people=40, days=90, kinds=KINDS, intensity=request.param)


@pytest.fixture(scope="module")
def all_events(everything: World) -> pd.DataFrame:
    return everything.events()


@pytest.fixture(scope="module")
def quiet() -> World:
    worlds = (World(seed, people=12, days=60, incidents=False) for seed in range(8, 99))
    return next(world for world in worlds if not world.late)


@pytest.fixture(scope="module")
def events(quiet: World) -> pd.DataFrame:
    return quiet.events()


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = World(5, **SMALL), World(5, **SMALL)
    pd.testing.assert_frame_equal(first.events(), second.events())
    pd.testing.assert_frame_equal(first.incidents, second.incidents)
    pd.testing.assert_frame_equal(first.oddities, second.oddities)


@pytest.mark.soak
def test_what_happens_does_not_hang_on_where_objects_lie() -> None:
    kept = [World(11, people=40, days=90, kinds=KINDS, intensity="low").events() for _ in range(2)]
    pd.testing.assert_frame_equal(*kept)


@pytest.mark.soak
def test_another_seed_gives_another_world() -> None:
    one, other = World(5, **SMALL).events(), World(6, **SMALL).events()
    assert not set(one["id"]) & set(other["id"])
    assert not set(one["user_id"].dropna()) & set(other["user_id"].dropna())


@pytest.mark.soak
@pytest.mark.parametrize("version", [1, 2])
def test_the_frame_is_that_of_an_account(version: int) -> None:
    world = World(7, **SMALL, api_version=version)
    frame, table = world.events(), world.table()
    schema = events_schema(version).arrow()
    assert table.schema.equals(schema)
    pd.testing.assert_series_equal(frame.dtypes, to_frame([], schema).dtypes)
    assert len(frame) == table.num_rows > 1_000


@pytest.mark.soak
def test_every_event_has_a_kind_a_time_and_an_account(events: pd.DataFrame) -> None:
    needed = ["id", "account", "event_category", "event_type", "event_subtype", "modified"]
    assert events[[*needed, "metadata_id", "metadata_type"]].notna().all().all()
    assert events["id"].is_unique
    assert events["account"].nunique() == 1
    lasting = events["modified"].max() - events["modified"].min()
    assert timedelta(days=58) < lasting <= timedelta(days=60)


@pytest.mark.soak
def test_only_visitors_of_public_links_are_nobody(all_events: pd.DataFrame) -> None:
    nobody = all_events[all_events["user_id"].isna()]
    assert set(nobody["event_type"]) == {"preview"}
    linked = all_events[all_events["extra"].str.contains('"anyone"', na=False)]["metadata_id"]
    assert set(nobody["metadata_id"]) <= set(linked)


@pytest.mark.soak
def test_addresses_are_public_ones(all_events: pd.DataFrame) -> None:
    addresses = [ipaddress.ip_address(text) for text in all_events["ip"].dropna().unique()]
    assert {address.version for address in addresses} == {4, 6}
    assert all(address.is_global and not address.is_multicast for address in addresses)


@pytest.mark.soak
def test_every_kind_of_incident_leaves_events_of_its_people(
    everything: World, all_events: pd.DataFrame
) -> None:
    events, incidents = all_events.set_index("id"), everything.incidents
    assert list(incidents.columns) == LABELS
    assert sorted(incidents["kind"]) == sorted(KINDS)
    assert incidents["events"].str.len().min() >= 6
    for one in incidents.itertuples():
        its = events.loc[one.events]
        assert (its["modified"].min(), its["modified"].max()) == (one.start, one.end)
        assert set(its["user_id"].dropna()) <= set(one.user_ids)
        assert set(its["user_email"].dropna()) <= set(one.people)


@pytest.mark.soak
def test_no_event_belongs_to_two_labels(everything: World, all_events: pd.DataFrame) -> None:
    both = pd.concat([everything.incidents, everything.oddities])["events"].explode()
    assert both.is_unique
    assert set(both) <= set(all_events["id"])


@pytest.mark.soak
def test_blatant_incidents_touch_more_than_subtle_ones() -> None:
    def touched(intensity: str) -> pd.Series:
        found = World(2, people=40, days=90, kinds=KINDS, intensity=intensity).incidents
        return found.set_index("kind")["events"].str.len()

    low, high = touched("low"), touched("high")
    assert (high > low).mean() > 0.85


@pytest.mark.soak
def test_slow_incidents_last_for_weeks(everything: World) -> None:
    incidents = everything.incidents
    lasting = incidents["end"] - incidents["start"]
    assert lasting[incidents["slow"]].median() > timedelta(days=14)
    assert lasting[~incidents["slow"]].median() < timedelta(days=5)


@pytest.mark.soak
def test_a_quiet_organisation_has_oddities_and_no_incidents(quiet: World) -> None:
    assert quiet.incidents.empty
    assert list(quiet.incidents.columns) == LABELS
    assert len(quiet.oddities)


@pytest.mark.soak
def test_every_oddity_happens_somewhere() -> None:
    seen: set[str] = set()
    for seed in range(4):
        seen |= set(World(seed, people=100, days=120, incidents=False).oddities["kind"])
        if seen == set(ODDITIES):
            break
    assert seen == set(ODDITIES)


@pytest.mark.soak
def test_an_event_tells_the_state_of_the_file_then(all_events: pd.DataFrame) -> None:
    files = all_events[all_events["metadata_type"] == "file"]
    assert (files["metadata_path"].str.rsplit("/", n=1).str[-1] == files["metadata_name"]).all()
    assert (files["metadata_modified"] >= files["metadata_created"]).all()
    assert (files["metadata_modified"] <= files["modified"]).all()
    moved = all_events[all_events["previous_metadata_id"].notna()]
    assert set(moved["event_type"]) == {"rename", "move"}
    assert (moved["previous_metadata_path"] != moved["metadata_path"]).all()


@pytest.mark.soak
def test_nobody_touches_a_file_after_its_deletion(events: pd.DataFrame) -> None:
    verbs = events["event_type"].where(events["metadata_type"] == "file").dropna()
    before = verbs.groupby(events["metadata_id"]).shift()
    assert set(verbs[before == "delete"]) <= {"restore"}


@pytest.mark.soak
def test_times_are_in_order_unless_the_world_delivers_late() -> None:
    worlds = [World(seed, people=5, days=60, incidents=False) for seed in range(12)]
    assert {world.late for world in worlds} == {True, False}
    for world in worlds:
        assert world.events()["modified"].is_monotonic_increasing is not world.late
    assert {world.service for world in worlds} == set(SERVICES)


@pytest.mark.soak
def test_work_has_a_rhythm_and_a_heavy_tail(events: pd.DataFrame) -> None:
    weekdays = events["modified"].dt.day_of_week.value_counts(normalize=True)
    assert weekdays.reindex([5, 6]).sum() < 0.15
    by_day = events.groupby([events["user_id"], events["modified"].dt.date]).size()
    assert by_day.quantile(0.99) > 3 * by_day.median()
    by_file = events[events["metadata_type"] == "file"].groupby("metadata_id").size()
    assert by_file.max() > 10 * by_file.median()


@pytest.mark.soak
def test_people_do_some_hundred_things_a_month_and_mostly_read() -> None:
    world = World(3, people=60, days=90, incidents=False)
    events = world.events()
    monthly = events["user_id"].value_counts() / 3
    assert 200 < monthly[monthly > 60].median() < 800
    shares = events["event_type"].value_counts(normalize=True)
    assert shares[["preview", "download", "update"]].sum() > 0.7


@pytest.mark.soak
def test_lines_change_their_address_by_the_habit_of_the_provider() -> None:
    net = Internet(Chance("net"))
    homes = [net.home() for _ in range(40)]
    found = {len({home.at(day * DAY) for day in range(60)}) for home in homes}
    assert {1, 60} <= found
    assert any(2 <= number <= 15 for number in found)
    assert len({net.fixed().at(day * DAY) for day in range(9)}) <= 9
    gateways = net.vpn()
    assert 20 < len({gateways.at(hour * HOUR) for hour in range(3_000)}) <= 60


@pytest.mark.soak
def test_organisations_have_one_to_ten_incidents() -> None:
    worlds = [World(seed, people=size, days=60) for seed, size in enumerate((5, 20, 80, 160))]
    assert all(1 <= len(world.incidents) <= 10 for world in worlds)


@pytest.mark.soak
def test_it_is_the_sixth_simulator_of_the_benchmark() -> None:
    events, labels, end = case("sixth", 1_004).made
    assert end == events["modified"].max()
    assert {label.innocent for label in labels} == {True, False}
    assert all(label.events <= set(events["id"]) for label in labels)


@pytest.mark.soak
def test_unknown_kinds_and_intensities_are_refused() -> None:
    with pytest.raises(ValueError, match="among the kinds"):
        World(1, **SMALL, kinds=["meteorite"])
    with pytest.raises(ValueError, match="intensity is one of"):
        World(1, **SMALL, intensity="deadly")
