"""Rows on their way to a file, and the protocol of their writers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any, Protocol

from ..display.records import json_lines, records_of_batch

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Rows", "Writer", "encodable", "rows_of"]


@dataclass(frozen=True)
class Rows:
    """Rows, also as lines of JSON for writers that need them."""

    batch: pa.RecordBatch
    lines: Callable[[], list[bytes]]

    def only(self, keep: Sequence[bool]) -> Rows:
        """Return the rows where `keep` is True."""
        import pyarrow as pa

        batch = self.batch.filter(pa.array(keep, pa.bool_()))
        return Rows(batch, lambda: list(compress(self.lines(), keep)))


class Writer(Protocol):
    """Writes rows to a file in one format."""

    def write(self, rows: Rows) -> None:
        """Write rows."""

    def close(self, position: str | None) -> None:
        """Write the end of the file; `position` is the one after these rows."""


def encodable(value: Any) -> Any:
    r"""Return a text with half a surrogate pair, which UTF-8 cannot encode, escaped as in JSON.

    Examples
    --------
    >>> encodable("a\ud800b"), encodable(5)
    ('a\\ud800b', 5)
    """
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "backslashreplace").decode()


def rows_of(batch: pa.RecordBatch) -> Rows:
    """Return a record batch as rows, with one JSON object per row."""
    return Rows(batch, partial(_json_lines, batch))


def _json_lines(batch: pa.RecordBatch) -> list[bytes]:
    return [line.rstrip("\n").encode() for line in json_lines(records_of_batch(batch))]
