"""The upstream services' own answers as frames."""

from __future__ import annotations

import json

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions


@pytest.fixture
def upstream(serve):
    """Return a function that serves one answer to every pass-through request."""

    def start(*bodies, content_type="application/json"):
        answers = [Answer(body=json.dumps(b).encode(), content_type=content_type) for b in bodies]
        server = serve(*answers)
        return server, kd.Account(token="t0ken", base_url=server.base_url)

    return start


def uris(server):
    return [r.headers["X-Kloudless-Raw-URI"] for r in server.requests]


def files_of(account):
    return account.raw("GET", "/drive/v2/files?maxResults=1000").json()["items"]


def test_all_pages_by_token(account):
    df = kd.raw_frame(
        account, "/drive/v2/files?maxResults=60", "items",
        next_page="nextPageToken", page_parameter="pageToken",
    )  # fmt: skip
    assert list(df["id"]) == [f["id"] for f in files_of(account)]
    assert len(df) > 120
    assert str(df["modifiedDate"].dtype) == "datetime64[us, UTC]"
    assert str(df["labels_trashed"].dtype) == "boolean"


def test_one_page_unless_the_next_is_named(account):
    assert len(kd.raw_frame(account, "/drive/v2/files?maxResults=60", "items")) == 60


def test_an_expression_chooses_rows_and_fields(account):
    df = kd.raw_frame(
        account, "/drive/v2/files?maxResults=1000", "items[?fileSize].{id: id, bytes: fileSize}"
    )
    sized = [f for f in files_of(account) if "fileSize" in f]
    assert list(df["id"]) == [f["id"] for f in sized]
    assert list(df["bytes"]) == [f["fileSize"] for f in sized]


def test_an_object_is_one_row(account):
    df = kd.raw_frame(account, "/drive/v2/about")
    assert len(df) == 1
    assert df["user_emailAddress"][0] == account.get().data["account"]


@pytest.mark.parametrize(
    ("answer", "records", "ids"),
    [
        ([{"id": 1}, {"id": 2}], None, ["1", "2"]),
        ({"value": [{"id": 1}], "count": 1}, None, ["1"]),
        ({"a": [{"id": 1}], "b": [{"id": 2}], "id": 3}, None, ["3"]),
        ({"a": [{"id": 1}], "b": [{"id": 2}]}, "b", ["2"]),
        ({"d": {"results": [{"id": 1}]}}, "d.results", ["1"]),
        ({"d.results": [{"id": 1}]}, "d.results", ["1"]),
        ({"@odata.value": [{"id": 1}]}, "@odata.value", ["1"]),
        ({"a": {"id": 5}}, "a", ["5"]),
    ],
)
def test_where_the_rows_are(upstream, answer, records, ids):
    _, account = upstream(answer)
    assert list(kd.raw_frame(account, "/x", records)["id"]) == ids


@pytest.mark.parametrize(
    ("answer", "records"),
    [([], None), ({"items": []}, "items"), ({"items": None}, "items"), ({}, "items"), (None, None)],
)
def test_nothing_is_an_empty_frame(upstream, answer, records):
    _, account = upstream(answer)
    assert kd.raw_frame(account, "/x", records).empty


def test_records_that_are_not_objects(upstream):
    _, account = upstream({"names": ["a", None, 3]})
    assert list(kd.raw_frame(account, "/x", "names")["value"].dropna()) == ['"a"', "3"]
    _, account = upstream({"names": ["a", "b"]})
    assert list(kd.raw_frame(account, "/x", "names")["value"]) == ["a", "b"]


def test_the_next_page_by_uri_stays_with_the_service(upstream):
    server, account = upstream(
        {"value": [{"id": 1}], "@odata.nextLink": "https://evil.example/v1.0/x?$skip=1"},
        {"value": [{"id": 2}]},
    )
    df = kd.raw_frame(account, "/v1.0/x", "value", next_page="@odata.nextLink")
    assert list(df["id"]) == ["1", "2"]
    assert uris(server) == ["/v1.0/x", "/v1.0/x?$skip=1"]


def test_the_token_replaces_the_one_before(upstream):
    server, account = upstream(
        {"items": [1], "next": "a&b=c"}, {"items": [2], "next": 3}, {"items": [3], "next": ""}
    )
    df = kd.raw_frame(account, "/x?q=1&t=0", "items", next_page="next", page_parameter="t")
    assert list(df["value"]) == [1, 2, 3]
    assert uris(server) == ["/x?q=1&t=0", "/x?q=1&t=a%26b%3Dc", "/x?q=1&t=3"]


def test_pages_that_form_a_circle(upstream):
    _, account = upstream({"items": [1], "next": "a"})
    with pytest.raises(exceptions.InvalidResponse, match="read already"):
        kd.raw_frame(account, "/x", "items", next_page="next", page_parameter="t")


def test_limit_requests_no_more_pages_than_necessary(upstream):
    server, account = upstream({"items": [1, 2], "next": "a"}, {"items": [3, 4], "next": "b"})
    df = kd.raw_frame(account, "/x", "items", next_page="next", page_parameter="t", limit=3)
    assert list(df["value"]) == [1, 2, 3]
    assert len(server.requests) == 2


@pytest.mark.parametrize("name", ["records", "next_page"])
def test_an_invalid_expression_is_refused_before_any_request(upstream, name):
    server, account = upstream({})
    with pytest.raises(exceptions.InvalidParameter, match="neither a key nor a JMESPath"):
        kd.raw_frame(account, "/x", **{name: "items[?"})
    assert server.requests == []


def test_a_next_page_that_is_not_text(upstream):
    _, account = upstream({"items": [1], "next": {"a": 1}})
    with pytest.raises(exceptions.InvalidParameter, match="next_page finds"):
        kd.raw_frame(account, "/x", "items", next_page="next")


def test_an_answer_that_is_not_json(serve):
    server = serve(Answer(body=b"<feed/>", content_type="application/atom+xml"))
    account = kd.Account(token="t0ken", base_url=server.base_url)
    with pytest.raises(exceptions.InvalidResponse, match=r"atom\+xml .*account\.raw"):
        kd.raw_frame(account, "/feed")


def test_the_upstreams_own_error(account):
    with pytest.raises(exceptions.NotFoundException):
        kd.raw_frame(account, "/drive/v2/nowhere")


def test_another_method_with_a_body(sandbox):
    dropbox = next(a for a in sandbox.accounts if a.service == "dropbox")
    account = kd.Account(token=dropbox.token, base_url=sandbox.base_url)
    df = kd.raw_frame(account, "/2/users/get_current_account", method="POST", json={})
    assert df["email"][0] == dropbox.account


def test_hostile_answers_are_only_text(upstream):
    hostile = {"id": "\x1b[2J", "=1+1": "<script>", "extra": 1, "raw": {"a": [1]}, "": 2}
    _, account = upstream([hostile])
    df = kd.raw_frame(account, "/x")
    assert df["id"][0] == "\x1b[2J"
    assert df["=1+1"][0] == "<script>"
    assert "1" in df["extra"][0]
