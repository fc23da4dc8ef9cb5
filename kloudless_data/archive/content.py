"""What events are, whatever file holds them: which are repeated, and a digest of their values."""

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

#: The archive's own columns; the others are the event's content.
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
        How many of those kept have the id of another event with other content.
    restarted : bool
        The first event that has an id is a repetition: the server went back.
    """

    keep: Bools
    conflicts: int = 0
    restarted: bool = False

    @property
    def rows(self) -> int:
        """How many events are new."""
        return int(self.keep.sum())


def events_table_schema(events: pa.Schema) -> pa.Schema:
    """Return the columns of the events table: the events' own, and the archive's.

    ``account_key`` (string) is whose activity it is; ``ordinal`` (int64) counts an account's events
    from 0 in the order in which the server sent them; ``month`` (string, such as ``"2026-03"``) is
    the partition.
    """
    import pyarrow as pa

    own = [
        pa.field("account_key", pa.string()),
        pa.field("ordinal", pa.int64()),
        pa.field("month", pa.string()),
    ]
    return pa.schema([*own[:2], *(f.remove_metadata() for f in events), own[2]])


def novelty_of(events: pa.Table, archived: pa.Table | None) -> Novelty:
    """Tell which events are new.

    An event without an id, or with a blank one, is never taken for a repetition: nothing says
    that two equal ones are not two.

    Parameters
    ----------
    events : pyarrow.Table
        An account's, as they came.
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
    """Tell which ids are there several times."""
    codes = ids.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    if not len(codes):
        return np.zeros(0, np.bool_)
    several: Bools = np.bincount(codes + 1)[codes + 1] > 1
    return several


def _first_of_their_content(events: pa.Table, archived: pa.Table | None) -> Bools:
    """Tell which events are neither archived nor equal to one before them."""
    import pyarrow as pa

    digests = content_digests(events, without=OWN_COLUMNS)
    before = 0
    if archived is not None:
        before = archived.num_rows
        digests = pa.concat_arrays([content_digests(archived, without=OWN_COLUMNS), digests])
    return _first_of_each(digests)[before:]


def _first_of_each(values: pa.Array) -> Bools:
    """Tell which values are there for the first time."""
    codes = values.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    first = np.zeros(len(codes), np.bool_)
    first[np.unique(codes, return_index=True)[1]] = True
    return first


def _conflicts(ids: pa.Array, kept: Bools, there: Bools) -> int:
    """Count events that are kept although their id is archived or came before."""
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
    """Return a SHA-256 of events' values, whatever files and Arrow types hold them.

    Columns without a value do not count, so that it stays when a table gains columns. The archive's
    own columns do not count either: what they say follows from the ledger.

    Parameters
    ----------
    events : pyarrow.Table
        In the account's order.

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
    """Add where a column has values, and which."""
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
    """Return a column as int64 or large strings: the same for all types that hold the same."""
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
