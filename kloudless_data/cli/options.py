"""Options that many commands share, and what they stand for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..tables import print_table
from ..util import logger

if TYPE_CHECKING:
    import pandas as pd

    from ..account import Account
    from ..client import Client

__all__ = [
    "API_KEY",
    "DEBUG",
    "FORCE",
    "JSON",
    "META_TOKEN",
    "TOKEN",
    "account_of",
    "client_of",
    "examples",
    "server",
    "show_frame",
]

Command = TypeVar("Command", bound=Callable[..., Any])


def examples(*lines: str) -> str:
    r"""Return the end of a help text; ``\b`` keeps click from joining the lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _credential(context: click.Context, parameter: click.Parameter, value: str | None) -> Any:
    """Warn about a secret on the command line; ask for it when it is ``-``."""
    if value == "-":
        import getpass

        return getpass.getpass(f"{str(parameter.name).replace('_', ' ')}: ")
    source = context.get_parameter_source(str(parameter.name))
    if value and source is click.core.ParameterSource.COMMANDLINE:
        option = f"--{str(parameter.name).replace('_', '-')}"
        click.echo(
            f"warning: other users can see {option} in the process list, and the shell keeps it "
            f"in its history. Set {parameter.envvar} instead, or give {option} - to be asked.",
            err=True,
        )
    return value


def _debug(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    if value:
        logger.setLevel(logging.DEBUG)
    return value


def _secret(name: str, variable: str, what: str) -> Callable[[Command], Command]:
    return click.option(
        name,
        envvar=variable,
        show_envvar=True,
        callback=_credential,
        metavar="SECRET",
        help=f"{what}; - asks for it.",
    )


TOKEN = _secret("--token", "KLOUDLESS_TOKEN", "The account's Bearer token")
API_KEY = _secret("--api-key", "KLOUDLESS_API_KEY", "The application's API key")
META_TOKEN = _secret("--meta-token", "KLOUDLESS_META_TOKEN", "The developer's meta token")
FORCE = click.option("--force", is_flag=True, help="Replace what is there already.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
DEBUG = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_debug,
    help="Print each request, and the traceback of an error.",
)


def server(command: Command) -> Command:
    """Add the options that say where the server is."""
    url = click.option(
        "--base-url",
        envvar="KLOUDLESS_BASE_URL",
        show_envvar=True,
        metavar="URL",
        help="The server, such as https://kloudless.example.com.",
    )
    version = click.option(
        "--api-version", envvar="KLOUDLESS_API_VERSION", show_envvar=True, help="Such as 1 or 2."
    )
    return url(version(command))


def account_of(
    token: str | None,
    api_key: str | None,
    account: str | None,
    base_url: str | None,
    api_version: str | None,
) -> Account:
    """Return the account that the options name."""
    from ..account import Account

    if account and api_key:
        token = None  # an account is named, so the key is meant
    return Account(token, api_key, account, base_url=base_url, api_version=api_version)


def client_of(
    token: str | None, api_key: str | None, base_url: str | None, api_version: str | None
) -> Client:
    """Return a client with the options' credential."""
    from ..client import Client

    return Client(api_key, token, base_url=base_url, api_version=api_version)


def show_frame(frame: pd.DataFrame, columns: Sequence[str], as_json: bool) -> None:
    """Print a DataFrame: all of it as JSON, or some columns as a table."""
    if as_json:
        click.echo(frame.to_json(orient="records", date_format="iso", date_unit="us", indent=2))
    else:
        print_table(frame, [name for name in columns if name in frame.columns], count=True)
