"""``kloudless-data archive``."""

from __future__ import annotations

import contextlib
import importlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ..exceptions import ArchiveFailed, KloudlessException, MissingPackage
from ..text.counts import count
from ..util import one_line
from .connection import API_KEY, META_TOKEN, TOKEN, account_of, client_of, server
from .echo import echo
from .logs import say_what_was_left
from .numbers import WHOLE_NUMBER, NumberFrom, WholeNumberFrom
from .options import (
    DEBUG,
    DURATION,
    FORCE,
    SINCE,
    UNTIL,
    examples,
    retention_options,
)
from .output import FORMAT, OUTPUT, Output, echo_json, format_of, output_options
from .remedies import COMMAND_LINE
from .stopping import StopSignals

if TYPE_CHECKING:
    from ..archive import Archive
    from ..archive.coverage import Retention

__all__ = ["archive_group"]

_CLUSTER_SECONDS = 20  # to wait for a scheduler's answer
_PATH = click.argument("path")


@click.group("archive")
def archive_group() -> None:
    """Keep activity that the server would forget, each event once.

    PATH is a folder or an s3:// URL. S3 settings come from the environment: AWS_ACCESS_KEY_ID,
    AWS_REGION, AWS_ENDPOINT_URL and the like.
    """


@archive_group.command("init", epilog=examples("kloudless-data archive init activity"))
@_PATH
@click.option(
    "--api-version",
    type=WHOLE_NUMBER,
    default=1,
    show_default=True,
    help="API version of its accounts.",
)
@DEBUG
def archive_init(path: str, api_version: int) -> None:
    """Create an empty archive; sync does so when there is none."""
    _archive(path).init(api_version)
    echo(f"archive: {path}")


@archive_group.command(
    "sync",
    epilog=examples(
        "kloudless-data archive sync activity",
        "kloudless-data archive sync s3://bucket/activity --every 15m",
    ),
)
@_PATH
@click.option(
    "--every", type=DURATION, metavar="TIME", help="Repeat at this interval: 30s, 15m, 6h, 1d."
)
@click.option(
    "--max-workers",
    type=WholeNumberFrom(min=1),
    default=8,
    show_default=True,
    help="Accounts to read at a time.",
)
@click.option(
    "--dask", metavar="ADDRESS", help="Spread accounts over this Dask scheduler's workers."
)
@click.option(
    "--moved", is_flag=True, help="Accept another server than the archive's: it has moved."
)
@TOKEN
@API_KEY
@META_TOKEN
@server
@DEBUG
def archive_sync(
    path: str,
    every: timedelta | None,
    max_workers: int,
    dask: str | None,
    moved: bool,
    token: str | None,
    api_key: str | None,
    meta_token: str | None,
    base_url: str | None,
    api_version: str | None,
) -> int:
    """Add new events; print one line of JSON per run.

    An API key syncs all accounts of its application; without one, a token syncs its own account;
    without either, a meta token syncs the accounts of all its applications. Exits 0 if every
    account was read; 1 if an account could not be read to its end (what was read is kept) or the
    archive could not be written. With --every, Ctrl-C or SIGTERM stops after the current run, and a
    second one at once.
    """
    accounts = _whose(token, api_key, meta_token, base_url, api_version)
    archive = _archive(path)

    def run() -> int:
        with _cluster(dask) as executor:
            report = archive.sync(accounts, max_workers=max_workers, executor=executor, moved=moved)
        echo_json(report.to_json())
        return 0 if report.ok else 1

    return run() if every is None else _repeatedly(run, every.total_seconds())


@archive_group.command(
    "import",
    epilog=examples("kloudless-data archive import activity AWSLogs/ box-events.json"),
)
@_PATH
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--account", metavar="ID", help="Account name in the archive; default: the service.")
@click.option("--log-format", metavar="NAME", help="The log's format; default: detected.")
@DEBUG
def archive_import(
    path: str, files: tuple[str, ...], account: str | None, log_format: str | None
) -> int:
    """Add new events from services' own logs; see `logs import`.

    Prints one line of JSON. Exits 1 if a file could not be read, or a record in it was damaged; all
    others are added.
    """
    from ..logs import read_log

    log = read_log(files, format=log_format, account=account)
    echo_json(_archive(path).import_log(log, account=account).to_json())
    say_what_was_left(log)
    return int(not log.whole)


def _whose(
    token: str | None,
    api_key: str | None,
    meta_token: str | None,
    base_url: str | None,
    api_version: str | None,
) -> Any:
    if api_key or (meta_token and not token):
        return client_of(None if api_key else meta_token, api_key, base_url, api_version)
    return account_of(token, None, None, base_url, api_version)


def _cluster(address: str | None) -> Any:
    """Return a context with a Dask client, or an empty one."""
    if address is None:
        return contextlib.nullcontext()
    try:
        distributed: Any = importlib.import_module("distributed")
    except ModuleNotFoundError:
        raise MissingPackage(
            '--dask needs distributed. Install: pip install "kloudless-data[dask]"'
        ) from None
    try:
        return distributed.Client(address, timeout=_CLUSTER_SECONDS)
    except (OSError, ValueError) as error:
        raise ArchiveFailed(
            f"No Dask scheduler answers at {one_line(address)}: {one_line(str(error))}. Check the "
            "address; it looks like tcp://scheduler:8786."
        ) from None


def _repeatedly(run: Any, every: float) -> int:
    """Run repeatedly until a signal says to stop."""
    import time

    status = 0
    with StopSignals() as stop:
        while not stop.received:
            started = time.monotonic()
            try:
                status = run()
            except KloudlessException as error:  # the next run may succeed
                ended = datetime.now(UTC).isoformat(timespec="seconds")
                echo(json.dumps({"error": error.worded(COMMAND_LINE), "finished": ended}))
                status = 1
            stop.wait(max(0.0, every - (time.monotonic() - started)))
    return status


@archive_group.command(
    "restart", epilog=examples("kloudless-data archive restart activity --account 125000003")
)
@_PATH
@click.option("--account", required=True, metavar="ID", help="The account, as status lists it.")
@DEBUG
def archive_restart(path: str, account: str) -> None:
    """Restart an account: its next sync reads from the oldest event kept.

    Use this when the server permanently refuses the account's position. Archived events stay,
    none is added twice, and the ledger records the restart.
    """
    _archive(path).restart(account)
    echo(f"{path}: the next sync of account {one_line(account)} starts over")


@archive_group.command(
    "status",
    epilog=examples(
        "kloudless-data archive status activity",
        "kloudless-data archive status activity --coverage --retention-hours 72",
    ),
)
@_PATH
@click.option(
    "--coverage", is_flag=True, help="Show which periods of each account are covered or lost."
)
@retention_options
@output_options
def archive_status(path: str, coverage: bool, retention: Retention, output: Output) -> None:
    """Show what the archive holds, and in which periods events may be missing."""
    archive = _archive(path, retention)
    frame = archive.coverage() if coverage else archive.status()
    output.show(frame, None, "intervals" if coverage else "accounts")


@archive_group.command(
    "sql",
    epilog=examples(
        'kloudless-data archive sql activity "select month, count(*) from events group by month"'
    ),
)
@_PATH
@click.argument("query")
@retention_options
@output_options
def archive_sql(path: str, query: str, retention: Retention, output: Output) -> None:
    """Query the tables events, ledger and coverage with DuckDB.

    Prints the first rows and the row count. --json, --jsonl and --csv stream all rows to standard
    output; --output writes them to a file.
    """
    with _archive(path, retention).query(query) as answer:
        output.show(answer, None, "rows")


@archive_group.command("verify", epilog=examples("kloudless-data archive verify activity"))
@_PATH
@click.option(
    "--anchor",
    multiple=True,
    metavar="TEXT",
    help='The "anchor" in an earlier sync\'s report; repeatable.',
)
@DEBUG
def archive_verify(path: str, anchor: tuple[str, ...]) -> None:
    """Check every file and ledger entry; exit with status 1 if something is wrong.

    An anchor kept elsewhere proves that the archive has only grown since that sync.
    """
    entries = _archive(path).verify(anchors=anchor)
    entry = "entry" if entries == 1 else "entries"
    echo(f"{path}: complete and unchanged, {entries:,} {entry} in the ledger")


@archive_group.command(
    "compact",
    epilog=examples(
        "kloudless-data archive compact activity",
        "kloudless-data archive compact activity --vacuum-after 7d",
    ),
)
@_PATH
@click.option(
    "--target-mb",
    type=NumberFrom(min=1),
    default=128,
    show_default=True,
    help="Target file size in MB.",
)
@click.option(
    "--vacuum-after",
    type=DURATION,
    metavar="TIME",
    help="Delete files replaced at least this long ago, such as 7d.",
)
@DEBUG
def archive_compact(path: str, target_mb: float, vacuum_after: timedelta | None) -> None:
    """Merge many small files into larger ones; syncs may run meanwhile."""
    hours = None if vacuum_after is None else vacuum_after / timedelta(hours=1)
    replaced = _archive(path).compact(target_mb=target_mb, vacuum_hours=hours)
    echo(f"{count(replaced, 'file')} replaced")


@archive_group.command(
    "export",
    epilog=examples(
        "kloudless-data archive export activity --output march.parquet --since 2026-03-01 "
        "--until 2026-04-01"
    ),
)
@_PATH
@OUTPUT
@FORMAT
@click.option("--account", multiple=True, metavar="ID", help="Only this account; repeatable.")
@SINCE
@UNTIL
@FORCE
@DEBUG
def archive_export(
    path: str,
    output: str,
    format: str | None,
    account: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    force: bool,
) -> None:
    """Write archived events to a file, with a manifest."""
    manifest = _archive(path).export(
        output,
        format_of(output, format),
        force=force,
        accounts=account or None,
        since=since,
        until=until,
    )
    echo(f"{count(manifest.rows, 'event')} ({count(manifest.bytes, 'byte')}) in {output}")


def _archive(path: str, retention: Retention | None = None) -> Archive:
    from ..archive import Archive

    return Archive(path, retention=retention)
