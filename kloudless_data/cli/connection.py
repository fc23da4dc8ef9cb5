"""Which server and whose credential: options, profiles, and the account or client they give."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import click

from ..credentials.kinds import KINDS
from ..exceptions import NotSignedIn, Remedy
from .echo import echo
from .options import Command

if TYPE_CHECKING:
    from ..account import Account
    from ..client import Client
    from ..credentials.profiles import Profile

__all__ = [
    "API_KEY",
    "FURTHER_META_TOKEN",
    "META_TOKEN",
    "PROFILE",
    "TOKEN",
    "account_of",
    "client_of",
    "of_account",
    "of_developer",
    "server",
]


def _credential(context: click.Context, parameter: click.Parameter, value: str | None) -> Any:
    """Warn about a secret on the command line; prompt for it if it is ``-``."""
    if value == "-":
        import getpass

        return getpass.getpass(f"{str(parameter.name).replace('_', ' ')}: ")
    source = context.get_parameter_source(str(parameter.name))
    if value and source is click.core.ParameterSource.COMMANDLINE:
        option = f"--{str(parameter.name).replace('_', '-')}"
        echo(
            f"warning: other users can see {option} in the process list, and the shell keeps it "
            f"in its history. Set {parameter.envvar} instead, or use {option} - for a prompt.",
            err=True,
        )
    return value


class _Further(click.Option):
    """A credential that a command needs beside another one, not instead of it."""


def _secret(
    kind: str, what: str, cls: type[click.Option] = click.Option
) -> Callable[[Command], Command]:
    return click.option(
        f"--{kind.replace('_', '-')}",
        cls=cls,
        envvar=KINDS[kind].variable,
        show_envvar=True,
        callback=_credential,
        metavar="SECRET",
        help=f"{what}; - prompts for it.",
    )


TOKEN = _secret("token", "The account's Bearer token")
API_KEY = _secret("api_key", "The application's API key")
META_TOKEN = _secret("meta_token", "The developer's meta token")
FURTHER_META_TOKEN = _secret("meta_token", "The developer's meta token", _Further)
PROFILE = click.option(
    "--profile",
    envvar="KLOUDLESS_PROFILE",
    show_envvar=True,
    metavar="NAME",
    help="The server and the credential that `kloudless-data login` stored under this name.",
)


def server(command: Command) -> Command:
    """Add the server options; a profile fills in missing values."""

    @functools.wraps(command)
    def with_profile(profile: str | None, **given: Any) -> Any:
        given = _typed_first(given)
        stored = _profile(profile, given)
        return command(**(given if stored is None else _filled(given, stored, profile is not None)))

    url = click.option(
        "--base-url",
        envvar="KLOUDLESS_BASE_URL",
        show_envvar=True,
        metavar="URL",
        help="The server, such as https://kloudless.example.com.",
    )
    version = click.option(
        "--api-version",
        envvar="KLOUDLESS_API_VERSION",
        show_envvar=True,
        help="For example 1 or 2.",
    )
    decorated: Any = url(version(PROFILE(with_profile)))
    return cast(Command, decorated)


def _typed_first(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a command's arguments; a typed credential wins over the environment's others."""
    context, line = click.get_current_context(), click.core.ParameterSource.COMMANDLINE
    further = {option.name for option in context.command.params if isinstance(option, _Further)}
    kinds = [kind for kind in KINDS if kind in given and kind not in further]
    typed = {k for k in kinds if given[k] and context.get_parameter_source(k) is line}
    return {**given, **dict.fromkeys(k for k in kinds if typed and k not in typed)}


def _profile(name: str | None, given: Mapping[str, Any]) -> Profile | None:
    """Return the named profile, or the current one if no server is given."""
    from ..credentials.profiles import chosen_profile

    if name is None and given.get("base_url"):
        return None
    return chosen_profile(name)


def _filled(given: Mapping[str, Any], stored: Profile, named: bool) -> dict[str, Any]:
    """Return a command's arguments, completed from a profile; the command line wins.

    A named profile takes precedence over the environment.
    """
    from ..credentials.profiles import credential_of

    context = click.get_current_context()

    def open_to_it(key: str) -> bool:
        typed = context.get_parameter_source(key) is click.core.ParameterSource.COMMANDLINE
        return key in given and given[key] != () and not typed and (named or not given[key])

    filled = dict(given)
    typed_kinds = [kind for kind in KINDS if given.get(kind) and not open_to_it(kind)]
    for key, value in {"base_url": stored.base_url, **stored.options}.items():
        if open_to_it(key):
            filled[key] = value
    if not typed_kinds and filled.get("base_url") == stored.base_url:
        found = credential_of(stored)
        for kind in KINDS:
            if kind in filled:
                # If the keyring has none, the user was told to set the variable.
                secret = found.credential if found else given[kind]
                filled[kind] = secret if kind == stored.kind else None
        _check_credential(filled, stored)
    return filled


def _check_credential(filled: Mapping[str, Any], stored: Profile) -> None:
    """Say which credential of the profile is missing, if the command has none."""
    from ..credentials.profiles import credential_missing

    taken = [kind for kind in KINDS if kind in filled]
    if not taken or any(filled[kind] for kind in taken):
        return
    if stored.kind in taken:
        raise credential_missing(stored)
    labels = " or ".join(KINDS[kind].label for kind in taken)
    raise NotSignedIn(
        f"This command needs another credential ({labels}) than the profile {stored.name!r} has "
        f"({KINDS[stored.kind].label}).",
        remedy=Remedy.OTHER_PROFILE,
    )


def of_account(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the account options, and call the command with that `Account`."""

    @functools.wraps(command)
    def with_account(
        *,
        token: str | None,
        api_key: str | None,
        account: str | None,
        base_url: str | None,
        api_version: str | None,
        **others: Any,
    ) -> Any:
        return command(account_of(token, api_key, account, base_url, api_version), **others)

    named = click.option("--account", metavar="ID", help="The account to use with an API key.")
    return named(TOKEN(API_KEY(server(with_account))))


def of_developer(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the management API's options, and call the command with a `Client`."""

    @functools.wraps(command)
    def with_client(
        *,
        meta_token: str | None,
        base_url: str | None,
        api_version: str | None,
        **others: Any,
    ) -> Any:
        if not meta_token:
            raise click.UsageError(
                f"A meta token is missing: set {KINDS['meta_token'].variable}, use --meta-token - "
                "for a prompt, or name a profile that has one with --profile."
            )
        return command(client_of(meta_token, None, base_url, api_version), **others)

    secrets = click.option("--show-secrets", is_flag=True, help="Do not mask keys and secrets.")
    return secrets(META_TOKEN(server(with_client)))


def account_of(
    token: str | None,
    api_key: str | None,
    account: str | None,
    base_url: str | None,
    api_version: str | None,
) -> Account:
    """Return the account that the options name.

    Parameters
    ----------
    token : str or None
        The account's Bearer token.
    api_key : str or None
        The application's API key.
    account : str or None
        The account's id, with an API key.
    base_url : str or None
        Overrides the configured server.
    api_version : str or None
        Overrides the configured version.
    """
    from ..account import Account

    if account and api_key:
        token = None  # naming an account implies the API key
    return Account(token, api_key, account, base_url=base_url, api_version=api_version)


def client_of(
    token: str | None, api_key: str | None, base_url: str | None, api_version: str | None
) -> Client:
    """Return a client with the options' credential.

    Parameters
    ----------
    token : str or None
        A Bearer token.
    api_key : str or None
        The application's API key.
    base_url : str or None
        Overrides the configured server.
    api_version : str or None
        Overrides the configured version.
    """
    from ..client import Client

    return Client(api_key, token, base_url=base_url, api_version=api_version)
