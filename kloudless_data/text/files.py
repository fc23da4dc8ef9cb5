"""Files by a name that the user or the environment gives: refused if they are none."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["check_regular", "is_endless", "read_small"]


def check_regular(path: str | os.PathLike[str]) -> None:
    """Raise `OSError` for what is no regular file: a device or a pipe may never end.

    Parameters
    ----------
    path : str or path
        A local path; a URL is not checked.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    OSError
        It is a folder, a pipe, a device or a socket.
    """
    if "://" in os.fspath(path):
        return
    mode = os.stat(path).st_mode  # noqa: PTH116 - follows links
    if not stat.S_ISREG(mode):
        kind = "folder" if stat.S_ISDIR(mode) else "device, a pipe or a socket"
        raise OSError(f"it is a {kind}, not a file")


def is_endless(path: str | os.PathLike[str]) -> bool:
    """Return True for a pipe, a device or a socket, and False for a file, a folder or nothing.

    Parameters
    ----------
    path : str or path
        A local path.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - follows links
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def read_small(path: str | os.PathLike[str], encoding: str = "utf-8") -> str:
    """Return a small file's text, with its line ends as they are.

    Parameters
    ----------
    path : str or path
    encoding : str
        Defaults to UTF-8.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    OSError
        It cannot be read, or is no regular file.
    UnicodeDecodeError
        It is not text in this encoding.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "marks.csv")
    ...     _ = path.write_text("id,reason,by")
    ...     read_small(path)
    'id,reason,by'
    """
    check_regular(path)
    return Path(path).read_bytes().decode(encoding)
