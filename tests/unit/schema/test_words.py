"""What the services' words mean."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kloudless_data.schema import semantics, words
from kloudless_data.schema.words.files import key_of, labelled

TABLES = sorted({table for tables in words.SERVICES.values() for table in tables})


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_each_word_once_and_only_known_kinds(table: str) -> None:
    found = [
        (key_of(w) + "*" * w.endswith("*"), label) for label, ws in labelled(table) for w in ws
    ]
    keys = [key for key, _ in found]
    assert sorted(keys) == sorted(set(keys))
    assert all(key.rstrip("*") and "*" not in key[:-1] for key in keys)
    assert {label.split()[0] for _, label in found} <= words.KINDS.keys()
    severities = {label.partition(" ")[2] for _, label in found} - {""}
    assert severities <= {"info", "low", "medium", "high"}


@pytest.mark.parametrize(
    ("word", "service", "kind"),
    [
        ("ITEM_TRASH", "box", "delete"),
        ("item_trash", "box", "delete"),
        ("FileDeleted", "onedrivebiz", "delete"),
        ("filedeleted", None, "delete"),
        ("Add member to role.", "microsoft365", "role_add"),
        ("New-InboxRule", "microsoft365", "mail_rule"),
        ("NewInboxRule", None, "mail_rule"),
        ("FileDeletedSecondStageRecycleBin", "sharepoint", "purge"),
        ("delete", "google_drive", "purge"),  # from the bin: Drive's trash is "trash"
        ("trash", "gdrive", "delete"),
        ("authorize", "gdrive", "app_consent"),
        ("login_failure", "google", "failed_login"),
        ("shared_link_create", "dropbox", "shared_link"),
        ("DescribeInstances", "cloudtrail", "resource_read"),
        ("DescribeSomethingYetToCome", "cloudtrail", "resource_read"),
        ("PutBucketPolicy", "cloudtrail", "permission_change"),
        ("purge", None, "purge"),
    ],
)
def test_words_have_kinds_whatever_their_case(word: str, service: str | None, kind: str) -> None:
    assert words.kind_of(word, service) == kind


@pytest.mark.parametrize("word", ["zz_unheard_of", "", "?!", "Describetion", None])
def test_an_unknown_word_has_no_kind(word: str | None) -> None:
    assert words.kind_of(word) is None


def test_failed_actions_are_denied_and_failed_log_ins_are_failed_log_ins() -> None:
    assert words.kind_of("DeleteObject", "cloudtrail", failed=True) == "denied"
    found = words.look_up("ConsoleLogin", "cloudtrail", failed=True)
    assert found == ("failed_login", "session", "low")


def test_kloudless_own_delete_is_not_the_services_deletion_for_good() -> None:
    assert words.kind_of_event("delete", None, None, "gdrive") == "delete"
    assert words.kind_of_event("untrash", None, None, "gdrive") == "restore"


@pytest.mark.parametrize(
    ("general", "specific", "kind"),
    [
        ("login", "success", "login"),
        ("login", "failure", "failed_login"),
        ("share", "shared_link_created", "shared_link"),
        ("permission", "role_changed", "permission_change"),
        ("group", "member_added", "group_add_member"),
        ("delete", None, "delete"),
        ("share", "FileRecycled", "share"),  # Kloudless' own word is surer than another service's
        ("unheard", "ITEM_TRASH", "delete"),
        ("unheard", "of", None),
    ],
)
def test_v2_says_it_in_two_words(general: str, specific: str | None, kind: str | None) -> None:
    assert words.kind_of_event(None, general, specific) == kind


def test_the_audit_and_filters_give_an_event_one_kind() -> None:
    said = [("delete", None, None, "gdrive"), (None, "share", "FileRecycled", None),
            ("share", None, None, "box"), (None, "move", "move", "egnyte")]  # fmt: skip
    for row in said:
        assert words.kind_of_event(*row) == semantics.kind_of(*row)


def test_columns_are_looked_up_with_their_index_and_services_kept() -> None:
    told = pd.Series(["delete", "zz", None, "FileDeleted"], index=[3, 1, 2, 0])
    found = words.look_up_all(
        told, pd.Series(["google_drive", None, None, "sharepoint"], index=told.index)
    )
    assert found.index.tolist() == [3, 1, 2, 0]
    assert found["kind"].tolist() == ["purge", None, None, "delete"]
    assert found["severity"].tolist() == ["high", None, None, "medium"]


def test_sql_joins_the_words_that_occur() -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.execute(
        "create table events as select * from (values ('box', 'ITEM_TRASH'), "
        "('box', 'DELETE'), (null, 'zz'), (null, null)) as t(service, type)"
    )
    pairs = connection.execute("select distinct service, type from events").fetchall()
    connection.register("words", words.resolve(pairs))
    counted = connection.execute(
        "select kind, count(*) from events join words on type is not distinct from word and "
        "events.service is not distinct from words.service group by kind order by kind"
    ).fetchall()
    assert counted == [("delete", 2), (None, 2)]


@pytest.mark.parametrize(
    "role",
    ["owner", "Global Administrator", "Exchange Administrator", "Full Control", "organizer",
     "team_admin", "co-owner", "AdministratorAccess", "_SEED_ADMIN_ROLE"],
)  # fmt: skip
def test_administrative_roles_are_known_by_the_services_names(role: str) -> None:
    assert words.is_administrative(role)
    assert words.is_administrative(role.upper())


@pytest.mark.parametrize(
    "role", ["Contribute", "viewer", "Global Reader", "editor", "Rooted", "", None]
)
def test_other_roles_do_not_administer(role: str | None) -> None:
    assert not words.is_administrative(role)


def test_groups_are_known_by_their_whole_names_only() -> None:
    assert words.is_administrative_group("Domain Admins")
    assert words.is_administrative_group("Organization Management")
    for name in (
        "Security Awareness 2026",
        "Rooted in Nature (garden club)",
        "Administrators' Ball",
        None,
    ):
        assert not words.is_administrative_group(name)


def words_in_samples() -> dict[str, set[str]]:
    """Return the words of public samples and rules by service; the file names each source."""
    found: dict[str, set[str]] = {}
    text = (Path(__file__).parent / "words_in_samples.txt").read_text()
    for line in text.splitlines():
        if line.startswith("["):
            words_of_service = found.setdefault(line[1:].partition("]")[0], set())
        elif not line.startswith("#"):
            words_of_service.add(line)
    return found


@pytest.mark.parametrize("service", words_in_samples())
def test_of_the_words_in_public_samples_95_in_100_have_a_kind(service: str) -> None:
    told = words_in_samples()[service]
    unknown = sorted(word for word in told if words.kind_of(word, service) is None)
    assert len(unknown) <= 0.05 * len(told), unknown


def test_services_do_not_lend_each_other_the_meaning_of_their_own_words() -> None:
    borrowed = {
        (service, word)
        for service, told in words_in_samples().items()
        for word in told
        if (found := words.look_up(word, service)) and not _is_own(word, service, found)
    }
    assert len(borrowed) <= 0.02 * sum(map(len, words_in_samples().values())), sorted(borrowed)


def _is_own(word: str, service: str, found: words.Word) -> bool:
    """Tell whether a table of the service, or Kloudless' own, has a word or its beginning."""
    for table in (*words.SERVICES[service], "kloudless"):
        for known, meaning in words.words_of(table):
            same = (
                key_of(word).startswith(known[:-1])
                if known.endswith("*")
                else key_of(word) == known
            )
            if same and meaning == found:
                return True
    return False
