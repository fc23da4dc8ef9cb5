"""The ``kloudless-data`` command: the package's verbs, with the same names."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .exceptions import InvalidParameter, KloudlessException
from .tables import print_table
from .util import logger, one_line
from .version import __version__

if TYPE_CHECKING:
    import pandas as pd

    from .account import Account
    from .client import Client

__all__ = ["cli", "main"]

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
Command = TypeVar("Command", bound=Callable[..., Any])


def _examples(*lines: str) -> str:
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


_TOKEN = _secret("--token", "KLOUDLESS_TOKEN", "The account's Bearer token")
_API_KEY = _secret("--api-key", "KLOUDLESS_API_KEY", "The application's API key")
_META_TOKEN = _secret("--meta-token", "KLOUDLESS_META_TOKEN", "The developer's meta token")
_FORCE = click.option("--force", is_flag=True, help="Replace what is there already.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_DEBUG = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_debug,
    help="Print each request, and the traceback of an error.",
)


def _server(command: Command) -> Command:
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


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Try it without a server or an account: kloudless-data demo",
)
@click.version_option(__version__, prog_name="kloudless-data", message="%(prog)s %(version)s")
def cli() -> None:
    """Account activity and listings from the Kloudless API, for pandas."""


@cli.group("events")
def events_group() -> None:
    """An account's activity."""


@cli.group("accounts")
def accounts_group() -> None:
    """The accounts that are connected to an application."""


@cli.group("applications")
def applications_group() -> None:
    """A developer's applications."""


@events_group.command(
    "export",
    epilog=_examples(
        "kloudless-data events export --output events.parquet",
        "kloudless-data events export --format csv --output events.csv --limit 1000",
        "kloudless-data events export --output new.jsonl --cursor 48213",
    ),
)
@click.option("--output", required=True, metavar="PATH", help="The file to write.")
@click.option(
    "--format",
    type=click.Choice(["csv", "parquet", "jsonl"]),
    help="Default: by the file's ending.",
)
@click.option("--cursor", help="Where to begin; default: the oldest event that is kept.")
@click.option("--limit", type=click.IntRange(min=0), help="Write no more events than this.")
@click.option("--page-size", type=int, default=1000, show_default=True, help="Events a request.")
@click.option("--raw", is_flag=True, help="Add the upstream service's own objects.")
@click.option("--plain", is_flag=True, help="CSV: leave cells that spreadsheets run as formulas.")
@_FORCE
@click.option("--account", metavar="ID", help="Which account, with an API key.")
@_TOKEN
@_API_KEY
@_server
@_JSON
@_DEBUG
def events_export(
    output: str,
    format: str | None,
    cursor: str | None,
    limit: int | None,
    page_size: int,
    raw: bool,
    plain: bool,
    force: bool,
    account: str | None,
    token: str | None,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
    as_json: bool,
) -> None:
    """Write an account's activity to a CSV, Parquet or JSON Lines file, with a manifest.

    The account is the token's own, or with an API key the one that --account names.
    """
    from .export import export, manifest_path

    client = _account(token, api_key, account, base_url, api_version)
    events = client.events(cursor=cursor, page_size=page_size, limit=limit, raw=raw)
    manifest = export(events, output, format or _format_of(output), force=force, plain=plain)
    if as_json:
        click.echo(manifest.to_json(), nl=False)
        return
    click.echo(f"{manifest.rows:,} events ({manifest.bytes:,} bytes) in {output}")
    click.echo(f"manifest: {manifest_path(output)}")
    if manifest.cursor_to is not None:
        click.echo(f"continue next time with: --cursor {one_line(manifest.cursor_to)}")


@accounts_group.command(
    "list",
    epilog=_examples(
        "kloudless-data accounts list", "kloudless-data accounts list --service box --json"
    ),
)
@click.option("--service", help="Only this service's.")
@click.option("--admin/--no-admin", default=None, help="Only (no) administrators'.")
@_TOKEN
@_API_KEY
@_server
@_JSON
@_DEBUG
def accounts_list(
    service: str | None,
    admin: bool | None,
    token: str | None,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
    as_json: bool,
) -> None:
    """List the accounts that are connected to an application.

    An API key sees all of them; a token only its own.
    """
    from .listings import list_accounts

    given = {"service": service, "admin": admin}
    filters: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    client = _client(None if api_key else token, api_key, base_url, api_version)
    frame = list_accounts(client, **filters)
    _show(frame, ["id", "account", "service", "admin", "active", "created"], as_json)


@applications_group.command(
    "list",
    epilog=_examples(
        "kloudless-data applications list",
        "kloudless-data applications list --include apikeys,webhooks",
        "kloudless-data applications list --include trusted_domains --json",
    ),
)
@click.option(
    "--include",
    multiple=True,
    metavar="NAMES",
    help="Count (with --json: list) what belongs to each: apikeys, trusted_domains, webhooks, "
    "service_keys, redirect_uris, fe_upload_locations. Comma-separated or repeated.",
)
@click.option("--show-secrets", is_flag=True, help="Do not mask keys and secrets.")
@_META_TOKEN
@_server
@_JSON
@_DEBUG
def applications_list(
    include: tuple[str, ...],
    show_secrets: bool,
    meta_token: str | None,
    base_url: str | None,
    api_version: str | None,
    as_json: bool,
) -> None:
    """List the developer's applications and what belongs to them."""
    from .listings import list_applications

    if not meta_token:
        raise click.UsageError(
            "A credential is missing: set KLOUDLESS_META_TOKEN, or give --meta-token - to be asked."
        )
    names = [name for text in include for name in text.replace(",", " ").split()]
    client = _client(meta_token, None, base_url, api_version)
    frame = list_applications(client, include=names, show_secrets=show_secrets)
    columns = ["id", "name", "active", "created", *(f"{name}_count" for name in names)]
    _show(frame, columns, as_json)


@cli.command(
    epilog=_examples(
        "kloudless-data sandbox",
        "kloudless-data sandbox --seed 3 --accounts 20 --events 100000 --unlimited --json",
    )
)
@click.option("--seed", default=7, show_default=True, help="One seed, one history.")
@click.option("--accounts", type=click.IntRange(min=1), default=5, show_default=True)
@click.option(
    "--events",
    type=click.IntRange(min=0),
    default=10_000,
    show_default=True,
    help="Events of each account.",
)
@click.option("--span", default=24.0, show_default=True, help="Hours over which they are spread.")
@click.option("--unlimited", is_flag=True, help="Keep all events, not 10,000 of 24 hours.")
@click.option("--port", default=0, show_default=True, help="0: any that is free.")
@_JSON
@_DEBUG
def sandbox(
    seed: int, accounts: int, events: int, span: float, unlimited: bool, port: int, as_json: bool
) -> None:
    """Run a local Kloudless server with simulated activity, until Ctrl-C."""
    import signal
    import threading

    from .sandbox import Sandbox

    kept: dict[str, Any] = {"retention_events": None, "retention_hours": None} if unlimited else {}
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Sandbox(
        seed=seed, accounts=accounts, events=events, span=span, port=port, **kept
    ) as running:
        described = {
            "base_url": running.base_url,
            "app_id": running.app_id,
            "api_key": running.api_key,
            "meta_token": running.meta_token,
            "accounts": [
                {name: getattr(account, name) for name in
                 ("id", "account", "service", "admin", "token")}
                for account in running.accounts
            ],
        }  # fmt: skip
        click.echo(json.dumps(described) if as_json else _as_exports(described))
        sys.stdout.flush()
        stop.wait()


def _as_exports(described: dict[str, Any]) -> str:
    """Return lines that can be pasted into a shell; the credentials open simulated data only."""
    first = described["accounts"][0]
    return (
        f"export KLOUDLESS_BASE_URL={described['base_url']}\n"
        f"export KLOUDLESS_TOKEN={first['token']}  # {first['service']}, account {first['id']}\n"
        f"export KLOUDLESS_API_KEY={described['api_key']}\n"
        f"export KLOUDLESS_META_TOKEN={described['meta_token']}\n"
        f"# application {described['app_id']}, {len(described['accounts'])} accounts; "
        "--json lists all tokens. Ctrl-C stops the server."
    )


@cli.command(epilog=_examples("kloudless-data demo", "kloudless-data demo --output /tmp/demo"))
@click.option(
    "--output", default="kloudless-demo", show_default=True, metavar="DIR", help="Where to write."
)
@click.option("--seed", default=7, show_default=True, help="One seed, one history.")
@_FORCE
@_DEBUG
def demo(output: str, seed: int, force: bool) -> None:
    """Start a local server, read a week of simulated activity, and write it to files."""
    from .demo import run

    run(output, seed=seed, force=force)


def _account(
    token: str | None,
    api_key: str | None,
    account: str | None,
    base_url: str | None,
    api_version: str | None,
) -> Account:
    from .account import Account

    if account and api_key:
        token = None  # an account is named, so the key is meant
    return Account(token, api_key, account, base_url=base_url, api_version=api_version)


def _client(
    token: str | None, api_key: str | None, base_url: str | None, api_version: str | None
) -> Client:
    from .client import Client

    return Client(api_key, token, base_url=base_url, api_version=api_version)


_ENDINGS = {"csv": "csv", "parquet": "parquet", "pq": "parquet", "jsonl": "jsonl",
            "ndjson": "jsonl"}  # fmt: skip


def _format_of(output: str) -> str:
    ending = output.rpartition(".")[2].lower()
    if ending not in _ENDINGS:
        raise click.UsageError(
            f"--output {output!r} does not say which format: add --format csv, parquet or jsonl."
        )
    return _ENDINGS[ending]


def _show(frame: pd.DataFrame, columns: Sequence[str], as_json: bool) -> None:
    """Print a DataFrame: all of it as JSON, or some columns as a table."""
    if as_json:
        click.echo(frame.to_json(orient="records", date_format="iso", date_unit="us", indent=2))
    else:
        print_table(frame, [name for name in columns if name in frame.columns], count=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those of the process.

    Returns
    -------
    int
        0; 1 when it failed; 2 when it was called wrongly; 130 when it was interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Our own line about a repeated request says how long it waits; urllib3's says less.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logger.setLevel(logging.INFO)
    try:
        # Without standalone mode click hands its exceptions over, and returns exit statuses.
        status = cli.main(given, prog_name="kloudless-data", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return FAILED
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted. No half-written file was left.", err=True)
        return INTERRUPTED
    except InvalidParameter as error:
        return _fail(error, given, USAGE)
    except KloudlessException as error:
        return _fail(error, given, FAILED)
    return status if isinstance(status, int) else OK


def _fail(error: KloudlessException, given: Sequence[str], status: int) -> int:
    if "--debug" in given:
        import traceback

        traceback.print_exc()
    click.echo(f"error: {one_line(error.message)}", err=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
