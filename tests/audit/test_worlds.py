"""The second simulator: the same seed gives the same world, and it is as irregular as it says."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from benchmarks.worlds import INTENSITIES, KINDS, World
from kloudless_data.schema import events_schema


@cache
def world(seed: int = 4, people: int = 30, days: int = 70, incidents: bool = True) -> World:
    return World(seed, people, days, incidents)


@cache
def staff(seed: int = 4) -> pd.DataFrame:
    """Return what people did in a quiet world, without programs and visitors."""
    events = world(seed, incidents=False).events()
    return events[events["user_name"].fillna("").str.contains(" ")]


def test_the_same_seed_gives_the_same_world() -> None:
    again = World(4, 30, 70)
    assert again.table().equals(world().table())
    pd.testing.assert_frame_equal(again.incidents, world().incidents)


def test_another_seed_gives_another_world() -> None:
    assert not World(5, 30, 70).table().equals(world().table())


@pytest.mark.parametrize("version", [1, 2])
def test_the_columns_are_those_of_the_schema(version: int) -> None:
    small = World(8, people=5, days=60, api_version=version)
    assert small.table().schema.equals(events_schema(version).arrow())
    assert list(small.events().columns) == events_schema(version).arrow().names


def test_events_are_in_order_and_have_ids_of_their_own() -> None:
    events = world().events()
    assert events["modified"].is_monotonic_increasing
    assert events["id"].is_unique
    assert events["modified"].notna().all()


def test_labels_name_events_that_exist_within_their_time_and_of_their_people() -> None:
    events = world().events().set_index("id")
    for label in (*world().incidents.itertuples(), *world().oddities.itertuples()):
        found = events.loc[label.events]
        assert len(found) > 0
        assert found["modified"].min() >= label.start.floor("us") - pd.Timedelta("1us")
        assert found["modified"].max() <= label.end + pd.Timedelta("1us")
        known = set(found["user_id"].dropna()) - {"2"}
        assert known <= set(label.user_ids), label.kind


def test_no_event_belongs_to_two_labels() -> None:
    ids = [i for frame in (world().incidents, world().oddities) for e in frame["events"] for i in e]
    assert len(ids) == len(set(ids))


def test_a_quiet_world_has_no_incidents_but_odd_things() -> None:
    quiet = world(incidents=False)
    assert quiet.incidents.empty
    assert len(quiet.oddities) > 0
    assert len(quiet.events()) > 1_000


def test_the_world_is_the_same_with_and_without_incidents() -> None:
    keys = ["modified", "user_id", "event_type", "ip"]
    quiet, sad = world(incidents=False).events(), world().events()
    bad = {i for e in world().incidents["events"] for i in e}
    honest = sad[~sad["id"].isin(bad)]
    common = quiet[keys].merge(honest[keys].drop_duplicates(), how="inner")
    # All but what the incidents left nothing to be done with, and addresses lost by chance.
    assert len(common) > 0.97 * len(quiet)
    assert len(honest) == pytest.approx(len(quiet), rel=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_incident_can_be_asked_for(kind: str) -> None:
    asked = World(9, people=14, days=60, kinds=[kind])
    assert list(asked.incidents["kind"]) == [kind]


def test_intensity_changes_how_much_happens() -> None:
    def size(intensity: str) -> int:
        worlds = (
            World(
                seed, 14, 60, intensity=intensity, kinds=["exfiltration_fast", "ransomware_renames"]
            )
            for seed in range(3)
        )
        return sum(len(e) for w in worlds for e in w.incidents["events"])

    low, medium, high = (size(name) for name in INTENSITIES)
    assert low < medium < high


def test_an_incident_uses_no_address_or_program_that_only_incidents_use() -> None:
    """Not always: an attacker's server may be new. But most rows look like anybody's."""
    names = ["event_subtype", "user_agent", "metadata_parent_name"]
    for seed in (4, 6):
        events = world(seed).events()
        bad = events["id"].isin({i for e in world(seed).incidents["events"] for i in e})
        for name in names:
            usual = set(events.loc[~bad, name].dropna())
            assert events.loc[bad, name].dropna().isin(usual).mean() > 0.6, name


def test_activity_is_heavy_tailed_among_people_and_days() -> None:
    per_person = staff().groupby("user_id").size().sort_values()
    per_day = staff().groupby(["user_id", staff()["modified"].dt.date]).size().sort_values()
    assert per_person.tail(len(per_person) // 10).sum() > 0.2 * per_person.sum()
    assert per_day.tail(len(per_day) // 10).sum() > 0.35 * per_day.sum()
    assert per_day.max() > 10 * per_day.median()


def test_pauses_are_heavy_tailed() -> None:
    gaps = staff().groupby("user_id")["modified"].diff().dt.total_seconds().dropna()
    # Of an exponential distribution the coefficient of variation is 1, the mean 1.4 medians.
    assert gaps.std() > 2 * gaps.mean()
    assert gaps.mean() > 20 * gaps.median()


def test_few_files_take_most_of_the_reads() -> None:
    reads = staff()[staff()["event_type"] == "preview"].groupby("metadata_id").size().sort_values()
    assert reads.tail(len(reads) // 10).sum() > 0.3 * reads.sum()


def test_people_change_their_address_and_share_it() -> None:
    events = staff().dropna(subset="ip")
    per_person = events.groupby("user_id")["ip"].nunique()
    assert per_person.median() >= 5
    shared = events.groupby("ip")["user_id"].nunique()
    assert (shared >= 5).any()
    assert events["ip"].str.contains(":").mean() > 0.02 or (per_person > 20).any()


def test_work_follows_the_week_and_the_night_is_not_empty() -> None:
    when = staff()["modified"]
    weekend = when.dt.day_of_week.isin([5, 6]).mean()
    assert 0.002 < weekend < 0.2
    hours = when.dt.hour.value_counts()
    assert hours.max() > 4 * hours.min()


def test_programs_update() -> None:
    agents = staff().groupby("user_id")["user_agent"].nunique()
    assert agents.median() >= 3


def test_honest_people_fail_to_log_in_too() -> None:
    failed = staff()[staff()["event_type"] == "login_failed"]
    assert failed["user_id"].nunique() >= 3


def test_a_file_is_shown_as_it_was_at_that_time() -> None:
    events = world().events()
    renamed = events[events["event_type"] == "rename"]
    assert (renamed["metadata_name"] != renamed["previous_metadata_name"]).all()
    last: dict[str, str] = {}
    for row in events.dropna(subset="metadata_id").itertuples():
        if row.metadata_type != "file":
            continue
        before = row.previous_metadata_name if row.event_type == "rename" else row.metadata_name
        assert last.get(row.metadata_id, before) == before
        last[row.metadata_id] = row.metadata_name


def test_ransomware_that_replaces_files_adds_as_many_as_it_deletes() -> None:
    sad = World(11, 14, 60, kinds=["ransomware_replaces"])
    events = sad.events().set_index("id").loc[sad.incidents["events"].iloc[0]]
    counts = events["event_type"].value_counts()
    assert counts["delete"] <= counts["add"] <= counts["delete"] + 6
    assert counts["delete"] >= 10


def test_ransomware_with_random_extensions_gives_each_file_another() -> None:
    sad = World(11, 14, 60, kinds=["ransomware_random_extensions"])
    events = sad.events().set_index("id").loc[sad.incidents["events"].iloc[0]]
    renamed = events.loc[events["event_type"] == "rename", "metadata_name"]
    endings = renamed.str.rpartition(".")[2]
    assert endings.nunique() > 0.9 * len(endings)


def test_a_world_out_of_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="5 to 200 people"):
        World(1, people=3)
    with pytest.raises(ValueError, match="intensity"):
        World(1, intensity="huge")
    with pytest.raises(ValueError, match="no incident flood"):
        World(1, kinds=["flood"])


def test_the_command_writes_parquet_and_labels(tmp_path: Path) -> None:
    words = "-m benchmarks.worlds --seed 3 --people 6 --days 60 --output".split()
    subprocess.run([sys.executable, *words, str(tmp_path)], check=True, capture_output=True)
    table = pq.read_table(tmp_path / "events.parquet")
    labels = json.loads((tmp_path / "labels.json").read_text())
    ids = set(table.column("id").to_pylist())
    assert labels["incidents"]
    assert all(set(label["events"]) <= ids for label in labels["incidents"])
    assert len(ids) == table.num_rows
