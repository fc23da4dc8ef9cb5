"""Whether bytes are UTF-8."""

from __future__ import annotations

import struct

__all__ = ["is_utf8"]


def is_utf8(text: bytes) -> bool:
    """Return whether a text is UTF-8.

    Examples
    --------
    >>> is_utf8("é".encode()), is_utf8("é".encode("latin-1"))
    (True, False)
    """
    if text.isascii():
        return True
    import pyarrow as pa

    # msgspec does not look into the strings it skips. Arrow's check is 8 times faster than
    # bytes.decode on a page of mostly ASCII.
    offsets = pa.py_buffer(struct.pack("=qq", 0, len(text)))
    try:
        pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(text)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
