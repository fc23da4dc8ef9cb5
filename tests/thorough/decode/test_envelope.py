"""Any list, however it is written, is split where its elements are."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from kloudless_data.decode import read_envelope, split_objects


@given(st.lists(st.recursive(st.none() | st.integers() | st.text(), st.lists)), st.data())
def test_any_list_is_split_where_its_elements_are(items, data):
    blank = st.sampled_from(["", "", " ", "\n", "\t "])
    text = "[" + data.draw(blank)
    for index, item in enumerate(items):
        if index:
            text += data.draw(blank) + "," + data.draw(blank)
        text += json.dumps(item, ensure_ascii=data.draw(st.booleans()))
    envelope = read_envelope((text + data.draw(blank) + "]").encode())
    assert [json.loads(part) for part in split_objects(envelope)] == items
