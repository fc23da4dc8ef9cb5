"""A benchmark of a client must not measure the sandbox."""

from __future__ import annotations

import asyncio
import time

import pytest

from kloudless_data.sandbox import Sandbox
from kloudless_data.sandbox.api.server import Application

_PAGES = 40
#: An eighth of an idle machine's rate: a busy machine must pass the tests, but a Python loop over
#: events, which manages some tens of thousands, must fail them.
_AT_LEAST = 150_000


@pytest.fixture(scope="module")
def large():
    sandbox = Sandbox(seed=7, events=1_000_000, retention_events=None)
    sandbox.history(0).page(0, 1_000)
    return sandbox


def rate_of(read, runs=5):
    """Return events per second of CPU time, the best of some runs over pages not made before."""
    best = 0.0
    for run in range(runs):
        begin = time.process_time()
        for page in range(_PAGES):
            read(1_000 * (run * _PAGES + page))
        best = max(best, 1_000 * _PAGES / (time.process_time() - begin))
    return best


def test_pages_are_made_fast(large, capsys):
    rate = rate_of(lambda first: large.history(0).page(first, first + 1_000))
    with capsys.disabled():
        print(f"\npages made: {rate:,.0f} events/s", end=" ")
    assert rate > _AT_LEAST


def test_requests_are_answered_fast(large, capsys):
    application, history = Application(large._state, []), large.history(0)
    authorization = f"Bearer {large.accounts[0].token}".encode()
    sizes = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sizes.append(len(message.get("body", b"")))

    def read(first):
        query = f"page_size=1000&cursor={history.cursor_at(first)}".encode()
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/v1/accounts/me/events",
            "query_string": query,
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "headers": [(b"host", b"x"), (b"authorization", authorization)],
        }
        asyncio.run(application(scope, receive, send))

    rate = rate_of(read)
    with capsys.disabled():
        print(f"\nrequests answered: {rate:,.0f} events/s", end=" ")
    assert rate > _AT_LEAST
    assert min(sizes[1::2]) > 600_000
