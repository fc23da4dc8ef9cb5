"""The command: its output, its exit statuses, and what it never shows."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

import pandas as pd
import pytest
import requests

import kloudless_data as kd
from kloudless_data import audit
from kloudless_data.cli import main
from kloudless_data.export.manifest import Manifest
from kloudless_data.sandbox import Sandbox


@pytest.fixture
def environment(sandbox, monkeypatch):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_TOKEN", sandbox.accounts[0].token)
    monkeypatch.setenv("KLOUDLESS_API_KEY", sandbox.api_key)
    monkeypatch.setenv("KLOUDLESS_META_TOKEN", sandbox.meta_token)


@pytest.fixture
def run(capsys):
    def run(*arguments):
        status = main([str(a) for a in arguments])
        return status, *capsys.readouterr()

    return run


COMMANDS = [
    [],
    ["events"],
    ["events", "export"],
    ["accounts", "list"],
    ["applications", "list"],
    ["sandbox"],
    ["demo"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help(run, command):
    status, out, _ = run(*command, "--help")
    assert status == 0
    assert f"Usage: kloudless-data {' '.join(command)}".strip() in out
    if command and command != ["events"]:
        assert "Example" in out


def test_version(run):
    from kloudless_data import __version__

    assert run("--version") == (0, f"kloudless-data {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["events", "export"],
        ["events", "export", "--output", "x.csv", "--limit", "many"],
        ["events", "export", "--output", "x.unknown"],
        ["events", "export", "--output", "x.csv", "--no-such-option"],
        ["accounts", "list", "--base-url", "localhost"],
        ["accounts", "list"],
        ["applications", "list"],
        ["events", "export", "--output", "x.csv", "--token", "t", "--page-size", "0"],
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(run, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert re.search(r"(?i)error", err)
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == []


def test_a_sandbox_at_a_port_in_use_says_so(run, sandbox):
    port = sandbox.base_url.rpartition(":")[2]
    status, out, err = run("sandbox", "--port", port, "--events", "1")
    assert (status, out) == (1, "")
    assert f"cannot listen on 127.0.0.1:{port}: " in err
    assert "Choose another port" in err


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_export(run, environment, tmp_path, ending, sandbox):
    path = tmp_path / f"events.{ending}"
    status, out, err = run("events", "export", "--output", path, "--limit", 1200)
    assert (status, err) == (0, "")
    manifest = Manifest.read(path)
    assert "1,200 events" in out
    assert f"--cursor {manifest.cursor_to}" in out
    status, out, _ = run("events", "export", "--output", tmp_path / "rest", "--format", ending,
                         "--cursor", manifest.cursor_to, "--json")  # fmt: skip
    assert status == 0
    assert json.loads(out)["rows"] == 1300


def test_export_of_all_accounts(run, environment, tmp_path, sandbox):
    path = tmp_path / "all"
    status, out, err = run("events", "export", "--output", path, "--format", "parquet",
                           "--all-accounts", "--rows-per-file", 10_000)  # fmt: skip
    assert status == 0, err
    assert "25,000 events" in out
    assert len(list(path.glob("part-*.parquet"))) == 3
    assert run("verify", path)[1] == "all: 25,000 rows, complete\n"
    status, _, err = run("events", "export", "--output", tmp_path / "x.csv", "--all-accounts",
                         "--limit", 3)  # fmt: skip
    assert status == 2
    assert "--limit" in err


def test_verify_names_what_is_wrong(run, environment, tmp_path):
    path = tmp_path / "e.csv"
    assert run("events", "export", "--output", path, "--limit", 5)[0] == 0
    status, out, _ = run("verify", path, "--json")
    assert (status, json.loads(out)[0]["rows"]) == (0, 5)
    path.write_text("changed")
    status, _, err = run("verify", path)
    assert status == 1
    assert "has 7 bytes" in err


def test_export_of_a_named_account_with_the_api_key(run, environment, tmp_path, sandbox):
    wanted = sandbox.accounts[3]
    path = tmp_path / "e.parquet"
    status, *_ = run("events", "export", "--output", path, "--account", wanted.id, "--limit", 10)
    assert status == 0
    assert set(pd.read_parquet(path)["account"]) == {str(wanted.id)}


def test_raw(run, environment, tmp_path):
    path = tmp_path / "e.parquet"
    assert run("events", "export", "--output", path, "--raw", "--limit", 5)[0] == 0
    assert pd.read_parquet(path)["raw"].notna().all()


def test_an_existing_file_is_not_replaced(run, environment, tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("mine")
    status, out, err = run("events", "export", "--output", path)
    assert (status, out) == (1, "")
    assert "already exists" in err
    assert "--force" in err
    assert run("events", "export", "--output", path, "--force", "--limit", 1)[0] == 0


def test_accounts(run, environment, sandbox):
    status, out, _ = run("accounts", "list")
    assert status == 0
    for account in sandbox.accounts:
        assert str(account.id) in out
    status, out, _ = run("accounts", "list", "--service", "box", "--json")
    records = json.loads(out)
    assert [r["id"] for r in records] == [str(a.id) for a in sandbox.accounts if a.service == "box"]
    status, out, _ = run("accounts", "list", "--admin", "--json")
    assert {r["admin"] for r in json.loads(out)} == {True}


def test_applications(run, environment, meta):
    status, out, _ = run("applications", "list", "--include", "apikeys,webhooks")
    assert status == 0
    secret = meta.get("meta/applications").objects[0].get("apikeys").objects[0].data["key"]
    assert "apikeys_count" in out
    status, out, _ = run("applications", "list", "--include", "apikeys", "--json")
    assert secret not in out
    assert json.loads(json.loads(out)[0]["apikeys"])[0]["key"] == f"****{secret[-4:]}"
    status, out, _ = run("applications", "list", "--include", "apikeys", "--json", "--show-secrets")
    assert secret in out


def test_a_wrong_token(run, environment, monkeypatch, tmp_path):
    monkeypatch.setenv("KLOUDLESS_TOKEN", "wr0ng-t0ken")
    status, out, err = run("events", "export", "--output", tmp_path / "e.csv")
    assert (status, out) == (1, "")
    assert err.startswith("error: GET http://127.0.0.1")
    assert err.count("\n") == 1
    assert "Check the token" in err
    assert "wr0ng" not in err
    assert os.listdir(tmp_path) == []
    status, _, err = run("events", "export", "--output", tmp_path / "e.csv", "--debug")
    assert "Traceback" in err
    assert "wr0ng" not in err


def test_a_dead_server(run, environment, monkeypatch, dead_url, caplog):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", dead_url)
    status, _, err = run("accounts", "list")
    assert status == 1
    assert "Connection refused" in err
    assert err.count("\n") == 1
    assert caplog.text == ""  # what is repeated without a wait
    run("accounts", "list", "--debug")
    assert "after a broken connection" in caplog.text


def test_a_token_on_the_command_line_is_warned_about(run, environment, sandbox):
    token = sandbox.accounts[1].token
    status, out, err = run("accounts", "list", "--api-key", sandbox.api_key, "--json")
    assert status == 0
    assert "warning: other users can see --api-key" in err
    assert sandbox.api_key not in err
    assert json.loads(out)
    assert "warning" not in run("accounts", "list")[2]
    assert token not in out


def test_a_token_can_be_prompted_for(run, environment, sandbox, monkeypatch, tmp_path):
    monkeypatch.delenv("KLOUDLESS_TOKEN")
    monkeypatch.delenv("KLOUDLESS_API_KEY")
    monkeypatch.setattr("getpass.getpass", lambda prompt: sandbox.accounts[1].token)
    status, _, err = run("events", "export", "--token", "-", "--limit", 3,
                         "--output", tmp_path / "e.parquet")  # fmt: skip
    assert (status, err) == (0, "")
    assert set(pd.read_parquet(tmp_path / "e.parquet")["account"]) == {str(sandbox.accounts[1].id)}


def test_hostile_text_cannot_steer_the_terminal(run, serve):
    from conftest import Answer

    name = "\x1b[2J\x1b]0;owned\x07[bold]x[/bold]\u202egpj.exe"
    data = {"objects": [{"id": 1, "account": name, "service": "box"}]}
    server = serve(Answer(body=json.dumps(data).encode()))
    status, out, _ = run("accounts", "list", "--token", "t", "--base-url", server.base_url)
    assert status == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out)


def test_demo(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = run("demo")
    assert (status, err) == (0, "")
    folder = tmp_path / "kloudless-demo"
    written = ["accounts.csv", "applications.csv", "events.csv", "events.parquet"]
    for name in written:
        path, manifest = folder / name, Manifest.read(folder / name)
        frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        assert len(frame) == manifest.rows > 0
        assert f"{name}  {manifest.rows:,} rows" in out
    assert Manifest.read(folder / "events.csv").rows == 10_000
    assert (folder / "report.html").resolve().as_uri() in out
    findings = audit.find(kd.Archive(folder / "activity"), progress=False)
    assert f"The audit has {len(findings)} findings" in out
    assert (findings["severity"] == "high").any()


@pytest.mark.parametrize("place", ["/proc/here", "/dev/null/here", "n" * 300])
def test_the_demo_says_where_it_cannot_write(run, place):
    status, _, err = run("demo", "--output", place)
    assert status == 1
    assert f"{place[:100]}" in err
    assert "--output" in err
    assert "Traceback" not in err


def test_the_demo_runs_again_and_replaces_only_its_own_files(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # They take seconds.
    monkeypatch.setattr("kloudless_data.cli.demo._audit", lambda *_: None)
    monkeypatch.setattr("kloudless_data.cli.demo._week", lambda seed: Sandbox(seed=seed, events=50))
    assert run("demo")[0] == 0
    (tmp_path / "kloudless-demo" / "left over").touch()
    assert run("demo")[0] == 0
    assert not (tmp_path / "kloudless-demo" / "left over").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    status, _, err = run("demo", "--output", "mine")
    assert status == 1
    assert "--force" in err
    assert run("demo", "--output", "mine", "--force")[0] == 0
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_the_sandbox_command_serves_until_a_signal():
    process = subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", "sandbox", "--json", "--accounts", "2",
         "--events", "20"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        described = json.loads(process.stdout.readline())
        import kloudless_data as kd

        account = kd.Account(token=described["accounts"][1]["token"],
                             base_url=described["base_url"])  # fmt: skip
        assert len(account.events().to_frame()) == 20
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert err == ""


def test_the_sandbox_command_names_a_time_of_which_it_has_activity():
    process = subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", "sandbox", "--accounts", "1", "--events", "20"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        exported = {}
        for line in process.stdout:
            if line.startswith("export "):
                name, _, value = (
                    line.removeprefix("export ").partition("  #")[0].strip().partition("=")
                )
                exported[name] = value
            elif named := re.search(r"--since (\S+)", line):
                break
        listed = subprocess.run(
            [sys.executable, "-m", "kloudless_data", "events", "list", "--jsonl",
             "--since", named[1]],
            env={**os.environ, **exported}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert listed.stdout.count("\n") > 0
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_the_sandbox_command_can_have_faults():
    process = subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", "sandbox", "--json", "--accounts", "1",
         "--events", "20", "--faults", "1"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        described = json.loads(process.stdout.readline())
        url = f"{described['base_url']}/v1/accounts/me/events"
        headers = {"Authorization": f"Bearer {described['accounts'][0]['token']}"}
        seen = set()
        for _ in range(60):
            try:
                seen.add(requests.get(url, headers=headers, timeout=10).status_code)
            except requests.RequestException as error:
                seen.add(type(error))
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert seen > {200}
    assert (process.returncode, err) == (0, "")


def test_the_sandbox_command_can_serve_a_company_that_changes():
    process = subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", "sandbox", "--json", "--accounts", "1",
         "--company", "8", "--items", "60", "--service", "egnyte", "--speed", "36000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        described = json.loads(process.stdout.readline())
        import kloudless_data as kd

        account = kd.Account(token=described["accounts"][-1]["token"],
                             base_url=described["base_url"])  # fmt: skip
        assert described["accounts"][-1]["service"] == "egnyte"
        assert len(kd.list_users(account)) > 5
        assert len(kd.list_folder(account)) > 50
        while not len(account.events().to_frame()):  # a tick is five hours here
            pass
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")


def test_a_company_is_described_in_the_words_of_the_command_line(run):
    assert run("sandbox", "--items", "50")[0] == 2
    status, _, err = run("sandbox", "--company", "8", "--service", "dropbx")
    assert status == 2
    assert "service must be one of box, dropbox" in err


def test_ctrl_c(tmp_path, sandbox):
    """A stream that never ends is interrupted from outside; no half-written file is left."""
    from conftest import Answer, ScriptedServer

    position = [0]

    def endless(request):
        position[0] += 1
        return Answer(body=json.dumps({"cursor": position[0], "objects": [{"id": 1}]}).encode())

    server = ScriptedServer(endless)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "kloudless_data", "events", "export", "--output", "e.csv"],
            cwd=tmp_path, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "KLOUDLESS_TOKEN": "t", "KLOUDLESS_BASE_URL": server.base_url},
        )  # fmt: skip
        while len(server.requests) < 20:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    finally:
        server.stop()
    assert process.returncode == 130
    assert "was interrupted" in err
    assert "--resume" in err
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == [".e.csv.partial"]
    assert main(["verify", str(tmp_path / "e.csv")]) == 0
