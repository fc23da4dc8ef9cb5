"""How the command ends when it is interrupted, and what it says then."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys

import openpyxl
import pytest

import kloudless_data as kd
from kloudless_data import __main__ as command
from kloudless_data.cli import main


@pytest.fixture
def run(capfdbinary, sandbox, monkeypatch):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_TOKEN", sandbox.accounts[0].token)
    monkeypatch.setenv("KLOUDLESS_API_KEY", sandbox.api_key)

    def run(*arguments):
        # pytest's own standard output has no file descriptor behind it.
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.FileIO(1, "wb", closefd=False)))
        status = main([str(argument) for argument in arguments])
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return status, out, err.decode()

    return run


def test_events_go_through_a_pipe(run, account):
    status, out, err = run("events", "export", "--format", "jsonl", "-o", "-", "--limit", "1500")
    assert status == 0
    assert len(out.splitlines()) == 1_500
    assert "1,500 events" in err
    assert "continue next time with: --cursor" in err
    assert "manifest" not in err


def test_a_listing_goes_through_a_pipe(run):
    status, out, err = run("accounts", "list", "--format", "csv", "-o", "-", "--separator", ";")
    assert (status, out.count(b"\n")) == (0, 11)
    assert out.startswith(b'"id";')
    assert "10 accounts" in err


def test_standard_output_is_csv_by_default_and_files_need_a_place(run):
    status, out, _ = run("events", "export", "-o", "-", "--limit", "2")
    assert (status, out.startswith(b'"id"'), out.count(b"\n")) == (0, True, 3)
    assert run("accounts", "list", "--format", "csv")[0] == 2
    status, _, err = run("events", "export", "-o", "-", "--format", "parquet")
    assert (status, "standard output" in err) == (2, True)


def test_a_workbook_by_its_ending(run, tmp_path):
    status, out, _ = run("events", "export", "-o", tmp_path / "e.xlsx", "--limit", "5")
    assert (status, out.startswith(b"5 events")) == (0, True)
    assert openpyxl.load_workbook(tmp_path / "e.xlsx").active.max_row == 6
    assert kd.verify(tmp_path)[0].format == "xlsx"


def test_main_is_the_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["kloudless-data", "--version"])
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        assert command.main() == 0
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert capsys.readouterr().out.startswith("kloudless-data ")


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["events", "--help"], ["events", "list", "--help"],
     ["profiles", "--help"], ["accounts", "list", "--json"], ["events", "list"]],
    ids=" ".join,
)  # fmt: skip
def test_a_reader_that_has_read_enough_ends_every_command_alike(sandbox, monkeypatch, arguments):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_TOKEN", sandbox.accounts[0].token)
    monkeypatch.setenv("KLOUDLESS_API_KEY", sandbox.api_key)
    reader, writer = os.pipe()
    os.close(reader)
    with io.TextIOWrapper(io.FileIO(writer, "wb")) as broken:
        monkeypatch.setattr(sys, "stdout", broken)
        assert main(arguments) == 0


def test_one_row_is_in_the_singular(run, tmp_path):
    _, out, _ = run("events", "export", "-o", tmp_path / "e.csv", "--limit", "1")
    assert out.startswith(b"1 event (")


def test_a_program_that_runs_a_command_keeps_its_own_settings(run):
    loggers = [logging.getLogger("urllib3"), kd.util.logger]
    before = [one.level for one in loggers]
    zone = kd.configuration["time_zone"]
    assert run("events", "list", "--limit", "1", "--time-zone", "Asia/Tokyo", "--debug")[0] == 0
    assert [one.level for one in loggers] == before
    assert kd.configuration["time_zone"] == zone != "Asia/Tokyo"
