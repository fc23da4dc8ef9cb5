"""The requests that a review comes to do what was decided, and nothing else."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import repeats

from kloudless_data import exceptions
from kloudless_data.access.review import rights_to_review


def decided(access, wanted) -> pd.DataFrame:
    """A review in which some rights are to be revoked, without the workbook."""
    rights = rights_to_review(access.picture())
    return rights.assign(decision=["revoke" if one else "keep" for one in wanted(rights)])


def send(account, requests):
    for one in requests.itertuples():
        user = one.as_user if isinstance(one.as_user, str) else None
        acting = account.with_options(impersonate_user_id=user) if user else account
        path = one.path.partition(f"accounts/{one.account}/")[2]
        body = {"json": json.loads(one.body)} if isinstance(one.body, str) else {}
        acting.request(one.method, path, **body)


def some(rights):
    """All links, and every third of the other rights."""
    links = rights["kind"].isin(["anyone", "company"])
    return [link or number % 3 == 0 for number, link in enumerate(links)]


def keys(rights):
    return set(zip(rights["item"], rights["kind"], rights["key"], strict=True))


@pytest.mark.parametrize(
    ("service", "version"),
    repeats.some(4, [("box", 1), ("dropbox", 2), ("egnyte", 1), ("sharepoint", 2), ("gdrive", 1),
                     ("onedrivebiz", 2), ("sharepoint", 1)]),
)  # fmt: skip
def test_decisions_are_carried_out_and_nothing_else(world, service, version):
    one = world(service=service, api_version=version, changes=0)
    one.access.snapshot(one.account, ask="all")
    review = decided(one.access, some)
    revoked, before = review[review["decision"] == "revoke"], keys(review)
    assert 5 <= len(revoked) < len(review)
    assert {"anyone", "company"} & set(revoked["kind"])
    requests = one.access.revocations(review)
    assert requests["as_user"].notna().all() == (service not in ("sharepoint", "egnyte"))
    send(one.account, requests)
    report = one.access.update(one.account)
    assert report.due == {}
    assert keys(rights_to_review(one.access.picture())) == before - keys(revoked)
    wrong = one.differences()
    # v2's capabilities do not tell a second owner from somebody who manages.
    assert {k for k, levels in wrong.items() if version == 1 or set(levels) != {4, 5}} == set()


def test_an_item_with_several_revoked_rights_is_requested_once(read_world):
    one = read_world()
    review = decided(one.access, lambda rights: rights["kind"].isin(["user", "group"]))
    gone = review[review["decision"] == "revoke"]
    requests = one.access.revocations(review)
    assert len(gone) > len(requests) == gone["item"].nunique()
    whom = requests["whom"].str.split(", ").explode()
    assert sorted(whom) == sorted(gone["whom"])


def test_a_requests_changes_stay_when_the_clock_goes_back_and_forth(read_world):
    one = read_world(service="sharepoint", changes=40)
    one.sandbox.clock.advance(hours=5)
    one.access.update(one.account)
    send(one.account, one.access.revocations(decided(one.access, some)))
    after = one.truth()
    one.sandbox.clock.advance(hours=-4)
    assert one.truth() != after
    one.sandbox.clock.advance(hours=4)
    assert one.truth() == after
    one.sandbox.clock.advance(hours=12)
    one.access.update(one.account)
    assert one.differences() == {}


def shared_item(one):
    """An item with a right of a user's, the address of its permissions, and what they are."""
    rights = rights_to_review(one.access.picture())
    row = rights[rights["kind"] == "user"].iloc[0]
    path = f"storage/{row['type']}s/{row['item']}/permissions"
    return row, path, one.account.get(path).data


def test_patch_changes_the_rights_that_it_names(read_world):
    one = read_world(service="sharepoint")
    row, path, before = shared_item(one)
    wanted = [{"email": row["key"], "role": "writer"}]
    after = one.account.patch(path, json={"permissions": wanted}).data["permissions"]
    assert {p["email"]: p["role"] for p in after}[row["key"]] == "writer"
    assert len(after) == len(before["permissions"])


@pytest.mark.parametrize(
    ("permissions", "said"),
    [
        (None, "The body must be"),
        ([{"email": "nobody@x.example", "role": "reader"}], "needs the id"),
        ([{"id": None, "role": "king"}], "no role"),
        ([{"role": None}], "needs a role"),
    ],
)
def test_a_change_that_cannot_be_made_says_why(read_world, permissions, said):
    one = read_world(service="sharepoint")
    _, path, _ = shared_item(one)
    with pytest.raises(exceptions.APIException, match=said):
        one.account.put(path, json={"permissions": permissions})


def test_only_managers_can_change_an_items_permissions(read_world):
    one = read_world(service="box")
    reader = one.access.picture().frame(
        """select i.type, i.id, o.id as user from grants as g join items as i using (n)
        join ids as o on o.person = g.key where g.kind = 'user' and g.level = 2
        and exists (select 1 from entries e where e.unit = 'folder:root:' || o.id)"""
    ).iloc[0]  # fmt: skip
    acting = one.account.with_options(impersonate_user_id=reader["user"])
    path = f"storage/{reader['type']}s/{reader['id']}/permissions"
    with pytest.raises(exceptions.ForbiddenException, match="people who manage"):
        acting.put(path, json={"permissions": []})


def test_a_right_that_comes_from_a_folder_is_not_taken_away_below(read_world):
    one = read_world(service="sharepoint", api_version=2)
    inside = one.access.picture().frame(
        """select c.type, c.id, g.key from grants as g join items as f on f.n = g.n
        join items as c on c.parent_n = f.n where g.kind = 'user' and c.inherits
        and c.owner <> g.key"""
    ).iloc[0]  # fmt: skip
    path = f"storage/{inside['type']}s/{inside['id']}/permissions"
    listed = one.account.get(path).data["objects"]
    here = next(p["id"] for p in listed if p["target"]["email"] == inside["key"])
    with pytest.raises(exceptions.ForbiddenException, match="from a folder"):
        one.account.delete(f"{path}/{here}")


def test_a_link_is_changed_and_deleted(world):
    one = world(service="sharepoint")
    link = next(found for found in one.account.get("storage/links").data["objects"]
                if found["active"])  # fmt: skip
    path = f"storage/links/{link['id']}"
    changed = one.account.patch(
        path, json={"expiration": "2026-04-01T00:00:00Z", "password": "x"}
    ).data
    assert changed["expiration"].startswith("2026-04-01")
    assert changed["has_password"] is True
    with pytest.raises(exceptions.APIException, match="can be changed"):
        one.account.patch(path, json={"url": "https://elsewhere.example"})
    one.account.delete(path)
    with pytest.raises(exceptions.NotFoundException):
        one.account.get(path)
    kinds = [event["type"] for event in one.account.get("events").data["objects"]]
    assert kinds[-2:] == ["shared_link_change", "shared_link_remove"]


def test_the_rights_of_an_ordinary_account_cannot_be_changed(sandbox, account):
    item = account.get("storage/folders/root/contents").data["objects"][0]
    path = f"storage/{item['type']}s/{item['id']}/permissions"
    with pytest.raises(exceptions.ForbiddenException, match="Company"):
        account.put(path, json={"permissions": []})
