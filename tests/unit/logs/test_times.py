"""Times as logs write them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from kloudless_data.logs.times import read_times


def read(*texts: str | None) -> list[str | None]:
    found = read_times(pa.array(texts, pa.string())).to_pylist()
    return [None if time is None else time.isoformat() for time in found]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T10:00:00", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01 10:00:00.5 UTC", "2026-03-01T10:00:00.500000+00:00"),
        ("2026-03-01T10:00:00.1234567Z", "2026-03-01T10:00:00.123456+00:00"),
        ("2026-03-01T10:00:00.123+0530", "2026-03-01T04:30:00.123000+00:00"),
        ("2026-03-01T01:00:00-08:00", "2026-03-01T09:00:00+00:00"),
        ("1772359200", "2026-03-01T10:00:00+00:00"),
        ("1772359200.25", "2026-03-01T10:00:00.250000+00:00"),
        ("1772359200123", "2026-03-01T10:00:00.123000+00:00"),
        ("20260301T100000Z", "2026-03-01T10:00:00+00:00"),
        ("3/1/2026 10:00:00 AM", "2026-03-01T10:00:00+00:00"),
        ("03/01/2026 22:00", "2026-03-01T22:00:00+00:00"),
        ("Mar 1, 2026, 10:00:00 PM", "2026-03-01T22:00:00+00:00"),
        ("3/1/2026, 10:00:00.123 PM", "2026-03-01T22:00:00.123000+00:00"),
        ("Mar 1, 2026, 10:00:00 AM GMT+3", "2026-03-01T07:00:00+00:00"),
        ("2026-03-01 10:00:00 UTC-05:30", "2026-03-01T15:30:00+00:00"),
        ("/Date(1772359200123)/", "2026-03-01T10:00:00.123000+00:00"),
        ("1772359200123456", "2026-03-01T10:00:00.123456+00:00"),
        ("13/01/2026 10:00", None),  # not silently the other way round
        ("2026-02-31T10:00:00Z", None),
        ("2026", None),
        ("soon", None),
    ],
)
def test_a_time_is_read_alone_and_among_others(text: str, means: str | None) -> None:
    assert read(text) == [means]
    others = ["2026-03-01T10:00:00Z", None, "soon", "2026-02-31T00:00:00"]
    assert read(*others, text)[-1] == means


def test_an_invalid_time_does_not_affect_the_others() -> None:
    assert read("2026-03-01T10:00:00Z", "2026-02-31T10:00:00Z", "2026-03-01T11:00:00") == [
        "2026-03-01T10:00:00+00:00", None, "2026-03-01T11:00:00+00:00"
    ]  # fmt: skip
