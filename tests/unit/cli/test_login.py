"""Signing in once for all commands."""

from __future__ import annotations

import io
import json
import sys

import pytest

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.cli import main

from ..credentials.conftest import keyring

__all__ = ["keyring"]


@pytest.fixture
def run(capsys, monkeypatch, keyring):
    def run(*arguments, typed=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        status = main([str(a) for a in arguments])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def signed_in(run, sandbox):
    """Signed in as an application, under the name work."""
    status, out, err = run(
        "login", "--profile", "work", "--base-url", sandbox.base_url, "--kind", "api-key",
        typed=f"{sandbox.api_key}\n",
    )  # fmt: skip
    assert status == 0, err
    assert sandbox.api_key not in out + err
    return out


def test_login_shows_the_owner_and_the_place_of_the_credential(signed_in):
    assert ["Accounts", "10"] in [line.split() for line in signed_in.splitlines()]
    assert "profiles.ini" in signed_in
    assert "keyring" in signed_in


def test_later_commands_need_neither_server_nor_credential(signed_in, run):
    status, out, err = run("accounts", "list", "--json")
    assert status == 0, err
    assert len(json.loads(out)) == 10


def test_whoami_asks_the_server(signed_in, run, sandbox):
    status, out, _ = run("whoami", "--json")
    told = json.loads(out)
    assert status == 0
    assert (told["kind"], told["base_url"], told["accounts"]) == ("api_key", sandbox.base_url, 10)


def test_a_wrong_credential_is_not_stored(run, sandbox, keyring):
    status, _, err = run("login", "--base-url", sandbox.base_url, typed="wrong-token\n")
    assert status == 1
    assert "wrong-token" not in err
    assert keyring.kept == {}
    assert "There are no profiles" in run("profiles")[1]


def test_the_environment_takes_precedence_over_the_current_profile(
    signed_in, run, sandbox, monkeypatch
):
    account = sandbox.accounts[2]
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_TOKEN", account.token)
    assert json.loads(run("whoami", "--json")[1])["kind"] == "token"
    assert json.loads(run("whoami", "--json", "--profile", "work")[1])["kind"] == "api_key"
    monkeypatch.setenv("KLOUDLESS_PROFILE", "work")
    assert json.loads(run("whoami", "--json")[1])["kind"] == "api_key"


def test_a_profiles_credential_goes_to_its_own_server_only(signed_in, run, serve):
    from conftest import Answer

    elsewhere = serve(Answer(body=b'{"objects": []}'))
    status, *_ = run("accounts", "list", "--profile", "work", "--base-url", elsewhere.base_url)
    assert status == 2
    assert elsewhere.requests == []


def test_profiles_are_listed_and_chosen(signed_in, run, sandbox):
    run("login", "--profile", "one", "--base-url", sandbox.base_url,
        typed=sandbox.accounts[0].token)  # fmt: skip
    rows = json.loads(run("profiles", "--json")[1])
    assert [(row["name"], row["current"]) for row in rows] == [("work", False), ("one", True)]
    assert run("profiles", "use", "work")[0] == 0
    assert json.loads(run("whoami", "--json")[1])["kind"] == "api_key"
    status, _, err = run("profiles", "use", "nobody")
    assert status == 2
    assert "The profiles are: one, work" in err


def test_logout_removes_the_credential(signed_in, run, keyring):
    assert run("logout")[0] == 0
    assert keyring.kept == {}
    status, _, err = run("whoami")
    assert status == 1
    assert "kloudless-data login" in err


def test_without_a_keyring_the_server_is_remembered_and_the_user_is_told_what_to_set(
    run, sandbox, monkeypatch
):
    def none():
        raise exceptions.KeyringUnavailable("There is none.")

    monkeypatch.setattr("kloudless_data.credentials.keyring._keyring", none)
    status, _, err = run(
        "login", "--base-url", sandbox.base_url, typed=f"{sandbox.accounts[0].token}\n"
    )
    assert status == 1
    assert "KLOUDLESS_TOKEN" in err
    monkeypatch.setenv("KLOUDLESS_TOKEN", sandbox.accounts[0].token)
    assert json.loads(run("whoami", "--profile", "default", "--json")[1])["kind"] == "token"


def test_python_signs_in_by_the_same_profiles(signed_in, run, sandbox):
    assert kd.login(profile="work", ask=False).identity.accounts == 10
    assert kd.login(ask=False).identity.kind == "api_key"
    with pytest.raises(exceptions.UnknownProfile):
        kd.login(profile="nobody", ask=False)


def test_running_the_cell_again_keeps_the_session(signed_in, monkeypatch, sandbox):
    monkeypatch.setattr("kloudless_data.widgets.login.in_notebook", lambda: True)
    kd.logout()  # those of other tests
    session = kd.login(profile="work")
    assert kd.login() is session
    assert kd.login(sandbox.accounts[0].token, base_url=sandbox.base_url) is not session


def test_without_a_keyring_the_profile_has_the_server_and_the_environment_the_credential(
    run, sandbox, monkeypatch
):
    from keyring.backends import fail

    monkeypatch.setattr("kloudless_data.credentials.keyring._keyring", fail.Keyring)
    token = sandbox.accounts[0].token
    status, _, err = run("login", "--base-url", sandbox.base_url, typed=f"{token}\n")
    assert status == 1
    assert "valid but was not stored: This machine has no keyring" in err
    assert "set KLOUDLESS_TOKEN, and commands use both" in err
    monkeypatch.setenv("KLOUDLESS_TOKEN", token)
    status, out, err = run("whoami", "--json")
    assert status == 0, err
    assert json.loads(out)["base_url"] == sandbox.base_url
