"""The documentation shows what really happens."""

from __future__ import annotations

import doctest
import hashlib
import importlib
import json
import pkgutil
import re
import runpy
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data.sandbox import Sandbox

ROOT = Path(__file__).parent.parent
COPIED = {"changelog.md", "benchmarks.md"}  # into the site, from elsewhere in the tree
DOCS = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in COPIED),
]
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```(?:ba)?sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
BASH = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", [d for d in DOCS if PYTHON.search(d.read_text())],
                         ids=lambda path: path.name)  # fmt: skip
def test_every_snippet_runs(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Sandbox(seed=7, accounts=5, events=2_000) as own:
        monkeypatch.setenv("KLOUDLESS_BASE_URL", own.base_url)
        monkeypatch.setenv("KLOUDLESS_TOKEN", own.accounts[0].token)
        monkeypatch.setenv("KLOUDLESS_API_KEY", own.api_key)
        monkeypatch.setenv("KLOUDLESS_META_TOKEN", own.meta_token)
        account = kd.Account()
        folder = account.get("storage/folders/root/contents")
        file = next(r for r in folder.get_paging_iterator() if r.data["type"] == "file")
        names = {"kd": kd, "pd": pd, "account": account, "API_KEY": own.api_key,
                 "META_TOKEN": own.meta_token,
                 "others": [kd.Account(token=own.accounts[1].token)]}  # fmt: skip
        for number, match in enumerate(PYTHON.finditer(path.read_text()), 1):
            source = match[1].replace("files/F1/", f"files/{file.data['id']}/")
            exec(compile(source, f"{path.name}, snippet {number}", "exec"), names)


def test_the_readme_shows_what_its_first_snippet_gives():
    with Sandbox(seed=7, accounts=5, events=10_000) as own:
        account = kd.Account(token=own.accounts[0].token, base_url=own.base_url)
        df = account.events().to_frame()
    shown = df[["modified", "metadata_name", "metadata_size"]].head(3).to_string()
    assert f"```\n{shown}\n```" in (ROOT / "README.md").read_text()


def test_the_readme_has_two_commands_and_ci_runs_the_second():
    install, test = (block.strip() for block in BASH.findall((ROOT / "README.md").read_text())[:2])
    assert install.endswith("kloudless-data demo")
    assert test in (ROOT / ".ci" / "run").read_text().splitlines()


def test_the_readme_activates_the_environment_before_it_uses_bare_commands():
    """Without that, a new user's shell finds no kloudless-data, pytest or jupyter."""
    lines = [
        line
        for block in SHELL.findall((ROOT / "README.md").read_text())
        for line in block.splitlines()
    ]
    bare = [
        n for n, line in enumerate(lines) if line.startswith(("kloudless-data", "pip", "jupyter"))
    ]
    assert lines.index(". .venv/bin/activate") < min(bare)


def test_the_readme_opens_jupyterlab_where_the_notebooks_pictures_are():
    """Given a notebook alone, JupyterLab serves its folder, and nothing beside it."""
    assert "jupyter lab --notebook-dir=. notebooks/" in (ROOT / "README.md").read_text()
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", notebook.read_text()):
            picture = (notebook.parent / target).resolve()
            assert picture.is_file()
            assert picture.is_relative_to(ROOT)


def test_the_notebooks_import_only_what_the_readme_installs():
    """Its first command installs the extra `all`, and the next one JupyterLab."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]

    def packages(requirements):
        for requirement in requirements:
            name, named = re.match(r"([\w-]+)(?:\[([\w,-]+)\])?", requirement).groups()
            yield name.replace("-", "_")
            if name == project["name"]:
                yield from packages(each for extra in named.split(",") for each in extras[extra])

    there = {"kloudless_data", *packages(project["dependencies"]), *packages(extras["all"])}
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(notebook.read_text())["cells"]
        source = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        imported = set(re.findall(r"^ *(?:import|from) (\w+)(?=[ .\n]|$)", source, re.MULTILINE))
        assert imported - sys.stdlib_module_names - there == set(), notebook.name


@pytest.mark.skipif(
    tuple(map(int, version("click").split(".")[:2])) < (8, 5),
    reason="older click writes usage lines differently",
)
def test_the_command_line_page_is_what_help_says():
    page = runpy.run_path(str(ROOT / "docs" / "build_cli.py"))["page"]()
    assert page == (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)", path.read_text()):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_each_option_of_a_directive_has_a_line_of_its_own(path):
    """Sphinx reads two on one line as one, and drops the second and the text after it."""
    assert re.findall(r"^:[\w-]+: .* :[\w-]+: .*$", path.read_text(), re.MULTILINE) == []


def test_the_architecture_names_files_that_are_there():
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"`(kloudless_data/[\w./-]+)`", text))
    assert len(named) > 40
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


# A part of each row's text, and what its file must hold for the change to be there.
_EVERYDAY = {
    "new column of events": r"metadata\.name +string",
    "times that servers send": r"def read_time",
    "times that people type": r"def parse_time",
    "new word for an action": r"^delete: ",
    "where the actor": r"Place\(",
    "which schema": r"_APIS = ",
    "a listing's path": r"ListingSpec\(",
    "a rule's question": r"sentence",
    "word times, numbers": r"def how_often",
    "how loud": r"budget",
    "look of the report": r"^\w.*\{",
    "another status": r"\(502, 503, 504\)",
    "how long to wait": r"max_wait",
    "way of paging": r"^class \w+",
    "new setting": r"_DEFAULTS",
    "environment variable": r"KLOUDLESS_TOKEN",
    "secret in text": r"_SECRET_PARAMETERS",
    "output format": r'"parquet": ',
    "manifest records": r"^class Manifest",
    "progress bar": r"tqdm",
    "several commands": r"def retention|^DEBUG",
    "exception's message": r"default_message",
    "error advises": r"Remedy\.",
    "log format": r"^records ",
    "look of the forms": r"^\.",
    "endpoint of the sandbox": r"Route\(",
}


def test_the_sites_picture_of_the_layers_is_of_the_pages_diagram_and_needs_no_network():
    text = (ROOT / "docs" / "architecture.md").read_text()
    diagram = re.search(r"```mermaid\n(.*?)```\n", text, re.DOTALL)[1]
    picture = (ROOT / "docs" / "images" / "layers.svg").read_text()
    drawn_from = hashlib.sha256(diagram.encode()).hexdigest()
    assert drawn_from in picture, "Draw it again: see docs/build_diagram.py"
    assert set(re.findall(r"https?://[^\"')<\s]+", picture)) == {"http://www.w3.org/2000/svg"}
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    named = set(re.findall(r"\w+", diagram))
    assert set(layers["contracts"][0]["layers"]) - named == {"__main__", "re_patterns", "version"}


def test_an_everyday_change_is_where_the_architecture_says():
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| ([^|`]+) \|[^|`]*`(kloudless_data/[^`]+)` \|$", text, re.MULTILINE)
    assert len(rows) == len(_EVERYDAY) > 20
    for (change, path), (words, held) in zip(rows, _EVERYDAY.items(), strict=True):
        assert words in change
        named = ROOT / path
        files = sorted(named.iterdir()) if named.is_dir() else [named]
        texts = (file.read_text() for file in files if file.suffix in (".py", ".txt", ".css"))
        assert any(re.search(held, each, re.MULTILINE) for each in texts), (change, path)


def test_the_guide_for_contributors_names_files_that_are_there():
    named = set(
        re.findall(r"`((?:kloudless_data|tests)/[\w./-]+)`", (ROOT / "CONTRIBUTING.md").read_text())
    )
    assert len(named) > 8
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


MODULES = ["kloudless_data"] + [
    module.name
    for module in pkgutil.walk_packages(kd.__path__, "kloudless_data.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings_run(name):
    kd.configuration["progress"] = False
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in doctest.DocTestFinder().find(importlib.import_module(name)):
        if test.examples:  # a debugger is set up for each test, which looks at all source files
            runner.run(test)
    assert runner.failures == 0


def test_docstrings_have_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = (finder.find(importlib.import_module(name)) for name in MODULES)
    assert sum(len(test.examples) for tests in found for test in tests) > 400
