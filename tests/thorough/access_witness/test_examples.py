"""Single cases that the second witness found, each as small as it gets."""

from __future__ import annotations

import pytest

from kloudless_data.access.levels import LEVELS, level_of
from kloudless_data.access.review import rights_to_review
from kloudless_data.access.tree import children_of

from .feeding import Known
from .organisations import NOW, Account, Grant, Group, Item, Link, Organisation, Target, User

ANN = Target("user", "u1", "Ann", "ann@acme.example")


def access_to(*grants, owner=ANN, users=(), groups=(), links=(), below=()):
    """Return access to a folder with these rights, in a team of Ann and others."""
    item = Item("f", "root", "folder", "Budgets", owner)
    account = Account(
        "1", "box", 1, [User("u1", "Ann", "ann@acme.example", True), *users], list(groups),
        [item, *below], {"f": list(grants)}, list(links),
    )  # fmt: skip
    return Known(Organisation(0, [account]))


def given(target, level=3):
    return Grant("f", target, None, (), level)


def rights(access, item="f"):
    frame = access.who_can_see(item)
    return {row.person: (row.state, row.right, row.chain) for row in frame.itertuples()}


def test_a_right_that_lets_do_nothing_is_none():
    access = access_to(given(Target("user", None, "Bo", "bo@else.example"), level=0))
    assert set(rights(access)) == {"ann@acme.example"}
    assert access.what_can_see("bo@else.example").empty
    assert access.findings().empty


def test_a_domain_that_is_not_the_teams_stands_for_itself():
    access = access_to(given(Target("domain", "Partner.example", None, None)))
    expected = ("outside", "edit", "edit on /Budgets")
    assert rights(access)["everyone at partner.example"] == expected
    [node] = children_of(access.picture(), None, 0, 10)
    assert (node.people, node.strangers) == (2, 1)
    [row] = rights_to_review(access.picture()).itertuples()
    assert (row.whom, row.state) == ("partner.example", "outside")
    [finding] = access.findings(rules=["shared_outside"]).itertuples()
    assert finding.person == "everyone at partner.example"


def test_a_group_that_the_team_does_not_list_stands_for_itself():
    access = access_to(given(Target("group", "7", "Site Members", None)))
    assert rights(access)["members of Site Members"] == ("unknown", "edit", "edit on /Budgets")
    [row] = rights_to_review(access.picture()).itertuples()
    assert (row.whom, row.state) == ("Site Members", "unknown")


def test_an_empty_group_stands_for_nobody():
    access = access_to(given(Target("group", "g", "Empty", None)), groups=[Group("g", "Empty")])
    assert set(rights(access)) == {"ann@acme.example"}


@pytest.mark.parametrize("owner", [None, ANN])
def test_an_unknown_owner_hides_no_right(owner):
    access = access_to(given(Target("user", None, "Cy", "cy@acme.example")), owner=owner)
    found = access.findings(rules=["rights_of_leavers"])
    assert found["person"].tolist() == ["cy@acme.example"]
    assert rights_to_review(access.picture())["whom"].tolist() == ["cy@acme.example"]


def test_a_link_for_certain_people_opens_to_nobody_else():
    links = [Link(scope, "f", scope, None, True, NOW, None) for scope in ("people", "organization")]
    access = access_to(links=links)
    assert set(rights(access)) == {"ann@acme.example", "anyone in the organisation with the link"}
    assert access.findings(rules=["anyone_link"]).empty


def test_one_guest_does_not_make_a_domain_the_organisations():
    staff = [User(f"u{n}", f"P{n}", f"p{n}@acme.example", True) for n in range(2, 12)]
    guest = User("guest", "Guest", "guest@mail.example", True)
    stranger = Target("user", None, "Di", "di@mail.example")
    access = access_to(given(stranger), users=[*staff, guest])
    assert rights(access)["di@mail.example"][0] == "outside"


def test_both_questions_name_the_right_given_and_not_its_effect():
    bo = Target("user", None, "Bo", "bo@acme.example")
    access = access_to(owner=bo, below=[Item("x", "f", "file", "Plan.xlsx", ANN)])
    expected = "owner of /Budgets → inherited"
    assert rights(access, "x")["bo@acme.example"][1:] == ("manage", expected)
    seen = access.what_can_see("bo@acme.example").set_index("id").loc["x"]
    assert (seen["right"], seen["chain"]) == ("manage", expected)


def test_a_change_of_owner_is_reported_even_if_the_list_names_both():
    bo = Target("user", None, "Bo", "bo@acme.example")
    earlier = access_to(given(ANN), given(bo), owner=ANN)
    later = access_to(given(ANN), given(bo), owner=bo)
    changes = later.diff(earlier).set_index("whom")[["change", "before", "after"]]
    assert changes.loc["ann@acme.example"].tolist() == ["narrowed", "own", "edit"]
    assert changes.loc["bo@acme.example"].tolist() == ["widened", "edit", "own"]


def test_a_change_names_the_group_it_is_about():
    group = Group("g", "Finance", [ANN])
    earlier = access_to(groups=[group])
    later = access_to(given(Target("group", "g", None, None)), groups=[Group("g", "Finance")])
    changes = later.diff(earlier)[["kind", "whom", "name", "change"]].values.tolist()
    assert sorted(changes) == [
        ["group", "g", "Finance", "granted"],
        ["member", "ann@acme.example", "Ann", "left"],
    ]


def test_a_finding_of_one_thing_is_in_the_singular():
    gone = Target("user", None, "Bo", "bo@acme.example")
    link = Link("l", "f", "anyone", None, True, NOW, None)
    access = access_to(owner=gone, links=[link])
    found = access.findings(rules=["owner_left", "link_without_end"])
    assert sorted(found["sentence"]) == [
        "1 active link for anyone never expires, the one to /Budgets.",
        "bo@acme.example, who is no longer in the team, owns 1 item, /Budgets.",
    ]


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("box", {"co-owner": "manage", "editor": "edit", "viewer": "read", "previewer": "view"}),
        ("gdrive", {"organizer": "manage", "writer": "edit", "commenter": "read"}),
        ("dropbox", {"editor": "edit", "viewer_no_comment": "read", "traverse": "none",
                     "no_access": "none"}),
        ("sharepoint", {"Full Control": "manage", "Contribute": "edit", "View Only": "view",
                        "Limited Access": "none"}),
        ("egnyte", {"Full": "manage", "Viewer": "read", "None": "none"}),
    ],
)  # fmt: skip
def test_services_words_for_roles_are_understood(service, words):
    """As the services' own references list them."""
    assert {word: LEVELS[level_of(word, {}, service)] for word in words} == words
