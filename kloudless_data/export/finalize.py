"""Turn finished parts into the requested file or folder."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from ..display.progress import progress_bar
from ..exceptions import ExportFailed, Remedy
from ..storage.atomic import AtomicFile, chunks, read_sha256
from .checkpoint import Checkpoint
from .destination import Destination
from .formats import Format
from .manifest import FOLDER_MANIFEST, Manifest, PartFile, manifest_path
from .rows import Writer, rows_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["finalize_file", "finalize_folder"]

_TELLING = ("started", "finished", "rows", "cursor_from", "cursor_to", "options")


def finalize_folder(checkpoint: Checkpoint, destination: Destination) -> Manifest:
    """Move the folder of parts to the destination.

    Parameters
    ----------
    checkpoint : Checkpoint
        With all parts finished.
    destination : Destination

    Returns
    -------
    Manifest
    """
    checkpoint.keep_only(FOLDER_MANIFEST, *(part.file for part in checkpoint.journal.parts))
    destination.take_folder(checkpoint.path)
    return checkpoint.journal


def finalize_file(
    checkpoint: Checkpoint,
    destination: Destination,
    format: Format,
    schema: pa.Schema,
    *,
    progress: bool | None = None,
) -> Manifest:
    """Join the parts into one file with a manifest, then remove them.

    Parameters
    ----------
    checkpoint : Checkpoint
        With all parts finished.
    destination : Destination
    format : Format
    schema : pyarrow.Schema
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    Manifest

    Raises
    ------
    ExportFailed
        A part was changed.
    """
    journal = checkpoint.journal
    manifest = _finalized_before(checkpoint, destination)
    if manifest is None:
        if len(journal.parts) == 1 and format.kept_as == format:
            size, sha256 = _take_only(checkpoint, destination, journal.parts[0])
        else:
            size, sha256 = _join(checkpoint, destination, format, schema, progress)
        positions = journal.positions or {}
        manifest = replace(
            journal,
            bytes=size,
            sha256=sha256,
            parts=[],
            positions=positions if len(positions) > 1 else None,
        )
        manifest.save(destination.storage, destination.manifest, checkpoint.path)
    checkpoint.remove()
    return manifest


def _finalized_before(checkpoint: Checkpoint, destination: Destination) -> Manifest | None:
    """Return the file's manifest if the same export was interrupted while removing its parts."""
    with contextlib.suppress(ExportFailed):
        found = Manifest.load(destination.storage, manifest_path(destination.path))
        journal = checkpoint.journal
        if all(getattr(found, name) == getattr(journal, name) for name in _TELLING):
            return found
    return None


def _take_only(checkpoint: Checkpoint, destination: Destination, part: PartFile) -> tuple[int, str]:
    storage = checkpoint.storage
    if storage.size(checkpoint.file(part.file)) is not None:
        destination.take(checkpoint.file(part.file))
    elif storage.size(destination.path) != part.bytes or (
        read_sha256(storage, destination.path) != part.sha256
    ):
        raise _changed(checkpoint, part)
    return part.bytes, part.sha256


def _join(
    checkpoint: Checkpoint,
    destination: Destination,
    format: Format,
    schema: pa.Schema,
    progress: bool | None,
) -> tuple[int, str]:
    import pyarrow as pa

    pa.default_memory_pool().release_unused()  # left over from reading: 25 MB less at the peak
    journal = checkpoint.journal
    with (
        progress_bar("Joining parts", unit="events", total=journal.rows, show=progress) as bar,
        destination.new_file(checkpoint.path) as file,
    ):
        writer = None
        if not format.joined_by_bytes:
            writer = format.writer(file, schema, journal.provenance)
        for part in journal.parts:
            if writer is None:
                _append_bytes(checkpoint, part, file)
            else:
                _append_rows(checkpoint, part, writer)
            bar.update(part.rows)
        if writer is not None:
            writer.close(journal.cursor_to)
    return file.tell(), file.sha256


def _append_bytes(checkpoint: Checkpoint, part: PartFile, file: AtomicFile) -> None:
    digest = hashlib.sha256()
    for chunk in chunks(checkpoint.storage, _existing(checkpoint, part)):
        digest.update(chunk)
        file.write(chunk)
    if digest.hexdigest() != part.sha256:
        raise _changed(checkpoint, part)


def _append_rows(checkpoint: Checkpoint, part: PartFile, writer: Writer) -> None:
    import pyarrow.parquet as pq

    path = _existing(checkpoint, part)
    if read_sha256(checkpoint.storage, path) != part.sha256:
        raise _changed(checkpoint, part)
    with checkpoint.storage.open(path) as source:
        file = pq.ParquetFile(source)
        # `iter_batches` reads ahead and cuts batches across row groups: 170 MB more at the peak.
        for number in range(file.num_row_groups):
            _append_table(file.read_row_group(number), writer)


def _append_table(table: pa.Table, writer: Writer) -> None:
    for batch in table.to_batches():
        writer.write(rows_of(batch))


def _existing(checkpoint: Checkpoint, part: PartFile) -> str:
    path = checkpoint.file(part.file)
    if checkpoint.storage.size(path) != part.bytes:
        raise _changed(checkpoint, part)
    return path


def _changed(checkpoint: Checkpoint, part: PartFile) -> ExportFailed:
    shown = checkpoint.storage.shown(checkpoint.file(part.file))
    return ExportFailed(
        f"{shown} was changed or removed since it was written.", remedy=Remedy.RESTART_EXPORT
    )
