"""Decode a page to an Arrow record batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..schema.model import Schema
from .envelope import Envelope
from .rowwise import decode_items

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["decode_page"]

# With fewer objects than this, the columnar path takes longer than the row-wise one.
_FEW = 24
# A larger page is read in parts, whose arrays fit into a processor's cache and take bounded memory,
# ten times the text.
_PART = 2**21
# Arrow's strings have 32-bit offsets, some of which additions to the text need.
_MOST_BYTES = 2**29


def decode_page(
    envelope: Envelope,
    schema: Schema,
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
) -> pa.RecordBatch:
    """Decode the objects of a page.

    Parameters
    ----------
    envelope : Envelope
        From `read_envelope`.
    schema : Schema
        The schema of the objects' type.
    raw : bool, default False
        Keep the member ``raw``, the upstream service's object, as JSON text in a column ``raw``.
    columns : sequence of str, optional
        Only these columns, which is faster.

    Returns
    -------
    pyarrow.RecordBatch
        One row per object, with the columns of ``schema.arrow(raw=raw, columns=columns)``.

    Raises
    ------
    InvalidResponse
        An object is nested deeper than 200 levels.
    InvalidParameter
        A column does not exist, or the engine that ``KLOUDLESS_DECODE`` names.
    MissingPackage
        That engine is not installed.

    Examples
    --------
    >>> from kloudless_data.schema.columns import events_schema
    >>> from kloudless_data.decode import read_envelope
    >>> envelope = read_envelope(b'[{"id": 7, "metadata": {"size": "12", "color": "red"}}]')
    >>> columns = ["id", "metadata_size", "extra"]
    >>> decode_page(envelope, events_schema(1), columns=columns).to_pylist()
    [{'id': '7', 'metadata_size': 12, 'extra': '{"metadata":{"color":"red"}}'}]
    """
    if not envelope.is_plain or envelope.count < _FEW:
        return decode_items(envelope.items, schema, raw=raw, columns=columns)
    import pyarrow as pa

    from .columnar import decode_columnar

    batches = [
        (decode_columnar if size <= _MOST_BYTES else decode_items)(
            items, schema, raw=raw, columns=columns
        )
        for items, size in _parts(envelope.items)
    ]
    if len(batches) > 1:
        batches = pa.Table.from_batches(batches).combine_chunks().to_batches()
    (batch,) = batches
    return batch


def _parts(items: Sequence[Any]) -> Iterator[tuple[Sequence[Any], int]]:
    """Yield the items in parts, with the size of each in bytes."""
    size = sum(map(len, items))
    if size <= _PART:
        yield items, size
        return
    begin = size = 0
    for end, item in enumerate(items):
        if size and size + len(item) > _PART:
            yield items[begin:end], size
            begin, size = end, 0
        size += len(item)
    yield items[begin:], size
