"""The command's output names options, holds no credential, and cannot control a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data.cli import main

from ..memory import MemoryServer, install

SECRET = "sEcReT-tOkEn-0123456789"
STEERING = "\x1b[2J\x9b2J\u202eevil\u2066\u200b"


@pytest.fixture
def environment(monkeypatch):
    def set_up(server):
        monkeypatch.setenv("KLOUDLESS_TOKEN", SECRET)
        monkeypatch.setenv("KLOUDLESS_BASE_URL", server.base_url)

    return set_up


def steers(text: str) -> bool:
    return bool(set(text) & set("\x1b\x9b\u202e\u2066\u200b"))


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_an_error_that_quotes_the_credential_and_escape_sequences(
    serve, environment, capsys, tmp_path, debug
):
    body = {"message": f"{STEERING} {SECRET}", "error_code": STEERING}
    server = serve(Answer(400, json.dumps(body, ensure_ascii=False).encode()))
    environment(server)
    arguments = ["events", "export", "--output", str(tmp_path / "e.csv"), *debug]
    assert main(arguments) == 1
    said = "".join(capsys.readouterr())
    assert "evil" in said
    assert not steers(said)
    assert SECRET not in said


def test_json_means_what_it_meant(serve, environment, capsys):
    entry = {"id": 7, "account": f"{STEERING} é ☃", "service": "box"}
    page = {"page": 1, "objects": [entry]}
    empty = {"page": 2, "objects": []}
    server = serve(
        lambda request: Answer(
            body=json.dumps(
                empty if "page=2" in request.path else page, ensure_ascii=False
            ).encode()
        )
    )
    environment(server)
    assert main(["accounts", "list", "--json"]) == 0
    out, _ = capsys.readouterr()
    assert json.loads(out)[0]["account"] == entry["account"]
    assert not steers(out)


def test_without_a_server_it_says_how_to_name_one(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("KLOUDLESS_TOKEN", SECRET)
    assert main(["events", "export", "--output", str(tmp_path / "e.csv")]) == 2
    said = capsys.readouterr().err
    assert "No server is set. Sign in with `kloudless-data login`, give --base-url" in said
    assert "configuration[" not in said


def test_a_dead_server_is_reported_in_the_commands_terms(monkeypatch, capsys, tmp_path, dead_url):
    monkeypatch.setenv("KLOUDLESS_TOKEN", SECRET)
    assert (
        main(["events", "export", "--output", str(tmp_path / "e.csv"), "--base-url", dead_url]) == 1
    )
    assert "Check that --base-url names the right server" in capsys.readouterr().err


def test_local_problems_are_failures_without_a_traceback(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("KLOUDLESS_TOKEN", SECRET)
    monkeypatch.setenv("KLOUDLESS_BASE_URL", "http://kloudless.example")
    monkeypatch.setenv("HTTP_PROXY", "ftp://proxy.example")
    assert main(["events", "export", "--output", str(tmp_path / "e.csv")]) == 1
    said = capsys.readouterr().err
    assert "proxy 'ftp://proxy.example', set by HTTP_PROXY" in said
    assert "Traceback" not in said


def test_every_message_is_printed_in_one_place():
    folder = Path(kd.__file__).parent / "cli"
    others = [p.name for p in folder.glob("*.py") if "click.echo(" in p.read_text(encoding="utf-8")]
    assert others == ["echo.py"]


@pytest.fixture(scope="module")
def hostile_archive(tmp_path_factory):
    """An archive of events whose kinds, names and members try to control a terminal."""
    path = tmp_path_factory.mktemp("hostile") / "archive"
    event = {"id": STEERING, "account": 1, "type": STEERING, "modified": "soon",
             "metadata": {"name": STEERING, STEERING: STEERING}}  # fmt: skip

    def respond(request):
        if request.path.split("?")[0].endswith("/accounts"):
            objects = [{"id": 1, "account": STEERING, "service": STEERING}]
            return Answer(body=json.dumps({"objects": objects}).encode())
        body = {"objects": [] if "cursor=" in request.path else [event], "cursor": STEERING}
        return Answer(body=json.dumps(body).encode())

    with pytest.MonkeyPatch.context() as patch:
        install(patch)
        server = MemoryServer(respond)
        client = kd.Client(api_key=SECRET, base_url=server.base_url)
        kd.Archive(path).sync(client, progress=False)
        server.stop()
    return str(path)


COMMANDS = {
    "find": ["audit", "find", "{archive}"],
    "status": ["archive", "status", "{archive}"],
    "sql": ["archive", "sql", "{archive}", "select * from events"],
    "sql as JSON": ["archive", "sql", "{archive}", "select * from events", "--json"],
    "bad sql": ["archive", "sql", "{archive}", f"select '{STEERING}"],
    "verify": ["archive", "verify", "{archive}"],
    "export": ["archive", "export", "{archive}", "--output", "{folder}/e.csv"],
    "report": ["audit", "report", "{archive}", "--output", "{folder}/r.html"],
    "no such file": ["verify", "{folder}/" + STEERING],
}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_nothing_in_events_controls_a_terminal(hostile_archive, capsys, tmp_path, name):
    places = {"archive": hostile_archive, "folder": str(tmp_path)}
    main([part.format(**places) for part in COMMANDS[name]])
    said = "".join(capsys.readouterr())
    assert said
    assert not steers(said)
