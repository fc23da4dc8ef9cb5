"""Lists of records, cut into blocks anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from repeats import some
from unit.logs import samples

import kloudless_data as kd


@pytest.mark.parametrize(
    ("inside", "block"),
    some(4, [(False, 1_001), (True, 64), (False, 7), (True, 1), (True, 1_001), (False, 64),
             (True, 7), (False, 1)]),
)  # fmt: skip
def test_a_list_longer_than_a_block_is_read_whole(
    inside: bool, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = samples.many("box", 12)
    for number, record in enumerate(records):
        record["source"]["item_name"] = '\\"}],{[' * (number % 7) + "\\" * (number % 5)
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"a": {"entries": 1}, "entries": records} if inside else records))
    monkeypatch.setattr("kloudless_data.logs.files.BLOCK", block)
    found = kd.read_log(path, progress=False).to_frame()["raw"]
    assert [json.loads(raw) for raw in found] == records
