"""Times are shown in the zone that is set, and kept in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data.display.console import print_table
from kloudless_data.display.times import shown_interval, shown_time
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.schema.times import parse_interval

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


def test_in_utc_unless_a_zone_is_set():
    assert shown_time(NOON) == "2026-03-05 12:00"
    kd.configuration["time_zone"] = "Europe/Berlin"
    assert shown_time(NOON) == "2026-03-05 13:00+01:00"
    assert shown_time(NOON.replace(month=7)) == "2026-07-05 14:00+02:00"
    assert shown_time(pd.Timestamp(NOON)) == "2026-03-05 13:00+01:00"


def test_the_machines_own_zone(monkeypatch):
    kd.configuration["time_zone"] = "local"
    shown = datetime.fromisoformat(shown_time(NOON))
    assert shown == NOON
    assert shown.utcoffset() == NOON.astimezone().utcoffset()


def test_the_zone_comes_from_the_environment_too(monkeypatch):
    monkeypatch.setenv("KLOUDLESS_TIME_ZONE", "Asia/Tokyo")
    assert shown_time(NOON) == "2026-03-05 21:00+09:00"
    monkeypatch.setenv("KLOUDLESS_TIME_ZONE", "Mars")
    with pytest.raises(InvalidParameter, match="KLOUDLESS_TIME_ZONE.*Europe/Berlin"):
        shown_time(NOON)


@pytest.mark.parametrize("zone", ["Mars", "", None, 5, "../etc", "Europe"])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(InvalidParameter, match=r"configuration\['time_zone'\].*Europe/Berlin"):
        kd.configuration["time_zone"] = zone


def test_tables_show_the_zone(capsys):
    frame = pd.DataFrame({"modified": pd.to_datetime([NOON, None], utc=True)})
    print_table(frame, ["modified"])
    assert "2026-03-05 12:00 " in capsys.readouterr().out
    kd.configuration["time_zone"] = "Asia/Tokyo"
    print_table(frame, ["modified"])
    assert "2026-03-05 21:00+09:00" in capsys.readouterr().out


def test_an_interval_is_shown_in_words():
    march = parse_interval("2026-03", "2026-04")
    assert shown_interval(march) == "from 2026-03-01 00:00 UTC, before 2026-04-01 00:00 UTC"
    assert shown_interval(parse_interval(until="2026-04")) == "before 2026-04-01 00:00 UTC"
    assert shown_interval(parse_interval()) == "any time"
    kd.configuration["time_zone"] = "Asia/Tokyo"
    assert shown_interval(parse_interval("2026-03")) == "from 2026-03-01 09:00+09:00"
