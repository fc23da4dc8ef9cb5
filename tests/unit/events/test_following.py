"""Streams that wait for new events."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions

SOON = timedelta(milliseconds=1)


class Growing:
    """A server whose account gets an event every few requests, some of which fail."""

    def __init__(self, every=3, failures=None):
        self.every = every
        self.failures = failures or {}
        self.count = 0
        self.lock = threading.Lock()

    def __call__(self, request):
        with self.lock:
            self.count += 1
            if self.count in self.failures:
                return self.failures[self.count]
            there = self.count // self.every + 1
        at = int(parse_qs(urlsplit(request.path).query).get("cursor", ["0"])[0])
        objects = [{"id": str(n)} for n in range(at, there)]
        return Answer(body=json.dumps({"cursor": max(at, there), "objects": objects}).encode())


def take(stream, count):
    """Return the ids of a stream's first events, and leave it."""
    ids, batches = [], iter(stream)
    for batch in batches:
        ids += batch["id"].to_pylist()
        if len(ids) >= count:
            break
    batches.close()
    return ids


def account_at(server, **kwargs):
    return kd.Account(token="t", base_url=server.base_url, **kwargs)


def test_new_events_arrive_as_they_happen_each_once(serve):
    stream = account_at(serve(Growing())).events(follow=SOON)
    ids = take(stream, 20)
    assert ids == [str(n) for n in range(len(ids))]


def test_it_is_resumed_by_its_cursor(serve):
    account = account_at(serve(Growing()))
    first = account.events(follow=SOON)
    ids = take(first, 5)
    ids += take(account.events(cursor=first.latest_cursor, follow=SOON), 5)
    assert ids == [str(n) for n in range(len(ids))]


@pytest.mark.parametrize(
    "failure",
    [
        Answer(502),
        Answer(reset="before"),
        Answer(500),
        Answer(429, headers={"Retry-After": "0"}),
        Answer(body=b"<"),
    ],
)
def test_transient_failures_do_not_end_it(serve, failure):  # fmt: skip
    kd.configuration["max_retries"] = 0
    server = serve(Growing(failures=dict.fromkeys(range(5, 9), failure)))
    ids = take(account_at(server).events(follow=SOON), 10)
    assert ids == [str(n) for n in range(len(ids))]


@pytest.mark.parametrize(
    ("date", "ends"),
    [("Fri, 01 Jan 2027 00:59:59 GMT", False), ("Fri, 01 Jan 2027 01:00:00 GMT", True)],
)
def test_until_ends_it_though_nothing_happens(serve, date, ends):
    asked = []

    def nothing(request):
        asked.append(request)
        if len(asked) > 3:
            return Answer(403)
        return Answer(body=b'{"cursor": 5, "objects": []}', headers={"Date": date})

    stream = account_at(serve(nothing)).events(follow=SOON, until="2027-01-01")
    if not ends:
        with pytest.raises(exceptions.ForbiddenException):
            list(stream)
        return
    assert [batch.num_rows for batch in stream] in ([], [0])
    assert len(asked) == 1
    assert stream.latest_cursor == "5"


@pytest.mark.parametrize("failure", [Answer(401), Answer(403)])
def test_permanent_failures_end_it(serve, failure):
    server = serve(Growing(failures=dict.fromkeys(range(5, 1_000), failure)))
    with pytest.raises(exceptions.APIException):
        take(account_at(server).events(follow=SOON), 10)


def test_many_accounts_are_followed_side_by_side(serve):
    servers = {"1": Growing(), "2": Growing(every=2), "3": Growing(every=5)}
    server = serve(lambda request: servers[request.path.split("/")[3]](request))
    accounts = [
        kd.Account(api_key="k", account_id=name, base_url=server.base_url) for name in servers
    ]
    stream = kd.read_events(accounts, follow=SOON, max_workers=1)
    ids, pages = {name: [] for name in servers}, stream.pages()
    for page in pages:
        ids[page.source] += stream.decode(page)["id"].to_pylist()
        if all(len(found) > 5 for found in ids.values()):
            break
    pages.close()
    for found in ids.values():
        assert found == [str(n) for n in range(len(found))]


def test_a_limit_ends_it_so_it_can_be_a_table(serve):
    stream = account_at(serve(Growing())).events(follow=SOON, limit=4)
    assert list(stream.to_frame()["id"]) == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    "use",
    [lambda s, p: s.to_frame(), lambda s, p: s.to_arrow(), lambda s, p: s.to_csv(p / "x.csv")],
)
def test_without_an_end_it_cannot_be_a_table(serve, tmp_path, use):  # fmt: skip
    server = serve(Growing())
    with pytest.raises(exceptions.InvalidParameter, match="never ends"):
        use(account_at(server).events(follow=True), tmp_path)
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", ["soon", 5, "0s", -1])
def test_the_polling_interval_is_a_duration(account, wrong):
    with pytest.raises(exceptions.InvalidParameter, match="follow"):
        account.events(follow=wrong)


def test_no_thread_is_left(serve):
    before = set(threading.enumerate())
    take(account_at(serve(Growing())).events(follow="1h"), 1)
    left = [t for t in threading.enumerate() if t not in before and t.name == "kloudless-data"]
    assert left == []
