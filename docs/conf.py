"""Sphinx: ``sphinx-build -W -b html docs docs/_build/html``, without a network."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from kloudless_data.version import __version__  # noqa: E402

project = "kloudless_data"
author = "The kloudless-data contributors"
project_copyright = "The kloudless-data contributors"
version = release = __version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
templates_path = ["_templates"]

# Markdown and notebooks
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# Tutorials are executed while the site is built, and a failing one fails the build, unless the
# tests have already executed them and kept the results in this folder.
EXECUTED = os.environ.get("EXECUTED_NOTEBOOKS")
nb_execution_mode = "off" if EXECUTED else "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # no scripts from elsewhere for forms that ended
suppress_warnings = ["mystnb.unknown_mime_type"]  # live forms; the pages show pictures of them

# Reference
autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's sections have the types
numpydoc_show_class_members = False
default_role = "code"

# Appearance
html_theme = "pydata_sphinx_theme"
html_title = "kloudless_data"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "show_prev_next": True,
    "navbar_align": "left",
    "header_links_before_dropdown": 5,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
# The first three have no subpages to list; help texts are 78 characters wide.
html_sidebars = {"index": [], "gallery": [], "changelog": [], "cli": []}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


DIAGRAM = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)  # drawn by `build_diagram.py`

# Pages kept elsewhere in the repository, and their names in the site.
ELSEWHERE = {"CHANGELOG.md": "changelog.md", "benchmarks/README.md": "benchmarks.md"}


def _bring_in(app: object) -> None:
    """Copy pages kept elsewhere in the repository: notebooks, changelog, figures."""
    for path in sorted((DOCS.parent / "notebooks").glob("*.ipynb")):
        shown = Path(EXECUTED) / path.name if EXECUTED else path
        text = shown.read_text(encoding="utf-8").replace("../docs/images/", "../images/")
        (DOCS / "tutorials" / path.name).write_text(text, encoding="utf-8")
    for source, page in ELSEWHERE.items():
        shutil.copy(DOCS.parent / source, DOCS / page)


def _link(app: object, name: str, source: list[str]) -> None:
    """Rewrite links within the repository to point to the site's pages, and diagrams to pictures.

    GitHub draws a diagram with its own script; the site has none from elsewhere.
    """
    source[0] = DIAGRAM.sub("![The layers of the package](images/layers.svg)\n", source[0])
    for path, page in ELSEWHERE.items():
        source[0] = source[0].replace(f"](../{path}", f"]({page}")


def setup(app: Any) -> None:
    """Prepare the sources before Sphinx looks for them."""
    _bring_in(app)
    app.connect("source-read", _link)
