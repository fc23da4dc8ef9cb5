"""Each kind of fault, as seen by a client that repairs nothing."""

from __future__ import annotations

import time
from collections import Counter
from email.utils import parsedate_to_datetime
from itertools import pairwise
from types import SimpleNamespace

import pytest
import requests

from kloudless_data.sandbox import FaultPlan
from kloudless_data.sandbox.api import injection

EVENTS = "accounts/me/events?page_size=100"
BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.fixture
def faulty(own_server, caller):
    """Return a function that starts a sandbox with a plan, and its client."""

    def start(events=500, **plan):
        sandbox = own_server(events=events, faults=FaultPlan(**plan))
        return sandbox, caller(sandbox)

    return start


@pytest.fixture
def pauses(monkeypatch):
    """Return the pauses that the server makes, which take no time here."""
    made = []

    async def sleep(seconds):
        made.append(seconds)

    monkeypatch.setattr(injection, "asyncio", SimpleNamespace(sleep=sleep))
    return made


def outcomes(call, number=40):
    """Repeat a request; return the answers or exceptions."""
    found = []
    for _ in range(number):
        try:
            found.append(call("GET", EVENTS))
        except requests.RequestException as error:
            found.append(error)
    return found


def read(call, page_size=50):
    """Read all events like a simple client; return their ids by page."""
    cursor, pages = "", []
    while True:
        page = call.get(f"accounts/me/events?page_size={page_size}&cursor={cursor}")
        if not page["objects"]:
            return pages
        pages.append([event["id"] for event in page["objects"]])
        cursor = page["cursor"]


def test_without_a_plan_nothing_is_injected(own_server, caller):
    sandbox = own_server()
    read(caller(sandbox))
    assert sandbox.faults_injected == Counter()


def test_too_many_requests_say_when_to_come_back(faulty):
    sandbox, call = faulty(rate_limit=1, retry_after=7, most_in_a_row=100)
    begin = time.time()
    answers = outcomes(call)
    assert {answer.status_code for answer in answers} == {429}
    said = [answer.headers.get("Retry-After") for answer in answers]
    assert sandbox.faults_injected == {
        "rate_limit_seconds": said.count("7"),
        "rate_limit_unsaid": said.count(None),
        "rate_limit_date": sum("GMT" in (value or "") for value in said),
    }
    assert all(sandbox.faults_injected.values())
    date = next(value for value in said if "GMT" in (value or ""))
    assert begin < parsedate_to_datetime(date).timestamp() <= time.time() + 7
    assert answers[0].json()["error_code"] == "too_many_requests"


def test_server_errors_with_and_without_retry_after(faulty):
    sandbox, call = faulty(server_error=1, retry_after=7, most_in_a_row=100)
    answers = outcomes(call)
    assert {answer.status_code for answer in answers} == {502, 503, 504}
    assert {answer.headers.get("Retry-After") for answer in answers} == {"7", None}
    assert sandbox.faults_injected.keys() == {"server_error", "server_error_retry_after"}
    assert sandbox.faults_injected.total() == 40


def test_refused_requests_have_no_effect(faulty):
    _, call = faulty(rate_limit=1, most_in_a_row=1)
    folder = {"name": "new", "parent_id": "root"}
    assert call("POST", "accounts/me/storage/folders", json=folder).status_code == 429
    assert call("POST", "accounts/me/storage/folders", json=folder).status_code == 201


def test_connections_end_before_in_and_after_the_answer(faulty):
    sandbox, call = faulty(reset=1, most_in_a_row=100)
    came = outcomes(call, 80)
    whole = [one for one in came if not isinstance(one, Exception) and one.content]
    assert sandbox.faults_injected.keys() == {
        "reset_before", "reset_head", "reset_body", "reset_after"}  # fmt: skip
    assert len(whole) <= sandbox.faults_injected["reset_after"]
    assert all(len(one.json()["objects"]) == 100 for one in whole)
    assert len({type(one) for one in came if isinstance(one, BROKEN)}) == 2  # before; in the body
    assert len(sandbox.requests) == sandbox.faults_injected.total()


def test_slow_bytes_are_all_there(faulty, pauses):
    sandbox, call = faulty(slow=1)
    assert len(call.get(EVENTS)["objects"]) == 100
    assert len(pauses) > 10
    assert min(pauses) > 0
    assert sandbox.faults_injected == {"slow": 1}


def test_truncated_json_looks_like_a_good_answer(faulty):
    sandbox, call = faulty(truncated=1, most_in_a_row=100)
    for answer in outcomes(call):
        assert answer.status_code == 200
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        with pytest.raises(ValueError):
            answer.json()
    assert sandbox.faults_injected == {"truncated": 40}


def test_answers_that_are_not_json(faulty):
    sandbox, call = faulty(invalid=1, most_in_a_row=100)
    came = outcomes(call)
    damaged = [one for one in came if isinstance(one, requests.exceptions.ContentDecodingError)]
    pages = [one for one in came if one not in damaged and "html" in one.headers["Content-Type"]]
    others = [one for one in came if one not in damaged and one not in pages]
    assert sandbox.faults_injected == {
        "invalid_gzip": len(damaged),
        "invalid_html": len(pages),
        "invalid_json": len(others),
    }
    assert {one.status_code for one in pages + others} == {200}
    for one in others:
        with pytest.raises(ValueError):
            one.json()


def test_a_repeated_page_is_the_one_before_with_its_cursor(faulty):
    sandbox, call = faulty(repeated_page=1, most_in_a_row=1)
    first = call.get(EVENTS)  # there is none before it
    again = call.get(f"{EVENTS}&cursor={first['cursor']}")
    assert again == first
    second = call.get(f"{EVENTS}&cursor={first['cursor']}")
    assert second["cursor"] != first["cursor"]
    assert sandbox.faults_injected == {"repeated_page": 1}


def test_latency(faulty, pauses):
    sandbox, call = faulty(latency=0.05)
    outcomes(call, 20)
    assert len(set(pauses)) == 20
    assert all(0 < pause <= 0.05 for pause in pauses)
    assert sandbox.faults_injected == {"latency": 20}


def test_events_come_twice_and_none_is_missing(faulty):
    sandbox, call = faulty(duplicate=0.1, late_by=50)
    pages = read(call)
    times = Counter(event for page in pages for event in page)
    history = sandbox.history(0)
    assert times.keys() == {history.event(i)["id"] for i in range(500)}
    assert max(times.values()) == 2
    assert sandbox.faults_injected == {"duplicate": list(times.values()).count(2)}
    assert any(set(page) & set(later) for page, later in pairwise(pages))


def test_events_come_late_and_none_is_missing(faulty):
    sandbox, call = faulty(late=0.1, late_by=50)
    pages = read(call)
    read_ids = [event for page in pages for event in page]
    order = {sandbox.history(0).event(i)["id"]: i for i in range(500)}
    assert sorted(read_ids, key=order.get) == list(order)
    pages_late = [
        number - order[event] // 50 for number, page in enumerate(pages) for event in page
    ]
    assert max(pages_late) >= 2
    behind = sum(late > 0 for late in pages_late)
    assert 0 < behind <= sandbox.faults_injected["late"]
    assert read(call) == pages


def test_a_page_of_late_events_alone_is_not_empty(faulty):
    sandbox, call = faulty(late=1, events=30)
    assert {e for page in read(call, 1) for e in page} == {e["id"] for e in sandbox.history(0)}


@pytest.mark.parametrize("oldest", [0, 300])
def test_events_no_longer_kept_do_not_come_late(own_server, caller, oldest):
    plan = FaultPlan(late=0.5, duplicate=0.5, late_by=100)
    sandbox = own_server(events=500, retention_events=500 - oldest, faults=plan)
    found = {event for page in read(caller(sandbox)) for event in page}
    assert found == {sandbox.history(0).event(i)["id"] for i in range(oldest, 500)}


@pytest.mark.parametrize("kind", ["unchanged", "looping"])
def test_a_list_that_does_not_end(faulty, kind):
    sandbox, call = faulty(events=250, never_ending=kind)
    cursors, cursor = [], ""
    for _ in range(8):
        page = call.get(f"{EVENTS}&cursor={cursor}")
        assert page["objects"]
        cursors.append(cursor := page["cursor"])
    assert len(set(cursors)) == 3
    assert (cursors[-1] == cursors[-2]) == (kind == "unchanged")
    assert sandbox.faults_injected["never_ending"] >= 2


def test_a_token_is_revoked_at_an_event(own_server, caller):
    sandbox = own_server(events=500, faults=FaultPlan(revoke_at_event=130, revoke_account=1))
    call = caller(sandbox, 1)
    pages = [call.get(EVENTS)]
    pages.append(call.get(f"{EVENTS}&cursor={pages[0]['cursor']}"))
    assert [page["count"] for page in pages] == [100, 30]
    refused = call("GET", f"{EVENTS}&cursor={pages[1]['cursor']}")
    assert (refused.status_code, refused.json()["error_code"]) == (401, "invalid_token")
    assert call("GET", "accounts/me").status_code == 401
    assert sandbox.faults_injected == {"revoked": 1}
    assert sum(map(len, read(caller(sandbox, 0)))) == 500


def test_a_request_fails_no_more_often_in_a_row_than_the_plan_says(faulty):
    _, call = faulty(server_error=1, most_in_a_row=3)
    assert [a.status_code == 200 for a in outcomes(call, 8)] == [False] * 3 + [True] + [
        False] * 3 + [True]  # fmt: skip


def test_one_seed_one_sequence_of_faults_whatever_the_order(own_server, caller):
    def statuses(seed, paths):
        sandbox = own_server(faults=FaultPlan(seed=seed, server_error=0.5))
        call = caller(sandbox)
        found = {path: [] for path in paths}
        for _ in range(10):
            for path in paths:
                found[path].append(call("GET", path).status_code)
        return found

    paths = ["accounts/me", "accounts/me/events", "accounts/me/storage/recent"]
    assert statuses(1, paths) == statuses(1, paths[::-1])
    assert statuses(1, paths) != statuses(2, paths)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"reset": 1.5}, "reset is a probability"),
        ({"late": -0.1}, "late is a probability"),
        ({"reset": 0.6, "slow": 0.6}, "add up to 1 or less"),
        ({"latency": -1}, "latency must not be negative"),
        ({"late_by": 0}, "late_by must be 1 or more"),
        ({"never_ending": "maybe"}, "never_ending must be"),
    ],
)
def test_impossible_plans_are_refused(plan, said):
    with pytest.raises(ValueError, match=said):
        FaultPlan(**plan)


def test_a_broken_connection_leaves_the_log_and_the_server_alone(faulty, caplog, capfd):
    sandbox, call = faulty(reset=1, most_in_a_row=100)
    outcomes(call)
    sandbox.stop()
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
    assert capfd.readouterr().err == ""
