"""Profiles: named servers, in one file in the platform's configuration folder.

The file holds no secret, only the server, the kind of credential and options. The credential itself
is in the operating system's keyring, under the profile's name and server, so a changed file cannot
send it elsewhere.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from ..exceptions import InvalidParameter, NotSignedIn, Remedy, UnknownProfile
from ..http.urls import check_base_url, check_version
from ..text.files import read_small
from . import keyring
from .find import Found
from .kinds import KINDS

__all__ = [
    "USUAL",
    "VARIABLE",
    "Profile",
    "check_name",
    "chosen_profile",
    "credential_missing",
    "credential_of",
    "current_name",
    "profile",
    "profiles",
    "profiles_path",
    "remove_profile",
    "save_profile",
    "use_profile",
    "wanted_name",
]

#: The environment variable that names the profile to use.
VARIABLE = "KLOUDLESS_PROFILE"
#: The name of a profile that was not given one.
USUAL = "default"
_SECTION, _GENERAL = "profile ", "general"
_OPTIONS = ("api_version", "app_id", "account")


@dataclass(frozen=True)
class Profile:
    """A server, and how to sign in there.

    Attributes
    ----------
    name : str
    base_url : str
    kind : {"token", "api_key", "meta_token"}
    options : dict of str to str
        ``api_version``, ``app_id`` and ``account`` (the account id to use with an API key), if
        given.
    """

    name: str
    base_url: str
    kind: str
    options: dict[str, str] = field(default_factory=dict)


def profiles_path() -> Path:
    """Return the file's path: in ``KLOUDLESS_CONFIG_DIR``, else in the default folder."""
    folder = os.environ.get("KLOUDLESS_CONFIG_DIR") or platformdirs.user_config_dir(
        "kloudless-data", appauthor=False
    )
    return Path(folder).expanduser() / "profiles.ini"


def profiles() -> dict[str, Profile]:
    """Return all profiles by name.

    Returns
    -------
    dict of str to Profile
        Empty if nobody has signed in.

    Raises
    ------
    InvalidParameter
        The file is damaged; the message names the line or the profile.
    """
    parser = _read()
    found = {}
    for section in parser.sections():
        if section.startswith(_SECTION):
            name = section.removeprefix(_SECTION)
            found[name] = _profile(name, parser[section])
    return found


def profile(name: str) -> Profile:
    """Return a profile by name.

    Raises
    ------
    UnknownProfile
        There is none.
    """
    known = profiles()
    if name not in known:
        there = f" The profiles are: {', '.join(sorted(known))}." if known else ""
        raise UnknownProfile(
            f"There is no profile {name!r}.{there} `kloudless-data login --profile NAME` makes one."
        )
    return known[name]


def chosen_profile(name: str | None = None) -> Profile | None:
    """Return the profile to use: the named one, ``KLOUDLESS_PROFILE``, or the current one.

    Parameters
    ----------
    name : str, optional

    Returns
    -------
    Profile or None
        None if there is no profile and none was requested.

    Raises
    ------
    UnknownProfile
        The requested profile does not exist.
    """
    if wanted := wanted_name(name):
        return profile(wanted)
    current = current_name()
    return profiles().get(current) if current else None


def wanted_name(name: str | None = None) -> str | None:
    """Return the name of the profile that is asked for, by an argument or in the environment."""
    return name or os.environ.get(VARIABLE)


def current_name() -> str | None:
    """Return the name of the profile that is used by default."""
    return _read().get(_GENERAL, "current", fallback=None)


def save_profile(new: Profile, credential: str | None = None) -> Path:
    """Add or replace a profile, and make it the current one.

    Parameters
    ----------
    new : Profile
    credential : str, optional
        Stored in the keyring; if that fails, nothing is saved.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InvalidParameter
        The name contains characters other than letters, digits, ``.``, ``-`` and ``_``, or the file
        cannot be written.
    KeyringUnavailable
        The credential cannot be stored.
    """
    check_name(new.name)
    with _changed() as parser:
        if credential is not None:
            keyring.remember(_entry(new), new.kind, credential)
        values = {"base_url": new.base_url, "kind": new.kind, **new.options}
        parser[_SECTION + new.name] = {key: values[key] for key in values if values[key]}
        _general(parser)["current"] = new.name
    return profiles_path()


def check_name(name: str) -> None:
    """Refuse a name with characters other than letters, digits, ``.``, ``-`` and ``_``.

    Raises
    ------
    InvalidParameter
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise InvalidParameter(
            f"{name!r} cannot name a profile: use up to 64 letters, digits, '.', '-' and '_'."
        )


def use_profile(name: str) -> Profile:
    """Make a profile the current one.

    Raises
    ------
    UnknownProfile
        No profile has that name.
    """
    found = profile(name)
    with _changed() as parser:
        _general(parser)["current"] = name
    return found


def remove_profile(name: str) -> Profile:
    """Remove a profile and its credential.

    Raises
    ------
    UnknownProfile
        No profile has that name.
    KeyringUnavailable
        The credential cannot be removed; the profile is then kept.
    """
    found = profile(name)
    with _changed() as parser:
        keyring.forget(_entry(found))
        parser.remove_section(_SECTION + name)
        if parser.get(_GENERAL, "current", fallback=None) == name:
            parser.remove_section(_GENERAL)
    return found


def credential_of(of: Profile) -> Found | None:
    """Return the credential of a profile; None if the keyring has none."""
    remembered = keyring.recall(_entry(of))
    if remembered is None or remembered[0] != of.kind:
        return None
    return Found(*remembered, f"the profile {of.name}")


def credential_missing(of: Profile) -> NotSignedIn:
    """Return the error for a profile whose credential is not in the keyring."""
    return NotSignedIn(
        f"The keyring has no credential for the profile {of.name!r} ({of.base_url}).",
        remedy=Remedy.SIGN_IN_AGAIN,
        profile=of.name,
        variable=KINDS[of.kind].variable,
    )


def _entry(of: Profile) -> str:
    """Return the keyring's name for a profile's credential, which includes the server."""
    return f"{of.name} {of.base_url}"


def _profile(name: str, values: configparser.SectionProxy) -> Profile:
    entry = f"The profile {name!r} in {profiles_path()}"
    kind = values.get("kind", "token")
    if kind not in KINDS:
        raise InvalidParameter(f"{entry} has the kind {kind!r}; it is one of {', '.join(KINDS)}.")
    if "base_url" not in values:
        raise InvalidParameter(f"{entry} names no server. Add a line base_url = https://….")
    base_url = check_base_url(values["base_url"], f"{entry}: base_url")
    options = {key: values[key] for key in _OPTIONS if key in values}
    if "api_version" in options:
        check_version(options["api_version"], f"{entry}: api_version")
    return Profile(name, base_url, kind, options)


def _general(parser: configparser.ConfigParser) -> configparser.SectionProxy:
    if not parser.has_section(_GENERAL):
        parser.add_section(_GENERAL)
    return parser[_GENERAL]


def _read() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    path = profiles_path()
    try:
        parser.read_string(read_small(path), source=str(path))
    except FileNotFoundError:
        pass
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InvalidParameter(
            f"The profiles cannot be read: {reason}. Correct {path}, or remove it and log in again."
        ) from None
    return parser


@contextlib.contextmanager
def _changed() -> Iterator[configparser.ConfigParser]:
    """Yield the file's contents for changes, then replace the file in one step.

    It is known to be writable before the caller changes the keyring.
    """
    parser = _read()
    path = profiles_path()
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                yield parser
                file.write(
                    "# Servers by name, for kloudless-data. The credentials are in the keyring.\n"
                )
                parser.write(file)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidParameter(
            f"The profiles cannot be written to {path}: {error.strerror}. Set "
            "KLOUDLESS_CONFIG_DIR to a folder that can be written."
        ) from None
