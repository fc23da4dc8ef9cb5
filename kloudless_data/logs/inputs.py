"""What was read from a log, and which parts were not events."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Damaged", "LogInput"]


@dataclass
class LogInput:
    """A file that was read.

    Attributes
    ----------
    name : str
    format : str
        ``"box"``, …; ``"empty"``; ``"unknown"`` for a file of a folder that is no log.
    bytes : int
        As it is stored.
    sha256 : str or None
        Of these bytes, hexadecimal; None: not read to its end yet.
    events : int
    timeless : int
        Events whose time is missing or none.
    damaged : int
        Records, or other parts, that could not be read as events.
    """

    name: str
    format: str
    bytes: int
    sha256: str | None = None
    events: int = 0
    timeless: int = 0
    damaged: int = 0


@dataclass(frozen=True)
class Damaged:
    """A part of a log that is not an event.

    Attributes
    ----------
    file, where : str
        Which file, and which line, row, record or byte of it.
    reason : str
    text : str
        As it was; of much, the beginning.
    """

    file: str
    where: str
    reason: str
    text: str
