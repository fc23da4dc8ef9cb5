"""Run the notebooks and write them to docs/notebooks/ as HTML: ``python docs/build_notebooks.py``.

The pages need no network and no scripts. What a form looks like is a picture, since a page without
a kernel has none.
"""

from __future__ import annotations

import html
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert.exporters import HTMLExporter

DOCS = Path(__file__).parent
FORM = "application/vnd.jupyter.widget-view+json"  # a progress bar is one too
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
pre {{ overflow-x: auto; background: #f5f5f5; padding: .6rem .8rem }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; font-size: .85rem }}
th, td {{ padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: right }}
img {{ max-width: 100% }}
.anchor-link {{ display: none }}
</style>
<body>
{body}
</body>
</html>
"""


def page_of(path: Path) -> str:
    """Return an executed notebook as a page."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        cell["outputs"] = [o for o in outputs if FORM not in o.get("data", {})]
        if cell.cell_type != "code":
            del cell["outputs"]
    notebook.metadata.pop("widgets", None)
    exporter = HTMLExporter(
        template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True
    )
    body, _ = exporter.from_notebook_node(notebook)
    body = body.replace("../docs/images/", "../images/")
    return PAGE.format(title=html.escape(path.stem), body=body)


def main(target: Path) -> list[Path]:
    """Write all pages below a folder."""
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for path in sorted((DOCS.parent / "notebooks").glob("*.ipynb")):
        page = target / f"{path.stem}.html"
        page.write_text(page_of(path), encoding="utf-8")
        written.append(page)
    return written


if __name__ == "__main__":
    for page in main(DOCS / "notebooks"):
        sys.stdout.write(f"{page}\n")
