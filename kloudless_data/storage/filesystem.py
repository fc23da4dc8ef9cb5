"""Where exported files go: a folder of this machine, or any Arrow or fsspec file system.

::

    Storage.of("out/events.csv")           -> this machine's, "/home/…/out/events.csv"
    Storage.of("s3://bucket/events.csv")   -> Arrow's S3, "bucket/events.csv"
    Storage.of("memory://events.csv")      -> fsspec's, "/events.csv"

This is the one place that gives paths a meaning: ``~`` is the home folder everywhere.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ..exceptions import ExportFailed, InvalidParameter
from ..util import redact_url

if TYPE_CHECKING:
    import pyarrow.fs

__all__ = ["Storage", "local_path", "reason"]

_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}


class Storage:
    """A file system, with what Arrow's leave out: durability and locks where there are such.

    Paths are text in the file system's own form, with ``/`` between the parts.

    Parameters
    ----------
    files : pyarrow.fs.FileSystem
    scheme : str
        What its URLs begin with; ``"file"`` is this machine.
    """

    def __init__(self, files: pyarrow.fs.FileSystem, scheme: str) -> None:
        self._files = files
        self._scheme = scheme
        self.local = scheme == "file"

    @staticmethod
    def of(path: str | os.PathLike[str]) -> tuple[Storage, str]:
        """Return the file system of a path or URL, and the path in it.

        Parameters
        ----------
        path : str or path
            A path of this machine, where ``~`` is the home folder; a URL of an Arrow file system
            (``s3``, ``gs``, ``hdfs``, …), or one that fsspec knows (``memory``, ``sftp``,
            ``abfs``, …).

        Returns
        -------
        tuple of (Storage, str)

        Raises
        ------
        InvalidParameter
            Nothing knows such URLs, or the path is no text.
        ExportFailed
            A package is missing, the place cannot be reached, or the working folder is gone.

        Examples
        --------
        >>> storage, path = Storage.of("out/events.csv")
        >>> storage.local, storage.split(path)[1]
        (True, 'events.csv')
        """
        from pyarrow.fs import LocalFileSystem

        text = _readable(path)
        scheme, separator, _ = text.partition("://")
        if not separator:
            return Storage(LocalFileSystem(), "file"), local_path(text)
        files, inner = _from_url(text, scheme)
        local = isinstance(files, LocalFileSystem)
        return Storage(files, "file" if local else scheme), inner.rstrip("/")

    @property
    def arrow(self) -> pyarrow.fs.FileSystem:
        """The file system as Arrow has it."""
        return self._files

    def shown(self, path: str) -> str:
        """Return a path as a person writes it."""
        return path if self.local else f"{self._scheme}://{path.lstrip('/')}"

    def split(self, path: str) -> tuple[str, str]:
        """Return the folder and the name of a path."""
        folder, separator, name = path.rpartition("/")
        return folder or separator, name

    def join(self, folder: str, name: str) -> str:
        """Return the path of a name in a folder."""
        return f"{folder.rstrip('/')}/{name}" if folder else name

    def size(self, path: str) -> int | None:
        """Return the bytes of a file; None when there is none."""
        info = self._files.get_file_info(path)
        return int(info.size) if info.is_file else None

    def is_special(self, path: str) -> bool:
        """Tell whether a path is what no export may replace.

        That is a named pipe, a socket, a device, or a link to one of these or to nothing.
        """
        if not self.local:
            return False
        try:
            mode = os.lstat(path).st_mode
            if stat.S_ISLNK(mode):
                mode = os.stat(path).st_mode  # noqa: PTH116 - beside the other one
                # /dev/stdout may lead to a file that has no name any more.
                if not os.path.samefile(path, os.path.realpath(path)):  # noqa: PTH121
                    return True
        except (FileNotFoundError, NotADirectoryError):
            return os.path.islink(path)  # noqa: PTH114
        except OSError as error:
            if error.errno == errno.ELOOP:
                return True
            raise
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))

    def resolved(self, path: str) -> str:
        """Return what a link leads to, so that the file is replaced and not the link."""
        return os.path.realpath(path) if self.local and os.path.islink(path) else path  # noqa: PTH114

    def is_folder(self, path: str) -> bool:
        """Tell whether there is a folder, or on an object store something below the path."""
        from pyarrow.fs import FileType

        return bool(self._files.get_file_info(path).type == FileType.Directory)

    def names(self, folder: str) -> list[str]:
        """Return the names of what is in a folder, sorted; none when there is no folder."""
        from pyarrow.fs import FileSelector

        found = self._files.get_file_info(FileSelector(folder, allow_not_found=True))
        return sorted(info.base_name for info in found)

    def check_folder(self, folder: str) -> None:
        """Raise `ExportFailed` when it is plain that no file can be made in a folder.

        Object stores have no folders, and say only when they are used what is allowed.
        """
        if not self.local:
            return
        if not self.is_folder(folder):
            raise ExportFailed(f"The folder {folder} does not exist. Make it first.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ExportFailed(f"The folder {folder} is not writable. Choose another one.")

    def make_folder(self, path: str) -> None:
        """Make a folder; its own folder has to be there."""
        if self.local:
            # A folder that has vanished since the export began is an error, not to be made up for.
            Path(path).mkdir(exist_ok=True)
            _sync(self.split(path)[0])
        else:
            self._files.create_dir(path, recursive=True)

    def remove_folder(self, path: str) -> None:
        """Remove a folder and all that is in it; nothing when there is none."""
        if self.is_folder(path):
            self._files.delete_dir(path)

    def remove(self, path: str) -> None:
        """Remove a file; nothing when there is none."""
        if self.size(path) is not None:
            self._files.delete_file(path)

    def move(self, path: str, target: str) -> None:
        """Give a file another path, replacing a file that is there."""
        self._files.move(path, target)
        if self.local:
            _sync(self.split(target)[0])

    def move_folder(self, path: str, target: str, last: str) -> None:
        """Give a folder of files a new path, where nothing is.

        In one step on this machine; file by file elsewhere, the file named `last` after all
        others.
        """
        if self.local:
            return self.move(path, target)
        self._files.create_dir(target, recursive=True)
        for name in sorted(self.names(path), key=lambda name: name == last):
            self._files.move(self.join(path, name), self.join(target, name))
        self.remove_folder(path)

    def open(self, path: str) -> IO[bytes]:
        """Open a file to read it; it can seek."""
        file: IO[bytes] = self._files.open_input_file(path)
        return file

    def create(self, path: str) -> IO[bytes]:
        """Open a new file to write it."""
        file: IO[bytes] = self._files.open_output_stream(path)
        return file

    def keep(self, path: str) -> None:
        """Let a file that was written and closed survive a power failure."""
        if self.local:
            _sync(path)

    @contextlib.contextmanager
    def lock(self, folder: str) -> Iterator[None]:
        """Keep other processes' exports out of a folder.

        The kernel lets go of the lock however this process ends; object stores have none like it.

        Raises
        ------
        ExportFailed
            Another one is in there.
        """
        try:
            import fcntl
        except ImportError:  # Windows: two exports to one path are not told apart
            fcntl = None  # type: ignore[assignment]
        if fcntl is None or not self.local:
            yield
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise ExportFailed(
                f"Another export is writing to {folder} right now. Wait for it, or choose another "
                "path."
            ) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                os.close(descriptor)
                raise
        try:
            yield
        finally:
            os.close(descriptor)


def reason(error: OSError) -> str:
    """Return what the system says about an error, in its own words without the paths around them.

    Examples
    --------
    >>> reason(OSError(errno.ENAMETOOLONG, "Failed stat()ing path '/very/long'"))
    'File name too long'
    """
    return os.strerror(error.errno) if error.errno else str(error)


def _readable(path: str | os.PathLike[str]) -> str:
    """Return a path as text that can be written down."""
    text = os.fspath(path)
    if not isinstance(text, str):
        raise InvalidParameter(f"A path is text, not {type(text).__name__}.")
    if not text or "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidParameter(
            f"{text!a} is no path. Give the name of a file, in characters that UTF-8 has."
        )
    return text


def local_path(path: str | os.PathLike[str]) -> str:
    """Return a path of this machine whole, with ``~`` as the home folder; a URL as it is.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    str

    Raises
    ------
    InvalidParameter
        It is no path, or no home folder is known.
    ExportFailed
        The working folder is gone.

    Examples
    --------
    >>> local_path("s3://bucket/a"), local_path("~/a") == str(Path.home() / "a")
    ('s3://bucket/a', True)
    """
    text = _readable(path)
    if "://" in text:
        return text
    home = os.path.expanduser(text)  # noqa: PTH111 - leaves alone what names no home folder
    if home == text and text.partition("/")[0] == "~":
        raise InvalidParameter("No home folder is known here: give the whole path instead of ~.")
    try:
        return Path(home).absolute().as_posix()
    except FileNotFoundError:
        raise ExportFailed(
            "The working folder does not exist any more. Change to another one, or give the "
            "whole path."
        ) from None


def _from_url(url: str, scheme: str) -> tuple[pyarrow.fs.FileSystem, str]:
    import pyarrow as pa
    from pyarrow.fs import FileSystem, FSSpecHandler, PyFileSystem

    with contextlib.suppress(pa.ArrowInvalid):  # not one of Arrow's own
        files, inner = FileSystem.from_uri(url)
        return files, str(inner)
    try:
        import fsspec
    except ImportError:
        raise ExportFailed(
            f"Paths that begin with {scheme}:// need fsspec. Install it with: pip install fsspec"
        ) from None
    try:
        filesystem, inner = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise ExportFailed(f"Paths that begin with {scheme}:// need more: {error}.") from None
    except ValueError:
        raise InvalidParameter(
            f"No file system is known for {redact_url(url)}: paths begin with a folder, s3://, "
            "gs://, or what fsspec knows."
        ) from None
    return PyFileSystem(FSSpecHandler(filesystem)), str(inner)


def _sync(path: str) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    if os.name == "nt" and Path(path).is_dir():
        return  # folders cannot be opened there; NTFS keeps renames in its journal
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
