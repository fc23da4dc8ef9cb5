"""How the command ends when it is interrupted, or when the reader of its output stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import kloudless_data as kd
from kloudless_data.archive import Archive
from kloudless_data.sandbox import Company, Sandbox


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
    """It arrives while the sentence about the first one is printed."""
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
    assert ended.stderr == "Interrupted. What was printed is incomplete; no file is half-written.\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["events", "export", "--help"]])
def test_standard_output_on_a_full_disk_is_a_sentence(arguments):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = subprocess.run(
            [sys.executable, "-m", "kloudless_data", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (1, "error: No space left on device\n")


def test_closing_the_pipe_early_ends_the_command_quietly(tmp_path):
    """Even if all of the output fits the buffer, so that only flushing it fails."""
    Archive(tmp_path / "a").init()
    many = "select r.range as id from range(200000) r"
    for query, options in ((many, ["--jsonl"]), (many, ["--csv"]), (many, []), ("select 1", [])):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [sys.executable, "-m", "kloudless_data", "archive", "sql", str(tmp_path / "a"), query,
             *options],
            stdout=writing, stderr=subprocess.PIPE, timeout=100,
        )  # fmt: skip
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, b"")


def test_the_command_prints_on_any_encoding(tmp_path):
    Archive(tmp_path / "a").init()
    for encoding in ("ascii", "cp1252"):
        done = subprocess.run(
            [sys.executable, "-m", "kloudless_data", "archive", "sql", str(tmp_path / "a"),
             "select 'Сегодня 😀' as name"],
            capture_output=True, timeout=100, env={**os.environ, "PYTHONIOENCODING": encoding},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"\\u0421" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="has no limits on the size of files")
@pytest.mark.parametrize(
    "command",
    [
        ["audit", "find", "{events}"],
        ["access", "findings", "{access}"],
        ["archive", "sql", "{archive}", "select * from range(4_000_000) order by random()"],
    ],
    ids=" ".join,
)
def test_a_full_temporary_folder_is_explained(command, tmp_path, sandbox):
    account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    paths = {name: tmp_path / name for name in ("events", "access", "archive")}
    given = [one.format(**paths) for one in command]
    if "audit" in command:
        account.events(limit=2_000).to_parquet(paths["events"])
    elif "archive" in command:
        Archive(paths["archive"]).init()
    else:
        with Sandbox(accounts=1, events=0, organisations=[Company(people=5, items=50)]) as company:
            client = kd.Client(api_key=company.api_key, base_url=company.base_url)
            kd.Access(paths["access"]).snapshot(client)
    ended = python(
        "import resource, sys\n"
        "from kloudless_data.__main__ import main\n"
        "_, most = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, most))  # as if the disk were full\n"
        "import duckdb\n"
        "def connect(*given, connect=duckdb.connect):\n"
        "    return connect(*given, config={'memory_limit': '40MB'})  # so that much is written\n"
        "duckdb.connect = connect\n"
        f"sys.argv[1:] = {given!r}\n"
        "sys.exit(main())",
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith(f"error: The temporary folder {tmp_path} cannot hold what")
    assert "set TMPDIR" in ended.stderr
    assert list(tmp_path.glob("kloudless-*")) == []
