"""Requests are repeated only if that is safe, and credentials stay on the configured server."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import socket
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
import requests
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.http import retry

SECRET = "sEcReT-tOkEn-0123456789"
LIST = Answer(body=b'{"type": "object_list", "objects": [{"id": 1}]}')


def client_of(server, **kwargs):
    return kd.Account(token=SECRET, base_url=server.base_url, **kwargs)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_get_is_repeated_after_trouble_that_may_pass(serve, status):
    server = serve(Answer(status), Answer(status), LIST)
    assert client_of(server).get("x").data["objects"] == [{"id": 1}]
    assert len(server.requests) == 3


@pytest.mark.parametrize("reset", ["before", "during"])
def test_a_get_is_repeated_after_a_reset_connection(serve, reset):
    server = serve(Answer(body=LIST.body, reset=reset), Answer(body=LIST.body, reset=reset), LIST)
    assert client_of(server).get("x").data["objects"] == [{"id": 1}]
    assert len(server.requests) == 3


def test_a_get_is_repeated_when_the_body_is_shorter_than_promised(serve):
    server = serve(Answer(body=LIST.body, promised=4000), LIST)
    assert client_of(server).get("x").data["objects"] == [{"id": 1}]


def test_a_get_is_repeated_when_the_answer_ends_in_its_head():
    cut = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le"
    whole = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            for said in (cut, whole + b'{"id": 1}'):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(said)

        server = threading.Thread(target=answer)
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert kd.Account(token=SECRET, base_url=url).get("x").data == {"id": 1}
        server.join()


def test_an_answer_that_is_empty_on_purpose_is_an_answer(serve):
    server = serve(Answer(body=b""))
    assert client_of(server).get("x").status_code == 200
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 501, 507])
def test_other_failures_are_not_repeated(serve, status):
    server = serve(Answer(status))
    with pytest.raises(exceptions.APIException) as caught:
        client_of(server).get("x")
    assert caught.value.status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize(
    "answer",
    [Answer(502), Answer(503), Answer(504), Answer(reset="before"), Answer(reset="during")],
)
def test_a_request_that_may_have_changed_something_is_not_repeated(serve, method, answer):
    server = serve(answer, LIST)
    with pytest.raises(exceptions.APIException):
        getattr(client_of(server), method)("x")
    assert len(server.requests) == 1


def test_a_post_is_repeated_after_429_with_its_whole_body(serve):
    server = serve(Answer(429, headers={"Retry-After": "0"}), Answer(body=b'{"id": 1}'))
    client_of(server).post("x", data=io.BytesIO(b"the file"))
    assert [request.body for request in server.requests] == [b"the file", b"the file"]


def test_a_body_that_cannot_be_read_twice_is_sent_once(serve):
    server = serve(Answer(429), LIST)
    with pytest.raises(exceptions.RateLimitException):
        client_of(server).post("x", data=(part for part in [b"a", b"b"]))
    assert [request.body for request in server.requests] == [b"ab"]


def test_retries_end(serve):
    kd.configuration["max_retries"] = 2
    server = serve(Answer(503, b'{"error_code": "service_not_available", "id": "r1"}'))
    with pytest.raises(exceptions.ServerException) as caught:
        client_of(server).get("x")
    assert len(server.requests) == 3
    assert (caught.value.error_code, caught.value.request_id) == ("service_not_available", "r1")


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honoured(serve, as_date, monkeypatch):
    pauses = []
    monkeypatch.setattr(retry, "time", SimpleNamespace(sleep=pauses.append))
    moment = datetime.now(UTC) + timedelta(seconds=100)
    value = format_datetime(moment, usegmt=True) if as_date else "100"
    server = serve(Answer(429, headers={"Retry-After": value}), LIST)
    client_of(server).get("x")
    (pause,) = pauses
    assert 0 < pause <= 100 if as_date else pause == 100


@pytest.mark.parametrize("value", ["3600", "Fri, 31 Dec 2999 23:59:59 GMT"])
def test_nobody_waits_for_an_hour(serve, value):
    server = serve(Answer(429, headers={"Retry-After": value}))
    with pytest.raises(exceptions.RateLimitException) as caught:
        client_of(server).get("x")
    assert len(server.requests) == 1
    assert caught.value.retry_after > 3000
    assert "Try again in" in caught.value.message


def test_a_malformed_retry_after_is_not_an_error_of_its_own(serve):
    server = serve(Answer(429, headers={"Retry-After": "soon"}), LIST)
    assert client_of(server).get("x").data


def test_every_request_has_a_timeout(serve, monkeypatch):
    seen = []
    original = requests.adapters.HTTPAdapter.send

    def send(self, request, **kwargs):
        seen.append(kwargs["timeout"])
        return original(self, request, **kwargs)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    account = client_of(serve(LIST))
    for method in ("get", "post", "put", "patch", "delete", "head", "options"):
        getattr(account, method)("x")
        getattr(account, method)("x", timeout=None)
    account.get("x", timeout=3)
    assert seen == [(10.0, 60.0)] * 14 + [3]


def test_a_server_that_does_not_answer_in_time(serve):
    kd.configuration["read_timeout"] = 0.05
    kd.configuration["max_retries"] = 0

    def slow(request):
        time.sleep(0.3)
        return LIST

    with pytest.raises(exceptions.RequestTimedOut, match="no answer in time") as caught:
        client_of(serve(slow)).get("x")
    assert isinstance(caught.value, requests.exceptions.Timeout)


def test_a_dead_port_is_a_clear_error(dead_url):
    kd.configuration["max_retries"] = 1
    with pytest.raises(exceptions.ConnectionFailed) as caught:
        kd.Account(token=SECRET, base_url=dead_url).get("events")
    assert isinstance(caught.value, requests.exceptions.ConnectionError)
    assert f"GET {dead_url}/v1/accounts/me/events failed" in caught.value.message
    assert "Connection refused" in caught.value.message
    assert "base_url" in caught.value.message


# --- Credentials -----------------------------------------------------------------------------


def test_a_redirect_to_another_server_is_refused_and_gets_nothing(serve):
    thief = serve(LIST)
    server = serve(Answer(302, headers={"Location": f"{thief.base_url}/v1/loot"}))
    with pytest.raises(exceptions.UntrustedURL, match="redirects to"):
        client_of(server).get("x")
    assert thief.requests == []


def test_a_redirect_on_the_same_server_is_followed_with_the_credential(serve):
    server = serve(Answer(302, headers={"Location": "/v1/elsewhere"}), LIST)
    assert client_of(server).get("x").data["objects"]
    assert [request.path for request in server.requests] == ["/v1/accounts/me/x", "/v1/elsewhere"]
    assert server.requests[1].headers["Authorization"] == f"Bearer {SECRET}"


def test_a_url_of_another_server_is_refused(serve):
    thief, server = serve(LIST), serve(LIST)
    for method in ("get", "post", "put", "patch", "delete", "head", "options"):
        with pytest.raises(exceptions.UntrustedURL):
            getattr(client_of(server), method)(f"{thief.base_url}/v1/x")
    assert thief.requests == []


def test_hrefs_and_pages_of_another_server_are_not_followed(serve):
    thief = serve(LIST)
    href = f"{thief.base_url}/v1/loot"
    server = serve(
        Answer(body=json.dumps({"type": "object_list", "next_page": href, "objects": [
            {"id": "a", "href": href}]}).encode()),
        Answer(body=b'{"type": "object_list", "objects": []}'),
    )  # fmt: skip
    page = client_of(server).get("x")
    assert page.objects[0].url == f"{server.base_url}/v1/accounts/me/x/a"
    list(page.get_paging_iterator())
    page.objects[0].refresh()
    assert thief.requests == []


def test_netrc_is_not_read(serve, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(Answer(302, headers={"Location": "/v1/y"}), LIST)
    client_of(server).get("x")
    assert {r.headers["Authorization"] for r in server.requests} == {f"Bearer {SECRET}"}


def test_no_secret_in_logs_reprs_errors_and_tracebacks(serve, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    echo = Answer(401, json.dumps({"message": f"token {SECRET} is bad", "id": "r"}).encode())
    account = client_of(serve(echo))
    try:
        account.get("x", params={"access_token": SECRET, "page": 2})
    except exceptions.AuthorizationException as error:
        shown = [error.message, str(error), repr(error), traceback.format_exc()]
    logged = [
        r.getMessage() for r in caplog.records if r.name.startswith(("kloudless_data", "urllib3"))
    ]
    shown += [repr(account), str(account), repr(account.auth), *logged, *capsys.readouterr()]
    assert "page=2" in logged[0]
    assert "[redacted]" in shown[0]
    assert all(SECRET not in text for text in shown)


@pytest.mark.parametrize("token", ["a b", "a\nb", "tökén", "a\x00b", "   "])
def test_a_token_that_cannot_be_one_is_refused_without_quoting_it(token):
    with pytest.raises(exceptions.InvalidParameter) as caught:
        kd.Account(token=token)
    assert token.strip() == "" or token not in caught.value.message


def test_white_space_around_a_pasted_token_is_dropped(serve):
    server = serve(LIST)
    kd.Account(token=f"  {SECRET}\n", base_url=server.base_url).get("x")
    assert server.requests[0].headers["Authorization"] == f"Bearer {SECRET}"


# --- Answers that the API cannot have meant --------------------------------------------------


def test_a_web_page_instead_of_json(serve):
    server = serve(Answer(body=b"<html>Welcome</html>", content_type="text/html"))
    with pytest.raises(exceptions.InvalidResponse, match="web page instead of JSON.*base_url"):
        client_of(server).get("x")


def test_truncated_json(serve):
    server = serve(Answer(body=b'{"id": "a", "na'))
    with pytest.raises(exceptions.InvalidResponse, match="damaged or cut off"):
        client_of(server).get("x")


@pytest.mark.parametrize(
    "damaged", [Answer(body=b'{"id": "a", "na'), Answer(body=b"<html>", content_type="text/html")]
)
def test_a_damaged_answer_is_requested_again(serve, damaged):
    server = serve(damaged, damaged, Answer(body=b'{"id": "a"}'))
    assert client_of(server).get("x").data == {"id": "a"}
    server = serve(damaged, Answer(body=b'{"id": "a"}'))
    with pytest.raises(exceptions.InvalidResponse):
        client_of(server).post("x")
    assert len(server.requests) == 1


@pytest.mark.parametrize("value", [[1, {"id": 2}], "text", 5, None, True, {}])
def test_json_that_is_not_an_object(serve, value):
    response = client_of(serve(Answer(body=json.dumps(value).encode()))).get("x")
    assert type(response).__name__ == "ResponseJson"
    assert response.data == value


def test_no_content(serve):
    response = client_of(serve(Answer(204))).delete("x")
    assert type(response).__name__ == "Response"
    assert response.status_code == 204


def test_redirects_in_a_circle(serve):
    server = serve(Answer(302, headers={"Location": "/v1/again"}))
    with pytest.raises(exceptions.InvalidResponse, match="circle"):
        client_of(server).get("x")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, exceptions.APIException),
        (401, exceptions.AuthorizationException),
        (403, exceptions.ForbiddenException),
        (404, exceptions.NotFoundException),
        (405, exceptions.APIException),
        (406, exceptions.APIException),
        (409, exceptions.APIException),
        (429, exceptions.RateLimitException),
        (500, exceptions.ServerException),
        (501, exceptions.ServerException),
        (502, exceptions.ServerException),
        (503, exceptions.ServerException),
        (504, exceptions.ServerException),
        (507, exceptions.ServerException),
    ],
)
def test_an_error_names_everything_that_is_known(serve, status, kind):
    kd.configuration["max_retries"] = 0
    body = {"error_code": "some_code", "message": "It broke", "id": "req-1", "status_code": status}
    server = serve(Answer(status, json.dumps(body).encode()))
    with pytest.raises(exceptions.APIException) as caught:
        client_of(server).get("x", params={"page": 3})
    error = caught.value
    assert type(error) is kind
    assert error.error_data == body
    for part in ("GET", f"{server.base_url}/v1/accounts/me/x?page=3", str(status), "some_code",
                 "It broke", "req-1", exceptions.PYTHON[error.remedy]):  # fmt: skip
        assert part in error.message


def test_an_error_whose_body_is_not_json(serve):
    server = serve(Answer(400, b"<h1>Bad\n Request</h1>" + b"x" * 1000, content_type="text/html"))
    with pytest.raises(exceptions.APIException) as caught:
        client_of(server).get("x")
    assert "<h1>Bad Request</h1>" in caught.value.message
    assert len(caught.value.message) < 500
    assert caught.value.error_data == {}


# --- Connections -------------------------------------------------------------------------------


def connections_of(monkeypatch):
    """Return a list that gets the local port of each connection that is opened."""
    from urllib3.connection import HTTPConnection

    opened, connect = [], HTTPConnection.connect

    def noted(connection):
        connect(connection)
        opened.append(connection.sock.getsockname()[1])

    monkeypatch.setattr(HTTPConnection, "connect", noted)
    return opened


def test_sessions_of_one_server_share_connections_but_no_credential(serve, monkeypatch):
    opened, server = connections_of(monkeypatch), serve(Answer())
    for number in range(20):
        kd.Account(token=f"token-{number}", base_url=server.base_url).get("x")
    assert len(opened) == 1
    told = [request.headers["Authorization"] for request in server.requests]
    assert told == [f"Bearer token-{number}" for number in range(20)]


def test_a_session_that_is_closed_takes_no_connection_from_another(serve, monkeypatch):
    opened, server = connections_of(monkeypatch), serve(Answer())
    account = kd.Account(token="t", base_url=server.base_url)
    account.get("x")
    with kd.Account(token="u", base_url=server.base_url) as other:
        other.get("x")
    account.get("x")
    assert len(opened) == 1


def test_a_forked_process_uses_connections_of_its_own(serve, monkeypatch):
    opened, server = connections_of(monkeypatch), serve(Answer())
    kd.Account(token="t", base_url=server.base_url).get("x")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            kd.Account(token="t", base_url=server.base_url).get("x")
            os.write(writing, str(len(set(opened))).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"2"
    os.close(reading)
    os.close(writing)
