"""Calendars, their events, and subscriptions, of one account or of several at once."""

from __future__ import annotations

import json
import re

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.schema import SCHEMAS


@pytest.fixture
def calendar_accounts(sandbox):
    found = [a for a in sandbox.accounts if a.service == "google_calendar"]
    return [kd.Account(token=a.token, base_url=sandbox.base_url) for a in found]


@pytest.fixture
def accounts(sandbox):
    return [
        kd.Account(api_key=sandbox.api_key, account_id=a.id, base_url=sandbox.base_url)
        for a in sandbox.accounts
    ]


def objects_of(account, path):
    return [r.data for r in account.get(path).get_paging_iterator()]


def test_calendars_over_many_pages(calendar_accounts):
    account = calendar_accounts[0]
    df = kd.list_calendars(account, page_size=3)
    objects = objects_of(account, "cal/calendars")
    assert list(df["id"]) == [o["id"] for o in objects]
    assert list(df["account_id"]) == [o["account_id"] for o in objects]
    assert df["primary"].sum() == 1
    assert df["extra"].isna().all()
    assert list(df.columns) == SCHEMAS["calendars"].arrow().names


def test_calendars_of_several_accounts(calendar_accounts):
    df = kd.list_calendars(calendar_accounts)
    parts = [kd.list_calendars(account) for account in calendar_accounts]
    assert list(df["id"]) == [i for part in parts for i in part["id"]]
    assert df["account_id"].nunique() == len(calendar_accounts) == 2


def test_an_account_without_calendars_does_not_affect_the_others(accounts, sandbox):
    with pytest.raises(exceptions.ListingIncomplete, match="box has no Calendar API") as caught:
        kd.list_calendars(accounts)
    df = kd.list_calendars(accounts, on_error="collect")
    assert df.equals(caught.value.frame)
    having = [str(a.id) for a in sandbox.accounts if a.service == "google_calendar"]
    assert sorted(set(df["account_id"])) == having
    assert len(df.attrs["failures"]) == len(accounts) - len(having)
    with pytest.raises(exceptions.NotFoundException):
        kd.list_calendars(accounts[0])


def test_events_of_all_calendars(calendar_accounts):
    account = calendar_accounts[0]
    df = kd.list_calendar_events(account, page_size=7)
    expected = [
        (calendar["id"], event["id"])
        for calendar in objects_of(account, "cal/calendars")
        for event in objects_of(account, f"cal/calendars/{calendar['id']}/events")
    ]
    assert list(zip(df["calendar_id"], df["id"], strict=True)) == expected
    assert len(set(df["calendar_id"])) > 1
    assert str(df["start"].dtype) == "datetime64[us, UTC]"
    assert df["extra"].isna().all()


def test_events_of_some_calendars(calendar_accounts):
    account = calendar_accounts[0]
    first, second = kd.list_calendars(account)["id"][:2]
    assert set(kd.list_calendar_events(account, second)["calendar_id"]) == {second}
    df = kd.list_calendar_events(account, [second, first, second])
    assert list(dict.fromkeys(df["calendar_id"])) == [second, first]
    assert kd.list_calendar_events(account, "primary")["id"].isin(df["id"]).all()


def test_no_calendar_gives_an_empty_frame(calendar_accounts):
    df = kd.list_calendar_events(calendar_accounts[0], [])
    assert df.empty
    assert df.dtypes.equals(kd.list_calendar_events(calendar_accounts[0], "primary").dtypes)


def test_a_missing_calendar_does_not_affect_the_others(calendar_accounts):
    account = calendar_accounts[0]
    with pytest.raises(exceptions.ListingIncomplete, match="calendar nobody") as caught:
        kd.list_calendar_events(account, ["nobody", "primary"])
    df = kd.list_calendar_events(account, ["nobody", "primary"], on_error="collect")
    assert df.equals(caught.value.frame)
    assert len(df)
    with pytest.raises(exceptions.NotFoundException):
        kd.list_calendar_events(account, "nobody")


@pytest.mark.parametrize("calendars", [[""], [None], [7]])
def test_ids_are_texts(calendar_accounts, calendars):
    with pytest.raises(exceptions.InvalidParameter, match="ids of calendars"):
        kd.list_calendar_events(calendar_accounts[0], calendars)


def test_the_upstreams_objects(calendar_accounts):
    df = kd.list_calendar_events(calendar_accounts[0], "primary", raw=True)
    assert {json.loads(raw)["kind"] for raw in df["raw"]} == {"calendar#event"}
    df = kd.list_calendars(calendar_accounts[0], raw=True, columns=["id", "raw"])
    assert json.loads(df["raw"][0])["kind"] == "calendar#calendarListEntry"


def test_values_known_from_the_path_are_filled_in(serve):
    """A server that names neither the account nor the calendar; and hostile names."""
    name = "../\x1b[2J</script>=1+1"

    def answer(request):
        if request.path.endswith("/events"):
            return Answer(body=b'{"objects": [{"id": "e"}, {"id": "f", "calendar_id": "own"}]}')
        objects = [{"id": name, "name": name}, {"name": "no id"}, {"id": ""}]
        return Answer(body=json.dumps({"objects": objects}).encode())

    server = serve(answer)
    account = kd.Account(api_key="k3y", account_id=7, base_url=server.base_url)
    assert list(kd.list_calendars(account)["account_id"]) == ["7"] * 3
    df = kd.list_calendar_events(account)
    assert list(df["calendar_id"]) == [name, "own"]
    assert list(df["account_id"]) == ["7", "7"]
    assert re.fullmatch(r"/v1/accounts/7/cal/calendars/[^/]+/events", server.requests[-1].path)


def test_subscriptions_of_all_accounts(accounts, sandbox):
    df = kd.list_subscriptions(accounts)
    assert list(df["account"]) == [str(a.id) for a in sandbox.accounts]
    assert df["default"].all()
    assert df["extra"].isna().all()
    assert list(df.columns) == SCHEMAS["subscriptions"].arrow().names


def test_subscriptions_over_many_pages():
    from ..memory import MemorySandbox

    with MemorySandbox(seed=3, accounts=1, events=5) as own:  # it is changed
        account = kd.Account(token=own.accounts[0].token, base_url=own.base_url)
        for _ in range(4):
            account.post("subscriptions")
        df = kd.list_subscriptions(account, page_size=2)
        assert len(df) == df["id"].nunique() == 5
        for identifier in df["id"]:
            account.delete(f"subscriptions/{identifier}")
        empty = kd.list_subscriptions(account)
        assert empty.empty
        assert empty.dtypes.equals(df.dtypes)


def test_one_of_several_accounts_fails(accounts, sandbox):
    wrong = kd.Account(token="wr0ng", base_url=sandbox.base_url)
    with pytest.raises(exceptions.ListingIncomplete, match="account 1: .*Check the token"):
        kd.list_subscriptions([accounts[0], wrong, accounts[2]])
    df = kd.list_subscriptions([accounts[0], wrong, accounts[2]], on_error="collect")
    assert len(df) == 2
    with pytest.raises(exceptions.AuthorizationException):
        kd.list_subscriptions(wrong)


@pytest.mark.parametrize("wrong", [[], ["t0ken"], [None]])
def test_anything_but_accounts_is_refused(wrong):
    with pytest.raises(exceptions.InvalidParameter, match="Pass an Account or a list"):
        kd.list_subscriptions(wrong)


def test_an_account_that_is_listed_twice(accounts):
    with pytest.raises(exceptions.InvalidParameter, match="twice"):
        kd.list_subscriptions([accounts[0], accounts[1], accounts[0]])


def test_calendars_whose_ids_cannot_be_requested(serve, caplog):
    """JSON allows half of a surrogate pair, which no URL can express."""
    server = serve(Answer(body=rb'{"objects": [{"id": "a\ud800", "name": "x"}, {"id": "b"}]}'))
    account = kd.Account(token="t0ken", base_url=server.base_url)
    df = kd.list_calendar_events(account)
    assert [r.path.split("/")[-2] for r in server.requests[1:]] == ["b"]
    assert set(df["calendar_id"]) == {"b"}
    assert "1 calendars have no id" in caplog.text
