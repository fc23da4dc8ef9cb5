"""Where an export goes: what already exists there, and how the new file or folder appears."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ..exceptions import APIException, ExportFailed, OutputExists, Remedy
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage, reason, room_for
from .manifest import FOLDER_MANIFEST, Manifest, manifest_path

__all__ = ["Destination"]


class Destination:
    """The location of one exported file or folder.

    Parameters
    ----------
    storage : Storage
    path : str
        The path in the storage.

    Examples
    --------
    >>> destination = Destination.of("out/events.csv")
    >>> destination.name, destination.manifest.rpartition("/")[2]
    ('events.csv', 'events.csv.manifest.json')
    """

    def __init__(self, storage: Storage, path: str) -> None:
        self.storage = storage
        self.path = path
        self.folder, self.name = storage.split(path)

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Destination:
        """Return the destination that a path or URL names; see `Storage.of`.

        A link stands for the file or folder that it leads to.

        Raises
        ------
        ExportFailed
            Something other than a file or folder exists there.
        """
        destination = cls(*Storage.of(path))
        with destination.errors():
            destination._check_kind()
            return cls(destination.storage, destination.storage.resolved(destination.path))

    def _check_kind(self) -> None:
        for path in (self.path, self.manifest):
            if not self.storage.is_special(path):
                continue
            raise ExportFailed(
                f"{self.storage.shown(path)} is not a file (a pipe, a device, a socket, or a link "
                "to one or to nothing), and no export replaces it. Name a file, or - for standard "
                "output."
            )

    @property
    def shown(self) -> str:
        """The path as a user would write it."""
        return self.storage.shown(self.path)

    @property
    def manifest(self) -> str:
        """The path of the manifest beside the file."""
        return manifest_path(self.path)

    @property
    def checkpoint(self) -> str:
        """The path of the hidden folder of an unfinished export."""
        return self.storage.join(self.folder, f".{self.name}.partial")

    @property
    def is_taken(self) -> bool:
        """True if a file or folder exists."""
        return self.storage.size(self.path) is not None or self.storage.is_folder(self.path)

    def check(self, *, as_folder: bool) -> None:
        """Refuse an impossible destination before anything is requested.

        Parameters
        ----------
        as_folder : bool
            True to write a folder of files.

        Raises
        ------
        ExportFailed
            An existing file or folder is of the wrong kind or was not written by an export, or the
            destination is not writable.
        """
        with self.errors():
            there = self.storage.is_folder(self.path)
            if there and not as_folder:
                raise ExportFailed(
                    f"{self.shown} is a folder. Name a file in it; only an export with a number "
                    "of rows per file makes a folder."
                )
            if as_folder and self.storage.size(self.path) is not None:
                raise ExportFailed(
                    f"{self.shown} is a file. Name a folder to make, or give no number of rows "
                    "per file."
                )
            if there and not self._is_export():
                raise ExportFailed(
                    f"{self.shown} is a folder with other things in it, which no export replaces. "
                    "Name a new one."
                )
            self.storage.check_folder(self.folder)

    def _is_export(self) -> bool:
        """Return True if the folder contains only an export's files."""
        with contextlib.suppress(ExportFailed):
            found = Manifest.load(self.storage, self.storage.join(self.path, FOLDER_MANIFEST))
            ours = {FOLDER_MANIFEST, *(part.file for part in found.parts)}
            return set(self.storage.names(self.path)) <= ours
        return False

    def check_free(self) -> None:
        """Raise `OutputExists` if something exists."""
        with self.errors():
            if self.is_taken:
                raise self.exists()

    def exists(self) -> OutputExists:
        """Return the error for an existing file or folder."""
        return OutputExists(f"{self.shown} already exists.", remedy=Remedy.REPLACE_OUTPUT)

    @contextlib.contextmanager
    def new_file(self, folder: str | None = None) -> Iterator[AtomicFile]:
        """Return the file to write, which appears when the block succeeds.

        Parameters
        ----------
        folder : str, optional
            As for `AtomicFile`.
        """
        with AtomicFile(self.storage, self.path, folder) as file:
            yield file
            self._forget()

    def take(self, path: str) -> None:
        """Move a finished file to the destination."""
        self._forget()
        self.storage.move(path, self.path)

    def take_folder(self, path: str) -> None:
        """Move a finished folder to the destination, removing what `force` replaces first."""
        self.storage.remove_folder(self.path)
        self.storage.move_folder(path, self.path, last=FOLDER_MANIFEST)

    def _forget(self) -> None:
        """Remove the old manifest, so that a crash never leaves it beside the new file."""
        self.storage.remove(self.manifest)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn disk errors into a sentence with a remedy; network errors pass through."""
        try:
            yield
        except APIException:
            raise  # some are OSErrors too
        except OSError as error:
            raise self._not_written(error) from None

    def _not_written(self, error: OSError) -> ExportFailed:
        problem = f"{self.shown} could not be written: {reason(error)}."
        with contextlib.suppress(OSError):
            if self.storage.is_folder(self.checkpoint):
                return ExportFailed(
                    f"{problem} What was finished before is kept in "
                    f"{self.storage.shown(self.checkpoint)}. {room_for(error, '')}".rstrip(),
                    remedy=Remedy.RESUME_EXPORT,
                )
        return ExportFailed(
            f"{problem} Nothing was left behind. "
            + room_for(error, "choose another place", "export again")
        )
