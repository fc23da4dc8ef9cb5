"""Who can see what as a tree, as a person sees and uses it in JupyterLab."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .lab import Notebook, serious

pytestmark = pytest.mark.timeout(600)
SLOW = 20_000
READ = """
import tempfile
import kloudless_data as kd
from kloudless_data.sandbox import Company, Sandbox
company = Company(seed=3, people=20, items=400, service="sharepoint")
{more}
with Sandbox(accounts=1, events=0, organisations=[company]) as sandbox:
    account = kd.Account(token=sandbox.accounts[-1].token, base_url=sandbox.base_url)
    access = kd.Access(tempfile.mkdtemp())
    report = access.snapshot(account, progress=False)
"""
CELLS = [READ.format(more=""), "explorer = access.explore()", "explorer.item, len(explorer.who)"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_tree_is_used_with_the_keyboard_alone(theme, open_notebook, page, lab, request):
    where = lab if theme == "light" else request.getfixturevalue("dark_lab")
    notebook = open_notebook(f"access-{theme}.ipynb", CELLS, where=where)
    notebook.run(0)
    form = notebook.run(1).locator(".kd-panel")
    tree = form.get_by_role("tree", name="Folders and files")
    rows = tree.get_by_role("treeitem")
    expect(rows.first).to_be_visible()
    form.get_by_label("Find").focus()
    page.keyboard.press("Tab")
    expect(rows.first).to_be_focused()

    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Home")
    before = rows.count()
    page.keyboard.press("ArrowRight")
    expect(rows.first).to_have_attribute("aria-expanded", "true", timeout=SLOW)
    expect(rows.first).to_be_focused()
    assert rows.count() > before
    page.keyboard.press("ArrowRight")
    expect(rows.nth(1)).to_be_focused()
    assert rows.nth(1).get_attribute("aria-level") == "2"
    page.keyboard.press("Enter")
    who = form.get_by_role("region", name="Who can see it")
    expect(who.locator("tbody tr").first).to_be_visible(timeout=SLOW)
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    expect(rows.nth(1)).to_be_focused()
    notebook.picture(f"access-{theme}", form)
    assert serious(page) == []

    page.keyboard.press("ArrowLeft")
    expect(rows.first).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(rows.first).to_have_attribute("aria-expanded", "false", timeout=SLOW)
    page.keyboard.press("End")
    expect(rows.last).to_be_focused()
    shown = notebook.run(2).inner_text()
    assert re.search(r"\('F[0-9a-f]{16}', [1-9]", shown)


def test_the_mouse_opens_chooses_and_finds_in_a_narrow_window(open_notebook, page):
    page.set_viewport_size({"width": 700, "height": 1600})
    notebook = open_notebook("access-mouse.ipynb", CELLS)
    notebook.run(0)
    form = notebook.run(1).locator(".kd-panel")
    rows = form.get_by_role("treeitem")
    rows.first.locator(".kd-twist").click()
    expect(rows.first).to_have_attribute("aria-expanded", "true", timeout=SLOW)
    rows.nth(1).locator(".kd-name").click()
    expect(form.locator(".kd-who tbody tr").first).to_be_visible(timeout=SLOW)
    form.get_by_label("Find").fill("budget")
    form.get_by_label("Find").press("Enter")
    expect(form).to_contain_text("with 'budget' in the name", timeout=SLOW)
    for text in rows.locator(".kd-name").all_inner_texts():
        assert "budget" in text.lower()
    rows.nth(1).click()
    expect(form.locator(".kd-where")).to_contain_text("Budget", timeout=SLOW)
    notebook.picture("access-narrow", form)
    assert form.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    assert serious(page) == []


def test_the_first_folders_stay_without_a_kernel(open_notebook, page, lab):
    notebook = open_notebook("access-stays.ipynb", CELLS)
    notebook.run(0)
    form = notebook.run(1)
    expect(form.locator(".kd-panel")).to_be_visible()
    expect(form.locator(".kd-static")).not_to_be_visible()
    text = notebook.save()
    notebook.restart()
    for shown in ("restarted", "opened again"):
        left = form.locator(".kd-static")
        expect(left).to_be_visible()
        expect(left).to_contain_text("run this cell again")
        expect(left.locator("tbody tr")).to_have_count(10)
        expect(form.locator(".kd-panel").filter(visible=True)).to_have_count(0)
        notebook.picture(f"access-{shown}".replace(" ", "-"), form)
        if shown == "restarted":
            notebook = Notebook(page, lab, "access-again.ipynb", file=text)
            form = notebook.output(1)


def test_hostile_names_are_only_text(open_notebook, dialogs):
    more = 'company.tree.name = lambda slot: f"<img src=x onerror=alert({slot})>\'\\"</script>"'
    notebook = open_notebook("access-hostile.ipynb", [READ.format(more=more), *CELLS[1:]])
    notebook.run(0)
    form = notebook.run(1).locator(".kd-panel")
    rows = form.get_by_role("treeitem")
    expect(rows.first).to_contain_text("<img src=x onerror=alert(")
    rows.first.click()
    expect(form.locator(".kd-where")).to_contain_text("<img", timeout=SLOW)
    form.get_by_label("Find").fill("</script>")
    form.get_by_label("Find").press("Enter")
    expect(form).to_contain_text("</script>' in the name", timeout=SLOW)
    assert form.locator("img, script").count() == 0
    assert dialogs == []
