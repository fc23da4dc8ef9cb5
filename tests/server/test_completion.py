"""Shells complete commands and options, using the lines in the documentation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "shell-completion.md"
SET_UP = dict(
    zip(
        ("bash", "zsh", "fish"),
        re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL),
        strict=True,
    )
)


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """An environment in which the command is found."""
    command = tmp_path / "kloudless-data"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kloudless_data "$@"\n')
    command.chmod(0o755)
    return os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


def said(shell: str, script: str, environment: dict[str, str]) -> str:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    ended = subprocess.run(
        [shell, "-c", SET_UP[shell] + script],
        capture_output=True, text=True, timeout=120, env=environment,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


@pytest.mark.parametrize(
    ("words", "number", "expected"),
    [
        ("kloudless-data ev", 1, {"events"}),
        ("kloudless-data events ''", 2, {"export", "follow", "list", "summary"}),
        ("kloudless-data events list --js", 3, {"--json", "--jsonl"}),
        ("kloudless-data events export --format x", 4, {"xlsx"}),
    ],
)
def test_bash(words, number, expected, environment):
    script = (
        f"\nCOMP_WORDS=({words}) COMP_CWORD={number}\n"
        "_kloudless_data_completion kloudless-data\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
        "complete -p kloudless-data > /dev/null"
    )
    assert set(said("bash", script, environment).split()) == expected


def test_zsh(environment):
    set_up = "autoload -Uz compinit; compinit -D\n"
    ask = (
        "\nprint -r -- ${_comps[kloudless-data]}\n"
        'COMP_WORDS="kloudless-data ev" COMP_CWORD=1 '
        "_KLOUDLESS_DATA_COMPLETE=zsh_complete kloudless-data"
    )
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    ended = subprocess.run(
        ["zsh", "-f", "-c", set_up + SET_UP["zsh"] + ask],
        capture_output=True, text=True, timeout=120, env=environment,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.split()[:3] == ["_kloudless_data_completion", "plain", "events"]


def test_fish(environment):
    script = "\ncomplete -C 'kloudless-data ev'"
    assert "events" in said("fish", script, environment)
