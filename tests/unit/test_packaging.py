"""What installers read says the same everywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _requirements(lines: list[str]) -> set[str]:
    return {line.replace(" ", "") for line in lines}


def test_the_conda_recipe_has_the_same_lowest_versions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    recipe = (ROOT / "conda" / "meta.yaml").read_text(encoding="utf-8")
    (run,) = re.findall(r"^  run:\n((?:    - .*\n)+)", recipe, re.MULTILINE)
    listed = _requirements(re.findall(r"- (.*)", run))
    python = f"python{project['requires-python']}"
    assert listed == _requirements([python, *project["dependencies"]])
