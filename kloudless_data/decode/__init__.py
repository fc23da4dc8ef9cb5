"""Decode the bytes of a page to Arrow record batches."""

from .decode import (
    Envelope,
    decode_objects_tolerant,
    decode_page,
    read_envelope,
    split_objects,
)

__all__ = [
    "Envelope",
    "decode_objects_tolerant",
    "decode_page",
    "read_envelope",
    "split_objects",
]
