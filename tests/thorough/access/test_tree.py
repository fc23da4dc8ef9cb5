"""The tree that `Access.explore` shows, against questions about each of its items."""

from __future__ import annotations

from kloudless_data.access.tree import children_of


def test_the_tree_says_of_everything_how_many_people_see_it(read_world):
    one = read_world(people=20, items=120, service="gdrive")
    read = one.access
    wrong, waiting = [], [None]
    while waiting:
        for node in children_of(read.picture(), waiting.pop(), 0, 1_000):
            who = read.who_can_see(node.id)
            people = who[who["via"] != "link"]
            strangers = (~people["state"].isin(["active", "inactive"])).sum()
            links = {"anyone" if "anyone with" in p else "company"
                     for p in who.loc[who["via"] == "link", "person"]}  # fmt: skip
            if (node.people, node.strangers, set(node.links)) != (len(people), strangers, links):
                wrong.append(node)
            waiting += [node.n] if node.type == "folder" else []
    assert wrong == []
