"""``kloudless-data logs``."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from ..text.counts import count
from ..text.terminal import one_line
from .connection import of_account
from .echo import echo
from .numbers import WholeNumberFrom
from .options import DEBUG, FORCE, JSON, examples
from .output import (
    FORMAT,
    OUTPUT,
    Output,
    csv_options,
    format_of,
    output_options,
    show_manifest,
)

if TYPE_CHECKING:
    from ..account import Account
    from ..logs import LogStream

__all__ = ["logs_group", "say_what_was_left"]

#: The number of unreadable files to name.
_LISTED = 20
#: The number of files that are empty, or not logs, to name.
_NAMED = 5


@click.group("logs")
def logs_group() -> None:
    """Read services' own logs, from files or through the API."""


@logs_group.command(
    "import",
    epilog=examples(
        "kloudless-data logs import box-events.json --output activity.parquet",
        "kloudless-data logs import AWSLogs/ --output cloudtrail.parquet",
        "kloudless-data logs import 'purview/*.csv' --output activity.parquet --account corp",
        "kloudless-data audit report activity.parquet --output report.html",
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@OUTPUT
@FORMAT
@click.option("--log-format", metavar="NAME", help="The log's format; default: detected.")
@click.option("--account", metavar="ID", help="The log's account; default: from its records.")
@click.option(
    "--processes",
    type=WholeNumberFrom(min=1),
    default=1,
    show_default=True,
    help="Convert JSON with this many processes; a single one uses a thread for each processor.",
)
@csv_options
@FORCE
@JSON
@DEBUG
def logs_import(
    files: tuple[str, ...],
    output: str,
    format: str | None,
    log_format: str | None,
    account: str | None,
    processes: int,
    force: bool,
    as_json: bool,
    **csv: Any,
) -> int:
    """Convert logs from Box, Google, Microsoft 365, Dropbox, AWS or OCSF to events.

    FILE is a file, a folder with everything below it, or a pattern; gzip or not. The log's content
    tells which service it is from. The events have the columns of `events export --raw`, so the
    audit, OCSF and everything else read them too. Files in a folder that are not logs are skipped.

    Exits 1 if a file could not be read, or a record in it was damaged; all others are written.
    """
    from ..logs import read_log
    from ..logs.exporting import damaged_path

    with _workers(processes) as executor:
        log = read_log(files, format=log_format, account=account, executor=executor)
        manifest = log.export(output, format_of(output, format), force=force, **csv)
    if as_json:
        echo(manifest.to_json(), nl=False)
    else:
        echo(f"{count(manifest.rows, 'event')} ({count(manifest.bytes, 'byte')}) in {output}")
    say_what_was_left(log, damaged_path(output))
    return int(not log.whole)


def _workers(processes: int) -> Any:
    """Return a pool of processes, or for a single one nothing."""
    if processes == 1:
        return contextlib.nullcontext()
    import multiprocessing
    import signal
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context(
            "spawn"
        ),  # a fork copies locks that Arrow's threads hold
        initializer=signal.signal,  # Ctrl-C is for the command, not for each process
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


@logs_group.command(
    "upstream",
    epilog=examples(
        "kloudless-data logs upstream --since 2026-01-01 --output box.parquet",
        "kloudless-data logs upstream --position 1152922976252290886 --output more.parquet",
        "kloudless-data audit report box.parquet --output report.html",
    ),
)
@OUTPUT
@FORMAT
@click.option("--since", metavar="TIME", help="Only events from this time on.")
@click.option("--position", metavar="TEXT", help="Where an earlier run ended (Box, Dropbox).")
@click.option("--limit", type=WholeNumberFrom(min=1), help="Write at most this many events.")
@click.option("--service", metavar="NAME", help="The service; default: the account's.")
@csv_options
@FORCE
@of_account
@JSON
@DEBUG
def logs_upstream(
    account: Account,
    output: str,
    format: str | None,
    since: str | None,
    position: str | None,
    limit: int | None,
    service: str | None,
    force: bool,
    as_json: bool,
    **csv: Any,
) -> None:
    """Write a service's own activity log, read through the pass-through API.

    For administrators' accounts of Box, Google Drive, Dropbox, OneDrive and SharePoint. The events
    have the same columns as those of `logs import`.
    """
    events = account.upstream_events(since, position=position, limit=limit, service=service)
    manifest = events.export(output, format_of(output, format), force=force, **csv)
    show_manifest(manifest, output, "events", as_json)
    if manifest.cursor_to is not None and not as_json:
        echo(f"continue next time with: --position {one_line(manifest.cursor_to)}")


def say_what_was_left(log: LogStream, damaged_file: str | None = None) -> None:
    """Report on standard error which parts of the log are not among the events.

    Parameters
    ----------
    log : LogStream
        It was read to its end.
    damaged_file : str, optional
        The file with the damaged records.
    """
    for one in log.unreadable[:_LISTED]:
        echo(f"unreadable: {one_line(one.name)}: {one.reason}", err=True)
    if log.unreadable:
        more = len(log.unreadable) - _LISTED
        also = f"{count(more, 'more file')} could not be read. " if more > 0 else ""
        echo(f"{also}Check that you may read them, unpack archives, and import again.", err=True)
    empty = [one for one in log.inputs if one.format == "empty"]
    for some, what in ((log.unrecognised, "not a known log"), (empty, "empty")):
        names = [one_line(one.name) for one in some]
        if names:
            files = count(len(names), "file")
            others = ", …" if len(names) > _NAMED else ""
            echo(f"{what}: {files}: {', '.join(names[:_NAMED])}{others}", err=True)
    if log.unknown:
        events, (word, _) = sum(log.unknown.values()), log.unknown.most_common(1)[0]
        words = count(len(log.unknown), "unknown word")
        echo(
            f"not understood: {count(events, 'event')} with {words}, such as {one_line(word)}",
            err=True,
        )
    timeless = sum(one.timeless for one in log.inputs)
    if timeless:
        echo(f"without a readable time: {count(timeless, 'event')}", err=True)
    if log.damaged_count:
        kept = "" if damaged_file is None else f", in {damaged_file}"
        first_one = log.damaged[0]
        echo(
            f"damaged: {count(log.damaged_count, 'record')}{kept}; the first is "
            f"{first_one.place} of {one_line(first_one.file)}: {first_one.reason}",
            err=True,
        )


@logs_group.command("formats", epilog=examples("kloudless-data logs formats"))
@output_options
def logs_formats(output: Output) -> None:
    """List the known formats."""
    import pandas as pd

    from ..logs import specs

    rows = sorted((spec.name, spec.title) for spec in specs())
    output.show(pd.DataFrame(rows, columns=["format", "title"]), None, "formats")
