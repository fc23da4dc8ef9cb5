"""The columnar path against the tolerant one: equal on every page, whatever is in it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repeats import drawn

from benchmarks.shapes import SHAPES, pages_of
from kloudless_data.decode import (
    columnar,
    decode_page,
    engine,
    kernel,
    read_envelope,
    structure,
)
from kloudless_data.decode import page as page_module
from kloudless_data.decode.columnar import decode_columnar
from kloudless_data.decode.rowwise import decode_items
from kloudless_data.exceptions import InvalidParameter, InvalidResponse, MissingPackage
from kloudless_data.schema import SCHEMAS, Column, Schema, events_schema

EVENTS = events_schema(1)
SMALL = Schema(
    "small",
    1,
    tuple(
        Column("_".join(path.split(".")), tuple(path.split(".")), kind)
        for path, kind in {
            "id": "id",
            "n": "int64",
            "t": "timestamp",
            "b": "bool",
            "f": "float64",
            "j": "json",
            "m.id": "id",
            "m.s": "string",
            "m.t": "timestamp",
            "m.o.s": "string",
            "m.o.n": "int64",
            "p.s": "string",
            "p.recurring_original_id": "id",
        }.items()
    ),
)


@contextmanager
def index_by(name):
    """Have pages indexed with numpy, or by the loop that Numba compiles.

    Without Numba it is the same loop, not compiled.
    """
    with (
        patch.dict(os.environ, {engine.ENGINE: name}),
        patch.object(engine, "find_spec", lambda name: name),
        patch.object(kernel, "IS_COMPILED", True),
    ):
        engine._compiled.cache_clear()
        yield
    engine._compiled.cache_clear()


BOTH = pytest.mark.parametrize("kind", ["numpy", "numba"])


def same(body, schema=SMALL, **options):
    """Decode by all paths, check that they agree, and say whether the columnar one would."""
    envelope = read_envelope(body)
    tolerant = decode_items(envelope.items, schema, **options)
    assert decode_page(envelope, schema, **options).equals(tolerant)
    if not envelope.is_plain:
        return False
    # Numbers are read by Arrow's casts; or by the loop, and what it leaves row by row.
    for kind, few in (("numpy", 0), ("numba", columnar._FEW)):
        with index_by(kind), patch.object(columnar, "_FEW", few):
            batch = decode_columnar(envelope.items, schema, **options)
        batch.validate(full=True)
        assert batch.schema.equals(tolerant.schema)
        assert batch.equals(tolerant), (kind, difference(batch, tolerant))
    return True


def difference(batch, tolerant):
    return [
        (name, index, found, expected)
        for name in batch.schema.names
        for index, (found, expected) in enumerate(
            zip(batch[name].to_pylist(), tolerant[name].to_pylist(), strict=True)
        )
        if found != expected
    ]


# Pages of objects that are alike, as a server's are, with now and then something odd.

TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "plain",
            "two words",
            "é",
            "日本",
            "😀",
            'quo"te',
            "back\\slash",
            'end\\"',
            "tail\\",
            ": colon",
            '":',
            '","id":"',
            '"},{"id":',
            "{[]}",
            "\0",
            "\n\t",
            "null",
            "007",
            "12",
            "2019-06-26T21:15:22.122000Z",
        ]
    ),
    st.text(max_size=8),
)
TIMES = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.sampled_from(
        [
            "2019-06-26T21:15:22Z",
            "2019-06-26 21:15:22.1Z",
            "2019-06-26T21:15:22.123+02:00",
            "2019-06-26T21:15:22",
            "2019-06-26T21:15:22.1234567Z",
            "2019-02-29T21:15:22Z",
            "2020-02-29T21:15:22Z",
            "1900-02-29T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "2019-06-26T21:15:60Z",
            "2019-06-26T21:15:2xZ",
            "2019-06-26T21:15:22.12x000Z",
            "2019-06-26T21:15:22+0x:00",
            "0000-06-26T21:15:22Z",
            "9999-12-31T23:59:59Z",
        ]
    ),
    st.builds(
        lambda day, t, clock, blank, zone: day + t + clock + blank + zone,
        st.sampled_from(
            "2019-06-26 20190626 2020-02-29 2019-02-29 1583-12-31 2019-177 2019W263".split()
        ),
        st.sampled_from("Tt  "),
        st.sampled_from(
            "21:15:22 21:15 21 211522 2115 21:15:22.5 21:15:22,123 21:15:22.1234567 24:00:00 "
            "21:15:22.1230000 21:15:22.000000001 211522.25 23:59:59.999999 21:60".split()
        ),
        st.sampled_from(["", "", " "]),
        st.sampled_from(["", "Z", "z", "+0000", "-0330", "+02", "+02:00", "+24", "UTC", "\u22122"]),
    ),
)


class Literal(str):
    """Text to be written into a page as it is."""


NUMBERS = st.one_of(
    st.integers(0, 10**9).map(lambda number: Literal(str(number))),
    st.integers().map(lambda number: Literal(str(number))),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: Literal(repr(number))),
    st.sampled_from(
        "0 -0 1.10 1e3 1E+2 -0.0 1e400 9223372036854775807 9223372036854775808 "
        "-9223372036854775808 999999999999999999 -999999999999999999 1234567890123456789 "
        "12345678901234567890 123456789012345678901234567890".split()
    ).map(Literal),
)
DIGITS = st.one_of(
    st.integers(-(10**19), 10**19).map(str), st.sampled_from(["0", "-0", "-", "00", "-5", "5 "])
)
ATOMS = st.none() | st.booleans() | TEXTS | NUMBERS
EPOCHS = st.one_of(
    st.integers(0, 10**14),
    st.integers(10**8, 10**10),
    st.integers(10**11, 10**13),
    st.floats(1e8, 1e10).map(lambda number: round(number, 3)),
    st.sampled_from([0, -1561583722, 20190626, 99999999, 10**10, 10**11, 10**13, 1e9]),
)
VALUES = {
    "id": TEXTS | NUMBERS,
    "string": TEXTS,
    "int64": NUMBERS | DIGITS,
    "timestamp": TIMES | EPOCHS | EPOCHS.map(str),
    "bool": st.booleans(),
    "float64": NUMBERS,
    "json": st.recursive(
        ATOMS,
        lambda below: (
            st.lists(below, max_size=3)
            | st.dictionaries(st.sampled_from(["a", "b", "id"]), below, max_size=3)
        ),
        max_leaves=5,
    ),
}
ODD = VALUES["json"]


@st.composite
def members(draw, tree, depth=0):
    """Draw an object's keys, from the schema and otherwise, with a strategy for each value."""
    keys = draw(st.lists(st.sampled_from(sorted(tree)), unique=True, max_size=6))
    found = []
    for key in keys:
        place = tree[key]
        if isinstance(place, dict):
            if draw(st.integers(0, 3)):
                found.append((key, draw(members(place, depth + 1))))
            else:
                found.append((key, st.none()))
        else:
            found.append((key, VALUES[place]))
    for key in draw(st.lists(st.sampled_from(["x", "y", "été", "raw", "s"]), max_size=2)):
        if key not in tree:
            found.append((key, draw(st.sampled_from([ATOMS, ODD, st.just({"k": 1, "l": "v w"})]))))
    return draw(st.permutations(found))


def tree_of(schema):
    tree = {}
    for column in schema.columns:
        branch = tree
        for key in column.path[:-1]:
            branch = branch.setdefault(key, {})
        branch[column.path[-1]] = column.kind
    return tree


def fill(draw, shape, odd):
    """Give the keys of a shape values; with `odd`, sometimes one that does not belong there."""
    item = []
    for key, strategy in shape:
        if odd and not draw(st.integers(0, 9)):
            item.append((key, draw(ODD)))
        elif isinstance(strategy, list):
            item.append((key, Pairs(fill(draw, strategy, odd))))
        elif not draw(st.integers(0, 4)):
            item.append((key, None))
        else:
            item.append((key, draw(strategy)))
        if odd and not draw(st.integers(0, 19)):
            item.append(draw(st.sampled_from(item)))
    return item


class Pairs(list):
    """An object's members, perhaps with equal keys."""


def write(value, style):
    """Write JSON in a style: (after colons, after commas, ASCII only)."""
    colon, comma, ascii_only = style
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        value = Pairs(value.items())
    if isinstance(value, Pairs):
        parts = (
            f"{json.dumps(key, ensure_ascii=ascii_only)}{colon}{write(below, style)}"
            for key, below in value
        )
        return "{" + comma.join(parts) + "}"
    if isinstance(value, list):
        return "[" + comma.join(write(below, style) for below in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


STYLE = (":", ",", False)
STYLES = st.sampled_from(
    [
        (":", ",", False),
        (":", ",", True),
        (": ", ", ", False),
        (": ", ", ", True),
        (":", ", ", False),
        (": ", ",\n  ", True),
        (" : ", " , ", False),
        (":\t", ",", False),
    ]
)


@st.composite
def pages(draw, schema=SMALL):
    tree = tree_of(schema)
    shapes = draw(st.lists(members(tree), min_size=1, max_size=3))
    odd = draw(st.booleans())
    style = draw(STYLES)
    other_style = draw(STYLES) if odd else style
    texts = []
    for _ in range(draw(st.integers(1, 8))):
        if odd and not draw(st.integers(0, 15)):
            texts.append(write(draw(ODD), style))
        else:
            item = Pairs(fill(draw, draw(st.sampled_from(shapes)), odd))
            texts.append(write(item, draw(st.sampled_from([style, style, other_style]))))
    return ('{"objects":[' + style[1].join(texts) + '],"cursor":"c"}').encode()


OPTIONS = st.sampled_from(
    [
        {},
        {"raw": True},
        {"columns": ["id"]},
        {"columns": ["m_s", "t", "n"]},
        {"columns": ["extra"]},
        {"columns": ["j", "raw", "b"]},
        {"columns": ["m_o_n", "extra"], "raw": True},
    ]
)


@drawn(pages(), OPTIONS, usual=120, whole=200)
def test_both_paths_agree_on_generated_pages(body, options):
    same(body, **options)


NAMES = st.sampled_from(
    ["x", "été", "label", "m", "id", "s", 'a"b', "a/b", "recurring_0riginal_id", ""]
)


def written(key, escape):
    """Write a key, perhaps with escapes that JSON does not need."""
    text = json.dumps(key, ensure_ascii=escape != "none")
    if escape == "first" and key and key[0].isalpha():
        text = f'"\\u{ord(key[0]):04x}{json.dumps(key[1:])[1:]}'
    return text.replace("/", "\\/") if escape == "ascii" else text


@st.composite
def uneven_objects(draw, tree, style, depth=0):
    """Draw an object's text: any of the schema's keys, in any order, with any others between."""
    colon, comma, _ = style
    keys = draw(st.lists(st.sampled_from(sorted(tree)), unique=True))
    others = draw(st.lists(NAMES | st.text(max_size=12), max_size=3))
    members = []
    for key in draw(st.permutations([*keys, *others])):
        place = tree.get(key)
        if isinstance(place, dict) and depth < 3 and draw(st.integers(0, 4)):
            value = draw(uneven_objects(place, style, depth + 1))
        else:
            fitting = VALUES.get(place, ODD) if isinstance(place, str) else ODD
            odd = not draw(st.integers(0, 7))
            value = write(draw(ODD if odd else fitting | st.none()), style)
        escape = draw(st.sampled_from(["none"] * 5 + ["first", "ascii"]))
        members.append(f"{written(key, escape)}{colon}{value}")
    return "{" + comma.join(members) + "}"


@st.composite
def uneven_pages(draw, schema=SMALL):
    style = draw(STYLES)
    one = uneven_objects(tree_of(schema), style)
    texts = draw(st.lists(one, min_size=1, max_size=6))
    return f'{{"objects":[{style[1].join(texts)}]}}'.encode()


@drawn(uneven_pages(), OPTIONS, usual=150, whole=300)
def test_both_paths_agree_when_no_two_objects_are_alike(body, options):
    same(body, **options)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(VALUES["timestamp"], min_size=1, max_size=12))
def test_both_paths_agree_on_times_of_any_form(times):
    same(("[" + ",".join(f'{{"t":{write(time, STYLE)}}}' for time in times) + "]").encode())


@st.composite
def nearly_usual(draw):
    """Draw a time or an integer in usual notation, in which a few characters may be others."""
    year = draw(st.sampled_from(["0000", "0001", "1600", "1900", "1970", "2000", "2024", "9999"]))
    month = draw(st.sampled_from([0, 1, 2, 2, 2, 4, 8, 12, 13]))
    day = draw(st.sampled_from([0, 1, 28, 29, 30, 31, 32]))
    clock = ":".join(f"{draw(st.integers(0, top)):02}" for top in (24, 60, 60))
    fraction = draw(st.sampled_from(["", ".", ".5", ".123", ".123456", ".1234567"]))
    zone = draw(st.sampled_from("Z z +02:00 -23:59 +0530 +24:00 -00:60 +02 +2:00 +02:000".split()))
    time = f"{year}-{month:02}-{day:02}{draw(st.sampled_from('T t'))}{clock}{fraction}{zone}"
    number = f"{draw(st.sampled_from(['', '-', '+']))}{draw(st.integers(0, 10**19))}"
    text = list(draw(st.sampled_from([time, number])))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        text[draw(st.integers(0, len(text) - 1))] = draw(st.sampled_from("0129-:. TZ/;é\x7f"))
    return "".join(text)


@drawn(st.lists(nearly_usual(), min_size=1, max_size=12), usual=150, whole=300)
def test_both_paths_agree_on_what_is_nearly_a_usual_time_or_number(texts):
    assert same(json.dumps([{"id": "a", "t": text, "n": text} for text in texts]).encode())


EDGES = [
    *(f"{year}-02-29T12:00:00Z" for year in ("1900", "2000", "2023", "2024", "2100", "2400")),
    *(f"2023-{month:02}-{day}T00:00:00Z" for month in range(1, 13) for day in (28, 30, 31, 32)),
    *(f"2023-12-31T{clock}Z" for clock in ("24:00:00", "24:30:00", "23:60:00", "23:59:60")),
    *(f"2023-01-01T00:00:00{zone}" for zone in ("+23:59", "+24:00", "-00:60", "+2:00", "Z0", "")),
    *(f"2023-01-01T00:00:00.{digits}Z" for digits in ("", "1", "000001", "9999999", "x")),
    *("0000-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"),
    *("2023-0:-01T00:00:00Z", "2023-01-0/T00:00:00Z", "1:", "1/"),
    *("0", "-0", "00", "-", "", "+1", "-1", "9" * 18, "9" * 19, "9" * 20, "1" + "0" * 18),
    *(str(number) for number in (2**63 - 1, 2**63, -(2**63), -(2**63) - 1)),
]


def test_both_paths_agree_at_the_edges_of_what_is_usual():
    rows = [{"id": str(row), "t": text, "n": text} for row, text in enumerate(EDGES)]
    rows += [{"id": text, "t": int(text), "n": int(text)} for text in EDGES if text.isdecimal()]
    assert same(json.dumps(rows).encode())


@pytest.mark.parametrize("few", [0, 10_000])
def test_values_that_the_loop_does_not_read_are_read_by_arrow_or_row_by_row(few, monkeypatch):
    rare = ["2019-06-27T12:00:00 UTC", 1_561_583_722, "2019-06-27", "2019-06-27T12:00:00Z", None]
    rows = [
        {"id": str(row), "t": rare[row % 5], "n": [row, "x", 10**18][row % 3]} for row in range(90)
    ]
    body = json.dumps(rows).encode()
    monkeypatch.setattr(columnar, "_FEW", few)
    items = read_envelope(body).items
    with index_by("numba"):
        assert decode_columnar(items, SMALL).equals(decode_items(items, SMALL))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_both_paths_agree_on_the_shapes_that_are_measured(shape):
    (body,) = pages_of(shape, 1, 60)
    same(body, events_schema(shape.version), raw=shape.raw)


EXACT = [shape for shape in SHAPES if "misfit" not in shape.name and "uneven" not in shape.name]


@BOTH
@pytest.mark.parametrize("shape", EXACT, ids=lambda shape: shape.name)
def test_no_shape_needs_a_python_object_for_each_value(shape, kind, monkeypatch):
    """Guard against a change that leaves a shape to the slow path, and so to be slow."""

    def refuse(*args, **kwargs):
        raise AssertionError("read one by one")

    (body,) = pages_of(shape, 1, 40)
    items = read_envelope(body).items
    monkeypatch.setattr(columnar, "parse", refuse)
    monkeypatch.setattr(columnar, "decode_items", refuse)
    monkeypatch.setattr(columnar, "_FEW", 0)  # so that a small page is read like a large one
    with index_by(kind):
        batch = decode_columnar(items, events_schema(shape.version), raw=shape.raw)
    assert batch.num_rows == 40


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(pages(), st.data())
def test_both_paths_agree_on_damaged_pages(body, data):
    """A page with a byte changed is refused as a whole, or read equally."""
    for _ in range(10):
        at = data.draw(st.integers(0, len(body) - 1))
        change = data.draw(st.sampled_from([b"", b'"', b":", b",", b"\\", b"{", b"}", b"[", b"]"]))
        change = change or bytes([data.draw(st.integers(0, 255))])
        keep = data.draw(st.integers(0, 1))
        damaged = body[:at] + change + body[at + keep :]
        try:
            read_envelope(damaged)
        except InvalidResponse:
            continue
        same(damaged)


# Pages as the server sends them.


def event(number, chance):
    user = {
        "api": "team",
        "type": "user",
        "id": f"u{number % 7}",
        "name": chance.choice(["Ann", "Søren Holm", 'Bob "B" Bee']),
        "email": "a@b.example",
        "id_type": "login",
    }
    item = {
        "id": chance.choice([f"e{number}", number]),
        "account": chance.choice([123456789, "123456789"]),
        "action": "+",
        "type": chance.choice(["add", "rename", "delete"]),
        "ip": chance.choice([None, "10.0.0.1"]),
        "user_id": chance.choice([None, 5, "u5"]),
        "modified": chance.choice(
            [f"2019-06-26T21:15:22.{number:06d}Z"] * 40
            + [None, "2019-06-26", "2019-06-26T21:15:22"]
        ),
        "metadata": {
            "id": f"F{number}",
            "type": "file",
            "name": chance.choice([f"Report {number}.pdf", "a\\b", "日本.txt", ": odd"]),
            "size": chance.choice([None, number, str(number), -1] * 8 + [2**70, "", True]),
            "created": "2019-06-08T21:29:30.054000Z",
            "downloadable": chance.choice([True, False, None]),
            "ancestors": chance.choice([None, None, [], [{"id": 1, "name": "x y"}], ["a", "b"]]),
            "parent": chance.choice([None, {"id": "F", "name": None}] * 8 + [{}]),
            "owner": chance.choice([None, user, user]),
        },
    }
    if item["type"] == "rename":
        item["previous_metadata"] = {"name": "Old"}
    if not chance.randrange(20):
        item["shared"] = chance.choice([True, {"by": "x"}, [1.10]])
    return item


def event_page(count, seed=0, **style):
    chance = random.Random(seed)
    items = [event(number, chance) for number in range(count)]
    return json.dumps({"cursor": 5, "objects": items}, **style).encode()


@pytest.mark.parametrize("ensure_ascii", [True, False])
@pytest.mark.parametrize("separators", [(",", ":"), None])
@pytest.mark.parametrize("options", [{}, {"raw": True}, {"columns": ["id", "metadata_size"]}])
def test_both_paths_agree_on_pages_that_drift(ensure_ascii, separators, options):
    body = event_page(400, ensure_ascii=ensure_ascii, separators=separators)
    assert same(body, EVENTS, **options)


@pytest.mark.parametrize("indent", [1, 2, 8])
def test_both_paths_agree_on_indented_pages(indent):
    same(event_page(60, indent=indent), EVENTS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_both_paths_agree_on_every_schema(name):
    values = {
        "id": 5,
        "string": "s",
        "int64": 7,
        "float64": 1.5,
        "bool": True,
        "timestamp": "2019-06-26T21:15:22Z",
        "json": [{"a": "b c"}, ["d"]],
    }
    item = {}
    for column in SCHEMAS[name].columns:
        below = item
        for key in column.path[:-1]:
            below = below.setdefault(key, {})
        below[column.path[-1]] = values[column.kind]
    body = json.dumps([item] * 20).encode()
    assert same(body, SCHEMAS[name])
    assert decode_page(read_envelope(body), SCHEMAS[name])["extra"].null_count == 20


def test_a_page_cut_anywhere_is_refused():
    body = event_page(3, separators=(",", ":"))
    for end in range(len(body)):
        with pytest.raises(InvalidResponse):
            read_envelope(body[:end])


def test_a_page_with_any_byte_changed_is_refused_or_read_equally():
    body = event_page(20, seed=3, separators=(",", ":"))
    chance = random.Random(5)
    for _ in range(600):
        at = chance.randrange(len(body))
        new = chance.choice([b'"', b"\\", b":", b",", b"{", b"}", b"[", b"]", b"0", b" ", b""])
        damaged = body[:at] + new + body[at + chance.choice([0, 1]) :]
        try:
            read_envelope(damaged)
        except InvalidResponse:
            continue
        same(damaged, EVENTS)


TRICKS = [
    # What looks like keys inside strings, and keys that do not look like it.
    '{"id":"a","m":{"s":":"}}',
    '{"id":"a","m":{"s":"\\":"}}',
    '{"id":"a","m":{"s":"\\\\"}}',
    '{"id":"a\\",\\"m","m":{"s":"x"}}',
    '{"id":"a","x":"b\\\\","m":{"s":"x"}}',
    '{"id" :"a","m":{"s":"x"}}',
    '{"id":"a","zz" :"b","m":{"s":"x"}}',
    '{"id":"a","n":1,"zz" :2,"m":{"s":"x"}}',
    '{"id":["a"],"m":{"s":"x"}}',
    '{"id":["a"],"zz" :["b"],"m":{"s":"x"}}',
    '{"id":"a","m":{"s":"x"},"zz" :{"k" :1}}',
    # The same keys in other nesting.
    '{"id":"a","m":{"s":"x","o":{"s":"y","n":1}},"b":true}',
    '{"id":"a","m":{"s":"x","o":{"s":"y"},"n":1},"b":true}',
    '{"id":"a","m":{"s":"x"},"o":{"s":"y","n":1},"b":true}',
    '{"id":"a","m":{"s":"x","o":{"s":"y","n":1},"b":true}}',
    '{"id":"a","m":[{"s":"x"}]}',
    '{"id":"a","m":{"s":["x",{"s":"y"}]}}',
    '{"id":"a","j":[1,{"a":2},3,{"a":4}]}',
    '{"id":"a","j":["b",{"a":2}],"n":5}',
    '{"id":"a","j":[{"a":2},"b"],"n":5}',
    '{"id":"a","j":[[],{"a":2},[[]]],"n":5}',
    # Keys with the same last character, or none at all.
    '{"id":"a","bid":1,"mid":2}',
    '{"id":"a","mid":1,"bid":2}',
    '{"":1,"id":"a"}',
    '{"":1,"":2,"id":"a"}',
    '{"i\\u0064":"a","m":{"s":"x"}}',
    "{}",
    "[]",
    '"id"',
    '[[true],\n["x"],{"b":5}]',
    '{"id":{}}',
    '{"id":{},"m":{}}',
    '{"id":"a","m":{"s":"x"}  }',
    '{  "id":"a","m":{"s":"x"}}',
    '{"id":"a","' + "k" * 70 + '":1,"m":{"s":"x"}}',
    '{"id":"a","' + "k" * 40 + '":1,"m":{"s":"x"}}',
    '{"id":"a","' + "k" * 15 + "e" + "k" * 24 + '":1,"m":{"s":"x"}}',
    '{"id":"a","t":"2019-06-26T21:15:22Z\\u0020","n":"1\\u0032"}',
    '{"id":-5,"n":-5,"f":-5}',
    # A name of which the first and last bytes are a column's.
    '{"id":"a","p":{"s":"x","recurring_original_id":1,"recurring_0riginal_id":2}}',
    '{"id":1.5,"n":1.5,"f":1.5}',
    '{"id":"' + "é" * 50 + '"}',
]


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("plain", ['{"id":"a","m":{"s":"x"}}', '{"id":"a","n":1,"m":{"s":"x"}}'])
def test_odd_objects_among_plain_ones(trick, plain):
    for items in ([plain] * 3 + [trick] + [plain] * 2, [trick, plain, plain], [trick] * 4):
        same(f"[{','.join(items)}]".encode())
        same(f"[{','.join(items)}]".encode(), columns=["m_s"])


def test_a_page_too_large_to_read_at_once_is_read_in_parts(monkeypatch):
    monkeypatch.setattr(page_module, "_PART", 2_000)
    body = event_page(100, separators=(",", ":"))
    assert len(body) > 10 * 2_000
    same(body, EVENTS)
    large = json.dumps([{"id": 1, "x": "y" * 5_000}, {"id": 2}] * 20).encode()
    same(large, EVENTS)


def test_all_odd_objects_in_one_page():
    chance = random.Random(1)
    for _ in range(20):
        items = [chance.choice(TRICKS) for _ in range(60)]
        same(f"[{', '.join(items)}]".encode())
        same(f"[{','.join(items)}]".encode(), raw=True)


@BOTH
def test_deep_objects_are_refused_by_both_paths(kind):
    plain = '{"id":"a","j":1}'
    for deep in ("[" * 200 + "]" * 200, '{"a":' * 200 + "1" + "}" * 200):
        body = f'[{plain},{{"id":"a","j":{deep}}},{plain}]'.encode()
        envelope = read_envelope(body)
        with index_by(kind), pytest.raises(InvalidResponse, match="200"):
            decode_columnar(envelope.items, SMALL)
        with pytest.raises(InvalidResponse, match="200"):
            decode_items(envelope.items, SMALL)


def test_lone_surrogates_go_the_tolerant_way():
    body = b"[" + b",".join([rb'{"id":"\ud800","x":"\u00e9"}'] * 20) + b"]"
    assert not read_envelope(body).is_plain
    same(body)


def test_objects_may_have_any_mixture_of_keys():
    chance = random.Random(2)
    for _ in range(60):
        items = []
        for _ in range(20):
            keys = chance.sample("abcdefghijklmnopqrstuvwxyz", 6)
            items.append(dict.fromkeys(keys, 1) | {"id": "a"})
        same(json.dumps(items).encode())


@BOTH
def test_a_page_keeps_nothing_of_the_page_before(kind):
    """The memory is used again: batches must not change when the next page is decoded."""
    first = read_envelope(event_page(200, seed=1))
    with index_by(kind):
        batch = decode_columnar(first.items, EVENTS)
        before = batch.to_pylist()
        decode_columnar(read_envelope(event_page(200, seed=2)).items, EVENTS)
    assert batch.to_pylist() == before


@BOTH
def test_threads_decode_at_once(kind):
    bodies = [event_page(150, seed=seed) for seed in range(6)]
    expected = [decode_items(read_envelope(body).items, EVENTS) for body in bodies]
    results = {}

    def work(number):
        for round_ in range(5):
            index = (number + round_) % len(bodies)
            found = decode_columnar(read_envelope(bodies[index]).items, EVENTS)
            results[number, round_] = found.equals(expected[index])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    with index_by(kind):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(results) == 20
    assert all(results.values())


def test_most_pages_do_take_the_columnar_path():
    """Guard against a refactoring that leaves everything to the tolerant path."""
    body = event_page(300, separators=(",", ":"))
    batch = decode_columnar(read_envelope(body).items, EVENTS)
    assert isinstance(batch, pa.RecordBatch)
    assert batch.num_rows == 300


MISFITS = [
    ("n", ['"12 kB"', '""', '"+5"', '" 5"', '"é"', "1.5", "1e3", "true", "[1, 2]"]),
    ("b", ["1", '"true"', "[]"]),
    ("m.s", ["7", "1.10", "false", '["a"]', '[{"s": "x"}]']),
    ("m.o", ["7", '"text \\" with escapes"', "[]", "{}", '[{"s": 1}]']),
    ("id", ["true", "[]", '["a", "b"]']),
]  # fmt: skip


def page_with(field, values):
    """Return a page in which every object has one of the values in a field."""
    objects = []
    for number in range(40):
        fields = {"id": f'"{number}"', "n": "5", "b": "true", "m.s": '"s"', "m.o": '{"s":"t"}'}
        fields[field] = values[number % len(values)]
        objects.append(
            '{{"id":{id},"n":{n},"new":[{n}],"b":{b},"m":{{"s":{s},"o":{o}}}}}'.format(
                **{name.removeprefix("m."): value for name, value in fields.items()}
            )
        )
    return f"[{','.join(objects)}]".encode()


@pytest.mark.parametrize("columns", [None, ["n", "m_s"], ["m_s", "extra"]])
@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in MISFITS for value in values]
)
def test_a_field_that_never_fits_does_not_slow_the_page(field, value, columns):
    assert same(page_with(field, [value]), columns=columns)


@pytest.mark.parametrize(
    "odd", [b'[1e400, {"b": null}]', b'[{"id": 1}]', b'"id\\":"', b"7", b"null"]
)
def test_non_objects_are_read_as_by_the_slow_path(odd):
    same(b"[" + b",".join([b'{"id":"a"}'] * 20 + [odd]) + b"]")


@pytest.mark.parametrize(("field", "values"), MISFITS)
def test_misfits_of_all_kinds_in_one_page(field, values):
    same(page_with(field, values))
    same(page_with(field, [*values, "null"]))


@pytest.mark.parametrize(
    "value", ['"1\\u0032"', '"\\u002d5"', '"9223372036854775808"', "9223372036854775808", "-0"]
)
def test_lookalikes_of_misfits_and_numbers_are_read_as_by_the_slow_path(value):
    same(page_with("n", [value, "5"]))
    same(page_with("id", [value, "5"]))


@contextmanager
def engines_named():
    """Yield a list of the engines that pages are indexed by, while they are."""
    used = []

    def indexed(name, index_page):
        return lambda *args: used.append(name) or index_page(*args)

    with (
        index_by("auto"),
        patch.multiple(engine, _read=0, _since=0.0, _pays=False),
        patch.object(structure, "index_page", indexed("numpy", structure.index_page)),
        patch.object(kernel, "index_page", indexed("numba", kernel.index_page)),
        patch.object(engine, "_is_memory_limited", return_value=False),
    ):
        yield used


def test_numba_is_used_from_when_it_pays(monkeypatch):
    envelope = read_envelope(event_page(30))
    size = sum(map(len, envelope.items))
    with engines_named() as used:
        monkeypatch.setattr(engine, "_PAYS_AFTER", 3 * size)
        batches = [decode_page(envelope, EVENTS) for _ in range(4)]
        assert used == ["numpy", "numpy", "numba", "numba"]
        assert all(batch.equals(batches[0]) for batch in batches)


def test_numba_is_not_started_for_a_server_that_sends_little_at_a_time(monkeypatch):
    envelope = read_envelope(event_page(30))
    size = sum(map(len, envelope.items))
    seconds = iter([100.0, 104.0, 111.0, 115.0, 122.0, 124.0, 125.0, 200.0])
    with engines_named() as used:
        monkeypatch.setattr(engine, "_PAYS_AFTER", 3 * size)
        monkeypatch.setattr(engine, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
        for _ in range(8):
            decode_page(envelope, EVENTS)
    assert used == ["numpy"] * 6 + ["numba"] * 2  # once started, it stays


def test_numba_is_not_started_where_the_process_may_run_out_of_memory(monkeypatch):
    resource = pytest.importorskip("resource")
    gigabyte = 1 << 30

    def limits(what):
        return (gigabyte,) * 2 if what == resource.RLIMIT_DATA else (resource.RLIM_INFINITY,) * 2

    is_memory_limited = engine._is_memory_limited
    monkeypatch.setattr(engine, "_PAYS_AFTER", 0)
    monkeypatch.setattr(resource, "getrlimit", limits)
    envelope = read_envelope(event_page(30))
    with engines_named() as used:
        monkeypatch.setattr(engine, "_is_memory_limited", is_memory_limited)
        decode_page(envelope, EVENTS)
        monkeypatch.setattr(resource, "getrlimit", lambda what: (resource.RLIM_INFINITY,) * 2)
        decode_page(envelope, EVENTS)
    assert used == ["numpy", "numba"]


@pytest.mark.parametrize("missing", ["not installed", "broken"])
def test_without_numba_pages_are_read_with_numpy_however_many(monkeypatch, missing):
    envelope = read_envelope(event_page(30))
    with engines_named() as used:
        monkeypatch.setattr(engine, "_PAYS_AFTER", 0)
        if missing == "broken":
            monkeypatch.setattr(kernel, "IS_COMPILED", False)
        else:
            monkeypatch.setattr(engine, "find_spec", lambda name: None)
        decode_page(envelope, EVENTS)
        assert used == ["numpy"]


def test_the_environment_chooses_the_engine(monkeypatch):
    envelope = read_envelope(event_page(30))
    with engines_named() as used:
        monkeypatch.setattr(engine, "_PAYS_AFTER", 0)
        for name in ("numpy", "numba", "auto"):
            monkeypatch.setenv(engine.ENGINE, name)
            decode_page(envelope, EVENTS)
        assert used == ["numpy", "numba", "numba"]


def test_little_is_read_without_importing_numba():
    program = """
        import json, sys
        from kloudless_data.decode import decode_page, read_envelope
        from kloudless_data.schema import events_schema
        envelope = read_envelope(json.dumps([{"id": n} for n in range(1000)]).encode())
        for _ in range(10):
            decode_page(envelope, events_schema(1))
        assert "numba" not in sys.modules
    """
    environment = {key: text for key, text in os.environ.items() if key != engine.ENGINE}
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], env=environment, check=True)


def test_a_missing_engine_is_named_with_the_package_to_install(monkeypatch):
    items = read_envelope(event_page(30)).items
    with index_by("numba"):
        monkeypatch.setattr(engine, "find_spec", lambda name: None)
        with pytest.raises(MissingPackage, match=r"pip install 'kloudless-data\[performance\]'"):
            decode_columnar(items, EVENTS)
    monkeypatch.setenv(engine.ENGINE, "cobol")
    with pytest.raises(InvalidParameter, match="auto, numpy or numba, not 'cobol'"):
        decode_columnar(items, EVENTS)


@pytest.mark.parametrize(
    "name", ['say "hi"', "back\\slash", "tab\t", "größe", "eightlet", "x" * 40]
)
def test_names_of_any_kind_are_found(name):
    schema = Schema("names", 1, (Column("c", (name,), "string"), Column("i", ("id",), "id")))
    for ascii_only in (True, False):
        items = [{"id": n, name: "v", name + "!": 1, name[:-1]: 2} for n in range(30)]
        same(json.dumps(items, ensure_ascii=ascii_only).encode(), schema)
    keys = "".join(f"\\u{ord(letter):04x}" for letter in name)
    same(f'[{",".join([f"""{{"id":1,"{keys}":"v"}}"""] * 30)}]'.encode(), schema)


@pytest.mark.parametrize("blank", [" ", "\n", "\t ", "\r\n  "])
def test_blanks_may_stand_anywhere(blank):
    item = '{"id":1,"m":{"s":"a b","x":[1,{"y":2}],"q":-1.5},"j":{"k":[true,null]},"z":{},"p":{}}'
    for mark in ("{", "}", "[", "]", ":", ","):
        spaced = item.replace(mark, f"{blank}{mark}{blank}").strip()
        same(f"[{','.join([spaced] * 30)}]".encode())
