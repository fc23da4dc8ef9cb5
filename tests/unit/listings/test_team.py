"""Users, groups, memberships, permissions and links, in both versions, and as each user."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from conftest import Answer
from starlette.responses import JSONResponse

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.cli import main
from kloudless_data.sandbox import Company
from kloudless_data.sandbox.api.server import Hook
from kloudless_data.schema import SCHEMAS

from ..memory import MemorySandbox


@pytest.fixture(scope="module", params=[1, 2])
def version(request):
    return request.param


@pytest.fixture(scope="module")
def company():
    return Company(seed=3, people=20, items=300, service="box")


@pytest.fixture(scope="module")
def running(company):
    with MemorySandbox(accounts=1, events=0, organisations=[company]) as sandbox:
        yield sandbox


@pytest.fixture
def admin(running, version):
    token = running.accounts[-1].token
    return kd.Account(token=token, base_url=running.base_url, api_version=version)


def test_users_have_the_same_columns_in_both_versions(admin, company):
    df = kd.list_users(admin, page_size=3)
    assert list(df.columns) == SCHEMAS["users"].arrow().names
    staff = company.staff
    there = set(range(20)) - staff.departed
    assert set(df["email"]) == {staff.people[n].email for n in there}
    inactive = df.loc[~df["active"].fillna(True), "email"]
    assert set(inactive) == {staff.people[n].email for n in staff.inactive}


def test_memberships_of_all_groups(admin, company):
    df = kd.list_memberships(admin)
    assert list(df.columns) == SCHEMAS["memberships"].arrow().names
    groups = kd.list_groups(admin).set_index("id")["name"]
    assert (df["group_id"].map(groups) == df["group_name"]).all()
    assert len(df) == sum(len(group.members) for group in company.staff.groups)
    inner = df[df["member_type"] == "group"]
    assert set(inner["member_id"]) <= set(groups.index)
    one = df["group_id"].iloc[0]
    assert len(kd.list_memberships(admin, one)) == (df["group_id"] == one).sum()


def test_groups_of_users_are_the_same_memberships(admin, company):
    everybody = kd.list_memberships(admin).query("member_type == 'user'")
    users = everybody["member_id"].unique()[:3].tolist()
    df = kd.list_memberships(admin, users=users)
    assert list(df.columns) == SCHEMAS["memberships"].arrow().names
    pairs = ["group_id", "group_name", "member_id", "member_type"]
    there = everybody[everybody["member_id"].isin(users)]
    assert sorted(df[pairs].to_numpy().tolist()) == sorted(there[pairs].to_numpy().tolist())
    assert len(kd.list_memberships(admin, users=users[0])) > 0
    with pytest.raises(exceptions.InvalidParameter, match="either groups or users"):
        kd.list_memberships(admin, ["g"], users=["u"])


def test_permissions_of_a_listing(admin, company, version):
    files = kd.list_folder(admin, as_users="all")
    df = kd.list_permissions(admin, files.head(40))
    assert list(df.columns) == SCHEMAS["permissions"].arrow().names
    assert set(df["item_id"]) == set(files["id"].head(40))
    tree, rights = company.tree, company.rights
    for item, rows in df.groupby("item_id"):
        assert len(rows) == len(rights.granted_at(tree.slot_of(item)))
    if version == 1:
        assert set(df["role"]) <= {"owner", "reader", "writer", "manager"}
    else:
        assert df["capabilities_preview"].all()
        assert df["capabilities_manage"].any()


def test_a_folder_as_each_user_has_everything_once(admin, company):
    df = kd.list_folder(admin, as_users="all")
    assert df["id"].is_unique
    staff, tree = company.staff, company.tree
    refused = {staff.user_id(n) for n in staff.unreadable}
    assert set(df.attrs["failures"]) == {f"user {one}" for one in refused}
    unread = company.staff.unreadable | company.staff.departed
    owned = {tree.id_of(s) for s in range(len(tree)) if tree.owner(s) not in unread}
    assert owned <= set(df["id"])
    assert "as_user" in df
    users = dict(zip(df["owner_id"], df["owner_email"], strict=True))
    assert len(users) > 10


def test_as_some_users(admin, company):
    ids = [company.staff.user_id(n) for n in range(3)]
    df = kd.list_folder(admin, as_users=ids, columns=["id", "as_user"])
    assert list(df.columns) == ["id", "as_user"]
    assert set(df["as_user"]) <= set(ids)
    with pytest.raises(exceptions.InvalidParameter, match="as_users"):
        kd.list_folder(admin, as_users="ada")


def test_links_of_everybody(admin, company):
    df = kd.list_links(admin, as_users="all")
    assert df["id"].is_unique
    assert list(df.columns) == SCHEMAS["links"].arrow().names
    assert list(df.attrs["failures"])
    with pytest.raises(exceptions.ListingIncomplete):
        kd.list_links(admin, as_users="all", on_error="raise")


def test_each_users_calendars_with_unreadable_users_named(serve):
    def answer(request):
        user = request.headers.get("X-Kloudless-As-User", "")
        if request.path.endswith("/accounts/me"):
            return Answer(body=b'{"id": 1, "service": "google_calendar", "admin": true}')
        if request.path.endswith("team/users"):
            users = [{"id": f"u{number}"} for number in range(40)]
            return Answer(body=json.dumps({"objects": users}).encode())
        if user == "u7":
            return Answer(status=403, body=b'{"error_code": "service_forbidden"}')
        if request.path.endswith("cal/calendars"):
            return Answer(body=b'{"objects": [{"id": "team"}, {"id": "own-%s"}]}' % user.encode())
        name = request.path.split("/")[-2]
        return Answer(body=b'{"objects": [{"id": "meeting in %s"}]}' % name.encode())

    server = serve(answer)
    account = kd.Account(token="t0ken", base_url=server.base_url)
    df = kd.list_calendar_events(account, as_users="all", progress=False)
    assert df["id"].is_unique
    assert len(df) == 39 + 1  # the team's calendar, which all see, once
    assert list(df.attrs["failures"]) == ["user u7"]
    with pytest.raises(exceptions.ListingIncomplete):
        kd.list_calendar_events(account, as_users="all", progress=False, on_error="raise")


@pytest.mark.parametrize("read", [kd.list_folder, kd.list_links])
def test_a_server_that_is_busy_is_waited_for_and_no_user_is_lost(admin, running, read):
    before = read(admin, as_users="all", progress=False)
    refused = set()

    class Busy(Hook):
        async def before(self, request):
            key = (request.url.path, request.headers.get("x-kloudless-as-user"))
            if key in refused or len(refused) == 30:
                return None
            refused.add(key)
            return JSONResponse({"error_code": "too_many_requests"}, 429, {"Retry-After": "0"})

    busy = Busy()
    running.hooks.append(busy)
    try:
        after = read(admin, as_users="all", progress=False)
    finally:
        running.hooks.remove(busy)
    assert len(refused) >= 15
    pd.testing.assert_frame_equal(after, before)
    assert after.attrs["failures"].keys() == before.attrs["failures"].keys()


def test_a_service_where_the_administrator_sees_all_is_read_once():
    company = Company(seed=3, people=10, items=60, service="sharepoint")
    with MemorySandbox(accounts=1, events=0, organisations=[company]) as sandbox:
        account = kd.Account(token=sandbox.accounts[-1].token, base_url=sandbox.base_url)
        df = kd.list_folder(account, as_users="all")
        assert len(df) == 60
        assert not [r for r in sandbox.requests if "x-kloudless-as-user" in r.headers]
        acting = account.with_options(impersonate_user_id=company.staff.user_id(1))
        with pytest.raises(
            exceptions.ForbiddenException, match="does not support X-Kloudless-As-User"
        ):
            kd.list_folder(acting)


@pytest.mark.parametrize("items", [["", "x"], pd.DataFrame({"id": ["x"]}), {"x": "album"}])
def test_invalid_items_are_refused(admin, running, items):
    asked = len(running.requests)
    with pytest.raises(exceptions.InvalidParameter):
        kd.list_permissions(admin, items)
    assert len(running.requests) == asked


def test_an_item_that_cannot_be_read_does_not_affect_the_others(admin):
    files = kd.list_folder(admin, as_users="all").query("as_user == owner_id").head(2)
    items = dict(zip(files["id"], files["type"], strict=True)) | {"nothing": "file"}
    readers = dict(zip(files["id"], files["as_user"], strict=True))
    df = kd.list_permissions(admin, items, as_user=readers, on_error="collect")
    assert list(df.attrs["failures"]) == ["file nothing"]
    assert df["item_id"].nunique() == 2


def test_an_answer_without_permissions_is_refused(serve):
    server = serve(Answer(body=b'{"rights": []}'))
    account = kd.Account(token="t0ken", base_url=server.base_url)
    with pytest.raises(exceptions.InvalidResponse, match="without a list 'permissions'"):
        kd.list_permissions(account, "x")


def test_only_administrators_have_a_team(running):
    account = kd.Account(token=running.accounts[0].token, base_url=running.base_url)
    with pytest.raises(exceptions.ForbiddenException, match="administrator"):
        kd.list_users(account)


@pytest.mark.parametrize("name", ["users", "groups", "links"])
def test_the_commands(running, capsys, monkeypatch, name):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", running.base_url)
    monkeypatch.setenv("KLOUDLESS_TOKEN", running.accounts[-1].token)
    status = main([name, "list", "--json", *(["--as-users"] if name == "links" else [])])
    assert status == (1 if name == "links" else 0)  # one user cannot be read
    assert isinstance(json.loads(capsys.readouterr().out), list)


def test_the_commands_for_members_and_rights(running, capsys, monkeypatch):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", running.base_url)
    monkeypatch.setenv("KLOUDLESS_TOKEN", running.accounts[-1].token)
    assert main(["groups", "members", "--json"]) == 0
    assert {"group_name", "member_email"} <= set(json.loads(capsys.readouterr().out)[0])
    main(["folder", "list", "--no-recursive", "--as-users", "--json"])
    files = json.loads(capsys.readouterr().out)
    item = next(one for one in files if one["type"] == "file" and one["as_user"])
    arguments = ["permissions", "list", item["id"], "--as-user", item["as_user"], "--json"]
    assert main(arguments) == 0
    assert any(row["role"] == "owner" for row in json.loads(capsys.readouterr().out))
