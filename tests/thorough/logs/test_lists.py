"""Lists of records, cut into blocks anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from unit.logs import samples

import kloudless_data as kd


def test_a_list_longer_than_a_block_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = samples.many("box", 12)
    for number, record in enumerate(records):
        record["source"]["item_name"] = '\\"}],{[' * (number % 7) + "\\" * (number % 5)
    path = tmp_path / "list.json"
    bare, inside = json.dumps(records), json.dumps({"a": {"entries": 1}, "entries": records})
    for text, blocks in ((bare, (1_001, 7)), (inside, (64, 1))):
        path.write_text(text)
        for block in blocks:
            monkeypatch.setattr("kloudless_data.logs.files.BLOCK", block)
            assert [
                json.loads(raw) for raw in kd.read_log(path, progress=False).to_frame()["raw"]
            ] == records
