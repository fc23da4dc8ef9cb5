"""The four commands: ``nox -s check``, ``test``, ``bench`` and ``docs``.

They run in the environment that nox itself is in, the one that ``pip install -e ".[dev]"`` made.
"""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["check", "test"]


@nox.session
def check(session: nox.Session) -> None:
    """Lint, formatting, types and import contracts."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def test(session: nox.Session) -> None:
    """Run the tests, or those that are named: ``nox -s test -- tests/unit``."""
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Run a benchmark: ``nox -s bench -- decode``; without a name, list them."""
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; warnings are errors."""
    session.run("python", "docs/build_cli.py")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")
