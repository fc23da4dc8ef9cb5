"""Accounts and applications as DataFrames, with all pages and without secrets."""

from __future__ import annotations

import json

import pytest

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.listings import APPLICATION_ITEMS, mask_secrets


@pytest.fixture
def client(sandbox):
    return kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url)


def test_all_accounts_over_many_pages(client, sandbox):
    df = kd.list_accounts(client, page_size=3)
    assert list(df["id"]) == [str(a.id) for a in sandbox.accounts]
    assert list(df["service"]) == [a.service for a in sandbox.accounts]
    assert list(df["account"]) == [a.account for a in sandbox.accounts]
    assert str(df["created"].dtype) == "datetime64[us, UTC]"
    assert df["extra"].isna().all()


def test_filters_and_columns(client, sandbox):
    df = kd.list_accounts(client, columns=["id", "service"], service="box")
    assert list(df.columns) == ["id", "service"]
    assert list(df["id"]) == [str(a.id) for a in sandbox.accounts if a.service == "box"]
    assert kd.list_accounts(client, service="none").empty


def test_a_token_sees_its_own_account(account, sandbox):
    own = kd.Client(token=account.token, base_url=sandbox.base_url)
    assert list(kd.list_accounts(own)["id"]) == [str(sandbox.accounts[0].id)]


def test_applications(meta):
    df = kd.list_applications(meta)
    expected = [a.data for a in meta.get("meta/applications").get_paging_iterator()]
    assert list(df["id"]) == [str(a["id"]) for a in expected]
    assert list(df["name"]) == [a["name"] for a in expected]


def test_applications_with_everything_below_them(meta):
    df = kd.list_applications(meta, include=APPLICATION_ITEMS)
    for number, application in enumerate(meta.get("meta/applications").get_paging_iterator()):
        for name in APPLICATION_ITEMS:
            expected = [r.data for r in application.get(name).get_paging_iterator()]
            assert df[f"{name}_count"][number] == len(expected)
            assert json.loads(df[name][number]) == [mask_secrets(e) for e in expected]


@pytest.mark.parametrize("what", APPLICATION_ITEMS)
def test_one_kind_of_thing_of_all_applications(meta, what):
    df = kd.list_application_items(meta, what)
    counts = kd.list_applications(meta, include=[what]).set_index("id")[f"{what}_count"]
    assert df["application_id"].value_counts().reindex(counts.index, fill_value=0).to_dict() == (
        counts.to_dict()
    )


def test_secrets_are_masked_unless_requested(meta):
    secret = next(iter(meta.get("meta/applications"))).get("apikeys").objects[0].data["key"]
    masked = kd.list_applications(meta, include=["apikeys", "service_keys", "webhooks"])
    items = kd.list_application_items(meta, "apikeys")
    assert secret not in masked.to_csv()
    assert secret not in items.to_csv()
    assert items["key"][0] == f"****{secret[-4:]}"
    assert kd.list_application_items(meta, "apikeys", show_secrets=True)["key"][0] == secret


def test_short_secrets_are_masked_completely():
    assert mask_secrets([{"a": {"Secret": "short", "token": None}}]) == [
        {"a": {"Secret": "****", "token": None}}
    ]


def test_an_unknown_list(meta):
    with pytest.raises(exceptions.InvalidParameter, match=r"'apikey'.*apikeys"):
        kd.list_applications(meta, include=["apikey"])


def test_the_wrong_credential(account, client):
    with pytest.raises(exceptions.APIException) as caught:
        kd.list_applications(client)
    assert caught.value.status in (401, 403)


def test_a_folder_with_its_pages(account):
    listing = account.get("storage/folders/root/contents", params={"page_size": 2})
    df = listing.to_frame()
    objects = [r.data for r in listing.get_paging_iterator()]
    assert list(df["id"]) == [o["id"] for o in objects]
    assert list(df["name"]) == [o["name"] for o in objects]
    assert str(df["size"].dtype) == "Int64"


def test_events_by_list_and_by_stream_are_the_same_frame(account):
    listed = account.get("events", params={"page_size": 500}).to_frame()
    assert listed.equals(account.events().to_frame())


def test_a_type_without_a_schema_is_inferred(serve):
    from conftest import Answer

    objects = [{"id": 1, "n": {"deep": 2}}, {"id": "b", "n": {"deep": None}, "t": [1]}]
    server = serve(Answer(body=json.dumps({"objects": objects}).encode()))
    df = kd.Account(token="t", base_url=server.base_url).get("oddities").to_frame()
    assert list(df["id"]) == ["1", "b"]
    assert df["n_deep"][0] == 2
    assert json.loads(df["t"][1]) == [1]


def test_secrets_are_found_however_their_fields_are_spelled():
    masked = mask_secrets({"clientSecret": "x", "API-Key": "y", "Private_Key": "z", "keyed": "w"})
    assert list(masked.values()) == ["****"] * 3 + ["w"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/hook", "https://a.example/hook"),
        ("https://u:s3cret@a.example/h?x=%20&token=s3cret", None),
        ("http://[s3cret", "****"),
    ],
)
def test_secrets_in_urls_are_masked(url, shown):
    masked = mask_secrets([{"url": url}])[0]["url"]
    assert "s3cret" not in masked
    assert shown is None or masked == shown


def test_the_upstreams_accounts(client):
    df = kd.list_accounts(client, raw=True)
    assert json.loads(df["raw"][0])["email"] == df["account"][0]
