"""The audit's report as a browser shows and prints it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from hostile import HOSTILE, hostile_events
from playwright.sync_api import Browser, Page

from kloudless_data import audit
from kloudless_data.sandbox.organisation import Organisation

from .lab import ARTEFACTS

INCIDENTS = ["mass_deletion", "ransomware_rename", "new_network", "external_sharing"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    made = Organisation(seed=11, people=60, days=100, incidents=INCIDENTS,
                        near_misses=["quarter_end_cleanup", "time_zone_trip"])  # fmt: skip
    audit.report(made.frame(), path)
    return path


@pytest.fixture
def opened(browser: Browser, report: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    scheme, width = request.param
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 1300}, java_script_enabled=True
    )
    page = context.new_page()
    page.goto(report.as_uri())
    yield page
    context.close()


BOTH = pytest.mark.parametrize(
    "opened", [("light", 1280), ("dark", 1280), ("light", 800), ("dark", 400)], indirect=True
)


@BOTH
def test_it_is_accessible_and_fits(opened: Page, request: pytest.FixtureRequest) -> None:
    found = Axe().run(opened).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert opened.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    ARTEFACTS.mkdir(exist_ok=True)
    name = request.node.callspec.id
    opened.screenshot(path=ARTEFACTS / f"audit-report-{name}.png")


def test_it_asks_for_nothing_and_prints_on_several_pages(
    browser: Browser, report: Path, tmp_path: Path
) -> None:
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(report.as_uri())
    assert asked == [report.as_uri()]
    assert said == []
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(
        b"/Type /Page>") + pdf.count(b"/Type /Page/") >= 3  # fmt: skip
    page.close()


def test_hostile_names_run_nothing(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    audit.report(hostile_events(), path, title=HOSTILE)
    page = browser.new_page()
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    assert said == []
    assert page.locator("img, script, iframe").count() == 0
    assert page.locator("h1").inner_text().startswith("<script>alert(1)")
    page.close()
