"""Memory and work stay bounded for many people, and change no finding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from kloudless_data import audit
from kloudless_data.audit.activity import Activity
from kloudless_data.audit.loading import open_activity
from kloudless_data.audit.rules import DepartingEmployee, SlowExfiltration, daily
from kloudless_data.audit.rules.daily import DailyAmounts
from kloudless_data.audit.sources import source_of

_SLOW = ["slow_exfiltration", "departing_employee"]


@pytest.fixture(scope="module")
def leaving() -> pd.DataFrame:
    """Return 20 people's downloads of 90 days: one takes more for weeks, one before they leave."""
    draw, rows = np.random.default_rng(5), []
    for day in range(90):
        for person in range(20):
            if person == 1 and day > 70:
                continue
            more = (person == 0 and 40 <= day < 60) or (person == 1 and day > 50)
            for _ in range(int(draw.poisson(25 if more else 4))):
                minute = int(draw.integers(8 * 60, 17 * 60))
                rows.append((f"p{person}@a.example", day * 1440 + minute, draw.integers(5_000)))
    people, minutes, files = zip(*rows, strict=True)
    start = pd.Timestamp("2026-01-05", tz="UTC")
    return pd.DataFrame(
        {
            "id": [str(n) for n in range(len(rows))],
            "account": "7",
            "event_type": "download",
            "user_email": people,
            "modified": start + pd.to_timedelta(np.array(minutes), unit="min"),
            "metadata_id": [f"f{n}" for n in files],
            "metadata_type": "file",
        }
    )


@pytest.fixture
def activity(leaving: pd.DataFrame) -> Iterator[Activity]:
    with open_activity(source_of(leaving)) as opened:
        yield opened


def test_slow_findings_are_the_same_however_few_people_are_held_at_a_time(
    leaving: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = audit.find(leaving, _SLOW)
    monkeypatch.setattr(daily, "_CELLS", 250)
    in_parts = audit.find(leaving, _SLOW)
    assert set(at_once["rules"].sum()) == set(_SLOW)
    pd.testing.assert_frame_equal(at_once, in_parts, check_exact=True)


def test_no_table_of_people_and_days_exceeds_its_limit(
    activity: Activity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "_CELLS", 250)
    amounts = DailyAmounts.of(activity, ["kind = 'download'"])
    tables = [table for _, table in amounts.parts("kind = 'download'")]
    assert len(tables) > 1
    assert max(table.size for table in tables) <= 250
    assert sum(len(table) for table in tables) == len(activity.people)
    ((downloads,),) = activity.rows("select count(*) from coded where kind = 'download'")
    assert sum(np.nansum(table) for table in tables) == downloads


def test_both_slow_rules_count_the_events_once(
    activity: Activity, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    run = activity.run

    def noted(query: str, *parameters: object) -> None:
        made.append(query.split(" as ")[0].split()[-1])
        run(query, *parameters)

    monkeypatch.setattr(activity, "run", noted)
    for rule in (SlowExfiltration(), DepartingEmployee()):
        list(rule.candidates(activity))
    assert made.count("amounts") == made.count("outside") == 1
