"""What the services' own documentation says of who sees what, as examples worked out by hand.

A witness beside the brute force: neither the examples nor the expected rights come from this
project's evaluator or generator. Read on 2026-11-27:

Box     support.box.com/hc/en-us/articles/360043697254-Understanding-Item-Permissions
Groups  community.box.com/admin-forum-25/what-are-waterfall-permissions-2897
Drive   developers.google.com/workspace/drive/api/guides/manage-sharing, "How permissions propagate"
Limited developers.google.com/workspace/drive/api/guides/limited-expansive-access
Break   learn.microsoft.com/previous-versions/office/sharepoint-server/ee573144(v=office.15)
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from kloudless_data.access.effective import pairs, what_can_see, who_can_see
from kloudless_data.access.picture import Picture

from .brute import Org, tables

OWNER = "olga@x.example"
LEVEL = {"read": 2, "edit": 3, "manage": 4, "own": 5}


@dataclass
class Example:
    source: str
    says: str
    tree: dict[str, str | None]  # item: folder
    grants: dict[str, dict[str, str]]  # item: who (a group begins with "g:", a domain with "@")
    sees: dict[str, dict[str, str]]  # person: item: right; what is not named is not seen
    groups: dict[str, list[str]] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)  # where the service's list is everything
    owners: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.source}: {self.says}"


BOX = {"Box Reports": None, "Design": "Box Reports", "Marketing": "Box Reports",
       "Approved": "Marketing"}  # fmt: skip
SITE = {"library": None, "folder": "library", "inner": "folder", "page": "inner"}
KOSH, JANE = "kosh@x.example", "jane@x.example"

EXAMPLES = [
    Example("Box", "who is invited to a folder sees it and all below it",
            BOX, {"Box Reports": {KOSH: "read"}},
            {KOSH: dict.fromkeys(BOX, "read")}),
    Example("Box", "who is invited to a subfolder sees nothing above or beside it",
            BOX, {"Marketing": {KOSH: "read"}},
            {KOSH: {"Marketing": "read", "Approved": "read"}}),
    Example("Box", "a right on a parent cannot be lowered below it",
            BOX, {"Box Reports": {KOSH: "edit"}, "Marketing": {KOSH: "read"}},
            {KOSH: dict.fromkeys(BOX, "edit")}),
    Example("Box", "a subfolder can give more than its parent",
            BOX, {"Box Reports": {KOSH: "read"}, "Marketing": {KOSH: "manage"}},
            {KOSH: {"Box Reports": "read", "Design": "read", "Marketing": "manage",
                    "Approved": "manage"}}),
    Example("Groups", "of two groups the one with more rights counts, anywhere in the waterfall",
            BOX, {"Box Reports": {"g:viewers": "read"}, "Marketing": {"g:editors": "edit"}},
            {KOSH: {"Box Reports": "read", "Design": "read", "Marketing": "edit",
                    "Approved": "edit"},
             JANE: dict.fromkeys(BOX, "read")},
            groups={"g:viewers": [KOSH, JANE], "g:editors": [KOSH]}),
    Example("Drive", "children inherit, and a child can give more",
            {"folder": None, "file": "folder", "other": "folder"},
            {"folder": {KOSH: "read"}, "file": {KOSH: "edit"}},
            {KOSH: {"folder": "read", "file": "edit", "other": "read"}},
            complete={"file"}),
    Example("Drive", "a group, and everybody in a domain, hold a permission as one",
            {"folder": None, "file": "folder"},
            {"folder": {"g:finance": "edit"}, "file": {"g:finance": "edit", "@x.example": "read"}},
            {KOSH: {"folder": "edit", "file": "edit"}, JANE: {"file": "read"}},
            groups={"g:finance": [KOSH]}, complete={"file"}),
    Example("Drive", "what was moved has the permissions of where it is, not of where it was",
            {"writers": None, "readers": None, "moved": "readers"},
            {"writers": {KOSH: "edit"}, "readers": {KOSH: "read"}},
            {KOSH: {"writers": "edit", "readers": "read", "moved": "read"}}),
    Example("Limited", "only who was added to it opens a folder with limited access, and its owner",
            {"shared": None, "limited": "shared", "inside": "limited"},
            {"shared": {KOSH: "edit", JANE: "edit"}, "limited": {JANE: "read"}},
            {KOSH: {"shared": "edit"},
             JANE: {"shared": "edit", "limited": "read", "inside": "read"}},
            complete={"limited"}),
    Example("Break", "inheritance broken with a copy: what the parent gives later stays above",
            SITE, {"library": {KOSH: "edit", JANE: "edit"}, "folder": {KOSH: "edit"}},
            {KOSH: dict.fromkeys(SITE, "edit"), JANE: {"library": "edit"}},
            complete={"library", "folder"}),
    Example("Break", "broken without a copy: only who broke it has a right",
            SITE, {"library": {KOSH: "edit", JANE: "edit"}, "folder": {JANE: "manage"}},
            {KOSH: {"library": "edit"},
             JANE: {"library": "edit", "folder": "manage", "inner": "manage", "page": "manage"}},
            complete={"library", "folder"}),
    Example("Break", "rights of their own below stay when a folder above gets its own",
            SITE, {"library": {KOSH: "edit"}, "folder": {JANE: "edit"}, "page": {KOSH: "read"}},
            {KOSH: {"library": "edit", "page": "read"},
             JANE: {"folder": "edit", "inner": "edit"}},
            complete={"library", "folder", "page"}),
]  # fmt: skip


def organisation_of(example: Example) -> Org:
    org = Org("a0", people={OWNER: True, KOSH: True, JANE: True})
    org.parent = dict(example.tree)
    org.owner = dict.fromkeys(example.tree, OWNER)
    org.complete = example.complete
    for group, members in example.groups.items():
        org.members[group] = {("user", one) for one in members}
    for item, given in example.grants.items():
        org.grants[item] = {_principal(who): LEVEL[right] for who, right in given.items()}
    return org


def _principal(who: str) -> tuple[str, str]:
    if who.startswith("g:"):
        return "group", who
    return ("domain", who[1:]) if who.startswith("@") else ("user", who)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_service_answers_who_sees_what(example):
    with Picture.of_tables(tables([organisation_of(example)], random.Random(1))) as picture:
        found: dict[str, dict[str, str]] = {}
        words = {level: word for word, level in LEVEL.items()}
        for batch in pairs(picture):
            for row in batch.to_pylist():
                if row["person"] != OWNER:
                    found.setdefault(row["person"], {})[row["item"]] = words[row["level"]]
        assert found == example.sees
        for item in example.tree:
            frame = who_can_see(picture, item).set_index("person")["right"].to_dict()
            frame.pop(OWNER)
            expected = {who: rights[item] for who, rights in example.sees.items() if item in rights}
            assert frame == expected
        for person, rights in example.sees.items():
            seen = what_can_see(picture, person)
            assert dict(zip(seen["id"], seen["right"], strict=True)) == rights
