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


def test_whoami_says_where_the_credential_comes_from(signed_in, run, sandbox, monkeypatch):
    assert json.loads(run("whoami", "--json")[1])["from"] == "the profile work"
    account = sandbox.accounts[2]
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("KLOUDLESS_TOKEN", account.token)
    monkeypatch.setenv("KLOUDLESS_API_KEY", sandbox.api_key)
    _, out, err = run("whoami")
    assert ["From", "the", "environment", "variable", "KLOUDLESS_TOKEN"] in [
        line.split() for line in out.splitlines()
    ]
    assert err == "Given too, and not used: API key.\n"
    typed = run("whoami", "--json", "--token", account.token)
    assert json.loads(typed[1])["from"] == "the command line"
    named = run("whoami", "--json", "--profile", "work")
    assert json.loads(named[1])["from"] == "the profile work"


def test_login_without_a_credential_asks_for_one(run, sandbox):
    status, _, err = run("login", "--base-url", sandbox.base_url, "--kind", "token")
    assert status == 2
    assert "Account token is missing. Type it at the prompt, or pipe it to standard input." in err


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


def test_signing_in_again_with_a_profile_needs_only_the_new_credential(signed_in, run, sandbox):
    again, account = ("login", "--profile", "work"), str(sandbox.accounts[1].id)
    assert run(*again, "--account", account, typed=sandbox.api_key)[0] == 0
    status, out, err = run(*again, typed=sandbox.api_key)
    assert status == 0, err
    assert sandbox.base_url in out
    (row,) = json.loads(run("profiles", "--json")[1])
    assert (row["name"], row["kind"], row["account"]) == ("work", "api_key", account)


@pytest.mark.parametrize("account", ["7", "../accounts", "\x1b[2J"])
def test_an_account_that_the_key_does_not_open_is_refused(signed_in, run, sandbox, account):
    again = ("login", "--profile", "work", "--account", account)
    status, _, err = run(*again, typed=sandbox.api_key)
    assert status == 2
    assert "\x1b" not in err
    assert "account" not in json.loads(run("profiles", "--json")[1])[0]


def test_a_first_sign_in_needs_a_server(run):
    status, _, err = run("login", typed="secret-token")
    assert status == 2
    assert "--base-url is missing" in err


def test_a_name_that_no_profile_can_have_is_refused_before_the_credential_is_sent(run, serve):
    from conftest import Answer

    server = serve(Answer(body=b"{}"))
    status, _, err = run(
        "login", "--profile", "../x", "--base-url", server.base_url, typed="secret-token"
    )
    assert status == 2
    assert "cannot name a profile" in err
    assert server.requests == []


@pytest.mark.parametrize("arguments", [["whoami"], ["accounts", "list"], ["archive", "sync", "a"]])
def test_a_credential_that_left_the_keyring_is_named_with_its_profile(
    signed_in, run, keyring, arguments
):
    keyring.kept.clear()
    status, _, err = run(*arguments)
    assert status == 1
    assert "no credential for the profile 'work'" in err
    assert "kloudless-data login --profile work" in err
    assert "KLOUDLESS_API_KEY" in err


def test_python_names_the_profile_whose_credential_left_the_keyring(signed_in, keyring):
    keyring.kept.clear()
    with pytest.raises(exceptions.NotSignedIn, match="profile 'work'"):
        kd.login(profile="work", ask=False)


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["events", "list"], "Account token or API key"),
        (["webhook", "a", "--app-id", "b"], "API key"),
    ],
)
def test_a_profile_with_another_kind_of_credential_is_told_apart_from_none(
    run, sandbox, arguments, needed
):
    run("login", "--profile", "dev", "--base-url", sandbox.base_url, "--kind", "meta-token",
        typed=sandbox.meta_token)  # fmt: skip
    status, _, err = run(*arguments)
    assert status == 1
    assert f"another credential ({needed}) than the profile 'dev' has (Meta token)" in err
    assert "--profile" in err


def test_an_api_key_without_an_account_is_told_in_the_words_of_the_command_line(signed_in, run):
    _, _, err = run("events", "list")
    assert "--account" in err
    assert "kloudless-data accounts list" in err


def test_logout_names_the_profiles_that_are_left(signed_in, run, sandbox):
    run("login", "--profile", "one", "--base-url", sandbox.base_url,
        typed=sandbox.accounts[0].token)  # fmt: skip
    assert "`kloudless-data profiles use NAME`: work" in run("logout")[1]
    assert "profiles use" not in run("logout", "--all")[1]
