"""Credentials are named, found and kept in one place."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.credentials import keyring
from kloudless_data.credentials.find import find_credential, from_environment
from kloudless_data.credentials.kinds import KINDS

ROOT = Path(kd.__file__).parent
VARIABLES = {kind.variable for kind in KINDS.values()}


def test_one_module_names_the_variables_and_one_reads_them():
    naming, reading = set(), set()
    for path in ROOT.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT).as_posix()
        constants = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
        if any(constant.value in VARIABLES for constant in constants):
            naming.add(name)
        if re.search(r"(environ\.get\(|environ\[|getenv\()[^)\]]*\.variable\b", source):
            reading.add(name)
    assert naming == {"credentials/kinds.py"}
    assert reading == {"credentials/find.py"}


def test_arguments_come_before_the_environment_and_that_before_the_keyring(monkeypatch):
    monkeypatch.setattr(keyring, "recall", lambda base_url: ("token", "kept"))
    none = dict.fromkeys(KINDS)
    assert find_credential(none, "http://h").credential == "kept"
    monkeypatch.setenv("KLOUDLESS_META_TOKEN", "m3ta-58bd20e7")
    found = find_credential(none, "http://h")
    assert (found.kind, found.credential) == ("meta_token", "m3ta-58bd20e7")
    assert find_credential({**none, "api_key": "given"}, "http://h").credential == "given"
    with pytest.raises(exceptions.InvalidParameter, match="Pass one of"):
        find_credential({**none, "api_key": "a", "token": "b"}, "http://h")
    assert from_environment([KINDS["token"]]) is None
    assert "m3ta-58bd20e7" not in repr(found)


class PlaintextKeyring:
    """Like that of `keyrings.alt.file`."""


class Encrypting:
    """A backend that encrypts."""


class Chain:
    def __init__(self, *backends):
        self.backends = backends


class Keyring:
    def __init__(self, backend):
        self.backend, self.kept = backend, {}

    def get_keyring(self):
        return self.backend

    def set_password(self, service, name, secret):
        self.kept[service, name] = secret

    def get_password(self, service, name):
        return self.kept.get((service, name))


@pytest.mark.parametrize("chained", [False, True])
def test_a_keyring_that_does_not_encrypt_is_refused_with_what_to_install(monkeypatch, chained):
    backend = Chain(PlaintextKeyring(), Encrypting()) if chained else PlaintextKeyring()
    used = Keyring(backend)
    monkeypatch.setattr(keyring, "_keyring", lambda: used)
    with pytest.raises(exceptions.KeyringUnavailable, match="without encrypting") as caught:
        keyring.remember("http://h", "token", "sEcReT-0123456789")
    assert "pip install secretstorage" in caught.value.message
    assert used.kept == {}


def test_a_keyring_that_encrypts_is_used(monkeypatch):
    used = Keyring(Chain(Encrypting(), PlaintextKeyring()))
    monkeypatch.setattr(keyring, "_keyring", lambda: used)
    keyring.remember("http://h", "token", "sEcReT-0123456789")
    assert keyring.recall("http://h") == ("token", "sEcReT-0123456789")


def test_a_dask_worker_gets_the_same_account(serve):
    import pickle

    from conftest import Answer

    from kloudless_data.archive.dask import _groups

    server = serve(Answer(503))
    client = kd.Client(api_key="key-secret-0123456789", base_url=server.base_url)
    account = client.with_options(max_retries=0, read_timeout=3.0).account(7)
    (group,) = _groups({"7": account}, 1)
    assert "key-secret" not in repr(group)
    rebuilt = pickle.loads(pickle.dumps(group))["7"].account()
    assert (rebuilt.url, rebuilt.settings, rebuilt.auth) == (
        account.url, account.settings, account.auth,
    )  # fmt: skip
    with pytest.raises(exceptions.ServerException):
        rebuilt.get("x")
    assert len(server.requests) == 1
