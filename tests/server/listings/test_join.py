"""Events joined with accounts, applications and people."""

from __future__ import annotations

import io

import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data.exceptions import InvalidParameter

ADDED = ["service", "account_name", "account_admin", "application_id", "application_name", "person"]


@pytest.fixture(scope="module")
def client(sandbox):
    return kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url)


@pytest.fixture(scope="module")
def accounts(client):
    return kd.list_accounts(client)


@pytest.fixture(scope="module")
def applications(sandbox):
    return kd.list_applications(kd.Client(token=sandbox.meta_token, base_url=sandbox.base_url))


@pytest.fixture(scope="module")
def events(sandbox, accounts):
    each = [
        kd.Account(api_key=sandbox.api_key, account_id=i, base_url=sandbox.base_url)
        for i in accounts["id"]
    ]
    return kd.read_events(each, page_size=500).to_frame()


def test_one_line_summarises_who_did_how_much_where(events, accounts, applications, sandbox):
    joined = kd.join_accounts(events, {sandbox.app_id: accounts}, applications)
    counts = joined.groupby(["application_name", "service", "person"]).size()
    assert counts.sum() == len(events) == 25_000
    assert set(counts.index.unique("service")) == {a.service for a in sandbox.accounts}
    assert counts.index.unique("application_name").tolist() == ["Nightly export"]


def test_no_event_is_lost_moved_or_doubled(events, accounts):
    joined = kd.join_accounts(events, accounts)
    pd.testing.assert_frame_equal(joined[events.columns], events)
    assert list(joined.columns) == [*events.columns, *ADDED]
    services = dict(zip(accounts["id"], accounts["service"], strict=True))
    assert list(joined["service"]) == [services[i] for i in joined["account"]]
    assert joined["application_name"].isna().all()


def test_the_index_stays(events, accounts):
    some = events.sample(100, random_state=1)
    joined = kd.join_accounts(some, accounts)
    assert joined.index.equals(some.index)
    assert joined["service"].equals(kd.join_accounts(events, accounts)["service"].loc[some.index])


def test_joining_twice_changes_nothing(events, accounts):
    once = kd.join_accounts(events, accounts)
    pd.testing.assert_frame_equal(kd.join_accounts(once, accounts), once)


def test_after_a_detour_through_csv(events, accounts, applications, sandbox):
    """In CSV, ids become numbers, or floating-point numbers if one is missing."""
    some = events.iloc[::50].reset_index(drop=True)
    some.loc[0, ["account", "metadata_account"]] = None
    read = pd.read_csv(io.StringIO(some.to_csv(index=False)), low_memory=False)
    listed = pd.read_csv(io.StringIO(accounts.to_csv(index=False)))
    assert read["account"].dtype == "float64"
    joined = kd.join_accounts(read, {sandbox.app_id: listed}, applications)
    expected = kd.join_accounts(some, {sandbox.app_id: accounts}, applications)
    for name in ADDED:
        assert joined[name].tolist()[1:] == expected[name].tolist()[1:]
    assert joined[[*ADDED[:5]]].iloc[0].isna().all()


def test_an_event_that_does_not_say_its_account_has_its_objects(events, accounts):
    some = events.assign(account=None)
    joined = kd.join_accounts(some, accounts)
    known = some["metadata_account"].notna()
    assert known.any()
    assert joined["service"].notna().equals(known)


def test_accounts_that_are_not_listed(events, accounts):
    joined = kd.join_accounts(events, accounts[accounts["service"] == "box"])
    assert len(joined) == len(events)
    assert set(joined["service"].dropna()) == {"box"}


def test_nothing_to_join(events, accounts, applications, sandbox):
    joined = kd.join_accounts(events.iloc[:0], {sandbox.app_id: accounts}, applications)
    whole = kd.join_accounts(events, {sandbox.app_id: accounts}, applications)
    assert joined.empty
    assert joined.dtypes.equals(whole.dtypes)
    assert kd.join_accounts(events, {})["service"].isna().all()


@pytest.mark.parametrize("backend", ["pyarrow", "numpy_nullable"])
def test_other_backends(client, sandbox, backend, accounts):
    account = kd.Account(token=sandbox.accounts[1].token, base_url=sandbox.base_url)
    events = account.events(limit=50).to_frame(dtype_backend=backend)
    listed = kd.list_accounts(client, dtype_backend=backend)
    joined = kd.join_accounts(events, listed)
    assert joined["service"].tolist() == ["box"] * 50
    assert joined["person"].notna().all()


def test_categories(events, accounts):
    joined = kd.join_accounts(events.astype({"account": "category"}), accounts)
    assert joined["service"].equals(kd.join_accounts(events, accounts)["service"])


def test_accounts_of_several_applications():
    events = pd.DataFrame({"account": ["1", "2", "3"]})
    listed = {
        "x": pd.DataFrame({"id": ["1"], "account": ["a"], "service": ["box"]}),
        "y": pd.DataFrame({"id": ["2"], "account": ["a"], "service": ["box"]}),
    }
    applications = pd.DataFrame({"id": ["x", "y", "z"], "name": ["X", "Y", "Z"]})
    joined = kd.join_accounts(events, listed, applications)
    assert joined["application_name"].fillna("").tolist() == ["X", "Y", ""]
    column = pd.concat([frame.assign(application_id=i) for i, frame in listed.items()])
    pd.testing.assert_frame_equal(kd.join_accounts(events, column, applications), joined)


def test_one_application_is_everybodys(events, accounts, applications, sandbox):
    own = applications[applications["id"] == sandbox.app_id]
    joined = kd.join_accounts(events, accounts, own)
    assert set(joined["application_name"]) == {"Nightly export"}


def test_which_application_is_not_guessed(events, accounts, applications):
    with pytest.raises(InvalidParameter, match=r"which of the 5 applications.*list_accounts"):
        kd.join_accounts(events, accounts, applications)


def test_two_accounts_with_one_id(events, accounts):
    twice = pd.concat([accounts, accounts])
    assert len(kd.join_accounts(events, twice)) == len(events)
    with pytest.raises(InvalidParameter, match="count twice"):
        kd.join_accounts(events, {"x": accounts, "y": accounts})


@pytest.mark.parametrize("lacking", ["events", "accounts"])
def test_a_column_that_is_missing(events, accounts, lacking):
    if lacking == "events":
        events = events.drop(columns="account")
    else:
        accounts = accounts.drop(columns="id")
    with pytest.raises(InvalidParameter, match=f"{lacking} lacks the column"):
        kd.join_accounts(events, accounts)


def person_of(*rows):
    accounts = pd.DataFrame({"id": ["1", "2"], "account": ["a", "b"], "service": ["box", "gdrive"]})
    frame = pd.DataFrame([{"account": "1", **row} for row in rows])
    return kd.join_accounts(frame, accounts)["person"].fillna("").tolist()


def test_the_acting_user_comes_before_the_last_modifier():
    assert person_of(
        {"user_email": "a@x", "metadata_last_modifier_email": "m@x"},
        {"user_id": 7, "metadata_last_modifier_email": "m@x"},
        {"metadata_last_modifier_email": "m@x"},
        {"metadata_last_modifier_name": "M", "metadata_last_modifier_id": "u1"},
        {"user_email": "", "metadata_last_modifier_id": "u2"},
        {},
    ) == ["a@x", "7", "m@x", "M", "u2", ""]


def test_an_id_is_looked_up_in_its_own_service_only():
    known = {"metadata_owner_id": "u1", "metadata_owner_email": "one@x"}
    assert person_of(known, {"user_id": "u1"}, {"user_id": "u1", "account": "2"}) == [
        "", "one@x", "u1"
    ]  # fmt: skip
