"""What an audit rests on: the files, with their checksums, and what they say of themselves."""

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
    """Something that was read.

    Attributes
    ----------
    name : str
        Without the folders it is in.
    sha256 : str
        Hexadecimal; of a folder's or an archive's file each.
    note : str
        What it is, and whether it is what its manifest or ledger says.
    """

    name: str
    sha256: str
    note: str


def of_archive(archive: Any) -> list[Input]:
    """Return an archive by its ledger: `Archive.verify` compares the files with it."""
    name = archive.path.rstrip("/").rpartition("/")[2]
    ledger = archive.sql("select hash from ledger order by account, version")
    chained = hashlib.sha256("".join(ledger["hash"]).encode()).hexdigest()
    return [Input(name, chained, f"archive; SHA-256 of the {len(ledger):,} hashes of its ledger")]


def of_path(path: str) -> list[Input]:
    """Return a file, or the files of an exported folder."""
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
    """Return the checksum of an Arrow table: of its values, as an Arrow stream has them."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write(table)
    digest = hashlib.sha256(memoryview(sink.getvalue())).hexdigest()
    return Input(name, digest, "in memory, as an Arrow stream")
