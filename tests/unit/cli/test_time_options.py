"""Times on the command line: the same forms as in Python; errors name the accepted ones."""

from __future__ import annotations

import pytest

import kloudless_data as kd
from kloudless_data.cli import main

AMBIGUOUS = ["05/03/2026", "5-3-2026", "10:00", "March", "1772323200", "-1", "0d"]


@pytest.fixture
def archive(tmp_path, account):
    kd.Archive(tmp_path / "activity").sync(account)
    return str(tmp_path / "activity")


@pytest.mark.parametrize("written", AMBIGUOUS)
@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize("command", ["archive export", "audit report", "audit find"])
def test_an_ambiguous_time_is_refused(tmp_path, capsys, command, option, written):
    output = [] if command == "audit find" else ["--output", str(tmp_path / "x.json")]
    assert main([*command.split(), "nowhere", *output, option, written]) == 2
    error = capsys.readouterr().err
    assert repr(written) in error
    assert "2026-03-05T12:00+02:00" in error


@pytest.mark.parametrize("written", AMBIGUOUS)
def test_python_refuses_the_same(archive, written):
    with pytest.raises(kd.exceptions.InvalidParameter, match="7d"):
        kd.Archive(archive).events(since=written)


def test_the_command_and_python_mean_the_same(archive, tmp_path):
    out = tmp_path / "part.parquet"
    since, until = "2026-03-02 01:00 Europe/Berlin", "2026-03-02T12:00+02:00"
    arguments = ["archive", "export", archive, "--output", str(out), "--since", since]
    assert main([*arguments, "--until", until]) == 0
    frame = kd.Archive(archive).events(since="2026-03-02", until="2026-03-02T10:00")
    assert 0 < len(frame) < 2_500
    assert kd.Manifest.read(out).rows == len(frame)


def test_tables_are_shown_in_the_requested_zone(archive, capsys):
    assert main(["archive", "status", archive, "--time-zone", "Asia/Tokyo"]) == 0
    assert "+09:00" in capsys.readouterr().out
    assert main(["archive", "status", archive, "--time-zone", "Mars"]) == 2
    assert "Europe/Berlin" in capsys.readouterr().err


@pytest.mark.parametrize("written", ["5", "0s", "soon", "-1h", "1.5h"])
def test_an_invalid_duration_is_refused(capsys, written):
    assert main(["archive", "sync", "nowhere", "--every", written]) == 2
    assert "15m" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["archive export", "audit find"])
def test_an_end_before_the_start_is_refused_by_the_options_name(archive, tmp_path, capsys, command):
    output = [] if command == "audit find" else ["--output", str(tmp_path / "x.parquet")]
    times = ["--since", "2026-03-02", "--until=2026-03-01"]
    assert main([*command.split(), archive, *output, *times]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: --until (2026-03-01 00:00:00")
    assert "must be later than the start (2026-03-02 00:00:00" in error
