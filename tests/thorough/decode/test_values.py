"""Arrow's casts against the readers that define what fits: never more, and never otherwise."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from kloudless_data.decode.lossless_json import compact, parse
from kloudless_data.decode.rowwise import READERS
from kloudless_data.decode.values import read_integers, read_times
from kloudless_data.exceptions import InvalidResponse
from kloudless_data.schema import instants
from kloudless_data.schema.instants import read_time, usual_time

TIMES = [
    "2019-06-26T21:15:22.122000Z", "2019-06-26 21:15:22Z", "2019-06-26T21:15:22+0000",
    "2019-06-26T21:15:22.5+01:00", "2019-06-26T21:15Z", "2019-06-26T21Z", "2019-06-26Z",
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00",
    "2019-06-26T24:00:00Z", "2019-06-26T21:15:60Z", "2019-06-26T21:15:22.1234567Z",
    "20190626T211522Z", "2020-02-30T00:00:00Z", "2019-06-26T21:15:22+24:00", "1561583722",
    "2019-06-26T21:15:22.12ZZ", "2019-06-26T21:15:22.1+0100Z", "1561583722000",
]  # fmt: skip
NUMBERS = ["0", "-0", "007", "+5", "0x1F", "0xFFFFFFFF", " 5", "5 ", "1e3", "1.0", "12", "-12",
           "9223372036854775807", "9223372036854775808", "-9223372036854775808", ""]  # fmt: skip


def changed(texts, letters, number=3_000):
    """Return texts, and those with a few characters changed, missing or added."""
    chance = random.Random(7)
    found = list(texts)
    for _ in range(number):
        text = list(chance.choice(texts))
        for _ in range(chance.randint(1, 3)):
            at = chance.randint(0, len(text))
            text[at : at + chance.randint(0, 1)] = chance.choice(["", *letters])
        found.append("".join(text))
    return found


def one_by_one(read, texts):
    """Read each text by itself, so that no other decides how it is read."""
    for text in texts:
        yield text, [part[0] for part in read(pa.array([text]))]


def test_a_time_that_arrow_reads_is_what_read_time_says():
    read = 0
    for text, (value, readable, complete) in one_by_one(
        read_times, changed(TIMES, "0123459-:TZ+.")
    ):
        if readable:
            assert read_time(text) == (value, complete), text
            read += 1
    assert read > 100


def test_an_integer_that_arrow_reads_is_what_the_reader_says():
    read = 0
    for text, (value, readable) in one_by_one(read_integers, changed(NUMBERS, "0123459-+x. e")):
        if readable:
            assert READERS["int64"](text) == (value, True), text
            read += 1
    assert read > 100


def test_a_usual_time_is_what_the_pattern_says():
    for text in changed(TIMES, "0123459-:TZ+."):
        try:
            moment = usual_time(text)
        except ValueError:
            continue
        by_pattern = instants._instant(instants._ISO_8601.fullmatch(text))
        assert (pa.scalar(moment, pa.timestamp("us")).value, True) == by_pattern, text


@pytest.mark.parametrize("odd", ["no time", "2020-02-30T00:00:00Z", "24", ""])
def test_one_odd_value_does_not_hide_the_others(odd):
    values, readable, _ = read_times(pa.array(["1970-01-01T00:00:01Z", odd, "1561583722"]))
    assert readable[-1]
    assert values[-1] == 1_561_583_722_000_000
    if odd != "2020-02-30T00:00:00Z":  # then all are left to the readers
        assert readable.tolist() == [True, False, True]
    values, readable = read_integers(pa.array(["7", odd, "-8"]))
    assert (values[0], values[2], readable.tolist()) == (7, -8, [True, odd == "24", True])


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a":[{"b":1,"b":1}],"c":"x"}',
        '{"a":1,"\\u0061":2,"b":"\\u003a"}',
        '{"a":1,"a":2,"b":"\\u003A"}',
        "[-0,0,-0.0,1.10,1e400]",
        '{"a":-0,"b":"\\u002d"}',
        "12345678901234567890123456789",
        "1" * 5_000,
        '"\\ud800"',
        '{"\\ud800":1.10,"a":"\\u001f\\/"}',
    ],
)
def test_what_is_parsed_is_written_without_loss(text):
    """Equal keys, signs of zeros and digits stay, though msgspec alone would lose some of them."""
    without_escapes = text.replace("\\u003a", ":").replace("\\u003A", ":")
    without_escapes = without_escapes.replace("\\u002d", "-").replace("\\u0061", "a")
    assert compact(parse(text.encode())) == without_escapes.replace("\\/", "/")


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"a":01}', "[1,]", b"\xff", '"\x01"'])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(InvalidResponse):
        parse(text if isinstance(text, bytes) else text.encode())
