"""Events over HTTP: cursors, pages, retention by the clock, raw data, acting as a user."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from .conftest import assert_error


def read_all(call, path="accounts/me/events", size=400, **options):
    """Every event, page by page, and the last cursor."""
    events, query = [], f"?page_size={size}"
    while True:
        page = call.get(path + query, **options)
        assert page["count"] == len(page["objects"]) <= size
        assert page["type"] == "object_list"
        if not page["objects"]:
            return events, page["cursor"]
        events += page["objects"]
        query = f"?page_size={size}&cursor={page['cursor']}"


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("size", [1, 37, 250])
def test_reading_to_the_end_gives_the_history(own_server, caller, version, size):
    sandbox = own_server(events=250)
    events, cursor = read_all(caller(sandbox, 1, version), size=size)
    history = sandbox.history(sandbox.accounts[1])
    assert events == [history.event(n, version) for n in range(250)]
    latest = caller(sandbox, 1, version).get("accounts/me/events/latest")
    assert latest == {"cursor": cursor}
    assert cursor == history.cursor_at(250, version)
    assert sandbox.events_served[sandbox.accounts[1].id] == 250


def test_cursors_are_integers_at_first_and_text_in_the_second_version(shared_server, caller):
    for version, kind in ((0, int), (1, int), (2, str)):
        cursor = caller(shared_server, 0, version).get("accounts/me/events?page_size=5")["cursor"]
        assert type(cursor) is kind
        assert cursor not in (5, "5")


def test_only_the_oldest_version_reports_the_remaining_number(shared_server, caller):
    page = caller(shared_server, 0, 0).get("accounts/me/events?page_size=100")
    assert page["remaining"] == 1_400
    assert "remaining" not in caller(shared_server).get("accounts/me/events?page_size=1")


@pytest.mark.parametrize(
    "query",
    [
        "page_size=0",
        "page_size=-1",
        "page_size=2001",
        "page_size=100000",
        "page_size=ten",
        "page_size=",
        "page_size=1.5",
        "page_size=%D9%A3",
        "cursor=nonsense",
        "cursor=1",
        "cursor=-1",
        "cursor=99999999999999999999999",
        "cursor=ev2.0123456789abcdef",
    ],
)
def test_parameters_out_of_range_are_refused(shared_server, caller, query):
    response = caller(shared_server)("GET", f"accounts/me/events?{query}")
    assert_error(response, 400, "invalid_parameters")


def test_a_cursor_between_two_cursors_is_refused(shared_server, caller):
    cursor = caller(shared_server).get("accounts/me/events?page_size=5")["cursor"]
    response = caller(shared_server)("GET", f"accounts/me/events?cursor={cursor + 1}")
    assert_error(response, 400, "invalid_parameters")


def test_the_oldest_events_go_when_there_are_too_many(own_server, caller):
    sandbox = own_server(events=300, retention_events=120)
    events, _ = read_all(caller(sandbox))
    assert events == [sandbox.history(0).event(n) for n in range(180, 300)]


def test_events_go_when_they_are_too_old(own_server, caller):
    sandbox = own_server(events=300, retention_hours=3)
    events, _ = read_all(caller(sandbox))
    assert 0 < len(events) < 300
    oldest = sandbox.clock.now - timedelta(hours=3)
    assert all(
        e["modified"] is None or e["modified"] >= oldest.strftime("%Y-%m-%dT%H:%M:%S")
        for e in events
    )
    assert sandbox.history(0).event(300 - len(events) - 1)["modified"] < oldest.isoformat()
    sandbox.clock.advance(hours=30)
    assert read_all(caller(sandbox))[0] == []


def test_without_retention_everything_is_kept(own_server, caller):
    sandbox = own_server(events=300, span=240, retention_events=None, retention_hours=None)
    sandbox.clock.advance(timedelta(days=400))
    assert len(read_all(caller(sandbox))[0]) == 300


def test_only_events_up_to_the_clock_are_visible(own_server, caller):
    sandbox = own_server(events=500)
    end = sandbox.clock.now
    sandbox.clock.set(end - timedelta(hours=25))
    call = caller(sandbox)
    events, cursor = read_all(call)
    assert events == []
    seen = []
    while sandbox.clock.now < end:
        sandbox.clock.advance(hours=2.5)
        now = sandbox.clock.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        page = call.get(f"accounts/me/events?page_size=500&cursor={cursor}")
        assert all((event["modified"] or "") <= now for event in page["objects"])
        seen += page["objects"]
        cursor = page["cursor"]
    assert seen == list(sandbox.history(0))


def test_a_cursor_that_is_too_old_starts_at_the_oldest_event_kept(own_server, caller):
    sandbox = own_server(events=300, retention_events=100)
    old = sandbox.history(0).cursor_at(10)
    page = caller(sandbox).get(f"accounts/me/events?page_size=1&cursor={old}")
    assert page["objects"] == [sandbox.history(0).event(200)]


def test_or_it_is_an_error(own_server, caller):
    sandbox = own_server(events=300, retention_events=100, expired_cursor="error")
    history, call = sandbox.history(0), caller(sandbox)
    old = history.cursor_at(199)
    assert_error(call("GET", f"accounts/me/events?cursor={old}"), 400, "invalid_parameters")
    kept = history.cursor_at(200)
    assert call.get(f"accounts/me/events?cursor={kept}")["count"] == 100


def test_an_account_without_events_has_an_empty_page(own_server, caller):
    page = caller(own_server(events=0)).get("accounts/me/events")
    assert (page["count"], page["objects"]) == (0, [])
    assert isinstance(page["cursor"], int)


def test_raw_data_comes_with_every_event(shared_server, caller):
    path = "accounts/me/events?page_size=20"
    plain = caller(shared_server).get(path)
    raw = caller(shared_server).get(path, headers={"X-Kloudless-Raw-Data": "true"})
    for event in raw["objects"]:
        assert event.pop("raw")["object"]["id"] == event["metadata"]["raw_id"]
    assert raw == plain


def test_an_administrator_can_act_as_a_user(shared_server, caller):
    admin = next(n for n, account in enumerate(shared_server.accounts) if account.admin)
    history = shared_server.history(admin)
    person = history.world.people[2]
    for name in (person.email, str(person.user_id)):
        events, _ = read_all(caller(shared_server, admin), headers={"X-Kloudless-As-User": name})
        expected = [e for e in history if e["user_id"] == f"u{person.user_id:x}"]
        assert events == expected
        assert 0 < len(events) < len(history)
    unknown = caller(shared_server, admin)(
        "GET", "accounts/me/events", headers={"X-Kloudless-As-User": "nobody"}
    )
    assert_error(unknown, 404, "not_found")
    ordinary = caller(shared_server)(
        "GET", "accounts/me/events", headers={"X-Kloudless-As-User": person.email}
    )
    assert_error(ordinary, 403, "forbidden")


def test_the_body_is_compact_json_with_the_cursor_before_the_events(shared_server, caller):
    body = caller(shared_server)("GET", "accounts/me/events?page_size=2").content
    head = re.match(
        rb'\{"type":"object_list","api":"activity","count":2,"cursor":\d+,"objects":\[', body
    )
    assert head
    assert json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode() == body


def test_subscriptions(own_server, caller):
    sandbox = own_server()
    call, path = caller(sandbox), "accounts/me/subscriptions"
    (default,) = call.get(path)["objects"]
    assert default["subscription_type"] == "changes"
    assert call.get(f"{path}/default") == default
    made = call("POST", path)
    assert made.status_code == 201
    other = made.json()["id"]
    assert [s["id"] for s in call.get(path)["objects"]] == [default["id"], other]
    for name in ("default", default["id"], other):
        events, cursor = read_all(call, f"{path}/{name}/activity")
        assert events == list(sandbox.history(0))
        assert call.get(f"{path}/{name}/activity/latest") == {"cursor": cursor}
    assert call("DELETE", f"{path}/{other}").status_code == 204
    assert_error(call("GET", f"{path}/{other}"), 404, "not_found")
    assert_error(call("GET", f"{path}/{other}/activity"), 404, "not_found")
    assert_error(call("POST", path, data="[1]"), 400, "invalid_parameters")
