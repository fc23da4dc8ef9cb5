"""Turn the storage libraries' errors into `ArchiveFailed`, which says what to do."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator

from ...exceptions import ArchiveFailed

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
def writing_errors(path: str) -> Iterator[None]:
    """Turn errors about a failed write or commit to the archive at `path`.

    A refused commit (`CommitFailedError`) passes through: the caller may retry it.
    """
    from deltalake.exceptions import CommitFailedError, DeltaError

    try:
        yield
    except CommitFailedError:
        raise
    except (DeltaError, OSError) as error:
        raise ArchiveFailed(
            f"The archive {path} cannot be written: {one_sentence(error)}. What was committed "
            "before is kept; free some space or grant permission, and sync again."
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
