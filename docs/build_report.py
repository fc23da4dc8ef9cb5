"""Write docs/images/audit-report.png, the first page of a report: ``python docs/build_report.py``.

The history is simulated: 45 people for 60 days, archived every twelve hours except on days when
the job did not run, with incidents hidden in it. Needs Playwright and Chromium, like the browser
tests.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.sandbox import Sandbox
from kloudless_data.sandbox.organisation import Organisation

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "audit-report.png"
PORT = 8047
ORGANISATION = Organisation(
    seed=21,
    people=45,
    days=60,
    incidents=["mass_deletion", "ransomware_rename", "external_sharing"],
    near_misses=["quarter_end_cleanup", "time_zone_trip"],
)


def archived(folder: str) -> audit.Report:
    """Return the report of an archive that was synced as by a scheduled job."""
    # A fixed port, because the report names the server.
    with Sandbox(accounts=1, events=1, organisations=[ORGANISATION], port=PORT) as sandbox:
        account = kd.Account(
            token=sandbox.accounts[1].token, base_url=sandbox.base_url, api_version=2
        )
        archive = kd.Archive(f"{folder}/activity", now=lambda: sandbox.clock.now)
        client = kd.Client(token=sandbox.meta_token, base_url=sandbox.base_url)
        end = sandbox.clock.now
        for hours in range(60 * 24, -1, -12):
            if not 240 < hours < 300:  # nobody synced
                sandbox.clock.set(end - timedelta(hours=hours))
                archive.sync([account], progress=False)
        return audit.report(
            archive,
            applications=kd.list_applications(client, include=["apikeys", "webhooks"]),
            progress=False,
        )


def picture(page: Path, target: Path) -> None:
    """Take a picture of a page as it opens."""
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(ROOT / "tests"))
    from browser.lab import find_browser, launch

    with sync_playwright() as playwright:
        browser = launch(playwright, find_browser(playwright)[0])
        window = browser.new_page(viewport={"width": 1100, "height": 1320})
        window.goto(page.as_uri())
        window.screenshot(path=target)
        browser.close()


def main(target: Path = PICTURE) -> Path:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        archived(folder).save(page)
        picture(page, target)
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{main()}\n")
