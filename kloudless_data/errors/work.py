"""Exceptions about what is done with the data: paging, exports, archives."""

from __future__ import annotations

from collections.abc import Sequence

from .base import KloudlessException

__all__ = [
    "ArchiveFailed",
    "ExportFailed",
    "ExportInterrupted",
    "MissingPackage",
    "NoNextPage",
    "OutputExists",
    "VerificationFailed",
]


class NoNextPage(KloudlessException):
    """The last page has been read.

    Attributes
    ----------
    cursor : str, int or None
        For events: the position to continue from next time.
    """

    default_message = "There is no next page."

    def __init__(self, cursor: str | int | None = None, message: str = "") -> None:
        super().__init__(message)
        self.cursor = cursor


class MissingPackage(KloudlessException, ImportError):
    """A required package is not installed; the message says how to install it."""

    default_message = "A package is missing."

    def __init__(self, message: str = "") -> None:
        KloudlessException.__init__(self, message)


class ExportFailed(KloudlessException):
    """A file could not be written."""

    default_message = "The file could not be written."


class OutputExists(ExportFailed):
    """The file exists and may not be replaced."""

    default_message = "The file already exists."


class ExportInterrupted(KloudlessException, KeyboardInterrupt):
    """Ctrl-C during an export. What was already written is kept, and the export can be resumed.

    It is also a `KeyboardInterrupt`, so a program that ends on Ctrl-C still does.
    """

    default_message = "The export was interrupted."


class ArchiveFailed(KloudlessException):
    """An archive is missing, or cannot be read or written."""

    default_message = "The archive could not be used."


class VerificationFailed(KloudlessException):
    """Files are missing or are not what was exported.

    Parameters
    ----------
    problems : sequence of str
        One sentence per file.
    remedy : str
        What to do about it.
    """

    def __init__(self, problems: Sequence[str], remedy: str = "Export the data again.") -> None:
        self.problems = list(problems)
        super().__init__(f"{'; '.join(self.problems)}. {remedy}")
