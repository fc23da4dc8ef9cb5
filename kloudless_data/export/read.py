"""Read exported CSV files back as DataFrames."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..exceptions import ExportFailed, InvalidParameter
from ..interchange.frame import DtypeBackend, to_frame
from ..schema.columns import SCHEMAS
from ..storage.filesystem import Storage, reason
from .formats import SEPARATORS, is_compressed
from .manifest import FOLDER_MANIFEST, Manifest
from .spreadsheet import restore_formulas

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["read_csv"]

_BLOCK = 64 << 20  # bytes; a row must fit into one


def read_csv(
    path: str | os.PathLike[str],
    *,
    dtype_backend: DtypeBackend | None = None,
    categories: bool | Sequence[str] = False,
    restore: bool = True,
) -> pd.DataFrame:
    """Read an exported CSV file back, equal to the original DataFrame.

    Ids stay text (``00123``, 19 digits), as do names such as ``NA`` and ``null``; times are in UTC;
    an empty text is not a null; texts neutralised for spreadsheets are restored.

    Parameters
    ----------
    path : str or path
        A file that `to_csv` wrote, possibly ``.gz``, or a folder of such files; a path or URL as
        for `export`. The manifest gives the columns' types; without one, columns have the types of
        their names in the package's schemas, and are text otherwise.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
        As for `EventStream.to_frame`.
    categories : bool or sequence of str
        As for `EventStream.to_frame`.
    restore : bool
        Remove the apostrophes that neutralise formulas. Pass False for a file without a manifest
        that was written with ``keep_formulas=True``.

    Returns
    -------
    pandas.DataFrame
        With the columns and dtypes of `EventStream.to_frame`.

    Raises
    ------
    ExportFailed
        The file is missing, unreadable, or differs from its manifest.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from kloudless_data.export import export_frame
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     frame = pd.DataFrame({"id": ["00123", None], "name": ["NA", "=1"], "n": [1, 2]})
    ...     _ = export_frame(frame, f"{folder}/a.csv", "csv", name="things")
    ...     read_csv(f"{folder}/a.csv")["id"].tolist()
    ['00123', nan]
    """
    import pyarrow as pa

    storage, inner = Storage.of(path)
    manifest = _manifest(storage, inner, path)
    try:
        tables = [_table(storage, file, manifest, restore) for file in _files(storage, inner)]
    except FileNotFoundError:
        raise ExportFailed(f"There is no file {storage.shown(inner)}.") from None
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        why = reason(error) if isinstance(error, OSError) else error
        raise ExportFailed(f"{storage.shown(inner)} cannot be read as CSV: {why}.") from None
    table = pa.concat_tables(tables)
    return to_frame(table, table.schema, dtype_backend=dtype_backend, categories=categories)


def _manifest(storage: Storage, inner: str, path: str | os.PathLike[str]) -> Manifest | None:
    manifest = None
    with contextlib.suppress(ExportFailed):
        manifest = Manifest.read(path)
    if manifest is not None and manifest.format != "csv":
        raise InvalidParameter(
            f"{storage.shown(inner)} is {manifest.format}, not CSV. Read it with "
            f"{_READERS.get(manifest.format, 'pandas')}."
        )
    return manifest


_READERS = {
    "parquet": "pandas.read_parquet",
    "jsonl": "pandas.read_json(path, lines=True)",
    "xlsx": "pandas.read_excel(path, dtype=str)",
}


def _files(storage: Storage, path: str) -> list[str]:
    if not storage.is_folder(path):
        return [path]
    names = [n for n in storage.names(path) if not n.startswith((".", FOLDER_MANIFEST))]
    files = [storage.join(path, n) for n in names if n.removesuffix(".gz").endswith(".csv")]
    if not files:
        raise ExportFailed(f"There are no CSV files in {storage.shown(path)}.")
    return files


def _table(storage: Storage, path: str, manifest: Manifest | None, restore: bool) -> pa.Table:
    """Read one file with its columns' original types."""
    import pyarrow as pa
    from pyarrow import csv

    separator = (
        str(manifest.options.get("separator", ",")) if manifest else _separator(storage, path)
    )
    restored = restore and (manifest is None or manifest.formulas == "neutralised")
    written = _names(storage, path, separator)
    names = _restored_names(written, separator) if restored else written
    types = _types(names, manifest)
    with storage.open(path) as raw:
        file = pa.CompressedInputStream(raw, "gzip") if is_compressed(path) else raw
        table = csv.read_csv(
            file,
            read_options=csv.ReadOptions(block_size=_BLOCK),
            parse_options=csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, ignore_empty_lines=len(names) > 1
            ),
            convert_options=csv.ConvertOptions(
                column_types={w: types[name] for w, name in zip(written, names, strict=True)},
                null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            ),
        )  # fmt: skip
    if restored:
        batches = [restore_formulas(batch, separator) for batch in table.to_batches()]
        table = pa.Table.from_batches(
            batches, schema=pa.schema([(name, types[name]) for name in names])
        )
    return _recategorised(table, manifest)


def _head(storage: Storage, path: str) -> bytes:
    import pyarrow as pa

    with storage.open(path) as raw:
        file = pa.CompressedInputStream(raw, "gzip") if is_compressed(path) else raw
        return bytes(file.read(1 << 20)).removeprefix(b"\xef\xbb\xbf")


def _names(storage: Storage, path: str, separator: str) -> list[str]:
    """Return the names of the columns in the file."""
    import csv
    import io

    text = io.StringIO(_head(storage, path).decode("utf-8", "replace"), newline="")
    return next(csv.reader(text, delimiter=separator), [])


def _separator(storage: Storage, path: str) -> str:
    """Return the most likely separator, from the header."""
    line = _head(storage, path).partition(b"\n")[0].decode("utf-8", "replace")
    return max(SEPARATORS, key=line.count)


def _restored_names(names: list[str], separator: str) -> list[str]:
    import pyarrow as pa

    empty = pa.RecordBatch.from_arrays([pa.array([], pa.string())] * len(names), names=names)
    return list(restore_formulas(empty, separator).schema.names)


def _types(names: list[str], manifest: Manifest | None) -> dict[str, pa.DataType]:
    """Return the Arrow type to read each column with."""
    import pyarrow as pa

    known = dict(manifest.columns) if manifest else {}
    if not known:
        for schema in SCHEMAS.values():
            known |= {f.name: str(f.type) for f in schema.arrow(raw=True) if f.name not in known}
    return {name: _TYPES.get(known.get(name, ""), pa.string)() for name in names}


def _timestamp() -> pa.DataType:
    import pyarrow as pa

    return pa.timestamp("us", tz="UTC")


def _type(name: str) -> Any:
    def make() -> pa.DataType:
        import pyarrow as pa

        return getattr(pa, name)()

    return make


# By Arrow's names; any other type is read as text.
_TYPES: Mapping[str, Any] = {
    "int64": _type("int64"),
    "int32": _type("int32"),
    "double": _type("float64"),
    "bool": _type("bool_"),
    "timestamp[us, tz=UTC]": _timestamp,
    "timestamp[ns, tz=UTC]": _timestamp,
    "date32[day]": _type("date32"),
}


def _recategorised(table: pa.Table, manifest: Manifest | None) -> pa.Table:
    """Restore dictionary columns."""
    for name, type_ in (manifest.columns if manifest else {}).items():
        if type_.startswith("dictionary") and name in table.column_names:
            index = table.schema.get_field_index(name)
            table = table.set_column(index, name, table[name].dictionary_encode())
    return table
