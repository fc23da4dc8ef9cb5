"""Empty texts are no values."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from kloudless_data.logs.tree import without_empty


@given(
    texts=st.lists(st.none() | st.sampled_from(["", "a", "bc"]), max_size=40),
    mask=st.lists(st.booleans(), min_size=40, max_size=40),
    start=st.integers(0, 12),
)
def test_empty_texts_become_null(texts: list[str | None], mask: list[bool], start: int) -> None:
    array = pa.array(texts, pa.string())
    expected = [text or None for text in texts]
    assert without_empty(array).to_pylist() == expected
    assert without_empty(array.slice(start)).to_pylist() == expected[start:]
    # Below a missing object, Arrow hides a member's value and keeps its bytes.
    hidden = pa.array(mask[: len(texts)], pa.bool_())
    members = pa.StructArray.from_arrays([array], ["a"], mask=hidden)
    found = without_empty(pc.struct_field(members.slice(start), [0])).to_pylist()
    assert (
        found
        == [None if hides else text for text, hides in zip(expected, mask, strict=False)][start:]
    )
