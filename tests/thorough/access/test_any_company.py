"""Companies of any size and service, kept current in small pieces while people go on working."""

from __future__ import annotations

import random

import pytest
from repeats import some

SERVICES = [("onedrivebiz", 2), ("gdrive", 1), ("box", 1), ("sharepoint", 2), ("dropbox", 2),
            ("egnyte", 1), ("sharepoint", 1), ("gdrive", 2), ("box", 2)]  # fmt: skip


def wrong(one, version):
    """Return what is found of items below known folders, and is not the truth.

    v2's capabilities do not tell a second owner from somebody who manages.
    """
    readable, tree = set(one.access.items()["id"]), one.company.tree
    whole = {
        tree.id_of(slot)
        for slot in range(len(tree))
        if all(tree.id_of(above) in readable for above in tree.chain(slot))
    }
    return {
        key: levels
        for key, levels in one.differences().items()
        if key[1] in whole and (version == 1 or set(levels) != {4, 5})
    }


def changes_since(one, then, gaps=()):
    """Return what changed, but for items whose permissions could not be read at that time."""
    found = one.access.diff(then)
    return set(found.loc[~found["item"].isin(gaps), "change"])


#: Seeds, and the days that the changes last. In the last ones, others come to see what somebody
#: owned who has left, or a folder changes between an update's pieces.
CASES = [*((seed, 30) for seed in range(60)), (0, 2), (0, 5), (0, 9), (10, 5), (11, 9)]


@pytest.mark.parametrize(("seed", "days"), some(3, CASES))
def test_updates_in_pieces_end_with_the_truth_and_a_full_pass_changes_nothing(world, seed, days):
    chance = random.Random(seed)
    service, version = SERVICES[seed % len(SERVICES)]
    one = world(
        seed=seed, service=service, api_version=version, people=chance.randrange(8, 30),
        items=chance.randrange(60, 300), changes=chance.choice([20, 60, 150, 300]), days=days,
    )  # fmt: skip
    ask = "all" if service == "gdrive" else "marked"
    one.access.snapshot(one.account, ask=ask)
    assert wrong(one, version) == {}
    for number in range(1, 40):
        hours = chance.choice([0, 0.5, 2, 5]) if number < 4 else 0
        one.sandbox.clock.advance(hours=hours)
        budget = chance.choice([12, 15, 25, 40])
        report = one.access.update(one.account, max_requests=budget, ask=ask)
        assert report.due == {}
        if not report.left and number >= 4:
            break
    assert not report.left
    assert wrong(one, version) == {}
    then, gaps = one.now(), set(one.access.gaps()["key"])
    one.access.snapshot(one.account, ask=ask)
    assert changes_since(one, then, gaps) <= {"unknown"}
    then = one.now()
    hidden = chance.randrange(len(one.company.staff.people))
    one.company.staff.unreadable.add(hidden)
    one.access.snapshot(one.account, ask=ask)
    assert changes_since(one, then) <= {"unknown"}
    hiding = one.now()
    one.company.staff.unreadable.discard(hidden)
    one.access.snapshot(one.account, ask=ask)
    assert changes_since(one, hiding) <= {"unknown"}
    assert changes_since(one, then) <= {"unknown"}
