"""``archive sql``: the first rows immediately, all rows as a stream or a file."""

from __future__ import annotations

import csv
import io
import json

import pytest

import kloudless_data as kd
from kloudless_data.archive.queries import Answer
from kloudless_data.cli import main
from kloudless_data.display import console

QUERY = "select account_key, ordinal, id, modified, extra from events order by account_key, ordinal"


@pytest.fixture
def sql(archive, capsys):
    def run(query, *options):
        status = main(["archive", "sql", archive.path, query, *options])
        out, err = capsys.readouterr()
        assert status == 0, err
        return out

    return run


def test_the_first_rows_and_how_many_there_are(sql, archive, monkeypatch):
    monkeypatch.setattr(console, "_PIPE_ROWS", 20)
    read = []
    original = Answer.first
    monkeypatch.setattr(
        Answer, "first", lambda self, rows: read.append(original(self, rows)) or read[-1]
    )
    out = sql(QUERY).splitlines()
    assert out[-1].startswith("1,800 rows, 20 shown")
    assert [table.num_rows for table in read] == [21]  # one more tells that there are more
    ids = archive.events()["id"].tolist()
    assert [line.split("│")[3].strip() for line in out[3:23]] == ids[:20]
    assert sql("select count(*) as n from events;").splitlines()[-1] == "1 row"
    assert sql("describe events").splitlines()[-1].startswith("5")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("select 1; select 2", "it has 2 statements"),
        (" ; ", "it is empty"),
        ("create table mine as select * from events", "use SELECT, .* not CREATE"),
        ("set threads = 1", "use SELECT, .* not SET"),
        ("drop view events", "use SELECT, .* not DROP"),
        ("prepare q as select 1", "use SELECT, .* not PREPARE"),
        ("selec 1", "syntax error"),
    ],
)
def test_anything_but_one_query_is_refused(archive, query, says):
    with pytest.raises(kd.exceptions.InvalidParameter, match=says):
        archive.sql(query)
    with pytest.raises(kd.exceptions.InvalidParameter, match=says), archive.query(query):
        pass


@pytest.mark.parametrize("form", ["--json", "--jsonl", "--csv"])
def test_all_rows_are_streamed(sql, archive, form):
    out = sql(QUERY, form)
    if form == "--csv":
        rows = list(csv.DictReader(io.StringIO(out)))
    else:
        lines = out.splitlines()
        rows = json.loads(out) if form == "--json" else [json.loads(line) for line in lines]
    frame = archive.events()
    assert [row["id"] for row in rows] == frame["id"].tolist()
    assert [int(row["ordinal"]) for row in rows] == frame["ordinal"].tolist()
    times = [row["modified"] for row in rows if row["modified"]]
    assert len(times) == frame["modified"].notna().sum()
    assert all(time.endswith("Z") for time in times)
    assert sql(QUERY, "-o", "-", form) == out


@pytest.mark.parametrize("name", ["e.csv", "e.parquet", "e.jsonl"])
def test_a_file_with_its_manifest(sql, archive, tmp_path, name):
    assert sql(QUERY, "-o", str(tmp_path / name)).startswith("1,800 rows")
    assert kd.verify(tmp_path / name)[0].rows == 1_800


def test_a_statement_without_rows_is_refused(archive, capsys):
    for query in ("selekt", "select nope from events"):
        assert main(["archive", "sql", archive.path, query]) == 2
        assert "error: " in capsys.readouterr().err


def test_a_query_is_a_stream_in_python_too(archive):
    with archive.query(QUERY) as answer:
        batches = list(answer.reader)
        assert sum(batch.num_rows for batch in batches) == 1_800
    with archive.query("describe events") as answer:
        assert answer.count() == len(archive.dataset().schema)


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_text('{path}')",
        "select * from '{path}'",
        "copy (select 1) to '{path}'",
        "copy events to '{path}'",
        "attach '{path}' as other",
        "export database '{path}'",
        "select * from glob('{path}*')",
        "set enable_external_access = true",
        "set temp_directory = '{path}'",
        "load '{path}'",
        "install httpfs",
    ],
)
def test_a_query_reads_and_writes_no_files(archive, tmp_path, capsys, query):
    path = tmp_path / "apart" / "a.csv"
    path.parent.mkdir()
    path.write_text("secret")
    assert main(["archive", "sql", archive.path, query.format(path=path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("error: The query cannot be run: ")
    assert "secret" not in err
    assert [(one.name, one.read_text()) for one in path.parent.iterdir()] == [("a.csv", "secret")]


def test_a_query_larger_than_memory_leaves_nothing_behind(archive, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("tempfile.tempdir", str(here))
    query = "from range(3_000_000) as t(n), (values (1), (2)) as u(m) select n, m, hash(n) as h"
    with archive.query(f"set memory_limit = '60MB'; set threads = 1; {query} order by h") as answer:
        inside = [one for one in here.rglob("*") if one.is_file() and one.stat().st_size]
        assert sum(batch.num_rows for batch in answer.reader) == 6_000_000
    assert any(one.name.startswith("duckdb_temp") for one in inside)
    assert list(here.iterdir()) == []
