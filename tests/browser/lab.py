"""JupyterLab, a browser, and notebooks, driven as a person would."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Playwright, Response, expect

ROOT = Path(__file__).parent.parent.parent
ARTEFACTS = ROOT / "artefacts" / "browser"
_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def serious(page: Page) -> list[str]:
    """Return the serious problems that axe-core finds in our part of the page."""
    found = Axe().run(page, context={"include": [[".kd-panel"]]}).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def find_browser(playwright: Playwright) -> tuple[str, str]:
    """Return a Chromium and its origin, after installing one if there is none."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path, "on this machine"
    path = playwright.chromium.executable_path
    if Path(path).exists():
        return path, "installed by playwright before"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-q", *command], env=environment, check=False)
        if path := shutil.which("chromium"):
            return path, "installed by apt-get"
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    return playwright.chromium.executable_path, "installed by playwright"


def launch(playwright: Playwright, path: str) -> Browser:
    return playwright.chromium.launch(executable_path=path, args=_FLAGS)


# Without what jsonschema compiles by its import, for three seconds; see tests/conftest.py.
_START = """
import sys
sys.modules["rfc3987_syntax"] = None
from jupyterlab.labapp import main
main()
"""


class Lab:
    """A JupyterLab server with settings and files of its own."""

    def __init__(self, folder: Path, settings: dict[str, dict[str, Any]]) -> None:
        self.folder = folder / "notebooks"
        self.folder.mkdir(parents=True)
        self._token = secrets.token_hex(8)
        self._write_settings(folder / "settings", settings)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KLOUDLESS_")}
        environment |= {
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
            "PYTHONPATH": str(ROOT),
        }
        self.log = folder / "lab.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-c", _START, "--no-browser", "--ip=127.0.0.1",
                    f"--port={self.port}", "--ServerApp.port_retries=0", "--allow-root",
                    f"--IdentityProvider.token={self._token}",
                    f"--ServerApp.root_dir={self.folder}",
                    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                    "--LabApp.news_url=", "--LabApp.extension_manager=readonly",
                    "--LabApp.expose_app_in_browser=True",
                ],
                env=environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._wait()

    @staticmethod
    def _write_settings(folder: Path, settings: dict[str, dict[str, Any]]) -> None:
        for plugin, values in settings.items():
            package, _, name = plugin.partition(":")
            path = folder / package / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/lab/tree/{name}?token={self._token}&reset"

    def is_in(self, page: Page) -> bool:
        """Return True if a window shows this server's JupyterLab."""
        return page.url.startswith(f"http://127.0.0.1:{self.port}/lab")

    def write(self, name: str, cells: Sequence[str]) -> Path:
        """Write a notebook file."""
        path = self.folder / name
        path.write_text(
            json.dumps(
                {
                    "cells": [
                        {
                            "cell_type": "code", "id": f"c{number}", "metadata": {},
                            "source": source, "outputs": [], "execution_count": None,
                        }
                        for number, source in enumerate(cells)
                    ],
                    "metadata": {
                        "kernelspec": {
                            "display_name": "Python 3", "language": "python", "name": "python3",
                        }
                    },
                    "nbformat": 4, "nbformat_minor": 5,
                }
            )
        )  # fmt: skip
        return path


# Without braces it would return the notebook's widget, which takes seconds to hand over.
_OPEN = "async path => { await window.jupyterapp.commands.execute('docmanager:open', {path}); }"
_CLOSE = """async () => {
  for (const opened of [...(window.jupyterapp?.shell.widgets("main") ?? [])]) {
    await opened.sessionContext?.shutdown();
    opened.dispose();
  }
}"""


def close_notebooks(page: Page) -> None:
    """Close what a window has open in JupyterLab, unsaved, and end its kernels."""
    page.evaluate(_CLOSE)


class Notebook:
    """An open notebook."""

    def __init__(
        self, page: Page, lab: Lab, name: str, cells: Sequence[str] = (), *, file: str = ""
    ) -> None:
        """Open a new notebook of these cells, or load JupyterLab with the text of a file."""
        self.page, self.path = page, lab.write(name, cells)
        if file:
            self.path.write_text(file)
        if lab.is_in(page) and not file:  # loading JupyterLab costs ten times as much
            page.evaluate(_OPEN, name)
        else:
            page.goto(lab.url(name))
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")
        expect(self.cells.first).to_be_visible(timeout=30_000)
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=30_000)

    def cell(self, number: int) -> Locator:
        return self.cells.nth(number)

    def output(self, number: int) -> Locator:
        return self.cell(number).locator(".jp-Cell-outputArea")

    def start(self, number: int) -> None:
        """Run a cell without waiting for its end."""
        prompt = self.cell(number).locator(".jp-InputPrompt")
        before = prompt.inner_text()
        for _ in range(20):  # JupyterLab drops requests while it connects to the kernel
            self.cell(number).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            try:
                expect(prompt).not_to_have_text(before, timeout=500)
            except AssertionError:
                continue
            return
        raise AssertionError(f"cell {number} does not run")

    def run(self, number: int) -> Locator:
        """Run a cell to its end, and return its output."""
        prompt = self.cell(number).locator(".jp-InputPrompt")
        for _ in range(5):  # after an error, a kernel drops what reaches it before it is idle again
            self.start(number)
            expect(prompt).to_have_text(re.compile(r"\[(\d+| )\]:"), timeout=30_000)
            if prompt.inner_text() != "[ ]:":
                return self.output(number)
        raise AssertionError(f"the kernel drops cell {number}")

    def save(self) -> str:
        """Save the notebook and return the file's text, once the server says that it is written."""
        self.cells.first.locator(".cm-content").click()
        with self.page.expect_response(self._is_written, timeout=30_000):
            self.page.keyboard.press("Control+s")
        return self.path.read_text()

    def _is_written(self, response: Response) -> bool:
        asked = response.request
        return asked.method == "PUT" and f"/api/contents/{self.path.name}" in asked.url

    def restart(self) -> None:
        """Restart the kernel, and wait for the new one."""
        self.page.locator('[data-command="notebook:restart-kernel"], '
                          'jp-button[title^="Restart the kernel"]').first.click()  # fmt: skip
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        expect(self.page.locator(".jp-Dialog")).to_have_count(0)
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=30_000)

    def picture(self, name: str, what: Locator | None = None) -> Path:
        """Take a screenshot of an element, or of the window."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        (what or self.page).screenshot(path=path, animations="disabled")
        return path
