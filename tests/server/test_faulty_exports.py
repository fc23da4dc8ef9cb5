"""A server with faults gives the same results as one without."""

from __future__ import annotations

import itertools
from collections import Counter

import pandas as pd
import pyarrow.parquet as pq
import pytest
from repeats import some

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.sandbox import FaultPlan, Sandbox

KINDS = {
    "rate_limit": {"rate_limit_seconds", "rate_limit_date", "rate_limit_unsaid"},
    "server_error": {"server_error", "server_error_retry_after"},
    "reset": {"reset_before", "reset_head", "reset_body", "reset_after"},
    "slow": {"slow"},
    "truncated": {"truncated"},
    "invalid": {"invalid_html", "invalid_json", "invalid_gzip"},
    "repeated_page": {"repeated_page"},
}
EVERY = set().union(*KINDS.values())
LINES = ["csv", "jsonl"]
FORMATS = [*LINES, "parquet"]


def world(plan=None, *, accounts=4, events=1_000):
    return Sandbox(seed=7, accounts=accounts, events=events, faults=plan)


def account_of(sandbox, number=0):
    return kd.Account(token=sandbox.accounts[number].token, base_url=sandbox.base_url)


def accounts_of(sandbox):
    return [
        kd.Account(api_key=sandbox.api_key, account_id=a.id, base_url=sandbox.base_url)
        for a in sandbox.accounts
    ]


def export(stream, folder, format):
    """Export; return the file's contents, and those of the manifest that do not vary by run."""
    folder.mkdir(exist_ok=True)
    path = folder / f"events.{format}"
    manifest = getattr(stream, f"to_{format}")(path, force=True)
    said = (manifest.rows, manifest.account, manifest.service, manifest.cursor_to,
            manifest.positions, manifest.first_modified, manifest.last_modified)  # fmt: skip
    return (pq.read_table(path) if format == "parquet" else path.read_bytes()), said


def by_account(sandbox, lines):
    """Return the lines of each account in order; there is no order between accounts."""
    ids = [str(account.id).encode() for account in sandbox.accounts]
    found = {}
    for line in lines.splitlines():
        found.setdefault(next((id for id in ids if id in line), b"header"), []).append(line)
    return found


# --- Transport faults change nothing ----------------------------------------------------------


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """Exports of one account and of many, from a server without faults."""
    folder = tmp_path_factory.mktemp("healthy")
    with world() as sandbox:
        one = {
            format: export(account_of(sandbox).events(page_size=40), folder, format)
            for format in FORMATS
        }
        many = {
            format: export(kd.read_events(accounts_of(sandbox), page_size=40), folder, format)
            for format in LINES
        }
        return one, many


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_under_one_kind_of_fault_is_the_same(kind, healthy, tmp_path):
    plan = FaultPlan(seed=5, retry_after=0, **{kind: 0.6})
    with world(plan) as sandbox:
        for format in FORMATS:
            assert (
                export(account_of(sandbox).events(page_size=40), tmp_path, format)
                == (healthy[0][format])
            )
    assert set(sandbox.faults_injected) == KINDS[kind]


@pytest.mark.parametrize("seed", some(1, range(1, 4)))
def test_an_export_under_all_faults_is_the_same(seed, healthy, tmp_path):
    plan = FaultPlan.transport(seed, rate=0.1, retry_after=0)
    with world(plan) as sandbox:
        for format in FORMATS:
            found = export(account_of(sandbox).events(page_size=40), tmp_path, format)
            assert found == healthy[0][format]
    assert sandbox.faults_injected.total() > 50


@pytest.mark.parametrize("seed", some(1, range(1, 4)))
def test_an_export_of_many_accounts_under_all_faults_is_the_same(seed, healthy, tmp_path):
    plan = FaultPlan.transport(seed, rate=0.1, retry_after=0)
    with world(plan) as sandbox:
        for format in LINES:
            stream = kd.read_events(accounts_of(sandbox), page_size=40)
            contents, said = export(stream, tmp_path, format)
            assert stream.failures == {}
            assert said == healthy[1][format][1]
            expected = by_account(sandbox, healthy[1][format][0])
            assert by_account(sandbox, contents) == expected
            assert len(expected) == 4 + (format == "csv")
    assert set(sandbox.faults_injected) == EVERY


def test_the_same_program_meets_the_same_faults():
    def met():
        with world(FaultPlan.transport(3, rate=0.1, retry_after=0)) as sandbox:
            kd.read_events(accounts_of(sandbox), page_size=40, max_workers=4).to_frame()
        return sandbox.faults_injected

    assert met() == met()


def test_an_interrupted_frame_continues_under_faults(healthy):
    with world(FaultPlan.transport(9, rate=0.1, retry_after=0)) as sandbox:
        events = account_of(sandbox).events(page_size=40)
        pages = events.pages()
        first = [events.decode(page) for page in itertools.islice(pages, 7)]
        pages.close()
        rest = account_of(sandbox).events(cursor=events.latest_cursor, page_size=40)
        found = [id for batch in (*first, *rest) for id in batch["id"].to_pylist()]
    assert found == healthy[0]["parquet"][0]["id"].to_pylist()


def test_listings_under_faults_are_the_same():
    def listed(sandbox):
        client = kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
        path = "storage/folders/root/contents"
        folder = account_of(sandbox).get(path, params={"page_size": 3})
        resources = [r.data["id"] for r in folder.get_paging_iterator()]
        frames = folder.to_frame(), kd.list_accounts(client, page_size=4)
        return [frame.drop(columns="href") for frame in frames], resources

    with world(accounts=20) as sandbox:
        expected = listed(sandbox)
    plan = FaultPlan.transport(4, rate=0.12, retry_after=0)
    with world(plan, accounts=20) as sandbox:
        found = listed(sandbox)
    assert sandbox.faults_injected.total() > 3
    for frame, other in zip(found[0], expected[0], strict=True):
        pd.testing.assert_frame_equal(frame, other)
    assert found[1] == expected[1]


# --- Content faults ---------------------------------------------------------------------------


def test_duplicated_and_late_events_are_the_same_events():
    with world() as sandbox:
        expected = account_of(sandbox).events(page_size=100).to_frame()
    plan = FaultPlan(seed=2, duplicate=0.05, late=0.05, late_by=100)
    with world(plan) as sandbox:
        found = account_of(sandbox).events(page_size=100).to_frame()
    assert sandbox.faults_injected.keys() == {"duplicate", "late"}
    assert len(found) == len(expected) + sandbox.faults_injected["duplicate"]
    assert list(found.drop_duplicates("id")["id"]) != list(expected["id"])
    pd.testing.assert_frame_equal(
        found.drop_duplicates("id").sort_values("id", ignore_index=True),
        expected.sort_values("id", ignore_index=True),
    )


@pytest.mark.parametrize("seed", some(1, range(1, 4)))
def test_all_faults_at_once_lose_no_event_of_many_accounts(seed):
    with world() as sandbox:
        expected = set(kd.read_events(accounts_of(sandbox)).to_frame()["id"])
    plan = FaultPlan(
        seed=seed, rate_limit=0.1, server_error=0.1, reset=0.1, truncated=0.1, invalid=0.1,
        repeated_page=0.1, latency=0.003, duplicate=0.05, late=0.05, late_by=50, retry_after=0,
    )  # fmt: skip
    with world(plan) as sandbox:
        found = kd.read_events(accounts_of(sandbox), page_size=40).to_frame()
    assert set(found["id"]) == expected
    assert len(found) > len(expected)
    assert set(sandbox.faults_injected) == (EVERY - {"slow"}) | {"duplicate", "late", "latency"}


@pytest.mark.parametrize("kind", ["unchanged", "looping"])
def test_a_cursor_that_never_ends_is_an_error_and_not_a_loop(kind):
    with world(FaultPlan(never_ending=kind)) as sandbox:
        events = account_of(sandbox).events(page_size=200)
        with pytest.raises(exceptions.CursorNotAdvancing):
            events.to_frame()
        times = Counter(events.partial()["id"])
        assert times.keys() == {event["id"] for event in sandbox.history(0)}
        assert times.total() <= len(times) + 200  # a page more, before it is seen
        stream = kd.read_events(accounts_of(sandbox), page_size=200, on_error="collect")
        assert stream.to_frame()["id"].nunique() == 4 * 1_000
    assert {type(error) for error in stream.failures.values()} == {exceptions.CursorNotAdvancing}
    assert sandbox.faults_injected["never_ending"] > 0


def test_a_token_revoked_half_way_is_a_clear_error_and_the_rows_read_are_kept(tmp_path):
    with world(FaultPlan(revoke_at_event=700)) as sandbox:
        events = account_of(sandbox).events(page_size=100)
        with pytest.raises(exceptions.AuthorizationException, match="401.*revoked.*Check"):
            events.to_frame()
        history = sandbox.history(0)
        assert list(events.partial()["id"]) == [history.event(i)["id"] for i in range(700)]
        assert events.latest_cursor == str(history.cursor_at(700))
        with pytest.raises(exceptions.AuthorizationException):
            account_of(sandbox).events().to_csv(tmp_path / "events.csv")
        assert list(tmp_path.iterdir()) == []
    assert sandbox.faults_injected == {"revoked": 1}


def test_one_revoked_account_of_many_does_not_stop_the_others():
    with world(FaultPlan(revoke_at_event=700, revoke_account=2)) as sandbox:
        accounts = [account_of(sandbox, number) for number in range(4)]
        stream = kd.read_events(accounts, page_size=100, on_error="collect")
        rows = stream.to_frame()["account"].value_counts()
        assert sorted(rows) == [700, 1_000, 1_000, 1_000]
        assert rows[str(sandbox.accounts[2].id)] == 700
    assert list(stream.failures) == ["2"]
    assert isinstance(stream.failures["2"], exceptions.AuthorizationException)
