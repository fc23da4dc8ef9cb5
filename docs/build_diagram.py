"""Draw the diagram of `docs/architecture.md`, so that the site shows it without a network.

``npm install mermaid@11``, then
``python docs/build_diagram.py node_modules/mermaid/dist/mermaid.min.js``.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

PAGE = Path(__file__).parent / "architecture.md"
PICTURE = Path(__file__).parent / "images" / "layers.svg"
FENCE = re.compile(r"```mermaid\n(.*?)```\n", re.DOTALL)
OPTIONS = {
    "startOnLoad": False, "theme": "neutral", "htmlLabels": False, "fontFamily": "sans-serif",
    "deterministicIds": True, "flowchart": {"htmlLabels": False},
}  # fmt: skip


def source() -> str:
    """Return the diagram's source, from the page."""
    found = FENCE.search(PAGE.read_text(encoding="utf-8"))
    if not found:
        raise SystemExit(f"{PAGE} has no diagram.")
    return found[1]


def mark(text: str) -> str:
    """Return the comment by which a test knows of which source the picture is."""
    return f"<!-- {hashlib.sha256(text.encode()).hexdigest()} -->"


def main(script: str) -> None:
    """Draw it with Mermaid's script in a headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.set_content("<body></body>")
        page.add_script_tag(path=script)
        page.evaluate("options => mermaid.initialize(options)", OPTIONS)
        svg = page.evaluate("async text => (await mermaid.render('layers', text)).svg", source())
        browser.close()
    PICTURE.write_text(f"{mark(source())}\n{svg}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
