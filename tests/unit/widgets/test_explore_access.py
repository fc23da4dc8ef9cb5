"""What `Access.explore` shows, without a browser."""

from __future__ import annotations

import re

import pytest

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.access import Access
from kloudless_data.sandbox import Company

from ..memory import MemorySandbox


@pytest.fixture(scope="module")
def running():
    company = Company(seed=3, people=20, items=300, service="gdrive")
    company.tree.name = lambda slot: f"<img src=x onerror=alert({slot})>"
    with MemorySandbox(accounts=1, events=0, organisations=[company]) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return Access(tmp_path_factory.mktemp("access"))


@pytest.fixture
def read(running, kept):
    if not kept.store.exists():
        kept.snapshot(kd.Account(token=running.accounts[-1].token, base_url=running.base_url))
    return kept


def rows(explorer):
    """Return the rows of the tree by number."""
    found = re.findall(r'<div role="treeitem"([^>]*)>', explorer._picture.value)
    return [dict(re.findall(r'([\w-]+)="([^"]*)"', attributes)) for attributes in found]


def test_folders_open_and_close_and_a_choice_shows_who_sees_it(read):
    explorer = read.explore()
    before = rows(explorer)
    folder = next(row for row in before if "aria-expanded" in row)["data-node"]
    explorer._picked(f"open {folder}")
    inside = [row for row in rows(explorer) if row["aria-level"] == "2"]
    assert len(inside) == int(inside[0]["aria-setsize"]) > 0
    explorer._picked(inside[0]["data-pick"])
    assert explorer.who.equals(read.who_can_see(explorer.item))
    assert sum(row.get("aria-selected") == "true" for row in rows(explorer)) == 1
    assert sum(row["tabindex"] == "0" for row in rows(explorer)) == 1
    explorer._picked(f"close {folder}")
    assert len(rows(explorer)) == len(before)
    assert sum(row["tabindex"] == "0" for row in rows(explorer)) == 1


@pytest.mark.parametrize("picked", ["", "open", "open x", "choose 99999999", "more 3", "1; drop"])
def test_unexpected_messages_from_the_page_do_nothing(read, picked):
    explorer = read.explore()
    before = explorer._picture.value
    explorer._picked(picked)
    assert explorer._picture.value == before
    assert explorer.who is None


def test_an_item_is_found_by_its_name_and_chosen_by_its_id(read):
    explorer = read.explore()
    explorer.name.value = "ALERT(1"
    found = rows(explorer)
    assert 0 < len(found) <= 100
    item = read.items()["id"].iloc[-1]
    assert explorer.choose(item).equals(read.who_can_see(item))
    assert explorer.name.value == ""
    chosen = [row for row in rows(explorer) if row.get("aria-selected") == "true"]
    assert len(chosen) == 1
    with pytest.raises(exceptions.InvalidParameter, match="no item"):
        explorer.choose("nothing")


def test_a_long_folder_is_shown_in_parts(read, monkeypatch):
    from kloudless_data.widgets import tree

    monkeypatch.setattr(tree, "MORE", 5)
    explorer = read.explore()
    total = explorer._tree.top.total
    assert len(rows(explorer)) == 6
    explorer._picked("more top")
    assert len(rows(explorer)) == 11
    assert f"{total - 10:,} more" in explorer._picture.value
    explorer.choose(explorer._tree._picture.frame(
        "select id from items where parent_n is null order by lower(name) desc, id desc"
    )["id"].iloc[0])  # fmt: skip
    assert explorer.item


def test_names_are_only_text(read):
    explorer = read.explore()
    explorer.choose(read.items()["id"].iloc[0])
    for shown in (explorer._picture.value, explorer._details.value, explorer.static()):
        assert "onerror" in shown
        assert "<img" not in shown


def test_an_explorer_outlives_what_is_read_later(read):
    explorer = read.explore()
    read.store.append("ledger", read.store.dataset("ledger").to_table().slice(0, 0))
    read.picture()
    explorer._picked(rows(explorer)[0]["data-pick"])
    assert len(explorer.who)


def test_an_archives_access_is_beside_it_with_its_options_and_clock(tmp_path):
    archive = kd.Archive(tmp_path / "a", storage_options={"TIMEOUT": "9s"}, now=lambda: "now")
    access = archive.access
    assert access.path == f"{archive.path}/access"
    assert access.store.options == {"TIMEOUT": "9s"}
    assert access._now() == "now"


def test_what_could_not_be_read_is_said_above_the_tree(read):
    explorer = read.explore()
    said = [child.value for child in explorer.children if hasattr(child, "value")]
    assert any("Not everything could be read" in one for one in said)
    assert "Not everything could be read" in explorer.static()
