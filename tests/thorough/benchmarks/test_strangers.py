"""The third simulator: its frames are those of an account, its labels are honest."""

from __future__ import annotations

import ipaddress

import numpy as np
import pandas as pd
import pytest

from benchmarks.strangers import INTENSITIES, KINDS, World, organisations
from benchmarks.strangers.draws import Draws
from benchmarks.strangers.networks import Home, Provider
from benchmarks.strangers.vocabulary import SERVICES, VERBS, word
from kloudless_data.schema import events_schema

# The generator is frozen: others wrote it, and a changed one would be no witness. The tests of the
# benchmark generate one of its organisations in every run.
pytestmark = pytest.mark.soak
SMALL = {"people": 8, "days": 60}
LABELS = "id kind people user_ids start end events intensity slow account".split()


@pytest.fixture(scope="module")
def everything() -> World:
    """An organisation where every kind of incident happens."""
    return World(11, people=14, days=60, kinds=KINDS, intensity="medium")


@pytest.fixture(scope="module")
def events(everything: World) -> pd.DataFrame:
    return everything.events().set_index("id", drop=False)


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = World(5, **SMALL), World(5, **SMALL)
    pd.testing.assert_frame_equal(first.events(), second.events())
    pd.testing.assert_frame_equal(first.incidents, second.incidents)
    pd.testing.assert_frame_equal(first.oddities, second.oddities)


def test_another_seed_gives_another_world() -> None:
    assert not set(World(5, **SMALL).events()["id"]) & set(World(6, **SMALL).events()["id"])


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
    assert set(nobody["event_type"]) <= {"preview"}
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
    assert incident["account"] == everything.account == its["account"].iloc[0]
    assert its["modified"].min() == incident["start"]
    assert its["modified"].max() == incident["end"]
    acting = set(its["user_id"].dropna())
    administrators = set(its.loc[its["event_category"] == "administration", "user_id"].dropna())
    assert acting & set(incident["user_ids"])
    assert acting <= set(incident["user_ids"]) | administrators
    assert len(incident["people"]) == len(incident["user_ids"])


def test_no_event_belongs_to_two_labels(everything: World) -> None:
    both = pd.concat([everything.incidents, everything.oddities])["events"].explode()
    assert both.is_unique


def test_the_victims_own_work_is_in_no_incident(everything: World, events: pd.DataFrame) -> None:
    incident = everything.incidents.set_index("kind").loc["two_places"]
    own = events[
        events["user_id"].isin(incident["user_ids"]) & ~events["id"].isin(incident["events"])
    ]
    meanwhile = own[own["modified"].between(incident["start"], incident["end"])]
    assert len(meanwhile)
    assert not set(meanwhile["ip"].dropna()) & set(events.loc[incident["events"], "ip"].dropna())


def test_a_quiet_organisation_has_oddities_and_no_incidents() -> None:
    world = World(9, **SMALL, incidents=False)
    assert world.incidents.empty
    assert list(world.incidents.columns) == LABELS
    assert len(world.oddities)


@pytest.mark.soak
def test_faint_incidents_touch_less_than_blatant_ones() -> None:
    def events(intensity: str) -> float:
        worlds = (
            World(s, **SMALL, kinds=["private_sharing"], intensity=intensity) for s in range(5)
        )
        return float(np.mean([len(w.incidents["events"].iloc[0]) for w in worlds]))

    low, medium, high = map(events, INTENSITIES)
    assert low < medium < high


def test_a_dormant_account_is_silent_until_its_incident() -> None:
    world = World(2, **SMALL, kinds=["dormant_account"])
    incident = world.incidents.iloc[0]
    frame = world.events()
    its = frame[frame["user_id"].isin(incident["user_ids"])]
    assert set(its["id"]) <= set(incident["events"])


def test_times_are_in_order_unless_the_world_delivers_late() -> None:
    worlds = [World(seed, people=5, days=60, incidents=False) for seed in range(12)]
    assert {world.late for world in worlds} == {True, False}
    for world in worlds:
        assert world.events()["modified"].is_monotonic_increasing is not world.late


def test_activity_has_a_heavy_tail(events: pd.DataFrame) -> None:
    by_day = events.groupby([events["user_id"], events["modified"].dt.date]).size()
    assert by_day.quantile(0.99) > 10 * by_day.median()


def test_home_lines_change_their_address() -> None:
    draws = Draws("lines")
    provider = Provider(draws, 4, 16)
    week = [day * 86400.0 for day in range(7)]
    changes = [
        len({line.address(at) for at in week})
        for line in (Home(draws, provider) for _ in range(60))
    ]
    assert min(changes) == 1
    assert max(changes) >= 7


@pytest.mark.soak
def test_half_of_the_organisations_are_quiet_and_all_are_different() -> None:
    worlds = list(organisations(4, seed=3))
    assert sum(world.incidents.empty for world in worlds) == 2
    assert len({world.account for world in worlds}) == 4
    assert all(3 <= len(w.incidents) <= 10 for w in worlds if len(w.incidents))


def test_every_action_has_a_word_in_every_service() -> None:
    for verb, meaning in VERBS.items():
        assert len(meaning.words) == len(SERVICES), verb
        assert all(word(verb, service, 0) for service in SERVICES)


def test_unknown_kinds_and_intensities_are_refused() -> None:
    with pytest.raises(ValueError, match="among the kinds"):
        World(1, **SMALL, kinds=["meteorite"])
    with pytest.raises(ValueError, match="intensity is one of"):
        World(1, **SMALL, intensity="deadly")
