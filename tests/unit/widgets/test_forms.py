"""What the forms do, without a browser."""

from __future__ import annotations

import builtins
import getpass
import sys

import pandas as pd
import pytest

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.signin.session import LoginSession
from kloudless_data.widgets.filters import Filter, find_columns
from kloudless_data.widgets.login_form import LoginForm


@pytest.fixture
def frame(account):
    return account.events().to_frame()


def test_the_filter_and_its_code_leave_the_same_rows(frame):
    explorer = kd.explore(frame)
    kinds = list(frame["type"].value_counts().index[:2])
    middle = frame["modified"].quantile(0.5, interpolation="nearest").isoformat()
    explorer.name.value = "a"
    explorer.types.value = tuple(kinds)
    explorer.begin.value = middle[:16]
    df = explorer.frame
    by_code = eval(explorer.code, {"pd": pd, "df": df, "explorer": explorer, "frame": frame})
    assert 0 < len(by_code) < len(frame)
    assert explorer.filtered.equals(by_code)
    assert set(by_code["type"]) <= set(kinds)


@pytest.mark.parametrize("text", ["(", "[", ".*", "'", '"', "\\", "${x}", "\n"])
def test_typed_input_is_text_and_not_a_pattern_or_code(frame, text):
    frame.loc[0, "metadata_name"] = f"odd {text} name"
    chosen = Filter(name=text, columns=find_columns(frame))
    mask = chosen.mask(frame)
    assert mask is not None
    assert mask[0]
    assert frame[mask].equals(eval(chosen.code("df"), {"pd": pd, "df": frame}))


def test_a_terminal_asks_without_echo_until_the_server_accepts(sandbox, monkeypatch, capsys):
    answers = iter([sandbox.base_url, "1"])
    secrets = iter(["wrong", sandbox.accounts[0].token])
    monkeypatch.setattr(builtins, "input", lambda question: next(answers))
    monkeypatch.setattr(getpass, "getpass", lambda question: next(secrets))
    monkeypatch.setattr("kloudless_data.widgets.login._somebody_is_there", lambda: True)
    session = kd.login()
    assert session.identity.service
    assert len(session.account().events(limit=3).to_frame()) == 3
    shown = "".join(capsys.readouterr())
    assert sandbox.accounts[0].token not in shown + repr(session)


def test_three_wrong_answers_are_an_error(sandbox, monkeypatch):
    monkeypatch.setattr(builtins, "input", lambda question: "")
    monkeypatch.setattr(getpass, "getpass", lambda question: "wrong")
    monkeypatch.setattr("kloudless_data.widgets.login._somebody_is_there", lambda: True)
    monkeypatch.setenv("KLOUDLESS_BASE_URL", sandbox.base_url)
    with pytest.raises(exceptions.AuthorizationException):
        kd.login()


def test_no_server_is_proposed_where_none_is_set(monkeypatch):
    """The hosted service is gone: a credential is not sent there because somebody pressed Enter."""
    asked = []
    monkeypatch.setattr(builtins, "input", lambda question: asked.append(question) or "")
    monkeypatch.setattr(getpass, "getpass", lambda question: "secret-token")
    monkeypatch.setattr("kloudless_data.widgets.login._somebody_is_there", lambda: True)
    with pytest.raises(exceptions.NoServer):
        kd.login()
    assert asked == ["Server: "]


def test_the_form_proposes_no_server_where_none_is_set(monkeypatch):
    sent = []
    monkeypatch.setattr(LoginSession, "sign_in", lambda *args, **kwargs: sent.append(args))
    form = LoginForm(LoginSession(), kd.configuration.settings())
    assert form.base_url.value == ""
    form.submit("secret-token")
    assert sent == []
    assert "No server" in form._message.value


def test_a_server_that_does_not_answer_is_told_after_one_credential(monkeypatch):
    secrets = iter(["first", "second"])
    monkeypatch.setattr(builtins, "input", lambda question: "http://127.0.0.1:1")
    monkeypatch.setattr(getpass, "getpass", lambda question: next(secrets))
    monkeypatch.setattr("kloudless_data.widgets.login._somebody_is_there", lambda: True)
    with pytest.raises(exceptions.ConnectionFailed):
        kd.login()
    assert list(secrets) == ["second"]


def test_without_anybody_to_ask_it_fails(sandbox):
    with pytest.raises(exceptions.InvalidParameter):
        kd.login(base_url=sandbox.base_url, ask=False)


class Keyring:
    """The operating system's keyring, in memory."""

    def __init__(self):
        self.kept = {}

    def set_password(self, service, name, secret):
        self.kept[service, name] = secret

    def get_password(self, service, name):
        return self.kept.get((service, name))

    def delete_password(self, service, name):
        del self.kept[service, name]


def test_the_keyring_stores_only_on_request(sandbox, monkeypatch):
    keyring = Keyring()
    monkeypatch.setattr("kloudless_data.credentials.keyring._keyring", lambda: keyring)
    token = sandbox.accounts[0].token
    kd.login(token, base_url=sandbox.base_url)
    assert keyring.kept == {}
    kd.login(token, base_url=sandbox.base_url, remember=True)
    assert token in str(keyring.kept)
    session = kd.login(base_url=sandbox.base_url)
    assert session.signed_in
    kd.logout()
    assert token not in str(keyring.kept)
    with pytest.raises(exceptions.NotSignedIn):
        session.account()


@pytest.mark.parametrize("name", ["explore", "pick_account", "settings"])
def test_without_ipywidgets_the_error_says_what_to_install(account, frame, monkeypatch, name):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    given = {"explore": [frame], "pick_account": [account], "settings": []}[name]
    with pytest.raises(exceptions.MissingPackage, match=r"kloudless-data\[notebook\]"):
        getattr(kd, name)(*given)
