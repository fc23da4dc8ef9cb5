"""``kloudless-data events follow``: print new events as they happen."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage, not_written
from ..text.files import read_small
from ..text.terminal import json_for_terminal
from ..util import one_line
from .connection import API_KEY, TOKEN, account_of, client_of, server
from .echo import echo
from .numbers import WholeNumberFrom
from .options import DEBUG, DURATION, examples, refuse_together
from .selection import events_of_all, selection_options

if TYPE_CHECKING:
    from ..events import EventReader, EventStream
    from ..events.reader import EventPage

__all__ = ["events_follow"]


@click.command(
    "follow",
    epilog=examples(
        "kloudless-data events follow",
        "kloudless-data events follow --new --type delete --every 1m",
        "kloudless-data events follow --all-accounts --positions seen.json >> activity.jsonl",
    ),
)
@click.option("--cursor", help="Where to begin. Defaults to the oldest event kept.")
@click.option("--new", is_flag=True, help="Begin with events from now on.")
@click.option(
    "--positions",
    metavar="FILE",
    help="Begin at the positions in this file, and update it after printing; created if missing.",
)
@click.option(
    "--every",
    type=DURATION,
    default="15s",
    show_default=True,
    metavar="TIME",
    help="Polling interval if there is nothing new: 30s, 1m.",
)
@click.option("--limit", type=WholeNumberFrom(min=1), help="End after this many events.")
@selection_options
@click.option("--account", metavar="ID", help="The account to use with an API key.")
@click.option("--all-accounts", "every_account", is_flag=True,
              help="All accounts of the application, with an API key.")  # fmt: skip
@TOKEN
@API_KEY
@server
@DEBUG
def events_follow(
    cursor: str | None,
    new: bool,
    positions: str | None,
    every: timedelta,
    limit: int | None,
    selection: dict[str, Any],
    account: str | None,
    every_account: bool,
    token: str | None,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
) -> None:
    """Print events as they happen, as JSON, one per line. Ctrl-C ends it.

    Each line is the event as the server sent it, or with --columns only those columns. Waits out
    transient failures (a lost connection, a server that is down). With --positions, a later call
    continues where this one ended, however it ended; the last events may then be repeated.
    """
    refuse_together(cursor=cursor, new=new, positions=positions)
    if every_account and (cursor is not None or limit is not None or account is not None):
        raise click.UsageError("--all-accounts excludes --account, --cursor and --limit.")
    kept = None if positions is None else Positions(positions)
    options = {"follow": every, "progress": False, **selection}
    if every_account:
        client = client_of(None, api_key, base_url, api_version)
        stream = events_of_all(client, **options)
    else:
        one = account_of(token, api_key, account, base_url, api_version)
        stream = one.events(cursor=cursor, limit=limit, **options)
    begin = None
    if kept is not None:
        begin = kept.read(stream.begin)
        kept.write(begin)  # where it cannot be written, before anything is printed
    if new:
        begin = {source: _now(stream, source) for source in stream.accounts}
    _print(stream, stream.read(begin), kept, as_rows=selection["columns"] is not None)


def _print(
    stream: EventStream, reader: EventReader, kept: Positions | None, *, as_rows: bool
) -> None:
    """Print events until interrupted, and say how to continue."""
    try:
        with contextlib.closing(reader.pages(empty=kept is not None)) as pages:
            for page in pages:
                for line in _lines(stream, page, as_rows):
                    echo(line)
                if kept is not None:
                    kept.write(reader.positions)
    except KeyboardInterrupt:
        if reader.latest_cursor is not None and kept is None:
            at = one_line(reader.latest_cursor)
            echo(f"continue with: --cursor {at}", err=True)


def _lines(stream: EventStream, page: EventPage, as_rows: bool) -> Iterator[str]:
    """Yield the events of a page as JSON that cannot control a terminal."""
    if as_rows:
        for row in stream.decode(page).to_pylist():
            yield json_for_terminal(json.dumps(row, ensure_ascii=False, default=_iso))
        return
    from ..decode import split_objects

    for text in split_objects(page.envelope)[: page.rows]:
        yield json_for_terminal(text.decode(errors="backslashreplace"))


def _iso(value: Any) -> str:
    return str(value.isoformat())


def _now(stream: EventStream, source: str) -> str | None:
    """Return the position after everything that has already happened."""
    latest = stream.accounts[source].get(f"{stream.path}/latest").data
    cursor = latest.get("cursor") if isinstance(latest, dict) else None
    return None if cursor is None else str(cursor)


class Positions:
    """A file with the position from which each account continues."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser()

    def read(self, begin: Mapping[str, str | None]) -> dict[str, str | None]:
        """Return the positions to begin at; accounts missing from the file begin as usual."""
        try:
            found = json.loads(read_small(self._path))
            if not isinstance(found, dict):
                raise ValueError("it is not an object")
        except FileNotFoundError:
            return dict(begin)
        except (OSError, ValueError) as error:
            raise click.UsageError(
                f"{one_line(str(self._path))} is not a file of positions ({one_line(str(error))}). "
                "Name another one, or remove it to begin with the oldest event that is kept."
            ) from None
        kept = {str(source): None if at is None else str(at) for source, at in found.items()}
        return {source: kept.get(source, at) for source, at in begin.items()}

    def write(self, positions: Mapping[str, str | None]) -> None:
        """Replace the file in one step."""
        try:
            with AtomicFile(*Storage.of(self._path)) as file:
                file.write(f"{json.dumps(positions, indent=2)}\n".encode())
        except OSError as error:
            raise not_written(one_line(str(self._path)), error) from None
