"""An organisation's events as columns, and its files as numbers.

A file is a number: its owner, one of four stocks, and its place in the stock. Stocks are endless,
so no file is deleted twice and none needs to be remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..world.randomness import Ints
from ..world.vocabulary import KINDS

__all__ = ["KIND", "MINUTE", "Events", "Stock", "file_of", "owner_of"]

MINUTE = 60_000_000
KIND = {kind: number for number, kind in enumerate(KINDS)}


class Stock:
    """The kinds of files that somebody has."""

    STANDING, NEW, OLD, TEAM = range(4)


def file_of(owner: Any, stock: int, place: Any) -> Any:
    """Return the numbers of files, elementwise.

    Parameters
    ----------
    owner : object
        Index of the owner.
    stock : int
        Index of the stock.
    place : object
        Place in the stock.
    """
    return (np.asarray(owner, np.int64) << 34) | (stock << 32) | np.asarray(place, np.int64)


def owner_of(file: int) -> int:
    """Return the owner of a file."""
    return file >> 34


@dataclass
class Events:
    """Events by columns, all of the same length.

    Attributes
    ----------
    time
        Microseconds since 1970.
    actor
        Index into the organisation's people.
    kind
        Index into `KINDS`.
    file
        As returned by `file_of`; -1 for a session or a group.
    ip, detail
        Indices into the organisation's addresses and its details (0 for no details).
    label
        Number of the incident that it belongs to; -1 for ordinary events.
    """

    time: Ints
    actor: Ints
    kind: Ints
    file: Ints
    ip: Ints
    detail: Ints
    label: Ints

    @classmethod
    def of(cls, time: Any, **columns: Any) -> Events:
        """Return events; a scalar applies to all of them.

        Parameters
        ----------
        time : object
            Microseconds since 1970.
        **columns
            The other columns, by name.
        """
        time = np.asarray(time, np.int64)
        given = {"file": -1, "detail": 0, "label": -1} | columns
        names = ("actor", "kind", "file", "ip", "detail", "label")
        return cls(
            time,
            *(np.broadcast_to(np.asarray(given[n], np.int64), time.shape).copy() for n in names),
        )

    @classmethod
    def together(cls, parts: Iterable[Events]) -> Events:
        """Return the parts concatenated."""
        columns = [list(one.__dict__.values()) for one in parts]
        return cls(*(np.concatenate(column) for column in zip(*columns, strict=True)))

    def rows(self, wanted: Any) -> Events:
        """Return the events selected by a mask or by numbers."""
        return Events(*(column[wanted] for column in self.__dict__.values()))

    def __len__(self) -> int:
        return len(self.time)
