"""How the command ends when somebody ends it, and what it says on the way out."""

from __future__ import annotations

import io
import signal
import subprocess
import sys

import openpyxl
import pytest

import kloudless_data as kd
from kloudless_data import __main__ as command
from kloudless_data.cli import main


@pytest.fixture
def run(capfdbinary, sandbox, monkeypatch):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_TOKEN", sandbox.accounts[0].token)
    monkeypatch.setenv("KLOUDLESS_API_KEY", sandbox.api_key)

    def run(*arguments):
        # pytest's own standard output has no file descriptor behind it.
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.FileIO(1, "wb", closefd=False)))
        status = main([str(argument) for argument in arguments])
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return status, out, err.decode()

    return run


def python(source, **options):
    return subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=60, **options
    )


def test_the_command_imports_nothing_before_it_can_answer_ctrl_c():
    ended = python(
        "import sys, kloudless_data.__main__\n"
        "slow = ('requests', 'click', 'pandas', 'pyarrow')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    assert (ended.returncode, ended.stdout) == (0, "[]\n")


def test_ctrl_c_while_it_starts_is_a_sentence():
    ended = python(
        "import sys\n"
        "from kloudless_data.__main__ import main\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'click':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "sys.exit(main())"
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "Interrupted.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_ctrl_c_says_no_more_than_the_first(number):
    """It comes while the sentence about the first one is printed."""
    ended = python(
        "import signal, sys, click\n"
        "from kloudless_data import __main__, cli\n"
        "def interrupted(*args, **kwargs):\n"
        f"    signal.raise_signal({int(number)})\n"
        "cli.cli.main = interrupted\n"
        "echo = click.echo\n"
        "def echo_interrupted(*args, **kwargs):\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    echo(*args, **kwargs)\n"
        "click.echo = echo_interrupted\n"
        "sys.argv = ['kloudless-data', 'x']\n"
        "sys.exit(__main__.main())"
    )
    assert ended.returncode == 130
    assert ended.stderr == "Interrupted. No half-written file was left.\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["events", "export", "--help"]])
def test_standard_output_on_a_full_disk_is_a_sentence(arguments):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = subprocess.run(
            [sys.executable, "-m", "kloudless_data", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (1, "error: No space left on device\n")


def test_events_go_through_a_pipe(run, account):
    status, out, err = run("events", "export", "--format", "jsonl", "-o", "-", "--limit", "1500")
    assert status == 0
    assert len(out.splitlines()) == 1_500
    assert "1,500 events" in err
    assert "continue next time with: --cursor" in err
    assert "manifest" not in err


def test_a_listing_goes_through_a_pipe(run):
    status, out, err = run("accounts", "list", "--format", "csv", "-o", "-", "--separator", ";")
    assert (status, out.count(b"\n")) == (0, 11)
    assert out.startswith(b'"id";')
    assert "10 accounts" in err


def test_standard_output_is_csv_by_default_and_files_need_a_place(run):
    status, out, _ = run("events", "export", "-o", "-", "--limit", "2")
    assert (status, out.startswith(b'"id"'), out.count(b"\n")) == (0, True, 3)
    assert run("accounts", "list", "--format", "csv")[0] == 2
    status, _, err = run("events", "export", "-o", "-", "--format", "parquet")
    assert (status, "standard output" in err) == (2, True)


def test_a_workbook_by_its_ending(run, tmp_path):
    status, out, _ = run("events", "export", "-o", tmp_path / "e.xlsx", "--limit", "5")
    assert (status, out.startswith(b"5 events")) == (0, True)
    assert openpyxl.load_workbook(tmp_path / "e.xlsx").active.max_row == 6
    assert kd.verify(tmp_path)[0].format == "xlsx"


def test_main_is_the_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["kloudless-data", "--version"])
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        assert command.main() == 0
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert capsys.readouterr().out.startswith("kloudless-data ")
