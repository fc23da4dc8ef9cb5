"""Interrupted exports that continue where they stopped; see also `tests/crash`."""

from __future__ import annotations

import json
import pickle
import shutil
import signal

import pyarrow.parquet as pq
import pytest
from exported import contents, left_behind
from unit.memory import MemorySandbox

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.cli.remedies import COMMAND_LINE
from kloudless_data.export import export
from kloudless_data.export.checkpoint import CheckpointWriter
from kloudless_data.export.manifest import Manifest

FORMATS = ["csv", "parquet", "jsonl", "csv.gz"]


@pytest.fixture(scope="module")
def server():
    with MemorySandbox(seed=11, accounts=3, events=400) as running:
        yield running


@pytest.fixture
def events(server):
    return kd.Account(token=server.accounts[0].token, base_url=server.base_url).events(page_size=20)


class Failing:
    """Ends an export after a number of its pages."""

    def __init__(self, monkeypatch, pages, what_happens):
        original, self.count = CheckpointWriter.write, 0

        def write(writer, *args):
            original(writer, *args)
            self.count += 1
            if self.count == pages:
                what_happens()

        monkeypatch.setattr(CheckpointWriter, "write", write)


@pytest.mark.parametrize("ending", FORMATS)
def test_ctrl_c_finishes_the_part_and_says_how_to_continue(events, tmp_path, monkeypatch, ending):
    path = tmp_path / f"events.{ending}"
    Failing(monkeypatch, 7, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(exceptions.ExportInterrupted, match=r"140 events are kept.*resume=True"):
        export(events, path, ending.split(".")[0], checkpoint_rows=60)
    assert not path.exists()
    [unfinished] = kd.verify(path)
    assert (unfinished.rows, unfinished.finished) == (140, None)
    with pytest.raises(exceptions.OutputExists, match=r"with 140 events.*resume=True"):
        export(events, path, ending.split(".")[0])
    manifest = export(events, path, ending.split(".")[0], resume=True)
    assert manifest.rows == 400
    whole = tmp_path / f"whole.{ending}"
    export(events, whole, ending.split(".")[0])
    assert contents(path) == contents(whole)
    assert manifest.finished
    assert manifest.first_modified == Manifest.read(whole).first_modified
    assert left_behind(tmp_path) == []


def test_force_starts_again(events, tmp_path, monkeypatch):
    path = tmp_path / "events.csv"
    Failing(monkeypatch, 7, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):  # which it is, too
        export(events, path, "csv")
    before = len(kd.verify(path))
    assert export(events, path, "csv", force=True).rows == 400
    assert before == 1
    assert left_behind(tmp_path) == []


def test_a_token_that_is_revoked_half_way(tmp_path):
    with MemorySandbox(seed=11, accounts=1, events=1_000) as own:
        account = kd.Account(token=own.accounts[0].token, base_url=own.base_url)
        seen = []
        with pytest.MonkeyPatch.context() as patch:
            Failing(patch, 4, lambda: own.revoke(own.accounts[0].token))
            with pytest.raises(exceptions.AuthorizationException) as caught:
                export(account.events(page_size=50), tmp_path / "e.csv", "csv")
        seen = kd.verify(tmp_path / "e.csv")[0].rows
        assert 200 <= seen < 1_000
        assert f"{seen} events are kept" in caught.value.__notes__[0]
        again = kd.Account(
            api_key=own.api_key, account_id=own.accounts[0].id, base_url=own.base_url
        )
        assert export(again.events(), tmp_path / "e.csv", "csv", resume=True).rows == 1_000
        export(again.events(), tmp_path / "whole.csv", "csv")
    assert contents(tmp_path / "e.csv") == contents(tmp_path / "whole.csv")


def test_a_folder_that_vanishes(events, tmp_path, monkeypatch):
    place = tmp_path / "out"
    place.mkdir()
    Failing(monkeypatch, 7, lambda: shutil.rmtree(place))
    with pytest.raises(exceptions.ExportFailed, match="could not be written"):
        export(events, place / "e.parquet", "parquet", checkpoint_rows=60)
    assert not place.exists()


def test_a_cursor_that_expired_meanwhile(tmp_path, monkeypatch):
    with MemorySandbox(accounts=1, events=500, expired_cursor="error") as own:
        account = kd.Account(token=own.accounts[0].token, base_url=own.base_url)
        Failing(monkeypatch, 1, lambda: signal.raise_signal(signal.SIGINT))
        with pytest.raises(exceptions.ExportInterrupted):
            export(account.events(page_size=50), tmp_path / "e.csv", "csv")
        own.clock.advance(hours=48)
        with pytest.raises(exceptions.APIException) as caught:
            export(account.events(page_size=50), tmp_path / "e.csv", "csv", resume=True)
    (note,) = caught.value.__notes__
    assert "50 events are kept" in note
    assert ("resume=True" in note, "--resume" in note) == (True, False)
    assert note.worded(COMMAND_LINE).endswith("Continue with the same command and --resume.")
    assert pickle.loads(pickle.dumps(note)).worded(COMMAND_LINE) == note.worded(COMMAND_LINE)
    assert kd.verify(tmp_path / "e.csv")[0].rows == 50


def test_only_the_same_export_is_resumed(server, events, tmp_path, monkeypatch):
    Failing(monkeypatch, 7, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(exceptions.ExportInterrupted):
        export(events, tmp_path / "e.csv", "csv")
    other = kd.Account(token=server.accounts[1].token, base_url=server.base_url)
    for different, options in [
        (other.events(), {}),
        (events.account.events(columns=["id"]), {}),
        (events.account.events(limit=5), {}),
        (events, {"keep_formulas": True}),
    ]:
        with pytest.raises(exceptions.ExportFailed, match="was started with"):
            export(different, tmp_path / "e.csv", "csv", resume=True, **options)
    assert export(events, tmp_path / "e.csv", "csv", resume=True).rows == 400


def test_a_limit_holds_over_both_halves(events, tmp_path, monkeypatch):
    limited = events.account.events(limit=190, page_size=20)
    Failing(monkeypatch, 7, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(exceptions.ExportInterrupted):
        export(limited, tmp_path / "e.jsonl", "jsonl")
    assert export(limited, tmp_path / "e.jsonl", "jsonl", resume=True).rows == 190


def test_each_of_many_accounts_continues_where_it_was(server, tmp_path, monkeypatch):
    accounts = [
        kd.Account(api_key=server.api_key, account_id=a.id, base_url=server.base_url)
        for a in server.accounts
    ]
    path = tmp_path / "all.parquet"
    Failing(monkeypatch, 17, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(exceptions.ExportInterrupted):
        export(kd.read_events(accounts, page_size=20), path, "parquet", checkpoint_rows=100)
    manifest = export(kd.read_events(accounts, page_size=20), path, "parquet", resume=True)
    assert manifest.rows == 1_200
    assert {entry["id"] for entry in manifest.accounts} == {str(a.id) for a in server.accounts}
    table = pq.read_table(path, columns=["account", "id"])
    assert len(set(zip(*table.to_pydict().values(), strict=True))) == 1_200


def test_resuming_what_is_finished_or_never_began(events, tmp_path):
    first = export(events, tmp_path / "e.csv", "csv", resume=True)
    assert export(events, tmp_path / "e.csv", "csv", resume=True) == first
    with pytest.raises(exceptions.OutputExists):
        export(events.account.events(limit=3), tmp_path / "e.csv", "csv", resume=True)


def test_two_exports_to_one_path(events, tmp_path, monkeypatch):
    met = []

    def another():
        with pytest.raises(exceptions.ExportFailed, match="Another export is writing") as caught:
            export(events, tmp_path / "e.csv", "csv", resume=True)
        met.append(caught)

    Failing(monkeypatch, 2, another)
    assert export(events, tmp_path / "e.csv", "csv").rows == 400
    assert met


def test_a_part_that_was_changed_is_not_published(events, tmp_path, monkeypatch):
    for ending, format in [("csv", "csv"), ("parquet", "parquet")]:
        with pytest.MonkeyPatch.context() as patch:
            Failing(patch, 7, lambda: signal.raise_signal(signal.SIGINT))
            with pytest.raises(exceptions.ExportInterrupted):
                export(events, tmp_path / f"e.{ending}", format, checkpoint_rows=60)
        part = tmp_path / f".e.{ending}.partial" / f"part-00001.{ending}"
        data = bytearray(part.read_bytes())
        data[len(data) // 2] ^= 1
        part.write_bytes(data)
        with pytest.raises(exceptions.VerificationFailed, match="part-00001"):
            kd.verify(tmp_path / f"e.{ending}")
        with pytest.raises(exceptions.ExportFailed, match="was changed or removed"):
            export(events, tmp_path / f"e.{ending}", format, resume=True)
        assert not (tmp_path / f"e.{ending}").exists()


# --- Folders, other file systems, repeated events ----------------------------------------------


def test_no_file_has_more_rows_than_requested_whatever_the_page_size(account, tmp_path):
    manifest = export(account.events(limit=400), tmp_path / "e", "parquet", rows_per_file=150)
    assert [part.rows for part in manifest.parts] == [150, 150, 100]
    assert manifest.rows == kd.verify(tmp_path / "e")[0].rows == 400


@pytest.mark.parametrize("ending", FORMATS)
def test_a_folder_of_files(events, tmp_path, ending):
    format = ending.split(".")[0]
    folder = tmp_path / ("events.gz" if ending.endswith("gz") else "events")
    manifest = export(events, folder, format, rows_per_file=150)
    files = sorted(file.name for file in folder.glob("part-*"))
    assert files == [f"part-0000{n}.{ending}" for n in range(3)]
    assert [part.rows for part in manifest.parts] == [140, 140, 120]
    assert (manifest.rows, manifest.sha256) == (400, None)
    assert Manifest.read(folder) == manifest == kd.verify(folder)[0]
    export(events, tmp_path / f"whole.{ending}", format)
    assert contents(folder) == contents(tmp_path / f"whole.{ending}")
    with pytest.raises(exceptions.OutputExists):
        export(events, folder, format, rows_per_file=150)
    assert len(export(events, folder, format, rows_per_file=200, force=True).parts) == 2
    assert left_behind(tmp_path) == []


def test_a_folder_with_other_things_in_it_is_never_replaced(events, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(exceptions.ExportFailed, match="other things"):
        export(events, tmp_path / "mine", "csv", rows_per_file=20, force=True)
    export(events, tmp_path / "out", "csv", rows_per_file=200)
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(exceptions.ExportFailed, match="other things"):
        export(events, tmp_path / "out", "csv", rows_per_file=20, force=True)
    assert (tmp_path / "out" / "notes.txt").exists()


def test_an_empty_stream_is_a_folder_with_one_file_of_columns(server, tmp_path):
    account = kd.Account(token=server.accounts[0].token, base_url=server.base_url)
    cursor = account.get("events/latest").data["cursor"]
    manifest = export(account.events(cursor=cursor), tmp_path / "e", "parquet", rows_per_file=5)
    assert [(part.file, part.rows) for part in manifest.parts] == [("part-00000.parquet", 0)]
    assert pq.read_table(tmp_path / "e").schema.names == account.events().schema.names


def test_gzip_is_the_same_bytes_every_time(events, tmp_path):
    one = export(events, tmp_path / "1.csv.gz", "csv")
    two = export(events, tmp_path / "2.csv.gz", "csv")
    assert one.sha256 == two.sha256
    with pytest.raises(exceptions.InvalidParameter, match="already compressed"):
        export(events, tmp_path / "e.parquet.gz", "parquet")


def test_other_file_systems(events, tmp_path, monkeypatch):
    export(events, tmp_path / "whole.csv", "csv")
    Failing(monkeypatch, 7, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(exceptions.ExportInterrupted, match="memory://"):
        export(events, "memory://bucket/e.csv", "csv", checkpoint_rows=60)
    export(events, "memory://bucket/e.csv", "csv", resume=True)
    export(events, "memory://bucket/folder", "csv", rows_per_file=140)
    assert len(kd.verify("memory://bucket")) == 2
    import fsspec

    files = fsspec.filesystem("memory")
    assert files.cat("/bucket/e.csv") == contents(tmp_path / "whole.csv")
    assert not [path for path in files.find("/bucket") if "/." in path]
    export(events, f"file://{tmp_path}/url.csv", "csv")
    assert contents(tmp_path / "url.csv") == contents(tmp_path / "whole.csv")
    with pytest.raises(exceptions.InvalidParameter, match="No file system is known"):
        export(events, "nonsense://bucket/e.csv", "csv")


def test_repeated_events_are_left_out(serve, tmp_path, monkeypatch):
    from conftest import Answer

    ids = [[1, 2, 3], [3, 4, 1], [5, 2, None], [None, 6, 6]]
    pages = {None: (0, ids[0]), **{str(n): (n, ids[n]) for n in range(1, 4)}}

    def answer(request):
        from urllib.parse import parse_qs, urlsplit

        if "/events" not in request.path:
            return Answer(body=b'{"id": 5}')
        cursor = parse_qs(urlsplit(request.path).query).get("cursor", [None])[0]
        number, objects = pages.get(cursor, (3, []))
        body = {"cursor": number + 1, "objects": [{"id": i} for i in objects]}
        return Answer(body=json.dumps(body).encode())

    account = kd.Account(token="t", base_url=serve(answer).base_url)
    expected = ["1", "2", "3", "4", "5", None, None, "6"]
    for ending in ("parquet", "jsonl"):
        path = tmp_path / f"e.{ending}"
        with pytest.MonkeyPatch.context() as patch:
            Failing(patch, 2, lambda: signal.raise_signal(signal.SIGINT))
            with pytest.raises(exceptions.ExportInterrupted):
                export(account.events(), path, ending, deduplicate=True)
        manifest = export(account.events(), path, ending, deduplicate=True, resume=True)
        assert (manifest.rows, manifest.duplicates) == (8, 4)
        if ending == "parquet":
            assert pq.read_table(path)["id"].to_pylist() == expected
        else:
            found = [json.loads(line)["id"] for line in path.read_text().splitlines()]
            assert [None if i is None else str(i) for i in found] == expected
    with pytest.raises(exceptions.InvalidParameter, match="column id"):
        export(account.events(columns=["type"]), tmp_path / "x.csv", "csv", deduplicate=True)
    assert left_behind(tmp_path) == []


def test_verify_finds_changes_and_missing_files(events, tmp_path):
    export(events, tmp_path / "a.csv", "csv")
    export(events, tmp_path / "b", "csv", rows_per_file=200)
    assert [manifest.file for manifest in kd.verify(tmp_path)] == ["a.csv", "b"]
    (tmp_path / "a.csv").write_text("short")
    (tmp_path / "b" / "part-00000.csv").unlink()
    with pytest.raises(exceptions.VerificationFailed) as caught:
        kd.verify(tmp_path)
    assert len(caught.value.problems) == 2
    assert "has 5 bytes" in caught.value.problems[0]
    assert "is missing" in caught.value.problems[1]
    (tmp_path / "empty").mkdir()
    with pytest.raises(exceptions.ExportFailed, match="nothing to verify"):
        kd.verify(tmp_path / "empty")
