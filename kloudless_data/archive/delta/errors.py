"""Turn the storage libraries' errors into `ArchiveFailed`, which says what to do."""

from __future__ import annotations

import contextlib
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
    """Return a library's message as one line, without colours and the final full stop."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    return " ".join(text.replace("↳", "").split()).rstrip(".")
