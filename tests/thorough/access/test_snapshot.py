"""A snapshot finds what the sandbox knows to be true, says what it lacks, and is kept current."""

from __future__ import annotations

import itertools

import pytest
from repeats import some

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.access import reader
from kloudless_data.access.picture import Picture


@pytest.mark.parametrize(
    ("service", "version", "ask"),
    some(4, [("box", 1, "marked"), ("onedrivebiz", 2, "marked"), ("sharepoint", 1, "marked"),
             ("gdrive", 1, "all"), ("dropbox", 2, "marked"), ("egnyte", 1, "marked")]),
)  # fmt: skip
def test_effective_access_is_the_truth_before_and_after_a_day(world, service, version, ask):
    one = world(service=service, api_version=version, people=25, items=500)
    report = one.access.snapshot(one.account, ask=ask)
    assert report.left == 0
    assert len(one.found()) > 1_000
    assert one.differences() == {}
    before = one.found()
    one.sandbox.clock.advance(hours=23)
    report = one.access.update(one.account)
    assert report.due == {}
    assert report.touched > 20
    assert one.found() != before
    assert one.differences() == {}


def test_a_user_who_cannot_be_read_is_a_named_gap(world):
    one = world()
    refused = {one.company.staff.user_id(n) for n in one.company.staff.unreadable}
    report = one.access.snapshot(one.account)
    assert {name.split()[1] for name in report.failures} == refused
    gaps = one.access.gaps()
    assert set(gaps["as_user"]) == refused
    assert gaps["reason"].str.contains("refuses to act as this user").all()


def test_a_group_that_no_request_can_name_is_a_gap(world, monkeypatch):
    one = world()
    group = one.company.staff.group_id(0)
    request_of = reader.request_of

    def with_dots(kind, source, key, type_):
        return request_of(kind, source, ".." if (kind, key) == ("members", group) else key, type_)

    monkeypatch.setattr(reader, "request_of", with_dots)
    report = one.access.snapshot(one.account)
    (said,) = [said for name, said in report.failures.items() if name.startswith("group ")]
    assert "names another path" in said
    gaps = one.access.gaps()
    assert gaps.loc[gaps["kind"] == "members", "key"].tolist() == [group]
    assert len(one.found()) > 100  # the rest is read


def test_only_items_that_can_differ_are_requested(world):
    one = world()
    report = one.access.snapshot(one.account)
    tree, rights = one.company.tree, one.company.rights
    readable = set(one.access.items()["id"])
    shared = {tree.id_of(slot) for slot, granted in rights.grants.items() if granted}
    assert report.units["permissions"] == len(shared & readable)
    folders = sum(tree.is_folder(s) for s in range(len(tree)) if tree.id_of(s) in readable)
    users = len(one.company.staff.people) - len(one.company.staff.departed)
    least = folders + users + len(one.company.staff.groups) + 2 + len(shared & readable) + users
    assert report.requests <= least + 3  # whose account it is, where its activity stands, a refusal


def test_an_update_sends_one_request_per_touched_object(read_world):
    one = read_world(people=40, items=1_500, changes=200)
    one.sandbox.clock.advance(hours=23)
    since = len(one.sandbox.requests)
    report = one.access.update(one.account)
    assert len(one.asked(since)) <= 1.2 * report.touched
    since = len(one.sandbox.requests)
    assert one.access.update(one.account).touched == 0
    assert len(one.asked(since)) <= 2


def test_lists_that_follow_from_a_folder_are_not_requested_again(world):
    one = world(service="gdrive", changes=60)
    one.access.snapshot(one.account, ask="all")
    one.sandbox.clock.advance(hours=23)
    since = len(one.sandbox.requests)
    report = one.access.update(one.account)
    assert len(one.asked(since)) <= 1.2 * report.touched
    assert (one.access.ledger()["state"] == "follows").any()
    assert one.differences() == {}


def test_a_budget_ends_a_reading_and_the_next_one_continues(world, read_world):
    whole = read_world()
    one = world()
    made, calls = 0, 0
    while True:
        report = one.access.snapshot(one.account, max_requests=25)
        made, calls = made + report.requests, calls + 1
        assert report.requests <= 25
        if not report.left:
            break
        assert calls < 20
    assert calls > 3
    assert one.found() == whole.found()
    read = one.access.ledger().query("state == 'read' and kind != 'pass'")
    assert not read.duplicated(["account", "kind", "key"]).any()


def test_an_interruption_keeps_fetched_pages(world, monkeypatch):
    from kloudless_data.access import reader

    one, fetch, folders = world(), reader.fetch, itertools.count()

    def interrupted(kind, request):
        if kind == "folder" and next(folders) == 40:
            raise KeyboardInterrupt
        return fetch(kind, request)

    monkeypatch.setattr(reader, "fetch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        one.access.snapshot(one.account)
    kept = one.access.ledger().query("kind == 'folder' and state == 'read'")
    assert len(kept) > 20
    assert one.access.snapshot(one.account).left == 0
    read = one.access.ledger().query("state == 'read' and kind != 'pass'")
    assert not read.duplicated(["account", "kind", "key"]).any()
    assert one.differences() == {}


def test_an_undecodable_unit_is_a_named_gap_and_nothing_else_is_lost(world, monkeypatch):
    from kloudless_data.access import reader
    from kloudless_data.decode import read_envelope

    one, fetch = world(), reader.fetch
    deep = b'[{"id": "x", "type": "file", "owner": ' + b"[" * 300 + b"]" * 300 + b"}]"
    broken: list[str] = []

    def deeply(kind, request):
        pages = fetch(kind, request)
        if kind == "folder" and len(broken) < 1 and "root" not in request.path:
            broken.append(request.path.split("/")[2])
            return [read_envelope(deep)]
        return pages

    monkeypatch.setattr(reader, "fetch", deeply)
    report = one.access.snapshot(one.account)
    gaps = one.access.gaps()
    assert broken[0] in set(gaps["key"])
    assert any(name.startswith(f"folder {broken[0]} ") for name in report.failures)
    assert report.units["folder"] > 20
    assert one.differences() == {}


def test_a_full_pass_finds_changes_without_activity(read_world):
    one = read_world()
    one.sandbox.clock.advance(hours=24 * 8)
    report = one.access.update(one.account, full_every=7)
    assert report.units["folder"] > 10
    assert one.differences() == {}


def test_activity_that_may_have_been_dropped_makes_a_full_pass_due(read_world):
    one = read_world()
    one.sandbox.clock.advance(hours=30)
    report = one.access.update(one.account, full_every=90)
    assert "24" in report.due[next(iter(report.due))]
    assert not report.ok


def test_who_could_see_something_earlier(read_world):
    one = read_world(service="sharepoint")
    then = one.now()
    old = {item: len(one.access.who_can_see(item)) for item in one.access.items()["id"][:20]}
    one.sandbox.clock.advance(hours=23)
    one.access.update(one.account)
    assert {item: len(one.access.who_can_see(item, at=then)) for item in old} == old


def test_questions_about_one_time_share_its_picture_until_more_is_read(read_world, monkeypatch):
    one = read_world(items=100)
    then, makes, times = one.now(), Picture.of_store, []
    monkeypatch.setattr(Picture, "of_store", lambda store, at: times.append(at) or makes(store, at))
    one.sandbox.clock.advance(hours=23)
    old = [one.access.items(at=then) for _ in range(2)]
    assert times == [then]
    one.access.update(one.account)
    old.append(one.access.items(at=then))
    assert times == [then, then]
    one.access.items(at=one.now())
    assert len(times) == 3
    assert all(frame.equals(old[0]) for frame in old)


def test_every_question_can_follow_every_other(read_world):
    from kloudless_data.access.tree import count_children
    from kloudless_data.access.way_up import way_up

    one = read_world()
    item, then = one.access.items()["id"].iloc[0], one.now()
    for question in (
        lambda: count_children(one.access.picture(), None),
        lambda: way_up(one.access.picture(), 1),
        lambda: one.access.who_can_see(item),
        lambda: one.access.what_can_see("nobody@example.com"),
    ):
        question()
        assert one.access.diff(then).empty


def test_links_are_shown_by_their_audience(read_world):
    one = read_world(service="sharepoint", items=3_000)
    now = one.sandbox.clock.us
    link = next(
        link for link in one.company.rights.links
        if link.scope == "anyone" and link.active and (link.expires or now + 1) > now
    )  # fmt: skip
    frame = one.access.who_can_see(one.company.tree.id_of(link.slot))
    row = frame.set_index("person").loc["anyone with the link"]
    assert (row["state"], row["via"]) == ("anyone", "link")
    assert ("without a password" in row["chain"]) == (not link.password)
    opened = one.access.what_can_see("stranger@else.example").set_index("id")
    chains = opened.loc[opened["granted_on"] == row["granted_on"], "chain"]
    assert (chains.str.contains("without a password") == (not link.password)).all()


def test_urls_of_links_are_not_kept(world, tmp_path):
    one = world(service="sharepoint")
    one.access.snapshot(one.account)
    kept = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())
    assert b"share.example" not in kept
    assert one.account.token.encode() not in kept


def test_the_chain_explains_a_right(read_world):
    one = read_world(service="box")
    texts = set()
    for item in one.access.items()["id"][::4]:
        texts |= set(one.access.who_can_see(item)["chain"])
    assert any(t.startswith("member of ") and t.endswith("→ inherited") for t in texts)
    assert any(" → in " in t for t in texts)
    assert any(t.startswith("owner of /") for t in texts)


def test_an_account_that_is_no_administrators_is_refused(world, sandbox):
    one = world()
    token = one.sandbox.accounts[0].token
    account = kd.Account(token=token, base_url=one.sandbox.base_url)
    report = one.access.snapshot(account)
    assert "not an administrator's" in next(iter(report.failures.values()))


def test_a_missing_item_is_named(read_world):
    one = read_world()
    for missing in ("nothing", "/nothing"):
        with pytest.raises(exceptions.InvalidParameter, match=f"no item '{missing}'"):
            one.access.who_can_see(missing)


def test_an_item_can_be_named_by_its_location(read_world):
    one = read_world(service="egnyte")
    items = one.access.items()
    alone = items[~items["location"].duplicated(keep=False)].iloc[0]
    by_id = one.access.who_can_see(alone["id"])
    assert one.access.who_can_see(alone["location"]).equals(by_id)
    assert one.access.who_can_see(alone["location"], account=alone["account"]).equals(by_id)
    one.company.tree.name = lambda slot: "same"
    one.access.snapshot(one.account)
    with pytest.raises(exceptions.InvalidParameter, match="several items '/same'"):
        one.access.who_can_see("/same")


def test_a_place_without_a_snapshot_says_how_to_make_one(tmp_path):
    from kloudless_data.access import Access

    with pytest.raises(
        exceptions.ArchiveFailed, match=r"Make one with Access\(path\).snapshot\(client\)"
    ):
        Access(tmp_path).who_can_see("x")
