"""One budget per request, whatever fails and whoever sends it."""

from __future__ import annotations

import itertools
import json

import pytest
import requests
import urllib3
from conftest import Answer
from hypothesis import given
from hypothesis import strategies as st

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.http.retry import RetryPolicy

END = Answer(body=b'{"cursor": "z", "objects": []}')
BROKEN = Answer(reset="before")
BUSY = Answer(503)
LIMITED = Answer(429)
CUT = Answer(body=b'{"objects": [{"id"')
WEB_PAGE = Answer(body=b"<html>", content_type="text/html")
STUCK = Answer(body=b'{"cursor": "a", "objects": [{"id": "1"}]}')

READ = {
    "a stream": lambda account: account.events(cursor="a").to_frame(),
    "a list": lambda account: kd.list_folder(account),
    "an object": lambda account: account.get("x"),
    "a page": lambda account: account.get("events").get_next_page(),
    "many accounts": lambda account: kd.read_events([account], on_error="raise").to_frame(),
}


@pytest.mark.parametrize("retries", [0, 1, 3])
@pytest.mark.parametrize("bad", [BROKEN, BUSY, LIMITED, CUT, WEB_PAGE], ids=lambda a: str(a.status))
@pytest.mark.parametrize("read", ["a stream", "a list", "an object", "many accounts"])
def test_a_page_that_stays_bad_costs_its_budget_and_not_more(serve, read, bad, retries):
    server = serve(bad)
    account = kd.Account(token="t", base_url=server.base_url).with_options(max_retries=retries)
    with pytest.raises(exceptions.KloudlessException):
        READ[read](account)
    assert len(server.requests) == retries + 1


@pytest.mark.parametrize("read", ["a stream", "a list", "an object", "many accounts"])
def test_different_failures_of_one_page_come_out_of_one_budget(serve, read):
    server = serve(BROKEN, BUSY, LIMITED, CUT, BUSY)
    account = kd.Account(token="t", base_url=server.base_url).with_options(max_retries=3)
    with pytest.raises(exceptions.KloudlessException):
        READ[read](account)
    assert len(server.requests) == 4


def test_a_page_that_does_not_advance_is_part_of_the_same_budget(serve):
    server = serve(BUSY, CUT, STUCK)
    account = kd.Account(token="t", base_url=server.base_url).with_options(max_retries=3)
    events = account.events(cursor="a")
    with pytest.raises(exceptions.CursorNotAdvancing):
        events.to_frame()
    assert len(server.requests) == 4
    assert len(events.partial()) == 1  # the page itself was good


def test_the_next_page_has_a_budget_of_its_own(serve):
    pages = [Answer(body=json.dumps({"cursor": n, "objects": [{"id": str(n)}]}).encode())
             for n in range(3)]  # fmt: skip
    server = serve(BUSY, pages[0], BUSY, pages[1], BUSY, pages[2], BUSY, END)
    account = kd.Account(token="t", base_url=server.base_url).with_options(max_retries=1)
    assert len(account.events().to_frame()) == 3
    assert len(server.requests) == 8


def test_an_account_that_is_derived_for_a_worker_does_not_repeat(serve):
    import pickle

    server = serve(BUSY)
    parent = kd.Client(api_key="a-key-of-many", base_url=server.base_url)
    derived = parent.with_options(max_retries=0).account(7)
    for account in (derived, pickle.loads(pickle.dumps(derived))):
        before = len(server.requests)
        with pytest.raises(exceptions.ServerException):
            account.get("x")
        assert len(server.requests) == before + 1


EXPIRED = json.dumps({"error_code": "invalid_parameters", "message": "The cursor has expired."})


@pytest.mark.parametrize("status", [400, 404, 409, 410, 412, 416, 422])
def test_an_expired_cursor_is_believed_when_it_is_said_twice(serve, status):
    says = Answer(status, EXPIRED.encode())
    server = serve(says, END)
    account = kd.Account(token="t", base_url=server.base_url)
    assert len(account.events(cursor="old").to_frame()) == 0
    server = serve(says)
    account = kd.Account(token="t", base_url=server.base_url)
    with pytest.raises(exceptions.APIException) as caught:
        account.events(cursor="old").to_frame()
    assert exceptions.is_expired_cursor(caught.value)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "body", "expired"),
    [
        (400, {"error_code": "invalid_cursor"}, True),
        (404, {"message": "Cursor not found."}, True),
        (409, {"error_code": "reset", "message": "The cursor is no longer valid."}, True),
        (409, {"error_code": "reset/...", "message": ""}, True),
        (410, {"error_code": "fullSyncRequired", "message": "A full sync is required."}, True),
        (410, {"error_code": "updatedMinTooLongAgo", "message": "Too far in the past."}, True),
        (404, {"error_code": "not_found", "message": "startHistoryId is too old."}, True),
        (400, {"error_code": "bad_request", "message": "Invalid delta link."}, True),
        (400, {"error_code": "bad_request", "message": "The change token is expired."}, True),
        (400, {"error_code": "invalid_bookmark", "message": ""}, True),
        (422, {"error_code": "bad_request", "message": "The marker is not valid any more."}, True),
        (416, {"error_code": "out_of_range", "message": "Position no longer available."}, True),
        (412, {"error_code": "bad_request", "message": "The checkpoint is too old."}, True),
        (400, {"error_code": "bad_request", "message": "Your session has expired."}, False),
        (400, {"error_code": "expired", "message": "The access token has expired."}, False),
        (409, {"error_code": "naming_conflict", "message": "There is such a file."}, False),
        (400, {"error_code": "bad_request", "message": "marker must be given"}, False),
        (404, {"error_code": "not_found", "message": "Not found."}, False),
        (404, {"message": "No route for /v1/accounts/7/events?cursor=abc"}, False),
        (404, {"message": "GET https://a.test/cursor/events failed"}, False),
        (400, {}, False),
        (401, {"message": "The cursor's token has expired."}, False),
        (429, {"message": "Too many cursors."}, False),
        (500, {"message": "The cursor store is down."}, False),
    ],
)
def test_only_what_the_server_says_tells_an_expired_cursor(serve, status, body, expired):
    server = serve(Answer(status, json.dumps(body).encode()))
    account = kd.Account(token="t", base_url=server.base_url).with_options(max_retries=0)
    with pytest.raises(exceptions.APIException) as caught:
        account.get("events", params={"cursor": "the cursor has expired"})
    assert exceptions.is_expired_cursor(caught.value) is expired


RETRY_AFTER = st.one_of(st.none(), st.floats(0, 500), st.sampled_from(["soon", "-1", "1e9", "²"]))


@given(st.lists(RETRY_AFTER, min_size=1, max_size=8), st.integers(0, 5))
def test_a_pause_after_429_is_as_long_as_requested_and_never_zero(values, retries):
    policy = RetryPolicy(retries, 120.0)
    budget = policy.budget()
    taken = 0
    for value in values:
        error = exceptions.RateLimitException()
        error.retry_after = exceptions.parse_retry_after(None if value is None else f"{value}")
        pause = budget.pause_after(error, safe=False)
        if pause is None:
            assert taken == retries or (error.retry_after or 0) > 120
            continue
        taken += 1
        assert pause >= max(policy.backoff_unit, error.retry_after or 0)
    assert taken <= retries


@given(st.text(max_size=30))
def test_any_retry_after_is_a_number_of_seconds_or_none(value):
    found = exceptions.parse_retry_after(value)
    assert found is None or found >= 0


def test_pauses_grow_and_have_a_bound():
    policy = RetryPolicy(20, 10.0)
    budget = policy.budget()
    error = exceptions.ConnectionFailed(message="x")
    pauses = [budget.pause_after(error) for _ in range(20)]
    assert pauses[0] == 0
    assert max(pauses) == 10.0
    assert all(a <= b + policy.backoff_unit for a, b in itertools.pairwise(pauses))
    assert budget.pause_after(error) is None


def refused_times(session, url):
    """Return how often a request is sent if it is refused each time."""
    sent = []

    class Refusing(requests.adapters.HTTPAdapter):
        def send(self, request, **kwargs):
            sent.append(request.url)
            pool = urllib3.connectionpool.HTTPConnectionPool("127.0.0.1")
            cause = urllib3.exceptions.NewConnectionError(pool, "Connection refused")
            raise requests.exceptions.ConnectionError(cause)

    session.mount("http://", Refusing())
    with pytest.raises(kd.exceptions.ServerUnreachable):
        session.get(url)
    return len(sent)


def test_a_server_that_never_answered_is_tried_twice_and_one_that_did_to_the_end(sandbox):
    stranger = kd.Client(token="token-of-a-stranger", base_url="http://127.0.0.1:9")
    assert refused_times(stranger, "accounts") == 2
    known = kd.Client(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    known.get("accounts")
    assert refused_times(known, "accounts") == known.settings.max_retries + 1
