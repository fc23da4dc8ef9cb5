"""Decide when two events are the same: the same content under the same id.

Servers deliver an event at least once (A), so an id may come again. It may also come again with
different content, such as an ``update`` and later a ``delete``: those are two events, and both
count. A blank id, of which nothing is visible, identifies nothing.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DIGEST_BYTES", "INVISIBLE", "content_digests", "identifying"]

DIGEST_BYTES = 16  # 128 bits: collision-resistant enough, with half the memory of SHA-256


#: Spaces, controls, and the characters of Unicode that show nothing.
INVISIBLE = "".join(
    map(
        chr,
        [
            *range(0x21), *range(0x7F, 0xA1), 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x1680, 0x180E,
            *range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070), 0x2800, 0x3000,
            0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, *range(0xFFF9, 0xFFFC),
        ],
    )
)  # fmt: skip


def identifying(ids: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    r"""Return ids, with null for those that are blank.

    Parameters
    ----------
    ids : pyarrow.Array or pyarrow.ChunkedArray
        Strings.

    Returns
    -------
    pyarrow.Array or pyarrow.ChunkedArray
        Of the same type and length.

    Examples
    --------
    >>> import pyarrow as pa
    >>> identifying(pa.array(["a", "", "  ", "\u200b", None])).to_pylist()
    ['a', None, None, None, None]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    blank = pc.equal(pc.utf8_trim(ids, INVISIBLE), pa.scalar("", ids.type))
    return pc.if_else(blank, pa.scalar(None, ids.type), ids)


def content_digests(
    rows: pa.RecordBatch | pa.Table, *, without: Collection[str] = ()
) -> pa.FixedSizeBinaryArray:
    """Return a digest of each row's content.

    Equal rows have equal digests, whatever the order of the columns, and whether a null column is
    present or missing. Rows that differ in any value have different digests. A number equals the
    same number as text, so that rows compare across schema versions.

    Parameters
    ----------
    rows : pyarrow.RecordBatch or pyarrow.Table
    without : collection of str
        Columns that are not part of the content, such as an archive's own.

    Returns
    -------
    pyarrow.FixedSizeBinaryArray
        BLAKE2b, 16 bytes per row, over the row's non-null values by column name, each as
        ``name=length:text``.

    Examples
    --------
    >>> import pyarrow as pa
    >>> update = pa.record_batch({"id": ["1", "1"], "type": ["update", "delete"]})
    >>> again = pa.record_batch({"type": ["update"], "size": pa.nulls(1), "id": ["1"]})
    >>> content_digests(again)[0] in content_digests(update)[:1]
    True
    >>> content_digests(update).unique().to_pylist() == content_digests(update).to_pylist()
    True
    """
    import pyarrow as pa

    if isinstance(rows, pa.Table):
        digests = [content_digests(batch, without=without) for batch in rows.to_batches()]
        return pa.chunked_array(digests, pa.binary(DIGEST_BYTES)).combine_chunks()
    pieces = []
    for name in sorted(set(rows.schema.names) - set(without)):
        column = rows.column(name)
        if column.null_count < len(column):
            pieces += _labelled(name, column)
    return pa.array(
        [hashlib.blake2b(text, digest_size=DIGEST_BYTES).digest() for text in _texts(rows, pieces)],
        pa.binary(DIGEST_BYTES),
    )


def _labelled(name: str, column: pa.Array) -> list[pa.Array]:
    """Return the parts of ``name=length:text`` for each value, all null for a null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = _text(column)
    # The lengths separate each value from the next.
    length = pc.binary_length(text).cast(pa.string()).cast(pa.large_binary())
    label, colon = (
        pa.scalar(f"{name}=".encode(), pa.large_binary()),
        pa.scalar(b":", pa.large_binary()),
    )
    if column.null_count:
        there, nothing = text.is_valid(), pa.scalar(None, pa.large_binary())
        label, colon = pc.if_else(there, label, nothing), pc.if_else(there, colon, nothing)
    return [label, length, colon, text]


def _text(column: pa.Array) -> pa.Array:
    """Return the values of a column as bytes of text."""
    import pyarrow as pa

    type_ = column.type
    if pa.types.is_dictionary(type_):
        return _text(column.dictionary_decode())
    if pa.types.is_nested(type_):
        texts = [None if value is None else repr(value).encode() for value in column.to_pylist()]
        return pa.array(texts, pa.large_binary())
    if pa.types.is_timestamp(type_):
        column = column.cast(pa.timestamp("us", type_.tz), safe=False).cast(pa.int64())
    if not (pa.types.is_binary(type_) or pa.types.is_large_binary(type_)):
        column = column.cast(pa.large_string())
    return column.cast(pa.large_binary())


def _texts(rows: pa.RecordBatch, pieces: list[pa.Array]) -> list[memoryview]:
    """Return each row's parts concatenated, without a copy per row."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    nothing = pa.repeat(pa.scalar(b"", pa.large_binary()), rows.num_rows)
    whole: Any = pc.binary_join_element_wise(
        nothing, *pieces, nothing, null_handling="replace", null_replacement=""
    )
    _, offsets, data = whole.buffers()
    ends = np.frombuffer(offsets, np.int64)[whole.offset :][: len(whole) + 1].tolist()
    view = memoryview(data if data is not None else b"")
    return [view[begin:end] for begin, end in itertools.pairwise(ends)]
