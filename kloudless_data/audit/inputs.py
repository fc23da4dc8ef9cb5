"""What an audit rests on: the files, with their checksums, and what they say of themselves."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..exceptions import ExportFailed
from ..export.manifest import Manifest
from ..storage.atomic import read_sha256
from ..storage.filesystem import Storage
from .source import is_archive

__all__ = ["Input", "inputs_of", "ledger_of"]


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


def ledger_of(events: Any) -> Any:
    """Return what says how complete the events are: an `Archive`, manifests, or None."""
    from ..archive import Archive

    if isinstance(events, Archive):
        return events
    paths = _paths_of(events)
    if len(paths) == 1 and is_archive(paths[0]):
        return Archive(paths[0])
    manifests = [manifest for path in paths if (manifest := _manifest_of(path)) is not None]
    return manifests or None


def inputs_of(events: Any, ledger: Any) -> list[Input]:
    """Return what was read; `ledger` is what `ledger_of` returned."""
    from ..archive import Archive

    if isinstance(ledger, Archive):
        return _of_archive(ledger)
    paths = _paths_of(events)
    return [one for path in paths for one in _of_path(path)] if paths else [_of_memory(events)]


def _manifest_of(path: str) -> Manifest | None:
    try:
        return Manifest.read(path)
    except ExportFailed:
        return None


def _paths_of(events: Any) -> list[str]:
    if isinstance(events, (str, os.PathLike)):
        return [os.fspath(events)]
    if isinstance(events, Sequence) and all(isinstance(e, (str, os.PathLike)) for e in events):
        return [os.fspath(one) for one in events]
    return []


def _of_archive(archive: Any) -> list[Input]:
    """Return the data files of the ledger: `Archive.verify` compares them with what is there."""
    name = archive.path.rstrip("/").rpartition("/")[2]
    ledger = archive.sql("select hash from ledger order by account, version")
    chained = hashlib.sha256("".join(ledger["hash"]).encode()).hexdigest()
    return [Input(name, chained, f"archive; SHA-256 of the {len(ledger):,} hashes of its ledger")]


def _of_path(path: str) -> list[Input]:
    storage, inner = Storage.of(path)
    manifest = _manifest_of(path)
    if manifest is not None and manifest.parts:
        return [
            _of_file(storage, storage.join(inner, part.file), part.sha256)
            for part in manifest.parts
        ]
    return [_of_file(storage, inner, manifest.sha256 if manifest else None)]


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


def _of_memory(events: Any) -> Input:
    """Return the checksum of a frame: of its values, as Arrow writes them."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(events, pd.DataFrame):
        events = pa.Table.from_pandas(events, preserve_index=False).replace_schema_metadata()
    if not isinstance(events, (pa.Table, pa.RecordBatch)):
        return Input(type(events).__name__, "", "read from the server, not kept")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, events.schema) as writer:
        writer.write(events)
    digest = hashlib.sha256(memoryview(sink.getvalue())).hexdigest()
    return Input(type(events).__name__, digest, "in memory, as an Arrow stream")
