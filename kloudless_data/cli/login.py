"""``kloudless-data login``, ``whoami``, ``logout`` and ``profiles``: one sign-in for all."""

from __future__ import annotations

import getpass
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from ..credentials import kinds
from ..credentials.kinds import KINDS
from ..exceptions import KeyringUnavailable, NotFoundException, NotSignedIn, Remedy
from ..http.urls import path_segment
from ..text.terminal import one_line
from ..util import shown
from .connection import API_KEY, META_TOKEN, PROFILE, TOKEN, server
from .echo import echo
from .options import DEBUG, JSON, examples
from .output import Output, output_options

if TYPE_CHECKING:
    from ..client import Client
    from ..credentials.profiles import Profile
    from ..signin.identity import Identity

__all__ = ["login", "logout", "profiles_group", "whoami"]

_KINDS = [kind.replace("_", "-") for kind in KINDS]


@click.command(
    epilog=examples(
        "kloudless-data login",
        "kloudless-data login --profile work --base-url https://kloudless.example.com "
        "--kind api-key",
        "pass show kloudless | kloudless-data login --kind token --base-url "
        "https://kloudless.example.com",
    )
)
@click.option(
    "--profile", default=None, metavar="NAME", help="The profile's name.  [default: default]"
)
@click.option(
    "--base-url", envvar="KLOUDLESS_BASE_URL", show_envvar=True, metavar="URL", help="The server."
)
@click.option(
    "--api-version", envvar="KLOUDLESS_API_VERSION", show_envvar=True, help="For example 1 or 2."
)
@click.option("--kind", type=click.Choice(_KINDS), help="The kind of credential.")
@click.option("--app-id", metavar="ID", help="Reject a token of any other application.")
@click.option("--account", metavar="ID", help="The account to use with an API key.")
@DEBUG
def login(
    profile: str | None,
    base_url: str | None,
    api_version: str | None,
    kind: str | None,
    app_id: str | None,
    account: str | None,
) -> None:
    """Sign in: check a credential and store it in the keyring for later commands.

    Prompts for missing values, and proposes those of an earlier sign-in with the same profile. The
    credential is read without echo, or from standard input if that is not a terminal; it is never
    taken from the command line.
    """
    from ..credentials.profiles import USUAL, Profile, check_name, profiles, save_profile
    from ..signin.identity import client_with, identify

    profile = profile or USUAL
    check_name(profile)
    before = profiles().get(profile)
    interactive = sys.stdin.isatty()
    base_url = base_url or _server(before, interactive)
    kind = kind or _kind(before, interactive)
    name = kind.replace("-", "_")
    label = KINDS[name].label
    secret = (
        getpass.getpass(f"{label} (not shown): ") if interactive else sys.stdin.readline().strip()
    )
    if not secret:
        raise click.UsageError(
            f"{label} is missing. Type it at the prompt, or pipe it to standard input."
        )
    given = {"api_version": api_version, "app_id": app_id, "account": account}
    options = {k: v for k, v in given.items() if v}
    if before is not None and (before.base_url, before.kind) == (base_url, name):
        options = before.options | options
    identity = identify(
        name,
        secret,
        base_url=base_url,
        api_version=options.get("api_version"),
        app_id=options.get("app_id"),
    )
    if name == kinds.API_KEY.name and (chosen := options.get("account")):
        _check_account(client_with(name, secret, base_url, options.get("api_version")), chosen)
    new = Profile(profile, identity.base_url, name, options)
    _show(identity)
    try:
        path = save_profile(new, secret)
    except KeyringUnavailable as error:
        save_profile(new)
        raise KeyringUnavailable(
            f"The credential is valid but was not stored: {error.facts} The profile {new.name!r} "
            f"remembers the server; set {KINDS[name].variable}, and commands use both.",
            remedy=Remedy.NONE,
        ) from None
    echo(f"Signed in. The credential is in the keyring; the profile {new.name!r} is in {path}.")


def _check_account(client: Client, account: str) -> None:
    """Refuse an account that an API key does not open."""
    try:
        client.get(f"accounts/{path_segment(account)}")
    except NotFoundException:
        raise click.UsageError(
            f"This API key opens no account {one_line(account)!r}. Leave --account out, sign in, "
            "and see `kloudless-data accounts list`."
        ) from None


def _server(before: Profile | None, interactive: bool) -> str:
    """Return the server to sign in to: the one that is typed, or the profile's."""
    proposed = None if before is None else before.base_url
    if interactive:
        return str(click.prompt("Server", default=proposed, err=True))
    if proposed is None:
        raise click.UsageError("--base-url is missing.")
    return proposed


def _kind(before: Profile | None, interactive: bool) -> str:
    """Return the kind of credential, as the option names it."""
    proposed = (before.kind if before is not None else "token").replace("_", "-")
    if not interactive:
        return proposed
    return str(click.prompt("Credential", type=click.Choice(_KINDS), default=proposed, err=True))


@click.command(
    epilog=examples("kloudless-data whoami", "kloudless-data whoami --profile work --json")
)
@TOKEN
@API_KEY
@META_TOKEN
@server
@JSON
@DEBUG
def whoami(
    token: str | None,
    api_key: str | None,
    meta_token: str | None,
    base_url: str | None,
    api_version: str | None,
    as_json: bool,
) -> None:
    """Ask the server whose credential the commands use, and show where it comes from."""
    from dataclasses import asdict

    from ..signin.identity import identify

    given = {"token": token, "api_key": api_key, "meta_token": meta_token}
    kind, secret = next(((k, v) for k, v in given.items() if v), (None, None))
    if kind is None or secret is None:
        raise NotSignedIn("Nobody is signed in.", remedy=Remedy.PASS_CREDENTIAL)
    identity = identify(kind, secret, base_url=base_url, api_version=api_version)
    origin = _origin(kind, secret)
    if as_json:
        echo(json.dumps({**asdict(identity), "from": origin}))
        return
    _show(identity, ("From", origin))
    ignored = [KINDS[other].label for other, value in given.items() if value and other != kind]
    if ignored:
        echo(f"Given too, and not used: {', '.join(ignored)}.", err=True)


def _origin(kind: str, secret: str) -> str:
    """Say where a command's credential comes from."""
    from ..credentials.find import from_environment
    from ..credentials.profiles import chosen_profile

    context, set_ = click.get_current_context(), from_environment([KINDS[kind]])
    if context.get_parameter_source(kind) is click.core.ParameterSource.COMMANDLINE:
        return "the command line"
    named = context.params.get("profile")
    if named is None and set_ is not None and set_.credential == secret:
        return set_.origin
    chosen = chosen_profile(named)
    return "the keyring" if chosen is None else f"the profile {chosen.name}"


@click.command(epilog=examples("kloudless-data logout", "kloudless-data logout --profile work"))
@PROFILE
@click.option("--all", "everything", is_flag=True, help="All profiles.")
@DEBUG
def logout(profile: str | None, everything: bool) -> None:
    """Remove a profile and its credential; by default the current one."""
    from ..credentials.profiles import chosen_profile, current_name, profiles, remove_profile

    if everything:
        names = list(profiles())
    else:
        chosen = chosen_profile(profile)
        names = [] if chosen is None else [chosen.name]
    if not names:
        raise NotSignedIn("Nobody is signed in: there is no profile to remove.")
    for name in names:
        removed = remove_profile(name)
        kept = "and what the keyring kept for it"
        echo(shown(f"Removed the profile {name!r} ({removed.base_url}) {kept}."))
    if current_name() is None and (others := sorted(profiles())):
        echo(f"Choose another with `kloudless-data profiles use NAME`: {', '.join(others)}.")


@click.group("profiles", invoke_without_command=True, epilog=examples(
    "kloudless-data profiles", "kloudless-data profiles use work"
))  # fmt: skip
@output_options
@click.pass_context
def profiles_group(context: click.Context, output: Output) -> None:
    """List the servers that `kloudless-data login` knows, or choose one."""
    import pandas as pd

    from ..credentials.profiles import current_name, profiles

    if context.invoked_subcommand is not None:
        return
    current = current_name()
    rows: list[dict[str, Any]] = [
        {"name": each.name, "current": each.name == current, "server": each.base_url,
         "kind": each.kind, **each.options}
        for each in profiles().values()
    ]  # fmt: skip
    if output.is_table and not rows:
        echo("There are no profiles. Make one with `kloudless-data login`.")
        return
    columns = ["name", "current", "server", "kind"]
    output.show(pd.DataFrame(rows, columns=None if rows else columns), columns, "profiles")


@profiles_group.command("use", epilog=examples("kloudless-data profiles use work"))
@click.argument("name")
def profiles_use(name: str) -> None:
    """Make NAME the profile that commands use."""
    from ..credentials.profiles import use_profile

    chosen = use_profile(name)
    echo(shown(f"Commands now use {chosen.name!r} ({chosen.base_url})."))


def _show(identity: Identity, *more: tuple[str, str]) -> None:
    rows = [("Credential", KINDS[identity.kind].label), *more, *identity.rows()]
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        echo(shown(f"{name:<{width}}  {text}"))
