"""What stands out, what changed, the report and the review: with a company whose truth is known."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess

import openpyxl
import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.access.findings import RULES
from kloudless_data.access.review import write_review
from kloudless_data.sandbox.sharing.changes import Change

TEAM = {"service": "sharepoint", "items": 2_500, "people": 30}


@pytest.fixture
def read(reading):
    """A company and its reading. Tests must not change them."""
    return reading(**TEAM)


@pytest.fixture
def own(read_world):
    """The same, for one test only, which may advance the clock and read again."""
    return read_world(**TEAM)


def own_grants(one, kinds):
    company = one.company
    for slot, granted in company.rights.grants.items():
        for principal in granted:
            if principal[0] in kinds and company.tree.exists(slot):
                yield slot, principal


def test_every_open_link_is_found(read):
    found = read.access.findings(rules=["anyone_link"])
    now, company = read.sandbox.clock.us, read.company
    expected = {
        company.tree.id_of(link.slot)
        for link in company.rights.links
        if link.scope == "anyone" and link.active and (link.expires is None or link.expires > now)
    }
    assert {item for evidence in found["evidence"] for item in evidence} == expected
    bare = found[found["sentence"].str.contains("without a password")]
    assert set(bare["severity"]) == {"high"}


def test_whoever_is_outside_and_has_a_right_is_found(read):
    found = read.access.findings(rules=["shared_outside"])
    pairs = {(row.person, row.evidence[0]) for row in found.itertuples()}
    company = read.company
    expected = {
        (company.staff.outside[principal[1]][1], company.tree.id_of(slot))
        for slot, principal in own_grants(read, {"outside"})
    }
    assert expected <= pairs
    assert {person for person, _ in pairs} <= {email for _, email in company.staff.outside}


def test_people_who_left_and_still_have_rights_or_items(read):
    staff = read.company.staff
    left = {staff.people[n].email for n in staff.departed | staff.inactive}
    rights = read.access.findings(rules=["rights_of_leavers"])
    named = {
        staff.people[p[1]].email
        for _, p in own_grants(read, {"user"})
        if p[1] in staff.departed | staff.inactive
    }
    assert named <= set(rights["person"]) <= left
    owners = read.access.findings(rules=["owner_left"]).set_index("person")["numbers"]
    for number in staff.departed | staff.inactive:
        tree = read.company.tree
        count = sum(tree.owner(slot) == number for slot in range(len(tree)))
        assert owners[staff.people[number].email]["items"] == count


def test_all_rules_together_have_the_form_of_the_audits_findings(read):
    from kloudless_data.audit import SEVERITIES

    found = read.access.findings(large=5)
    assert set(found["rule"]) <= set(RULES)
    assert {"large_group", "anyone_link", "shared_outside"} <= set(found["rule"])
    order = found["severity"].map(SEVERITIES.index)
    assert order.is_monotonic_increasing
    assert not found["sentence"].str.contains("{", regex=False).any()


def test_an_unknown_rule_is_refused(read):
    with pytest.raises(exceptions.InvalidParameter, match="colour"):
        read.access.findings(rules=["colour"])


def test_changes_and_who_made_them(own):
    then = own.now()
    own.sandbox.clock.advance(hours=23)
    own.access.update(own.account)
    events = own.account.events().to_frame()
    changed = own.access.diff(then, activity=events)
    assert {"granted", "joined"} <= set(changed["change"])
    shares = {
        (e["metadata"]["id"], e["metadata"]["shared_with"]["email"])
        for e in own.company
        if e["type"] == "share" and e["metadata"]["shared_with"]["type"] == "user"
        and e["modified"] < f"{own.sandbox.clock.now:%Y-%m-%dT%H:%M:%S}"
    }  # fmt: skip
    known = changed[changed["change"].isin(["granted", "widened", "narrowed"])]
    pairs = set(zip(known["item"], known["whom"], strict=True))
    there = {one for one in shares if one in pairs}
    assert len(there) > len(shares) / 2
    told = known.set_index(["item", "whom"])["by"]
    assert all("@" in told[one] for one in there)
    assert own.access.diff(own.now()).empty


def test_whoever_left_the_team_and_shared_something_is_named(read_world):
    one = read_world(service="sharepoint", changes=0)
    items, staff, tree = one.access.items(), one.company.staff, one.company.tree
    item = items.loc[items["type"] == "file", "id"].iloc[0]
    slot, now, then = tree.slot_of(item), one.sandbox.clock.us, one.now()
    actor = tree.owner(slot)
    staff.departed.add(actor)
    one.company.record([
        Change("share", now, actor, slot, principal, "manager")
        for principal in (("group", 0), ("outside", 0), ("domain", 0))
    ])  # fmt: skip
    one.sandbox.clock.advance(hours=1)
    one.access.snapshot(one.account)
    events = one.account.events().to_frame()
    changed = one.access.diff(then, activity=events)
    changed = changed[changed["item"] == item]
    assert {"group", "user", "domain"} >= set(changed["kind"]) > {"group"}
    assert set(changed["by"]) == {staff.people[actor].email}
    nameless = events.drop(columns=["metadata_owner_email"])
    told = one.access.diff(then, activity=nameless)
    assert set(told.loc[told["item"] == item, "by"]) <= {
        staff.people[actor].email, f"id:{staff.user_id(actor)}"
    }  # fmt: skip


def test_the_report_begins_with_what_it_lacks(read_world, tmp_path):
    one = read_world()
    made = one.access.report(tmp_path / "access.html")
    page = (tmp_path / "access.html").read_text()
    assert "Not everything could be read: 1 user&#39;s data" in page
    assert page.index("Not everything could be read") < page.index("What stands out")
    assert "<script" not in page
    assert "http://" not in re.sub(r"GET http://[^ ]*", "", page)
    data = json.loads(made.to_json())
    assert data["summary"]["items"] == len(one.access.items())
    assert len(data["findings"]) == len(made.findings)
    assert made.to_markdown().startswith("# Who can see what")
    with pytest.raises(exceptions.OutputExists):
        made.save(tmp_path / "access.html")


def test_names_cannot_become_markup(world):
    one = world(service="sharepoint")
    one.company.tree.name = lambda slot: f"<img src=x onerror=alert({slot})>|[a](b)"
    one.access.snapshot(one.account)
    made = one.access.report()
    assert "<img" not in made.to_html()
    assert "\\|\\[a\\]" in made.to_markdown()


def test_the_report_counts_what_is_missing_now_and_says_how_it_judged(read_world):
    one = read_world()
    one.access.snapshot(one.account)  # what could not be read twice is missing once
    made = one.access.report()
    assert made.accounts["failed"].tolist() == [len(one.access.gaps())]
    assert "$" not in made.to_markdown().partition("## Method")[2]
    assert "Unused rights" not in made.to_html()
    with_activity = one.access.report(activity=one.account.events().to_frame())
    assert all(
        "Unused rights" in text for text in (with_activity.to_html(), with_activity.to_json())
    )


def test_control_characters_in_names_reach_no_file(world, tmp_path):
    one = world(service="sharepoint", people=25, items=500)
    bad = "\x1b[2J\x07\x00\u202egnp.exe\r"
    one.company.tree.name = lambda slot: f"{bad}{slot}"
    people = one.company.staff.people
    people[:] = [dataclasses.replace(p, name=bad, email=bad + p.email) for p in people]
    one.access.snapshot(one.account)
    made = one.access.report()
    for text in (made.to_html(), made.to_markdown(), made.to_json()):
        assert not set("\x1b\x07\x00\u202e\r") & set(text)
    for by in ("owner", "whom"):
        path = tmp_path / f"{by}.xlsx"
        assert one.access.to_excel(path, by=by) > 20
        review = kd.read_review(path, one.access)  # the workbook can be opened
        assert not review["changed"].any()  # and what is hidden in it is exact
        shown = review[["reviewer", "location", "whom"]].astype(str)
        assert not shown.apply(lambda column: column.str.contains("\u202e|\x1b")).any(axis=None)
    review["decision"] = "revoke"
    requests = one.access.revocations(review)
    assert review["item"].nunique() <= len(requests)


def test_a_right_that_is_gone_needs_no_request_and_is_named(read, tmp_path, caplog):
    read.access.to_excel(tmp_path / "review.xlsx")
    review = kd.read_review(tmp_path / "review.xlsx")
    row = review.index[review["kind"] == "user"][0]
    review = review.loc[[row]].assign(decision="revoke", key="gone@example.com", whom="gone@x")
    assert read.access.revocations(review).empty
    assert "gone@x has no right on" in caplog.text


def test_every_owner_has_a_sheet(tmp_path):
    rights = pd.DataFrame({
        "owner": [f"owner{n}@example.com" for n in range(1_005)], "location": "/a", "type": "file",
        "whom": "w", "name": "n", "kind": "user", "state": "active", "right": "read",
        "account": "1", "item": "F", "key": "w",
    })  # fmt: skip
    assert write_review(rights, tmp_path / "review.xlsx") == 1_005
    assert len(kd.read_review(tmp_path / "review.xlsx")) == 1_005


def test_only_a_service_that_needs_it_is_asked_as_a_user(own, tmp_path):
    own.sandbox.clock.advance(hours=23)
    own.access.update(own.account)
    own.access.to_excel(tmp_path / "review.xlsx")
    review = kd.read_review(tmp_path / "review.xlsx").assign(decision="revoke")
    assert own.access.revocations(review)["as_user"].isna().all()  # sharepoint


def test_a_link_is_told_by_whoever_made_it(own):
    own.sandbox.clock.advance(hours=23)
    own.access.update(own.account)
    events = own.account.events().to_frame()
    findings = own.access.findings(activity=events)
    links = events[events["type"].str.startswith("shared_link")]
    made = set(zip(links["metadata_id"], links["modified"], strict=True))
    told = findings[findings["since"].notna()]
    assert len(told) > 0
    assert not told["rule"].isin(["owner_left", "wide_reach"]).any()
    for row in told[told["rule"].str.contains("link")].itertuples():
        assert (row.evidence[0], row.since) in made


def test_a_review_comes_back_as_decisions(read, tmp_path):
    path = tmp_path / "review.xlsx"
    count = read.access.to_excel(path)
    book = openpyxl.load_workbook(path)
    sheet = max(book.worksheets[1:], key=lambda sheet: sheet.max_row)
    assert sheet.protection.sheet
    validation = sheet.data_validations.dataValidation[0]
    assert validation.formula1 == '"keep,revoke"'
    header = [cell.value for cell in sheet[3]]
    column = header.index("decision") + 1
    assert not sheet.cell(4, column).protection.locked
    assert sheet.cell(4, 1).protection.locked
    sheet.cell(4, column).value = "revoke"
    sheet.cell(5, column).value = "Keep "
    book.save(path)
    review = kd.read_review(path, read.access)
    assert len(review) == count
    assert list(review["decision"].dropna()) == ["revoke", "keep"]
    assert not review["changed"].any()
    since = len(read.sandbox.requests)
    requests = read.access.revocations(review)
    assert len(read.sandbox.requests) == since  # nothing is revoked
    row = review[review["decision"] == "revoke"].iloc[0]
    assert len(requests) == 1
    body = json.loads(requests["body"].iloc[0])
    if row["kind"] in ("anyone", "company"):
        assert body == {"active": False}
    else:
        assert requests["method"].iloc[0] == "PUT"
        assert row["key"] not in json.dumps(body)
        assert any(one["role"] == "owner" for one in body["permissions"])


def test_a_review_lists_later_changes(own, tmp_path):
    own.access.to_excel(tmp_path / "review.xlsx")
    own.sandbox.clock.advance(hours=23)
    own.access.update(own.account)
    review = kd.read_review(tmp_path / "review.xlsx", own.access)
    assert review["changed"].any()
    assert not review["changed"].all()


def test_a_decision_that_is_none_is_refused(read, tmp_path):
    path = tmp_path / "review.xlsx"
    read.access.to_excel(path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[1]
    column = [cell.value for cell in sheet[3]].index("decision") + 1
    sheet.cell(4, column).value = "maybe"
    book.save(path)
    with pytest.raises(exceptions.InvalidParameter, match="maybe"):
        kd.read_review(path)
    with pytest.raises(exceptions.InvalidParameter, match="cannot be read"):
        kd.read_review(__file__)
    with pytest.raises(exceptions.InvalidParameter, match="No such file"):
        kd.read_review(tmp_path / "none.xlsx")


def test_decisions_are_not_lost_with_a_header(read, tmp_path):
    path = tmp_path / "review.xlsx"
    count = read.access.to_excel(path)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Notes")["A1"] = "mine"
    book.save(path)
    assert len(kd.read_review(path)) == count  # a sheet of one's own does no harm
    changed = book.worksheets[1]
    changed.delete_rows(1)
    book.save(path)
    with pytest.raises(exceptions.InvalidParameter, match="header of the sheet"):
        kd.read_review(path)
    pd.DataFrame({"a": [1]}).to_excel(path)
    with pytest.raises(exceptions.InvalidParameter, match="not an access-review workbook"):
        kd.read_review(path)


def test_formulas_in_names_are_text(world, tmp_path):
    one = world(service="sharepoint")
    one.company.tree.name = lambda slot: f'=HYPERLINK("http://evil.example/{slot}")'
    one.access.snapshot(one.account)
    one.access.to_excel(tmp_path / "review.xlsx")
    for sheet in openpyxl.load_workbook(tmp_path / "review.xlsx").worksheets[1:]:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    assert cell.quotePrefix


def test_the_contents_lead_to_each_sheet_and_nothing_is_cut_off(tmp_path):
    long = [f"{n}{'x' * 30}@acme.example" for n in "ab"]
    owners = ["history", "=1+1", "o'neil@else.example", "a" + "x" * 40, *long]
    rights = pd.DataFrame({
        "owner": owners, "location": "/" + "long " * 40, "type": "file", "whom": "w", "name": "n",
        "kind": "user", "state": "active", "right": "read", "account": "1", "item": "i", "key": "k",
    })  # fmt: skip
    write_review(rights, tmp_path / "review.xlsx")
    book = openpyxl.load_workbook(tmp_path / "review.xlsx")
    contents, *sheets = book.worksheets
    rows = list(contents.iter_rows(min_row=2))
    assert sorted(who.value for who, *_ in rows) == sorted(owners)
    assert [sheet.title for sheet in sheets] == [name.value for *_, name in rows]
    for (who, count, name), sheet in zip(rows, sheets, strict=True):
        assert name.hyperlink.location == f"'{sheet.title}'!A1"
        assert (sheet["A1"].value, count.value) == (who.value, 1)
        assert sheet.row_dimensions[4].height == 5 * 15  # 200 characters in a column of 48
    assert len(kd.read_review(tmp_path / "review.xlsx")) == len(owners)


def test_rights_that_were_not_used_are_named_only_where_activity_covers(read, monkeypatch):
    from kloudless_data.access import activity as module
    from kloudless_data.access.activity import Activity

    events = pd.DataFrame({"account": [], "type": [], "modified": [], "metadata_id": []})
    assert "unused_right" not in set(read.access.findings(activity=events)["rule"])
    company = read.company
    slot, principal = next(own_grants(read, {"user"}))
    person = company.staff.people[principal[1]]
    end = pd.Timestamp(read.sandbox.clock.now)
    used = pd.DataFrame({
        "account": [str(company.account)], "type": ["preview"], "modified": [end],
        "user_id": [f"u{person.user_id:x}"], "metadata_id": [company.tree.id_of(slot)],
    })  # fmt: skip
    start = end - pd.Timedelta(days=60)
    monkeypatch.setattr(Activity, "covered", lambda self: {str(company.account): (start, end)})
    assert module.Activity is Activity
    found = read.access.findings(rules=["unused_right"], activity=used)
    pairs = {(row.person, row.evidence[0]) for row in found.itertuples()}
    assert (person.email, company.tree.id_of(slot)) not in pairs
    assert len(pairs) > 20
    assert found["sentence"].str.contains("60 days").all()


def test_rights_of_large_groups_that_many_use_are_no_finding(read, monkeypatch):
    from kloudless_data.access.activity import Activity

    company, end = read.company, pd.Timestamp(read.sandbox.clock.now)
    before = read.access.findings(rules=["large_group"], large=2)
    one = before.iloc[0]
    members = read.access.picture().frame(
        "select distinct person from reach where key = $1", [one["numbers"]["whom"]]
    )["person"].tolist()  # fmt: skip
    ids = dict(read.access.picture().connection.execute("select person, id from ids").fetchall())
    covered = {str(company.account): (end - pd.Timedelta(days=60), end)}
    monkeypatch.setattr(Activity, "covered", lambda self: covered)

    def found(users):
        used = pd.DataFrame({
            "account": str(company.account), "type": "preview", "modified": end,
            "user_id": [ids[person] for person in users if person in ids],
            "metadata_id": one["evidence"][0],
        })  # fmt: skip
        frame = read.access.findings(rules=["large_group"], large=2, activity=used)
        return frame[frame["id"] == one["id"]]

    assert "In 60 days 0 of them" in found([]).iloc[0]["sentence"]
    assert found(members).empty


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice Calc is not installed")
def test_another_spreadsheet_opens_the_workbook(world, tmp_path):
    one = world(service="sharepoint", items=200, people=10)
    one.company.tree.name = lambda slot: f"=1+{slot}"
    one.access.snapshot(one.account)
    count = one.access.to_excel(tmp_path / "review.xlsx")
    options = ["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", *options,
         str(tmp_path / "out"), str(tmp_path / "review.xlsx")],
        check=True, capture_output=True, timeout=110,
    )  # fmt: skip
    again = kd.read_review(tmp_path / "out" / "review.xlsx")
    assert len(again) == count
    assert again["location"].str.startswith("/=1+").all()
    sheet = openpyxl.load_workbook(tmp_path / "out" / "review.xlsx").worksheets[1]
    assert sheet.protection.sheet
    assert "keep" in sheet.data_validations.dataValidation[0].formula1
