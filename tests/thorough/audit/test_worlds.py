"""Small worlds with one thing in each: incidents are loud, what only looks like one is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from repeats import some

from kloudless_data import audit
from kloudless_data.audit import telling
from kloudless_data.audit.grading import Grades, causes_of
from kloudless_data.audit.rules import DepartingEmployee, MassDownload, Rule
from kloudless_data.audit.rules.base import Candidate
from kloudless_data.audit.rules.daily import Compared
from kloudless_data.exceptions import InvalidParameter

from .worlds import START, address, burst, events_of, office, person

Rows = list[dict[str, Any]]
DAY, HOUR = pd.Timedelta(days=1), pd.Timedelta(hours=1)
STRANGE = {"ip": "45.9.8.7", "user_agent": "curl/8.5"}


@lru_cache(maxsize=4)
def work(seed: int = 3) -> tuple[dict[str, Any], ...]:
    return tuple(office(people=16, days=63, seed=seed))


def at(day: float, hour: float = 0.0) -> pd.Timestamp:
    return START + day * DAY + hour * HOUR


def shared(whom: str) -> dict[str, Any]:
    return {"extra": {"metadata": {"shared_with": {"email": whom}}}}


def loud(rows: Rows, **options: Any) -> pd.DataFrame:
    found = audit.find(events_of([*work(), *rows]), progress=False, **options)
    return found[found["severity"].isin(["high", "medium"])]


def spray() -> Rows:
    return [one for who in range(14) for one in
            burst(who, at(44, 3) + who * HOUR / 20, "failed_login", 2, ip="77.1.2.3",
                  metadata_id=None)]  # fmt: skip


def spray_from_everywhere() -> Rows:
    return [one for who in range(14) for one in
            burst(who, at(44, 3) + who * HOUR / 2, "failed_login", 1, ip=f"77.{who}.2.3",
                  metadata_id=None)]  # fmt: skip


def spray_and_typos() -> Rows:
    """The same, while as many people as on any other day mistype their passwords."""
    return spray_from_everywhere() + [
        one for day in range(1, 62) for who in range(day % 3, 16, 3) for one in
        burst(who, at(day, 4 + who / 9), "failed_login", 1, ip=address(who, day, "office"),
              metadata_id=None)
    ]  # fmt: skip


def slow() -> Rows:
    return [one for day in range(35, 56) if day % 7 < 5 for one in
            burst(2, at(day, 10), "share", 8, 40.0, **shared("p02@mailbox.example"))]  # fmt: skip


def leaver() -> Rows:
    return [one for day in range(25, 43) if day % 7 < 5 for one in
            burst(3, at(day, 11), "download", 45, 15.0,
                  metadata_id=lambda n, day=day: f"take-{day}-{n}")]  # fmt: skip


def replaced() -> Rows:
    rng = np.random.default_rng(1)
    ending = ["".join(rng.choice(list("abcdefghij"), 5)) for _ in range(90)]
    begin = at(48, 14)
    return burst(4, begin, "delete", 90, 2.0) + burst(
        4, begin + HOUR / 3600, "add", 90, 2.0, metadata_id=lambda n: f"new-{n}",
        metadata_name=lambda n: f"Burst {n}.docx.{ending[n]}",
    )  # fmt: skip


def renamed() -> Rows:
    return burst(4, at(48, 14), "rename", 80, 2.0,
                 metadata_name=lambda n: f"Burst {n}.docx.{n * 7919 % 9973:04x}q",
                 previous_metadata_name=lambda n: f"Burst {n}.docx")  # fmt: skip


def stolen() -> Rows:
    begin = at(45, 10.0)
    return burst(6, begin, "login", 1, metadata_id=None, **STRANGE) + burst(
        6, begin + HOUR / 10, "download", 60, 20.0, **STRANGE
    )


def unannounced() -> Rows:
    return burst(0, at(20, 10), "user_add", 1, metadata_name=person(30), metadata_id=None) + burst(
        40, at(52, 3), "download", 30, 20.0, **STRANGE
    )


#: What happened, the rules of which one at least should see it, and whom it is about.
INCIDENTS: dict[str, tuple[Callable[[], Rows], set[str], int | None]] = {
    "1,500 files read by who never read more than ten": (
        lambda: burst(1, at(46, 13), "download", 1_500, 3.0), {"mass_download"}, 1,
    ),
    "a password spray": (spray, {"password_spray"}, None),
    "a password spray from another address each time": (
        spray_from_everywhere, {"password_spray"}, None,
    ),
    "such a spray among the usual typos": (spray_and_typos, {"password_spray"}, None),
    "a slow exfiltration to a private mailbox": (
        slow, {"slow_exfiltration", "external_sharing"}, 2,
    ),
    "files deleted, and others with an extension each added": (replaced, {"ransomware_rename"}, 4),
    "files renamed to an extension each": (renamed, {"ransomware_rename"}, 4),
    "a recycle bin emptied": (lambda: burst(5, at(47, 16), "purge", 200, 1.0),
                              {"recycle_bin_purge"}, 5),
    "a stolen session beside the owner's": (stolen, {"new_network", "mass_download"}, 6),
    "rights for oneself": (
        lambda: burst(7, at(50, 9), "permission_change", 1, extra={"metadata": {
            "role": "Global Administrator", "shared_with": {"email": person(7)}}}),
        {"permission_escalation"}, 7,
    ),
    "links that anyone can open": (
        lambda: burst(8, at(51, 9), "shared_link", 40, 20.0,
                      extra={"metadata": {"link": {"scope": "anyone"}}}),
        {"external_sharing"}, 8,
    ),
    "failed log-ins from elsewhere that end in one": (
        lambda: burst(9, at(52, 2), "failed_login", 45, 5.0, metadata_id=None, **STRANGE)
        + burst(9, at(52, 2.2), "login", 1, metadata_id=None, **STRANGE),
        {"failed_logins_then_success"}, 9,
    ),
    "what is logged is changed": (
        lambda: burst(10, at(53, 9), "audit_change", 1, metadata_name="Audit log",
                      metadata_id=None),
        {"protection_weakened"}, 10,
    ),
    "a small role given and taken back": (
        lambda: [one for kind, when in (("role_add", 9.0), ("role_remove", 9.3)) for one in
                 burst(11, at(54, when), kind, 1, metadata_name="Helper", metadata_id=None,
                       extra={"metadata": {"role": "reports reader"}})],
        {"permission_escalation"}, 11,
    ),
    "an account appears that nobody added": (unannounced, {"dormant_return", "new_network"}, 40),
}  # fmt: skip


@pytest.mark.parametrize("what", INCIDENTS)
def test_an_incident_is_loud_and_reported_once(what: str) -> None:
    made, rules, who = INCIDENTS[what]
    rows = made()
    times = {row["modified"].floor("ms") for row in rows}
    found = loud(rows)
    mine = found if who is None else found[found["person"] == person(who)]
    about = mine[[bool(set(one) & rules) for one in mine["rules"]]]
    assert len(about) >= 1, found[["rules", "person", "decades"]].to_dict("records")
    assert min(times) <= about["end"].max() <= max(times) + 49 * HOUR
    if who is not None:
        assert len(about) == 1


def test_a_leavers_last_weeks_are_reported() -> None:
    rows = [one for one in work() if not (one["user_email"] == person(3)
            and one["modified"] > at(43))]  # fmt: skip
    found = audit.find(events_of([*rows, *leaver()]), progress=False)
    mine = found[(found["person"] == person(3)) & found["severity"].isin(["high", "medium"])]
    assert {"departing_employee", "slow_exfiltration", "mass_download"} & set(mine["rules"].sum())
    seen = [one for each in found["observations"] for one in each]
    assert "departing_employee" in {one["rule"] for one in seen}


def departing(rows: Rows, *others: pd.DataFrame) -> pd.DataFrame:
    """Return what the rule for leavers says of rows and other events."""
    return audit.find(pd.concat([events_of(rows), *others]), ["departing_employee"], progress=False)


def left() -> Rows:
    return [*(one for one in work() if not (one["user_email"] == person(3)
              and one["modified"] > at(43))), *leaver()]  # fmt: skip


def test_a_strangers_failed_log_in_is_no_activity_of_a_leaver() -> None:
    (alone,) = departing(left()).itertuples()
    sprayed = [*left(), *burst(3, at(58, 4), "failed_login", 1, metadata_id=None)]
    (row,) = departing(sprayed).itertuples()
    assert (row.sentence, row.numbers["days"]) == (alone.sentence, alone.numbers["days"])
    people = audit.profile(events_of(sprayed)).people.set_index("person")
    assert people["last"][person(3)] < at(44)
    numbers = audit.profile(events_of(sprayed)).people, audit.profile(events_of(left())).people
    days = [one.set_index("person")["days"][person(3)] for one in numbers]
    assert days[0] == days[1]


@pytest.mark.parametrize("days", [(39, 40), (36, 39, 42), (42,)])
def test_what_a_leaver_takes_is_one_finding_by_day_and_over_weeks(days: tuple[int, ...]) -> None:
    rows = [one for one in work() if not (one["user_email"] == person(3)
            and one["modified"] > at(43))]  # fmt: skip
    for day in days:
        rows += burst(3, at(day, 11), "download", 150, 15.0,
                      metadata_id=lambda n, day=day: f"take-{day}-{n}")  # fmt: skip
    found = audit.find(events_of(rows), progress=False)
    (row,) = found[found["person"] == person(3)].itertuples()
    assert {"departing_employee", "mass_download"} <= set(row.rules)
    assert row.severity == "medium"


@pytest.mark.parametrize(("worth", "acts"), [(3.0, 2), (9.0, 1)])
def test_what_takes_weeks_makes_no_one_of_acts_that_are_worth_more(worth: float, acts: int) -> None:
    day = 86_400_000_000

    def seen(rule: Rule, first: int, last: int, decades: float, numbers: range) -> Candidate:
        return Candidate(rule, 1, "7", person(1), first * day, last * day, decades,
                         np.array(numbers), facts={"amount": 30.0})  # fmt: skip

    causes = causes_of([
        seen(MassDownload(), 25, 25, 5.0, range(100)),
        seen(MassDownload(), 40, 40, 6.0, range(100, 200)),
        seen(DepartingEmployee(), 22, 43, worth, range(220)),
    ])  # fmt: skip
    assert len(causes) == acts
    best = causes[0]
    assert {one.rule.name for one in best.parts} == {"mass_download", "departing_employee"}
    # What is worth most says when it was.
    assert (best.start, best.end) == ((40 * day, 40 * day) if acts == 2 else (22 * day, 43 * day))


def test_what_happens_meanwhile_is_a_finding_of_its_own() -> None:
    rows = burst(3, at(30, 18), "permission_change", 1, extra={"metadata": {
        "role": "Global Administrator", "shared_with": {"email": person(3)}}})  # fmt: skip
    found = audit.find(events_of([*left(), *rows]), progress=False)
    mine = found[(found["person"] == person(3)) & found["severity"].isin(["high", "medium"])]
    rules = [set(one) & {"permission_escalation", "departing_employee"} for one in mine["rules"]]
    assert sorted(map(list, rules)) == [["departing_employee"], ["permission_escalation"]]


def test_a_comparison_shows_that_there_was_more() -> None:
    few, many, none = np.array([1, 0, 0, 0, 240]), np.array([2, 9, 9]), np.array([0, 3, 0])
    assert str(Compared(few, none)) == (
        "up to 240 events a day on the 5 days with activity, and up to 3 at other times"
    )
    assert str(Compared(many, none)).startswith("a median of 9 events a day on the 3 days")
    assert str(Compared(none, many)) == (
        "3 events on the 3 days with activity, and a mean of 6.7 a day at other times"
    )
    assert str(Compared(few, few[:0])).endswith("and none at other times")


def test_nobody_leaves_because_their_accounts_export_ends_earlier() -> None:
    short = [one for one in left() if one["modified"] < at(45)]
    assert departing(short).empty
    later = events_of(work()).assign(account="8")
    later["id"], later["user_email"] = "x" + later["id"], "x" + later["user_email"]
    assert departing(short, later).empty
    assert departing(left(), later)["account"].tolist() == ["7"]


def laptops() -> Rows:
    """Everybody gets a new laptop within two days, which fetches all files."""
    return [one for who in range(12) for one in
            burst(who, at(46 + who % 2, 8 + who / 4), "download", 120 + 7 * who, 4.0,
                  user_agent="Mozilla/5.0 (Macintosh) Chrome/133.0.0.0 Safari/537.36",
                  metadata_owner_email=person(who))]  # fmt: skip


def closure() -> Rows:
    return [one for who in range(11) for one in
            burst(who, at(58, 9 + who / 3), "delete", 60 + 9 * who, 9.0,
                  metadata_owner_email=person(who))]  # fmt: skip


def stale_password() -> Rows:
    return [one for day in range(40, 47) for hour in range(8, 18) for one in
            burst(5, at(day, hour), "failed_login", 2, metadata_id=None)]  # fmt: skip


def undone() -> Rows:
    rows = burst(2, at(47, 10), "delete", 150, 2.0)
    return rows + [{**one, "type": "restore", "modified": one["modified"] + HOUR} for one in rows]


def guesses() -> Rows:
    """Somebody on the internet tries one name a day, each time from elsewhere."""
    return [one for day in range(5, 60) for one in
            burst(day % 16, at(day, day % 24), "failed_login", 1, ip=f"77.{day}.{day}.3",
                  user_agent="curl/8.5", metadata_id=None)]  # fmt: skip


def sweeps() -> Rows:
    """Somebody on the internet tries six names every third day, each time from elsewhere."""
    return [one for day in range(2, 62, 3) for who in range(6) for one in
            burst((day + who) % 16, at(day, day % 24 + who / 10), "failed_login", 1,
                  ip=f"77.{day}.{day}.3", user_agent="curl/8.5", metadata_id=None)]  # fmt: skip


def converted() -> Rows:
    return burst(4, at(48, 14), "rename", 25, 2.0, metadata_name=lambda n: f"Picture {n}.webp",
                 previous_metadata_name=lambda n: f"Picture {n}.png")  # fmt: skip


def mistyped() -> Rows:
    """Ten people mistype their new password, each at a hotel of their own, before they get in."""
    return [one for who in range(10) for one in (
        *burst(who, at(44, 8) + who * HOUR / 2, "failed_login", 3, ip=f"77.{who}.2.3",
               metadata_id=None),
        *burst(who, at(44, 8.1) + who * HOUR / 2, "login", 1, ip=f"77.{who}.2.3",
               metadata_id=None),
    )]  # fmt: skip


def outage() -> Rows:
    """Nobody can log in for an hour: ten people in the office, and six more at hotels."""
    return [one for who in range(16) for one in
            burst(who, at(44, 10) + who * HOUR / 20, "failed_login", 3, metadata_id=None,
                  ip=address(who, 44, "office") if who < 10 else f"77.{who}.2.3")]  # fmt: skip


def administering(who: int) -> Rows:
    return [one for day in range(3, 60, 7) for one in
            burst(who, at(day, 10), "group_add_member", 1, metadata_name="Sales",
                  metadata_type="group", extra={"metadata": {"member": {"email": person(2)}}})
            ]  # fmt: skip


def for_a_task() -> Rows:
    role = {"extra": {"metadata": {"role": "co-admin", "shared_with": {"email": person(11)}}}}
    return administering(11) + [
        one for kind, hour in (("role_add", 9.0), ("role_remove", 9.3)) for one in
        burst(11, at(54, hour), kind, 1, metadata_name=person(11), metadata_id=None, **role)
    ]  # fmt: skip


def emptied() -> Rows:
    """A program removes what colleagues deleted weeks ago, and tells it the same way."""
    gone = [
        one
        for day in range(15, 50)
        for one in burst(
            day % 14, at(day, 12), "delete", 5, 9.0, metadata_id=lambda n, d=day: f"{d} {n}"
        )
    ]
    return gone + [{**one, "user_email": person(15), "modified": at(52, 3) + n * HOUR / 1800}
                   for n, one in enumerate(gone)]  # fmt: skip


INNOCENT: dict[str, Callable[[], Rows]] = {
    "many mistype a new password": mistyped,
    "nobody can log in": outage,
    "what was deleted before is deleted for good": emptied,
    "an administrator's role for a task": for_a_task,
    "new laptops for all": laptops,
    "a clean-up before the closure": closure,
    "an old password in a telephone": stale_password,
    "a deletion that was undone": undone,
    "one name a day is tried from anywhere": guesses,
    "a few names are tried every third day from anywhere": sweeps,
    "pictures converted to another format": converted,
    "many files edited in a day": lambda: burst(4, at(48, 8), "update", 90, 400.0),
    "own files for everybody to see": lambda: burst(
        8, at(51, 9), "shared_link", 12, 20.0, metadata_owner_email=person(8),
        extra={"metadata": {"link": {"scope": "anyone"}}},
    ),
    "one event from a new network": lambda: burst(4, at(49, 12), "preview", 1, ip="151.9.8.7"),
    "a new version of the browser": lambda: burst(
        4, at(49, 12), "preview", 3, user_agent="Mozilla/5.0 (Windows NT 10.0) Chrome/199.0.0.0"
    ),
    "a group with a mighty name": lambda: burst(
        6, at(49, 12), "group_add_member", 1, metadata_name="Rooted in Nature (garden club)",
        extra={"metadata": {"member": {"email": person(6)}}},
    ),
}  # fmt: skip


@lru_cache(maxsize=1)
def loud_before() -> frozenset[str]:
    """Return the ids of what is loud about ordinary work alone."""
    return frozenset(loud([])["id"])


@pytest.mark.parametrize("what", INNOCENT)
def test_near_misses_are_not_loud(what: str) -> None:
    rows = INNOCENT[what]()
    times = {row["modified"].floor("ms") for row in rows}
    found = loud(rows)
    new = found[~found["id"].isin(loud_before())]
    about = new[(new["start"] <= max(times)) & (new["end"] >= min(times))]
    assert len(about) <= (1 if "all" in what or "closure" in what else 0), about[
        "sentence"
    ].tolist()


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ("new laptops for all", "mass_download"),
        ("a clean-up before the closure", "mass_deletion"),
    ],
)
def test_one_finding_for_information_covers_what_many_people_do_at_once(
    what: str, rule: str
) -> None:
    found = audit.find(events_of([*work(), *INNOCENT[what]()]), progress=False)
    crowds = found[found["person"].isna() & (found["rule"] == rule)]
    assert set(crowds["severity"]) == {"info"}
    assert len(crowds) == 1
    assert crowds["numbers"].iloc[0]["people"] >= 8


@pytest.mark.parametrize(
    ("what", "rule", "said"),
    [
        ("new laptops for all", "mass_download", "opened or downloaded"),
        ("a clean-up before the closure", "mass_deletion", "deleted"),
    ],
)
def test_what_many_people_do_at_once_has_its_events_as_evidence(
    what: str, rule: str, said: str
) -> None:
    events = events_of([*work(), *INNOCENT[what]()])
    made = audit.report(events, rules=[rule], progress=False)
    (row,) = made.findings[made.findings["person"].isna()].itertuples()
    evidence = events[events["id"].isin(row.evidence)]
    assert f"people {said} far more than usual" in row.sentence
    assert set(evidence["type"]) <= ({"delete"} if said == "deleted" else {"download", "preview"})
    assert evidence["user_email"].nunique() == row.numbers["people"]
    assert (evidence["modified"].min(), evidence["modified"].max()) == (row.start, row.end)
    assert len(made.evidence[row.id]) == 5
    ours = {one["metadata_id"] for one in INNOCENT[what]()}
    assert evidence["metadata_id"].isin(ours).mean() > 0.8


def test_new_networks_of_many_are_counted_in_the_time_that_is_stated() -> None:
    moved = [one for who in range(10) for one in
             burst(who, at(46 + who % 3, 9 + who / 2), "preview", 9, 60.0,
                   ip=f"93.{who}.7.1")]  # fmt: skip
    events = events_of([*work(), *moved])
    found = audit.find(events, ["new_network"], progress=False)
    (row,) = found[found["person"].isna()].itertuples()
    evidence = events[events["id"].isin(row.evidence)]
    assert evidence["user_email"].nunique() == row.numbers["people"] == len(evidence)
    assert (evidence["modified"].min(), evidence["modified"].max()) == (row.start, row.end)


def test_a_loud_finding_gives_no_frequency_that_contradicts_it() -> None:
    activity = SimpleNamespace(days=np.array([30.0]), person_days=300, blocks=30)
    common, rare = (SimpleNamespace(who=0, decades=one) for one in (1.2, 5.0))
    told = [set(telling._seldom(activity, one, severity))  # type: ignore[arg-type]
            for one, severity in ((common, "medium"), (common, "low"), (rare, "high"))]  # fmt: skip
    assert ["how_often" in one for one in told] == [False, True, True]


@pytest.mark.parametrize("seed", some(2, [3, 11, 12, 13]))
def test_ordinary_work_costs_about_the_budget(seed: int) -> None:
    events = events_of(list(work(seed)))
    units = 16 / 100 * 9
    for budget in (1, 4):
        found = audit.find(events, budget=budget, progress=False)
        serious = found[found["severity"].isin(["high", "medium"])]
        # A handful is within chance of a Poisson distribution with so many expected.
        assert len(serious) <= budget * units + 4 * np.sqrt(budget * units) + 1
        assert (found["severity"] == "high").sum() <= 1


def test_a_larger_budget_buys_more_and_keeps_the_rest() -> None:
    rows = stolen()
    few, many = (set(loud(rows, budget=budget)["id"]) for budget in (0.01, 8))
    assert few < many
    assert Grades(0.5).medium > Grades(8).medium
    with pytest.raises(InvalidParameter, match="budget"):
        loud(rows, budget=0)


def test_the_more_the_surer() -> None:
    worth = []
    for count in (40, 200, 1_000):
        found = audit.find(events_of([*work(), *burst(1, at(46, 13), "delete", count, 2.0)]),
                           ["mass_deletion"], progress=False)  # fmt: skip
        worth.append(found[found["person"] == person(1)]["decades"].max())
    assert worth == sorted(worth)


def test_files_in_a_folder_the_person_works_in_count_less() -> None:
    there = [one for day in (9, 16, 23, 30) for one in
             burst(8, at(day, 9), "preview", 2, metadata_parent_id="known")]  # fmt: skip
    worth = []
    for folder in ("known", "strange"):
        taken = burst(8, at(51, 9), "download", 60, metadata_parent_id=folder)
        found = audit.find(events_of([*work(), *there, *taken]), ["mass_download"],
                           progress=False)  # fmt: skip
        worth.append(found[found["person"] == person(8)]["decades"].max())
    assert worth[0] < worth[1]


def taken(hour: float, folders: int, meanwhile: Rows = ()) -> pd.Series:
    rows = burst(8, at(51, hour), "download", 60, 20.0,
                 metadata_parent_id=lambda n: f"folder {n % folders}")  # fmt: skip
    found = audit.find(events_of([*work(), *rows, *meanwhile]), ["mass_download"], budget=20,
                       progress=False)  # fmt: skip
    return found[found["person"] == person(8)].iloc[0]


def test_many_folders_at_night_weigh_more_than_one_by_day() -> None:
    assert taken(9, 1)["decades"] < taken(9, 12)["decades"] < taken(2, 12)["decades"]


def test_what_is_taken_amid_work_weighs_less() -> None:
    edits = burst(8, at(51, 9), "update", 20, 60.0)
    alone, amid = taken(9, 12), taken(9, 12, edits)
    assert (alone["numbers"]["amid_work"], amid["numbers"]["amid_work"]) == (0.0, 1.0)
    assert amid["decades"] < alone["decades"] - 1


def test_edits_that_nobody_can_keep_up_excuse_nothing() -> None:
    edits = burst(8, at(51, 9), "update", 40, 3.0)
    assert taken(9, 12, edits)["numbers"]["amid_work"] == 0.0


def test_a_theft_during_most_of_the_history_is_not_its_own_baseline() -> None:
    rows = [one for day in range(15, 57) if day % 7 < 5 for one in
            burst(8, at(day, 12), "download", 6, 300.0, metadata_parent_id=f"far {day % 9}",
                  metadata_id=lambda n, day=day: f"far {day} {n}")]  # fmt: skip
    found = audit.find(events_of([*work(), *rows]), ["slow_exfiltration"], progress=False)
    (one,) = found[found["person"] == person(8)].itertuples()
    assert one.severity == "medium"
    assert one.start < at(18)
    assert one.end > at(53)
    assert "in folders where they never add or change files" in one.sentence
    assert one.numbers["a_day"] == 6


def test_files_that_the_person_goes_back_to_were_taken_for_work() -> None:
    later = [{**one, "modified": one["modified"] + 3 * DAY, "type": "preview"}
             for one in burst(8, at(51, 9), "download", 60, 20.0)]  # fmt: skip
    left, again = taken(9, 12), taken(9, 12, later)
    assert (left["numbers"]["revisited"], again["numbers"]["revisited"]) == (0.0, 1.0)
    assert again["decades"] < left["decades"]


def test_a_new_device_that_stays_in_use_weighs_less_than_one_that_is_never_seen_again() -> None:
    new = {"user_agent": "Cyberduck/9.0", "ip": "45.9.8.7"}
    rows = burst(8, at(51, 9), "download", 60, 20.0, **new)
    stays = [one for day in (54, 55, 56, 57) for one in burst(8, at(day, 9), "update", 2, **new)]
    worth = []
    for more in ([], stays):
        found = audit.find(events_of([*work(), *rows, *more]), ["mass_download"], budget=20,
                           progress=False)  # fmt: skip
        one = found[found["person"] == person(8)].iloc[0]
        worth.append((one["numbers"]["by_what_stays"], one["decades"]))
    assert worth[0][0] == 0.0
    assert worth[1][0] > 1.9
    assert worth[1][1] < worth[0][1] - 1


def returned(folder: str) -> float:
    """Return what it is worth that somebody comes back after 40 days and reads in a folder."""
    rows = [one for one in work() if not (one["user_email"] == person(8)
            and at(15) < one["modified"])]  # fmt: skip
    before = [one for day in (8, 9, 10) for one in
              burst(8, at(day, 9), "update", 4, metadata_parent_id="own")]  # fmt: skip
    back = burst(8, at(55, 9), "preview", 12, ip="45.9.8.7", metadata_parent_id=folder)
    found = audit.find(events_of([*rows, *before, *back]), ["dormant_return"], budget=50,
                       progress=False)  # fmt: skip
    return float(found[found["person"] == person(8)]["decades"].max())


def test_who_comes_back_to_the_own_folders_weighs_less_than_who_goes_elsewhere() -> None:
    assert returned("own") < returned("strange") - 1


def test_an_administrator_who_admits_a_program_weighs_less_than_anybody_else() -> None:
    moved = burst(8, at(51, 8), "app_consent", 1, metadata_name="Mover", metadata_id=None,
                  metadata_type="application") + burst(
        8, at(51, 9), "download", 60, 20.0, **STRANGE,
        metadata_parent_id=lambda n: f"folder {n % 4}",
    )  # fmt: skip
    worth = []
    for who in (9, 8):
        found = audit.find(events_of([*work(), *administering(who), *moved]), budget=20,
                           progress=False)  # fmt: skip
        one = found[(found["person"] == person(8)) & (found["end"] >= at(51, 9))].iloc[0]
        worth.append((one["numbers"]["administers"], one["decades"]))
    assert [administers for administers, _ in worth] == [False, True]
    assert worth[1][1] < worth[0][1] - 0.5


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("role_add", {"metadata_name": person(3), "extra": {
            "metadata": {"role": "administrator", "shared_with": {"email": person(3)}}}}),
        ("app_consent", {"metadata_name": "Mover", "metadata_type": "application"}),
        ("audit_change", {"metadata_name": "Audit log"}),
    ],
)  # fmt: skip
def test_changing_rights_or_protection_weighs_less_if_it_is_somebody_s_work(kind, facts) -> None:
    changed = burst(8, at(51, 10), kind, 1, metadata_id=None, **facts)
    assert _worth_by_work(changed) == [False, True]


def test_rights_that_administrators_give_themselves_weigh_as_much_as_anybody_s() -> None:
    changed = burst(8, at(51, 10), "role_add", 1, metadata_name=person(8), metadata_id=None, extra={
        "metadata": {"role": "administrator", "shared_with": {"email": person(8)}}})  # fmt: skip
    assert _worth_by_work(changed) == [False, False]


def _worth_by_work(changed: Rows) -> list[bool]:
    """Tell if what somebody changed is an administrator's work: before, and after they did such.

    It then weighs less, or else as much.
    """
    worth = []
    for who in (9, 8):
        resets = [one for day in range(3, 60, 7) for one in
                  burst(who, at(day, 10), "password_reset", 1, metadata_id=None)]  # fmt: skip
        found = audit.find(events_of([*work(), *resets, *changed]), budget=1000, progress=False)
        (one,) = found[(found["person"] == person(8)) & (found["start"] >= at(51, 9))].itertuples()
        worth.append((one.numbers["administers"], one.decades))
    (first, before), (last, after) = worth
    assert (after < before - 1.5) if last else (after > before - 0.5)
    return [first, last]


def test_who_has_only_just_joined_reads_more_at_first() -> None:
    begin = {True: 24, False: 34}
    worth = {}
    for new, first in begin.items():
        joined = [{**one, "modified": one["modified"]} for one in work()
                  if one["user_email"] != person(8) or one["modified"] > at(24)]  # fmt: skip
        joined += burst(0, at(23, 10), "user_add", 1, metadata_name=person(8), metadata_id=None)
        joined += [
            one
            for day in range(first, first + 5)
            for one in burst(8, at(day, 12), "preview", 40, metadata_parent_id=f"far {day}")
        ]
        found = audit.find(events_of(joined), ["slow_exfiltration"], budget=50, progress=False)
        (one,) = found[found["person"] == person(8)].itertuples()
        worth[new] = one.observations[0]["decades"]
        assert ("has only just joined" in one.sentence) is new
    assert worth[True] < worth[False] - 0.5


def shared_with(address: str) -> pd.Series:
    """Share twenty files with an address, for each another one if it has a place for a number."""
    rows = [one for n in range(20) for one in
            burst(8, at(51, 9) + n * HOUR / 60, "share", 1, metadata_id=f"shared {n}",
                  **shared(address.format(n=n)))]  # fmt: skip
    name = "johanna.muster@house.example"
    named = [{**one, "user_email": name} if one["user_email"] == person(8) else one
             for one in (*work(), *rows)]  # fmt: skip
    found = audit.find(events_of(named), ["external_sharing"], budget=20, progress=False)
    return found[found["person"] == name].iloc[0]


def test_sharing_with_one_stranger_weighs_more_than_with_many_and_less_than_with_oneself() -> None:
    many, one, private = map(
        shared_with, ("x@firm{n}.example", "x@firm.example", "johanna.muster@post.example")
    )
    numbers = [row["numbers"]["domains_shared_with"] for row in (many, one, private)]
    assert numbers == [20, 1, 1]
    assert [row["numbers"]["with_own_name"] for row in (one, private)] == [0.0, 1.0]
    assert many["decades"] < one["decades"] < private["decades"]


@pytest.mark.parametrize(("name", "plain", "shouts"), [
    # Of Locky, CryptoWall, Cerber, Medusa, WannaCry, STOP and others, after Splunk's list of notes.
    ("_Locky_recover_instructions.txt", True, False), ("HELP_DECRYPT.TXT", True, False),
    ("# DECRYPT MY FILES #.html", True, True), ("YOUR_FILES_ARE_ENCRYPTED.HTML", True, False),
    ("How To Restore Your Files.txt", True, False), ("FILESAREGONE.TXT", True, False),
    ("GET_YOUR_FILES_BACK.txt", True, False), ("X-SORRY-FOR-FILES.html", True, False),
    ("!!!READ_ME_MEDUSA!!!.TXT", False, True), ("@Please_Read_Me@.txt", False, True),
    ("_readme.txt", False, True),
    # What people call their own files.
    ("README.txt", False, False), ("Important notes.txt", False, False),
    ("How to restore a table.html", False, False), ("Data recovery plan.docx", False, False),
    ("disaster recovery network.html", False, False), ("Decrypt.py", False, False),
    ("HOW_TO_DECRYPT.pdf", False, False), ("return codes.txt", False, False),
])  # fmt: skip
def test_names_of_ransom_notes(name: str, plain: bool, shouts: bool) -> None:
    rows = burst(8, at(51, 10), "add", 1, metadata_name=name)
    more = burst(8, at(51, 9), "update", 25, 60.0)
    more += [one for day in range(50) for one in burst(8, at(day, 9), "preview", 1)]
    found = audit.find(events_of([*rows, *more]), ["ransom_note"], budget=100, progress=False)
    loud = found["severity"].isin(["high", "medium"])
    assert (loud.any(), len(found) > 0) == (plain, plain or shouts)


def test_a_note_by_somebody_who_harms_nothing_supports_other_findings_only() -> None:
    rows = burst(8, at(51, 10), "add", 1, metadata_name="HOW_TO_DECRYPT.txt")
    found = audit.find(events_of([*work(), *rows]), ["ransom_note"], progress=False)
    assert found["severity"].tolist() in ([], ["info"])


def test_a_name_that_several_people_use_is_no_note() -> None:
    rows = [one for who in (7, 8, 9) for one in
            burst(who, at(51, 10), "add", 1, metadata_name="how to decrypt.txt")]  # fmt: skip
    more = burst(8, at(51, 9), "update", 25, 60.0)
    found = audit.find(events_of([*work(), *rows, *more]), ["ransom_note"], progress=False)
    assert found.empty


def sent_home(owner: int) -> pd.Series:
    """Send twelve files, of somebody, to the own mailbox elsewhere."""
    name = "johanna.muster@house.example"
    rows = burst(8, at(51, 9), "share", 12, 60.0, metadata_owner_email=person(owner),
                 **shared("johanna.muster@post.example"))  # fmt: skip
    events = events_of([*work(), *rows]).replace(person(8), name)
    found = audit.find(events, ["external_sharing"], budget=100, progress=False)
    return found[found["person"] == name].iloc[0]


def test_sending_own_papers_home_weighs_less_than_others_files() -> None:
    own, others = sent_home(8), sent_home(9)
    assert (own["numbers"]["with_own_name"], others["numbers"]["with_own_name"]) == (0.0, 1.0)
    assert own["decades"] < others["decades"] - 1.5


def test_a_mailbox_provider_is_nobodys_domain_however_many_guests_use_it() -> None:
    guests = [one for day in range(5, 60, 5) for n in range(6) for one in
              burst(0, at(day, 10), "preview", 2, user_email=f"guest{n}@gmail.com")]  # fmt: skip
    rows = burst(8, at(51, 9), "share", 40, 60.0, **shared("somebody@gmail.com"))
    found = audit.find(events_of([*work(), *guests, *rows]), ["external_sharing"], progress=False)
    (one,) = found[found["person"] == person(8)].itertuples()
    assert one.numbers["domains"] == ["gmail.com"]


def test_what_several_colleagues_take_at_once_weighs_less() -> None:
    def photos(who: int) -> Rows:
        return burst(who, at(51, 9) + who * HOUR, "download", 60, 5.0,
                     metadata_id=lambda n: f"photo {n}", metadata_parent_id="party")  # fmt: skip

    worth = []
    for others in ((), (5, 6)):
        rows = [one for who in (8, *others) for one in photos(who)]
        found = audit.find(events_of([*work(), *rows]), ["mass_download"], budget=100,
                           progress=False)  # fmt: skip
        one = found[found["person"] == person(8)].iloc[0]
        worth.append((one["numbers"]["in_demand"], one["decades"]))
    assert [wanted for wanted, _ in worth] == [0.0, 1.0]
    assert worth[1][1] < worth[0][1] - 1.5


def deleted(days: range, each: int) -> pd.DataFrame:
    rows = [one for day in days for one in burst(8, at(day, 12), "delete", each, 300.0)]
    found = audit.find(events_of([*work(), *rows]), ["slow_deletion"], budget=2, progress=False)
    return found[found["person"] == person(8)]


def test_others_files_deleted_bit_by_bit_are_found_as_one_thing() -> None:
    (one,) = deleted(range(20, 50, 2), 7).itertuples()
    assert one.severity == "medium"
    assert one.numbers["files"] > 90
    assert "files of others" in one.sentence


def test_a_clean_up_of_some_days_is_no_slow_deletion() -> None:
    assert deleted(range(20, 24), 26).empty


def test_a_spray_that_lets_nobody_in_weighs_less_than_one_that_does() -> None:
    entry = burst(3, at(44, 5), "login", 1, ip="77.1.2.3", metadata_id=None)
    worth = [
        audit.find(events_of([*work(), *spray(), *more]), ["password_spray"], progress=False)
        .iloc[0]["decades"]
        for more in ([], entry)
    ]  # fmt: skip
    assert worth[0] < worth[1] - 1


def reports(**columns: Any) -> float:
    """Return what circumstances are worth for an account that downloads at six, once much more."""
    same = {"user_email": "reports@house.example", **columns}
    daily = [{**one, **same} for day in range(63) for one in burst(0, at(day, 6), "download", 12)]
    more = burst(0, at(40, 6.2), "download", 300, metadata_parent_id=lambda n: f"folder {n}")
    found = audit.find(events_of([*work(), *daily, *({**one, **same} for one in more)]),
                       ["mass_download"], budget=100, progress=False)  # fmt: skip
    (one,) = found[found["person"] == "reports@house.example"].itertuples()
    return float(one.numbers["circumstances"])


def test_an_account_that_does_one_thing_at_one_hour_is_a_program_whatever_its_name() -> None:
    assert reports(ip="34.1.1.5", user_agent="python-requests/2.31") == -2.0
    assert reports(ip="34.1.1.5", user_agent="axios/1.6.8") == -2.0
    # People look at their files at one hour, too, and not by scripts.
    browser = "Mozilla/5.0 (Windows NT 10.0) Chrome/141.0.0.0 Safari/537.36"
    assert reports(ip="34.1.1.5", user_agent=browser) > -2.0
    # Of whom neither the program nor the network is known, anything may be.
    assert reports(ip=None, user_agent=None) > -2.0


def test_night_work_that_stands_out_by_its_hours_counts_them_once() -> None:
    rows = burst(8, at(51, 2), "preview", 40, 60.0)
    found = audit.find(events_of([*work(), *rows]), ["mass_download"], budget=100, progress=False)
    (one,) = found[found["person"] == person(8)].itertuples()
    assert "at hours that are hardly ever theirs" in one.sentence
    assert one.numbers["usual_at_these_hours"] < 0.05
    assert one.numbers["circumstances"] < 2.0


def test_a_program_in_its_usual_network_goes_anywhere() -> None:
    daily = [{**one, "user_email": "svc-backup@house.example", "ip": "34.1.1.5"}
             for day in range(63) for one in burst(0, at(day, 1.5), "download", 12)]  # fmt: skip
    more = [{**one, "user_email": "svc-backup@house.example", "ip": "34.1.1.5"}
            for one in burst(0, at(40, 3), "download", 300,
                             metadata_parent_id=lambda n: f"folder {n}")]  # fmt: skip
    found = audit.find(events_of([*work(), *daily, *more]), ["mass_download"], budget=20,
                       progress=False)  # fmt: skip
    (one,) = found[found["person"] == "svc-backup@house.example"].itertuples()
    assert one.numbers["circumstances"] == -2.0


def test_unknown_words_are_counted_by_word() -> None:
    rows = burst(1, at(46, 13), "zz_unheard_of", 30) + burst(1, at(47, 13), "qq", 10)
    events = events_of([*work(), *rows])
    told = audit.find(events, ["mass_deletion"], progress=False).attrs["not_understood"]
    assert told["words"] == {"zz_unheard_of": 30, "qq": 10}
    assert told["share"] == pytest.approx(40 / len(events), abs=1e-6)
    made = audit.report(events, rules=["mass_deletion"], progress=False)
    for text in (made.to_html(), made.to_markdown()):
        # Beside the first sentence, above everything else.
        assert text.index("no rule understands") < text.index("Scope")
        assert "unheard" in text
