"""Syncs in processes of their own, and archives beside the true history."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import kloudless_data as kd

SYNCING = Path(__file__).with_name("syncing.py")


def start(server, path, **given):
    given = {"base_url": server.base_url, "api_key": server.api_key, "path": str(path), **given}
    return subprocess.Popen(
        [sys.executable, SYNCING, json.dumps(given)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def client_of(server):
    return kd.Client(api_key=server.api_key, base_url=server.base_url)


def check_against_history(archive, server):
    """Nothing missing, nothing doubled, and each account in the server's order."""
    frame = archive.events(columns=["account_key", "ordinal", "id"])
    for account in server.accounts:
        history = server.history(account)
        mine = frame[frame["account_key"] == str(account.id)]
        expected = [str(history.event(i)["id"]) for i in range(len(history))]
        assert list(mine["id"]) == expected
        assert list(mine["ordinal"]) == list(range(len(expected)))
