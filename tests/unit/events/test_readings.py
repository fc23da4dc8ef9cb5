"""A stream is a query; each reading has its own positions, failures and kept pages."""

from __future__ import annotations

import json
import pickle
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.events import EventStream


def expected_ids(sandbox, number=0):
    return [str(event["id"]) for event in sandbox.history(sandbox.accounts[number])]


def accounts_of(sandbox, count=3):
    return [
        kd.Account(api_key=sandbox.api_key, account_id=each.id, base_url=sandbox.base_url)
        for each in sandbox.accounts[:count]
    ]


def numbered(pages, fail_at=None):
    """A server with one event per page, which refuses one page."""

    def answer(request):
        at = int(parse_qs(urlsplit(request.path).query).get("cursor", ["0"])[0])
        if at == fail_at:
            return Answer(403, b'{"message": "not yours"}')
        objects = [{"id": at}] if at < pages else []
        return Answer(body=json.dumps({"cursor": at + len(objects), "objects": objects}).encode())

    return answer


def test_four_threads_on_one_stream_each_get_all_of_it(account, sandbox):
    stream, barrier = account.events(page_size=300), threading.Barrier(4)

    def read(_):
        barrier.wait()
        frame = stream.to_frame()
        return list(frame["id"]), stream.latest_cursor

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(read, range(4)))
    latest = str(account.get("events/latest").data["cursor"])
    assert [cursor for _, cursor in results] == [latest] * 4
    for ids, _ in results:
        assert ids == expected_ids(sandbox)


def test_iterations_side_by_side_in_one_thread_do_not_mix(account, sandbox):
    stream = account.events(page_size=400)
    first, second = iter(stream), iter(stream)
    given = {1: [], 2: []}
    for one, other in zip(first, second, strict=True):
        given[1] += one["id"].to_pylist()
        given[2] += other["id"].to_pylist()
    assert given[1] == given[2] == expected_ids(sandbox)


def test_a_reading_has_its_own_positions(account):
    stream = account.events(page_size=100)
    early, late = stream.read(), stream.read()
    next(iter(early))
    for _ in late:
        pass
    assert early.given == 100
    assert late.given == 2_500
    assert early.latest_cursor != late.latest_cursor == stream.latest_cursor


def test_each_thread_sees_its_own_latest_reading(account):
    stream = account.events(page_size=100)
    next(iter(stream))
    here = stream.latest_cursor
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: stream.latest_cursor).result() == here  # it has read nothing
        pool.submit(lambda: [None for _ in stream]).result()
        there = pool.submit(lambda: stream.latest_cursor).result()
    assert there == str(account.get("events/latest").data["cursor"])
    assert stream.latest_cursor == here


def test_a_thread_that_read_nothing_sees_the_latest_reading_of_another(account):
    stream = account.events(page_size=500)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(stream.to_frame).result()
    assert stream.latest_cursor == str(account.get("events/latest").data["cursor"])


def test_an_interrupted_frame_continues_only_in_its_own_thread(account, sandbox, monkeypatch):
    stream, decode, main = account.events(page_size=500), EventStream.decode, []

    def interrupted(self, page):
        main.append(page)
        if len(main) == 3:
            raise KeyboardInterrupt
        return decode(self, page)

    monkeypatch.setattr(EventStream, "decode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stream.to_frame()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(lambda: (stream.partial(), stream.to_frame())).result()
    assert other[0].empty
    assert list(other[1]["id"]) == expected_ids(sandbox)
    assert len(stream.partial()) == 1_000
    assert list(stream.to_frame()["id"]) == expected_ids(sandbox)


@pytest.mark.parametrize("name", ["limit", "begin", "columns", "schema", "positions", "failures"])
def test_a_stream_is_immutable(account, name):
    stream = account.events()
    with pytest.raises(AttributeError):
        setattr(stream, name, None)
    stream.begin[""] = "5"
    assert stream.begin == {"": None}


def test_the_first_error_of_many_accounts_stops_all_and_uses_all_workers(serve):
    kd.configuration["max_retries"] = 0
    active, most, lock, together = 0, 0, threading.Lock(), threading.Barrier(3, timeout=20)

    def answer(request):
        nonlocal active, most
        name = request.path.split("/")[3]
        with lock:
            active, most = active + 1, max(most, active + 1)
        if "cursor" not in request.path:
            together.wait()  # all three requests are concurrent, or this test fails
        with lock:
            active -= 1
        return numbered(50, fail_at=3 if name == "2" else None)(request)

    server = serve(answer)
    sources = {
        name: (kd.Account(api_key="k", account_id=name, base_url=server.base_url), None)
        for name in "123"
    }
    stream = EventStream(sources, max_workers=3)
    rows = Counter()
    with pytest.raises(exceptions.ForbiddenException, match="not yours"):
        for page in stream.pages():
            rows[page.source] += page.rows
    assert most == 3
    assert rows["2"] == 3
    assert sum(rows.values()) < 103


def test_on_error_is_one_of_three(account):
    with pytest.raises(exceptions.InvalidParameter, match="on_error"):
        EventStream({"": (account, None)}, on_error="ignore")


def test_many_accounts_are_the_same_by_the_reading_and_by_the_stream(sandbox):
    stream = kd.read_events(accounts_of(sandbox), page_size=700)
    reading = stream.read()
    rows = Counter()
    for page in reading.pages():
        rows[page.source] += page.rows
    assert set(rows.values()) == {2_500}
    assert reading.positions == stream.positions
    assert kd.read_events(accounts_of(sandbox), cursors=reading.positions).to_frame().empty


def test_a_stream_says_where_it_is_while_it_is_read(account, sandbox):
    stream, seen = account.events(page_size=1_000), []
    for batch in stream:
        seen += batch["id"].to_pylist()
        rest = account.events(cursor=stream.latest_cursor, columns=["id"]).to_frame()
        assert seen + list(rest["id"]) == expected_ids(sandbox)


def test_a_limit_holds_over_an_interruption(account):
    stream = account.events(page_size=100, limit=250)
    first = stream.read()
    next(iter(first))
    rest = stream.read(first.positions, done=first.given)
    assert [batch.num_rows for batch in rest] == [100, 50]
    assert rest.given == 250


def test_the_state_of_a_read_is_not_pickled(account):
    stream = account.events(page_size=500, limit=700)
    stream.to_frame()
    state = stream.__getstate__()
    assert set(state) == {"plan", "schema"}
    copy = EventStream.__new__(EventStream)
    copy.__setstate__(state)
    assert copy.latest_cursor is None
    assert len(copy.to_frame()) == 700
    assert pickle.loads(pickle.dumps(copy.schema)) == stream.schema
