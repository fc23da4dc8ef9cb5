"""Effective access is what a brute-force evaluation says, for thousands of organisations."""

from __future__ import annotations

import random

import pandas as pd
import pyarrow as pa
import pytest
from repeats import some

from kloudless_data.access.effective import pairs, states_sql, what_can_see, who_can_see
from kloudless_data.access.levels import LEVELS
from kloudless_data.access.picture import Picture
from kloudless_data.access.tables import schema_of

from .brute import organisation, tables, truth


def made(count, seed):
    rng = random.Random(seed)
    orgs = [organisation(rng, number) for number in range(count)]
    return orgs, Picture.of_tables(tables(orgs, rng))


def test_all_rights_of_thousands_of_organisations():
    orgs, picture = made(4_000, 1)
    expected = {(o.account, *pair): level for o in orgs for pair, level in truth(o).items()}
    with picture:
        found = {
            (row["account"], row["person"], row["item"]): row["level"]
            for batch in pairs(picture)
            for row in batch.to_pylist()
        }
    assert len(expected) > 50_000
    assert {k: v for k, v in found.items() if expected.get(k) != v} == {}
    assert len(found) == len(expected)


@pytest.mark.parametrize("seed", some(1, [2, 3]))
def test_who_can_see_an_item(seed):
    orgs, picture = made(40, seed)
    differences = []
    with picture:
        for org in orgs:
            rights = truth(org)
            for item in org.parent:
                frame = who_can_see(picture, item, org.account)
                found = dict(zip(frame["person"], frame["right"], strict=True))
                expected = {p: LEVELS[level] for (p, i), level in rights.items() if i == item}
                differences += [(org.account, item)] if found != expected else []
    assert differences == []


def test_the_state_of_who_can_see_an_item_is_that_of_reviews_and_findings():
    orgs, picture = made(6, 5)
    with picture:
        frames = [
            who_can_see(picture, item, org.account).assign(account=org.account)
            for org in orgs
            for item in org.parent
        ]
        people = pd.concat(frames)[["account", "person", "state", "via"]].drop_duplicates()
        people = people[people["via"].isin(["owner", "direct"])]
        picture.connection.register("found", people)
        asked = states_sql("found.person", "found.account")
        states = picture.frame(f"select state, {asked} as expected from found")
    assert states["state"].tolist() == states["expected"].tolist()
    assert set(states["state"]) >= {"active", "inactive", "outside"}


def test_what_a_person_can_see():
    orgs, picture = made(60, 4)
    expected: dict = {}
    for org in orgs:
        for (person, item), level in truth(org).items():
            expected.setdefault(person, {})[org.account, item] = LEVELS[level]
    with picture:
        for person, rights in expected.items():
            frame = what_can_see(picture, person)
            keys = zip(frame["account"], frame["id"], strict=True)
            assert dict(zip(keys, frame["right"], strict=True)) == rights


def test_the_link_that_opens_most_easily_explains_the_right():
    of_one = {"account": "1", "batch": "b"}
    link = {"item_id": "F", "scope": "anyone", "active": True, "level": 2}
    rows = {
        "items": [{"unit": "folder:", "id": "F", "type": "folder", "name": "Budgets"}],
        "links": [{"unit": "links:", "id": f"L{n}", "has_password": locked} | link
                  for n, locked in enumerate([True, False, True])],
        "ledger": [{"unit": unit, "kind": unit[:-1], "key": ""} for unit in ("folder:", "links:")],
    }  # fmt: skip
    tables = {
        name: pa.Table.from_pylist([one | of_one for one in some], schema_of(name))
        for name, some in rows.items()
    }
    expected = "anyone with the link, without a password → read on /Budgets"
    with Picture.of_tables(tables) as picture:
        assert who_can_see(picture, "F")["chain"].tolist() == [expected]
        assert what_can_see(picture, "a@b.example")["chain"].tolist() == [expected]
