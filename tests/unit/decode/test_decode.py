"""What a page's bytes become, column by column; every row holds for both decode paths."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kloudless_data.decode import (
    decode_page,
    read_envelope,
    split_objects,
)
from kloudless_data.decode.rowwise import decode_items
from kloudless_data.exceptions import InvalidParameter, InvalidResponse
from kloudless_data.interchange.frame import to_frame
from kloudless_data.schema import SCHEMAS, Column, Schema, events_schema

EVENTS = events_schema(1)
ALL_KINDS = Schema(
    "kinds",
    1,
    tuple(
        Column(kind, (kind,), kind)
        for kind in ("id", "string", "int64", "float64", "bool", "timestamp", "json")
    ),
)


def decode(body, schema=EVENTS, **options):
    """Decode with both paths, which must agree."""
    envelope = read_envelope(body if isinstance(body, bytes) else body.encode())
    batch = decode_page(envelope, schema, **options)
    assert batch.equals(decode_items(envelope.items, schema, **options))
    batch.validate(full=True)
    return batch


def row(text, schema=EVENTS, **options):
    """Decode one object, and leave out what is null."""
    batch = decode(f"[{text}]", schema, **options)
    return {name: value for name, value in batch.to_pylist()[0].items() if value is not None}


def utc(*args):
    return datetime(*args, tzinfo=UTC)


# Envelope


def test_an_envelope_is_read_without_its_objects():
    envelope = read_envelope(
        b'{"type": "object_list", "api": "activity", "count": 9, "cursor": 5, "remaining": 7,'
        b' "objects": [{"id": 1}, {"id": [2, "]"]}], "page": 3, "next_page": "abc"}'
    )
    assert list(map(bytes, envelope.items)) == [b'{"id": 1}', b'{"id": [2, "]"]}']
    assert (envelope.count, envelope.cursor, envelope.remaining) == (2, "5", 7)
    assert (envelope.page, envelope.next_page) == (3, "abc")
    assert (envelope.type, envelope.api) == ("object_list", "activity")


@pytest.mark.parametrize(
    ("cursor", "expected"),
    [
        ("5", "5"),
        ('"-1"', "-1"),
        ("-1", "-1"),
        ("null", None),
        ('"a\\u00e9\\"="', 'aé"='),
        ('""', ""),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_a_cursor_is_opaque_text(cursor, expected):
    assert read_envelope(f'{{"objects":[],"cursor":{cursor}}}'.encode()).cursor == expected


def test_missing_members_of_an_envelope_are_none():
    envelope = read_envelope(b'{"objects":[]}')
    assert envelope == read_envelope(b"[]")
    assert (list(envelope.items), envelope.count, envelope.cursor) == ([], 0, None)
    assert (envelope.page, envelope.next_page, envelope.remaining) == (None, None, None)


@pytest.mark.parametrize("page", ["null", "true", '"x"', "1.5", "[1]", "-", '"' + "9" * 5000 + '"'])
def test_odd_page_numbers_are_none(page):
    if page == "-":
        page = "-1"
    assert read_envelope(f'{{"objects":[],"page":{page}}}'.encode()).page is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b'{"objects": [{"id": 1}, {"i', "cut off after 27 bytes"),
        (b'{"objects": [{"id": 1}]', "cut off after 23 bytes"),
        (b'{"objects": [{"id": }]}', "not valid.*byte 20"),
        ('{"objects": ["é", }]}'.encode(), "byte 19"),
        (b'{"objects": [1]} [2]', "Extra data at byte 17"),
        (b'{"objects": {"id": 1}}', "'objects' is an object"),
        (b'{"objects": null}', "'objects' is the value null"),
        (b'{"id": 1, "type": "file"}', "an object with 'id', 'type'"),
        (b"5", "the value 5"),
        (b'{"objects": ["\xff"]}', "not UTF-8 at byte 14"),
        (b'{"objects": ["\xed\xa0\x80"]}', "not UTF-8"),
        (b'{"objects": [NaN]}', "NaN"),
        (b'{"objects": [1, -Infinity]}', "-Infinity"),
        (b'{"objects": ["a\x00b"]}', "Invalid control character"),
        (b'{"objects": [1], "objects": []}', "one member 'objects', found several"),
        (b'{"cursor": 1, "objects": [], "cursor": 2}', "one member 'cursor', found several"),
        (b'{"next_page": 1, "objects": ["\\ud800"], "next_page": 2}', "one member 'next_page'"),
        (b'{"objects": [], "error_code": "x", "message": "wait"}', "the error 'x': wait"),
        (b'{"error_code": "x", "status_code": 503}', "the error 'x': no message"),
        (b"[" * 100_000, "nested"),
        (b'{"objects": ' + b"[" * 5000 + b"]" * 5000 + b"}", "nested"),
    ],
)
def test_a_body_that_is_no_page_is_refused_with_the_reason(body, reason):
    with pytest.raises(InvalidResponse, match=reason):
        read_envelope(body)


def test_objects_may_have_members_of_a_page():
    envelope = read_envelope(b'{"objects": [{"objects": [1], "cursor": 1}], "cursor": 2}')
    assert (envelope.count, envelope.cursor, envelope.is_plain) == (1, "2", True)


def test_a_byte_order_mark_is_ignored():
    assert read_envelope(b'\xef\xbb\xbf{"objects":[1]}').count == 1


LINES = [
    b'[{"id":1},{"id":2}]',
    b'[{"id": 1}, {"id": 2}]',
    b' [ {"id" : 1} ,\n\t{"id":2}\r\n, 5,"x, ]" , [ ] ]\n',
    b"[[],[ ],{},0]",
    b'[1, 23,"a", 4]',
    '[{"a":"é"}, "ü",{"b":"\\ud800"},  {"c":"日本"}]'.encode(),
    rb'["\\ud800", "\\\ud800", "\ud83d\ude00\ude00",{"\uDBff":"\n\ud83d"}, ["\"\udc00"],1]',
]


@pytest.mark.parametrize("body", LINES)
def test_objects_are_split_verbatim(body):
    parts = split_objects(read_envelope(body))
    assert [json.loads(part) for part in parts] == json.loads(body)
    assert all(part in body for part in parts)


@pytest.mark.parametrize("separator", [",", ", ", ",\n    "])
@pytest.mark.parametrize("tail", ['"cursor":2', '"x":{},"cur\\u0073or":2', '"objects":[{"id":1}]'])
def test_a_member_that_is_there_twice_is_found_around_any_objects(separator, tail):
    objects = separator.join('{"id":1,"cursor":[{"objects":[]}]}' for _ in range(30))
    assert read_envelope(f'{{"cursor":1,"objects":[{objects}]}}'.encode()).cursor == "1"
    with pytest.raises(InvalidResponse, match="found several"):
        read_envelope(f'{{"cursor":1,"objects":[{objects}],{tail}}}'.encode())


def test_members_of_objects_that_have_an_envelope_s_names_do_not_slow_a_page():
    for separator in (b",", b" ,\n "):
        objects = separator.join([b'{"cursor":1,"objects":[2],"next_page":"x"}'] * 30)
        assert read_envelope(b'{"cursor":1,"objects":[' + objects + b"]}").is_plain


def test_an_object_on_several_lines_is_put_on_one_without_loss():
    parts = split_objects(read_envelope(b'[{\n "a": 1.10,\n "a": "\\n\\ud800"\r\n}, {"b": 2}]'))
    assert parts == [b'{"a":1.10,"a":"\\n\\ud800"}', b'{"b": 2}']


# Columns


def test_nested_fields_are_flattened():
    assert row('{"id": "a", "metadata": {"parent": {"id": 5}, "owner": {"email": "x@y"}}}') == {
        "id": "a",
        "metadata_parent_id": "5",
        "metadata_owner_email": "x@y",
    }


def test_null_and_missing_are_null_and_leave_nothing():
    assert row('{"id": null, "metadata": null}') == {}
    assert row("{}") == {}


def test_an_empty_string_is_not_null():
    assert row('{"id": "", "type": ""}') == {"id": "", "type": ""}


def test_an_empty_page_has_the_whole_schema():
    for schema in SCHEMAS.values():
        batch = decode('{"objects": []}', schema, raw=True)
        assert batch.num_rows == 0
        assert batch.schema.equals(schema.arrow(raw=True))


HUGE = "1" + "0" * 400
FITS = [
    ("id", "123", "123"),
    ("id", '"123"', "123"),
    ("id", "-5", "-5"),
    ("id", HUGE, HUGE),
    ("id", '"\\u00e9\\n\\u0000\\ud83d\\ude00"', "é\n\0😀"),
    ("string", '"a\\\\\\"\\/"', 'a\\"/'),
    ("string", '"\x7f\u2028é"', "\x7f\u2028é"),
    ("int64", "0", 0),
    ("int64", "-1", -1),
    ("int64", '"123"', 123),
    ("int64", '"-9"', -9),
    ("int64", str(2**63 - 1), 2**63 - 1),
    ("int64", f'"{-(2**63)}"', -(2**63)),
    ("float64", "1.10", 1.1),
    ("float64", "3", 3.0),
    ("float64", "-1e3", -1000.0),
    ("float64", "1E-7", 1e-7),
    ("bool", "true", True),
    ("bool", "false", False),
    ("json", "[1, 2.0]", "[1,2.0]"),
    ("json", '{"a": "\\u00e9\\ud800", "a": 1e400}', '{"a":"é\\ud800","a":1e400}'),
    ("json", '"x"', '"x"'),
    ("json", "{}", "{}"),
    ("json", " [ ] ", "[]"),
    ("timestamp", '"2019-06-26T21:15:22.122000Z"', utc(2019, 6, 26, 21, 15, 22, 122000)),
    ("timestamp", '"2019-06-26 21:15:22Z"', utc(2019, 6, 26, 21, 15, 22)),
    ("timestamp", '"2019-06-26T21:15:22.5+02:00"', utc(2019, 6, 26, 19, 15, 22, 500000)),
    ("timestamp", '"2019-06-26T21:15:22-00:30"', utc(2019, 6, 26, 21, 45, 22)),
    *[
        ("timestamp", f'"{text}"', utc(2019, 6, 26, 19, 15))
        for text in (
            "2019-06-26T21:15:00+0200",
            "2019-06-26T21:15:00.000+0200",
            "2019-06-26T21:15:00+02",
            "2019-06-26T21:15:00 +0200",
            "2019-06-26t19:15:00z",
            "2019-06-26T19:15Z",
            "2019-06-26 21:15+02:00",
            "20190626T191500Z",
            "20190626T191500,000000Z",
            "20190626T1915Z",
            "20190626T161500.0-0300",
            "2019-06-26T19:15:00,0Z",
            "2019-06-26T19:15:00.0000000Z",
            "2019-177T19:15:00Z",
            "2019177T191500Z",
            "2019-W26-3T19:15:00Z",
            "2019W263T1915Z",
            "2019-06-26T19:15 UTC",
            "2019-06-26T19:15:00GMT",
            "2019-06-26T21:15:00+02:00[Europe/Berlin]",
            "2019-06-26T17:15:00\N{MINUS SIGN}02:00",
            "2019-06-26T19.25Z",
            "2019-06-26T19:15,0Z",
        )
    ],
    ("timestamp", '"2019-06-26T24:00:00Z"', utc(2019, 6, 27)),
    ("timestamp", '"2019-06-26T24Z"', utc(2019, 6, 27)),
    ("timestamp", '"2019-06-26T21:15.5Z"', utc(2019, 6, 26, 21, 15, 30)),
    ("timestamp", '"2020-02-29T00:00:00.1234560000Z"', utc(2020, 2, 29, 0, 0, 0, 123456)),
    ("timestamp", '"1969-12-31T23:59:59.999999Z"', utc(1969, 12, 31, 23, 59, 59, 999999)),
    ("timestamp", '"0001-01-01T00:00:00Z"', utc(1, 1, 1)),
    ("timestamp", '"9999-12-31T23:59:59.999999Z"', utc(9999, 12, 31, 23, 59, 59, 999999)),
    ("timestamp", '"2019-06-26T21:15:22\\u005a"', utc(2019, 6, 26, 21, 15, 22)),
]


@pytest.mark.parametrize(("kind", "text", "value"), FITS)
def test_a_value_that_fits_is_in_its_column_alone(kind, text, value):
    assert row(f'{{"{kind}": {text}}}', ALL_KINDS) == {kind: value}


MISFITS = [
    *[("id", text) for text in ("1.5", "1e3", "true", "[]", "{}", '{"a":1}', '"\\ud800"')],
    *[("string", text) for text in ("5", "1.0", "true", "[]", "{}", '"a\\udc00b"')],
    *[("int64", text) for text in ("1.0", "1e3", "true", "-0", '"007"', '"+5"', '" 5"', '""')],
    *[("int64", text) for text in ('"1.0"', '"1_000"', '"-"', '"-0"', '"٣"', str(2**63), "[1]")],
    *[("int64", text) for text in (str(-(2**63) - 1), '"99999999999999999999"', HUGE)],
    *[("float64", text) for text in ("1e400", '"1.5"', "0.12345678901234567890", "true")],
    *[("float64", text) for text in ("9007199254740993", "1e-400", HUGE)],
    *[("bool", text) for text in ('"true"', "1", "0", '""', "{}")],
    *[("timestamp", text) for text in ('""', '"2019-06"', "true", "[]", "1.561583722e7", "-1")],
    # Neither seconds nor milliseconds of our times: a date's digits, a count, microseconds.
    *[("timestamp", text) for text in ("0", "20190626", "20190626211522", "1561583722122000")],
    *[("timestamp", f'"{text}"') for text in ("20190626", "01561583722", "1561583722Z")],
    *[
        ("timestamp", f'"{text}"')
        for text in (
            "2019-02-29T00:00:00Z",
            "2019-06-26T24:00:01Z",
            "2019-06-26T24:00:00.5Z",
            "2019-06-26T21:15:60Z",
            "2019-06-26T21:15:61Z",
            "2019-366T00:00Z",
            "2019-000T00:00Z",
            "2019-W53-1T00:00Z",
            "2019-W26-8T00:00Z",
            "2019177",
            "2019W263",
            "2019-06-26T21:15:22[Europe/Berlin]",
            "2019-06-26T21:60:00Z",
            "2019-13-01T00:00:00Z",
            "2019-00-01T00:00:00Z",
            "2019-01-00T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "2019-06-26T21:15:22.Z",
            "2019-06-26T2115:22Z",
            "2019-0626T21:15:22Z",
            "20190626T211522+02:60",
            "20190626211522Z",
            "2019-06-26T21:15:22 PST",
            "2019-06-26TZ",
            "2019-06-26T21:15:22+24:00",
            " 2019-06-26T21:15:22Z",
            "2019-06-26T21:15:22Z\\n",
            "2019-6-26T21:15:22Z",
            "+2019-06-26T21:15:22Z",
            "٢٠١٩-06-26T21:15:22Z",
            "yesterday",
        )
    ],
]


@pytest.mark.parametrize(("kind", "text"), MISFITS)
def test_a_value_that_does_not_fit_is_whole_in_extra(kind, text):
    assert row(f'{{"{kind}": {text}}}', ALL_KINDS) == {"extra": f'{{"{kind}":{text}}}'}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2019-06-26T21:15:22", utc(2019, 6, 26, 21, 15, 22)),
        ("2019-06-26 21:15:22.5", utc(2019, 6, 26, 21, 15, 22, 500000)),
        ("2019-06-26T21:15:22.1234567Z", utc(2019, 6, 26, 21, 15, 22, 123456)),
        ("2019-06-26T21:15:22.9999999999+01:00", utc(2019, 6, 26, 20, 15, 22, 999999)),
        ("20190626T2115", utc(2019, 6, 26, 21, 15)),
        ("1561583722", utc(2019, 6, 26, 21, 15, 22)),
        ("1561583722.0002", utc(2019, 6, 26, 21, 15, 22, 200)),
        ("1561583722122", utc(2019, 6, 26, 21, 15, 22, 122000)),
        ("1561583722122.5", utc(2019, 6, 26, 21, 15, 22, 122500)),
        ("1.561583722e9", utc(2019, 6, 26, 21, 15, 22)),
        ("1.561583722122E+12", utc(2019, 6, 26, 21, 15, 22, 122000)),
        ("2019-06-26", utc(2019, 6, 26)),
        ("2019-177", utc(2019, 6, 26)),
        ("2019-W26-3", utc(2019, 6, 26)),
        ("2019-06-26T24:00", utc(2019, 6, 27)),
        ("2019-06-26T23:59:60Z", utc(2019, 6, 27)),
        ("2019-06-27T05:29:60+05:30", utc(2019, 6, 27)),
        ("2019-06-26T21:15.12345678Z", utc(2019, 6, 26, 21, 15, 7, 407406)),
    ],
)
def test_a_time_that_says_more_or_less_is_read_and_kept(text, value):
    assert row(f'{{"timestamp": "{text}"}}', ALL_KINDS) == {
        "timestamp": value,
        "extra": f'{{"timestamp":"{text}"}}',
    }


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ('{"colour": "red", "n": 1.10}', '{"colour":"red","n":1.10}'),
        ('{"metadata": {"id": 5, "a": {"b": [1, 2]}}}', '{"metadata":{"a":{"b":[1,2]}}}'),
        ('{"metadata": "x"}', '{"metadata":"x"}'),
        ('{"metadata": [1]}', '{"metadata":[1]}'),
        ('{"metadata": {}}', '{"metadata":{}}'),
        ('{"metadata": {"owner": {}}}', '{"metadata":{"owner":{}}}'),
        ('{"type": {"a": 1}}', '{"type":{"a":1}}'),
        ('{"x": null}', '{"x":null}'),
        ('{"x": 18446744073709551617}', '{"x":18446744073709551617}'),
        ('{"x": "\\u00e9\\n\\u0000\\ud800"}', '{"x":"é\\n\\u0000\\ud800"}'),
        ('{"\\ud800": "\\u20ac"}', '{"\\ud800":"€"}'),
        ('{"i\\u0064": 5, "": 6, "extra": 7}', '{"":6,"extra":7}'),
        ('{"raw": {"a": 1}}', '{"raw":{"a":1}}'),
        ('{"metadata_id": 5}', '{"metadata_id":5}'),
    ],
)
def test_unknown_members_are_in_extra_at_their_place(text, extra):
    assert row(text)["extra"] == extra


def test_of_equal_keys_the_last_wins_and_the_earlier_are_kept():
    assert row('{"id": 1, "id": null, "x": 1, "id": 2, "x": 2}') == {
        "id": "2",
        "extra": '{"id":1,"id":null,"x":1,"x":2}',
    }
    assert row('{"metadata": {"id": 1}, "metadata": {"name": "n", "z": 1}}') == {
        "metadata_name": "n",
        "extra": '{"metadata":{"id":1},"metadata":{"z":1}}',
    }


@pytest.mark.parametrize("element", ["5", "null", '"x"', "[1,2]", "true", "1e400"])
def test_an_element_that_is_not_an_object_is_a_separate_row(element):
    batch = decode(f'[{{"id":1}},{element},{{"id":2}}]', columns=["id", "extra"])
    assert batch.to_pylist() == [
        {"id": "1", "extra": None},
        {"id": None, "extra": element},
        {"id": "2", "extra": None},
    ]


def test_raw_is_kept_as_json_on_request():
    text = '{"id": 1, "raw": 0, "raw": {"Id": 1.10, "b": "\\u00e9"}}'
    assert row(text, raw=True) == {
        "id": "1",
        "raw": '{"Id":1.10,"b":"é"}',
        "extra": '{"raw":0}',
    }
    assert row(text)["extra"] == '{"raw":0,"raw":{"Id":1.10,"b":"é"}}'
    assert row('{"raw": null}', raw=True) == {}
    assert row(text, columns=["raw"]) == {"raw": '{"Id":1.10,"b":"é"}'}


def test_columns_select_without_changing_values():
    text = '{"id": 1, "type": 5, "modified": "x", "colour": 1, "metadata": {"name": "n"}}'
    full = row(text)
    for name in ("id", "metadata_name", "extra"):
        assert row(text, columns=[name]) == {name: full[name]}
    batch = decode(f"[{text}]", columns=["metadata_name", "id"])
    assert batch.schema.names == ["metadata_name", "id"]


def test_an_unknown_column_is_refused():
    with pytest.raises(InvalidParameter, match="colour"):
        decode("[]", columns=["colour"])


def test_nesting_has_a_limit():
    def nested(levels):
        return '{"x":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"

    assert row(nested(200))["extra"] == nested(200)
    envelope = read_envelope(f"[{nested(201)}]".encode())
    for path, argument in ((decode_page, envelope), (decode_items, envelope.items)):
        with pytest.raises(InvalidResponse, match="200"):
            path(argument, EVENTS)


def test_many_brackets_are_not_deep():
    text = '{"x":[' + ",".join(["[[]]"] * 500) + "]}"
    assert row(text)["extra"] == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1561583722", utc(2019, 6, 26, 21, 15, 22)),
        ("1561583722.5", utc(2019, 6, 26, 21, 15, 22, 500000)),
        ("1561583722122", utc(2019, 6, 26, 21, 15, 22, 122000)),
        ("100000000", utc(1973, 3, 3, 9, 46, 40)),
    ],
)
def test_a_number_that_is_taken_for_a_time_is_read_and_kept(text, value):
    assert row(f'{{"timestamp": {text}}}', ALL_KINDS) == {
        "timestamp": value,
        "extra": f'{{"timestamp":{text}}}',
    }


# pandas


def frame(text, **options):
    batch = decode(text, ALL_KINDS)
    return to_frame([batch], batch.schema, **options)


OBJECT = (
    '{"id":7,"string":"s","int64":9007199254740993,"float64":1.5,"bool":true,'
    '"timestamp":"2019-06-26T21:15:22.122000Z","json":[1]}'
)


@pytest.mark.parametrize("backend", [None, "numpy_nullable", "pyarrow"])
def test_a_frame_keeps_types_nulls_and_exact_integers(backend):
    df = frame(f"[{OBJECT},{{}}]", dtype_backend=backend)
    assert df["int64"].iloc[0] == 9007199254740993
    assert df["bool"].iloc[0] == True  # noqa: E712 (a numpy bool)
    assert df["timestamp"].iloc[0] == pd.Timestamp("2019-06-26T21:15:22.122000Z")
    assert df["id"].iloc[0] == "7"
    assert df.iloc[1].isna().all()


@pytest.mark.parametrize(
    ("backend", "dtypes"),
    [
        (None, ["str", "Int64", "boolean", "datetime64[us, UTC]", "float64"]),
        ("numpy_nullable", ["string", "Int64", "boolean", "datetime64[us, UTC]", "Float64"]),
        (
            "pyarrow",
            ["string", "int64", "bool", "timestamp[us, tz=UTC]", "double"],
        ),
    ],
)
@pytest.mark.parametrize("text", ["[]", f"[{OBJECT}]", "[{}]"])
def test_the_dtypes_do_not_depend_on_the_values(backend, dtypes, text):
    df = frame(text, dtype_backend=backend)
    names = ["string", "int64", "bool", "timestamp", "float64"]
    found = [str(df[name].dtype).removesuffix("[pyarrow]") for name in names]
    if found[0] == "string" and backend is None:
        found[0] = "str"  # before pandas 3
    assert found == dtypes


@pytest.mark.parametrize("backend", [None, "numpy_nullable", "pyarrow"])
def test_categories_on_request(backend):
    batches = [decode(text, ALL_KINDS) for text in (f"[{OBJECT}]", '[{"string":"t"},{}]')]
    df = to_frame(batches, batches[0].schema, dtype_backend=backend, categories=["string"])
    assert df["string"].dtype == "category"
    assert df["string"].tolist()[:2] == ["s", "t"]
    assert df["string"].isna().tolist() == [False, False, True]


def test_a_frame_of_nothing_has_the_columns():
    schema = EVENTS.arrow()
    df = to_frame([], schema, categories=["type"])
    assert list(df.columns) == schema.names
    assert len(df) == 0
    assert list(to_frame(pa.Table.from_batches([], schema), schema).columns) == schema.names


def test_wrong_frame_options_are_refused():
    with pytest.raises(InvalidParameter, match="colour"):
        to_frame([], EVENTS.arrow(), categories=["colour"])
    with pytest.raises(InvalidParameter, match="polars"):
        to_frame([], EVENTS.arrow(), dtype_backend="polars")


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),
    st.integers(-1439, 1439),
)
def test_a_time_is_its_instant_whatever_the_offset(naive, minutes):
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert row(f'{{"timestamp": "{moment.isoformat()}"}}', ALL_KINDS) == {"timestamp": moment}
