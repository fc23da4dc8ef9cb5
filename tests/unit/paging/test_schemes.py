"""Each paging scheme, over no, one and many pages; and servers that never end."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.paging.pages import read_pages
from kloudless_data.paging.schemes import (
    MOST_IDLE_PAGES,
    PageInfo,
    PageSequence,
    following,
)


def ids(number):
    return [{"id": str(i)} for i in range(number)]


def numbered(objects, size, *, end="404", first_page=1):
    """A server that numbers its pages; a page after the last is a 404 or empty."""

    def answer(request):
        page = int(query(request).get("page", first_page))
        part = objects[(page - first_page) * size :][:size]
        if not part and page > first_page and end == "404":
            return Answer(404, b'{"error_code": "not_found", "message": "no such page"}')
        return body(type="object_list", page=page, count=len(part), objects=part)

    return answer


def by_token(objects, size, *, absent=False, numbered_too=False):
    """A server that names the next page."""

    def answer(request):
        start = int(query(request).get("page", "token-0").partition("-")[2])
        data = {"type": "object_list", "objects": objects[start : start + size]}
        if start + size < len(objects):
            data["next_page"] = f"token-{start + size}"
        elif not absent:
            data["next_page"] = None
        return body(**data, **({"page": 1} if numbered_too else {}))

    return answer


def by_cursor(objects, size, *, end="same", remaining=False, text=False):
    """A server of events; its end is an empty page with a cursor, without one, or with -1."""

    def answer(request):
        start = int(query(request).get("cursor", 0))
        size_now = min(size, int(query(request).get("page_size", size)))
        part = objects[start : start + size_now]
        data = {"objects": part}
        position = start + len(part)
        if part or end == "same":
            data["cursor"] = str(position) if text else position
        elif end == "-1":
            data["cursor"] = "-1" if text else -1
        if remaining:
            data["remaining"] = len(objects) - position
        return body(**data)

    return answer


def body(**data):
    return Answer(body=json.dumps(data).encode())


def query(request):
    return {k: v[0] for k, v in parse_qs(urlsplit(request.path).query).items()}


def read_both_ways(server, path):
    """Return the ids read as resources and as a frame, which must be equal."""
    account = kd.Account(token="t", base_url=server.base_url)
    by_objects = [r.data["id"] for r in account.get(path).get_paging_iterator()]
    frame = account.get(path).to_frame()
    assert by_objects == (list(frame["id"]) if len(frame) else [])
    return by_objects


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7])
@pytest.mark.parametrize("end", ["404", "empty"])
def test_numbered(serve, count, end):
    server = serve(numbered(ids(count), 2, end=end))
    assert read_both_ways(server, "things") == [str(i) for i in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7])
@pytest.mark.parametrize(("absent", "numbered_too"), [(False, False), (False, True), (True, False)])
def test_token(serve, count, absent, numbered_too):
    server = serve(by_token(ids(count), 2, absent=absent, numbered_too=numbered_too))
    assert read_both_ways(server, "things") == [str(i) for i in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7])
@pytest.mark.parametrize("end", ["same", "missing", "-1"])
@pytest.mark.parametrize("remaining", [True, False])
@pytest.mark.parametrize("text", [True, False])
def test_cursor(serve, count, end, remaining, text):
    server = serve(by_cursor(ids(count), 2, end=end, remaining=remaining, text=text))
    assert read_both_ways(server, "events") == [str(i) for i in range(count)]
    account = kd.Account(token="t", base_url=server.base_url)
    stream = account.events(page_size=2)
    assert sum(batch.num_rows for batch in stream) == count
    if count or end == "same":
        assert stream.latest_cursor == str(count)


def test_an_empty_page_with_events_remaining_is_not_the_end(serve):
    server = serve(
        body(cursor=3, remaining=1, objects=ids(3)),
        body(cursor=4, remaining=1, objects=[]),
        body(cursor=5, remaining=0, objects=[{"id": "last"}]),
        body(cursor=5, remaining=0, objects=[]),
    )
    account = kd.Account(token="t", base_url=server.base_url)
    assert [r.data["id"] for r in account.get("events").get_paging_iterator()] == [
        "0", "1", "2", "last"]  # fmt: skip


def test_a_cursor_that_does_not_advance_is_reported(serve):
    server = serve(body(cursor=3, objects=ids(3)))
    account = kd.Account(token="t", base_url=server.base_url)
    with pytest.raises(exceptions.CursorNotAdvancing, match="cursor did not move"):
        list(account.get("events").get_paging_iterator())
    with pytest.raises(exceptions.CursorNotAdvancing):
        account.events().to_frame()
    each_way = 1 + kd.configuration["max_retries"] + 1  # the page that leads nowhere, repeated
    assert len(server.requests) == 2 * each_way


@pytest.mark.parametrize(
    "read",
    [
        lambda account: [r.data["id"] for r in account.get("events").get_paging_iterator()],
        lambda account: list(account.get("events").to_frame()["id"]),
        lambda account: list(account.events().to_frame()["id"]),
    ],
    ids=["resources", "list to frame", "stream"],
)
def test_a_page_that_is_repeated_once_is_requested_again_and_not_read_twice(serve, read):
    first = body(cursor=3, objects=ids(3))
    server = serve(first, first, body(cursor=4, objects=[{"id": "3"}]), body(cursor=4, objects=[]))
    assert read(kd.Account(token="t", base_url=server.base_url)) == ["0", "1", "2", "3"]


def circle(request):
    """Three pages, the last of which leads to the first."""
    at = int(query(request).get("cursor", 0))
    return body(cursor=(at + 1) % 3, objects=[{"id": str(at)}])


def test_cursors_that_form_a_circle_are_reported(serve):
    account = kd.Account(token="t", base_url=serve(circle).base_url)
    for read in (
        lambda: list(account.get("events").get_paging_iterator()),
        lambda: account.get("events").to_frame(),
        lambda: account.events().to_frame(),
    ):
        with pytest.raises(exceptions.CursorNotAdvancing, match="leads back"):
            read()


def test_tokens_that_form_a_circle_are_reported(serve):
    def answer(request):
        at = query(request).get("page", "a")
        return body(
            type="object_list", next_page={"a": "b", "b": "c", "c": "b"}[at], objects=ids(1)
        )

    account = kd.Account(token="t", base_url=serve(answer).base_url)
    for read in (
        lambda: list(account.get("things").get_paging_iterator()),
        lambda: account.get("things").to_frame(),
    ):
        with pytest.raises(exceptions.InvalidResponse, match="leads back"):
            read()
    pages = read_pages(account, "things")
    assert [next(pages).next_page for _ in range(3)] == ["b", "c", "b"]  # the last one too


def test_a_token_that_names_its_own_page_is_reported(serve):
    server = serve(body(type="object_list", next_page="x", objects=ids(1)))
    account = kd.Account(token="t", base_url=server.base_url)
    with pytest.raises(exceptions.InvalidResponse, match="never end"):
        list(account.get("things").get_paging_iterator())


def test_a_server_that_ignores_the_page_number_ends(serve):
    server = serve(body(type="object_list", page=1, objects=ids(2)))
    account = kd.Account(token="t", base_url=server.base_url)
    assert len(list(account.get("things").get_paging_iterator())) <= 4


def test_query_and_headers_hold_forevery_page(serve):
    server = serve(numbered(ids(5), 2))
    account = kd.Account(token="t", base_url=server.base_url)
    page = account.get("things?q=a+b", params={"tag": ["x", "y"]}, headers={"X-Mine": "1"})
    assert len(list(page.get_paging_iterator())) == 5
    for number, request in enumerate(server.requests[1:], 2):
        assert parse_qs(urlsplit(request.path).query) == {
            "q": ["a b"], "tag": ["x", "y"], "page": [str(number)]}  # fmt: skip
        assert request.headers["X-Mine"] == "1"
        assert request.headers["Authorization"] == "Bearer t"


@pytest.mark.parametrize("most", [0, 1, 2, 3, 7, 9])
def test_max_resources(serve, most):
    server = serve(numbered(ids(7), 2))
    page = kd.Account(token="t", base_url=server.base_url).get("things")
    assert len(list(page.get_paging_iterator(max_resources=most))) == min(most, 7)
    assert len(server.requests) <= 1 + most // 2 + 1
    assert len(page.to_frame(limit=most)) == min(most, 7)


def test_an_error_half_way_is_not_the_end(serve):
    kd.configuration["max_retries"] = 0
    server = serve(body(cursor=3, objects=ids(3)), Answer(404), Answer(404))
    account = kd.Account(token="t", base_url=server.base_url)
    with pytest.raises(exceptions.NotFoundException):
        list(account.get("events").get_paging_iterator())
    server = serve(body(type="object_list", next_page="x", objects=ids(1)), Answer(404))
    account = kd.Account(token="t", base_url=server.base_url)
    with pytest.raises(exceptions.NotFoundException):
        list(read_pages(account, "things"))


def test_following_never_changes_its_arguments():
    params = {"cursor": "1"}
    assert following(PageInfo(1, cursor="2"), params, activity=True) == {"cursor": "2"}
    assert params == {"cursor": "1"}


READ = [
    lambda account: [r.data["id"] for r in account.get("things").get_paging_iterator()],
    lambda account: list(account.get("things").to_frame()["id"]),
]
READ_EVENTS = [
    lambda account: [r.data["id"] for r in account.get("events").get_paging_iterator()],
    lambda account: list(account.get("events").to_frame()["id"]),
    lambda account: list(account.events().to_frame()["id"]),
]


NO_TOKEN = ["", " ", "\n", None, False, {}, []]


@pytest.mark.parametrize("token", NO_TOKEN)
@pytest.mark.parametrize("read", READ)
def test_an_empty_token_is_the_end(serve, read, token):
    server = serve(body(type="object_list", next_page=token, objects=ids(2)))
    assert read(kd.Account(token="t", base_url=server.base_url)) == ["0", "1"]
    assert len(server.requests) == 1


@pytest.mark.parametrize("cursor", [*NO_TOKEN, "-1", -1])
@pytest.mark.parametrize("read", READ_EVENTS)
def test_an_empty_cursor_is_the_end_and_not_a_position(serve, read, cursor):
    server = serve(body(cursor=7, objects=ids(1)), body(cursor=cursor, objects=ids(2)))
    account = kd.Account(token="t", base_url=server.base_url)
    assert read(account) == ["0", "0", "1"]
    assert len(server.requests) == 2
    server.requests.clear()
    events = account.events()
    events.to_frame()
    assert events.latest_cursor == "7"


@pytest.mark.parametrize("length", [2, 3, 5])
@pytest.mark.parametrize("scheme", ["numbered", "token", "cursor"])
def test_pages_that_go_round_under_new_names_are_reported(serve, scheme, length):
    """The number, the token or the cursor is new each time, and `total` grows."""

    def answer(request):
        key = "cursor" if scheme == "cursor" else "page"
        at = int(query(request).get(key, 1))
        names = {"numbered": {"page": at, "total": 10 * at}, "token": {"next_page": str(at + 1)},
                 "cursor": {"cursor": str(at + 1)}}  # fmt: skip
        return body(objects=[{"id": str(at % length)}], **names[scheme])

    server = serve(answer)
    account = kd.Account(token="t", base_url=server.base_url)
    path = "events" if scheme == "cursor" else "things"
    with pytest.raises(exceptions.InvalidResponse):
        list(account.get(path).get_paging_iterator())
    with pytest.raises(exceptions.InvalidResponse):
        list(read_pages(account, path))
    assert len(server.requests) < 3 * MOST_IDLE_PAGES


@pytest.mark.parametrize("read", READ)
def test_a_server_without_numbered_pages_is_read_once(serve, read):
    server = serve(body(type="object_list", page=1, objects=ids(2)))
    assert read(kd.Account(token="t", base_url=server.base_url)) == ["0", "1"]


@pytest.mark.parametrize("read", READ)
def test_a_server_that_echoes_the_number_and_repeats_the_page_is_reported(serve, read):
    server = serve(lambda r: body(page=int(query(r).get("page", 1)), objects=ids(2)))
    with pytest.raises(exceptions.InvalidResponse, match="earlier page again"):
        read(kd.Account(token="t", base_url=server.base_url))
    assert len(server.requests) < 10


def test_no_object_of_a_repeated_page_is_returned(serve):
    server = serve(lambda r: body(page=int(query(r).get("page", 1)), objects=ids(2)))
    things, given = kd.Account(token="t", base_url=server.base_url).get("things"), []
    with pytest.raises(exceptions.InvalidResponse):
        for resource in things.get_paging_iterator():
            given.append(resource.data["id"])
    assert given == ["0", "1"]


@pytest.mark.parametrize("read", READ)
def test_a_page_that_is_repeated_once_is_requested_again(serve, read):
    first, second = (body(page=n, objects=[{"id": str(n)}]) for n in (1, 2))
    echo = body(page=2, objects=[{"id": "1"}])
    server = serve(first, echo, second, body(page=3, objects=[]))
    assert read(kd.Account(token="t", base_url=server.base_url)) == ["1", "2"]


@pytest.mark.parametrize("read", READ_EVENTS)
def test_events_that_are_promised_forever_and_never_come_are_an_error(serve, read):
    server = serve(
        lambda r: body(cursor=int(query(r).get("cursor", 0)) + 1, remaining=1, objects=[])
    )
    with pytest.raises(exceptions.InvalidResponse, match="pages in a row without anything new"):
        read(kd.Account(token="t", base_url=server.base_url))
    assert len(server.requests) < 2 * MOST_IDLE_PAGES


@pytest.mark.parametrize("read", READ_EVENTS)
def test_some_empty_pages_before_the_events_are_skipped(serve, read):
    def answer(request):
        at = int(query(request).get("cursor", 0))
        if at < MOST_IDLE_PAGES - 5:
            return body(cursor=at + 1, remaining=1, objects=[])
        return body(cursor=MOST_IDLE_PAGES, objects=ids(1) if at < MOST_IDLE_PAGES else [])

    assert read(kd.Account(token="t", base_url=serve(answer).base_url)) == ["0"]


def test_the_same_events_forever_under_new_cursors_are_an_error(serve):
    server = serve(lambda r: body(cursor=int(query(r).get("cursor", 0)) + 1, objects=ids(2)))
    with pytest.raises(exceptions.InvalidResponse, match="without anything new"):
        kd.Account(token="t", base_url=server.base_url).events().to_frame()


def test_events_that_are_delivered_twice_are_given_twice(serve):
    server = serve(
        body(cursor=1, objects=ids(2)), body(cursor=2, objects=ids(2)), body(cursor=2, objects=[])
    )
    assert len(kd.Account(token="t", base_url=server.base_url).events().to_frame()) == 4


@pytest.mark.parametrize("read", READ)
def test_a_page_number_of_thousands_of_digits_is_ignored(serve, read):
    digits = b"9" * 5000
    server = serve(Answer(body=b'{"page": "%s", "objects": [{"id": "0"}]}' % digits))
    assert read(kd.Account(token="t", base_url=server.base_url)) == ["0"]
    server = serve(Answer(body=b'{"page": %s, "objects": [{"id": "0"}]}' % digits))
    with pytest.raises(exceptions.InvalidResponse) as caught:
        read(kd.Account(token="t", base_url=server.base_url))
    assert len(str(caught.value)) < 500


def test_the_next_page_can_be_determined_twice():
    sequence = PageSequence(activity=True)
    page = PageInfo(2, cursor="b", fingerprint=12)
    for _ in range(2 * MOST_IDLE_PAGES):
        assert sequence.following(page, {"cursor": "a"}) == {"cursor": "b"}
