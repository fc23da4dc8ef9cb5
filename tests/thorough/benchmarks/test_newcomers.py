"""The fourth simulator: its frames are those of an account, its labels are honest."""

from __future__ import annotations

import ipaddress

import numpy as np
import pandas as pd
import pytest

from benchmarks.audit_worlds import case
from benchmarks.newcomers import INTENSITIES, KINDS, World, organisations
from benchmarks.newcomers.chance import Chance
from benchmarks.newcomers.internet import DAY, Home, Internet
from benchmarks.newcomers.programs import Shop
from benchmarks.newcomers.words import ACTIONS, SERVICES
from kloudless_data.schema import events_schema

# The generator is frozen: others wrote it, and a changed one would be no witness. The tests of the
# benchmark generate one of its organisations in every run.
pytestmark = pytest.mark.soak
SMALL = {"people": 5, "days": 60}
LABELS = "id kind people user_ids start end events intensity slow account".split()


@pytest.fixture(scope="module")
def everything() -> World:
    """An organisation where every kind of incident happens."""
    return World(4, people=12, days=60, kinds=KINDS, intensity="low")


@pytest.fixture(scope="module")
def events(everything: World) -> pd.DataFrame:
    return everything.events().set_index("id", drop=False)


@pytest.fixture(scope="module")
def quiet() -> World:
    return World(9, **SMALL, incidents=False)


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = World(5, **SMALL), World(5, **SMALL)
    pd.testing.assert_frame_equal(first.events(), second.events())
    pd.testing.assert_frame_equal(first.incidents, second.incidents)
    pd.testing.assert_frame_equal(first.oddities, second.oddities)


def test_another_seed_gives_another_world(quiet: World) -> None:
    other = World(10, **SMALL, incidents=False)
    assert not set(quiet.events()["id"]) & set(other.events()["id"])


@pytest.mark.parametrize("version", [1, 2])
def test_the_frame_has_the_columns_of_the_schema(version: int) -> None:
    world = World(7, **SMALL, api_version=version)
    frame, table = world.events(), world.table()
    schema = events_schema(version).arrow()
    assert list(frame.columns) == schema.names
    assert table.schema.equals(schema)
    assert table.num_rows == len(frame)
    assert frame["modified"].dtype == "datetime64[us, UTC]"
    assert frame["metadata_size"].dtype == "Int64"


def test_every_event_has_a_kind_a_time_and_an_account(events: pd.DataFrame) -> None:
    needed = ["id", "account", "event_category", "event_type", "event_subtype", "modified"]
    assert events[[*needed, "metadata_id", "metadata_type"]].notna().all().all()
    assert events["id"].is_unique
    assert events["account"].nunique() == 1


def test_only_visitors_of_public_links_are_nobody(events: pd.DataFrame) -> None:
    nobody = events[events["user_id"].isna()]
    assert set(nobody["event_type"]) == {"preview"}
    assert events["user_id"].notna().mean() > 0.9


def test_addresses_are_public_ones(events: pd.DataFrame) -> None:
    addresses = [ipaddress.ip_address(text) for text in events["ip"].dropna().unique()]
    assert {address.version for address in addresses} == {4, 6}
    assert not [a for a in addresses if a.is_private or a.is_multicast or a.is_loopback]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_incident_leaves_events_of_its_people(
    everything: World, events: pd.DataFrame, kind: str
) -> None:
    incidents = everything.incidents
    assert list(incidents.columns) == LABELS
    [incident] = incidents[incidents["kind"] == kind].to_dict("records")
    its = events.loc[incident["events"]]
    assert its["modified"].min() == incident["start"]
    assert its["modified"].max() == incident["end"]
    acting = set(its["user_id"].dropna())
    assert acting
    assert acting <= set(incident["user_ids"]) | set(
        its.loc[its["event_category"] == "administration", "user_id"]
    )
    assert len(incident["people"]) == len(incident["user_ids"])


def test_no_event_belongs_to_two_labels(everything: World) -> None:
    both = pd.concat([everything.incidents, everything.oddities])["events"].explode()
    assert both.is_unique


def test_a_quiet_organisation_has_oddities_and_no_incidents(quiet: World) -> None:
    assert quiet.incidents.empty
    assert list(quiet.incidents.columns) == LABELS
    assert len(quiet.oddities)


@pytest.mark.soak
def test_subtle_incidents_touch_less_than_blatant_ones() -> None:
    def touched(intensity: str) -> float:
        worlds = (
            World(seed, **SMALL, kinds=["private_sharing"], intensity=intensity)
            for seed in range(2)
        )
        return float(np.mean([len(world.incidents["events"].iloc[0]) for world in worlds]))

    low, medium, high = map(touched, INTENSITIES)
    assert low < medium < high


def test_an_event_tells_the_state_of_the_file_then(quiet: World) -> None:
    events = quiet.events()
    files = events[events["metadata_type"] == "file"]
    assert (files["metadata_path"].str.rsplit("/", n=1).str[-1] == files["metadata_name"]).all()
    renamed = events[events["event_type"] == "rename"]
    assert len(renamed)
    assert (renamed["previous_metadata_name"] != renamed["metadata_name"]).all()
    assert (renamed["previous_metadata_id"] == renamed["metadata_id"]).all()


def test_nobody_touches_a_file_after_its_deletion(quiet: World) -> None:
    events = quiet.events()
    assert not quiet.late
    verbs = events["event_type"].where(events["metadata_type"] == "file").dropna()
    before = verbs.groupby(events["metadata_id"]).shift()
    assert set(verbs[before == "delete"]) <= {"restore", "delete"}


def test_times_are_in_order_unless_the_world_delivers_late() -> None:
    worlds = [World(seed, **SMALL, incidents=False) for seed in (6, 7)]
    assert {world.late for world in worlds} == {True, False}
    for world in worlds:
        assert world.events()["modified"].is_monotonic_increasing is not world.late


def test_activity_has_a_heavy_tail(events: pd.DataFrame) -> None:
    by_day = events.groupby([events["user_id"], events["modified"].dt.date]).size()
    assert by_day.quantile(0.99) > 8 * by_day.median()


def test_home_lines_change_their_address_by_the_habit_of_the_provider() -> None:
    chance = Chance("lines")
    network = Internet(chance).network()
    lines = [Home(chance, network) for _ in range(80)]
    seen = [(line.habit, {line.address(day * DAY, 0) for day in range(7)}) for line in lines]
    assert min(len(addresses) for _, addresses in seen) == 1
    assert {len(addresses) for habit, addresses in seen if habit == "daily"} <= {5, 6, 7}


def test_programs_are_updated() -> None:
    device = Shop(Chance("shop"), "dropbox").computer(client=True)
    assert len({device.agent("browser", day) for day in range(90)}) > 2
    assert len({device.agent("client", day) for day in range(90)}) > 3


@pytest.mark.soak
def test_a_third_of_the_organisations_is_quiet() -> None:
    worlds = list(organisations(3, seed=1181))
    assert sum(world.incidents.empty for world in worlds) == 1
    assert len({world.account for world in worlds}) == 3
    assert all(1 <= len(w.incidents) <= 10 for w in worlds if len(w.incidents))


def test_it_is_the_fourth_simulator_of_the_benchmark() -> None:
    one = case("fourth", 1_004)
    events, labels, end = one.made
    assert end == events["modified"].max()
    assert {label.innocent for label in labels} == {True, False}
    assert all(label.events <= set(events["id"]) for label in labels)


def test_every_action_has_a_word_in_every_service() -> None:
    for action in ACTIONS.values():
        assert list(action.words) == list(SERVICES)
        assert all(action.words.values())


def test_unknown_kinds_and_intensities_are_refused() -> None:
    with pytest.raises(ValueError, match="among the kinds"):
        World(1, **SMALL, kinds=["meteorite"])
    with pytest.raises(ValueError, match="intensity is one of"):
        World(1, **SMALL, intensity="deadly")
