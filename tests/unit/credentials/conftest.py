from __future__ import annotations

import pytest


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


@pytest.fixture
def keyring(monkeypatch, tmp_path):
    """An empty keyring, and an empty folder for the profiles."""
    monkeypatch.setenv("KLOUDLESS_CONFIG_DIR", str(tmp_path / "config"))
    empty = Keyring()
    monkeypatch.setattr("kloudless_data.credentials.keyring._keyring", lambda: empty)
    return empty
