"""Every engine reads an archive in place and counts the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import client_of

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.archive import Archive
from kloudless_data.sandbox import Sandbox


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive of two syncs of three accounts, and the remains of a killed one."""
    folder = tmp_path_factory.mktemp("engines")
    made = Archive(folder / "activity")
    with Sandbox(seed=11, accounts=3, events=400) as sandbox:
        made.sync(client_of(sandbox), page_size=100, flush_rows=500)
        made.compact()
        made.sync(client_of(sandbox))
    left = folder / "activity" / "events" / "month=2026-03" / "part-left.zstd.parquet"
    left.write_bytes(next(left.parent.glob("part-*")).read_bytes())
    return made


@pytest.fixture(scope="module")
def expected(archive: Archive) -> dict[str, Any]:
    frame = archive.events()
    return {
        "rows": len(frame),
        "types": frame["type"].value_counts().to_dict(),
        "accounts": frame["account_key"].value_counts().to_dict(),
        "months": frame["month"].value_counts().to_dict(),
        "first": frame["modified"].min(),
        "last": frame["modified"].max(),
        "sizes": int(frame["metadata_size"].sum()),
    }


def counted(frame: Any) -> dict[str, Any]:
    """Return the counts of a pandas DataFrame from another engine."""
    import pandas as pd

    times = pd.to_datetime(frame["modified"], utc=True)
    return {
        "rows": len(frame),
        "types": frame["type"].value_counts().to_dict(),
        "accounts": frame["account_key"].value_counts().to_dict(),
        "months": frame["month"].astype(str).value_counts().to_dict(),
        "first": times.min(),
        "last": times.max(),
        "sizes": int(frame["metadata_size"].sum()),
    }


COLUMNS = ["account_key", "type", "modified", "month", "metadata_size"]


def test_duckdb(archive, expected):
    relation = archive.duckdb()
    assert relation.count("*").fetchall() == [(expected["rows"],)]
    assert counted(relation.select(*COLUMNS).df()) == expected
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        some = archive.duckdb(connection).filter("type = 'delete'")
        assert some.count("*").fetchall() == [(expected["types"]["delete"],)]
        assert archive.duckdb(connection, "ledger").count("*").fetchall()[0][0] >= 6


def test_polars(archive, expected):
    import polars

    lazy = archive.polars()
    assert counted(lazy.select(COLUMNS).collect().to_pandas()) == expected
    some = lazy.filter(polars.col("type") == "delete").collect()
    assert some.height == expected["types"]["delete"]
    assert archive.polars("ledger").collect().height >= 6


def test_dask(archive, expected):
    frame = archive.dask()
    assert len(frame) == expected["rows"]
    assert counted(frame[COLUMNS].compute()) == expected
    grouped = frame.groupby("type").size().compute()
    assert grouped.to_dict() == expected["types"]
    for name, dtype in archive.events().dtypes.items():  # Dask has its own strings
        assert frame.dtypes[name] == dtype or "string" in str(frame.dtypes[name])
    assert len(archive.dask("ledger")) >= 6


def test_dask_on_an_archive_without_events(tmp_path):
    empty = Archive(tmp_path / "empty")
    empty.init()
    assert len(empty.dask()) == 0
    assert list(empty.dask().columns) == list(empty.events().columns)


@pytest.mark.daft
def test_daft(archive, expected):
    daft = pytest.importorskip("daft")
    frame = daft.read_deltalake(f"{archive.path}/events")
    assert frame.count_rows() == expected["rows"]
    assert counted(frame.select(*COLUMNS).to_pandas()) == expected


@pytest.fixture(scope="module")
def sail() -> Iterator[Any]:
    """A Spark Connect session of Sail, which needs no Java."""
    served = pytest.importorskip("pysail.spark")
    sessions = pytest.importorskip("pyspark.sql")
    server = served.SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    session = sessions.SparkSession.builder.remote(
        f"sc://127.0.0.1:{server.listening_address[1]}"
    ).create()
    try:
        session.range(1).count()
    except Exception as error:  # an older Sail than this pyspark
        pytest.skip(f"pysail and pyspark do not fit each other: {error}")
    session.conf.set("spark.sql.session.timeZone", "UTC")
    yield session
    session.stop()
    server.stop()


@pytest.mark.sail
def test_spark_connect_with_sail(archive, expected, sail):
    frame = archive.spark(sail)
    assert frame.count() == expected["rows"]
    assert counted(_to_pandas(frame.select(COLUMNS))) == expected
    assert frame.filter("type = 'delete'").count() == expected["types"]["delete"]
    assert archive.spark(sail, "ledger").count() >= 6


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A classic session, which needs Java 17, without Delta Lake."""
    import shutil

    sql = pytest.importorskip("pyspark.sql")
    if not hasattr(sql.SparkSession.builder, "master") or shutil.which("java") is None:
        pytest.skip("no Java")
    pytest.importorskip("py4j")
    with pytest.MonkeyPatch.context() as patch:
        # A Spark Connect session leaves these set for the whole process.
        for name in ("SPARK_CONNECT_MODE_ENABLED", "SPARK_REMOTE"):
            patch.delenv(name, raising=False)
        patch.setenv("SPARK_API_MODE", "classic")
        session = (
            sql.SparkSession.builder.master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "1")
            .getOrCreate()
        )
        yield session
        session.stop()


@pytest.mark.spark
@pytest.mark.timeout(300)
def test_spark_without_delta_lake(archive, expected, spark):
    frame = archive.spark(spark)
    assert frame.count() == expected["rows"]
    assert counted(_to_pandas(frame.select(COLUMNS))) == expected
    assert frame.filter("month = '2026-03'").count() == expected["months"]["2026-03"]
    assert archive.spark(spark, "ledger").count() >= 6
    far = kd.Archive("s3://bucket/activity")
    with pytest.raises(exceptions.InvalidParameter, match="delta-spark"):
        far.spark(spark)


def _to_pandas(frame: Any) -> Any:
    """Return a Spark DataFrame's rows; its own `toPandas` does not support every pandas."""
    import pandas as pd

    rows = [row.asDict() for row in frame.collect()]
    made = pd.DataFrame(rows)
    made["modified"] = pd.to_datetime(made["modified"])
    return made


def test_a_missing_table(archive):
    for read in (archive.polars, archive.dask, lambda name: archive.duckdb(table=name)):
        with pytest.raises(exceptions.InvalidParameter, match="events and ledger"):
            read("persons")


def test_an_engine_that_is_not_installed_names_the_package(archive, monkeypatch):
    for module, read in (("polars", archive.polars), ("dask.dataframe", archive.dask)):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(exceptions.MissingPackage, match="pip install"):
            read()


def test_dask_does_not_show_the_credentials_of_an_object_store(tmp_path: Path) -> None:
    import pyarrow as pa

    from kloudless_data.archive.engines import _File

    read = _File("s3://b/a", {"AWS_SECRET_ACCESS_KEY": "hush"}, "events", pa.schema([]))
    assert "hush" not in repr(read)
