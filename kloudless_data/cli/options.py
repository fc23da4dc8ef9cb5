"""Options that many commands share, and what they do."""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from ..config import configuration
from ..credentials.kinds import KINDS
from ..display.console import print_table
from ..exceptions import InvalidParameter
from ..schema.times import parse_duration, parse_time
from ..util import json_for_terminal, logger, one_line

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..account import Account
    from ..client import Client
    from ..credentials.profiles import Profile
    from ..export.manifest import Manifest

__all__ = [
    "API_KEY",
    "DEBUG",
    "DURATION",
    "FORCE",
    "FORMAT",
    "JSON",
    "META_TOKEN",
    "PROFILE",
    "SINCE",
    "TIME",
    "TIME_ZONE",
    "TOKEN",
    "UNTIL",
    "account_of",
    "client_of",
    "csv_options",
    "echo_json",
    "examples",
    "format_of",
    "listing",
    "of_account",
    "of_developer",
    "print_rows",
    "retention_options",
    "server",
    "show_frame",
    "show_listing",
    "show_manifest",
]

Command = TypeVar("Command", bound=Callable[..., Any])


def examples(*lines: str) -> str:
    r"""Return the examples that end a help text; ``\b`` keeps click from joining lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _credential(context: click.Context, parameter: click.Parameter, value: str | None) -> Any:
    """Warn about a secret on the command line; prompt for it if it is ``-``."""
    if value == "-":
        import getpass

        return getpass.getpass(f"{str(parameter.name).replace('_', ' ')}: ")
    source = context.get_parameter_source(str(parameter.name))
    if value and source is click.core.ParameterSource.COMMANDLINE:
        option = f"--{str(parameter.name).replace('_', '-')}"
        click.echo(
            f"warning: other users can see {option} in the process list, and the shell keeps it "
            f"in its history. Set {parameter.envvar} instead, or use {option} - for a prompt.",
            err=True,
        )
    return value


def _debug(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    if value:
        logger.setLevel(logging.DEBUG)
    return value


def _time_zone(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        try:
            configuration["time_zone"] = value
        except InvalidParameter:
            raise click.BadParameter(
                f"{value!r} is not a time zone. Use Europe/Berlin, UTC or local, for example."
            ) from None


def _secret(kind: str, what: str) -> Callable[[Command], Command]:
    return click.option(
        f"--{kind.replace('_', '-')}",
        envvar=KINDS[kind].variable,
        show_envvar=True,
        callback=_credential,
        metavar="SECRET",
        help=f"{what}; - prompts for it.",
    )


class _Parsed(click.ParamType):  # type: ignore[type-arg]  # only newer ones are generic
    """A value that a parser of `kloudless_data.schema.times` reads."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the parsed value, or fail naming the accepted forms."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except InvalidParameter as error:
            self.fail(error.problem, param, ctx)


TIME = _Parsed("time", parse_time)
DURATION = _Parsed("duration", parse_duration)
SINCE = click.option(
    "--since",
    type=TIME,
    metavar="TIME",
    help="Only events from this time on: 2026-03-01, 2026-03, 2026-03-01T12:00+02:00, 7d, 24h, "
    "yesterday; UTC unless it has an offset or a zone.",
)
UNTIL = click.option("--until", type=TIME, metavar="TIME", help="Only events before this time.")
TOKEN = _secret("token", "The account's Bearer token")
API_KEY = _secret("api_key", "The application's API key")
META_TOKEN = _secret("meta_token", "The developer's meta token")
FORCE = click.option("--force", is_flag=True, help="Replace existing files.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
PROFILE = click.option(
    "--profile",
    envvar="KLOUDLESS_PROFILE",
    show_envvar=True,
    metavar="NAME",
    help="The server and the credential that `kloudless-data login` stored under this name.",
)
TIME_ZONE = click.option(
    "--time-zone",
    expose_value=False,
    callback=_time_zone,
    metavar="NAME",
    help="Show times in tables in this zone, such as Europe/Berlin or local.  [default: UTC]",
)
FORMAT = click.option(
    "--format",
    type=click.Choice(["csv", "parquet", "jsonl", "xlsx"]),
    help="The output's format. Defaults to the file's extension.",
)
DEBUG = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_debug,
    help="Print each request, and the traceback of an error.",
)


def server(command: Command) -> Command:
    """Add the server options; a profile fills in missing values."""

    @functools.wraps(command)
    def with_profile(profile: str | None, **given: Any) -> Any:
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


def _profile(name: str | None, given: Mapping[str, Any]) -> Profile | None:
    """Return the named profile, or the current one if nothing else is given."""
    from ..credentials.profiles import chosen_profile

    if name is None and any(given.get(key) for key in (*KINDS, "base_url")):
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
    return filled


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
                f"A credential is missing: set {KINDS['meta_token'].variable}, give "
                "--meta-token - to be asked, or --profile with one that holds a meta token."
            )
        return command(client_of(meta_token, None, base_url, api_version), **others)

    secrets = click.option("--show-secrets", is_flag=True, help="Do not mask keys and secrets.")
    return secrets(META_TOKEN(server(with_client)))


def retention_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the retention options, and call the command with a `Retention`."""

    @functools.wraps(command)
    def with_retention(
        *,
        retention_hours: float | None,
        retention_events: int | None,
        tolerance_hours: float | None,
        **others: Any,
    ) -> Any:
        from ..archive.coverage import Retention

        usual = Retention()
        hours = usual.hours if retention_hours is None else retention_hours or None
        events = usual.events if retention_events is None else retention_events or None
        tolerance = usual.tolerance_hours if tolerance_hours is None else tolerance_hours
        return command(retention=Retention(events, hours, tolerance), **others)

    hours = click.option(
        "--retention-hours", type=click.FloatRange(min=0), metavar="N",
        help="Hours for which the server keeps events; 0: forever.  [default: 24]",
    )  # fmt: skip
    events = click.option(
        "--retention-events", type=click.IntRange(min=0), metavar="N",
        help="Events that the server keeps per account; 0: all.  [default: 10,000]",
    )  # fmt: skip
    tolerance = click.option(
        "--tolerance-hours", type=click.FloatRange(min=0), metavar="N",
        help="Allowance in hours for late events and a wrong server clock.  [default: 1]",
    )  # fmt: skip
    return hours(events(tolerance(with_retention)))


def csv_options(command: Command) -> Command:
    """Add the CSV options."""
    plain = click.option(
        "--plain", is_flag=True, help="CSV: keep cells that a spreadsheet would run as formulas."
    )
    excel = click.option("--excel", is_flag=True, help="CSV: mark the file as UTF-8 for Excel.")
    separator = click.option(
        "--separator", metavar="CHARACTER", help="CSV: the separator between cells, such as ;."
    )
    return plain(excel(separator(command)))


def listing(command: Command) -> Command:
    """Add the output options of a listing; `show_listing` takes their values."""
    output = click.option(
        "--output",
        "-o",
        metavar="PATH",
        help="Write a CSV, Parquet, JSON Lines or Excel file; - is standard output.",
    )
    return output(FORMAT(csv_options(FORCE(JSON(TIME_ZONE(DEBUG(command)))))))


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


def echo_json(text: str, *, err: bool = False) -> None:
    """Print JSON that cannot control a terminal.

    Parameters
    ----------
    text : str
        Valid JSON.
    err : bool, default False
        Print to standard error.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(json_for_terminal(text.rstrip("\n"), encoding), err=err)


def show_frame(frame: pd.DataFrame, columns: Sequence[str], as_json: bool) -> None:
    """Print a DataFrame: all of it as JSON, or some columns as a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows.
    columns : sequence of str
        The columns of the table; JSON has all of them.
    as_json : bool
        Print JSON instead of a table.
    """
    if as_json:
        from ..display.records import json_array, records_of_frame

        echo_json("".join(json_array(records_of_frame(frame))))
    else:
        print_table(frame, [name for name in columns if name in frame.columns], count=True)


def print_rows(batches: pa.RecordBatchReader, form: str) -> None:
    """Print rows as they come: as a JSON array, JSON Lines, or CSV in UTF-8.

    Parameters
    ----------
    batches : pyarrow.RecordBatchReader
    form : {"json", "jsonl", "csv"}
    """
    if form == "csv":
        from ..export.api import export_batches

        export_batches(batches, batches.schema, "-", "csv", name="rows")
        return
    from ..display.records import json_array, json_lines, records_of_batch

    records = (record for batch in batches for record in records_of_batch(batch))
    sys.stdout.writelines(json_lines(records) if form == "jsonl" else json_array(records))


def show_listing(
    frame: pd.DataFrame,
    columns: Sequence[str],
    name: str,
    client: Client,
    *,
    output: str | None,
    format: str | None,
    force: bool,
    as_json: bool,
    **csv: Any,
) -> int:
    """Write a listing to the output file if there is one, else print it.

    Parameters
    ----------
    frame : pandas.DataFrame
        The listing.
    columns : sequence of str
        The columns of the table on a terminal.
    name : str
        The plural for the rows, such as ``"calendars"``.
    client : Client
        The client that read the listing, for the manifest.
    output : str or None
        The file to write; ``"-"`` is standard output. None prints a table.
    format : str or None
        The file's format. Defaults to the one for its extension.
    force : bool
        Replace existing files.
    as_json : bool
        Print JSON.
    **csv
        The options of CSV files.

    Returns
    -------
    int
        The command's exit status: 1 if part of the listing could not be read.
    """
    from ..export.api import export_frame

    if output is None:
        if format is not None:
            raise click.UsageError("--format goes with --output; - is standard output.")
        show_frame(frame, columns, as_json)
    else:
        written = format or format_of(output)
        manifest = export_frame(
            frame, output, written, name=name, client=client, force=force, **csv
        )
        show_manifest(manifest, output, name, as_json)
    return 1 if frame.attrs.get("failures") else 0


def show_manifest(manifest: Manifest, output: str, name: str, as_json: bool) -> None:
    """Report what was written; on standard error if the rows went to standard output.

    Parameters
    ----------
    manifest : Manifest
        The finished export.
    output : str
        The file as the user named it; ``"-"`` is standard output.
    name : str
        The plural for the rows.
    as_json : bool
        Print JSON.
    """
    from ..export.manifest import FOLDER_MANIFEST, manifest_path

    aside = output == "-"
    if as_json:
        echo_json(manifest.to_json(), err=aside)
        return
    where = "on standard output" if aside else f"in {one_line(output)}"
    click.echo(f"{manifest.rows:,} {name} ({manifest.bytes:,} bytes) {where}", err=aside)
    if manifest.conflicts:
        click.echo(f"{manifest.conflicts:,} repeat an id with different content", err=aside)
    if not aside:
        path = f"{output}/{FOLDER_MANIFEST}" if manifest.parts else manifest_path(output)
        click.echo(f"manifest: {one_line(path)}")


_ENDINGS = {"csv": "csv", "parquet": "parquet", "pq": "parquet", "jsonl": "jsonl",
            "ndjson": "jsonl", "xlsx": "xlsx"}  # fmt: skip


def format_of(output: str) -> str:
    """Return the format for a file's extension."""
    ending = output.removesuffix(".gz").rpartition(".")[2].lower()
    if ending not in _ENDINGS:
        raise click.UsageError(
            f"--output {output!r} does not say which format: use --format, or end it in .csv, "
            ".parquet, .jsonl or .xlsx."
        )
    return _ENDINGS[ending]
