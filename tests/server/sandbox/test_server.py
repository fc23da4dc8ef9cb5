"""The server around the endpoints: starting, stopping, credentials, errors, HTTP."""

from __future__ import annotations

import socket
import threading
from types import SimpleNamespace

import pytest
import requests

from kloudless_data.sandbox import Sandbox
from kloudless_data.sandbox.api import server
from kloudless_data.sandbox.api.server import Hook
from kloudless_data.sandbox.state import State

from .conftest import assert_error


def test_the_first_five_accounts_show_one_of_everything(shared_server):
    services = [account.service for account in shared_server.accounts]
    assert services[0] == "gdrive"
    storage = {"box", "dropbox", "onedrivebiz", "sharepoint"}
    for first in range(6):
        window = shared_server.accounts[first : first + 5]
        names = {account.service for account in window}
        assert {"gdrive", "google_calendar"} <= names
        assert names & storage
        assert any(account.admin for account in window)
    assert len({account.id for account in shared_server.accounts}) == 10
    assert len({account.token for account in shared_server.accounts}) == 10
    assert shared_server.accounts[0].token not in repr(shared_server.accounts[0])


def test_stopping_waits_for_no_client_and_leaves_nothing():
    before = set(threading.enumerate())
    sandbox = Sandbox(events=10).start()
    url = f"{sandbox.base_url}/v1/accounts"
    session = requests.Session()
    session.get(url, timeout=5)  # stays connected
    sandbox.stop()
    assert set(threading.enumerate()) <= before
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    sandbox.stop()  # once more is harmless
    session.close()


def test_two_sandboxes_run_at_once_and_know_only_their_own_tokens(own_server, caller):
    one, other = own_server(seed=1), own_server(seed=2)
    assert caller(one).get("accounts/me")["id"]
    stranger = caller(one, f"Bearer {other.accounts[0].token}")
    assert_error(stranger("GET", "accounts/me"), 401, "invalid_token")


def test_a_taken_port_is_a_clear_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
            Sandbox(events=1, port=port).start()


def test_it_cannot_be_started_twice(own_server):
    with pytest.raises(RuntimeError, match="already running"):
        own_server().start()


@pytest.mark.parametrize(
    "options", [{"accounts": 0}, {"events": -1}, {"span": 0}, {"expired_cursor": "perhaps"}]
)
def test_impossible_options_are_refused(options):
    with pytest.raises(ValueError, match=r"must be"):
        Sandbox(**options)


def test_a_server_makes_a_history_only_when_it_is_read(own_server, caller, monkeypatch):
    made, make = [], State._make_history

    def making(state, account):
        made.append(account.number)
        return make(state, account)

    monkeypatch.setattr(State, "_make_history", making)
    sandbox = own_server(events=1_000_000, accounts=3_000)
    assert made == []
    assert caller(sandbox, 2_999).get("accounts/me")["id"] == sandbox.accounts[-1].id


FAMILIES = [
    "accounts/{id}",
    "accounts/{id}/events",
    "accounts/{id}/events/latest",
    "accounts/{id}/subscriptions",
    "accounts/{id}/subscriptions/default/activity",
    "accounts/{id}/storage/folders/root",
    "accounts/{id}/storage/folders/root/contents",
    "accounts/{id}/storage/search?q=a",
    "accounts/{id}/storage/recent",
]


@pytest.mark.parametrize("path", FAMILIES)
def test_only_the_right_credentials_open_an_account(shared_server, caller, path):
    own, other = shared_server.accounts[0], shared_server.accounts[3]
    mine = path.format(id=own.id)
    assert caller(shared_server)("GET", mine).status_code == 200
    assert caller(shared_server)("GET", path.format(id="me")).status_code == 200
    assert caller(shared_server, "application")("GET", mine).status_code == 200
    assert_error(caller(shared_server)("GET", path.format(id=other.id)), 403, "forbidden")
    assert_error(caller(shared_server, "developer")("GET", mine), 403, "forbidden")
    assert_error(caller(shared_server, "application")("GET", path.format(id=12)), 404, "not_found")
    assert_error(
        caller(shared_server, "application")("GET", path.format(id="me")), 400, "bad_request"
    )
    for wrong in ("Bearer nonsense", f"Bearer {shared_server.foreign_token}"):
        assert_error(caller(shared_server, wrong)("GET", mine), 401, "invalid_token")
    for wrong in ("APIKey nonsense", "Basic abc", "Bearer", own.token):
        assert_error(caller(shared_server, wrong)("GET", mine), 401, "unauthorized")
    missing = caller(shared_server, "nobody")("GET", mine)
    assert_error(missing, 401, "authentication_required")
    assert missing.headers["WWW-Authenticate"].startswith("Bearer")


def test_several_tokens_open_several_accounts(shared_server, caller):
    one, two = shared_server.accounts[:2]
    both = caller(shared_server, f"Bearer {one.token},{two.token}")
    assert [a["id"] for a in both.get("accounts")["objects"]] == [one.id, two.id]
    assert [a["id"] for a in both.get(f"accounts/{one.id},{two.id}")["objects"]] == [one.id, two.id]
    assert both.get(f"accounts/{two.id}/events?page_size=1")["count"] == 1
    assert_error(both("GET", "accounts/me/events"), 400, "bad_request")


def test_the_management_api_is_for_developers(shared_server, caller):
    for who in (0, "application"):
        for path in ("meta/applications", "meta/invoices", "meta/licenses/71/contents"):
            assert_error(caller(shared_server, who)("GET", path), 403, "forbidden")
    assert_error(caller(shared_server, "developer")("GET", "accounts"), 403, "forbidden")


def test_credentials_can_be_taken_back(own_server, caller):
    sandbox = own_server()
    sandbox.expire(sandbox.accounts[0].token)
    assert_error(caller(sandbox)("GET", "accounts/me/events"), 401, "invalid_token")
    assert caller(sandbox, 1)("GET", "accounts/me").status_code == 200
    sandbox.revoke(sandbox.api_key)
    assert_error(caller(sandbox, "application")("GET", "accounts"), 401, "unauthorized")
    sandbox.revoke(sandbox.meta_token)
    assert_error(caller(sandbox, "developer")("GET", "meta/applications"), 401, "invalid_token")
    assert caller(sandbox, 1)("DELETE", "accounts/me").status_code == 204
    assert_error(caller(sandbox, 1)("GET", "accounts/me"), 401, "invalid_token")


@pytest.mark.parametrize(
    "path",
    [
        "nonsense",
        "accounts/me/nonsense",
        "accounts/me/events/more",
        "meta/nonsense",
        "accounts/me/cal/nonsense",
    ],
)
def test_a_wrong_path_is_not_found(shared_server, caller, path):
    assert_error(caller(shared_server, "developer")("GET", path), 404, "not_found")


def test_a_missing_or_wrong_version_is_not_found(shared_server):
    for path in ("/", "/accounts", "/v1", "/vx/accounts", "/v7/accounts"):
        assert_error(requests.get(shared_server.base_url + path, timeout=5), 404, "not_found")


def test_a_wrong_method_is_answered_with_the_allowed_ones(shared_server, caller):
    response = caller(shared_server)("DELETE", "accounts/me/events")
    assert_error(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_head_and_options_work(shared_server, caller):
    head = caller(shared_server)("HEAD", "accounts/me", headers={"Accept-Encoding": "identity"})
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["Content-Length"]) > 100
    options = caller(shared_server)("OPTIONS", "accounts/me/storage/files")
    assert (options.status_code, options.headers["Allow"]) == (204, "OPTIONS, POST")


@pytest.mark.parametrize(
    "path",
    [
        "accounts/me",
        "accounts/me/events",
        "oauth/token",
        "accounts/me/storage/folders/root/contents",
    ],
)
def test_trailing_slashes_mean_nothing(shared_server, caller, path):
    assert caller(shared_server).get(path + "/") == caller(shared_server).get(path)


def test_large_answers_are_compressed_on_request(shared_server, own_server, caller):
    path = "accounts/me/events?page_size=100"
    plain = caller(shared_server)("GET", path, headers={"Accept-Encoding": "identity"})
    packed = caller(shared_server)("GET", path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 4
    assert packed.content == plain.content
    small = caller(shared_server)("GET", "accounts/me/events/latest")
    assert "Content-Encoding" not in small.headers
    never = caller(own_server(gzip=False))("GET", path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in never.headers


def test_requests_are_recorded_without_secrets(own_server, caller):
    sandbox = own_server()
    caller(sandbox)("GET", "accounts/me/events?page_size=7", headers={"X-Kloudless-Raw-Data": "no"})
    caller(sandbox, "nobody")("GET", "accounts")
    caller(sandbox, "Bearer wrong")("POST", "accounts/me/raw")
    first, second, third = sandbox.requests
    assert (
        first.method,
        first.path,
        first.query,
        first.status,
        first.authorized,
        first.objects,
    ) == ("GET", "/v1/accounts/me/events", "page_size=7", 200, True, 7)
    assert first.headers == {"x-kloudless-raw-data": "no"}
    assert (second.status, second.authorized, second.objects) == (401, None, None)
    assert (third.method, third.status, third.authorized) == ("POST", 401, False)
    assert sandbox.accounts[0].token not in repr(sandbox.requests)
    assert sandbox.events_served == {sandbox.accounts[0].id: 7}


def test_latency_is_added_to_every_request(own_server, caller, monkeypatch):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(server, "asyncio", SimpleNamespace(sleep=sleep))
    call = caller(own_server(latency=0.15))
    call.get("accounts/me")
    call.get("accounts/me")
    assert pauses == [0.15, 0.15]


class _Cutting(Hook):
    """Breaks off every answer after a number of bytes."""

    async def send(self, request, message, send):
        if message["type"] == "http.response.body" and message["body"]:
            await send({**message, "body": message["body"][:10], "more_body": True})
            raise ConnectionError("cut")
        await send(message)


class _Instead(Hook):
    """Answers by itself."""

    async def before(self, request):
        from starlette.responses import Response

        return Response(status_code=503, headers={"Retry-After": "1"})


def test_hooks_can_answer_and_cut(own_server, caller):
    sandbox = own_server()
    sandbox.hooks.append(_Instead())
    assert caller(sandbox)("GET", "accounts/me").status_code == 503
    sandbox.hooks[:] = [_Cutting()]
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        caller(sandbox)("GET", "accounts/me")
    sandbox.hooks.clear()
    assert caller(sandbox)("GET", "accounts/me").status_code == 200
