"""Turn the storage libraries' errors into `ArchiveFailed`, which says what to do."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator

from ...exceptions import ArchiveFailed
from ...storage.filesystem import is_full, room_for

__all__ = ["one_sentence", "reading_errors", "unreadable", "writing_errors"]


@contextlib.contextmanager
def reading_errors(path: str) -> Iterator[None]:
    """Turn errors about an unreadable data file of the archive at `path`."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise ArchiveFailed(
            f"A data file of {path} is missing or damaged: {one_sentence(error)}. Run "
            "kloudless-data archive verify, and restore what it names from a copy."
        ) from None


@contextlib.contextmanager
def writing_errors(
    path: str, what: str = "archive", then: str = "sync again", *, retried: bool = True
) -> Iterator[None]:
    """Turn errors about a failed write or commit.

    Parameters
    ----------
    path : str
    what : str
        What is at the path.
    then : str
        What to do once it can be written.
    retried : bool
        Let a refused commit (`CommitFailedError`) through: the caller may retry it.
    """
    from deltalake.exceptions import CommitFailedError, DeltaError

    try:
        yield
    except (DeltaError, OSError) as error:
        if retried and isinstance(error, CommitFailedError):
            raise
        instead = "" if is_full(error) else "check that it may be written"
        raise ArchiveFailed(
            f"The {what} {path} cannot be written: {one_sentence(error)}. What was committed "
            f"before is kept. {room_for(error, instead, then)}"
        ) from None


def unreadable(path: str, error: Exception) -> ArchiveFailed:
    """Return the error for an archive whose tables cannot be opened.

    Parameters
    ----------
    path : str
        The archive's path.
    error : Exception
        What the storage library raised.
    """
    return ArchiveFailed(
        f"The archive {path} cannot be read: {one_sentence(error)}. Check the path and, for an "
        "object store, its address and credentials."
    )


def one_sentence(error: Exception) -> str:
    """Return a library's message as one line, in the system's own words.

    Examples
    --------
    >>> one_sentence(OSError(
    ...     'Cannot create: /a Error: Os { code: 13, kind: PermissionDenied, message: "denied" }.'))
    'Cannot create: /a: Permission denied'
    """
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).replace("↳", "")
    text = re.sub(r"^\[Errno \d+\] ", "", text)
    # Rust's description of an error of the system.
    text = re.sub(
        r'\s*(?:Error: )?Os \{ code: (\d+), kind: \w+, message: "[^"]*" \}',
        lambda found: f": {os.strerror(int(found[1]))}",
        text,
    )
    return " ".join(text.split()).rstrip(".")
