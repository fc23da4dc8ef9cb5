"""What is not known is never taken for what is not there: unfinished, refused or hidden."""

from __future__ import annotations

import itertools
import logging
from datetime import timedelta

import pytest
from deltalake import DeltaTable
from starlette.responses import JSONResponse
from unit.memory import MemorySandbox

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.access import Access, snapshot
from kloudless_data.access.picture import Picture
from kloudless_data.cli import main
from kloudless_data.sandbox import Company
from kloudless_data.sandbox.api.server import Hook
from kloudless_data.sandbox.sharing.changes import Change
from kloudless_data.sandbox.sharing.rights import Link
from kloudless_data.sandbox.sharing.tree import ROOT


@pytest.fixture
def two(tmp_path):
    """Two administrators' accounts of one application beside an ordinary one, and a reading."""
    companies = [Company(seed=n, people=8, items=60, service="egnyte") for n in (3, 4)]
    sandbox = MemorySandbox(accounts=1, events=0, organisations=companies).start()
    client = kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    yield sandbox, client, Access(tmp_path / "access")
    sandbox.stop()


def test_a_budget_covers_every_request_and_several_accounts(two):
    sandbox, client, access = two
    for budget in itertools.chain([1, 2, 3, 5, 8], itertools.repeat(30, 20)):
        since = len(sandbox.requests)
        report = access.snapshot(client, max_requests=budget)
        assert report.requests == len(sandbox.requests) - since <= budget
        if not report.left:
            break
        assert not report.ok
    assert report.left == 0
    read = access.ledger().query("state == 'read'")
    assert read["account"].nunique() == 2
    assert not read.duplicated(["account", "kind", "key"]).any()


def test_a_finished_account_is_not_read_again_for_the_sake_of_an_unfinished_one(two, monkeypatch):
    _, client, access = two

    rights, calls = snapshot._rights, itertools.count()

    def interrupted(*given):
        if next(calls) == 1:  # of the second account
            raise KeyboardInterrupt
        rights(*given)

    monkeypatch.setattr(snapshot, "_rights", interrupted)
    with pytest.raises(KeyboardInterrupt):
        access.snapshot(client)
    assert access.gaps()["kind"].tolist() == ["pass"]
    report = access.snapshot(client)
    assert len(report.accounts) == 1
    assert access.gaps().empty
    assert len(access.snapshot(client).accounts) == 2  # a new one


def test_a_refused_account_does_not_hold_up_the_others(two):
    sandbox, _, access = two
    first, second = (
        kd.Account(token=one.token, base_url=sandbox.base_url) for one in sandbox.accounts[-2:]
    )
    sandbox.hooks.append(_Refusing("/team/users", 401, second.token))
    assert len(access.snapshot([first, second]).failures) == 2  # the list, and the account
    assert access.gaps()["kind"].tolist() == ["pass", "users"]
    report = access.snapshot([first, second])
    assert report.units["folder"] > 3  # the first one is read again, not only what failed


def test_an_unfinished_snapshot_says_so_wherever_it_answers(world, tmp_path, caplog):
    one = world()
    one.access.snapshot(one.account, max_requests=60)
    lacks = "1 account whose first reading is unfinished"
    assert lacks in one.access.completeness
    assert lacks in one.access.report(tmp_path / "report.md").completeness
    assert lacks in (tmp_path / "report.md").read_text()
    with caplog.at_level(logging.WARNING):
        one.access.findings()
        one.access.findings()
    assert [lacks in record.getMessage() for record in caplog.records] == [True]
    one.access.snapshot(one.account)
    assert lacks not in one.access.completeness


@pytest.mark.parametrize("service", ["onedrivebiz", "gdrive"])
def test_an_update_with_a_budget_continues_until_it_is_done(read_world, service):
    one = read_world(service=service)
    one.sandbox.clock.advance(hours=10)
    reports = [one.access.update(one.account, max_requests=15)]
    assert reports[0].left
    assert "1 account whose update is unfinished" in one.access.completeness
    one.sandbox.clock.advance(hours=10)  # what it has read may be touched again
    while reports[-1].left:
        reports.append(one.access.update(one.account, max_requests=15))
        assert len(reports) < 20
    assert "update" not in one.access.completeness
    assert one.differences() == {}


def test_an_update_makes_one_picture_however_often_it_was_interrupted(read_world, monkeypatch):
    one = read_world(service="gdrive")  # its lists repeat inherited rights
    one.sandbox.clock.advance(hours=10)
    makes, made = Picture.of_store, []
    monkeypatch.setattr(Picture, "of_store", lambda store, at: made.append(at) or makes(store, at))
    pictures, left = [], {"": 1}
    while left:
        made.clear()
        left = one.access.update(one.account, max_requests=8).left
        pictures.append(len(made))
        assert len(pictures) < 60
        if len(pictures) < 5:
            one.sandbox.clock.advance(hours=2)  # folders are touched again
    assert len(pictures) > 4  # interruptions
    assert max(pictures) == 1
    monkeypatch.undo()
    assert one.differences() == {}


@pytest.mark.parametrize(("people", "items", "differ"), [(20, 300, 1), (25, 500, 20)])
def test_rights_that_could_not_be_read_again_are_not_said_to_be_revoked(
    read_world, people, items, differ
):
    one = read_world(people=people, items=items)
    then = one.now()
    owners = one.access.items()["owner"].value_counts()
    hidden = next(n for n, p in enumerate(one.company.staff.people) if p.email == owners.index[0])
    one.company.staff.unreadable.add(hidden)
    one.access.snapshot(one.account)
    changes = one.access.diff(then)
    assert set(changes["change"]) == {"unknown"}
    assert len(changes) > differ  # others see some of the rest
    back = one.now()
    one.company.staff.unreadable.remove(hidden)
    one.access.snapshot(one.account)
    assert set(one.access.diff(back)["change"]) == {"unknown"}
    assert one.access.diff(then).empty


def test_what_an_unfinished_reading_had_not_reached_is_not_said_to_be_granted(world):
    one = world()
    one.access.snapshot(one.account, max_requests=40)
    then = one.now()
    one.access.snapshot(one.account)
    changes = one.access.diff(then)
    assert set(changes["change"]) == {"unknown"}


def test_a_time_before_the_first_reading_is_refused(read_world):
    one = read_world()
    before = one.now() - timedelta(days=1)
    for question in (one.access.diff, lambda at: one.access.findings(at=at)):
        with pytest.raises(exceptions.InvalidParameter, match="Nothing had been read by"):
            question(before)


def test_a_list_of_users_that_fails_hides_nothing_that_was_read(read_world, monkeypatch):
    one = read_world()
    found = one.found()
    one.sandbox.hooks.append(_Refusing("/team/users"))
    assert one.access.snapshot(one.account).failures
    assert one.found() == found
    one.sandbox.hooks.pop()
    assert one.access.snapshot(one.account).units["folder"] > 10
    assert one.found() == found


def test_nothing_read_is_no_snapshot(world):
    one = world()
    wrong = kd.Account(token="wrong", base_url=one.sandbox.base_url)
    assert one.access.snapshot(wrong).failures
    for question in (one.access.report, one.access.gaps):
        with pytest.raises(exceptions.ArchiveFailed, match="There is no snapshot"):
            question()


def test_what_cannot_be_asked_is_refused_in_words(world):
    one = world()
    for wrong in (0, -3, "many"):
        with pytest.raises(exceptions.InvalidParameter, match="max_requests must be"):
            one.access.snapshot(one.account, max_requests=wrong)
    assert not one.access.store.exists()
    one.access.snapshot(one.account)
    for question, match in (
        (lambda: one.access.snapshot(None), "Pass a Client or Accounts"),
        (lambda: one.access.update(one.account, full_every="weekly"), "full_every must be"),
        (lambda: one.access.update(one.account, ask="some"), "ask must be"),
        (lambda: one.access.who_can_see(None), "must be text"),
        (lambda: one.access.what_can_see(7), "must be text"),
        (lambda: one.access.what_can_see("a@b.example", limit=-1), "limit must be"),
        (lambda: one.access.findings(activity="activity"), "activity must be an Archive"),
        (lambda: one.access.diff(None), "earlier time"),
        (lambda: one.access.revocations(None), "from read_review"),
    ):
        with pytest.raises(exceptions.InvalidParameter, match=match):
            question()
    assert set(one.access.findings(rules="owner_left")["rule"]) <= {"owner_left"}


def test_an_empty_review_is_one(world, tmp_path):
    one = world()
    one.sandbox.hooks.append(_Refusing("/contents"))
    one.access.snapshot(one.account)
    assert one.access.to_excel(tmp_path / "review.xlsx") == 0
    assert kd.read_review(tmp_path / "review.xlsx", one.access).empty


def test_a_folder_with_other_tables_is_left_alone(world, tmp_path):
    one = world()
    archive = kd.Archive(tmp_path / "activity")
    archive.sync(one.account)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(exceptions.ArchiveFailed, match=r"is not a snapshot.*archive\.access"):
        Access(tmp_path / "activity").snapshot(one.account)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.fixture(scope="module")
def known_again():
    """Return what `requested_again` found, by company."""
    return {}


@pytest.fixture
def requested_again(read_world, known_again):
    """Return a function: the items whose permissions an update requests, files first."""

    def items_of(service="box"):
        if service not in known_again:
            twin = read_world(service=service)
            twin.sandbox.clock.advance(hours=23)
            since = twin.now()
            twin.access.update(twin.account)
            ledger, items = twin.access.ledger(), twin.access.items().set_index("id")
            again = ledger[(ledger["kind"] == "permissions") & (ledger["answered"] > since)]
            known = items.loc[items.index.isin(again.loc[again["state"] == "read", "key"])]
            known_again[service] = known.sort_values("type", kind="stable")
        return known_again[service]

    return items_of


@pytest.mark.parametrize("service", ["box", "egnyte"])
def test_a_touched_item_that_no_longer_exists_is_deleted_not_a_gap(
    read_world, requested_again, service
):
    item = requested_again(service).index[0]
    one = read_world(service=service)
    before = one.now()
    one.sandbox.clock.advance(hours=23)
    one.sandbox.hooks.append(_Missing(item))
    report = one.access.update(one.account)
    assert not any(item in name for name in report.failures)
    assert item not in set(one.access.gaps()["key"])
    assert item not in set(one.access.items()["id"])
    with pytest.raises(exceptions.InvalidParameter, match="no item"):
        one.access.who_can_see(item)
    ledger = one.access.ledger()
    assert ledger.loc[ledger["state"] == "deleted", "key"].tolist().count(item) == 1
    changes = one.access.diff(before)
    assert set(changes.loc[changes["item"] == item, "change"]) <= {"revoked"}


def test_an_item_whose_permissions_alone_are_not_found_stays_a_gap(read_world, requested_again):
    item = requested_again().index[0]
    one = read_world()
    one.sandbox.clock.advance(hours=23)
    one.sandbox.hooks.append(_Missing(item, "/permissions"))
    assert any(item in name for name in one.access.update(one.account).failures)
    assert item in set(one.access.gaps()["key"])
    assert item in set(one.access.items()["id"])


def test_an_item_that_its_owner_cannot_be_asked_about_stays_a_gap(world, requested_again):
    items = requested_again()
    item, owner = items.index[0], items["owner"].iloc[0]
    one = world()
    people = one.company.staff.people
    one.company.staff.unreadable.add(next(n for n, p in enumerate(people) if p.email == owner))
    one.access.snapshot(one.account)
    one.sandbox.clock.advance(hours=23)
    one.sandbox.hooks.append(_Missing(item))
    one.access.update(one.account)
    assert item in set(one.access.gaps()["key"])


def test_a_gap_ends_when_its_item_is_deleted(read_world, requested_again):
    item = requested_again().index[0]
    one = read_world()
    one.sandbox.clock.advance(hours=22)
    one.sandbox.hooks.append(_Refusing(f"/{item}/permissions"))
    one.access.update(one.account)
    assert item in set(one.access.gaps()["key"])
    slot = one.company.tree.slot_of(item)
    one.company.record([Change("delete", one.sandbox.clock.us, 0, slot)])
    one.sandbox.clock.advance(hours=1)
    one.access.update(one.account)
    assert item not in set(one.access.gaps()["key"])
    assert item not in set(one.access.items()["id"])


def test_another_server_with_the_same_account_ids_is_refused(world, capsys):
    one, other = world(), world()
    assert str(one.account.account_id) == str(other.account.account_id)
    one.access.snapshot(one.account)
    before = len(one.access.ledger())
    for read in (one.access.snapshot, one.access.update):
        with pytest.raises(exceptions.ArchiveFailed) as caught:
            read(other.account)
        assert f"of {one.sandbox.base_url}, not of {other.sandbox.base_url}" in str(caught.value)
        assert "update(…, moved=True)" in str(caught.value)
    where = ["--base-url", other.sandbox.base_url, "--token", other.account.token]
    assert main(["access", "update", str(one.path), *where]) == 1
    assert "`kloudless-data access update PATH --moved`" in capsys.readouterr().err
    assert len(one.access.ledger()) == before
    one.access.update(other.account, moved=True)
    one.access.update(other.account)
    with pytest.raises(exceptions.ArchiveFailed, match="not of"):
        one.access.update(one.account)


def test_a_snapshot_that_names_no_server_adopts_the_first(world):
    one, other = world(), world()
    one.access.snapshot(one.account)
    ledger = f"{one.path}/ledger"  # as written before servers were named
    DeltaTable(ledger).delete("kind = 'server'")
    one.access.update(one.account)
    with pytest.raises(exceptions.ArchiveFailed, match="not of"):
        one.access.update(other.account)


def hide_an_owner_of_a_folder(one):
    """Hide a user with a folder that nobody else has; return its slot, and another's folder."""
    before, tree = one.access.items(), one.company.tree
    for number, person in enumerate(one.company.staff.people):
        hidden = one.company.staff.unreadable
        folders = before[(before["type"] == "folder") & (before["owner"] == person.email)]
        if number in hidden or folders.empty:
            continue
        hidden.add(number)
        one.access.snapshot(one.account)
        left = one.access.items()
        gone = folders[~folders["id"].isin(left["id"])]
        others = left[(left["type"] == "folder") & (left["owner"] != person.email)]
        if not gone.empty:
            return tree.slot_of(gone["id"].iloc[0]), others["id"].iloc[0]
        hidden.discard(number)
    raise AssertionError("nobody has a folder alone")


def test_an_item_in_the_folder_of_a_user_who_cannot_be_read_is_a_gap_too(
    read_world, caplog, tmp_path
):
    one = read_world()
    above, item = hide_an_owner_of_a_folder(one)
    tree = one.company.tree
    slot = tree.slot_of(item)
    assert "item" not in set(one.access.gaps()["kind"])
    move = Change("move", one.sandbox.clock.us, tree.owner(slot), slot, parent=above)
    one.company.record([move])
    one.sandbox.clock.advance(hours=1)
    one.access.update(one.account)
    gaps = one.access.gaps()
    assert gaps.loc[gaps["kind"] == "item", "key"].tolist() == [item]
    assert gaps["answered"].notna().all()
    assert "1 item's folder" in one.access.completeness
    assert f"the folder of item {item}" in one.access.report(tmp_path / "report.md").to_markdown()
    items = one.access.items()
    place = items.loc[items["id"] == item, "location"].iloc[0]
    inside = items.loc[items["location"].str.startswith(f"{place}/"), "id"].iloc[0]
    others = items.loc[~items["location"].str.startswith(place), "id"].iloc[0]
    said = []
    for asked in (item, inside, others):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            one.access.who_can_see(asked)
        said.append(f"{place}: The folder that it is in was not found" in caplog.text)
    assert said == [True, True, False]


@pytest.fixture
def leaver(world):
    """A company and the number and folder of somebody who has left; one group can see the folder.

    Nobody is in the group.
    """
    one = world(changes=0, items=100)
    staff, tree = one.company.staff, one.company.tree
    one.company.at(one.sandbox.clock.us)
    folder = next(
        slot for slot in tree.children(ROOT)
        if tree.is_folder(slot) and len(tree.children(slot)) > 1
        and tree.owner(slot) not in (0, *staff.unreadable)
    )  # fmt: skip
    number = tree.owner(folder)
    staff.departed.add(number)
    staff.groups[0].members.clear()
    for slot in range(len(tree)):
        if tree.owner(slot) == number:
            for principal in list(one.company.rights.grants.get(slot, ())):
                one.company.rights.revoke(slot, principal)
    one.company.rights.grant(folder, ("group", 0), "reader")
    one.access.snapshot(one.account)
    assert tree.id_of(folder) not in set(one.access.items()["id"])
    return one, number, folder


def happens(one, *changes, actor=0):
    """Record somebody's changes, each by its kind and options, an hour after the last ones."""
    one.sandbox.clock.advance(hours=1)
    one.company.record([Change(kind, one.sandbox.clock.us, actor, slot, *more)
                        for kind, slot, *more in changes])  # fmt: skip
    one.sandbox.clock.advance(hours=1)


def readable(one, count):
    """Return the numbers of some users whose data is read."""
    staff = one.company.staff
    hidden = staff.departed | staff.unreadable | {0}
    return [n for n in range(len(staff.people)) if n not in hidden][:count]


def test_what_a_leaver_owned_is_not_said_to_be_granted_when_somebody_comes_to_see_it(leaver):
    one, _, folder = leaver
    before, (colleague,) = one.now(), readable(one, 1)
    happens(one, ("group_add_member", 0, ("user", colleague)))
    one.access.update(one.account)
    then = one.now()
    one.access.snapshot(one.account)
    inside = {one.company.tree.id_of(slot) for slot in one.company.tree.children(folder)}
    assert inside <= set(one.access.diff(then)["item"])
    assert set(one.access.diff(then)["change"]) == {"unknown"}
    assert set(one.access.diff(before)["change"]) == {"unknown", "joined"}
    seen = one.now()
    happens(one, ("group_remove_member", 0, ("user", colleague)))
    one.access.snapshot(one.account)
    changes = one.access.diff(seen)
    assert inside <= set(changes["item"])
    assert set(changes.loc[changes["kind"] != "group", "change"]) == {"unknown", "left"}


def test_a_right_to_what_a_leaver_owned_is_granted_and_revoked(leaver):
    one, number, folder = leaver
    people, (first, second) = one.company.staff.people, readable(one, 2)
    then, item = one.now(), one.company.tree.id_of(folder)
    happens(one, ("share", folder, ("user", first), "writer"))
    one.access.snapshot(one.account)
    changes = one.access.diff(then).set_index(["item", "whom"])["change"]
    assert changes[item, people[first].email] == "granted"
    assert changes[item, people[number].email] == "unknown"
    then = one.now()
    happens(one, ("share", folder, ("user", second), "reader"))
    one.access.snapshot(one.account)
    assert one.access.diff(then)[["item", "change"]].values.tolist() == [[item, "granted"]]
    then = one.now()
    happens(one, *(("unshare", folder, ("user", n)) for n in (first, second)))
    one.access.snapshot(one.account)
    changes = one.access.diff(then).set_index(["item", "whom"])["change"]
    assert {changes[item, people[n].email] for n in (first, second)} == {"revoked"}
    assert changes[item, people[number].email] == "unknown"


def test_a_right_of_a_group_whose_members_are_read_is_granted(leaver):
    one, _, folder = leaver
    group = next(g for g in one.company.staff.groups
                 if any(("user", n) in g.members for n in readable(one, 99)))  # fmt: skip
    then, item = one.now(), one.company.tree.id_of(folder)
    happens(one, ("share", folder, ("group", group.number), "reader"))
    one.access.snapshot(one.account)
    changes = one.access.diff(then).set_index(["item", "whom"])["change"]
    assert changes[item, one.company.staff.group_id(group.number)] == "granted"
    assert changes[item, one.company.staff.group_id(0)] == "unknown"


def test_what_a_hidden_user_owned_who_then_left_is_unknown(leaver):
    one, number, folder = leaver
    staff, (colleague,) = one.company.staff, readable(one, 1)
    staff.departed.discard(number)
    staff.unreadable.add(number)
    one.access.snapshot(one.account)
    then = one.now()
    staff.departed.add(number)
    happens(one, ("group_add_member", 0, ("user", colleague)))
    one.access.snapshot(one.account)
    changes = one.access.diff(then)
    assert one.company.tree.id_of(folder) in set(changes["item"])
    assert set(changes["change"]) == {"unknown", "joined"}


@pytest.mark.parametrize("service", ["box", "gdrive"])
def test_whoever_leaves_the_team_keeps_rights_and_whoever_joins_it_gets_them(world, service):
    one = world(service=service, changes=0)
    one.access.snapshot(one.account)
    owned = one.access.items()["owner"].value_counts()
    people, departed = one.company.staff.people, one.company.staff.departed
    number = next(n for n in readable(one, 99) if owned.get(people[n].email, 0) > 5)
    there = one.now()
    departed.add(number)
    one.access.snapshot(one.account)
    changes = one.access.diff(there)
    assert len(changes) > 1
    others = changes["whom"] == people[number].email
    assert set(changes.loc[others, "change"]) == {"unknown"}
    gone = one.now()
    departed.discard(number)
    one.access.snapshot(one.account)
    assert "granted" in set(one.access.diff(gone)["change"])
    assert one.access.diff(there).empty


@pytest.mark.parametrize("refused", [True, False])
def test_an_item_that_only_activity_named_is_unknown_with_what_is_inside(leaver, refused):
    one, number, folder = leaver
    first, second = readable(one, 2)
    before, item = one.now(), one.company.tree.id_of(folder)
    happens(one, ("group_add_member", 0, ("user", first)))
    happens(one, ("share", folder, ("user", second), "reader"), actor=number if refused else first)
    one.access.update(one.account)
    assert (item in set(one.access.gaps()["key"])) == refused
    then = one.now()
    one.access.snapshot(one.account)
    changes = one.access.diff(then)
    assert len(changes) > 2
    assert set(changes["change"]) == {"unknown"}
    told = one.access.diff(before).set_index(["item", "whom"])["change"]
    assert told[item, one.company.staff.people[second].email] == "granted"


@pytest.mark.parametrize("service", ["gdrive", "onedrivebiz"])
def test_a_list_that_was_read_before_an_interruption_follows_its_folder(world, service):
    one = world(service=service, changes=0, items=60)
    one.access.snapshot(one.account, ask="all")
    items, tree = one.access.items(), one.company.tree
    folders = items[(items["type"] == "folder") & (items["location"].str.count("/") == 1)]
    folder = tree.slot_of(folders["id"].iloc[0])
    owner = tree.owner(folder)
    link = Link(99, folder, "anyone", one.sandbox.clock.us)
    colleague = next(n for n in readable(one, 9) if n != owner)
    one.sandbox.clock.advance(hours=1)
    added, now = len(tree), one.sandbox.clock.us
    one.company.record([
        Change("add", now, owner, added, parent=folder),
        Change("shared_link", now, owner, folder, link=link),
    ])  # fmt: skip
    one.sandbox.clock.advance(hours=1)
    for budget in range(2, 9):
        report = one.access.update(one.account, max_requests=budget)
        if tree.id_of(added) in set(one.access.ledger().query("kind == 'permissions'")["key"]):
            break
    assert report.left
    happens(one, ("share", folder, ("user", colleague), "writer"))
    assert one.access.update(one.account).left == 0
    assert one.differences() == {}


class _Refusing(Hook):
    """Refuses requests for a path, of one credential or of all."""

    def __init__(self, path, status=403, token=""):
        self.path, self.status, self.token = path, status, token

    async def before(self, request):
        mine = self.token in request.headers.get("authorization", "")
        if not (mine and request.url.path.endswith(self.path)):
            return None
        error = {"status_code": self.status, "message": "No.", "error_code": "no"}
        return JSONResponse(error, self.status)


class _Missing(Hook):
    """Does not find an item, or only what is below its address."""

    def __init__(self, item, below=""):
        self.item, self.below = item, below

    async def before(self, request):
        _, found, rest = request.url.path.partition(f"/{self.item}")
        if not found or (self.below and rest != self.below):
            return None
        return JSONResponse({"status_code": 404, "message": "No.", "error_code": "no"}, 404)
