"""The examples of the official SDK's documentation, by number, with only the import changed."""

from __future__ import annotations

import pytest
import requests

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.resources.base import Resource, ResourceList, Response, ResponseJson


@pytest.fixture
def calendar(sandbox):
    found = next(a for a in sandbox.accounts if a.service == "google_calendar")
    return kd.Account(token=found.token, base_url=sandbox.base_url)


@pytest.fixture(autouse=True)
def _server(sandbox):
    kd.configuration["base_url"] = sandbox.base_url


# 1 (the logger) is in test_util.py, 3 (configuration) in test_config.py.


def test_2_verify_token(sandbox):
    token = sandbox.accounts[0].token
    info = kd.verify_token(sandbox.app_id, token)
    assert isinstance(info, dict)
    assert info["client_id"] == sandbox.app_id
    assert kd.get_verified_account(sandbox.app_id, token).get().data["id"] == sandbox.accounts[0].id


def test_2_a_token_of_another_application(sandbox):
    with pytest.raises(exceptions.TokenVerificationFailed, match="not to some-other-app"):
        kd.verify_token("some-other-app", sandbox.accounts[0].token)


@pytest.mark.parametrize("token", ["wrong", "0" * 40])
def test_2_a_token_that_is_not_valid(sandbox, token):
    with pytest.raises(exceptions.APIException) as caught:
        kd.verify_token(sandbox.app_id, token)
    assert caught.value.status == 401
    assert "Check the token" in caught.value.message
    assert token not in caught.value.message


def test_2_foreign_expired_and_revoked_tokens(sandbox):
    from kloudless_data.sandbox import Sandbox

    with Sandbox(seed=3, accounts=2, events=5) as own:  # its tokens are made invalid
        kd.configuration["base_url"] = own.base_url
        with pytest.raises(exceptions.TokenVerificationFailed):
            kd.verify_token(own.app_id, own.foreign_token)
        own.expire(own.accounts[0].token)
        own.revoke(own.accounts[1].token)
        for account in own.accounts:
            with pytest.raises(exceptions.AuthorizationException, match="expired, revoked"):
                kd.Account(token=account.token).events().to_frame()
    with pytest.raises(exceptions.AuthorizationException):
        kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url).get(
            f"{sandbox.base_url}/v1/accounts", auth=_other("not-this-servers")
        )


def _other(token):
    from kloudless_data.auth import BearerTokenAuth

    return BearerTokenAuth(token)


def test_2_no_server(sandbox, dead_url):
    kd.configuration["base_url"] = dead_url
    kd.configuration["max_retries"] = 0
    with pytest.raises(exceptions.APIException) as caught:
        kd.verify_token(sandbox.app_id, sandbox.accounts[0].token)
    assert "base_url" in caught.value.message


def test_2_the_oauth_flow(sandbox):
    extra = {"domain": "x"}
    url, state = kd.get_authorization_url(
        sandbox.app_id, "http://127.0.0.1/callback", scope="storage", extra_data=extra
    )
    assert extra == {"domain": "x"}
    assert url.startswith(f"{sandbox.base_url}/v1/oauth?")
    back = requests.get(url, allow_redirects=False, timeout=10).headers["Location"]
    params = dict(requests.compat.urlparse(back)._asdict())
    query = {k: v[0] for k, v in requests.compat.urlsplit(back) and _query(params["query"]).items()}
    assert query["state"] == state
    token = kd.get_token_from_code(
        sandbox.app_id, sandbox.api_key, state, "http://127.0.0.1/callback", **query
    )
    assert kd.Account(token=token).get().data["api"] == "core"


def _query(text):
    from urllib.parse import parse_qs

    return parse_qs(text)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (
            {"error": "access_denied", "error_description": "No, thanks"},
            "access_denied.*No, thanks",
        ),
        ({"error": "access_denied"}, "access_denied"),
        ({"state": "forged", "code": "c"}, "forged"),
        ({"code": "c"}, "forged"),
        ({"state": "state"}, "no authorization code"),
    ],
)
def test_2_the_oauth_flow_fails(params, said):
    with pytest.raises(exceptions.OauthFlowFailed, match=said):
        kd.get_token_from_code("app", "key", "state", "http://127.0.0.1/", **params)


def test_2_a_code_that_is_not_valid(sandbox):
    with pytest.raises(exceptions.APIException) as caught:
        kd.get_token_from_code(
            sandbox.app_id, sandbox.api_key, "s", "http://127.0.0.1/", state="s", code="nonsense"
        )
    assert caught.value.status in (400, 401)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_4_and_5_options_of_one_request_on_every_method(serve, method):
    server = serve()
    server.answers.append(_json({}))
    account = kd.Account(token="t", base_url=server.base_url)
    given = {"X-Mine": "1"}
    getattr(account, method)(
        "x", api_version=2, get_raw_data=True, raw_headers={"A": "b"}, impersonate_user_id=5,
        headers=given,
    )  # fmt: skip
    (request,) = server.requests
    assert request.method == method.upper()
    assert request.path == "/v2/accounts/me/x"
    assert request.headers["X-Kloudless-Raw-Data"] == "true"
    assert request.headers["X-Kloudless-Raw-Headers"] == '{"A": "b"}'
    assert request.headers["X-Kloudless-As-User"] == "5"
    assert given == {"X-Mine": "1"}
    getattr(account, method)("x", get_raw_data=False)
    assert server.requests[1].headers["X-Kloudless-Raw-Data"] == "false"
    assert "X-Kloudless-As-User" not in server.requests[1].headers
    assert server.requests[1].path == "/v1/accounts/me/x"


def _json(value):
    import json

    from conftest import Answer

    return Answer(body=json.dumps(value).encode())


def test_4_another_version_for_one_request(account, sandbox):
    assert account.get(api_version=2).response.url == f"{sandbox.base_url}/v2/accounts/me"
    assert account.get().response.url == f"{sandbox.base_url}/v1/accounts/me"


def test_5_the_upstreams_raw_object(calendar):
    found = calendar.get("cal/calendars/primary", get_raw_data=True)
    assert found.data["raw"]
    assert "raw" not in calendar.get("cal/calendars/primary").data


def test_5_impersonation(sandbox):
    admin = next(a for a in sandbox.accounts if a.admin)
    account = kd.Account(token=admin.token)
    users = {e.data.get("user_id") for e in account.get("events", params={"page_size": 200})}
    user = next(u for u in users if u)
    assert account.get("storage/folders/root/contents", impersonate_user_id=user).objects
    with pytest.raises(exceptions.ForbiddenException):
        kd.Account(token=sandbox.accounts[0].token).get("events", impersonate_user_id=user)


def test_6_default_headers_hold_forevery_request_and_page(account, sandbox):
    account.headers["X-Kloudless-Raw-Data"] = "true"
    page = account.get("storage/folders/root/contents", params={"page_size": 1})
    assert all("raw" in item.data for item in page.get_paging_iterator())
    assert len(list(page.get_paging_iterator())) > 1
    page.refresh()
    assert "raw" in page.objects[0].data


def test_6_headers_of_one_request_hold_for_its_pages(account):
    page = account.get("events", params={"page_size": 10}, get_raw_data=True)
    assert all("raw" in item.data for item in page.get_paging_iterator(max_resources=25))
    assert "raw" not in account.get("events", params={"page_size": 1}).objects[0].data


def test_7_events_from_the_latest_cursor(account, sandbox):
    cursor = account.get("events/latest").data["cursor"]
    events = account.get("events", params={"cursor": cursor, "page_size": 50})
    assert list(events.get_paging_iterator()) == []
    assert events.latest_cursor == cursor


def test_7_all_events_in_pages_of_fifty(account, sandbox):
    events = account.get("events", params={"page_size": 50})
    ids = [event.data["id"] for event in events.get_paging_iterator()]
    truth = sandbox.history(sandbox.accounts[0])
    assert ids == [event["id"] for event in truth]
    assert events.latest_cursor == account.get("events/latest").data["cursor"]


@pytest.mark.parametrize("taken", [1, 7, 49, 50, 51, 75, 100, 2_499, 2_500])
@pytest.mark.parametrize("how", ["break", "max_resources"])
def test_7_the_latest_cursor_of_an_iteration_cut_short(account, sandbox, taken, how):
    events = account.get("events", params={"page_size": 50})
    assert events.latest_cursor is None
    if how == "break":
        iterator = events.get_paging_iterator()
        first = [next(iterator).data["id"] for _ in range(taken)]
    else:
        first = [e.data["id"] for e in events.get_paging_iterator(max_resources=taken)]
    rest = account.get("events", params={"cursor": events.latest_cursor, "page_size": 1000})
    ids = first + [event.data["id"] for event in rest.get_paging_iterator()]
    truth = sandbox.history(sandbox.accounts[0])
    assert ids == [event["id"] for event in truth]


def test_7_pages_one_by_one(account):
    page = account.get("events", params={"page_size": 1000})
    sizes = [len(page)]
    with pytest.raises(exceptions.NoNextPage) as caught:
        while True:
            page = page.get_next_page()
            sizes.append(len(page))
    assert sizes == [1000, 1000, 500]
    assert caught.value.cursor == account.get("events/latest").data["cursor"]


def test_8_the_upstreams_own_answer(account):
    response = account.raw("GET", "/drive/v2/about")
    assert type(response) is requests.Response
    assert response.json()["kind"] == "drive#about"


def test_8_the_upstreams_own_error(account):
    with pytest.raises(exceptions.NotFoundException) as caught:
        account.raw("GET", "/drive/v2/nowhere", headers={"X-Mine": "1"})
    assert "error" in caught.value.response.json()


def test_9_application_level_requests(sandbox):
    applications = kd.Client(token=sandbox.meta_token).get("meta/applications")
    assert applications.data["objects"]
    accounts = kd.Client(api_key=sandbox.api_key).get("accounts")
    ids = [a.data["id"] for a in accounts.get_paging_iterator()]
    assert ids == [a.id for a in sandbox.accounts]


def test_9_an_account_by_the_api_key(sandbox):
    wanted = sandbox.accounts[3]
    account = kd.Account(api_key=sandbox.api_key, account_id=wanted.id)
    assert account.get().data["id"] == wanted.id
    assert account.api_key == sandbox.api_key
    assert account.token is None


def test_10_response_classes(account):
    listing = account.get("storage/folders/root/contents")
    assert type(listing) is ResourceList
    assert type(listing.objects[0]) is Resource
    assert [r.data for r in listing] == listing.data["objects"]
    assert type(account.get("events/latest")) is ResponseJson
    file = next(r for r in listing.get_paging_iterator() if r.data["type"] == "file")
    assert type(file.get("contents")) is Response


def test_10_the_storage_snippet(account, tmp_path):
    root = account.get("storage/folders/root/contents")
    file = next(r for r in root.get_paging_iterator() if r.data["type"] == "file")
    with file.get("contents") as response:
        assert not response.response._content_consumed  # streamed, not read at once
        size = sum(len(chunk) for chunk in response.iter_content(1 << 16))
    assert size == int(file.data["size"])
    again = account.get(f"storage/files/{file.data['id']}")
    assert again.url == file.url
    folder = next(r for r in root if r.data["type"] == "folder")
    assert folder.get("contents").objects


def test_10_uploads_and_refresh(sandbox):
    import json

    from kloudless_data.sandbox import Sandbox

    with Sandbox(seed=3, accounts=1, events=5) as own:  # it is changed
        account = kd.Account(token=own.accounts[0].token, base_url=own.base_url)
        headers = {"X-Kloudless-Metadata": json.dumps({"parent_id": "root", "name": "new.txt"})}
        file = account.post("storage/files", data=b"hello", headers=headers)
        assert file.get("contents").content == b"hello"
        assert headers.keys() == {"X-Kloudless-Metadata"}
        with pytest.raises(exceptions.APIException) as caught:
            account.post("storage/files", data=b"hello", headers=headers)
        assert caught.value.status == 409
        file.patch(json={"name": "newer.txt"})
        assert file.data["name"] == "new.txt"
        file.refresh()
        assert file.data["name"] == "newer.txt"
        file.delete()
        with pytest.raises(exceptions.NotFoundException):
            file.refresh()
        assert file.data["name"] == "newer.txt"


def test_10_the_calendar_snippet(sandbox):
    from kloudless_data.sandbox import Sandbox

    with Sandbox(seed=3, accounts=5, events=5) as own:  # it is changed
        found = next(a for a in own.accounts if a.service == "google_calendar")
        account = kd.Account(token=found.token, base_url=own.base_url)
        calendar = account.get("cal/calendars/primary")
        assert calendar.url.endswith("/cal/calendars/primary")  # the alias stays
        assert calendar.data["name"]
        events = calendar.get("events?page_size=5")
        assert len(events) == 5
        following = events.get_next_page()
        first, second = ([e.data["id"] for e in page] for page in (events, following))
        assert not set(first) & set(second)
        new = {"start": "2019-01-01T12:30:00Z", "end": "2019-01-01T13:30:00Z", "name": "Test"}
        event = events.post(json=new)
        assert event.data["name"] == "Test"
        assert (
            account.get(f"cal/calendars/primary/events/{event.data['id']}").data["name"] == "Test"
        )


def test_a_repr_gives_kind_and_place_and_no_more(account, meta):
    listing = account.get("storage/folders/root/contents")
    assert repr(account) == f"<Account {account.url} (Bearer, hidden)>"
    assert "storage" in repr(listing.objects[0])
    key = next(iter(meta.get("meta/applications"))).get("apikeys").objects[0]
    assert key.data["key"] not in repr(key)
