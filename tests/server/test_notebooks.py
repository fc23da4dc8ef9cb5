"""The notebooks run from top to bottom in a real kernel, and hold no outputs in git."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kloudless_data.sandbox import Sandbox

NOTEBOOKS = sorted((Path(__file__).parent.parent.parent / "notebooks").glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_notebooks():
    expected = {
        "1-quickstart",
        "2-core-concepts",
        "3-export-and-read",
        "4-raw-data-and-applications",
        "5-exploring-activity",
        "6-an-audit",
        "7-access-review",
    }
    assert expected <= {path.stem for path in NOTEBOOKS}


@each
def test_a_notebook_is_valid_and_holds_no_output(path):
    import nbformat  # takes seconds, and each worker imports this module

    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}  # no widget state either
    for cell in notebook.cells:
        assert not cell.metadata
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@each
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path):
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=240,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert any(cell.outputs for cell in code)
    shown = json.dumps([cell.outputs for cell in code])
    for secret in secrets():
        assert secret not in shown
    assert list(tmp_path.iterdir()) == []  # it cleans up after itself
    if kept := os.environ.get("EXECUTED_NOTEBOOKS"):  # for docs/conf.py
        nbformat.write(notebook, Path(kept) / path.name)


def secrets():
    """Return the credentials of the sandbox that the notebooks start: one seed, one set."""
    own = Sandbox(seed=7, accounts=5)
    return [own.api_key, own.meta_token, *(account.token for account in own.accounts)]
