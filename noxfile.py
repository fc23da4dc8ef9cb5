"""The commands: ``nox -s check``, ``test``, ``coverage``, ``bench`` and ``docs``.

They run in the environment that nox itself is in, the one that ``pip install -e ".[dev]"`` made.
"""

from __future__ import annotations

import nox
from nox.command import CommandFailed

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
def coverage(session: nox.Session) -> None:
    """Run the tests that need neither processes nor sockets, with line and branch coverage."""
    tests = session.posargs or ["tests/unit", "tests/thorough"]
    session.run("python", "-m", "pytest", "--cov", "--cov-report=term", *tests)


@nox.session
def bench(session: nox.Session) -> None:
    """Run a benchmark: ``nox -s bench -- decode``; without a name, list them."""
    session.run("python", "-m", "benchmarks", *(session.posargs or ["--list"]))


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; warnings are errors."""
    session.run("python", "docs/build_cli.py")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session(venv_backend="uv|venv")
def engines(session: nox.Session) -> None:
    """Read an archive with engines that do not fit the other packages; Spark where there is Java.

    Sail wants an older pyspark than Spark's own test, so one follows the other.
    """
    tests = ["tests/server/archive/test_engines.py", "-n0", "-rs"]
    plugins = ["hypothesis", "pip", "pytest", "pytest-timeout", "pytest-xdist"]
    _install(session, "-e", ".[engines,sandbox]", *plugins)
    session.run("python", "-m", "pytest", "-m", "daft or sail", *tests)
    session.run("python", "-m", "pip", "uninstall", "-q", "-y", "pyspark-client")
    _install(session, "-e", ".[spark,sandbox]")
    session.run("python", "-m", "pytest", "-m", "spark", *tests)


def _install(session: nox.Session, *arguments: str) -> None:
    """Install packages, or skip the session where an engine has no package for this machine."""
    try:
        session.install(*arguments)
    except CommandFailed:
        session.skip("an engine cannot be installed here")
