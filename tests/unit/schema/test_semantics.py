"""Who did what: the join, the audit and the explorer give the same answer, never the owner."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data.audit.loading import open_activity
from kloudless_data.audit.sources import source_of
from kloudless_data.schema.semantics import ACTOR, actor_columns, kind_of, people_of
from kloudless_data.widgets.filters import find_columns

ACCOUNTS = pd.DataFrame({"id": ["1"], "account": ["a"], "service": ["box"]})

#: Rows of one account, and who acted in the last of them. Where the three answered differently:
#: the audit took the last modifier although v1 names another user's id, the join did not know
#: whose session a log-in is, and the explorer took the owner.
CASES: dict[str, tuple[list[dict[str, Any]], str | None]] = {
    "v2 names the user": ([{"user_email": "a@x", "metadata_last_modifier_email": "m@x"}], "a@x"),
    "v1 deletes what another changed last": (
        [{"user_id": "u7", "metadata_last_modifier_id": "u8",
          "metadata_last_modifier_email": "m@x"}], "u7",
    ),
    "an id whose address another event tells": (
        [{"user_id": "u1", "user_email": "one@x"}, {"user_id": "u1"}], "one@x",
    ),
    "an id whose address a file's owner tells": (
        [{"metadata_owner_id": "u1", "metadata_owner_email": "one@x"}, {"user_id": "u1"}], "one@x",
    ),
    "a log-in says whose session it is": (
        [{"type": "login", "metadata_name": "s",
          "extra": '{"metadata": {"user": {"email": "a@x"}}}'}], "a@x",
    ),
    "a log-in is named after its user": ([{"type": "login", "metadata_name": "a@x"}], "a@x"),
    "a file is not": ([{"type": "add", "metadata_name": "a@x"}], None),
    "the last modifier, where nothing else is told": (
        [{"metadata_last_modifier_email": "m@x", "metadata_owner_email": "o@x"}], "m@x",
    ),
    "never the owner": ([{"metadata_owner_email": "o@x", "metadata_owner_id": "u9"}], None),
    "a blank is nobody": (
        [{"user_email": " ", "user_id": "", "metadata_owner_email": "o@x"}], None,
    ),
    "a name before an id": ([{"user_name": "Ann", "user_id": "u3"}], "Ann"),
}  # fmt: skip


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([{"account": "1", "type": "add", **row} for row in rows]).assign(
        id=[f"e{n}" for n in range(len(rows))],
        modified=pd.Timestamp("2026-03-01", tz="UTC"),
    )


@pytest.mark.parametrize("case", CASES)
def test_all_three_name_the_same_person(case: str) -> None:
    rows, person = CASES[case]
    frame = frame_of(rows)
    joined = kd.join_accounts(frame, ACCOUNTS)["person"].iloc[-1]
    last = frame["id"].iloc[-1]
    with open_activity(source_of(frame)) as activity:
        ((audited,),) = activity.rows("select person from activity where event_id = ?", last)
    assert (joined if isinstance(joined, str) else None) == audited == person


def test_the_explorer_filters_by_who_acted_and_not_by_owners() -> None:
    owned = frame_of([{"metadata_owner_email": "o@x"}])
    assert find_columns(owned).person is None
    acted = frame_of([{"metadata_owner_email": "o@x", "metadata_last_modifier_email": "m@x"}])
    assert find_columns(acted).person == "metadata_last_modifier_email"
    assert not [name for name in actor_columns() if "owner" in name]


def test_places_are_of_columns_that_the_schema_has() -> None:
    from kloudless_data.schema.columns import events_schema

    for version in (1, 2):
        there = set(events_schema(version).arrow().names)
        wanted = {place.column for place in ACTOR if version in place.versions}
        assert wanted <= there, wanted - there


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("ITEM_TRASH", None, None), "delete"),
        ((None, "copy", "copy"), "copy"),
        ((None, "download", "file_download"), "download"),
        ((None, "delete", "purge"), "purge"),
        ((None, "share", "shared_link_created"), "shared_link"),
        ((None, "rename", "FileRenamed"), "rename"),
        ((None, None, "ITEM_DOWNLOAD"), "download"),
        (("zz_unheard_of", None, None), "zz_unheard_of"),
        ((None, None, None), "unknown"),
    ],
)
def test_words_are_kinds(words: tuple[str | None, str | None, str | None], kind: str) -> None:
    assert kind_of(*words) == kind


def test_people_of_an_empty_frame_are_nobody() -> None:
    assert people_of(pd.DataFrame({"user_email": []})).empty


def test_an_id_that_acts_for_all_whom_a_service_does_not_know_is_nobody() -> None:
    events = pd.DataFrame({
        "user_id": ["2", "2", "2", "7", "7"],
        "user_email": ["ann@x.example", "bob@x.example", None, "Cid@x.example", None],
        "type": ["failed_login", "failed_login", "preview", "login", "preview"],
    })  # fmt: skip
    told = people_of(events)
    assert pd.isna(told[2])
    assert told[4] == "Cid@x.example"


def test_reading_a_file_does_not_make_somebody_its_last_modifier() -> None:
    events = pd.DataFrame({
        "type": ["preview", "download", "update"],
        "metadata_last_modifier_email": ["ann@x.example"] * 3,
    })  # fmt: skip
    assert people_of(events).tolist()[2] == "ann@x.example"
    assert people_of(events)[:2].isna().all()
