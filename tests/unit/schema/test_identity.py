"""When two rows have the same content."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kloudless_data.schema.identity import content_digests, identifying

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.one_of(st.none(), st.text(max_size=3)),
            "name": st.one_of(st.none(), st.text("=:1a", max_size=4)),
            "size": st.one_of(st.none(), st.integers(0, 11)),
        }
    ),
    max_size=8,
)
SCHEMA = pa.schema({"id": pa.string(), "name": pa.string(), "size": pa.int64()})


def digests(rows):
    return content_digests(pa.RecordBatch.from_pylist(rows, SCHEMA)).to_pylist()


@given(ROWS)
def test_rows_have_one_digest_exactly_when_they_are_equal(rows):
    found = digests(rows)
    for row, digest in zip(rows, found, strict=True):
        for other, its in zip(rows, found, strict=True):
            assert (row == other) == (digest == its)


def test_a_value_does_not_run_into_the_next():
    table = pa.table({"a": ["x", "xb=1:y"], "b": ["y", None]})
    assert len(set(content_digests(table).to_pylist())) == 2


def test_null_differs_from_empty_text_and_a_null_column_equals_a_missing_one():
    whole = pa.record_batch({"a": ["", None], "b": pa.nulls(2, pa.string())})
    first, second = content_digests(whole).to_pylist()
    assert first != second
    assert content_digests(pa.record_batch({"a": [""]})).to_pylist() == [first]


@pytest.mark.parametrize(
    "type_", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]
)
def test_the_type_that_holds_a_text_does_not_matter(type_):
    rows = pa.record_batch({"a": pa.array(["x", None, "y"]).cast(type_)})
    assert content_digests(rows).equals(content_digests(pa.record_batch({"a": ["x", None, "y"]})))


def test_times_and_lists_have_content_too():
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    rows = pa.record_batch({"t": [moment, moment, None], "l": [[1], [2], None]})
    assert len(set(content_digests(rows).to_pylist())) == 3


def test_a_slice_and_a_table_in_pieces_have_the_digests_of_the_whole():
    rows = pa.record_batch({"a": [str(n) for n in range(50)], "b": list(range(50))})
    whole = content_digests(rows).to_pylist()
    assert content_digests(rows.slice(10, 7)).to_pylist() == whole[10:17]
    assert content_digests(pa.Table.from_batches([rows[:20], rows[20:]])).to_pylist() == whole
    assert content_digests(rows[:0]).to_pylist() == []


def test_columns_can_be_left_out():
    rows = pa.record_batch({"a": ["x", "x"], "ordinal": [1, 2]})
    first, second = content_digests(rows, without=["ordinal"]).to_pylist()
    assert first == second


def test_a_blank_id_identifies_nothing():
    ids = pa.chunked_array([["a", "", " "], ["\t\n", "\u3000", " b "]])
    assert identifying(ids).to_pylist() == ["a", None, None, None, None, " b "]


BLANK = [
    "",
    " ",
    "\t",
    "\n",
    "\x00",
    "\u00a0",
    "\u00ad",
    "\u200b",
    "\u2060",
    "\u3000",
    "\ufeff",
    " \ufeff",
]


def test_an_id_of_invisible_characters_identifies_nothing():
    ids = identifying(pa.array([*BLANK, "a", "a\u200b", " a"], pa.string())).to_pylist()
    assert ids == [*[None] * len(BLANK), "a", "a\u200b", " a"]
