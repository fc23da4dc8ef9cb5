"""Logging works without set-up, under the names that programs know, and quotes no credential."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

PROGRAM = """
import logging, sys
{before}
import kloudless_data as kd
{after}
kd.configuration["max_retries"] = 0
try:
    kd.Account(token="s3cr3t-0123456789", base_url="http://127.0.0.1:1").get(
        "events", params={{"page_size": 5, "q": "s3cr3t-0123456789"}})
except kd.exceptions.ConnectionFailed:
    pass
"""
LINE = "GET http://127.0.0.1:1/v1/accounts/me/events?page_size=5&q=[redacted]"


def run(before: str = "", after: str = "") -> str:
    program = PROGRAM.format(before=before, after=after)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == ""
    assert "s3cr3t" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "name",
    ["kloudless_data", "kloudless_data.util", "kloudless_data.http", "kloudless_data.http.session"],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_level_of_any_logger_by_the_name_of_a_module_prints_each_url(name, when):
    set_level = f"logging.getLogger({name!r}).setLevel('DEBUG')"
    assert run(**{when: set_level}).count(LINE) == 1


def test_the_documented_logger_prints_each_url():
    set_level = "from kloudless_data.util import logger; logger.setLevel('DEBUG')"
    assert run(after=set_level).count(LINE) == 1
    assert run() == ""


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_documented_logger_works_beside_any_other_loggers(when):
    others = "for n in ('kloudless_data', 'kloudless_data.http'): logging.getLogger(n)\n"
    set_level = "from kloudless_data.util import logger; logger.setLevel('DEBUG')"
    given = {"before": "", "after": set_level}
    given[when] = others + given[when]
    assert run(**given).count(LINE) == 1


@pytest.mark.parametrize(
    "setup",
    [
        "logging.basicConfig(level='DEBUG')",
        "logging.basicConfig(); logging.getLogger('kloudless_data').setLevel('DEBUG')",
        "l = logging.getLogger('kloudless_data'); l.addHandler(logging.StreamHandler()); "
        "l.setLevel('DEBUG')",
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_program_with_handlers_of_its_own_gets_each_line_once(setup, when):
    assert run(**{when: setup}).count(LINE) == 1


def test_importing_adds_no_handler_and_changes_no_level():
    import kloudless_data.util  # noqa: F401

    for name in list(logging.root.manager.loggerDict):
        if name.startswith("kloudless_data"):
            assert logging.getLogger(name).handlers == []
    assert type(logging.getLogger("somebody.else")) is logging.Logger


def test_a_traceback_in_a_log_line_is_made_safe(caplog):
    from kloudless_data.text.redaction import remember
    from kloudless_data.util import logger

    remember("logged-token-12345")
    try:
        raise RuntimeError("logged-token-12345 \x1b[2J")
    except RuntimeError:
        logger.exception("It failed with %s", "logged-token-12345")
    assert "logged-token" not in caplog.text
    assert "\x1b" not in caplog.text
    assert "RuntimeError" in caplog.text
