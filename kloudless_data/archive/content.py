"""The content of events, whatever file holds it: repetitions, and a digest of their values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..schema.identity import content_digests, identifying

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["OWN_COLUMNS", "Novelty", "by_account", "digest_of", "events_table_schema", "novelty_of"]

#: The archive's own columns; all others are the event's content.
OWN_COLUMNS = ("account_key", "ordinal", "month")

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Novelty:
    """Which of an account's events are new to the archive.

    Attributes
    ----------
    keep : numpy.ndarray of bool
        False for repetitions: the same content under the same id.
    conflicts : int
        Number of kept events that share their id with an event of other content.
    restarted : bool
        True if the first event with an id is a repetition: the server went back.
    """

    keep: Bools
    conflicts: int = 0
    restarted: bool = False

    @property
    def rows(self) -> int:
        """Number of new events."""
        return int(self.keep.sum())


def events_table_schema(events: pa.Schema) -> pa.Schema:
    """Return the columns of the events table: the events' own and the archive's.

    ``account_key`` (string) is the account; ``ordinal`` (int64) numbers an account's events from 0
    in the server's order; ``month`` (string, such as ``"2026-03"``) is the partition.
    """
    import pyarrow as pa

    added = [
        pa.field("account_key", pa.string()),
        pa.field("ordinal", pa.int64()),
        pa.field("month", pa.string()),
    ]
    return pa.schema([*added[:2], *(f.remove_metadata() for f in events), added[2]])


def novelty_of(events: pa.Table, archived: pa.Table | None) -> Novelty:
    """Return which events are new.

    An event whose id is missing or blank never counts as a repetition: two equal ones may well be
    two events.

    Parameters
    ----------
    events : pyarrow.Table
        An account's events in the order they arrived.
    archived : pyarrow.Table or None
        The account's rows in the archive that have one of their ids.
    """
    import pyarrow.compute as pc

    ids = identifying(events["id"].combine_chunks())
    named = ids.is_valid().to_numpy(zero_copy_only=False)
    there = np.zeros(len(ids), np.bool_)
    if archived is not None and archived.num_rows:
        known = pc.is_in(ids, value_set=archived["id"].combine_chunks(), skip_nulls=True)
        there = known.to_numpy(zero_copy_only=False)
    shared = named & (_repeated(ids) | there)
    keep = np.ones(len(ids), np.bool_)
    if shared.any():
        places = np.flatnonzero(shared)
        keep[places] = _first_of_their_content(events.take(places), archived)
    first = int(np.argmax(named)) if named.any() else None
    return Novelty(
        keep=keep,
        conflicts=_conflicts(ids, keep & shared, there),
        restarted=first is not None and not keep[first],
    )


def _repeated(ids: pa.Array) -> Bools:
    """Return which ids occur more than once."""
    codes = ids.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    if not len(codes):
        return np.zeros(0, np.bool_)
    several: Bools = np.bincount(codes + 1)[codes + 1] > 1
    return several


def _first_of_their_content(events: pa.Table, archived: pa.Table | None) -> Bools:
    """Return which events are neither archived nor equal to an earlier one."""
    import pyarrow as pa

    digests = content_digests(events, without=OWN_COLUMNS)
    before = 0
    if archived is not None:
        before = archived.num_rows
        digests = pa.concat_arrays([content_digests(archived, without=OWN_COLUMNS), digests])
    return _first_of_each(digests)[before:]


def _first_of_each(values: pa.Array) -> Bools:
    """Return which values occur for the first time."""
    codes = values.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    first = np.zeros(len(codes), np.bool_)
    first[np.unique(codes, return_index=True)[1]] = True
    return first


def _conflicts(ids: pa.Array, kept: Bools, there: Bools) -> int:
    """Count the kept events whose id is archived or occurred before."""
    import pyarrow as pa

    ids, there = ids.filter(pa.array(kept)), there[kept]
    return int((~_first_of_each(ids) | there).sum())


def by_account(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield each account's rows of a table that is sorted by ``account_key``."""
    coded = rows["account_key"].combine_chunks().dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False)
    begins = np.flatnonzero(np.diff(codes, prepend=-1))
    for begin, end in zip(begins, np.append(begins, len(codes))[1:], strict=True):
        yield coded.dictionary[int(codes[begin])].as_py(), rows.slice(begin, end - begin)


def digest_of(events: pa.Table) -> str:
    """Return a SHA-256 of events' values that does not depend on files or Arrow types.

    Columns without any value do not count, so a table can gain columns. Nor do the archive's own
    columns, which follow from the ledger.

    Parameters
    ----------
    events : pyarrow.Table
        In the account's order of events.

    Examples
    --------
    >>> import pyarrow as pa
    >>> one = pa.table({"id": ["a", None], "size": pa.array([None, None], pa.int64())})
    >>> two = pa.table({"id": pa.chunked_array([["a"], [None]])})
    >>> digest_of(one) == digest_of(two)
    True
    """
    digest = hashlib.sha256(str(events.num_rows).encode())
    for name in sorted(set(events.column_names) - set(OWN_COLUMNS)):
        if events[name].null_count < events.num_rows:
            digest.update(f"\n{name}\n".encode())
            _digest_column(digest, events[name])
    return digest.hexdigest()


def _digest_column(digest: Any, column: pa.ChunkedArray) -> None:
    """Add a column's nulls and values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = _canonical(column)
    digest.update(np.packbits(values.is_valid().to_numpy(zero_copy_only=False)))
    if not pa.types.is_large_string(values.type):
        digest.update(values.fill_null(0).to_numpy(zero_copy_only=False).astype("<i8"))
        return
    values = values.fill_null("")
    digest.update(pc.binary_length(values).to_numpy(zero_copy_only=False).astype("<i8"))
    offsets = np.frombuffer(values.buffers()[1], "<i8")[values.offset :][: len(values) + 1]
    if values.buffers()[2] is not None:
        digest.update(values.buffers()[2][int(offsets[0]) : int(offsets[-1])])


def _canonical(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as int64 or large strings: equal values become equal bytes."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", tz=kind.tz)).cast(pa.int64())
    elif pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        column = column.cast(pa.int64())
    else:
        column = column.cast(pa.large_string())
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
