"""An archive's tables in Spark, Polars, Dask and DuckDB, which read them in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter, MissingPackage
from .delta.tables import Tables

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["TABLES", "in_dask", "in_duckdb", "in_polars", "in_spark"]

TABLES = ("events", "ledger")


def in_spark(tables: Tables, name: str, session: Any) -> Any:
    """Return a table as a Spark DataFrame.

    Spark Connect, and a classic session with Delta's extension, read the Delta table. A classic
    session without it reads the table's current Parquet files.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    name : str
        The table's name.
    session : object
        The Spark session.
    """
    uri = _checked(tables, name)
    if _reads_delta(session):
        return session.read.format("delta").load(uri)
    if "://" in tables.path:
        raise InvalidParameter(
            "This Spark session does not know Delta Lake, which an archive on an object store "
            "needs. Configure delta-spark, or use Spark Connect with Sail."
        )
    files = [f"{uri}/{path}" for path in sorted(tables.active_files(tables.open(name)))]
    # Spark turns folder names into columns, and whatever looks like a date into one.
    reader = session.read.option("basePath", uri).schema(_spark_schema(tables, name))
    return reader.parquet(*files) if files else session.createDataFrame([], reader._schema)


def _reads_delta(session: Any) -> bool:
    if type(session).__module__.startswith("pyspark.sql.connect"):
        return True
    return "DeltaSparkSessionExtension" in (session.conf.get("spark.sql.extensions", "") or "")


def in_polars(tables: Tables, name: str) -> Any:
    """Return a table as a Polars LazyFrame, whose filters skip files.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    name : str
        The table's name.
    """
    polars = _package("polars", "polars")
    return polars.scan_delta(_checked(tables, name), storage_options=tables.options or None)


def in_duckdb(tables: Tables, name: str, connection: Any) -> Any:
    """Return a table as a DuckDB relation, whose filters and columns are pushed down.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    name : str
        The table's name.
    connection : object
        The DuckDB connection.
    """
    duckdb = _package("duckdb", "kloudless-data[archive]")
    if connection is None:
        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
    _checked(tables, name)
    return connection.from_arrow(tables.dataset(tables.open(name), name))


def in_dask(tables: Tables, name: str) -> Any:
    """Return a table as a Dask DataFrame with one partition per file.

    Parameters
    ----------
    tables : Tables
        The archive's tables.
    name : str
        The table's name.
    """
    dataframe = _package("dask.dataframe", "dask[dataframe]")
    _checked(tables, name)
    table = tables.open(name)
    import pyarrow as pa

    schema = pa.schema(table.schema().to_arrow())
    paths = sorted(tables.active_files(table))
    meta = _frame(schema.empty_table())
    if not paths:
        return dataframe.from_pandas(meta, npartitions=1)
    read = _File(tables.path, dict(tables.options), name, schema)
    return dataframe.from_map(read, paths, meta=meta, label=f"archive-{name}")


class _File:
    """Reads one file of a table on any machine."""

    def __init__(
        self, path: str, options: Mapping[str, str], table: str, schema: pa.Schema
    ) -> None:
        self._path, self._options = path, dict(options)
        self._table, self._schema = table, schema

    def __repr__(self) -> str:  # Dask shows the repr, and the options hold credentials
        return f"<{self._table} of {self._path}>"

    def __call__(self, path: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        import pyarrow as pa

        wanted = [f for f in self._schema if columns is None or f.name in columns]
        rows = Tables(self._path, self._options).read_file(self._table, path)
        month = path.partition("/")[0].removeprefix("month=")
        rows = rows.append_column("month", pa.array([month] * rows.num_rows, pa.string()))
        found = [
            rows[f.name].cast(f.type)
            if f.name in rows.column_names
            else pa.nulls(len(rows), f.type)
            for f in wanted
        ]
        frame = _frame(pa.table(found, schema=pa.schema(wanted)))
        return frame if columns is None else frame[list(columns)]


def _frame(rows: pa.Table) -> pd.DataFrame:
    from ..interchange.frame import to_frame

    return to_frame(rows.to_batches(), rows.schema)


def _checked(tables: Tables, name: str) -> str:
    if name not in TABLES:
        raise InvalidParameter(f"An archive has the tables {' and '.join(TABLES)}, not {name!r}.")
    return tables.uri(name)


def _package(module: str, name: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise MissingPackage(f'That needs {module}. Install: pip install "{name}"') from None


def _spark_schema(tables: Tables, name: str) -> Any:
    """Return a table's columns as Spark types."""
    import pyarrow as pa

    types = import_module("pyspark.sql.types")
    known = {
        pa.string(): types.StringType(),
        pa.int64(): types.LongType(),
        pa.int32(): types.IntegerType(),
        pa.float64(): types.DoubleType(),
        pa.bool_(): types.BooleanType(),
        pa.timestamp("us", tz="UTC"): types.TimestampType(),
    }
    schema = pa.schema(tables.open(name).schema().to_arrow())
    return types.StructType([types.StructField(f.name, known[f.type]) for f in schema])
