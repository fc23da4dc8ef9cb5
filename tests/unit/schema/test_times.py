"""The same strict forms of times everywhere."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kloudless_data.exceptions import InvalidParameter
from kloudless_data.schema.times import (
    Interval,
    parse_duration,
    parse_interval,
    parse_time,
    parse_zone,
)

NOW = datetime(2026, 3, 8, 15, 30, tzinfo=UTC)
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-05", "2026-03-05T00:00"),
        ("2026-03", "2026-03-01T00:00"),
        ("2026-03-05T12:00", "2026-03-05T12:00"),
        ("2026-03-05 9:30", "2026-03-05T09:30"),
        (" 2026-03-05t12:00:01 ", "2026-03-05T12:00:01"),
        ("2026-03-05T12:00:01.5Z", "2026-03-05T12:00:01.500000"),
        ("2026-03-05T12:00:01,123456789z", "2026-03-05T12:00:01.123456"),
        ("2026-03-05T12:00+02:00", "2026-03-05T10:00"),
        ("2026-03-05T12:00+0200", "2026-03-05T10:00"),
        ("2026-03-05T00:30-05", "2026-03-05T05:30"),
        ("2026-03-05 12:00 Europe/Berlin", "2026-03-05T11:00"),
        ("2026-07-05 12:00 Europe/Berlin", "2026-07-05T10:00"),
        ("2026-03-05 12:00 UTC", "2026-03-05T12:00"),
        ("7d", "2026-03-01T15:30"),
        ("24h", "2026-03-07T15:30"),
        ("90m", "2026-03-08T14:00"),
        ("2w", "2026-02-22T15:30"),
        ("now", "2026-03-08T15:30"),
        ("Today", "2026-03-08T00:00"),
        ("yesterday", "2026-03-07T00:00"),
        (timedelta(hours=1), "2026-03-08T14:30"),
        (date(2026, 3, 5), "2026-03-05T00:00"),
    ],
)
def test_accepted_forms_and_their_meaning(written, meant):
    expected = datetime.fromisoformat(meant).replace(tzinfo=UTC)
    assert parse_time(written, now=NOW) == expected


@pytest.mark.parametrize(
    "written",
    [
        "05/03/2026", "5-3-2026", "05.03.2026", "13/03/2026", "10:00", "March", "5 March 2026",
        "1772323200", "20260305", "2026", "-1", "1", "0d", "-7d", "7", "d", "7 days", "1.5h",
        "2026-13", "2026-02-30", "2026-03-05T24:01", "2026-03-05T12:60", "2026-03-05T12",
        "2026-03-05T12:00+25:00", "2026-03-05T12:00 Mars/Crater", "2026-03-05T12:00 ../etc/passwd",
        "2026-3-5", "26-03-05", "", " ", "２０２６-03-05", "0001-01-01T00:00+02:00",
        "9999-12-31T23:00-02:00", "999999999w", "nan", "NaT", "None", "2026-W10", "2026-03-05T",
        "2026-03-05\n; drop",
        1772323200, 1772323200.0, 0, -1, True, None, b"2026-03-05", timedelta(), timedelta(-1),
        pd.NaT, np.datetime64("NaT"), ["2026-03-05"],
    ],
)  # fmt: skip
def test_other_forms_are_refused_and_the_accepted_ones_named(written):
    with pytest.raises(InvalidParameter) as caught:
        parse_time(written, "--since", now=NOW)
    assert str(caught.value).startswith("--since: ")


def test_the_refusal_says_what_to_write():
    with pytest.raises(InvalidParameter, match=r"'05/03/2026'.*2026-03-05T12:00\+02:00.*7d.*UTC"):
        parse_time("05/03/2026")


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        NOON.replace(tzinfo=None),
        NOON.astimezone(timezone(timedelta(hours=9))),
        pd.Timestamp(NOON),
        pd.Timestamp("2026-03-05 12:00"),
        pd.Timestamp("2026-03-05 13:00", tz="Europe/Berlin"),
        np.datetime64("2026-03-05T12:00"),
    ],
)
def test_objects_of_python_pandas_and_numpy(value):
    found = parse_time(value)
    assert found == NOON
    assert type(found) is datetime
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2026-03-29 02:30 Europe/Berlin", "skip"),
        ("2026-10-25 02:30 Europe/Berlin", "twice"),
    ],
)
def test_a_local_time_that_is_skipped_or_repeated_is_refused(written, why):
    with pytest.raises(InvalidParameter, match=f"{why}.*offset"):
        parse_time(written)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)),
       st.integers(-23 * 60, 23 * 60))  # fmt: skip
def test_every_iso_time_that_python_writes_comes_back(moment, minutes):
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_time(aware.isoformat()) == aware
    assert parse_time(moment.isoformat(sep=" ")) == moment.replace(tzinfo=UTC)


@given(st.text(max_size=30))
def test_any_other_text_is_refused_and_nothing_else_is_raised(text):
    with contextlib.suppress(InvalidParameter):
        assert parse_time(text).tzinfo is UTC


def test_an_interval_is_half_open():
    march = parse_interval("2026-03", "2026-04")
    assert march == Interval(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    assert [day in march for day in (march.since, march.until)] == [True, False]
    assert NOW in parse_interval()
    assert parse_interval("24h", now=NOW).since == NOW - timedelta(hours=24)


@pytest.mark.parametrize(("since", "until"), [("2026-03", "2026-03"), ("today", "yesterday")])
def test_an_empty_interval_is_refused(since, until):
    with pytest.raises(InvalidParameter, match="^until .* later than the start.*exclusive"):
        parse_interval(since, until, now=NOW)


def test_the_error_names_the_wrong_one():
    with pytest.raises(InvalidParameter, match="^until: 'soon'"):
        parse_interval("7d", "soon")


@pytest.mark.parametrize(
    ("written", "seconds"), [("30s", 30), ("15m", 900), ("6h", 21_600), ("1d", 86_400),
                             ("2w", 1_209_600), (timedelta(hours=1), 3_600)]
)  # fmt: skip
def test_durations(written, seconds):
    assert parse_duration(written).total_seconds() == seconds


@pytest.mark.parametrize("written", ["0s", "5", "h", "-1h", "1.5h", 60, None, timedelta(0)])
def test_other_texts_are_not_durations(written):
    with pytest.raises(InvalidParameter, match="--every.*15m"):
        parse_duration(written, "--every")


@pytest.mark.parametrize(
    "name", ["Europe/Nowhere", "Europe", "../../etc/passwd", "", 3, None, "/etc"]
)
def test_other_texts_are_not_zones(name):
    with pytest.raises(InvalidParameter, match="not a time zone"):
        parse_zone(name)


def test_zones():
    assert parse_zone("UTC") is UTC
    assert str(parse_zone("Asia/Tokyo")) == "Asia/Tokyo"
