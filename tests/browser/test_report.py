"""The audit's report as a browser shows and prints it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from hostile import HOSTILE, hostile_report
from playwright.sync_api import Browser, Page
from pypdf import PdfReader
from repeats import some

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


@pytest.mark.parametrize(
    "opened",
    some(2, [["light", 1280], ["dark", 400], ["dark", 1280], ["light", 800]]),
    indirect=True,
)
def test_it_is_accessible_and_fits(opened: Page, request: pytest.FixtureRequest) -> None:
    found = Axe().run(opened).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert opened.evaluate(FITS)
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    width = opened.viewport_size["width"] if opened.viewport_size else 0
    assert width < 1280 or opened.evaluate(WIDER) == []
    assert min(opened.evaluate(LABELS)) >= 9
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    name = request.node.callspec.id
    opened.screenshot(path=ARTEFACTS / f"audit-report-{name}.png")


def test_it_sends_no_request(browser: Browser, report: Path) -> None:
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(report.as_uri())
    assert asked == [report.as_uri()]
    assert said == []
    page.close()


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_it_prints_whole_with_its_headers_repeated(
    browser: Browser, report: Path, tmp_path: Path, size: str
) -> None:
    page = browser.new_page()
    page.goto(report.as_uri())
    page.pdf(path=tmp_path / "report.pdf", format=size)
    folded = page.locator("details.evidence:not([open]) td.mono").first.text_content()
    page.close()
    pages = pages_of(tmp_path / "report.pdf")
    assert 10 < len(pages) < 60
    first = pages[0]
    for part in ("Scope", "Completeness", "In numbers", "unknown", "high", "medium"):
        assert part in first
    # A table of evidence that goes on has its header on the next page; what is folded is printed.
    assert sum("event id" in one for one in pages) > len(pages) / 3
    assert folded
    assert any(folded in one for one in pages)
    # Nothing is cut off: the checksum of the input is as wide as it gets.
    whole = re.sub(r"\s", "", "".join(pages))
    assert re.search(r"inmemory,asanArrowstream", whole)
    assert re.search(r"[0-9a-f]{64}", whole)


def pages_of(path: Path) -> list[str]:
    """Return the text of each page of a PDF."""
    return [page.extract_text() for page in PdfReader(path).pages]


def test_hostile_names_run_nothing(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 1000})
    page.set_content(HOSTILE)
    assert page.evaluate("window.ran") == 1  # else the test below could not fail
    made = hostile_report()
    for shown in (made.to_html(), made._repr_html_()):
        # Without its policy and its frame's: they are the second line of defence, not the first.
        page.goto("about:blank")
        assert POLICY in html.unescape(shown)
        page.set_content(unprotected(shown), wait_until="load")
        for frame in page.frames:
            assert frame.evaluate("window.ran") is None
            assert frame.locator("img, script, [onmouseover], [onload]").count() == 0
        body = page.frames[-1]
        assert body.locator("h1").inner_text().startswith("<script>window.ran=1")
        assert body.locator("article.finding").count() == len(made.findings)
        assert body.locator("svg.chart").count() == len(made.findings) + 3
        assert body.evaluate(FITS)
    page.close()


def test_links_lead_to_places_in_a_notebooks_frame_too(browser: Browser) -> None:
    page = browser.new_page()
    frame = Organisation(seed=12, people=8, days=40).frame()
    page.goto("about:blank")
    page.set_content(audit.report(frame)._repr_html_())
    inside = page.frames[-1]
    inside.locator('nav a[href="#method"]').click()
    inside.wait_for_function("window.scrollY > 500")
    page.close()


POLICY = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'"""
#: The tables that scroll sideways, and the size of the charts' labels in pixels.
WIDER = """[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth >
    one.clientWidth).map(one => one.getAttribute('aria-label'))"""
LABELS = """[...document.querySelectorAll('svg.chart')].map(one => one.getBoundingClientRect().width
    / one.viewBox.baseVal.width * Math.min(...[...one.querySelectorAll('text')].map(text =>
    parseFloat(getComputedStyle(text).fontSize))))"""
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def unprotected(page: str) -> str:
    """Return a page that would run what got into it."""
    plain = re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    escaped = "&lt;meta http-equiv=&quot;Content-Security-Policy&quot;.*?&gt;"
    return re.sub(escaped, "", plain).replace("<iframe sandbox ", "<iframe ")


LIGHT, DARK = ("light", 1280), ("dark", 390)


@pytest.mark.parametrize(
    ("history", "scheme", "width"),
    some(
        3,
        [
            ("empty", *LIGHT),
            ("quiet", *DARK),
            ("many", *LIGHT),
            ("empty", *DARK),
            ("quiet", *LIGHT),
            ("many", *DARK),
        ],
    ),
)
def test_other_histories_are_accessible_and_fit_too(
    browser: Browser, history: str, scheme: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kloudless_data.audit.render.page._IN_FULL", 30)
    frame = Organisation(seed=12, people=8, days=40).frame()
    # More findings than a page shows.
    query = "select event_id, object_id as grouping from activity order by 1 limit 600"
    own = audit.SqlRule(label="each", query=query, severity="low")
    made = {
        "empty": lambda: audit.report(frame.iloc[:0]),
        "quiet": lambda: audit.report(frame),
        "many": lambda: audit.report(frame, rules=[own]),
    }[history]()
    assert ("more findings" in made.to_html()) is (history == "many")
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.set_content(made.to_html())
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert page.evaluate(FITS)
    context.close()
