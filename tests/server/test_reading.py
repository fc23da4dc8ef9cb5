"""Pages are prefetched, many accounts share the workers fairly, and no thread is left over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.http.retry import RetryBudget
from kloudless_data.paging.prefetch import ReadAhead


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and t.name == "kloudless-data"]
    assert left == []


def pages(number, *, size=2, delay=0.0, fail_at=None, failure=None):
    """A server of `number` pages for any account."""

    def answer(request):
        time.sleep(delay)
        query = {k: v[0] for k, v in parse_qs(urlsplit(request.path).query).items()}
        start = int(query.get("cursor", 0))
        if fail_at is not None and start == fail_at:
            return failure
        objects = [{"id": start * size + i} for i in range(size)] if start < number else []
        body = {"cursor": start + 1 if objects else start, "objects": objects}
        return Answer(body=json.dumps(body).encode())

    return answer


def by_account(answers):
    """A server that answers by the account's number in the path."""

    def answer(request):
        if request.path.count("/") < 4:
            return Answer(404)
        return answers[request.path.split("/")[3]](request)

    return answer


def accounts_of(server, names, **kwargs):
    return [
        kd.Account(api_key=f"key-{name}", account_id=name, base_url=server.base_url, **kwargs)
        for name in names
    ]


# --- One account ------------------------------------------------------------------------------


def test_the_next_page_is_requested_while_this_one_is_worked_on(serve):
    requested_ahead, answer = threading.Event(), pages(3)

    def noting(request):
        if "cursor" in request.path:
            requested_ahead.set()
        return answer(request)

    server = serve(noting)
    events = kd.Account(token="t", base_url=server.base_url).events(page_size=2)
    iterator = events.pages()
    next(iterator)
    assert requested_ahead.wait(30)
    iterator.close()


def test_no_more_than_a_few_pages_are_in_flight(serve):
    server = serve(pages(100))
    events = kd.Account(token="t", base_url=server.base_url).events(page_size=2)
    ahead = [len(server.requests) - number for number, _ in enumerate(events.pages(), start=1)]
    assert len(ahead) == 100
    assert max(ahead) <= 4


def test_an_error_comes_after_the_pages_before_it_with_its_own_traceback(serve):
    server = serve(pages(5, fail_at=2, failure=Answer(401)))
    events = kd.Account(token="t", base_url=server.base_url).events(page_size=2)
    got = []
    with pytest.raises(exceptions.AuthorizationException) as caught:
        for batch in events:
            got += batch["id"].to_pylist()
    assert got == ["0", "1", "2", "3"]
    assert events.latest_cursor == "2"
    assert "fetch_page" in "".join(traceback.format_tb(caught.value.__traceback__))


def test_leaving_a_stream_does_not_wait_for_the_server(serve):
    release, was_released = threading.Event(), []

    def stuck(request):
        if "cursor" in request.path:
            was_released.append(release.wait(20))
        return Answer(body=b'{"cursor": 1, "objects": [{"id": 1}]}')

    server = serve(stuck)
    iterator = iter(kd.Account(token="t", base_url=server.base_url).events())
    next(iterator)
    while len(server.requests) < 2:
        pass
    iterator.close()
    assert was_released == []  # the server still waits
    release.set()


def test_leaving_a_stream_does_not_wait_to_repeat_a_request(serve):
    """Its thread ends at once; otherwise `no_thread_is_left` would notice it."""
    first = Answer(body=b'{"cursor": 1, "objects": [{"id": 1}]}')
    server = serve(first, Answer(429, headers={"Retry-After": "60"}))
    iterator = iter(kd.Account(token="t", base_url=server.base_url).events())
    next(iterator)
    while len(server.requests) < 2:
        pass
    iterator.close()


def test_ctrl_c_stops_a_stream_that_waits_for_the_server(serve):
    release, was_released = threading.Event(), []
    server = serve(lambda request: (was_released.append(release.wait(60)), Answer())[1])
    program = (
        "import kloudless_data as kd, os, sys\n"
        "account = kd.Account(token='t', base_url=sys.argv[1])\n"
        "try:\n    account.events().to_frame()\n"
        "except KeyboardInterrupt:\n    print('interrupted')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, server.base_url],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ},
    )  # fmt: skip
    while not server.requests:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=50)
    assert (out, err) == ("interrupted\n", "")
    assert was_released == []  # the server still waits
    release.set()


def test_read_ahead_passes_on_items_and_errors_in_order():
    def items():
        yield 1
        yield 2
        raise ZeroDivisionError

    got = []
    with pytest.raises(ZeroDivisionError), ReadAhead(items()) as ahead:
        for item in ahead:
            got.append(item)
    assert got == [1, 2]


# --- Many accounts ----------------------------------------------------------------------------


def test_many_accounts_give_all_events_each_in_order(sandbox):
    accounts = [
        kd.Account(api_key=sandbox.api_key, account_id=a.id, base_url=sandbox.base_url)
        for a in sandbox.accounts
    ]
    stream = kd.read_events(accounts, max_workers=4, page_size=700)
    df = stream.to_frame()
    assert len(df) == 25_000
    for account in sandbox.accounts:
        history = sandbox.history(account)
        own = df[df["account"] == str(account.id)]
        assert list(own["id"]) == [str(event["id"]) for event in history]
        latest = accounts[sandbox.accounts.index(account)].get("events/latest").data["cursor"]
        assert stream.positions[str(account.id)] == str(latest)
    assert stream.failures == {}
    assert kd.read_events(accounts, cursors=stream.positions).to_frame().empty


def test_a_failing_account_does_not_stop_the_others(serve):
    kd.configuration["max_retries"] = 0
    server = serve(by_account({
        "1": pages(5),
        "2": pages(5, fail_at=2, failure=Answer(403, b'{"message": "not yours"}')),
        "3": pages(5),
    }))  # fmt: skip
    stream = kd.read_events(accounts_of(server, "123"), on_error="collect")
    rows = Counter(page.source for page in stream.pages())
    assert rows == {"1": 5, "2": 2, "3": 5}
    assert set(stream.failures) == {"2"}
    assert isinstance(stream.failures["2"], exceptions.ForbiddenException)
    assert stream.positions == {"1": "5", "2": "2", "3": "5"}

    stream = kd.read_events(accounts_of(server, "123"))
    with pytest.raises(exceptions.AccountsFailed, match=r"1 of the accounts.*account 2.*not yours"):
        stream.to_frame()
    assert len(stream.partial()) == 24


def test_a_slow_account_does_not_delay_the_others(serve):
    server = serve(by_account({
        "slow": pages(3, delay=0.3), **{str(i): pages(10) for i in range(6)}
    }))  # fmt: skip
    accounts = accounts_of(server, ["slow", *map(str, range(6))])
    order = [p.source for p in kd.read_events(accounts, max_workers=2, page_size=2).pages()]
    assert Counter(order) == {"slow": 3, **{str(i): 10 for i in range(6)}}
    assert order[-1] == "slow"


def test_turns_are_fair(serve):
    server = serve(by_account({str(i): pages(6) for i in range(4)}))
    order = [p.source for p in kd.read_events(accounts_of(server, "0123"), max_workers=1).pages()]
    assert order == ["0", "1", "2", "3"] * 6


def test_a_429_slows_its_own_applications_requests_only(serve, monkeypatch):
    calls, pauses = Counter(), []

    def pause_after(budget, error, **options):
        pauses.append(pause := original(budget, error, **options))
        return pause

    original = RetryBudget.pause_after
    monkeypatch.setattr(RetryBudget, "pause_after", pause_after)

    def limited(request):
        name = request.path.split("/")[3]
        calls[name] += 1
        if calls[name] == 2:
            return Answer(429, headers={"Retry-After": "1"})
        return pages(3)(request)

    server = serve(by_account({"limited": limited, "free": pages(3)}))
    accounts = accounts_of(server, ["limited", "free"])
    order = [page.source for page in kd.read_events(accounts, max_workers=1).pages()]
    assert order[:4].count("free") == 3  # the only worker did not sit the pause out
    assert pauses == [1.0]


def test_a_429_that_does_not_end_is_a_failure_of_its_account(serve):
    kd.configuration["max_retries"] = 2
    server = serve(by_account({"1": lambda r: Answer(429, headers={"Retry-After": "0"}),
                               "2": pages(3)}))  # fmt: skip
    stream = kd.read_events(accounts_of(server, "12"), on_error="collect")
    assert sum(batch.num_rows for batch in stream) == 6
    assert isinstance(stream.failures["1"], exceptions.RateLimitException)
    assert sum("/1/" in r.path for r in server.requests) == 3


def test_a_server_that_never_ends_is_a_failure_of_its_account(serve):
    same = Answer(body=b'{"cursor": 7, "objects": [{"id": 1}]}')
    server = serve(by_account({"1": lambda r: same, "2": pages(3)}))
    stream = kd.read_events(accounts_of(server, "12"), on_error="collect")
    assert Counter(page.source for page in stream.pages()) == {"1": 2, "2": 3}
    assert isinstance(stream.failures["1"], exceptions.CursorNotAdvancing)


def test_leaving_many_accounts_ends_all_threads_at_once(serve):
    release, was_released = threading.Event(), []

    def stuck(request):
        was_released.append(release.wait(20))
        return Answer()

    server = serve(by_account({"0": pages(3), **{str(i): stuck for i in range(1, 8)}}))
    iterator = kd.read_events(accounts_of(server, "01234567")).pages()
    next(iterator)
    iterator.close()
    assert was_released == []
    release.set()


def test_many_accounts_as_one_table(sandbox):
    accounts = [kd.Account(token=a.token, base_url=sandbox.base_url) for a in sandbox.accounts[:3]]
    stream = kd.read_events(accounts, columns=["account", "id"])
    table = pa.Table.from_batches(stream, stream.schema)
    assert table.num_rows == 7_500
    assert set(stream.positions) == {"0", "1", "2"}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda a: kd.read_events([]), "no account"),
        (lambda a: kd.read_events([a(1), a(1)]), "twice"),
        (lambda a: kd.read_events([a(1), a(2, api_version=2)]), "one API version"),
        (lambda a: kd.read_events([a(1)], on_error="ignore"), "on_error"),
        (lambda a: kd.read_events([a(1)], max_workers=0), "max_workers"),
    ],
)
def test_unreadable_parts_are_named(make, said):
    def account(number, **kwargs):
        return kd.Account(api_key="k", account_id=number, **kwargs)

    with pytest.raises(exceptions.InvalidParameter, match=said):
        make(account)
