"""What importing the package does and does not do to a program."""

from __future__ import annotations

import subprocess
import sys
from ast import literal_eval


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )


REQUEST = """
import kloudless_data as kd
kd.configuration["max_retries"] = 0
try:
    kd.Account(token="s3cr3t", base_url={url!r}).get("events", params={{"page_size": 5}})
except kd.exceptions.ConnectionFailed:
    pass
"""


def test_debug_prints_the_exact_url_with_no_logging_set_up(dead_url):
    done = run("from kloudless_data.util import logger; logger.setLevel('DEBUG')"
               + REQUEST.format(url=dead_url))  # fmt: skip
    assert done.stderr.count(f"GET {dead_url}/v1/accounts/me/events?page_size=5") == 1
    assert "s3cr3t" not in done.stderr
    assert done.stdout == ""


def test_debug_prints_it_once_when_logging_is_set_up(dead_url):
    for program in (
        "import logging; logging.basicConfig(level='DEBUG')",
        "import logging, sys; from kloudless_data.util import logger\n"
        "logger.addHandler(logging.StreamHandler()); logger.setLevel('DEBUG')",
    ):
        done = run(program + REQUEST.format(url=dead_url))
        assert done.stderr.count(f"GET {dead_url}/v1/accounts/me/events?page_size=5") == 1


def test_importing_configures_nothing_globally():
    done = run(
        "import logging, warnings, signal, sys, requests\n"
        "before = (logging.root.handlers[:], logging.root.level, warnings.filters[:],\n"
        "          signal.getsignal(signal.SIGINT), sys.excepthook)\n"
        "import kloudless_data\n"
        "after = (logging.root.handlers[:], logging.root.level, warnings.filters[:],\n"
        "         signal.getsignal(signal.SIGINT), sys.excepthook)\n"
        "print(before == after)\n"
    )
    assert done.stdout == "True\n"
    assert done.stderr == ""


def test_importing_does_not_bring_the_heavy_packages():
    done = run(
        "import sys, kloudless_data; "
        "print(sorted({'pandas', 'pyarrow', 'numpy', 'tqdm', 'ipywidgets', 'starlette', 'rich'} "
        "& set(sys.modules)))"
    )
    assert done.stdout == "[]\n"


def test_importing_brings_no_other_package_than_requests_does():
    names = "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    requests, ours = (
        run(f"import sys, {name}; {names}") for name in ("requests", "kloudless_data")
    )
    more = set(literal_eval(ours.stdout)) - set(literal_eval(requests.stdout))
    assert more - set(sys.stdlib_module_names) <= {"kloudless_data"}


def test_the_help_is_shown_without_the_heavy_packages():
    done = run(
        "import sys\n"
        "from kloudless_data.cli import main\n"
        "sys.argv = ['kloudless-data', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'pandas', 'pyarrow', 'numpy', 'ipywidgets', 'starlette', 'uvicorn'} "
        "& set(sys.modules)))"
    )
    assert done.stdout.startswith("Usage:")
    assert done.stdout.endswith("\n[]\n")
