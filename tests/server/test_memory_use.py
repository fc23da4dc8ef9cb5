"""Memory does not grow with the stream: exports run in a process with limited memory."""

from __future__ import annotations

import subprocess
import sys

import pytest
from repeats import some

from kloudless_data.sandbox import Sandbox

# The limit is on writable memory. RLIMIT_AS would include what allocators only reserve.
PROGRAM = """
import re, resource, sys
from pathlib import Path
import pandas, pyarrow.parquet
import kloudless_data as kd

base_url, token, what, rows, limit, path = sys.argv[1:]
events = kd.Account(token=token, base_url=base_url).events(progress=False)
before = int(re.search(r"VmData:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
most = before + int(limit) * 1_000_000
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
try:
    if what == "export":
        print(events.to_parquet(path, checkpoint_rows=int(rows)).rows)
    else:
        print(len(events.to_frame()))
except MemoryError as error:
    sys.exit(f"out of memory: {error!r}")
"""
LIMIT = 300  # MB more than the imports take
NUMBA = 150  # MB more for Numba, and the SciPy it imports where it is installed
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc and RLIMIT_DATA")


# The frame of 300,000 events takes 200 MB, and twice that while it is being built.
@pytest.fixture(scope="module", params=some(1, [300_000, 1_000_000]))
def long_history(request):
    with Sandbox(
        accounts=1, events=request.param, span=2400, retention_events=None, retention_hours=None
    ) as sandbox:
        yield sandbox, request.param


def limited(sandbox, what, path, limit=LIMIT, rows=1_000_000):
    numbers = map(str, (rows, limit))
    arguments = [sandbox.base_url, sandbox.accounts[0].token, what, *numbers, str(path)]
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=110
    )


@pytest.mark.parametrize("parts", some(1, [2, 1]))
def test_an_export_needs_no_more_memory_than_it_is_allowed(long_history, parts, tmp_path):
    """Joining an export's parts takes more than to write one."""
    sandbox, events = long_history
    done = limited(sandbox, "export", tmp_path / "events.parquet", rows=events // parts)
    assert (done.stdout.strip(), done.returncode) == (str(events), 0), done.stderr


@pytest.mark.soak
def test_an_export_with_numba_needs_little_more_memory(long_history, tmp_path, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setenv("KLOUDLESS_DECODE", "numba")
    sandbox, events = long_history
    done = limited(sandbox, "export", tmp_path / "events.parquet", LIMIT + NUMBA)
    assert (done.stdout.strip(), done.returncode) == (str(events), 0), done.stderr


def test_the_limit_is_one_that_holding_all_events_would_exceed(long_history, tmp_path):
    sandbox, _ = long_history
    done = limited(sandbox, "frame", tmp_path / "unused")
    assert done.returncode != 0
    assert "out of memory" in done.stderr
