"""An audit's inputs: the files, their checksums, and whether their manifests agree."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from ..exceptions import ExportFailed
from ..export.manifest import Manifest
from ..storage.atomic import read_sha256
from ..storage.filesystem import Storage

__all__ = ["Input", "of_archive", "of_path", "of_table"]


@dataclass(frozen=True)
class Input:
    """One input that was read.

    Attributes
    ----------
    name : str
        The name without its folders.
    sha256 : str
        Hexadecimal; blank if the input cannot be identified.
    note : str
        What it is, and whether its manifest's checksum matches.
    """

    name: str
    sha256: str
    note: str


def of_archive(archive: Any) -> list[Input]:
    """Identify an archive by its ledger, which `Archive.verify` compares with the files."""
    name = archive.path.rstrip("/").rpartition("/")[2]
    ledger = archive.sql("select hash from ledger order by account, version")
    chained = hashlib.sha256("".join(ledger["hash"]).encode()).hexdigest()
    return [Input(name, chained, f"archive; SHA-256 of the {len(ledger):,} hashes of its ledger")]


def of_path(path: str) -> list[Input]:
    """Identify a file, or each file of an exported folder."""
    storage, inner = Storage.of(path)
    manifest = _manifest_of(path)
    if manifest is not None and manifest.parts:
        return [
            _of_file(storage, storage.join(inner, part.file), part.sha256)
            for part in manifest.parts
        ]
    return [_of_file(storage, inner, manifest.sha256 if manifest else None)]


def _manifest_of(path: str) -> Manifest | None:
    try:
        return Manifest.read(path)
    except ExportFailed:
        return None


def _of_file(storage: Storage, path: str, expected: str | None) -> Input:
    name = path.rstrip("/").rpartition("/")[2]
    if storage.is_folder(path):
        return Input(name, "", "a folder without a manifest: its files are not identified")
    found = read_sha256(storage, path)
    if expected is None:
        note = "no manifest"
    elif expected == found:
        note = "as its manifest says"
    else:
        note = "CHANGED: its manifest has another checksum"
    return Input(name, found, note)


def of_table(table: Any, name: str) -> Input:
    """Identify an Arrow table by its values, serialised as an Arrow stream.

    Parameters
    ----------
    table : pyarrow.Table
        Its schema's metadata is part of the checksum.
    name : str
        Its name in the report.
    """
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write(table)
    digest = hashlib.sha256(memoryview(sink.getvalue())).hexdigest()
    return Input(name, digest, "in memory, as an Arrow stream")
