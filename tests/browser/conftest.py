"""One browser, one JupyterLab and one sandbox for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, Playwright, ViewportSize, sync_playwright

from .lab import ARTEFACTS, Lab, Notebook, close_notebooks, find_browser, launch

# The strictest case for secrets: the widgets' state is written into the file.
_SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false", "checkForUpdates": False,
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}  # fmt: skip
_THEME = "@jupyterlab/apputils-extension:themes"
_WINDOW = ViewportSize(width=1280, height=1400)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright, pytestconfig: pytest.Config) -> Iterator[Browser]:
    path, origin = find_browser(playwright)
    running = launch(playwright, path)
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(f"\nbrowser: Chromium {running.version}, {path}, {origin}")
    yield running
    running.close()


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = Lab(tmp_path_factory.mktemp("lab"), _SETTINGS)
    yield running
    running.stop()


@pytest.fixture(scope="package")
def stateless_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab with its defaults: the widgets' state is not written into the file."""
    state = {"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": False}}
    running = Lab(tmp_path_factory.mktemp("stateless-lab"), {**_SETTINGS, **state})
    yield running
    running.stop()


@pytest.fixture(scope="package")
def dark_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    theme = {_THEME: {"theme": "JupyterLab Dark"}}
    running = Lab(tmp_path_factory.mktemp("dark-lab"), {**_SETTINGS, **theme})
    yield running
    running.stop()


@pytest.fixture(scope="package")
def kept() -> Iterator[list[Page]]:
    """The window that a test leaves to the next one, unless it failed."""
    pages: list[Page] = []
    yield pages
    for page in pages:
        page.context.close()


@pytest.fixture
def page(browser: Browser, kept: list[Page]) -> Iterator[Page]:
    """A window without a notebook, whose requests all stay on this machine."""
    if not kept:
        context = browser.new_context()
        context.set_default_timeout(15_000)
        kept.append(context.new_page())
    (page,) = kept
    elsewhere: list[str] = []

    def note(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            elsewhere.append(request.url)

    page.set_viewport_size(_WINDOW)
    page.context.on("request", note)
    yield page
    if page.is_closed():
        kept.clear()
    else:
        close_notebooks(page)
        page.context.remove_listener("request", note)
    assert elsewhere == []


@pytest.fixture
def dialogs(page: Page) -> Iterator[list[str]]:
    """What the page's dialogs said; they are dismissed."""
    said: list[str] = []

    def note(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    yield said
    page.remove_listener("dialog", note)


@pytest.fixture
def open_notebook(lab: Lab, page: Page) -> Callable[..., Notebook]:
    def opened(name: str, cells: Sequence[str], *, where: Lab = lab) -> Notebook:
        return Notebook(page, where, name, cells)

    return opened


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep a screenshot of a failed test's page, which no other test gets."""
    report: Any = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and page is not None:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"failed-{item.name}.png")
        page.context.close()
    return report
