"""The unit tests' in-memory servers give the same answers as those with a socket."""

from __future__ import annotations

import pytest
from conftest import Answer
from unit.memory import MemorySandbox, MemoryServer, install

import kloudless_data as kd


@pytest.mark.parametrize(
    "answer",
    [
        Answer(201, b'{"id": 1, "n": [1]}', {"X-Mine": "yes"}),
        Answer(204),
        Answer(200, b"text", content_type="text/plain"),
        Answer(200, b"[1, 2]", {"Retry-After": "3"}),
    ],
)
def test_a_scripted_answer_is_the_same_either_way(serve, monkeypatch, answer):
    def facts(server):
        response = kd.Account(token="t", base_url=server.base_url).request(
            "GET", "things", get_raw_response=True
        )
        own = {k: v for k, v in response.headers.items()
               if k not in ("Connection", "Date", "Server")}  # fmt: skip
        return response.status_code, response.content, own

    by_socket = facts(serve(answer))
    install(monkeypatch)
    assert facts(MemoryServer(answer)) == by_socket


def test_the_sandbox_is_the_same_either_way(sandbox, monkeypatch):
    def read(server):
        account = kd.Account(token=server.accounts[3].token, base_url=server.base_url)
        return account.events(raw=True).to_frame(), account.get("storage/folders/root").data

    frame, folder = read(sandbox)
    install(monkeypatch)
    with MemorySandbox(seed=7, accounts=10, events=2_500) as in_memory:
        other, its_folder = read(in_memory)
    assert frame.equals(other)
    assert folder["id"] == its_folder["id"]
