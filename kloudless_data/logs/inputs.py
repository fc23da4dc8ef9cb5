"""What was read from a log, and which parts were not events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Damaged", "LogInput"]


@dataclass
class LogInput:
    """A file that was read.

    Attributes
    ----------
    name : str
    format : str
        ``"box"``, …, several with commas between; ``"empty"``; ``"unknown"`` for a file in a folder
        that is not a log, ``"unreadable"`` for a file or folder in it that the system does not let
        us read, or a file that must be unpacked.
    bytes : int
        The size as stored.
    sha256 : str or None
        The SHA-256 of these bytes, hexadecimal; None until it is read to its end.
    events : int
    timeless : int
        The number of events whose time is missing or invalid.
    damaged : int
        The number of records, or other parts, that could not be read as events.
    reason : str or None
        Why it is unreadable; else None.
    """

    name: str
    format: str
    bytes: int
    sha256: str | None = None
    events: int = 0
    timeless: int = 0
    damaged: int = 0
    reason: str | None = None

    def add_formats(self, formats: Iterable[str]) -> None:
        """Name further formats of its records.

        Parameters
        ----------
        formats : iterable of str

        Examples
        --------
        >>> read = LogInput("a.json", "box", 10)
        >>> read.add_formats({"google"})
        >>> read.format
        'box, google'
        """
        self.format = ", ".join(sorted({*self.format.split(", "), *formats}))


@dataclass(frozen=True)
class Damaged:
    """A part of a log that is not an event.

    Attributes
    ----------
    file, place : str
        The file, and the line, row, record or byte in it.
    reason : str
    text : str
        The original text, or its beginning.
    """

    file: str
    place: str
    reason: str
    text: str
