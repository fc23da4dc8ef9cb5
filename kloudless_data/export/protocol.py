"""What an export needs of a stream of events; `EventStream` has it."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from ..decode.decode import Envelope

__all__ = ["Page", "Reading", "Stream"]


class Page(Protocol):
    """A page of events as the server sent it."""

    @property
    def envelope(self) -> Envelope:
        """The page's bytes."""

    @property
    def rows(self) -> int:
        """How many of its events belong to the stream."""

    @property
    def position(self) -> str | None:
        """Where its account goes on after these events."""

    @property
    def source(self) -> str:
        """The account that they are of; a key of the stream's ``positions``."""


class Reading(Protocol):
    """A stream that is being read once."""

    @property
    def positions(self) -> Mapping[str, str | None]:
        """Where to begin next time, by account."""

    @property
    def failures(self) -> Mapping[str, Any]:
        """The error of each account that could not be read to its end."""

    def pages(self) -> Generator[Any, None, None]:
        """Yield one `Page` after the other."""


class Stream(Protocol):
    """Events of one account or of many."""

    @property
    def schema(self) -> pa.Schema:
        """Of every record batch."""

    @property
    def schema_name(self) -> str:
        """Name and version of the schema."""

    @property
    def columns(self) -> Sequence[str] | None:
        """The columns that were asked for; None: all."""

    @property
    def raw(self) -> bool:
        """Whether the upstream services' objects are asked for."""

    @property
    def limit(self) -> int | None:
        """The most events."""

    @property
    def begin(self) -> Mapping[str, str | None]:
        """Where each account begins."""

    @property
    def cursor(self) -> str | None:
        """Where the only account begins."""

    @property
    def progress(self) -> bool | None:
        """Whether to show a progress bar."""

    @property
    def filter(self) -> dict[str, Any] | None:
        """What events have to be; None: all are given."""

    def read(self, resume: Mapping[str, str | None] | None = None, done: int = 0) -> Reading:
        """Begin a reading, from these positions on, after so many events.

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
