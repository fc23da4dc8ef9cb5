"""Decode the bytes of a page to Arrow record batches, and those to pandas."""

from .decode import (
    Envelope,
    decode_objects_tolerant,
    decode_page,
    read_envelope,
    split_objects,
    to_frame,
)

__all__ = [
    "Envelope",
    "decode_objects_tolerant",
    "decode_page",
    "read_envelope",
    "split_objects",
    "to_frame",
]
