"""The management API's other lists, and applications' lists that fail."""

from __future__ import annotations

import json

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.schema import SCHEMAS

LISTS = {
    "usage_reports": kd.list_usage_reports,
    "licenses": kd.list_licenses,
    "invoices": kd.list_invoices,
    "developers": kd.list_developers,
}
each = pytest.mark.parametrize("name", LISTS)


@each
def test_all_rows_over_many_pages(meta, name):
    objects = [r.data for r in meta.get(f"meta/{name}").get_paging_iterator()]
    for page_size in (1, 2, 100):
        df = LISTS[name](meta, page_size=page_size)
        assert list(df["id"]) == [str(o["id"]) for o in objects]
    assert df["extra"].isna().all()
    assert list(df.columns) == SCHEMAS[name].arrow().names


@each
def test_an_empty_list_has_the_columns(meta, serve, name):
    server = serve(Answer(body=b'{"count": 0, "page": 1, "objects": []}'))
    df = LISTS[name](kd.Client(token="m", base_url=server.base_url))
    assert df.empty
    assert df.dtypes.equals(LISTS[name](meta).dtypes)


@each
def test_columns_and_raw(meta, sandbox, name):
    assert list(LISTS[name](meta, columns=["created", "id"]).columns) == ["created", "id"]
    asked = len(sandbox.requests)
    with pytest.raises(exceptions.InvalidParameter, match="'colour'"):
        LISTS[name](meta, columns=["colour"])
    assert len(sandbox.requests) == asked
    assert list(LISTS[name](meta, raw=True).columns)[-1] == "raw"
    assert sandbox.requests[-1].headers["x-kloudless-raw-data"] == "true"


@each
def test_only_a_meta_token_sees_them(account, name):
    with pytest.raises(exceptions.APIException) as caught:
        LISTS[name](kd.Client(token=account.token, base_url=account.settings.base_url))
    assert caught.value.status in (401, 403)


@pytest.mark.parametrize(
    "read",
    [*LISTS.values(), lambda client: kd.list_applications(client, include=["apikeys"]),
     lambda client: kd.list_application_items(client, "webhooks")],
)  # fmt: skip
def test_management_is_version_1_whatever_version_is_configured(meta, sandbox, monkeypatch, read):
    monkeypatch.setenv("KLOUDLESS_API_VERSION", "2")
    client = kd.Client(token=sandbox.meta_token, base_url=sandbox.base_url)
    assert "/v2" in client.url
    asked = len(sandbox.requests)
    df = read(client)
    assert len(df) > 0
    assert {request.path.split("/")[1] for request in list(sandbox.requests)[asked:]} == {"v1"}
    assert df.equals(read(meta))


def test_a_licence_key_is_masked_unless_requested(meta):
    key = meta.get("meta/licenses").objects[0].data["key"]
    assert kd.list_licenses(meta)["key"][0] == f"****{key[-4:]}"
    assert kd.list_licenses(meta, show_secrets=True)["key"][0] == key


@each
def test_secrets_anywhere_in_an_object_are_masked(serve, name):
    body = {"id": 1, "nested": [{"client_secret": "0123456789abcdef"}],
            "raw": {"Token": "0123456789abcdef"}}  # fmt: skip
    server = serve(Answer(body=json.dumps({"objects": [body]}).encode()))
    df = LISTS[name](kd.Client(token="m", base_url=server.base_url), raw=True)
    assert "0123456789" not in df.to_csv()
    assert df.to_csv().count("****cdef") == 2


def test_amounts_are_numbers_and_times_are_utc(meta):
    df = kd.list_invoices(meta)
    assert df["amount"].sum() == 7500
    assert not df["paid"].iloc[-1]
    assert (df["due"] > df["date"]).all()


def test_an_amount_that_was_sent_as_text_is_not_lost(serve):
    server = serve(Answer(body=b'{"objects": [{"id": 1, "amount": "1250.10"}]}'))
    df = kd.list_invoices(kd.Client(token="m", base_url=server.base_url))
    assert df["amount"].isna().all()
    assert json.loads(df["extra"][0]) == {"amount": "1250.10"}


def applications(request):
    """Three applications, the second of which does not reveal its API keys."""
    if request.path.endswith("/apikeys"):
        if "/a2/" in request.path:
            return Answer(status=403, body=b'{"error_code": "forbidden", "message": "Not yours"}')
        return Answer(body=b'{"objects": [{"id": 1, "key": "0123456789abcdef"}]}')
    objects = [{"id": f"a{n}", "name": f"App {n}"} for n in (1, 2, 3)]
    return Answer(body=json.dumps({"objects": objects}).encode())


def test_a_list_that_fails_does_not_affect_the_others(serve):
    client = kd.Client(token="m3ta", base_url=serve(applications).base_url)
    with pytest.raises(exceptions.ListingIncomplete, match="a2/apikeys: .*Not yours") as caught:
        kd.list_applications(client, include=["apikeys"])
    df = kd.list_applications(client, include=["apikeys"], on_error="collect")
    assert df.equals(caught.value.frame)
    assert df["apikeys_count"].fillna(-1).tolist() == [1, -1, 1]
    assert list(df["apikeys"].isna()) == [False, True, False]
    assert list(df.attrs["failures"]) == ["a2/apikeys"]
    items = kd.list_application_items(client, "apikeys", on_error="collect")
    assert list(items["application_name"]) == ["App 1", "App 3"]
    with pytest.raises(exceptions.ListingIncomplete):
        kd.list_application_items(client, "apikeys")


def test_hostile_applications(serve):
    name = "\x1b[2J<script>=1+1"
    objects = [{"id": "../x?y", "name": name}, {"id": None, "name": {"a": 1}}, 7]
    server = serve(
        Answer(body=json.dumps({"objects": objects}).encode()),
        lambda request: Answer(body=b'{"objects": [{"id": 1}]}'),
    )
    df = kd.list_application_items(kd.Client(token="m", base_url=server.base_url), "webhooks")
    assert df["application_name"][0] == name
    paths = {request.path for request in server.requests[1:]}
    assert paths == {f"/v1/meta/applications/{i}/webhooks" for i in ("..%2Fx%3Fy", "None")}


def test_texts_that_no_encoding_can_express(serve):
    """JSON allows half of a surrogate pair."""
    alone = rb'{"objects": [{"id": "a\ud800", "name": "n\udfff"}]}'
    client = kd.Client(token="m", base_url=serve(Answer(body=alone)).base_url)
    df = kd.list_applications(client, include=["webhooks"])
    assert json.loads(df["webhooks"][0])[0]["name"] == "n\udfff"
    assert kd.list_application_items(client, "webhooks")["application_name"][0] == r"n\udfff"


def test_an_empty_developer(serve):
    client = kd.Client(token="m", base_url=serve(Answer(body=b'{"objects": []}')).base_url)
    df = kd.list_applications(client, include=["webhooks"])
    assert df.empty
    assert str(df["webhooks_count"].dtype) == "Int64"
    items = kd.list_application_items(client, "webhooks")
    assert list(items.columns) == [
        "application_id", "application_name", *SCHEMAS["webhooks"].arrow().names
    ]  # fmt: skip
    assert items["application_id"].dtype == items["url"].dtype
