"""Read what exports have written."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def contents(path: Path) -> object:
    """Return an export's contents, in one file or many; equal if the rows are equal."""
    files = sorted(path.glob("part-*")) if path.is_dir() else [path]
    if ".xlsx" in files[0].name:
        return [sheets(file) for file in files]
    if ".parquet" in files[0].name:
        return pa.concat_tables([pq.read_table(file) for file in files])
    data = [file.read_bytes() for file in files]
    if files[0].suffix == ".gz":
        data = [gzip.decompress(piece) for piece in data]
    if path.is_dir() and ".csv" in files[0].name:  # each file has the columns' names
        header = data[0].partition(b"\n")[0] + b"\n"
        data = [header, *(piece.removeprefix(header) for piece in data)]
    return b"".join(data)


def sheets(path: Path) -> dict[str, bytes]:
    """Return the sheets of a workbook; the rest of the file contains its creation time."""
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist() if "/worksheets/" in name}


def left_behind(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name.startswith("."))
