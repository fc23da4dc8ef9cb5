"""Where exported files go: a local folder, or any Arrow or fsspec file system.

::

    Storage.of("out/events.csv")           -> this machine's, "/home/…/out/events.csv"
    Storage.of("s3://bucket/events.csv")   -> Arrow's S3, "bucket/events.csv"
    Storage.of("memory://events.csv")      -> fsspec's, "/events.csv"

This is the only place that interprets paths: ``~`` is the home folder everywhere.
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
from ..text.files import check_regular
from ..util import redact_url

if TYPE_CHECKING:
    import pyarrow.fs

__all__ = ["Storage", "is_full", "local_path", "not_written", "reason", "room_for"]

_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}


class Storage:
    """A file system, plus what Arrow's lack: durability and locks where available.

    Paths are text in the file system's own form, with ``/`` as the separator.

    Parameters
    ----------
    files : pyarrow.fs.FileSystem
    scheme : str
        The scheme of its URLs; ``"file"`` for this machine.
    """

    def __init__(self, files: pyarrow.fs.FileSystem, scheme: str) -> None:
        self._files = files
        self._scheme = scheme
        self.local = scheme == "file"

    @staticmethod
    def of(path: str | os.PathLike[str]) -> tuple[Storage, str]:
        """Return the file system of a path or URL, and the path within it.

        Parameters
        ----------
        path : str or path
            A local path, where ``~`` is the home folder, or a URL of an Arrow file system (``s3``,
            ``gs``, ``hdfs``, …) or one that fsspec knows (``memory``, ``sftp``, ``abfs``, …).

        Returns
        -------
        tuple of (Storage, str)

        Raises
        ------
        InvalidParameter
            The URL's scheme is unknown, or the path is not text.
        ExportFailed
            A package is missing, the store cannot be reached, or the working folder was removed.

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
        """The Arrow file system."""
        return self._files

    def shown(self, path: str) -> str:
        """Return a path in the form that people write."""
        return path if self.local else f"{self._scheme}://{path.lstrip('/')}"

    def split(self, path: str) -> tuple[str, str]:
        """Return the folder and the name of a path."""
        folder, separator, name = path.rpartition("/")
        return folder or separator, name

    def join(self, folder: str, name: str) -> str:
        """Return the path of a name in a folder.

        Parameters
        ----------
        folder : str
            A path in this file system.
        name : str
            A file or folder name.
        """
        return f"{folder.rstrip('/')}/{name}" if folder else name

    def size(self, path: str) -> int | None:
        """Return the size of a file in bytes; None if it does not exist."""
        info = self._files.get_file_info(path)
        return int(info.size) if info.is_file else None

    def is_special(self, path: str) -> bool:
        """Return True if no export may replace the path.

        That is a named pipe, a socket, a device, or a link to one of these or to nothing.
        """
        if not self.local:
            return False
        try:
            mode = os.lstat(path).st_mode
            if stat.S_ISLNK(mode):
                mode = os.stat(path).st_mode  # noqa: PTH116 - beside the other one
                # /dev/stdout may lead to a file that no longer has a name.
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
        """Return the target of a link, so that the file is replaced and not the link."""
        return os.path.realpath(path) if self.local and os.path.islink(path) else path  # noqa: PTH114

    def is_folder(self, path: str) -> bool:
        """Return True if the folder exists, or on an object store anything below the path."""
        from pyarrow.fs import FileType

        return bool(self._files.get_file_info(path).type == FileType.Directory)

    def names(self, folder: str) -> list[str]:
        """Return the sorted names in a folder; an empty list if it does not exist."""
        from pyarrow.fs import FileSelector

        found = self._files.get_file_info(FileSelector(folder, allow_not_found=True))
        return sorted(info.base_name for info in found)

    def check_folder(self, folder: str) -> None:
        """Raise `ExportFailed` if no file can be created in a folder.

        Object stores have no folders and report permissions only on use.
        """
        if not self.local:
            return
        if not self.is_folder(folder):
            raise ExportFailed(f"The folder {folder} does not exist. Create it first.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ExportFailed(f"The folder {folder} is not writable. Choose another one.")

    def make_folder(self, path: str) -> None:
        """Create a folder; its parent must exist."""
        if self.local:
            # A folder that vanished since the export began is an error, so it is not recreated.
            Path(path).mkdir(exist_ok=True)
            _sync(self.split(path)[0])
        else:
            self._files.create_dir(path, recursive=True)

    def remove_folder(self, path: str) -> None:
        """Remove a folder and its contents, if it exists."""
        if self.is_folder(path):
            self._files.delete_dir(path)

    def remove(self, path: str) -> None:
        """Remove a file, if it exists."""
        if self.size(path) is not None:
            self._files.delete_file(path)

    def move(self, path: str, target: str) -> None:
        """Move a file, replacing an existing one.

        Parameters
        ----------
        path : str
            The file.
        target : str
            Its new path.
        """
        self._files.move(path, target)
        if self.local:
            _sync(self.split(target)[0])

    def move_folder(self, path: str, target: str, last: str) -> None:
        """Move a folder of files to a path that does not exist yet.

        In one step on this machine; file by file elsewhere, with the file named `last` at the end.

        Parameters
        ----------
        path : str
            The folder.
        target : str
            Its new path.
        last : str
            The name of the file to move last.
        """
        if self.local:
            return self.move(path, target)
        self._files.create_dir(target, recursive=True)
        for name in sorted(self.names(path), key=lambda name: name == last):
            self._files.move(self.join(path, name), self.join(target, name))
        self.remove_folder(path)

    def open(self, path: str) -> IO[bytes]:
        """Open a file for reading, with seeking.

        Raises
        ------
        OSError
            It cannot be read; on this machine also what is no regular file, which may never end.
        """
        if self.local:
            check_regular(path)
        file: IO[bytes] = self._files.open_input_file(path)
        return file

    def create(self, path: str) -> IO[bytes]:
        """Create a file for writing."""
        file: IO[bytes] = self._files.open_output_stream(path)
        return file

    def keep(self, path: str) -> None:
        """Make a written and closed file survive a power failure."""
        if self.local:
            _sync(path)

    @contextlib.contextmanager
    def lock(self, folder: str) -> Iterator[None]:
        """Lock a folder against other processes' exports.

        The kernel releases the lock however this process ends. Object stores have no such lock.

        Raises
        ------
        ExportFailed
            Another export holds the lock.
        """
        try:
            import fcntl
        except ImportError:  # Windows: no lock against a second export to the same path
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
    """Return the system's own words for an error, without the paths around them.

    Examples
    --------
    >>> reason(OSError(errno.ENAMETOOLONG, "Failed stat()ing path '/very/long'"))
    'File name too long'
    """
    return os.strerror(error.errno) if error.errno else str(error)


def is_full(error: Exception) -> bool:
    """Return True if a disk or a quota is full, also if a library says so in its own error."""
    number = error.errno if isinstance(error, OSError) else None
    return number in _FULL or any(os.strerror(one) in str(error) for one in _FULL)


def room_for(error: Exception, instead: str, then: str = "") -> str:
    """Return what to do about a file that could not be written.

    Parameters
    ----------
    error : Exception
    instead : str
        What helps besides room, such as ``"choose another place"``; "" if nothing does.
    then : str
        What to do afterwards, such as ``"export again"``.

    Examples
    --------
    >>> room_for(OSError(errno.ENOSPC, "write"), "choose another place", "export again")
    'Free some space, or choose another place, and export again.'
    >>> room_for(OSError(errno.EACCES, "write"), "choose another place")
    'Choose another place.'
    """
    first = "free some space" if is_full(error) else ""
    advice = ", and ".join(filter(None, (", or ".join(filter(None, (first, instead))), then)))
    return f"{advice[:1].upper()}{advice[1:]}." if advice else ""


def not_written(shown: str | os.PathLike[str], error: OSError) -> ExportFailed:
    """Return the exception for a file that could not be written, with what to do.

    Parameters
    ----------
    shown : str or path
        The file, as the user named it.
    error : OSError

    Examples
    --------
    >>> str(not_written("report.html", OSError(errno.ENOSPC, "Error writing bytes")))
    'report.html cannot be written: No space left on device. Free some space, or choose another \
place.'
    """
    return ExportFailed(
        f"{os.fspath(shown)} cannot be written: {reason(error)}. "
        + room_for(error, "choose another place")
    )


def _readable(path: str | os.PathLike[str]) -> str:
    """Return a path as text that UTF-8 can encode."""
    text = os.fspath(path)
    if not isinstance(text, str):
        raise InvalidParameter(f"A path must be text, not {type(text).__name__}.")
    if not text:
        raise InvalidParameter("'' is not a path. Give the name of a file.")
    if "\0" in text:
        raise InvalidParameter(f"{text!a} is not a path: it has a NUL character.")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidParameter(f"{text!a} is not a path. Use a file name that UTF-8 can encode.")
    return text


def local_path(path: str | os.PathLike[str]) -> str:
    """Return an absolute local path, with ``~`` expanded; a URL is returned unchanged.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    str

    Raises
    ------
    InvalidParameter
        It is not a path, or no home folder is known.
    ExportFailed
        The working folder was removed.

    Examples
    --------
    >>> local_path("s3://bucket/a"), local_path("~/a") == str(Path.home() / "a")
    ('s3://bucket/a', True)
    """
    text = _readable(path)
    if "://" in text:
        return text
    home = os.path.expanduser(text)  # noqa: PTH111 - leaves other paths unchanged
    if home == text and text.partition("/")[0] == "~":
        raise InvalidParameter("No home folder is known here: use the full path instead of ~.")
    try:
        return Path(home).absolute().as_posix()
    except FileNotFoundError:
        raise ExportFailed(
            "The working folder no longer exists. Change to another one, or use the full path."
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
            f"No file system is known for {redact_url(url)}: use a local path, s3://, "
            "gs:// or another scheme that fsspec knows."
        ) from None
    return PyFileSystem(FSSpecHandler(filesystem)), str(inner)


def _sync(path: str) -> None:
    """Flush a file, or a folder's entries, to disk."""
    if os.name == "nt" and Path(path).is_dir():
        return  # folders cannot be opened there; NTFS keeps renames in its journal
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
