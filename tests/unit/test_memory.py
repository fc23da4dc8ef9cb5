"""In-memory servers behave like those with a socket."""

from __future__ import annotations

import json
import socket

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions

from .memory import MemorySandbox


@pytest.fixture
def no_socket_is_opened(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


def test_the_sandbox_answers_without_a_socket(no_socket_is_opened):
    with MemorySandbox(seed=3, accounts=2, events=120) as sandbox:
        account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        frame = account.events(page_size=50).to_frame()
        history = sandbox.history(sandbox.accounts[0])
        assert list(frame["id"]) == [str(event["id"]) for event in history]
        with pytest.raises(exceptions.AuthorizationException):
            kd.Account(token="wrong", base_url=sandbox.base_url).get()


def test_a_scripted_server_sees_requests_and_their_repetitions(no_socket_is_opened, serve):
    server = serve(
        Answer(503), Answer(reset="before"), Answer(reset="during", body=b'{"id": 1}'),
        lambda request: Answer(body=json.dumps({"id": 5, "sent": request.body.decode()}).encode()),
    )  # fmt: skip
    account = kd.Account(token="t", base_url=server.base_url)
    assert account.get("things/5").data["id"] == 5
    assert [request.method for request in server.requests] == ["GET"] * 4
    assert server.requests[0].headers["Authorization"] == "Bearer t"
    assert account.post("things", json={"a": 1}).data["sent"] == '{"a": 1}'


def test_nothing_listens_anywhere_else(dead_url):
    kd.configuration["max_retries"] = 0
    for url in (dead_url, "http://example.com"):
        with pytest.raises(exceptions.ConnectionFailed):
            kd.Account(token="t", base_url=url).get()
