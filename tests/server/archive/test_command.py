"""The command repeats syncs in a process that gets signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from kloudless_data.sandbox import Sandbox


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(seed=21, accounts=3, events=600) as running:
        yield running


def test_a_repeated_sync_ends_on_a_signal(server, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", "archive", "sync", str(tmp_path / "a"),
         "--every", "1s"],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "KLOUDLESS_BASE_URL": server.base_url,
             "KLOUDLESS_API_KEY": server.api_key},
    )  # fmt: skip
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert [json.loads(line)["events"] for line in lines] == [1_800, 0]


def test_a_run_that_fails_prints_a_line_too_and_the_next_one_is_tried(server, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", "archive", "sync", str(tmp_path / "a"),
         "--every", "1s"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "KLOUDLESS_BASE_URL": server.base_url, "KLOUDLESS_API_KEY": "wrong"},
    )  # fmt: skip
    lines = [json.loads(process.stdout.readline()) for _ in range(2)]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 1
    assert all("401" in line["error"] and line["finished"] for line in lines)
