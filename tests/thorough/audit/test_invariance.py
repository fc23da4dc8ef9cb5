"""The same findings whatever the hour in UTC, and however ids, zones and order are told."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pandas as pd
import pytest
from repeats import some

from kloudless_data import audit

from .test_sentences import everything

HOUR = pd.Timedelta(hours=1)


@lru_cache(maxsize=1)
def history() -> pd.DataFrame:
    return everything()


def told(events: pd.DataFrame) -> set[tuple[str, str, float, frozenset[str]]]:
    """Return what is found, by what does not depend on when it was and what ids are called."""
    found = audit.find(events, budget=5, progress=False)
    numbers = dict(zip(events["id"].astype(str), events["number"], strict=True))
    return {
        (row.rule, row.severity, row.decades, frozenset(numbers[one] for one in row.evidence))
        for row in found.itertuples()
        if row.evidence
    }


@lru_cache(maxsize=1)
def expected() -> set[tuple[str, str, float, frozenset[str]]]:
    found = told(history().assign(number=range(len(history()))))
    assert len(found) > 15
    return found


def renamed(events: pd.DataFrame) -> pd.DataFrame:
    ids = {one: f"{hash((one, 7)) & 0xFFFFFFFF:08x}-{n}" for n, one in enumerate(events["id"])}
    files = {
        one: f"{n * 7919 % 99_991}" for n, one in enumerate(events["metadata_id"].dropna().unique())
    }
    return events.assign(id=events["id"].map(ids), metadata_id=events["metadata_id"].map(files))


CHANGES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "five hours later": lambda e: e.assign(modified=e["modified"] + 5 * HOUR),
    "other ids": renamed,
    "in another order": lambda e: e.sample(frac=1, random_state=3),
    "times of another zone": lambda e: e.assign(
        modified=e["modified"].dt.tz_convert("Asia/Kolkata")
    ),
    "times as texts with an offset": lambda e: e.assign(
        modified=e["modified"].dt.tz_convert("America/New_York").map(pd.Timestamp.isoformat)
    ),
    "times as numbers of seconds": lambda e: e.assign(modified=e["modified"].astype("int64") / 1e6),
    "times as digits of microseconds": lambda e: e.assign(
        modified=e["modified"].astype("int64").astype(str)
    ),
    "eleven hours earlier": lambda e: e.assign(modified=e["modified"] - 11 * HOUR),
    "times as numbers of milliseconds": lambda e: e.assign(
        modified=e["modified"].astype("int64") // 1000
    ),
    "times as numbers of nanoseconds": lambda e: e.assign(
        modified=e["modified"].astype("int64") * 1000
    ),
}


@pytest.mark.parametrize("change", some(7, CHANGES))
def test_the_same_is_found(change: str) -> None:
    events = history().assign(number=range(len(history())))
    assert told(CHANGES[change](events)) == expected()


def test_names_that_a_stranger_invents_are_nobody_and_change_nothing_else() -> None:
    events = history().assign(number=range(len(history())))
    last = events["modified"].max()
    tried = pd.DataFrame({
        "id": [f"tried-{n}" for n in range(600)], "account": events["account"].iloc[0],
        "type": "failed_login", "ip": "77.1.2.3", "number": -1,
        "user_email": [f"name{n}@{'house' if n % 3 else 'else'}.example" for n in range(600)],
        "modified": [last - pd.Timedelta(seconds=n) for n in range(600)],
    })  # fmt: skip
    tries = {"password_spray", "failed_logins_then_success"}
    found = told(pd.concat([events, tried], ignore_index=True))
    assert {one[0] for one in found if -1 in one[3]} == {"password_spray"}
    assert {one for one in found if one[0] not in tries} == {
        one for one in expected() if one[0] not in tries
    }


def test_invalid_times_are_counted_and_not_examined() -> None:
    events = history().head(50).assign(modified="at noon")
    assert audit.profile(events).summary["timeless"] == 50


def test_blank_ids_are_no_ids() -> None:
    events = history()
    blank = events.assign(id=[["", "  ", "\t", "\u200b"][n % 4] for n in range(len(events))])
    found, whole = audit.find(blank, progress=False), audit.find(events, progress=False)
    # Were they ids, all events but two would be repetitions of each other.
    assert sorted(found["rule"]) == sorted(whole["rule"])
    assert not found["evidence"].map(len).any()


def test_files_with_blank_ids_are_different_files() -> None:
    events = history()
    deleted = events["metadata_id"].fillna("").str.startswith("b-delete")
    blank = events.assign(metadata_id=events["metadata_id"].mask(deleted, " "))
    (row,) = audit.find(blank, ["mass_deletion"], progress=False).head(1).itertuples()
    assert row.numbers["files"] == row.numbers["events"] >= 300
