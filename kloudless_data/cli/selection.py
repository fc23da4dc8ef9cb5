"""The options that select events."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from ..credentials.kinds import KINDS
from ..display.times import shown_interval
from ..schema.times import parse_interval
from ..text.terminal import one_line
from .echo import echo
from .options import SINCE, UNTIL

if TYPE_CHECKING:
    from ..client import Client
    from ..events.stream import EventStream

__all__ = ["events_of_all", "say_nothing_selected", "selection_options"]


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for filters and columns, and call the command with `selection`.

    `selection` is a dictionary of keywords of `Account.events`.
    """

    @functools.wraps(command)
    def with_selection(
        *,
        since: Any,
        until: Any,
        types: tuple[str, ...],
        people: tuple[str, ...],
        columns: str | None,
        **others: Any,
    ) -> Any:
        selection = {
            "since": since,
            "until": until,
            "types": types or None,
            "people": people or None,
            "columns": None if columns is None else columns.replace(",", " ").split(),
        }
        return command(selection=selection, **others)

    type_ = click.option(
        "--type", "types", multiple=True, metavar="WORD",
        help="Only events of this kind, such as delete; repeatable.",
    )  # fmt: skip
    person = click.option(
        "--person", "people", multiple=True, metavar="WHO",
        help="Only events by the person with this id, e-mail address or name; repeatable.",
    )  # fmt: skip
    columns = click.option(
        "--columns", metavar="NAMES", help="Only these columns; comma-separated."
    )
    return SINCE(UNTIL(type_(person(columns(with_selection)))))


def say_nothing_selected(selection: Mapping[str, Any]) -> None:
    """Say on standard error that no event is of a selection, unless it selects nothing.

    Parameters
    ----------
    selection : mapping
        What `selection_options` pass.
    """
    types, people = (list(map(one_line, selection[name] or ())) for name in ("types", "people"))
    interval = parse_interval(selection["since"], selection["until"])
    said = [f"of type {' or '.join(types)}"] if types else []
    said += [f"by {' or '.join(people)}"] if people else []
    said += [shown_interval(interval)] if any(interval) else []
    hint = " `events summary --by type` counts the types there are." if types else ""
    if said:
        echo(f"No events {' '.join(said)}.{hint}", err=True)


def events_of_all(client: Client, **options: Any) -> EventStream:
    """Return the activity of all accounts that an API key can see.

    Parameters
    ----------
    client : Client
    **options
        As for `read_events`.

    Returns
    -------
    EventStream
    """
    from ..events import read_events
    from ..listings import list_accounts

    if client.api_key is None:
        raise click.UsageError(f"--all-accounts needs an API key: set {KINDS['api_key'].variable}.")
    accounts = [client.account(id) for id in list_accounts(client)["id"]]
    return read_events(accounts, **options)
