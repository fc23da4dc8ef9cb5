"""Other libraries read streams and lists as their own tables."""

from __future__ import annotations

import sys

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import Answer
from pandas.testing import assert_frame_equal

import kloudless_data as kd
from kloudless_data import exceptions


@pytest.fixture
def stream(account):
    return account.events(page_size=700)


@pytest.fixture
def frame(account):
    return account.events().to_frame()


def of_arrow(stream):
    """Read with `polars.from_arrow`, which returns one series of records in newer versions."""
    found = pl.from_arrow(stream)
    return found if isinstance(found, pl.DataFrame) else found.struct.unnest()


def test_an_arrow_table_has_the_streams_columns(stream, frame):
    table = stream.to_arrow()
    assert table.schema == stream.schema
    assert table["id"].to_pylist() == list(frame["id"])


def test_pyarrow_reads_a_stream(stream, frame):
    assert pa.table(stream).equals(stream.to_arrow())
    reader = pa.RecordBatchReader.from_stream(stream)
    assert [batch.num_rows for batch in reader] == [700, 700, 700, 400]


def test_polars_reads_a_stream(stream, frame):
    for table in (of_arrow(stream), stream.to_polars(), pl.DataFrame(stream)):
        assert isinstance(table, pl.DataFrame)
        assert table.columns == list(frame.columns)
        assert table["id"].to_list() == list(frame["id"])
        assert table.schema["modified"] == pl.Datetime("us", "UTC")
        assert table["metadata_size"].sum() == frame["metadata_size"].sum()


def test_duckdb_queries_a_stream_by_its_name(stream, frame):
    counts = duckdb.sql("select type, count(*) as n from stream group by type order by type").df()
    expected = frame.groupby("type", dropna=False).size()
    assert dict(zip(counts["type"], counts["n"], strict=True)) == expected.to_dict()
    assert duckdb.sql("select count(*) from stream").fetchall() == [(2_500,)]  # and again


def test_pandas_reads_a_stream(stream, frame):
    assert_frame_equal(pd.DataFrame.from_arrow(stream)[["id", "type"]], frame[["id", "type"]])


def test_an_empty_stream_keeps_its_columns(account):
    empty = account.events(cursor=account.get("events/latest").data["cursor"])
    assert of_arrow(empty).columns == pa.table(empty).column_names == empty.schema.names


def test_nothing_is_fetched_before_it_is_read(serve):
    server = serve(Answer(body=b'{"objects": [], "cursor": 1}'))
    reader = kd.Account(token="t", base_url=server.base_url).events().record_batches()
    assert reader.schema.names
    assert server.requests == []


def test_an_interrupted_table_continues(stream, frame, monkeypatch):
    decode, calls = type(stream).decode, []

    def interrupted(self, page):
        calls.append(page)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return decode(self, page)

    monkeypatch.setattr(type(stream), "decode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stream.to_arrow()
    assert len(stream.partial()) == 1_400
    assert stream.to_polars()["id"].to_list() == list(frame["id"])


def test_an_error_half_way_is_an_error_of_the_library_too(serve):
    kd.configuration["max_retries"] = 0
    server = serve(Answer(body=b'{"objects": [{"id": 1}], "cursor": 1}'), Answer(403))
    stream = kd.Account(token="t", base_url=server.base_url).events()
    with pytest.raises(exceptions.ForbiddenException):
        stream.to_arrow()
    with pytest.raises(Exception, match=r"(?i)403|forbidden"):
        pl.from_arrow(kd.Account(token="t", base_url=server.base_url).events())
    with pytest.raises(Exception, match=r"(?i)403|forbidden"):
        duckdb.sql("select * from stream").fetchall()


def test_lists_are_tables_too(account):
    contents = account.get("storage/folders/root/contents")
    frame = contents.to_frame()
    assert pa.table(contents)["id"].to_pylist() == list(frame["id"])
    assert of_arrow(contents)["name"].to_list() == list(frame["name"])
    assert contents.to_polars().columns == list(frame.columns)
    assert duckdb.sql("select count(*) from contents").fetchall() == [(len(frame),)]


def test_without_polars_it_says_what_to_install(account, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(exceptions.MissingPackage, match="pip install polars"):
        account.events().to_polars()
