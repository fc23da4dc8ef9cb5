"""Findings and differences are what a second witness says, over generated organisations."""

from __future__ import annotations

from collections import Counter

import pytest

from .feeding import Known
from .organisations import Grant, Target, organisation, together
from .reviewing import changed, changes, findings, found_changes, found_findings

LARGE = 4


def compared(seeds):
    """Return what findings and differences are not what they should be, and how many there are."""
    before = together(organisation(seed) for seed in seeds)
    after = changed(before)
    earlier, later = Known(before), Known(after)
    pairs = [(found_findings(one, LARGE), findings(of, LARGE))
             for one, of in ((earlier, before), (later, after))]  # fmt: skip
    pairs.append((found_changes(later, earlier), Counter(changes(before, after))))
    wrong = [(found - true, true - found) for found, true in pairs]
    return wrong, [sum(true.values()) for _, true in pairs]


def test_findings_and_differences_are_the_witnesss():
    wrong, counts = compared(range(30))
    assert wrong == [(Counter(), Counter())] * 3
    assert min(counts) > 200


def test_one_person_of_a_team_who_was_given_everything_is_found():
    one = together(organisation(seed) for seed in range(30))
    for account in one.accounts:
        chosen = account.users[len(account.items) % len(account.users)]
        target = Target("user", chosen.id, chosen.name, chosen.email)
        account.lists = {
            item.id: [Grant(item.id, target, "reader", (), 2)] for item in account.items
        }
    found, true = found_findings(Known(one), LARGE), findings(one, LARGE)
    assert found == true
    assert sum(rule == "wide_reach" for rule, *_ in true) >= 3


def test_a_finding_names_the_item_that_its_evidence_is():
    one = together(organisation(seed) for seed in range(30))
    access = Known(one)
    places = {(row.account, row.id): row.location for row in access.items().itertuples()}
    frame = access.findings(large=LARGE)
    told = [row for row in frame.itertuples() if "location" in row.numbers]
    assert {row.rule for row in told} > {"owner_left", "link_without_end", "anyone_link"}
    for row in told:
        assert places[row.account, row.evidence[0]] == row.numbers["location"]


@pytest.mark.soak
@pytest.mark.parametrize("batch", range(50))
def test_findings_and_differences_of_thousands_of_organisations(batch):
    wrong, _ = compared(range(1_000 + 40 * batch, 1_040 + 40 * batch))
    assert wrong == [(Counter(), Counter())] * 3
