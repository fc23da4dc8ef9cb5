"""Texts that spreadsheets would run are neutralised, and restored exactly."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kloudless_data.export.spreadsheet import neutralise_formulas, restore_formulas

# Characters that matter, and some that do not.
LETTERS = "'=+-@;,|\t\n\r \u00a0\u200b\u200e\ufeff\u2800\x0b\x1f＝＋－＠a\""


def neutralised(text, separator=","):
    batch = pa.record_batch({"name": [text]})
    return neutralise_formulas(batch, separator)["name"][0].as_py()


@pytest.mark.parametrize("trigger", "=+-@＝＋－＠")
@pytest.mark.parametrize(
    "before", ["", "\n", "\r", "\t", " ", "\u00a0", "\u200b", "\ufeff", "\u2060", " \ufeff\n\u200d"]
)
def test_a_cell_that_begins_with_a_formula_whatever_is_invisible_before_it(before, trigger):
    assert neutralised(f"{before}{trigger}1") == f"'{before}{trigger}1"


@pytest.mark.parametrize("split", [";", "\t", "\n", "\r"])
def test_text_that_another_separator_would_split_off_is_neutralised(split):
    assert neutralised(f"a{split}=cmd|' /C calc'!A0{split}b") == (
        f"a{split}'=cmd|' /C calc'!A0{split}b"
    )
    assert neutralised(f"a{split} \ufeff@x") == f"a{split}' \ufeff@x"


def test_commas_split_where_the_separator_is_another_one():
    assert neutralised("a,=1") == "a,=1"
    assert neutralised("a,=1", ";") == "a,'=1"


@pytest.mark.parametrize("text", ["plan.xlsx", "a-b", "a=b", "'tis", "a;b", "1;2", '{"a":[1,-2]}'])
def test_other_texts_stay_as_they_are(text):
    assert neutralised(text) == text


@given(st.lists(st.text(LETTERS, max_size=7)), st.sampled_from(",;\t|"))
def test_no_text_is_lost_or_confused_with_another(texts, separator):
    batch = pa.record_batch({"name": pa.array(texts, pa.string())})
    written = neutralise_formulas(batch, separator)
    assert restore_formulas(written, separator).equals(batch)


SHOWN_AS_NOTHING = " \u00a0\u200b\u200e\ufeff\u2800\x0b\x1f\n\r\t"


@given(st.text(LETTERS, max_size=7))
def test_no_cell_begins_with_a_formula(text):
    assert not neutralised(text).lstrip(SHOWN_AS_NOTHING).startswith(tuple("=+-@＝＋－＠"))


@given(st.text(LETTERS, max_size=7), st.sampled_from([",", ";"]))
def test_nothing_that_is_split_off_a_text_begins_with_a_formula(text, separator):
    written = neutralised("a" + text, separator)
    for cell in re.split("[;\t\n\r]" if separator == "," else "[,;\t\n\r]", written):
        assert not cell.lstrip(SHOWN_AS_NOTHING).startswith(tuple("=+-@＝＋－＠"))


def test_column_names_are_neutralised_too():
    batch = pa.record_batch({"\ufeff=a": [1], "'b": [2]})
    written = neutralise_formulas(batch)
    assert written.schema.names == ["'\ufeff=a", "'b"]
    assert restore_formulas(written).equals(batch)
