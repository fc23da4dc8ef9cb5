"""The forms, as a person sees and uses them in JupyterLab."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from playwright.sync_api import Locator, expect

from kloudless_data.sandbox import Sandbox

from .lab import Notebook, serious

# The first test waits for a browser to be installed where there is none.
pytestmark = pytest.mark.timeout(600)

IMPORT = "import kloudless_data as kd\n"
SLOW = 20_000


def sign_in(form: Locator, token: str) -> None:
    form.get_by_label("Account token").fill(token)
    form.get_by_role("button", name="Sign in").click()


def account_cell(sandbox: Sandbox, number: int = 1) -> str:
    account = sandbox.accounts[number]
    return f"{IMPORT}account = kd.Account(token={account.token!r}, base_url={sandbox.base_url!r})"


def client_cell(sandbox: Sandbox) -> str:
    return f"{IMPORT}client = kd.Client(api_key={sandbox.api_key!r}, base_url={sandbox.base_url!r})"


def test_a_wrong_token_is_refused_and_the_right_one_shows_its_owner(open_notebook, sandbox):
    token = sandbox.accounts[0].token
    notebook = open_notebook(
        "login.ipynb",
        [
            f"{IMPORT}session = kd.login(base_url={sandbox.base_url!r})",
            "session.account().events(limit=5).to_frame()['id'].tolist()",
            "kd.logout()\nsession",
        ],
    )
    form = notebook.run(0)
    assert "NotSignedIn" in notebook.run(1).inner_text()

    sign_in(form, "a-wrong-token")
    expect(form.get_by_role("alert")).to_contain_text("Expired or not valid", timeout=SLOW)
    notebook.picture("login-refused", form)

    form.get_by_label("Application id").fill("another-application")
    sign_in(form, token)
    expect(form.get_by_role("alert")).to_contain_text("Wrong application", timeout=SLOW)
    assert form.get_by_label("Account token").input_value() == ""

    form.get_by_label("Application id").fill(sandbox.app_id)
    sign_in(form, token)
    expect(form.get_by_role("status")).to_contain_text("Signed in", timeout=SLOW)
    for text in ("Google Drive", sandbox.accounts[0].account, "all:normal.storage", "Expires"):
        expect(form).to_contain_text(text)
    notebook.picture("login", form)
    assert notebook.run(1).inner_text().count("'") == 2 * 5

    text = notebook.save()
    assert "application/vnd.jupyter.widget-state+json" in text  # the strictest setting is on
    assert sandbox.base_url in text
    for secret in (token, "a-wrong-token"):
        assert secret not in text

    assert "nobody is signed in" in notebook.run(2).inner_text()
    assert token not in notebook.save()


def test_an_unreachable_server_is_distinguished_from_a_wrong_one(
    open_notebook, sandbox, dead_url, lab
):
    notebook = open_notebook("servers.ipynb", [f"{IMPORT}session = kd.login()"])
    form = notebook.run(0)
    for server, message in (
        (dead_url, "Unreachable server"),
        (f"http://127.0.0.1:{lab.port}", "Not a Kloudless server"),
        ("not an address", "This cannot be used"),
    ):
        form.get_by_label("Server").fill(server)
        sign_in(form, sandbox.accounts[0].token)
        expect(form.get_by_role("alert")).to_contain_text(message, timeout=SLOW)


def test_the_keyboard_is_enough_to_log_in_and_a_missing_keyring_is_said(open_notebook, sandbox):
    notebook = open_notebook(
        "keyboard.ipynb", [f"{IMPORT}session = kd.login(base_url={sandbox.base_url!r})"]
    )
    form, press = notebook.run(0), notebook.page.keyboard.press
    form.get_by_label("Server").focus()
    for label in ("API version", "Credential", "Application id", "Account token"):
        press("Tab")
        expect(form.get_by_label(label)).to_be_focused()
    press("Tab")
    press("Tab")
    press("Space")
    expect(form.get_by_label("Remember it")).to_be_checked()
    press("Shift+Tab")
    press("Shift+Tab")
    notebook.page.keyboard.type(sandbox.accounts[0].token)
    press("Enter")
    expect(form).to_contain_text("Signed in", timeout=SLOW)
    expect(form.get_by_role("status")).to_contain_text(re.compile("keyring", re.IGNORECASE))


def test_a_setting_is_changed_refused_and_shown(open_notebook, sandbox):
    notebook = open_notebook(
        "settings.ipynb",
        [
            f"{IMPORT}kd.settings()",
            "dict(kd.configuration)['page_size'], kd.configuration['read_timeout']",
        ],
    )
    form = notebook.run(0)
    expect(form.locator(".kd-panel")).to_have_count(1)
    form.get_by_label("Page size").fill("250")
    form.get_by_label("Page size").press("Enter")
    expect(form).to_contain_text("events?page_size=250", timeout=SLOW)
    form.get_by_label("Upstream data").select_option("include")
    form.get_by_label("Act as user").fill("u-17")
    form.get_by_label("Act as user").press("Tab")
    expect(form).to_contain_text("X-Kloudless-As-User: u-17", timeout=SLOW)
    expect(form).to_contain_text("X-Kloudless-Raw-Data: true")
    form.get_by_label("Read timeout").fill("soon")
    form.get_by_label("Read timeout").press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("It is still 60", timeout=SLOW)
    notebook.picture("settings", form)
    assert "(250, 60.0)" in notebook.run(1).inner_text()
    assert serious(notebook.page) == []


def test_an_account_is_found_and_picked(open_notebook, sandbox):
    notebook = open_notebook(
        "pick.ipynb",
        [client_cell(sandbox), "picked = kd.pick_account(client)", "picked.account.account_id"],
    )
    notebook.run(0)
    form = notebook.run(1)
    expect(form).to_contain_text("10 of 10 accounts")
    form.get_by_label("Search").fill("box admin")
    expect(form).to_contain_text("1 of 10 accounts", timeout=SLOW)
    form.get_by_label("Accounts", exact=True).focus()
    notebook.page.keyboard.press("ArrowDown")
    expect(form).to_contain_text("Chosen", timeout=SLOW)
    form.get_by_role("button", name="Look up last activity").click()
    expect(form).to_contain_text("2026-03-02 17:5", timeout=SLOW)
    notebook.picture("pick-account", form)
    assert str(sandbox.accounts[1].id) in notebook.run(2).inner_text()
    assert serious(notebook.page) == []
    assert sandbox.accounts[1].token not in notebook.save()


def test_the_bar_moves_and_an_interrupted_read_continues(open_notebook):
    with Sandbox(seed=7, accounts=1, events=6_000, latency=0.3) as slow:
        notebook = open_notebook(
            "interrupt.ipynb",
            [
                account_cell(slow, 0),
                "events = account.events(page_size=200)\ndf = events.to_frame()",
                "len(events.partial())",
                "len(events.to_frame())",
            ],
        )
        notebook.run(0)
        notebook.start(1)
        bar = notebook.output(1)
        read = re.compile(r"(\d+)/\?")
        expect(bar).to_contain_text(read, timeout=SLOW)
        first = int(read.search(bar.inner_text())[1])
        # Past the first page: a page is counted when it has arrived, and kept when it is decoded.
        moved = re.compile(rf"\b(?!{first}/|200/)[1-9]\d*/\?")
        expect(bar).to_contain_text(moved, timeout=SLOW)
        assert int(read.search(bar.inner_text())[1]) > first
        notebook.picture("bar", bar)
        notebook.page.locator('[data-command="notebook:interrupt-kernel"], '
                              'jp-button[title^="Interrupt"]').first.click()  # fmt: skip
        expect(bar).to_contain_text("KeyboardInterrupt", timeout=SLOW)
        kept = int(notebook.run(2).inner_text().split()[-1])
        assert 200 <= kept < 6_000
        slow.hooks.clear()
        assert int(notebook.run(3).inner_text().split()[-1]) == 6_000


def test_activity_is_filtered_charted_shown_as_code_and_exported(open_notebook, sandbox, lab):
    notebook = open_notebook(
        "explore.ipynb",
        [
            account_cell(sandbox),
            "df = account.events().to_frame()\nexplorer = kd.explore(df)",
            "len(explorer.filtered), len(eval(explorer.code, {'df': df}))",
        ],
    )
    notebook.run(0)
    form = notebook.run(1)
    expect(form).to_contain_text("2,500 of 2,500 events")
    before = form.locator("svg.kd-chart").inner_html()
    notebook.picture("explore", form.locator(".kd-panel"))

    kinds = form.get_by_label("Type").locator("option").all_inner_texts()
    form.get_by_label("Type").select_option(
        [kind for kind in kinds if kind.startswith(("download", "preview"))]
    )
    expect(form).not_to_contain_text("2,500 of 2,500", timeout=SLOW)
    form.get_by_label("Name").fill(".PDF")
    form.get_by_label("Name").press("Enter")
    expect(form.locator("tbody td:nth-child(4)").first).to_contain_text(".pdf", timeout=SLOW)
    assert form.locator("svg.kd-chart").inner_html() != before
    form.get_by_role("button", name="Show as pandas").click()
    expect(form.locator("pre")).to_contain_text("df['type'].isin(", timeout=SLOW)
    form.get_by_role("button", name="Next").click()
    expect(form).to_contain_text("Page 2 of", timeout=SLOW)

    form.get_by_label("Export to").fill("pdfs.parquet")
    form.get_by_role("button", name="Export").click()
    expect(form).to_contain_text("and its manifest", timeout=SLOW)
    form.get_by_role("button", name="Export").click()
    expect(form.get_by_role("alert")).to_contain_text("Replace existing files", timeout=SLOW)
    written = pd.read_parquet(lab.folder / "pdfs.parquet")
    assert set(written["type"]) <= {"download", "preview"}
    assert written["metadata_name"].str.lower().str.contains(".pdf", regex=False).all()
    assert notebook.run(2).inner_text().count(str(len(written))) == 2
    notebook.picture("explore-filtered", form.locator(".kd-panel"))
    assert serious(notebook.page) == []


def test_a_bar_filters_a_heading_sorts_and_columns_are_chosen(open_notebook, sandbox):
    notebook = open_notebook(
        "chart.ipynb",
        [
            account_cell(sandbox) + "\nkd.configuration['time_zone'] = 'Asia/Tokyo'",
            "explorer = kd.explore(account.events())",
            "explorer.filtered['modified'].agg(['min', 'max']).tolist()",
        ],
    )
    notebook.run(0)
    form = notebook.run(1).locator(".kd-panel")
    form.evaluate("e => { e.style.width = '620px' }")
    expect(form.locator("thead")).to_contain_text("Time (Asia/Tokyo)")
    for part in ("svg.kd-chart", ".kd-scroll"):
        assert form.locator(part).evaluate("e => e.scrollWidth - e.clientWidth") <= 1
        assert form.locator(part).bounding_box()["width"] <= 620
    notebook.picture("explore-620", form)

    bars = form.locator("svg.kd-chart rect")
    bar = bars.nth(5)
    begin, count = bar.get_attribute("aria-label").rsplit(": ", 1)
    assert begin.endswith("+09:00")
    bar.click()
    expect(form).to_contain_text(f"{count} of 2,500 events", timeout=SLOW)
    assert form.get_by_label("From", exact=True).input_value() == begin
    expect(form).to_contain_text(f"Shown: from {begin}")
    assert len(re.findall("Timestamp", notebook.run(2).inner_text())) == 2
    bars.first.focus()
    notebook.page.keyboard.press("ArrowRight")
    assert bars.nth(1).evaluate("e => e === document.activeElement")
    finer = bars.nth(1).get_attribute("aria-label").rsplit(": ", 1)[1]
    notebook.page.keyboard.press("Enter")
    expect(form).to_contain_text(f"{finer} of 2,500 events", timeout=SLOW)
    form.get_by_role("button", name="Clear the filter").click()
    expect(form).to_contain_text("2,500 of 2,500 events", timeout=SLOW)

    form.get_by_role("button", name="Name", exact=True).click()
    expect(form.locator('th[aria-sort="ascending"]')).to_contain_text("Name", timeout=SLOW)
    names = form.locator("tbody td:nth-child(4)").all_inner_texts()
    assert names == sorted(names)
    form.get_by_role("button", name="Choose columns").click()
    form.get_by_label("Columns").select_option(["id", "type", "metadata_name"])
    expect(form.locator("thead th")).to_have_count(3, timeout=SLOW)
    expect(form.locator("thead")).to_contain_text("id")
    notebook.picture("explore-columns", form)
    assert serious(notebook.page) == []


@pytest.mark.parametrize("state", ["saved", "not saved"])
def test_the_first_rows_stay_without_a_kernel(state, open_notebook, page, sandbox, lab, request):
    where = lab if state == "saved" else request.getfixturevalue("stateless_lab")
    notebook = open_notebook(
        "stays.ipynb",
        [account_cell(sandbox), "kd.explore(account.events());"],
        where=where,
    )
    notebook.run(0)
    form = notebook.run(1)
    panel, left = form.locator(".kd-panel"), form.locator(".kd-static")
    expect(panel).to_be_visible()
    expect(left).not_to_be_visible()
    text = notebook.save()
    assert ("application/vnd.jupyter.widget-state+json" in text) == (state == "saved")
    assert text.count(sandbox.accounts[1].token) == 1  # in the cell that says it

    notebook.restart()
    for shown in ("restarted", "opened again"):
        expect(left).to_be_visible()
        expect(left).to_contain_text("2,500 events")
        expect(left).to_contain_text("run this cell again")
        expect(left.locator("tbody tr")).to_have_count(10)
        expect(panel.filter(visible=True)).to_have_count(0)
        # JupyterLab looks for a widget for two seconds before it says that there is none.
        expect(form).not_to_contain_text("Loading widget")
        expect(form).not_to_contain_text("Error displaying widget", use_inner_text=True)
        notebook.picture(f"explore-{shown}-{state}".replace(" ", "-"), form)
        if shown == "restarted":  # the same file, and a kernel that never knew the form
            notebook = Notebook(page, where, "again.ipynb", file=text)
            form = notebook.output(1)
            panel, left = form.locator(".kd-panel"), form.locator(".kd-static")

    notebook.run(0)
    form = notebook.run(1)
    expect(form.locator(".kd-panel")).to_be_visible()
    expect(form.locator(".kd-static")).not_to_be_visible()


def test_an_error_is_the_cells_line_and_a_sentence(open_notebook, sandbox):
    notebook = open_notebook(
        "errors.ipynb",
        [account_cell(sandbox), "account.events(page_size=0)", "%xmode Plain", "%tb"],
    )
    notebook.run(0)
    said = notebook.run(1).inner_text()
    assert "account.events(page_size=0)" in said
    assert "InvalidParameter" in said
    assert "page_size" in said
    assert "kloudless_data/" not in said
    assert len(said.splitlines()) < 12
    notebook.run(2)
    assert "kloudless_data/" in notebook.run(3).inner_text()


def test_a_manifest_fits_a_narrow_window(open_notebook, page, sandbox):
    page.set_viewport_size({"width": 800, "height": 1000})
    notebook = open_notebook(
        "manifest.ipynb",
        [account_cell(sandbox), "account.events(limit=3).to_csv('few.csv')"],
    )
    notebook.run(0)
    shown = notebook.run(1).locator(".jp-OutputArea-output").last
    expect(shown).to_contain_text("SHA-256")
    notebook.picture("manifest-800", shown)
    assert shown.evaluate("e => e.scrollWidth - e.clientWidth") <= 1


HOSTILE = """
import pandas as pd
names = ["<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>",
         "a' onfocus='alert(3)"]
df = pd.DataFrame({"modified": pd.to_datetime(["2026-03-01"] * 3, utc=True),
                   "type": names, "metadata_name": names, "service": names,
                   "metadata_last_modifier_email": names})
kd.explore(df)"""


def test_hostile_names_are_only_text(open_notebook, dialogs):
    notebook = open_notebook("hostile.ipynb", [IMPORT + HOSTILE])
    form = notebook.run(0)
    expect(
        form.locator("tbody td").get_by_text("<img src=x onerror=alert(1)>").first
    ).to_be_visible()
    form.get_by_label("Person").fill("<img")
    form.get_by_label("Person").press("Enter")
    expect(form).to_contain_text("1 of 3 events", timeout=SLOW)
    form.get_by_role("button", name="Show as pandas").click()
    expect(form.locator("pre")).to_contain_text("<img", timeout=SLOW)
    assert form.locator("img, script").count() == 0
    assert dialogs == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_form_is_accessible_in_a_narrow_window(
    theme, open_notebook, page, sandbox, lab, request
):
    where = lab if theme == "light" else request.getfixturevalue("dark_lab")
    page.set_viewport_size({"width": 800, "height": 1800})
    notebook: Notebook = open_notebook(
        f"{theme}.ipynb",
        [
            client_cell(sandbox) + f"\nkd.login(base_url={sandbox.base_url!r}, ask=True);",
            "kd.pick_account(client);",
            "kd.settings();",
            "kd.explore(kd.Account(api_key=client.api_key, account_id="
            f"{sandbox.accounts[1].id}, base_url={sandbox.base_url!r}).events(progress=False));",
        ],
        where=where,
    )
    for number, name in enumerate(("login", "pick", "settings", "explore")):
        form = notebook.run(number).locator(".kd-panel")
        expect(form).to_be_visible()
        if name == "login":
            sign_in(form, "a-wrong-token")
            expect(form.get_by_role("alert")).to_be_visible(timeout=SLOW)
        notebook.picture(f"{theme}-800-{name}", form)
        assert form.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    assert serious(page) == []
