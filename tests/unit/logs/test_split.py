"""Brackets outside strings are found as by a reader who goes from byte to byte."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kloudless_data.logs import split


def brackets_one_by_one(text: bytes) -> list[tuple[int, int]]:
    """Return each bracket's place, and 1 if it opens, -1 if it closes."""
    found, inside, escaped = [], False, False
    for place, byte in enumerate(text):
        quote = byte == ord('"') and not escaped
        escaped = byte == ord("\\") and not escaped
        if quote:
            inside = not inside
        elif not inside and chr(byte) in "[]{}":
            found.append((place, 1 if chr(byte) in "[{" else -1))
    return found


@given(
    pieces=st.lists(st.sampled_from([b'"', b"\\", b"{", b"}", b"[", b"]", b"x", b"\x02", b"\xff"])),
    before=st.integers(0, 130),
    piece=st.sampled_from([1, 3, 8, 64, 1 << 18]),
)
@example(pieces=[b"\\", b'"', b"{"], before=63, piece=64)
@example(pieces=[b'"', b"\\", b"\\", b'"', b"}"], before=62, piece=1 << 18)
@example(pieces=[b"\\"], before=0, piece=8)
@example(pieces=[], before=0, piece=8)
def test_brackets_in_strings_are_none(pieces: list[bytes], before: int, piece: int) -> None:
    text = b" " * before + b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "_PIECE", piece)
        places, signs = split.find_brackets(text)
    assert list(zip(places.tolist(), signs.tolist(), strict=True)) == brackets_one_by_one(text)
    assert places.dtype == signs.dtype == np.int64
