"""Events as they really come: repeated, half empty, of several accounts and versions."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from organisations import organisation_of

from kloudless_data import audit
from kloudless_data.audit.loading import open_activity
from kloudless_data.audit.sources import source_of
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.sandbox.organisation import Organisation

DAY = pd.Timestamp("2026-03-02", tz="UTC")


def deletions(
    person: str, start: pd.Timestamp, count: int, *, every: str = "1min", **columns: Any
) -> pd.DataFrame:
    """Return somebody's deletions, of files that nobody else had."""
    return pd.DataFrame(
        {
            "id": [f"{person}/{start:%m%d%H%M}/{n}" for n in range(count)],
            "account": "7",
            "type": "delete",
            "modified": pd.date_range(start, periods=count, freq=every),
            "user_email": person,
            "metadata_id": [f"{person}{start:%m%d%H}{n}" for n in range(count)],
            "metadata_type": "file",
        }
    ).assign(**columns)


def habit(person: str, days: int = 20, count: int = 3, **columns: Any) -> pd.DataFrame:
    """Return small deletions on each of so many days before `DAY`."""
    return pd.concat(
        [
            deletions(person, DAY - pd.Timedelta(days=n) + pd.Timedelta(hours=9), count, **columns)
            for n in range(1, days + 1)
        ]
    )


def team(**columns: Any) -> pd.DataFrame:
    return pd.concat([habit(f"{name}@x.example", **columns) for name in ("ann", "bob", "cy")])


def burst(person: str = "ann@x.example", count: int = 120, **columns: Any) -> pd.DataFrame:
    return deletions(person, DAY + pd.Timedelta(hours=10), count, every="20s", **columns)


def mass(*parts: pd.DataFrame, **options: Any) -> pd.DataFrame:
    return audit.find(pd.concat(parts, ignore_index=True), ["mass_deletion"], **options)


def test_a_burst_is_found_at_all() -> None:
    (row,) = mass(team(), burst()).itertuples()
    assert (row.severity, row.numbers["files"], row.events) == ("medium", 120, 120)


def test_an_event_reported_twice_counts_once() -> None:
    once = mass(team(), burst())
    again = mass(team(), burst(), burst(), team().sample(40, random_state=1))
    pd.testing.assert_frame_equal(again, once)


def test_repeated_rows_are_said_to_count_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kloudless_data.cli import main

    once = pd.concat([team(), burst()], ignore_index=True)
    twice = pd.concat([once, burst(), burst().head(1)], ignore_index=True)
    made = audit.report(twice, progress=False)
    assert json.loads(made.to_json())["repeated"] == made.findings.attrs["repeated"] == 121
    for text in (made.to_html(), made.to_markdown()):
        assert "121 rows were repeated; each event counts once." in text
    assert "repeated" not in audit.report(once, progress=False).to_markdown()
    twice.to_parquet(tmp_path / "e.parquet")
    main(["audit", "find", str(tmp_path / "e.parquet"), "--json"])
    assert "121 rows were repeated" in capsys.readouterr().err


def test_a_baseline_that_overlaps_counts_once() -> None:
    whole = pd.concat([team(), burst()])
    alone = mass(whole)
    for since in (None, DAY):
        with_itself = mass(whole, baseline=whole, since=since)
        assert with_itself["numbers"].tolist() == alone["numbers"].tolist()
    with open_activity(
        source_of(whole), baseline=source_of(pd.concat([whole, whole])), since=DAY
    ) as activity:
        assert activity.rows("select count(*) from activity") == [(len(whole),)]
        assert activity.repeated > 0


def test_events_of_a_baseline_without_ids_do_not_count_twice() -> None:
    whole = pd.concat([team(), burst()]).assign(id=None)
    with open_activity(source_of(whole), baseline=source_of(whole), since=DAY) as activity:
        assert activity.rows("select count(*) from activity") == [(len(whole),)]


def test_the_same_id_in_two_accounts_is_two_events() -> None:
    ours = pd.concat([team(), burst()], ignore_index=True)
    theirs = ours.assign(account="8", type="update", user_email="dan@y.example")
    found = audit.find(pd.concat([ours, theirs]), ["mass_deletion"])
    assert found["account"].tolist() == ["7"]
    assert found["events"].tolist() == [120]


def test_own_rules_know_events_by_account_and_id() -> None:
    ours = burst(count=3)
    both = pd.concat([ours, ours.assign(account="8", user_email="dan@y.example")])
    query = "select event_id, account from activity where account = '8'"
    found = audit.find(both, [audit.SqlRule(label="eight", query=query)])
    assert found["account"].tolist() == ["8"]
    assert found["person"].tolist() == ["dan@y.example"]
    without = audit.SqlRule(label="eight", query="select event_id from activity")
    with pytest.raises(InvalidParameter, match="account as well"):
        audit.find(both, [without])
    frame_rule = audit.FrameRule(label="f", function=lambda f: f[f["account"] == "8"],
                                 columns=("person",))  # fmt: skip
    assert audit.find(both, [frame_rule])["account"].tolist() == ["8"]


def test_user_ids_of_two_accounts_are_two_people() -> None:
    known = pd.DataFrame({
        "id": ["1", "2", "3"], "account": ["7", "8", "8"], "modified": DAY,
        "user_id": "u1", "type": "update",
        "metadata_last_modifier_id": ["u1", "u1", None],
        "metadata_last_modifier_email": ["ann@x.example", "dan@y.example", None],
    })  # fmt: skip
    with open_activity(source_of(known)) as activity:
        rows = activity.rows("select event_id, person from activity order by event_id")
    assert [person for _, person in rows] == ["ann@x.example", "dan@y.example", "dan@y.example"]


def test_an_address_is_one_person_in_any_letters() -> None:
    found = mass(team(), burst("Ann@X.example"))
    assert found["person"].tolist() == ["ann@x.example"]
    assert found["numbers"].iloc[0]["days_of_history"] == 21


def test_owners_are_compared_in_any_letters() -> None:
    (row,) = mass(team(), burst(metadata_owner_email="ANN@X.EXAMPLE")).itertuples()
    assert row.numbers["of_others"] == 0
    (row,) = mass(team(), burst()).itertuples()
    assert "of_others" not in row.numbers  # whose files they are is unknown, not nobody's


@pytest.mark.parametrize("type_", ["int", "float", "str"])
def test_accounts_and_ids_may_be_numbers(type_: str) -> None:
    frame = pd.concat([team(), burst()], ignore_index=True)
    frame = frame.assign(id=frame.index.astype(type_), account=pd.Series(7, frame.index, type_))
    (row,) = audit.find(frame, ["mass_deletion"], accounts=[7]).itertuples()
    assert row.account == "7"
    assert row.evidence == [str(n) for n in range(len(frame) - 120, len(frame))]


def test_ids_of_several_types_in_one_column_are_text() -> None:
    frame = pd.concat([team(), burst()], ignore_index=True)
    frame["id"] = [n if n % 2 else str(n) for n in range(len(frame))]
    frame["account"] = [7 if n % 3 else "7" for n in range(len(frame))]
    assert mass(frame)["events"].tolist() == [120]


def test_one_account_may_be_named_without_a_list() -> None:
    both = pd.concat([team(), burst(), team(account="71")])
    assert audit.find(both, ["mass_deletion"], accounts="71").empty
    assert len(audit.find(both, ["mass_deletion"], accounts="7")) == 1


def test_events_without_ids_are_counted_and_are_no_evidence() -> None:
    (row,) = mass(team(), burst(id=None)).itertuples()
    assert (row.numbers["files"], row.evidence) == (120, [])
    assert row.id


def test_files_without_ids_are_counted() -> None:
    (row,) = mass(team(), burst(metadata_id=None)).itertuples()
    assert row.numbers["files"] == 120


def log_ins(days: int, failures: int, **columns: Any) -> pd.DataFrame:
    """Return a log-in on each of so many days, and then failures that end in one."""
    every = deletions("ann@x.example", DAY - pd.Timedelta(days=days), days, every="1D")
    tries = burst(count=failures).assign(type="failed_login")
    entry = deletions("ann@x.example", DAY + pd.Timedelta(hours=10, minutes=30), 1)
    ins = pd.concat([every, entry]).assign(type="login")
    return pd.concat([ins, tries]).assign(metadata_type="session", **columns)


def test_log_ins_without_addresses_are_judged_by_their_number() -> None:
    (row,) = audit.find(log_ins(20, 40, ip=None), ["failed_logins_then_success"]).itertuples()
    assert (row.severity, row.numbers["failures"]) == ("medium", 40)
    assert row.numbers["new_network"] is False
    assert audit.find(log_ins(20, 5), ["failed_logins_then_success"]).empty


def visit(program: str, later: int) -> pd.DataFrame:
    """A person's usual days, and thirty events from elsewhere, so many days before the last."""
    usual = habit("ann@x.example", days=40, ip="203.0.113.7", user_agent="Chrome/141.0 Safari/537")
    at = usual["modified"].max() - pd.Timedelta(days=later) + pd.Timedelta(hours=1)
    away = pd.DataFrame(
        usual.tail(1).to_dict("records")[0]
        | {"id": f"away-{n}", "modified": at + n * pd.Timedelta(minutes=1), "user_agent": program,
           "ip": "109.36.130.9", "metadata_id": f"file-{n}"}
        for n in range(30)
    )  # fmt: skip
    return pd.concat([usual, away], ignore_index=True)


@pytest.mark.parametrize("later", [0, 20])
def test_where_the_history_ends_a_usual_program_counts_as_one_that_stays(later: int) -> None:
    found = audit.find(visit("Chrome/142.0 Safari/537", later), ["new_network"])
    assert [one["by_programs_resumed"] for one in found["numbers"]] == [1.0]
    strange = audit.find(visit("curl/8.5", later), ["new_network"])
    assert [one["by_programs_resumed"] for one in strange["numbers"]] == [0.0]
    # What is not known yet excuses a little; what never came back does not.
    (known,) = strange["numbers"]
    assert known["by_what_stays"] == (0.66 if later == 0 else 0.0)


def test_what_stays_is_unknown_at_the_end_of_the_person_s_own_account() -> None:
    def stays(*others: pd.DataFrame) -> list[float]:
        found = audit.find(pd.concat([visit("curl/8.5", 0), *others]), ["new_network"])
        return [one["by_what_stays"] for one in found["numbers"]]

    later = habit("bob@x.example", days=40, ip="203.0.113.8", account="8")
    later = later.assign(modified=later["modified"] + pd.Timedelta(days=30))
    colleague = later.assign(account="7", id="c" + later["id"])
    assert stays() == stays(later) == [0.66]
    assert stays(colleague) == [0.0]


def test_a_lack_of_anything_to_compare_with_is_reported() -> None:
    (row,) = audit.find(log_ins(0, 40, ip="203.0.113.5")).itertuples()
    assert (row.rule, row.severity) == ("failed_logins_then_success", "low")
    assert "too little history" in row.sentence
    (row,) = mass(burst()).itertuples()
    assert row.severity == "low"
    assert "too little history" in row.sentence
    link = '{"metadata": {"link": {"scope": "anyone"}}}'
    shares = burst(count=40).assign(type="shared_link", extra=link)
    found = audit.find(shares, ["external_sharing"])
    assert "too little history" in found.attrs["unjudged"]["habits"]
    assert set(found["severity"]) == {"low"}


def test_renames_to_a_strange_extension_are_ransomware_whether_one_or_several() -> None:
    def renamed(*endings: str) -> pd.DataFrame:
        count = 20
        return burst(count=count * len(endings), type="rename").assign(
            previous_metadata_name=[f"f{n}.docx" for n in range(count * len(endings))],
            metadata_name=[f"f{n}.{e}" for e in endings for n in range(count)],
        )

    assert len(audit.find(pd.concat([team(), renamed("locked")]), ["ransomware_rename"])) == 1
    several = renamed("locked", "aa").iloc[:34]  # twenty of one, fourteen of another
    (row,) = audit.find(pd.concat([team(), several]), ["ransomware_rename"]).itertuples()
    assert row.numbers["extensions"] == ["aa", "locked"]
    usual = renamed("docx", "docx").assign(previous_metadata_name="old.docx")
    assert audit.find(pd.concat([team(), usual]), ["ransomware_rename"]).empty


def renames_of(*endings: str) -> pd.DataFrame:
    """Return what is found about forty files renamed to each of these endings in turn."""
    rows = burst(count=40, type="rename", metadata_owner_email="bob@x.example").assign(
        previous_metadata_name=[f"f{n}.docx" for n in range(40)],
        metadata_name=[f"f{n}.docx.{endings[n % len(endings)]}" for n in range(40)],
    )
    return audit.find(pd.concat([team(), rows]), ["ransomware_rename"], progress=False)


@pytest.mark.parametrize(
    "endings",
    ["bak", "BAK", "bak2", "old", "orig", "done", "processed", "tmp", "archive", "2025", "20260302",
     "2026-03-02", "02-03-2026", "bak old 2024"],
)  # fmt: skip
def test_backups_by_their_endings_are_no_ransomware(endings: str) -> None:
    assert renames_of(*endings.split()).empty


@pytest.mark.parametrize(
    "endings",
    ["locked", "lockbit", "encrypted", "wncry", "crypt", "akira", "basta", "zepto", "a2025", "1a2b",
     "locked bak"],
)  # fmt: skip
def test_ransomware_s_endings_are_found(endings: str) -> None:
    assert len(renames_of(*endings.split())) == 1


@pytest.mark.parametrize(
    ("endings", "says"),
    [("locked", True), ("crypt", True), ("wncry", True), ("LockBit", True), ("zcrypt aa bb", False),
     ("crypt zcrypt aa", True), ("gpg", False), ("crypt14", False), ("lock", False), ("x7", False)],
)  # fmt: skip
def test_extensions_that_say_that_files_are_encrypted_weigh_more(endings: str, says: bool) -> None:
    (row,) = renames_of(*endings.split()).itertuples()
    (other,) = renames_of(*[f"q{n}" for n, _ in enumerate(endings.split())]).itertuples()
    assert ("most of which say that they are encrypted" in row.sentence) == says
    assert row.decades - other.decades == pytest.approx(1.5 if says else 0.0, abs=0.02)


def test_events_without_a_person_are_nobodys() -> None:
    assert mass(team(), burst(user_email=None)).empty


def test_one_person_alone_can_be_judged() -> None:
    assert len(mass(habit("ann@x.example"), burst())) == 1


def test_all_rules_tolerate_missing_columns() -> None:
    frame = pd.concat([team(), burst()], ignore_index=True)
    whole = audit.find(frame)
    assert set(whole["rule"]) == {"mass_deletion"}
    for name in frame.columns.difference(["id", "modified"]):
        audit.find(frame.drop(columns=name))
    for rows in (0, 1, 2):
        assert audit.find(frame.head(rows)).empty
    everything = audit.find(frame[["id", "modified"]])
    assert everything.empty


def test_an_empty_frame_of_events_has_no_findings() -> None:
    for version in (1, 2):
        empty = Organisation(seed=1, people=5, days=20).frame(version).head(0)
        assert audit.find(empty).empty
        assert audit.profile(empty).summary["events"] == 0


def test_times_may_be_texts_or_lack_a_time_zone() -> None:
    frame = pd.concat([team(), burst()], ignore_index=True)
    expected = mass(frame)["id"].tolist()
    naive = frame.assign(modified=frame["modified"].dt.tz_localize(None))
    texts = frame.assign(modified=frame["modified"].astype(str))
    other = frame.assign(modified=frame["modified"].dt.tz_convert("Asia/Tokyo"))
    for one in (naive, texts, other):
        assert mass(one)["id"].tolist() == expected
    with open_activity(source_of(frame.assign(modified="yesterday"))) as activity:
        assert activity.timeless == len(frame)


def test_texts_that_are_no_json_are_no_trouble() -> None:
    odd = pd.DataFrame({
        "id": [str(n) for n in range(5)], "account": "7", "modified": DAY, "type": "share",
        "extra": ["", "{", "7", '{"metadata": {"shared_with": {"email": "Eve@Z.example"}}}', None],
    })  # fmt: skip
    with open_activity(source_of(odd)) as activity:
        rows = activity.rows("select event_id, target from activity where target is not null")
    assert rows == [("3", "eve@z.example")]


def test_v1_and_v2_of_the_same_time_are_one_history() -> None:
    made = Organisation(seed=8, people=30, days=60, incidents=["mass_deletion"])
    first, second = made.frame(1), made.frame(2)
    half = len(first) // 2
    mixed = pd.concat([first[:half], second[half - 100 :]], ignore_index=True)
    expected = audit.find(second, ["mass_deletion", "off_hours"])
    found = audit.find(mixed, ["mass_deletion", "off_hours"])
    assert found["id"].tolist() == expected["id"].tolist()


def test_a_window_begins_with_since_and_ends_before_until() -> None:
    frame = pd.concat([team(), burst()], ignore_index=True)
    first, last = frame["modified"].iloc[-120], frame["modified"].iloc[-1]
    later = timezone(timedelta(hours=9))
    assert len(mass(frame, since=last)) == 1
    assert mass(frame, since=last + timedelta(microseconds=1)).empty
    assert len(mass(frame, since=last.to_pydatetime().astimezone(later))) == 1
    assert mass(frame, until=last)["events"].tolist() == [119]
    assert mass(frame, until=first).empty
    assert len(mass(frame, since=date(2026, 3, 2))) == 1
    assert len(mass(frame, since="2026-03-02T19:00:00+09:00")) == 1
    naive = datetime(2026, 3, 2, 10)
    assert len(mass(frame, since=naive)) == 1
    with pytest.raises(InvalidParameter, match="must be later than the start"):
        mass(frame, since=last, until=first)


def test_events_at_one_time_are_in_one_burst_in_whatever_order() -> None:
    tied = burst().assign(modified=DAY + pd.Timedelta(hours=10))
    frame = pd.concat([team(), tied], ignore_index=True)
    expected = mass(frame)
    assert expected["events"].tolist() == [120]
    for seed in range(3):
        pd.testing.assert_frame_equal(mass(frame.sample(frac=1, random_state=seed)), expected)


def test_the_same_findings_with_one_thread_and_with_many(monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    frame = organisation_of(41, "off_hours")[0].assign(
        # Services that tell minutes only: many events of one time.
        modified=lambda f: f["modified"].dt.floor("min")
    )
    connect, found = duckdb.connect, []
    for threads, seed in ((1, 0), (4, 0), (4, 1)):
        monkeypatch.setattr(
            duckdb, "connect", lambda path, n=threads: connect(path, config={"threads": n})
        )
        found.append(audit.find(frame.sample(frac=1, random_state=seed)))
    for other in found[1:]:
        pd.testing.assert_frame_equal(other, found[0])


def test_a_person_who_works_in_another_account_has_not_returned_from_absence() -> None:
    gone = habit("ann@x.example", days=10).assign(
        modified=lambda f: f["modified"] - pd.Timedelta(days=50)
    )
    back = burst(count=5)
    (row,) = audit.find(pd.concat([gone, back]), ["dormant_return"]).itertuples()
    assert row.severity == "low"  # from where they were before: people come back from leave
    elsewhere = habit("ann@x.example", days=40, account="8")
    elsewhere["id"] += "/8"
    found = audit.find(pd.concat([gone, back, elsewhere]), ["dormant_return"])
    assert found["severity"].tolist() == ["info"]


def test_people_of_an_account_that_was_connected_late_are_no_newcomers() -> None:
    early = pd.concat([habit("zoe@y.example", days=60, account="8")])
    (row,) = mass(early, team(), burst()).itertuples()
    assert row.severity == "medium"
    assert "just joined" not in row.sentence


def test_networks_are_known_in_all_ways_of_writing_them() -> None:
    from kloudless_data.audit.networks import network_of

    same = ["203.0.113.9", " 203.0.113.77", "203.0.113.9:50123", "::ffff:203.0.113.9",
            "[::ffff:203.0.113.9]:443"]  # fmt: skip
    assert {network_of(ip) for ip in same} == {"203.0.113.0/24"}
    v6 = ["2001:db8:3::1", "2001:0DB8:0003:ffff::2", "[2001:db8:3::1]:443", "2001:db8:3::1%eth0"]
    assert {network_of(ip) for ip in v6} == {"2001:db8:3::/48"}
    for text in ("", "localhost", "999.1.1.1", "<script>", "1.2.3.4:99:1"):
        assert network_of(text) == text


def test_a_far_future_event_takes_no_memory() -> None:
    odd = burst(count=1).assign(modified=pd.Timestamp("9000-01-01", tz="UTC").as_unit("us"))
    frame = pd.concat([organisation_of(41, "off_hours")[0], odd], ignore_index=True)
    found = audit.find(frame, ["sudden_silence"])
    assert found["numbers"].iloc[0]["silent_hours"] > 60_000_000


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    frame = pd.concat([team(), burst()], ignore_index=True)
    path = tmp_path / "it's [1] * ?.parquet"
    frame.to_parquet(path)
    burst("eve@x.example").to_parquet(tmp_path / "it's 1 x y.parquet")
    assert audit.find(path, ["mass_deletion"])["person"].tolist() == ["ann@x.example"]


def test_tables_and_batches_are_read(tmp_path: Path) -> None:
    frame = pd.concat([team(), burst()], ignore_index=True)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for one in (table, table.combine_chunks().to_batches()[0], frame.astype("category")):
        if isinstance(one, pd.DataFrame):
            one = one.assign(modified=frame["modified"])
        assert len(audit.find(one, ["mass_deletion"])) == 1


def test_too_little_history_is_said_by_rule() -> None:
    found = mass(team(), burst())
    assert found.attrs["unjudged"] == {}
    young = audit.find(pd.concat([habit("ann@x.example", days=5)]))
    assert "Of 1 person, 1 with fewer than 10 days" in young.attrs["unjudged"]["off_hours"]
    assert "Of 1 account, 1 with" in young.attrs["unjudged"]["sudden_silence"]


def hourly(days: int, account: str) -> pd.DataFrame:
    return deletions("ann@x.example", DAY, 24 * days, every="1h", account=account)


@pytest.mark.parametrize(
    ("until", "days", "severity"),
    [(None, 20, "info"), ("2026-04-20", 20, "high"), ("2026-04-20", 6, None)],
)
def test_a_log_that_ends_before_another_is_a_silence_only_if_its_end_is_known(
    until: str | None, days: int, severity: str | None
) -> None:
    later = hourly(1, "box").assign(modified=DAY + pd.Timedelta(days=48))
    both = pd.concat([hourly(days, "7"), later], ignore_index=True)
    found = audit.find(both, ["sudden_silence"], until=until, progress=False)
    silent = found[found["account"] == "7"]
    assert silent["severity"].tolist() == [severity] * (severity is not None)
    assert not silent["sentence"].str.contains("may lack events").ne(until is None).any()


def test_a_report_on_one_event_says_that_nothing_vouches_for_it() -> None:
    made = audit.report(hourly(20, "7").head(1), progress=False)
    assert made.completeness["state"].tolist() == ["unknown"]
    text = made.to_markdown()
    assert "1 event of 1 person or program in 1 account was examined" in text
    assert "Nothing says whether all events of this time were read" in text


def test_a_report_counts_people_and_files_alike_everywhere() -> None:
    other = hourly(2, "7").assign(user_email=None, account="8")
    events = pd.concat([team(), team(account="8"), other], ignore_index=True)
    made = audit.report(events, progress=False)
    text = made.to_markdown()
    assert "of 3 people and programs in 2 accounts were examined" in text
    assert "All 3 people:" in text
    assert made.profile.summary["files"] == events["metadata_id"].nunique()
    files = made.profile.people.set_index(["account", "person"])["files"]
    assert files["7", "ann@x.example"] == habit("ann@x.example")["metadata_id"].nunique()


def test_a_finding_about_log_ins_has_no_numbers_about_files() -> None:
    failures = deletions("ann@x.example", DAY + pd.Timedelta(hours=2), 60, every="10s").assign(
        type="failed_login", metadata_id=None, metadata_type=None, ip="45.9.8.7"
    )
    found = audit.find(pd.concat([team(), failures], ignore_index=True), progress=False)
    (row,) = found[found["rule"] == "failed_logins_then_success"].itertuples()
    assert not {"taken", "on_files_of_others", "in_edited_folders"} & set(row.numbers)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: audit.SqlRule(label="mass_deletion", query="select 1"), "rule of the toolkit"),
        (lambda: audit.rule("off_hours")(lambda frame: frame), "rule of the toolkit"),
        (lambda: audit.SqlRule(label="x", query="select 1", sentence="{who}"), "filled in"),
        (lambda: audit.find(burst(), [7]), "not a rule"),
        (lambda: audit.find(burst(), [audit.FrameRule(label="x", function=lambda f: None)]),
         "NoneType"),
        (lambda: audit.find(burst(), [audit.FrameRule(label="x", function=lambda f: f[["person"]],
                                                      columns=("person",))]), "event_id"),
        (lambda: audit.find(burst(), [audit.FrameRule(label="x", condition="nonsense = 1")]),
         "cannot be run"),
        (lambda: audit.find(pd.DataFrame([[1, 2]], columns=["id", "id"])), "two columns"),
    ],
)  # fmt: skip
def test_mistakes_in_own_rules_are_explained(make: Any, says: str) -> None:
    with pytest.raises(InvalidParameter, match=says):
        make()


def test_a_query_groups_its_events_and_counts_once_if_it_is_passed_twice() -> None:
    deletions = audit.SqlRule(
        label="deletions", query="select event_id, account, name as grouping from activity"
    )
    found = audit.find(burst(count=4, metadata_name=list("aabb")), [deletions, deletions])
    assert found["severity"].tolist() == ["medium"] * 2
    assert sorted(found["events"]) == [2, 2]


def test_ids_that_look_like_numbers_stay_texts() -> None:
    rule = audit.SqlRule(label="x", query="select 7 as event_id, 7 as account")
    found = audit.find(burst(count=2).assign(id=["7", "8"]), [rule])
    assert found["evidence"].tolist() == [["7"]]


def test_the_command_names_what_was_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kloudless_data.cli import main

    habit("ann@x.example", days=5).to_parquet(tmp_path / "e.parquet")
    assert main(["audit", "find", str(tmp_path / "e.parquet"), "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == []
    assert "off_hours: Of 1 person, 1 with fewer than 10 days" in told.err


def test_own_columns_are_left_out_whatever_their_names() -> None:
    events = pd.concat([team(ip="192.0.2.7"), burst(ip="192.0.2.7")])
    names = ["kind", "person", "network", "pool", "program", "understood", "shares", "grants",
             "name", "target", "owner", "role", "half"]  # fmt: skip
    plain, more = (
        audit.find(one, progress=False)
        for one in (events, events.assign(**dict.fromkeys(names, "x")))
    )
    assert len(plain)
    pd.testing.assert_frame_equal(plain, more)


@pytest.mark.parametrize("year", [1960, 2026])
def test_reads_amid_work_are_found_across_midnight_and_before_1970(year: int) -> None:
    midnight = pd.Timestamp(f"{year}-03-02", tz="UTC")
    minutes = {"edit": -5, "near": 10, "far": 70, "before": -40, "elsewhere": 10}
    events = pd.DataFrame(
        {
            "id": list(minutes),
            "account": "7",
            "type": ["update", *["download"] * 4],
            "user_email": "ann@x.example",
            "ip": ["192.0.2.7"] * 4 + ["198.51.100.9"],
            "metadata_id": list(minutes),
            "modified": [midnight + pd.Timedelta(minutes=n) for n in minutes.values()],
        }
    )
    with open_activity(source_of(events)) as activity:
        activity.derived("reads")
        rows = activity.rows(
            "select event_id, amid_work from reads join activity on activity.rowid = number"
        )
    assert dict(rows) == {"near": True, "far": False, "before": True, "elsewhere": False}


def misdated(year: int, count: int = 1, person: str = "ann@x.example") -> pd.DataFrame:
    """Return downloads with a wrong year; as texts, since some years are too far for pandas."""
    days = [f"{year}-{1 + n // 28:02}-{1 + n % 28:02}T00:00:00Z" for n in range(count)]
    return deletions(person, DAY, count, type="download").assign(
        id=[f"astray-{n}" for n in range(count)], modified=days
    )


@pytest.mark.parametrize("year", [1970, 2100, 9999])
@pytest.mark.parametrize("count", [1, 200])
def test_misdated_events_crash_nothing(year: int, count: int) -> None:
    hourly = deletions("ann@x.example", DAY, 504, every="1h", type="download")
    found = audit.find(pd.concat([hourly.assign(modified=hourly["modified"].map(str)),
                                  misdated(year, count)]))  # fmt: skip
    # Two hundred of them are a history of their own, and no mistake.
    assert found["sentence"].str.contains(str(year)).any() == (count == 200)
    assert len(found.attrs["misdated"]) == (count == 1)


@pytest.mark.parametrize(("year", "away"), [(1970, -56), (2100, 73)])
def test_a_misdated_event_is_no_part_of_the_period_and_changes_no_finding(
    year: int, away: int
) -> None:
    events = pd.concat([*(habit(f"p{n}@x.example", 40) for n in range(12)), burst("p3@x.example")])
    events["modified"] = events["modified"].map(str)
    both = pd.concat([events, misdated(year, 3, "p0@x.example")])
    plain, made = (audit.report(one, progress=False) for one in (events, both))
    pd.testing.assert_frame_equal(plain.findings, made.findings)
    assert (plain.since, plain.until) == (made.since, made.until)
    assert [{**one, "years": int(one["years"])} for one in made.misdated] == [
        {"account": "7", "events": 3, "first": f"{year}-01-01", "last": f"{year}-01-03",
         "years": away}
    ]  # fmt: skip
    said = f"3 events are dated from {year}-01-01 to {year}-01-03, {abs(away)} years "
    for text in (made.to_html(), made.to_markdown().replace("\\", "")):
        assert said in text
        assert "the others; they are not part of the period." in text
    assert made.profile.summary == {**plain.profile.summary, "misdated": 3}
    assert plain.misdated == []


@pytest.mark.parametrize("year", [1970, 2100])
def test_nobody_leaves_because_another_s_event_is_misdated(year: int) -> None:
    events = pd.concat([habit(f"p{n}@x.example", 30) for n in range(6)])
    events["modified"] = events["modified"].map(str)
    ends = []
    for parts in ([events], [events, misdated(year, 1, "p0@x.example")]):
        with open_activity(source_of(pd.concat(parts))) as activity:
            days = activity.frame(f"select max(day) as day from {activity.derived('daily')}")
            end = np.full(6, days["day"].iloc[0])
            ends.append((activity.last_days(end).tolist(), activity.blocks, activity.until,
                         activity.people["late"].tolist()))  # fmt: skip
    assert ends[0] == ends[1]


def test_who_comes_back_after_years_in_which_the_log_goes_on_is_not_misdated() -> None:
    years = pd.date_range("2022-01-03", "2026-02-27", freq="3D", tz="UTC")
    others = deletions("bob@x.example", DAY, len(years), account="8").assign(modified=years)
    before = deletions("ann@x.example", years[0], 60, every="1D")
    back = deletions("ann@x.example", years[-1], 3).assign(id=["b0", "b1", "b2"])
    for parts, number in (([before, back, others], 0), ([before, back], 3)):
        with open_activity(source_of(pd.concat(parts, ignore_index=True))) as activity:
            assert sum(one["events"] for one in activity.misdated) == number
            ((events,),) = activity.rows("select count(*) from activity where account = '7'")
        assert events == 63 - number


def test_a_baseline_with_a_misdated_event_is_no_longer_for_it() -> None:
    events = pd.concat([team(), burst()]).assign(modified=lambda one: one["modified"].map(str))
    earlier = pd.concat([events, misdated(1970)])
    with open_activity(source_of(events), baseline=source_of(earlier), since=DAY) as activity:
        assert activity.blocks == 21
        assert [one["first"] for one in activity.misdated] == ["1970-01-01"]


@pytest.mark.parametrize("year", [1970, 2100, 9999])
def test_a_misdated_event_of_many_people_hides_nothing(year: int) -> None:
    # Numbers for 60 people with 8,000 years each do not fit in 64 bits.
    people = [f"p{n:02}@x.example" for n in range(60)]
    work = pd.concat([habit(one, ip="192.0.2.7") for one in people])
    events = pd.concat([work, burst(people[-1], ip="192.0.2.7")])
    events["modified"] = events["modified"].map(str)
    astray = deletions("p00@x.example", DAY, 1).assign(modified=f"{year}-03-02T00:00:00Z", id="z")
    plain, more = (mass(*parts) for parts in ([events], [events, astray]))
    columns = ["start", "end", "person", "evidence", "sentence"]
    pd.testing.assert_frame_equal(plain[columns], more[columns])
    both = pd.concat([events, astray])
    with open_activity(source_of(both)) as activity:
        who, time = (activity.log("true").who, activity.log("true").time)
        assert (pd.Series(activity.keys_of(who, time)).diff().dropna() >= 0).all()
        keys, _ = activity.log("true").keys(7 * 86_400_000_000)
        assert (pd.Series(keys).diff().dropna() >= 0).all()


def test_a_table_without_columns_is_refused_in_a_sentence() -> None:
    for nothing in (pd.DataFrame(), pa.table({})):
        with pytest.raises(InvalidParameter, match="there are no columns"):
            audit.find(nothing)


def test_half_a_character_is_replaced() -> None:
    events = burst().astype({"metadata_id": object})
    events["metadata_name"] = pd.Series(["a\ud800"] * len(events), dtype=object)
    (row,) = mass(team(), events).itertuples()
    assert row.numbers["files"] == 120


def test_a_report_shows_the_success_that_ends_a_spray(tmp_path: Path) -> None:
    people = [f"p{n:02}@x.example" for n in range(40)]
    work = pd.concat([habit(one, ip="192.0.2.7") for one in people])
    tried = pd.concat(
        [deletions(one, DAY + pd.Timedelta(minutes=n), 1, type="failed_login", ip="77.1.2.3")
         for n, one in enumerate(people)]
    )  # fmt: skip
    entered = deletions("p07@x.example", DAY + pd.Timedelta(hours=2), 1, type="login",
                        ip="77.1.2.3", metadata_name="x\u202eexe.doc")  # fmt: skip
    made = audit.report(pd.concat([work, tried, entered]), rules=["password_spray"])
    (row,) = made.findings.itertuples()
    assert row.end == entered["modified"].iloc[0]
    assert "between 2026-03-02 00:00 and 00:39 UTC" in row.sentence
    shown = made.evidence[row.id]
    assert shown["kind"].tolist()[-1] == "login"
    assert len(shown) < 41
    made.save(tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert row.sentence.split(";")[0] in page
    assert "the account, account" not in page
    made.save(tmp_path / "r.xlsx")
    cells = pd.read_excel(tmp_path / "r.xlsx", sheet_name="evidence")["name"]
    assert cells.dropna().tolist() == ["x\\u202eexe.doc"]
