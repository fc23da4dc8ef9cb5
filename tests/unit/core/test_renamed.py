"""Names that were changed: the former ones still work, and files that have them are still read."""

from __future__ import annotations

import json
import signal
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kloudless_data import exceptions
from kloudless_data.archive.ledger import Entry
from kloudless_data.audit import FrameRule, rule
from kloudless_data.audit.rules.slow import DepartingEmployee
from kloudless_data.cli import main
from kloudless_data.export import export_frame
from kloudless_data.export.checkpoint import CheckpointWriter
from kloudless_data.export.manifest import Manifest

FRAME = pd.DataFrame({"name": ["=1"]})


def exported(path: Path, **options: Any) -> str:
    export_frame(FRAME, path, "csv", name="names", **options)
    return path.read_text()


RENAMED = [
    (lambda path, **given: exported(path, **given), "plain", "keep_formulas", True),
    (lambda path, **given: FrameRule(label="x", **given), "where", "condition", "kind = 'add'"),
    (lambda path, **given: rule("x", **given)(len).condition, "where", "condition", "true"),
    (lambda path, **given: DepartingEmployee(**given), "gone", "inactive_days", 5.0),
]


@pytest.mark.parametrize(("call", "former", "present", "value"), RENAMED)
def test_a_former_name_works_and_warns_where_it_is_written(call, former, present, value, tmp_path):
    with pytest.warns(DeprecationWarning, match=f"{former} is now called {present}") as caught:
        before = call(tmp_path / "a", **{former: value})
    assert [Path(one.filename) for one in caught] == [Path(__file__)]
    with warnings.catch_warnings(action="error"):
        assert call(tmp_path / "b", **{present: value}) == before


@pytest.mark.parametrize(("call", "former", "present", "value"), RENAMED)
def test_both_names_at_once_are_refused(call, former, present, value, tmp_path):
    with pytest.raises(TypeError, match=f"{former} is the former name of {present}"):
        call(tmp_path / "a", **{former: value, present: value})


def test_the_former_option_works_and_help_shows_only_the_new_one(account, tmp_path, capsys):
    path = tmp_path / "e.csv"
    server = ["--token", str(account.token), "--base-url", account.settings.base_url]
    assert main(["events", "export", "-o", str(path), "--plain", *server]) == 0
    assert Manifest.read(path).formulas == "as they are"
    assert main(["events", "export", "--help"]) == 0
    said = capsys.readouterr().out
    assert ("--keep-formulas" in said, "--plain" in said) == (True, False)


def test_an_export_that_an_earlier_version_began_is_resumed(account, tmp_path, monkeypatch):
    path, write = tmp_path / "e.csv", CheckpointWriter.write

    def interrupted(*args: Any) -> None:
        write(*args)
        signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch, pytest.raises(exceptions.ExportInterrupted):
        patch.setattr(CheckpointWriter, "write", interrupted)
        account.events(page_size=10).to_csv(path, keep_formulas=True)
    (journal,) = tmp_path.glob("*/_manifest.json")
    said = json.loads(journal.read_text())
    said["options"]["plain"] = said["options"].pop("keep_formulas")
    journal.write_text(json.dumps(said))
    with pytest.raises(exceptions.ExportFailed, match="was started with"):
        account.events(page_size=10).to_csv(path, resume=True)
    manifest = account.events(page_size=10).to_csv(path, resume=True, keep_formulas=True)
    assert manifest.options["keep_formulas"] is True
    assert Manifest.read(path).options == manifest.options


def test_an_entry_of_the_ledger_has_the_hash_and_the_columns_that_it_always_had():
    then = datetime(2026, 3, 1, tzinfo=UTC)
    entry = Entry("", 2, "ab", then, then, disconnected=["7", "8"]).sealed()
    assert entry.hash == "6908f7959e87ae3797ab1ee27053da7993c12148d94352317e99aca47c314f07"
    row = entry.to_row()
    assert (row["gone"], "disconnected" in row) == ('["7", "8"]', False)
    assert Entry.from_row(row) == entry
