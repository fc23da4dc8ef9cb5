"""From finished parts to the file or folder that was asked for."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import replace

from ..display.progress import progress_bar
from ..exceptions import ExportFailed
from ..storage.atomic import NewFile, chunks, read_sha256
from .checkpoint import WorkFolder
from .manifest import FOLDER_MANIFEST, Manifest, PartFile, manifest_path
from .writers import Part, Sink

__all__ = ["publish_file", "publish_folder"]

_TELLING = ("started", "finished", "rows", "cursor_from", "cursor_to", "options")


def publish_folder(work: WorkFolder) -> Manifest:
    """Give the folder of parts its name."""
    work.keep_only(FOLDER_MANIFEST, *(part.file for part in work.journal.parts))
    work.storage.remove_folder(work.target)  # `force`: what was there is replaced
    work.storage.move_folder(work.path, work.target, last=FOLDER_MANIFEST)
    return work.journal


def publish_file(
    work: WorkFolder, open_sink: Callable[[NewFile], Sink], show: bool | None
) -> Manifest:
    """Make one file of the parts, and its manifest; then remove the parts.

    Parameters
    ----------
    work : WorkFolder
        All its parts are finished.
    open_sink : callable
        Gives what writes the rows of Parquet parts to the file.
    show : bool or None
        Whether to show a progress bar.
    """
    storage, target, parts = work.storage, work.target, work.journal.parts
    published = _published_before(work)
    if published is not None:
        work.remove()
        return published
    # So that a crash never leaves the old manifest beside the new file.
    storage.remove(manifest_path(target))
    size, sha256 = _take_only(work, parts[0]) if len(parts) == 1 else _join(work, open_sink, show)
    positions = work.journal.positions or {}
    manifest = replace(
        work.journal,
        bytes=size,
        sha256=sha256,
        parts=[],
        positions=positions if len(positions) > 1 else None,
    )
    manifest.save(storage, manifest_path(target), work.path)
    work.remove()
    return manifest


def _published_before(work: WorkFolder) -> Manifest | None:
    """Return the file's manifest if this very export ended while it removed its parts."""
    with contextlib.suppress(ExportFailed):
        found = Manifest.load(work.storage, manifest_path(work.target))
        if all(getattr(found, name) == getattr(work.journal, name) for name in _TELLING):
            return found
    return None


def _take_only(work: WorkFolder, part: PartFile) -> tuple[int, str]:
    storage = work.storage
    if storage.size(work.file(part.file)) is not None:
        storage.move(work.file(part.file), work.target)
    elif storage.size(work.target) != part.bytes or (
        read_sha256(storage, work.target) != part.sha256
    ):
        raise _changed(work, part)
    return part.bytes, part.sha256


def _join(
    work: WorkFolder, open_sink: Callable[[NewFile], Sink], show: bool | None
) -> tuple[int, str]:
    join_part = _join_rows if work.journal.format == "parquet" else _join_bytes
    total = work.journal.rows
    with (
        progress_bar("Joining parts", unit="events", total=total, show=show) as bar,
        NewFile(work.storage, work.target, work.path) as file,
    ):
        sink = open_sink(file) if work.journal.format == "parquet" else None
        for part in work.journal.parts:
            join_part(work, part, file, sink)
            bar.update(part.rows)
        if sink is not None:
            sink.close(work.journal.cursor_to)
    return file.tell(), file.sha256


def _join_bytes(work: WorkFolder, part: PartFile, file: NewFile, sink: Sink | None) -> None:
    digest = hashlib.sha256()
    for chunk in chunks(work.storage, _existing(work, part)):
        digest.update(chunk)
        file.write(chunk)
    if digest.hexdigest() != part.sha256:
        raise _changed(work, part)


def _join_rows(work: WorkFolder, part: PartFile, file: NewFile, sink: Sink | None) -> None:
    import pyarrow.parquet as pq

    assert sink is not None  # noqa: S101 - Parquet is joined by rows only
    path = _existing(work, part)
    if read_sha256(work.storage, path) != part.sha256:
        raise _changed(work, part)
    with work.storage.open(path) as source:
        for batch in pq.ParquetFile(source).iter_batches():
            sink.write(Part(batch, list))


def _existing(work: WorkFolder, part: PartFile) -> str:
    path = work.file(part.file)
    if work.storage.size(path) != part.bytes:
        raise _changed(work, part)
    return path


def _changed(work: WorkFolder, part: PartFile) -> ExportFailed:
    return ExportFailed(
        f"{work.storage.shown(work.file(part.file))} was changed or removed since it was written. "
        "Start the export again with force=True and without resume (--force)."
    )
