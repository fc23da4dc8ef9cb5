"""Check exported files against their manifests."""

from __future__ import annotations

import os
from dataclasses import replace

from ..display.progress import progress_bar
from ..exceptions import ExportFailed, VerificationFailed
from ..storage.atomic import read_sha256
from ..storage.filesystem import Storage, reason
from ..text.counts import count
from .destination import Destination
from .manifest import FOLDER_MANIFEST, Manifest, PartFile, manifest_path

__all__ = ["verify"]

_MANIFEST = manifest_path("")


def verify(path: str | os.PathLike[str], *, progress: bool | None = None) -> list[Manifest]:
    """Check that exported files are complete and unchanged.

    Parameters
    ----------
    path : str or path
        An exported file, a folder of parts, or a folder of several exports; a path or URL as for
        `export`.
    progress : bool, optional
        Show a progress bar. Defaults to showing one where it is visible.

    Returns
    -------
    list of Manifest
        The manifests checked. One whose ``finished`` is None belongs to an interrupted export.

    Raises
    ------
    VerificationFailed
        A file is missing or was changed; ``problems`` lists each.
    ExportFailed
        There is no manifest.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from kloudless_data.export.api import export_frame
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     frame = pd.DataFrame({"n": [1, 2]})
    ...     _ = export_frame(frame, f"{folder}/n.csv", "csv", name="numbers")
    ...     [manifest.rows for manifest in verify(f"{folder}/n.csv")]
    [2]
    """
    storage, inner = Storage.of(path)
    try:
        checks = _exports(storage, inner)
    except OSError as error:
        raise ExportFailed(f"{storage.shown(inner)} cannot be read: {reason(error)}.") from None
    problems = []
    total = sum(part.bytes for *_, parts in checks for part in parts)
    with progress_bar("Verifying", unit="bytes", total=total, show=progress) as bar:
        for folder, _, parts in checks:
            for part in parts:
                problem = _problem(storage, folder, part)
                if problem:
                    problems.append(problem)
                bar.update(part.bytes)
    if problems:
        raise VerificationFailed(problems)
    return [manifest for _, manifest, _ in checks]


_Check = tuple[str, Manifest, list[PartFile]]


def _exports(storage: Storage, path: str) -> list[_Check]:
    """Return the folder, manifest and files of each export at a path."""
    if not storage.is_folder(path):
        return [_file_export(storage, path.removesuffix(_MANIFEST))]
    names = storage.names(path)
    if FOLDER_MANIFEST in names:
        return [_folder_export(storage, path)]
    found = [
        _file_export(storage, storage.join(path, name.removesuffix(_MANIFEST)))
        for name in names
        if name.endswith(_MANIFEST)
    ]
    found += [
        _folder_export(storage, storage.join(path, name))
        for name in names
        if storage.size(storage.join(storage.join(path, name), FOLDER_MANIFEST)) is not None
    ]
    if not found:
        raise ExportFailed(f"There is no manifest in {storage.shown(path)}: nothing to verify.")
    return found


def _file_export(storage: Storage, path: str) -> _Check:
    if storage.size(manifest_path(path)) is None:
        unfinished = Destination(storage, path).checkpoint
        if storage.is_folder(unfinished):
            return _folder_export(storage, unfinished)
    manifest = Manifest.load(storage, manifest_path(path))
    folder, name = storage.split(path)
    # The name in the manifest is outdated if both files were renamed together.
    return folder, manifest, [PartFile(name, manifest.rows, manifest.bytes, manifest.sha256 or "")]


def _folder_export(storage: Storage, path: str) -> _Check:
    manifest = Manifest.load(storage, storage.join(path, FOLDER_MANIFEST))
    return path, replace(manifest, file=storage.split(path)[1]), manifest.parts


def _problem(storage: Storage, folder: str, part: PartFile) -> str | None:
    """Return what is wrong with a file, or None."""
    path = storage.join(folder, part.file)
    try:
        return _difference(storage, path, part)
    except OSError as error:
        return f"{storage.shown(path)} cannot be read: {reason(error)}"


def _difference(storage: Storage, path: str, part: PartFile) -> str | None:
    size = storage.size(path)
    if size is None:
        return f"{storage.shown(path)} is missing"
    if size != part.bytes:
        return f"{storage.shown(path)} has {count(size, 'byte')}, not {part.bytes:,}"
    if read_sha256(storage, path) != part.sha256:
        return f"{storage.shown(path)} was changed: its SHA-256 is not the manifest's"
    return None
