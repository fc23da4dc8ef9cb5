"""What others in the account do about the same time makes a finding worth less."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kloudless_data.audit import RULES
from kloudless_data.audit.alike import among_alike
from kloudless_data.audit.grading import Cause
from kloudless_data.audit.rules.base import Candidate
from kloudless_data.audit.statistics import DAY


def cause(who: int | None, day: float, worth: float = 4.0, **columns: Any) -> Cause:
    values: dict[str, Any] = {"rule": RULES["external_sharing"], "account": "7", "loud": True}
    given = values | columns
    start = int(day * DAY)
    one = Candidate(given["rule"], who, given["account"], f"p{who}", start, start + DAY // 24,
                    worth, np.arange(3), loud=given["loud"])  # fmt: skip
    return Cause((one,), (), worth)


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (cause(2, 10), 1),
        (cause(2, 23), 1),
        (cause(2, 25), 0),  # more than two weeks apart
        (cause(2, 10, 2.6), 1),
        (cause(2, 10, 2.4), 0),  # far less strange
        (cause(1, 15), 0),  # the same person
        (cause(None, 10), 0),
        (cause(2, 10, account="8"), 0),
        (cause(2, 10, loud=False), 0),
        (cause(2, 10, rule=RULES["mass_deletion"]), 0),
    ],
)
def test_the_like_by_others_within_two_weeks_counts(other: Cause, alike: int) -> None:
    judged = among_alike([cause(1, 10), other])
    mine = next(one for one in judged if one.parts[0].person == "p1" and one.start == 10 * DAY)
    assert mine.numbers.get("alike", 0) == alike
    assert mine.worth == pytest.approx(4.0 - 0.8 * np.log10(1 + alike))


def test_a_campaign_of_many_is_worth_a_decade_less_for_each() -> None:
    judged = among_alike([cause(who, who) for who in range(12)])
    assert {one.numbers["alike"] for one in judged} == {11}
    assert all(one.worth < 3.2 for one in judged)
