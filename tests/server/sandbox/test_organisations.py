"""Organisations: months of simulated activity with labelled incidents, served by a server."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from repeats import some

import kloudless_data as kd
import kloudless_data.audit
from kloudless_data.archive.coverage import Retention
from kloudless_data.sandbox import Sandbox
from kloudless_data.sandbox.organisation import Organisation
from kloudless_data.sandbox.organisation.incidents import INCIDENTS
from kloudless_data.sandbox.organisation.near_misses import NEAR_MISSES

EVERYTHING = [*INCIDENTS, *NEAR_MISSES]


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return Organisation(seed=21, people=70, days=100, incidents=EVERYTHING)


@pytest.fixture(scope="module")
def frame(organisation: Organisation) -> pd.DataFrame:
    return organisation.frame()


def digest(organisation: Organisation) -> str:
    return hashlib.sha256(organisation.page(0, len(organisation), 2)).hexdigest()


def test_one_seed_gives_one_history_and_another_seed_another() -> None:
    options = {"people": 15, "days": 30, "incidents": ["mass_deletion", "off_hours"]}
    again = Organisation(seed=1, **options)
    assert digest(Organisation(seed=1, **options)) == digest(again)
    assert digest(Organisation(seed=2, **options)) != digest(again)


def test_every_incident_has_a_label_of_its_events(
    organisation: Organisation, frame: pd.DataFrame
) -> None:
    labels = organisation.labels()
    assert set(labels["kind"]) >= set(EVERYTHING) - {"new_joiner_download"}
    assert labels["innocent"].tolist() == [kind in NEAR_MISSES for kind in labels["kind"]]
    by_id = frame.set_index("id")
    for label in labels.itertuples():
        mine = by_id.loc[label.events]
        assert mine["modified"].between(label.start, label.end).all()
        if isinstance(label.person, str) and len(mine):
            assert set(mine["user_email"]) == {label.person}


def test_times_never_decrease_and_ids_are_unique(organisation: Organisation) -> None:
    frame = organisation.frame(version=1)
    assert frame["modified"].is_monotonic_increasing
    assert frame["id"].is_unique
    assert len(frame) == len(organisation)
    assert set(frame["type"]) >= {"login", "failed_login", "share", "permission_change", "rename"}


def test_a_silence_is_one(organisation: Organisation, frame: pd.DataFrame) -> None:
    (silence,) = organisation.labels().query("kind == 'sudden_silence'").itertuples()
    if isinstance(silence.person, str):
        frame = frame[frame["user_email"] == silence.person]
    inside = frame["modified"].between(silence.start, silence.end, inclusive="left")
    assert not inside.any()


@pytest.mark.parametrize("version", [1, 2])
def test_a_server_tells_the_same_as_the_frame(version: int) -> None:
    organisation = Organisation(seed=3, people=8, days=25, incidents=["mass_deletion"])
    with Sandbox(
        accounts=2, events=10, retention_events=None, retention_hours=None,
        organisations=[organisation],
    ) as sandbox:  # fmt: skip
        ordinary = Sandbox(accounts=2, events=10).accounts
        assert [one.token for one in sandbox.accounts[:2]] == [one.token for one in ordinary]
        account = kd.Account(
            token=sandbox.accounts[2].token, base_url=sandbox.base_url, api_version=version
        )
        read = account.events().to_frame()
    pd.testing.assert_frame_equal(read, organisation.frame(version))


def test_it_can_be_archived_sync_by_sync_as_the_clock_runs(tmp_path: Path) -> None:
    organisation = Organisation(seed=4, people=5, days=20)
    with Sandbox(accounts=1, events=1, organisations=[organisation]) as sandbox:
        account = kd.Account(
            token=sandbox.accounts[1].token, base_url=sandbox.base_url, api_version=2
        )
        archive = kd.Archive(tmp_path / "a", now=lambda: sandbox.clock.now)
        end = sandbox.clock.now
        for day in range(19, -1, -1):
            sandbox.clock.set(end - timedelta(days=day))
            archive.sync([account], progress=False)
        assert set(archive.coverage()["state"]) <= {"covered", "empty", "possibly lost"}
        archived = archive.events(columns=["id", "modified"])
    whole = organisation.frame()
    since = pd.Timestamp(end - timedelta(days=19, hours=22))
    assert set(whole.loc[whole["modified"] >= since, "id"]) <= set(archived["id"])
    assert Retention().hours == 24


def test_a_servers_events_contain_the_incidents_and_near_misses(tmp_path: Path) -> None:
    kinds, near = ["mass_deletion", "failed_logins_then_success"], ["time_zone_trip"]
    organisation = Organisation(seed=9, people=12, days=60, incidents=kinds, near_misses=near)
    with Sandbox(
        accounts=1, events=10, retention_events=None, retention_hours=None,
        organisations=[organisation],
    ) as sandbox:  # fmt: skip
        account = kd.Account(
            token=sandbox.accounts[1].token, base_url=sandbox.base_url, api_version=2
        )
        account.events().to_parquet(tmp_path / "e.parquet")
    found = kd.audit.find(tmp_path / "e.parquet")
    labels = organisation.labels().set_index("kind")
    seen = set()
    loudest = found["severity"].eq("high") | (found.index < len(kinds))
    for row in found[loudest].itertuples():
        causes = {kind for kind in kinds if set(row.evidence) & set(labels.loc[kind, "events"])}
        assert causes, row.sentence
        seen |= causes & set(row.rules)
    assert seen == set(kinds)


@pytest.mark.soak  # the notebook about an audit does the same with a month
def test_months_of_incidents_are_archived_sync_by_sync_and_found(tmp_path: Path) -> None:
    """One rule needs the most history, the other looks for what is missing."""
    kinds = ["dormant_return", "bulk_read_then_delete"]
    organisation = Organisation(seed=14, people=12, days=64, incidents=kinds)
    with Sandbox(accounts=1, events=1, organisations=[organisation]) as sandbox:
        account = kd.Account(
            token=sandbox.accounts[1].token, base_url=sandbox.base_url, api_version=2
        )
        archive = kd.Archive(tmp_path / "a", now=lambda: sandbox.clock.now)
        end = sandbox.clock.now
        for hours in range(64 * 24, -1, -23):
            sandbox.clock.set(end - timedelta(hours=hours))
            archive.sync([account], progress=False)
    assert len(archive.events(columns=["id"])) > 0.98 * len(organisation)
    found = kd.audit.find(archive)
    serious = found[found["severity"].isin(["high", "medium"])]
    assert {rule for rules in serious["rules"] for rule in rules} >= set(kinds)
    assert not (serious["rule"] == "sudden_silence").any()


def test_its_drive_is_empty() -> None:
    with Sandbox(accounts=1, events=1, organisations=[Organisation(people=5, days=20)]) as sandbox:
        account = kd.Account(token=sandbox.accounts[1].token, base_url=sandbox.base_url)
        assert account.get("storage/folders/root/contents").to_frame().empty


@pytest.mark.parametrize(
    "wrong", [{"people": 4}, {"people": 5_001}, {"days": 19}, {"incidents": ["tea"]}]
)
def test_impossible_organisations_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Organisation(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("people", some(1, [1_000, 5_000]))
def test_thousands_of_people_are_no_more_work_than_needed(people: int) -> None:
    organisation = Organisation(people=people, days=20)
    assert len(organisation.people) > people
    assert len(organisation) > 60 * people
    assert organisation.event(len(organisation) - 1, 2)["user"]["email"]


@pytest.mark.parametrize("service", ["box", "onedrivebiz"])
def test_events_are_as_uneven_as_services_send_them(service: str) -> None:
    organisation = Organisation(seed=5, people=12, days=40, service=service)
    events = list(organisation)
    metadata = [event["metadata"] for event in events]
    assert len({frozenset(event["metadata"]) for event in events}) > 20
    assert len({tuple(event) for event in events}) > 20
    assert {type(event["account"]) for event in events} == {int, str}
    assert any("mime_type" not in one for one in metadata)
    assert any(one.get("mime_type", "") is None for one in metadata)
    assert any("sharing" in one for one in metadata)
    assert b"\\u2013" in organisation.page(0, len(organisation))
    assert "–".encode() in organisation.page(0, len(organisation))


def test_unevenness_does_not_change_the_events() -> None:
    options = {"seed": 6, "people": 25, "days": 60, "incidents": ["mass_deletion", "off_hours"]}
    uneven, even = Organisation(**options), Organisation(**options, uneven=False)
    pd.testing.assert_frame_equal(uneven.labels(), even.labels())
    sent, plain = uneven.frame(), even.frame()
    assert sent["metadata_mime_type"].isna().sum() > plain["metadata_mime_type"].isna().sum()
    optional = [
        "metadata_mime_type", "metadata_downloadable", "metadata_account", "metadata_ancestors",
        "extra",
    ]  # fmt: skip
    pd.testing.assert_frame_equal(sent.drop(columns=optional), plain.drop(columns=optional))
    findings = [kloudless_data.audit.find(frame) for frame in (sent, plain)]
    pd.testing.assert_frame_equal(*findings)
