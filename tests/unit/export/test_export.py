"""Files that appear whole or not at all, read back equal, and say what they hold."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Answer
from pandas.testing import assert_frame_equal
from pyarrow import csv as pacsv

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.export import export_frame
from kloudless_data.export.manifest import Manifest, manifest_path

from ..memory import MemorySandbox

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", 'a"b', "a,b", "a\nb", "", None, "NULL",
           "naïve 🎉", "'=1", " =1"]  # fmt: skip


def write(account, path, format, **kwargs):
    events = account.events(page_size=700, limit=1800)
    return getattr(events, f"to_{format}")(path, **kwargs)


@pytest.fixture
def hostile(serve):
    """An account with file names that an attacker would choose."""
    objects = [{"id": i, "metadata": {"name": name, "size": i}} for i, name in enumerate(HOSTILE)]
    server = serve(
        Answer(body=b'{"id": 5, "service": "box", "account": "x"}'),
        Answer(body=json.dumps({"cursor": 9, "objects": objects}).encode()),
        Answer(body=b'{"cursor": 9, "objects": []}'),
    )
    return kd.Account(token="t", base_url=server.base_url)


@pytest.mark.parametrize("format", ["csv", "parquet", "jsonl"])
def test_the_manifest_tells_the_truth(account, sandbox, tmp_path, format):
    path = tmp_path / f"events.{format}"
    manifest = write(account, path, format)
    data = path.read_bytes()
    assert manifest == Manifest.read(path) == Manifest.read(manifest_path(path))
    assert manifest.rows == 1800
    assert manifest.bytes == len(data)
    assert manifest.sha256 == hashlib.sha256(data).hexdigest()
    assert manifest.account == str(sandbox.accounts[0].id)
    assert manifest.service == sandbox.accounts[0].service
    assert manifest.server == sandbox.base_url
    assert (manifest.api_version, manifest.cursor_from) == (1, None)
    assert manifest.schema == "events.v1/1"
    df = account.events(limit=1800).to_frame()
    assert pd.Timestamp(manifest.first_modified) == df["modified"].min()
    assert pd.Timestamp(manifest.last_modified) == df["modified"].max()
    rest = account.events(cursor=manifest.cursor_to).to_frame()
    assert len(rest) == 700
    assert sorted(os.listdir(tmp_path)) == [f"events.{format}", f"events.{format}.manifest.json"]


def test_parquet_reads_back_equal(account, tmp_path):
    write(account, tmp_path / "e.parquet", "parquet")
    df = account.events(limit=1800).to_frame(dtype_backend="pyarrow")
    assert_frame_equal(pd.read_parquet(tmp_path / "e.parquet", dtype_backend="pyarrow"), df)
    metadata = pq.read_metadata(tmp_path / "e.parquet").metadata
    assert metadata[b"kloudless_data.schema"] == b"events.v1/1"
    assert metadata[b"kloudless_data.cursor_to"]
    assert (
        pq.ParquetFile(tmp_path / "e.parquet").metadata.row_group(0).column(0).compression == "ZSTD"
    )


def test_csv_reads_back_equal(account, tmp_path):
    write(account, tmp_path / "e.csv", "csv", keep_formulas=True)
    events = account.events(limit=1800)
    expected = pa.Table.from_batches(events, events.schema)
    types = {field.name: field.type for field in expected.schema}
    options = pacsv.ConvertOptions(
        column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    table = pacsv.read_csv(
        tmp_path / "e.csv", convert_options=options,
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
    )  # fmt: skip
    assert table.equals(expected)
    frame = pd.read_csv(tmp_path / "e.csv", dtype={"id": str})
    assert list(frame["id"]) == expected["id"].to_pylist()


def test_json_lines_hold_what_the_server_sent(account, sandbox, tmp_path):
    write(account, tmp_path / "e.jsonl", "jsonl")
    history = sandbox.history(sandbox.accounts[0])
    lines = (tmp_path / "e.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == list(history)[:1_800]


def test_cells_that_a_spreadsheet_would_run_are_neutralised(hostile, tmp_path):
    manifest = hostile.events().to_csv(tmp_path / "e.csv")
    assert manifest.formulas == "neutralised"
    with (tmp_path / "e.csv").open(newline="", encoding="utf-8") as file:
        names = [row["metadata_name"] for row in csv.DictReader(file)]
    assert names[:6] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx"]
    assert names[6:-2] == [name or "" for name in HOSTILE[6:-2]]
    assert names[-2:] == ["''=1", "' =1"]  # the first looked neutralised; it can be told apart
    cells = [cell for row in csv.reader((tmp_path / "e.csv").open(newline="")) for cell in row]
    assert not [cell for cell in cells if re.match(r"[=+\-@\t\r]", cell)]


def test_plain_leaves_them(hostile, tmp_path):
    manifest = hostile.events().to_csv(tmp_path / "e.csv", keep_formulas=True)
    assert manifest.formulas == "as they are"
    with (tmp_path / "e.csv").open(newline="", encoding="utf-8") as file:
        assert [row["metadata_name"] for row in csv.DictReader(file)] == [n or "" for n in HOSTILE]


def test_parquet_is_never_changed(hostile, tmp_path):
    hostile.events().to_parquet(tmp_path / "e.parquet")
    assert pq.read_table(tmp_path / "e.parquet")["metadata_name"].to_pylist() == HOSTILE


def test_an_empty_stream_is_a_file_with_columns(account, tmp_path):
    cursor = account.get("events/latest").data["cursor"]
    for format in ("csv", "parquet", "jsonl"):
        events = account.events(cursor=cursor)
        manifest = getattr(events, f"to_{format}")(tmp_path / f"e.{format}")
        assert (manifest.rows, manifest.cursor_to) == (0, str(cursor))
    assert list(pd.read_csv(tmp_path / "e.csv").columns) == events.schema.names
    assert pq.read_schema(tmp_path / "e.parquet").names == events.schema.names
    assert (tmp_path / "e.jsonl").read_bytes() == b""


# --- Nothing is overwritten, and nothing is left half-written ---------------------------------


def test_an_existing_file_is_not_replaced_without_force(account, tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("mine")
    with pytest.raises(exceptions.OutputExists, match="force"):
        write(account, path, "csv")
    assert path.read_text() == "mine"
    assert write(account, path, "csv", force=True).rows == 1800
    assert len(path.read_text()) > 1000


def test_a_folder_is_not_a_file(account, tmp_path):
    with pytest.raises(exceptions.ExportFailed, match="is a folder"):
        write(account, tmp_path, "csv")


def test_a_folder_that_is_missing(account, tmp_path):
    with pytest.raises(exceptions.ExportFailed, match="does not exist"):
        write(account, tmp_path / "no" / "e.csv", "csv")


def test_a_folder_that_is_not_writable(account, tmp_path, monkeypatch):
    # The tests may run as root, whom no permission stops.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(exceptions.ExportFailed, match="not writable"):
        write(account, tmp_path / "e.csv", "csv")


@pytest.mark.parametrize("format", ["csv", "parquet", "jsonl"])
def test_a_failure_half_way_keeps_what_was_read_and_what_was_there(serve, tmp_path, format):
    kd.configuration["max_retries"] = 0
    objects = json.dumps([{"id": i} for i in range(50)])
    server = serve(
        Answer(body=b'{"id": 5}'),
        Answer(body=f'{{"cursor": 1, "objects": {objects}}}'.encode()),
        Answer(401, b'{"message": "revoked"}'),
    )
    old = tmp_path / f"e.{format}"
    old.write_text("old")
    events = kd.Account(token="t", base_url=server.base_url).events()
    with pytest.raises(exceptions.AuthorizationException):
        getattr(events, f"to_{format}")(old, force=True)
    assert sorted(os.listdir(tmp_path)) == [f".e.{format}.partial", f"e.{format}"]
    assert old.read_text() == "old"


def test_an_unknown_format(account, tmp_path):
    from kloudless_data.export import export

    with pytest.raises(exceptions.InvalidParameter, match="csv, parquet, jsonl"):
        export(account.events(), tmp_path / "e.ods", "ods")


def test_a_manifest_that_is_missing_or_damaged(tmp_path):
    with pytest.raises(exceptions.ExportFailed, match="no file or folder"):
        Manifest.read(tmp_path / "e.csv")
    (tmp_path / "e.csv").write_text("id")
    with pytest.raises(exceptions.ExportFailed, match="no manifest"):
        Manifest.read(tmp_path / "e.csv")
    Path(manifest_path(tmp_path / "e.csv")).write_text("{")
    with pytest.raises(exceptions.ExportFailed, match="cannot be read"):
        Manifest.read(tmp_path / "e.csv")


@pytest.mark.parametrize("format", ["csv", "parquet", "jsonl"])
def test_a_frame_is_written_with_the_same_guarantees(tmp_path, format):
    frame = pd.DataFrame({"name": ["=1", "b"], "n": [1, 2]})
    manifest = export_frame(frame, tmp_path / f"f.{format}", format, name="things")
    assert (manifest.rows, manifest.schema) == (2, "things")
    assert Manifest.read(tmp_path / f"f.{format}") == manifest
    if format == "jsonl":
        lines = (tmp_path / "f.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == frame.to_dict("records")


def test_no_credential_is_in_any_file(account, sandbox, tmp_path):
    for format in ("csv", "parquet", "jsonl"):
        write(account, tmp_path / f"e.{format}", format)
    secrets = [sandbox.api_key, sandbox.meta_token, *(a.token for a in sandbox.accounts)]
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert not [s for s in secrets if s.encode() in data]


def test_the_rows_written_are_those_that_the_sandbox_served(tmp_path):
    with MemorySandbox(seed=3, accounts=2, events=1_500) as own:
        account = kd.Account(token=own.accounts[0].token, base_url=own.base_url)
        manifest = account.events(page_size=400).to_csv(tmp_path / "e.csv")
        assert own.events_served[own.accounts[0].id] == manifest.rows == 1_500
        assert own.events_served[own.accounts[1].id] == 0
        listed = kd.list_accounts(kd.Client(api_key=own.api_key, base_url=own.base_url))
        served = [r for r in own.requests if r.path.rstrip("/").endswith("/v1/accounts")]
        assert sum(r.objects or 0 for r in served) == len(listed) == 2


def test_an_export_of_many_accounts_says_where_to_continue_each(sandbox, tmp_path):
    accounts = [
        kd.Account(api_key=sandbox.api_key, account_id=a.id, base_url=sandbox.base_url)
        for a in sandbox.accounts[:3]
    ]
    manifest = kd.read_events(accounts).to_parquet(tmp_path / "all.parquet")
    assert manifest.rows == 7_500
    assert (manifest.account, manifest.cursor_to) == (None, None)
    positions = Manifest.read(tmp_path / "all.parquet").positions
    assert set(positions) == {str(a.id) for a in sandbox.accounts[:3]}
    assert kd.read_events(accounts, cursors=positions).to_frame().empty


@pytest.mark.parametrize("dtype", ["str", "category", "object"])
def test_a_frames_formulas_are_neutralised_too(tmp_path, dtype):
    """A DataFrame's texts have other Arrow types than an event stream's."""
    import pandas as pd

    from kloudless_data.export import export_frame

    frame = pd.DataFrame({"name": pd.Series(["=1+1", "x"], dtype=dtype), "@size": [1, 2]})
    export_frame(frame, tmp_path / "a.csv", "csv", name="files")
    assert (tmp_path / "a.csv").read_text().split() == ['"name","\'@size"', '"\'=1+1",1', '"x",2']
    export_frame(frame, tmp_path / "b.csv", "csv", name="files", keep_formulas=True)
    assert '"=1+1",1' in (tmp_path / "b.csv").read_text()
