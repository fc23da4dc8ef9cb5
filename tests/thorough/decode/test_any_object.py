"""Whatever an object holds, each of its values is in its column or in ``extra``."""

from __future__ import annotations

import json
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from unit.decode.test_decode import row

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=20,
)
KEYS = st.sampled_from(["id", "type", "metadata", "owner", "size", "modified", "downloadable", "z"])
OBJECTS = st.recursive(
    JSON,
    lambda below: st.dictionaries(KEYS, below, max_size=5),
    max_leaves=20,
).map(lambda value: value if isinstance(value, dict) else {"id": value})


def scalars(value, path=()):
    """Every scalar that is not null, with its path; empty containers count as scalars."""
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from scalars(below, (*path, key))
    elif isinstance(value, list) and value:
        for index, below in enumerate(value):
            yield from scalars(below, (*path, index))
    elif value is not None:
        yield path, value


@given(OBJECTS)
def test_every_value_is_found_again_in_its_column_or_in_extra(item):
    found = row(json.dumps(item))
    kept = dict(scalars(json.loads(found.pop("extra", "null"))))
    for path, value in scalars(item):
        if path in kept:
            assert kept[path] == value
            assert type(kept[path]) is type(value)
        elif value != {} or path:
            cell = found["_".join(path)] if all(isinstance(p, str) for p in path) else None
            assert cell == value or cell == str(value) or isinstance(cell, datetime)
