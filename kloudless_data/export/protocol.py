"""The protocol of a stream of events that can be exported, such as `EventStream`."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    import pyarrow as pa

    from ..decode import Envelope

__all__ = ["Page", "Reader", "Stream"]


class Page(Protocol):
    """A page of events as the server sent it."""

    @property
    def envelope(self) -> Envelope:
        """The page's bytes."""

    @property
    def rows(self) -> int:
        """The number of its events that belong to the stream."""

    @property
    def position(self) -> str | None:
        """The account's position after these events."""

    @property
    def source(self) -> str:
        """The events' account: a key of the stream's ``positions``."""


class Reader(Protocol):
    """Reads a stream once, with its own positions and failures."""

    @property
    def positions(self) -> Mapping[str, str | None]:
        """The next position of each account."""

    @property
    def failures(self) -> Mapping[str, Any]:
        """The error of each account that could not be read to its end."""

    def pages(self) -> Generator[Any, None, None]:
        """Yield the pages."""


class Stream(Protocol):
    """Events of one account or of many."""

    @property
    def schema(self) -> pa.Schema:
        """The schema of every record batch."""

    @property
    def schema_name(self) -> str:
        """Name and version of the schema."""

    @property
    def columns(self) -> Sequence[str] | None:
        """The selected columns; None for all."""

    @property
    def raw(self) -> bool:
        """True to request the upstream services' objects."""

    @property
    def limit(self) -> int | None:
        """The largest number of events."""

    @property
    def begin(self) -> Mapping[str, str | None]:
        """Each account's start position."""

    @property
    def cursor(self) -> str | None:
        """The start position of the only account."""

    def in_pages_of(self, most: int) -> Self:
        """Return the same stream with at most so many events per request.

        Parameters
        ----------
        most : int
        """

    @property
    def progress(self) -> bool | None:
        """Whether to show a progress bar."""

    @property
    def filter(self) -> dict[str, Any] | None:
        """The filter for events; None for all."""

    def read(self, resume: Mapping[str, str | None] | None = None, done: int = 0) -> Reader:
        """Return a reader that starts at these positions, after a number of events.

        Parameters
        ----------
        resume : mapping of str to str | None, optional
            Positions to continue from, by account. Defaults to the stream's own.
        done : int, default 0
            The number of events already read before.
        """

    def decode(self, page: Any) -> pa.RecordBatch:
        """Return a page's events as a record batch of `schema`."""

    def source_info(self) -> dict[str, Any]:
        """Return ``server``, ``api_version`` and ``accounts``, as `EventStream.source_info`."""
