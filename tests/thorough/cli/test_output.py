"""Every command that shows rows shows them alike: tables that fit, JSON, CSV, files, pipes."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import openpyxl
import pandas as pd
import pytest
from rich.cells import cell_len
from unit.memory import MemorySandbox, install

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.access import Access
from kloudless_data.access.picture import Picture
from kloudless_data.archive import Archive
from kloudless_data.cli import cli, main
from kloudless_data.credentials.profiles import Profile, save_profile
from kloudless_data.sandbox import Company
from kloudless_data.sandbox.organisation import Organisation

#: The arguments of each command, using what `place` has made; "team" uses the company's server.
COMMANDS: dict[str, list[str]] = {
    "profiles": [],
    "events list": ["--limit", "300", "--api-key", ""],
    "events summary": ["--by", "account,type", "--api-key", ""],
    "accounts list": [],
    "folder list": ["--no-recursive", "--api-key", ""],
    "calendars list": ["--account", "{calendar}"],
    "calendars events": ["--account", "{calendar}"],
    "subscriptions list": ["--api-key", ""],
    "raw get": ["/drive/v2/files", "--records", "items", "--api-key", ""],
    "applications list": [],
    "usage list": [],
    "licenses list": [],
    "invoices list": [],
    "developers list": [],
    "users list": ["team"],
    "groups list": ["team"],
    "groups members": ["team"],
    "permissions list": ["{item}", "team"],
    "links list": ["team"],
    "archive status": ["{archive}"],
    "archive sql": ["{archive}", "select * from events limit 300"],
    "audit find": ["{archive}"],
    "audit rules": [],
    "access who": ["{access}", "{item}"],
    "access what": ["{access}", "{person}"],
    "access gaps": ["{access}"],
    "access findings": ["{access}"],
    "access diff": ["{access}", "--since", "{first}"],
    "access review": ["{access}", "--read", "{review}"],
    "logs formats": [],
}
EMPTY = {"access review"}  # nothing was decided
every_command = pytest.mark.parametrize("name", COMMANDS)


def commands_with_rows(command: click.Command, path: str = "") -> Iterator[str]:
    if any(parameter.name == "as_jsonl" for parameter in command.params):
        yield path.strip()
    for name, below in getattr(command, "commands", {}).items():
        yield from commands_with_rows(below, f"{path} {name}")


@pytest.fixture(scope="module")
def place(sandbox, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """Make what commands read, once: an archive, a reading of a company's access, a review."""
    folder = tmp_path_factory.mktemp("output")
    company = Company(seed=3, people=12, items=300, changes=40)
    organisation = Organisation(seed=71, people=5, days=21, incidents=["mass_deletion"])
    patch = pytest.MonkeyPatch()
    install(patch)
    servers = [
        MemorySandbox(accounts=1, events=0, organisations=[made], retention_hours=None,
                      retention_events=None).start()
        for made in (company, organisation)
    ]  # fmt: skip
    team, activity = servers
    admins = [kd.Account(token=server.accounts[-1].token, base_url=server.base_url, api_version=2)
              for server in servers]  # fmt: skip
    access = Access(folder / "access", now=lambda: team.clock.now)
    access.snapshot(admins[0])
    first = team.clock.now
    team.clock.advance(hours=20)
    access.update(admins[0])
    Archive(folder / "archive", now=lambda: activity.clock.now).sync([admins[1]], progress=False)
    access.to_excel(folder / "review.xlsx")
    item = access.findings()["evidence"].iloc[0][0]
    with_one_picture(patch, access)
    with_one_audit(patch)
    yield SimpleNamespace(
        team=team,
        values={
            "archive": str(folder / "archive"), "access": str(folder / "access"),
            "first": first.isoformat(),
            "review": str(folder / "review.xlsx"), "item": item,
            "person": access.who_can_see(item)["person"].iloc[0],
            "calendar": str(next(a.id for a in sandbox.accounts if a.service == "google_calendar")),
        },
    )  # fmt: skip
    for server in servers:
        server.stop()
    patch.undo()


def with_one_picture(patch: pytest.MonkeyPatch, read: Access) -> None:
    """Let the commands of this process share the picture of the rights at each time, and the gaps.

    A hundred of them ask about the same reading, and each would spend most of its time on making
    the same picture, and on finding the gaps of which it warns.
    """
    makes, made = Access.picture, {None: read.picture()}
    finds, found = Access.gaps, list[pd.DataFrame]()

    def picture(access: Access, at: Any = None) -> Picture:
        if access.path != read.path:
            return makes(access, at)
        if at not in made:
            made[at] = makes(access, at)
        if at is None:
            access._picture = (access.store.version(), made[at])
        return made[at]

    def gaps(access: Access) -> pd.DataFrame:
        if access.path != read.path:
            return finds(access)
        if not found:
            found.append(finds(access))
        return found[0].copy()

    patch.setattr(Access, "picture", picture)
    patch.setattr(Access, "gaps", gaps)


def with_one_audit(patch: pytest.MonkeyPatch) -> None:
    """Let the commands of this process share the findings of the same audit, as above."""
    find, made = audit.find, dict[str, pd.DataFrame]()

    def found(*given: Any, **options: Any) -> pd.DataFrame:
        asked = repr((given, options))
        if asked not in made:
            made[asked] = find(*given, **options)
        return made[asked].copy()

    patch.setattr(audit, "find", found)


@pytest.fixture
def arguments(place, sandbox, monkeypatch, tmp_path):
    """Return a command's whole command line, in an environment in which it works."""
    monkeypatch.setenv("KLOUDLESS_CONFIG_DIR", str(tmp_path / "config"))
    save_profile(Profile("work", "https://kloudless.example.com", "token", {}))
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_TOKEN", sandbox.accounts[0].token)
    monkeypatch.setenv("KLOUDLESS_API_KEY", sandbox.api_key)
    monkeypatch.setenv("KLOUDLESS_META_TOKEN", sandbox.meta_token)

    def arguments(name: str) -> list[str]:
        given = [text.format(**place.values) for text in COMMANDS[name]]
        if "team" in given:
            given.remove("team")
            monkeypatch.setenv("KLOUDLESS_BASE_URL", place.team.base_url)
            monkeypatch.setenv("KLOUDLESS_TOKEN", place.team.accounts[-1].token)
            monkeypatch.delenv("KLOUDLESS_API_KEY")
        return [*name.split(), *given]

    return arguments


@pytest.fixture
def run(capsys):
    def run(given: list[Any]) -> tuple[str, str]:
        status = main([str(one) for one in given])
        out, err = capsys.readouterr()
        assert status == 0 or (status, given[1]) in {(1, "find"), (1, "findings")}, err
        return out, err

    return run


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def on_terminal(given: list[str], monkeypatch, width: int) -> list[str]:
    """Return the lines that a terminal of this width and 20 lines shows."""
    for name, value in {"COLUMNS": width, "LINES": 20, "TERM": "xterm"}.items():
        monkeypatch.setenv(name, str(value))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    main(given)
    return terminal.getvalue().splitlines()


def test_every_command_with_rows_is_here():
    assert set(commands_with_rows(cli)) == set(COMMANDS)


@every_command
def test_a_terminal_gets_the_first_rows_fitted_and_their_number(name, arguments, monkeypatch):
    from kloudless_data.display.console import _is_id

    monkeypatch.setenv("NO_COLOR", "1")
    lines = on_terminal(arguments(name), monkeypatch, 60)
    table, about = [line for line in lines if line[:1] in "╭│├╰"], lines[-3:]
    assert len(table) <= 12 + 4
    assert any(" row" in line for line in about)
    assert "\x1b" not in "".join(lines)
    shown = [cell.strip() for cell in table[1].strip("│").split("│")]
    if any(map(_is_id, shown)):  # ids are whole, however narrow the screen is
        column = next(n for n, each in enumerate(shown) if _is_id(each))
        rows = [line.split("│") for line in table[3:-1]]
        cells = [row[column + 1].strip() for row in rows if len(row) == len(shown) + 2]
        assert cells or name in EMPTY
        assert not any(cell.endswith("…") for cell in cells)
    else:
        assert max(map(cell_len, lines[: len(table)])) <= 60


@every_command
def test_colour_is_for_terminals_that_want_it(name, arguments, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1m" in "".join(on_terminal(arguments(name), monkeypatch, 100))


def timeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows without values that depend on the time of the request."""
    return [{k: v for k, v in row.items() if k not in ("start", "end")} for row in rows]


@every_command
def test_every_output_form_has_all_rows(name, arguments, run, tmp_path):
    given = arguments(name)
    rows = json.loads(run([*given, "--json"])[0])
    lines = run([*given, "--jsonl"])[0].splitlines()
    assert timeless([json.loads(line) for line in lines]) == timeless(rows)
    assert bool(rows) != (name in EMPTY)
    text, said = run([*given, "--csv"])
    assert len(list(csv.reader(io.StringIO(text)))) - 1 == len(rows)
    assert "bytes" not in said
    for ending in ("csv", "parquet", "jsonl", "xlsx"):
        path = tmp_path / f"rows.{ending}"
        assert f"{len(rows):,} " in run([*given, "-o", path])[0]
    assert len(pd.read_parquet(tmp_path / "rows.parquet")) == len(rows)
    assert openpyxl.load_workbook(tmp_path / "rows.xlsx").active.freeze_panes == "A2"
    out, _ = run([*given, "-o", tmp_path / "rows.csv", "--force", "--json"])
    assert json.loads(out)["rows"] == len(rows)
    out, said = run([*given, "-o", "-"])
    assert len(out.splitlines()) == len(text.splitlines())
    assert f"{len(rows):,} " in said
    assert timeless(json.loads(run([*given, "--json", "-o", "-"])[0])) == timeless(rows)


@every_command
def test_json_has_lists_as_lists_and_no_control_characters(name, arguments, run):
    out, _ = run([*arguments(name), "--json"])
    assert out.isascii()
    assert "\x7f" not in out
    for row in json.loads(out):
        for column, value in row.items():
            if isinstance(value, str) and column not in ("name", "sentence"):
                assert not value.startswith(("[", "{")), (column, value)


@every_command
def test_closing_the_pipe_early_ends_it_quietly(name, arguments, monkeypatch, capsys):
    given = arguments(name)
    for form in ([], ["--json"], ["--jsonl"], ["--csv"]):
        reading, writing = os.pipe()
        os.close(reading)
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.FileIO(writing, "wb")))
        assert main([*given, *form]) == 0
        assert capsys.readouterr().err == ""


@every_command
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full")
def test_a_full_disk_is_one_sentence(name, arguments, monkeypatch, capsys):
    full = io.TextIOWrapper(io.FileIO("/dev/full", "wb"))
    monkeypatch.setattr(sys, "stdout", full)
    assert main([*arguments(name), "--json"]) == 1
    assert capsys.readouterr().err == "error: No space left on device\n"


@every_command
def test_mistakes_are_reported_alike(name, arguments, capsys):
    given = arguments(name)
    for wrong, said in (
        (["--format", "csv"], "--format goes with --output"),
        (["--csv", "-o", "-", "--format", "jsonl"], "contradict each other"),
        (["--csv", "-o", "rows.parquet"], "contradict each other"),
        (["--jsonl", "-o", "rows.csv.gz"], "contradict each other"),
        (["-o", "rows.ods"], "does not say which format"),
        (["--colour"], "No such option"),
    ):
        assert main([*given, *wrong]) == 2
        err = capsys.readouterr().err.splitlines()
        assert err[-2].startswith("error: ")
        assert said in err[-2]
        assert err[-1] == f"See: kloudless-data {name} --help"


def test_many_rows_are_counted_without_computing_them(place, arguments, monkeypatch):
    """A hundred million rows take no longer than the first of them."""
    query = "select r.range as id, repeat('x', 1000) as text from range(100000000) r"
    given = ["archive", "sql", place.values["archive"], query]
    lines = on_terminal(given, monkeypatch, 80)
    assert lines[-1].startswith("100,000,000 rows, 12 shown")


def test_reading_ends_with_the_page_that_fills_the_screen(arguments, monkeypatch):
    given = arguments("events list")[:2]
    with MemorySandbox(accounts=1, events=20_000, retention_events=None) as server:
        monkeypatch.setenv("KLOUDLESS_BASE_URL", server.base_url)
        monkeypatch.setenv("KLOUDLESS_TOKEN", server.accounts[0].token)
        monkeypatch.delenv("KLOUDLESS_API_KEY")
        lines = on_terminal(given, monkeypatch, 100)
        asked = sum("/events" in request.path for request in list(server.requests))
    assert "The first 12 rows" in lines[-1] + lines[-2]
    assert asked <= 6  # of 21: some are read ahead


def test_events_of_a_choice(arguments, run, account):
    arguments("events list")
    out, _ = run(["events", "list", "--api-key", "", "--type", "delete", "--columns",
                  "id,type", "--json"])  # fmt: skip
    expected = account.events(types=["delete"], columns=["id", "type"]).to_frame()
    assert json.loads(out) == expected.to_dict(orient="records")
    assert len(expected)


def test_events_of_all_accounts(arguments, run, sandbox):
    given = [*arguments("events list")[:2], "--all-accounts", "--columns", "id,account", "--jsonl"]
    rows = [json.loads(line) for line in run(given)[0].splitlines()]
    assert len(rows) == 10 * 2_500
    assert {row["account"] for row in rows} == {str(a.id) for a in sandbox.accounts}


def test_csv_for_excel(arguments, run, tmp_path):
    path = Path(tmp_path / "accounts.csv")
    run([*arguments("accounts list"), "-o", path, "--excel", "--separator", ";"])
    assert path.read_bytes().startswith(b'\xef\xbb\xbf"id";')
