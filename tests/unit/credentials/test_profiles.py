"""Servers by name: what is in the file, what is in the keyring, and which one is used."""

from __future__ import annotations

import errno

import pytest

from kloudless_data import exceptions
from kloudless_data.credentials import profiles
from kloudless_data.credentials.profiles import Profile

WORK = Profile("work", "https://kloudless.example.com", "api_key", {"account": "12"})
HOME = Profile("home", "https://other.example.com/kloudless", "token")


@pytest.fixture(autouse=True)
def _own_keyring(keyring):
    return keyring


def test_a_profile_reads_back_as_it_was_saved():
    profiles.save_profile(WORK, "a-secret-of-the-work-server")
    assert profiles.profiles() == {"work": WORK}


def test_the_file_holds_no_secret_and_only_its_owner_reads_it(keyring):
    path = profiles.save_profile(WORK, "a-secret-of-the-work-server")
    assert "a-secret" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert "a-secret-of-the-work-server" in str(keyring.kept)
    assert [one.name for one in path.parent.iterdir()] == ["profiles.ini"]


def test_the_latest_profile_is_used_until_another_is_chosen(monkeypatch):
    profiles.save_profile(WORK)
    profiles.save_profile(HOME)
    assert profiles.chosen_profile() == HOME
    profiles.use_profile("work")
    assert profiles.chosen_profile() == WORK
    monkeypatch.setenv("KLOUDLESS_PROFILE", "home")
    assert profiles.chosen_profile() == HOME
    assert profiles.chosen_profile("work") == WORK


def test_a_changed_server_gets_no_credential():
    path = profiles.save_profile(WORK, "a-secret-of-the-work-server")
    path.write_text(path.read_text().replace("kloudless.example.com", "attacker.example"))
    assert profiles.credential_of(profiles.profile("work")) is None


def test_removing_a_profile_removes_its_credential(keyring):
    profiles.save_profile(WORK, "a-secret-of-the-work-server")
    profiles.remove_profile("work")
    assert keyring.kept == {}
    assert profiles.profiles() == {}
    assert profiles.chosen_profile() is None


def test_a_missing_profile_is_named_with_the_existing_ones():
    profiles.save_profile(WORK)
    with pytest.raises(exceptions.UnknownProfile, match=r"'wrok'.*The profiles are: work"):
        profiles.chosen_profile("wrok")


@pytest.mark.parametrize("name", ["", "a b", "../up", "x" * 65, "[x]", "é"])
def test_a_name_is_letters_and_digits(name):
    with pytest.raises(exceptions.InvalidParameter, match="cannot name a profile"):
        profiles.save_profile(Profile(name, WORK.base_url, "token"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no section", "cannot be read"),
        ("[profile a]\nkind = token\n", "names no server"),
        ("[profile a]\nbase_url = https://a.example\nkind = password\n", "has the kind"),
        ("[profile a]\nbase_url = ftp://a.example\n", "base_url"),
    ],
)
def test_a_damaged_file_says_what_is_wrong(text, said):
    path = profiles.save_profile(WORK)
    path.write_text(text)
    with pytest.raises(exceptions.InvalidParameter, match=said):
        profiles.profiles()


@pytest.mark.parametrize("failing", ["open", "fdopen"])
def test_a_folder_that_cannot_be_written_is_named_and_no_credential_is_left(
    monkeypatch, keyring, failing
):
    def refuse(*args, **kwargs):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(profiles.os, failing, refuse)
    with pytest.raises(exceptions.InvalidParameter, match=r"profiles.ini.*KLOUDLESS_CONFIG_DIR"):
        profiles.save_profile(WORK, "a-secret-of-the-work-server")
    assert keyring.kept == {}


def test_a_keyring_that_fails_leaves_the_file_as_it_was(monkeypatch):
    path = profiles.save_profile(HOME)
    before = path.read_text()

    def refuse(*args):
        raise exceptions.KeyringUnavailable("It is locked.")

    monkeypatch.setattr("kloudless_data.credentials.keyring.remember", refuse)
    with pytest.raises(exceptions.KeyringUnavailable):
        profiles.save_profile(WORK, "a-secret-of-the-work-server")
    assert path.read_text() == before
    assert list(path.parent.iterdir()) == [path]
