"""Decode the bytes of a page to Arrow record batches.

::

    read_envelope    body -> Envelope: the objects' text, and the next page
    decode_page      Envelope -> RecordBatch of the type's schema
    split_objects    Envelope -> each object's text, for JSON Lines

In short, ids are strings, however they were sent; times are UTC; null and missing are both null;
and a value that a column cannot hold is null there, and complete at its original path in the JSON
text of ``extra``.
"""

from .envelope import Envelope, read_envelope, split_objects
from .page import decode_page

__all__ = ["Envelope", "decode_page", "read_envelope", "split_objects"]
