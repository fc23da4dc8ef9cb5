"""`events follow` as a process: Ctrl-C ends it cleanly, and a kill loses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

from conftest import Answer

from kloudless_data.sandbox import Sandbox


def follow(base_url, token, *options, **kwargs):
    return subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", "events", "follow", "--every", "1s", *options],
        env={**os.environ, "KLOUDLESS_BASE_URL": base_url, "KLOUDLESS_TOKEN": token}, **kwargs,
    )  # fmt: skip


def test_it_prints_events_as_they_happen_and_ends_cleanly(serve):
    """The second event arrives while the command waits."""
    asked, lock = [], threading.Lock()

    def answer(request):
        with lock:
            asked.append(request)
            there = 2 if len(asked) > 3 else 1
        at = int(request.path.partition("cursor=")[2].partition("&")[0] or 0)
        objects = [{"id": n} for n in range(at, there)]
        return Answer(body=json.dumps({"cursor": max(at, there), "objects": objects}).encode())

    process = follow(serve(answer).base_url, "t", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                     text=True)  # fmt: skip
    try:
        lines = [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert [json.loads(line) for line in lines] == [{"id": 0}, {"id": 1}]
    assert (process.returncode, out, err) == (0, "", "continue with: --cursor 2\n")


def test_kills_lose_nothing(tmp_path):
    """Each event is printed at least once, and before its position is saved."""
    kept, found = tmp_path / "seen.json", set()
    with Sandbox(seed=5, accounts=1, events=4_000) as sandbox:
        account = sandbox.accounts[0]
        expected = {str(event["id"]) for event in sandbox.history(account)}
        for count in (1, 40, 1_100, 5, 900, None):
            process = follow(sandbox.base_url, account.token, "--positions", str(kept),
                             stdout=subprocess.PIPE)  # fmt: skip
            lines = iter(process.stdout.readline, b"")
            for number, line in enumerate(lines, start=1):
                found.add(str(json.loads(line)["id"]))
                if number == count or found == expected:
                    break
            process.kill()
            found |= {str(json.loads(line)["id"]) for line in lines if line.endswith(b"}\n")}
            process.wait()
    assert found == expected
