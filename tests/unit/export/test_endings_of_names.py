"""A file's name and its format agree, whoever exports."""

from __future__ import annotations

import gzip

import pandas as pd
import pyarrow as pa
import pytest

import kloudless_data as kd
from kloudless_data.cli import main
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.export.api import export_batches, export_frame

METHODS = {"csv": "to_csv", "parquet": "to_parquet", "jsonl": "to_jsonl", "xlsx": "to_excel"}
ENDINGS = {
    "csv": ["csv", "CSV", "csv.gz", "tsv"],
    "parquet": ["parquet", "pq"],
    "jsonl": ["jsonl", "ndjson", "json", "jsonl.gz"],
    "xlsx": ["xlsx", "xls"],
}
CONTRADICTIONS = [
    (format, ending)
    for format in METHODS
    for other, endings in ENDINGS.items()
    for ending in endings
    if format != other
]
FRAME = pd.DataFrame({"n": [1, 2]})
TABLE = pa.table({"n": [1, 2]})
EXPORTERS = {
    "stream": lambda account, path, format: getattr(account.events(), METHODS[format])(path),
    "folder": lambda account, path, format: account.events().export(path, format, rows_per_file=9),
    "listing": lambda account, path, format: getattr(
        account.get("storage/folders/root/contents"), METHODS[format]
    )(path),
    "frame": lambda _, path, format: export_frame(FRAME, path, format, name="numbers"),
    "batches": lambda _, path, format: export_batches(
        TABLE.to_batches(), TABLE.schema, path, format, name="numbers"
    ),
}


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize(("format", "ending"), CONTRADICTIONS)
def test_a_name_that_says_another_format_is_refused(account, tmp_path, exporter, format, ending):
    path = tmp_path / f"rows.{ending}"
    with pytest.raises(InvalidParameter) as caught:
        EXPORTERS[exporter](account, path, format)
    told = str(caught.value)
    meant = next(name for name, endings in ENDINGS.items() if ending in endings)
    assert f"Use {METHODS[meant]}, or a name that ends in .{format}." in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["zip", "zst", "bz2", "xz", "tgz"])
@pytest.mark.parametrize("format", METHODS)
def test_a_name_that_says_it_is_packed_otherwise_is_refused(tmp_path, format, ending):
    with pytest.raises(InvalidParameter, match=f"would not be packed .* End it in .{format}"):
        export_frame(FRAME, tmp_path / f"rows.{format}.{ending}", format, name="numbers")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["rows", "rows.dat", "rows.2026-11", "parquet", "a.parquet/rows"])
def test_a_name_that_says_nothing_is_taken(tmp_path, name):
    (tmp_path / "a.parquet").mkdir()
    assert export_frame(FRAME, tmp_path / name, "csv", name="numbers").rows == 2


@pytest.mark.parametrize(
    ("format", "ending"), [(f, ending) for f, endings in ENDINGS.items() for ending in endings]
)
def test_a_name_that_says_the_format_is_taken(tmp_path, format, ending):
    assert export_frame(FRAME, tmp_path / f"rows.{ending}", format, name="numbers").rows == 2


def test_the_case_of_an_ending_makes_no_difference(tmp_path):
    path = tmp_path / "ROWS.CSV.GZ"
    export_frame(FRAME, path, "csv", name="numbers")
    assert gzip.decompress(path.read_bytes()) == b'"n"\n1\n2\n'
    assert kd.read_csv(path)["n"].tolist() == [1, 2]


@pytest.mark.parametrize(
    "command", [["events", "export"], ["events", "list"], ["folder", "list"]], ids=" ".join
)
def test_the_command_names_its_option(account, sandbox, tmp_path, capsys, command):
    where = ["--base-url", sandbox.base_url, "--token", sandbox.accounts[0].token]
    path = tmp_path / "rows.parquet"
    assert main([*command, *where, "--output", str(path), "--format", "csv"]) == 2
    told = capsys.readouterr().err
    assert "Use --format parquet, or a name that ends in .csv." in told
    assert list(tmp_path.iterdir()) == []
