"""Addresses in logs: of networks, and of people's mailboxes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["has_spelling", "mail_address", "network_addresses"]

#: What precedes the address of a guest, or of a claim, in SharePoint.
_CLAIM = re.compile(r"^(?:i:0[^|]{1,4}\|[^|]*\|)?(?:urn:spo:guest#)?", re.IGNORECASE)
#: What follows a guest's name in Microsoft Entra, which is the address with ``_`` for ``@``.
_GUEST = "#ext#@"


def has_spelling(texts: pa.Array) -> bool:
    """Return True if one of the texts may be an address that Microsoft 365 writes otherwise.

    Parameters
    ----------
    texts : pyarrow.StringArray
    """
    import pyarrow.compute as pc

    return bool(pc.any(pc.match_substring_regex(texts, "[#|]")).as_py())


def mail_address(text: str) -> str:
    """Return the address that Microsoft 365 writes in one of its ways.

    Sources: learn.microsoft.com, *Properties of a Microsoft Entra B2B collaboration user* and
    *Claims-based identity in SharePoint*.

    Examples
    --------
    >>> mail_address("jo_doe_a.example#EXT#@corp.onmicrosoft.com")
    'jo_doe@a.example'
    >>> mail_address("i:0#.f|membership|urn:spo:guest#jo_doe@a.example")
    'jo_doe@a.example'
    """
    text = _CLAIM.sub("", text)
    place = text.lower().find(_GUEST)
    local, _, domain = text[: max(place, 0)].rpartition("_")
    return f"{local}@{domain}" if local and "." in domain else text


def network_addresses(texts: pa.Array) -> pa.Array:
    """Return network addresses without the ports that some logs append.

    Parameters
    ----------
    texts : pyarrow.StringArray

    Examples
    --------
    >>> import pyarrow as pa
    >>> network_addresses(pa.array(["203.0.113.7:443", "[2001:db8::1]:80", "<null>"])).to_pylist()
    ['203.0.113.7', '2001:db8::1', None]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = texts.dictionary_encode()
    bare = pc.if_else(
        pc.equal(coded.dictionary, "<null>"), pa.scalar(None, pa.string()), coded.dictionary
    )
    bare = pc.replace_substring_regex(bare, r"^\[([0-9A-Fa-f:.]+)\](:\d+)?$", r"\1")
    bare = pc.replace_substring_regex(bare, r"^(\d+\.\d+\.\d+\.\d+):\d+$", r"\1")
    return bare.take(coded.indices)
