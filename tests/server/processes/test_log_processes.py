"""``logs import --processes``: other processes convert, and the file is the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq


def test_the_command_writes_the_same_events_with_processes(tmp_path: Path) -> None:
    """And ends with them."""
    records = [
        {"event_id": f"id-{number}", "event_type": "ITEM_TRASH", "type": "event",
         "created_at": "2026-03-01T10:00:00Z", "created_by": {"login": "ann@corp.example"}}
        for number in range(20_000)
    ]  # fmt: skip
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, records)) + "\nbroken\n")
    for number in ("1", "2"):
        ended = subprocess.run(
            [sys.executable, "-m", "kloudless_data", "logs", "import", "log.jsonl",
             "--output", f"{number}.parquet", "--processes", number],
            check=False, cwd=tmp_path, env=os.environ, timeout=120,
        )  # fmt: skip
        assert ended.returncode == 1  # of the broken line
    alone, spread = (pq.read_table(tmp_path / f"{number}.parquet") for number in "12")
    assert alone.num_rows == 20_000
    assert spread.replace_schema_metadata(None).equals(alone.replace_schema_metadata(None))
    damaged = [(tmp_path / f"{number}.parquet.damaged.jsonl").read_text() for number in "12"]
    assert damaged[0] == damaged[1] != ""
