"""The history: its appearance, its access by position, and its reproducibility."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from repeats import some

from kloudless_data.sandbox import Sandbox
from kloudless_data.sandbox.world.cursors import BadCursor, Cursors
from kloudless_data.sandbox.world.randomness import mix, unmix
from kloudless_data.sandbox.world.timetext import from_us, text, text_array, to_us

CHANGES = {"add", "delete", "update", "rename", "move", "copy", "restore"}


@pytest.fixture(scope="module")
def histories():
    sandbox = Sandbox(seed=7, accounts=10, events=6_000)
    return [sandbox.history(number) for number in range(10)]


@pytest.fixture(scope="module")
def even_histories():
    """The same histories, in which each event has all of its service's members."""
    sandbox = Sandbox(seed=7, accounts=10, events=6_000, uneven=False)
    return [sandbox.history(number) for number in range(10)]


def events_of(history, version=1, count=6_000):
    return json.loads(b"[" + history.page(0, count, version) + b"]")


def test_one_seed_gives_the_same_bytes_in_another_process():
    program = (
        "import hashlib; from kloudless_data.sandbox import Sandbox; "
        "s = Sandbox(seed=42, accounts=10, events=5000); "
        "print([hashlib.sha256(s.history(n).page(1000, 1600, v)).hexdigest() "
        "for n in range(10) for v in (1, 2)])"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()
    sandbox = Sandbox(seed=42, accounts=10, events=5000)
    here = [
        hashlib.sha256(sandbox.history(n).page(1000, 1600, v)).hexdigest()
        for n in range(10)
        for v in (1, 2)
    ]
    assert other == str(here)


def test_another_seed_gives_another_history():
    one, other = (Sandbox(seed=seed, events=50).history(0).page(0, 50) for seed in (1, 2))
    assert one != other


@pytest.mark.parametrize("version", some(1, [2, 1]))
def test_a_page_is_its_events_wherever_it_begins(histories, version):
    for history in histories:
        whole = events_of(history, version)
        for start, stop in ((0, 1), (2_990, 3_010), (5_999, 6_000), (123, 1_567)):
            page = json.loads(b"[" + history.page(start, stop, version) + b"]")
            assert page == whole[start:stop]
        assert [history.event(n, version) for n in (0, 17, 5_999)] == [
            whole[n] for n in (0, 17, 5_999)
        ]
        assert history.page(10, 10, version) == b""


def test_a_history_ends_with_its_length(histories):
    assert len(histories[0]) == 6_000
    for length in (0, 1, 37, 200, 201, 450):
        history = Sandbox(events=length).history(0)
        assert list(history) == [history.event(position) for position in range(length)]
    with pytest.raises(IndexError):
        histories[0].event(6_000)
    with pytest.raises(IndexError):
        histories[0].event(-1)


def test_times_never_go_back_and_stay_in_the_span(histories):
    for history in histories:
        times = [event["modified"] for event in events_of(history) if event["modified"]]
        assert all(one <= next_ for one, next_ in pairwise(times))
        assert times[0] >= "2026-03-01T18:00:00.000000Z"
        assert times[-1] < "2026-03-02T18:00:00.000000Z"
        assert all(len(time) == 27 for time in times)


def test_ids_are_unique_over_all_accounts(histories):
    ids = [event["id"] for history in histories for event in events_of(history)]
    assert len(set(ids)) == len(ids)


def test_types_come_in_the_proportions_of_ordinary_work(histories):
    counts = Counter(event["type"] for event in events_of(histories[0]))
    assert set(counts) == CHANGES
    assert counts["update"] > 0.5 * 6_000
    assert counts["add"] > counts["delete"] > counts["restore"] > 0


def test_a_storage_event_has_the_shape_that_was_seen(even_histories):
    seen = {"id", "account", "action", "type", "ip", "user_id", "modified", "metadata"}
    inside = {
        "id",
        "raw_id",
        "type",
        "name",
        "size",
        "path",
        "created",
        "modified",
        "mime_type",
        "downloadable",
        "account",
        "ancestors",
        "parent",
        "owner",
        "last_modifier",
    }
    for event in events_of(even_histories[0]):
        assert set(event) - {"previous_metadata"} == seen
        assert inside - set(event["metadata"]) <= {"mime_type", "ancestors"}
        assert set(event["metadata"]) <= inside
        assert set(event["metadata"]["last_modifier"]) == {
            "api",
            "type",
            "id",
            "name",
            "email",
            "id_type",
        }
    size = len(even_histories[0].page(0, 6_000)) / 6_000
    assert 700 < size < 1_000


def test_renames_and_moves_name_the_former_value(even_histories):
    for event in events_of(even_histories[3]):
        if event["type"] == "rename":
            assert event["previous_metadata"]["name"] != event["metadata"]["name"]
        elif event["type"] == "move":
            assert event["previous_metadata"]["parent"] != event["metadata"]["parent"]
        else:
            assert "previous_metadata" not in event


def test_every_file_has_a_consistent_story(histories):
    """Nothing happens to a file before its creation or after its deletion; names follow renames."""
    names: dict[str, str] = {}
    gone: set[str] = set()
    checked = 0
    for event in events_of(histories[0]):
        file, kind = event["metadata"]["id"], event["type"]
        if kind in ("add", "copy"):
            assert file not in names
        elif file in gone:
            assert kind == "restore"
        if kind == "rename" and file in names:
            assert event["previous_metadata"]["name"] == names[file]
            checked += 1
        names[file] = event["metadata"]["name"]
        (gone.add if kind == "delete" else gone.discard)(file)
    assert checked > 50


def test_files_are_created_when_they_are_added(histories):
    added = {
        e["metadata"]["id"]: e["modified"] for e in events_of(histories[3]) if e["type"] == "add"
    }
    later = [e for e in events_of(histories[3]) if e["metadata"]["id"] in added]
    assert len(later) > 2 * len(added)
    for event in later:
        # This service has times in whole seconds.
        assert event["metadata"]["created"][:19] == added[event["metadata"]["id"]][:19]


def test_people_work_in_the_day_of_their_own_time_zone():
    history = Sandbox(events=20_000, span=24 * 28, uneven=False).history(0)
    by_mail = {person.email: person for person in history.world.people}
    night = weekend = 0
    for event in events_of(history, count=20_000):
        if event["modified"] is None:
            continue
        person = by_mail[event["metadata"]["last_modifier"]["email"]]
        hour = person.utc_offset + int(event["modified"][11:13])
        night += not 5 <= hour % 24 <= 20
        weekend += event["modified"][8:10] in ("07", "08", "14", "15", "21", "22")
    assert len(by_mail) >= 5
    assert night < 0.1 * 20_000
    assert weekend < 0.1 * 20_000


def test_fields_drift_from_service_to_service(even_histories):
    by_service = {h.world.service.name: events_of(h) for h in even_histories}
    assert all(isinstance(e["account"], str) for e in by_service["sharepoint"])
    sizes = {type(e["metadata"].get("size")) for e in by_service["dropbox"]}
    assert str in sizes
    assert int not in sizes
    assert {e["ip"] for e in by_service["gdrive"]} == {None}
    assert all(e["ip"] for e in by_service["box"])
    assert isinstance(by_service["onedrivebiz"][0]["user_id"], int)
    assert isinstance(by_service["box"][0]["user_id"], str)
    assert 0 < sum(e["modified"] is None for e in by_service["gdrive"]) < 20
    assert any(e["metadata"]["owner"] is None for e in by_service["gdrive"])
    assert any("mime_type" not in e["metadata"] for e in by_service["gdrive"])


def test_events_are_as_uneven_as_real_ones(histories, even_histories):
    """Yet they say the same: who, what, when."""
    told, whole = events_of(histories[1]), events_of(even_histories[1])
    for name in ("id", "type", "modified", "user_id"):
        assert [event[name] for event in told] == [event[name] for event in whole]
    assert len({tuple(event["metadata"]) for event in told}) > 100  # members, and their order
    for name in ("size", "path", "owner", "parent"):
        assert 0.01 < np.mean([name not in event["metadata"] for event in told]) < 0.3
        assert any(event["metadata"].get(name, 0) is None for event in told)
    assert {type(event["account"]) for event in told} == {int, str}
    known = {name for event in whole for name in event["metadata"]}
    assert len({name for event in told for name in event["metadata"]} - known) > 5
    assert b"\\u" in histories[1].page(0, 6_000)
    assert b"\\u" not in even_histories[1].page(0, 6_000)


def test_names_are_as_hostile_as_on_a_real_drive(histories):
    names = {e["metadata"]["name"] for h in histories[:4] for e in events_of(h)}
    assert any(name.startswith("=") for name in names)
    assert any('"' in name for name in names)
    assert any("<" in name for name in names)
    assert any(not name.isascii() for name in names)


def test_administrators_see_audit_events(even_histories):
    box = next(h for h in even_histories if h.world.service.name == "box")
    events = events_of(box, version=2)
    words = {(e["event_category"], e["event_type"], e["event_subtype"]) for e in events}
    assert {"login", "download", "preview", "share", "permission", "group"} <= {w[1] for w in words}
    assert ("authentication", "login", "failure") in words
    assert all(e["user"]["email"] and e["ip"] for e in events)
    assert all("type" not in e for e in events)
    other = next(h for h in even_histories if h.world.service.name == "dropbox")
    assert {e["event_category"] for e in events_of(other, version=2)} == {"content"}


def test_calendar_and_crm_events_have_their_own_metadata(even_histories):
    by_service = {h.world.service.name: h.event(0)["metadata"] for h in even_histories}
    assert {"start", "end", "attendees"} <= set(by_service["google_calendar"])
    assert {"raw_type", "stage", "amount"} <= set(by_service["salesforce"])


def test_ten_million_events_cost_no_memory():
    history = Sandbox(events=10_000_000).history(0)
    assert history.event(9_999_999)["id"]
    tables = history.timeline._before.nbytes + history.timeline._line.nbytes
    assert tables < 3_000_000


def test_times_are_spelt_as_datetime_spells_them():
    rng = np.random.default_rng(1)
    times = rng.integers(0, to_us(from_us(0).replace(year=2060)), 500)
    texts = [row.tobytes().decode() for row in text_array(times)]
    assert texts == [text(int(time)) for time in times]


@given(st.integers(0, 2**64 - 1))
def test_mixing_can_be_undone(number):
    assert unmix(mix(number)) == number


@given(st.integers(0, 10_000), st.sampled_from([0, 1, 2]))
def test_a_cursor_stands_for_its_position(position, version):
    cursors = Cursors(key=12345, events=10_000)
    cursor = cursors.at(position, version)
    assert cursors.position(str(cursor)) == position
    assert cursor not in (position, str(position))


@given(st.text(max_size=20) | st.integers().map(str))
def test_a_made_up_cursor_is_refused(text):
    cursors = Cursors(key=12345, events=100)
    if text not in {str(cursors.at(n, v)) for n in range(101) for v in (1, 2)}:
        with pytest.raises(BadCursor):
            cursors.position(text)
