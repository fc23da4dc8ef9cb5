"""``kloudless-data access``: who can see what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ..text.counts import count
from ..text.terminal import one_line
from .connection import API_KEY, TOKEN, account_of, client_of, server
from .echo import echo
from .numbers import NumberFrom, WholeNumberFrom
from .options import DEBUG, FORCE, JSON, TIME, examples
from .output import Output, output_options

if TYPE_CHECKING:
    from ..access import Report

__all__ = ["access_group"]

_PATH = click.argument("path", metavar="PATH")
_AT = click.option("--at", type=TIME, metavar="TIME", help="Show this time.  [default: the latest]")
_ACTIVITY = click.option(
    "--activity", metavar="ARCHIVE", help="An archive of the accounts' activity: who did it, when."
)


@click.group("access")
def access_group() -> None:
    """Read, explain, review and update who can see what."""


def _reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of commands that read from the server."""
    for option in (
        DEBUG,
        JSON,
        server,
        API_KEY,
        TOKEN,
        click.option("--moved", is_flag=True,
                     help="Accept another server than before: it has moved."),
        click.option("--max-requests", type=WholeNumberFrom(min=1),
                     help="Send at most this many requests; the next call continues."),
        click.option("--ask-all", is_flag=True,
                     help="Request the permissions of every item, whatever the service says."),
    ):  # fmt: skip
        command = option(command)
    return _PATH(command)


@access_group.command(
    "snapshot",
    epilog=examples(
        "kloudless-data access snapshot access",
        "kloudless-data access snapshot access --max-requests 10000",
    ),
)
@_reading_options
def access_snapshot(path: str, ask_all: bool, max_requests: int | None, moved: bool,
                    as_json: bool, **credential: Any) -> int:  # fmt: skip
    """Read users, groups, items, permissions and links of administrators' accounts into PATH.

    An interrupted snapshot continues where it stopped.
    """
    access, ask = _access(path), "all" if ask_all else "marked"
    return _print_report(
        lambda: access.snapshot(
            _client(**credential), ask=ask, max_requests=max_requests, moved=moved
        ),
        as_json,
    )


@access_group.command(
    "update",
    epilog=examples(
        "kloudless-data access update access", "kloudless-data access update access --full-every 30"
    ),
)
@_reading_options
@click.option("--full-every", type=NumberFrom(min=0), default=7.0, show_default=True,
              metavar="DAYS", help="Read everything again after this many days.")  # fmt: skip
def access_update(path: str, ask_all: bool, max_requests: int | None, full_every: float,
                  moved: bool, as_json: bool, **credential: Any) -> int:  # fmt: skip
    """Read again what has changed since the last time, according to the activity."""
    access, ask = _access(path), "all" if ask_all else "marked"
    return _print_report(
        lambda: access.update(
            _client(**credential),
            full_every=full_every,
            ask=ask,
            max_requests=max_requests,
            moved=moved,
        ),
        as_json,
    )


@access_group.command(
    "who",
    epilog=examples(
        "kloudless-data access who access FILE_ID",
        "kloudless-data access who access /Budgets/2026.xlsx",
    ),
)
@_PATH
@click.argument("item", metavar="ITEM")
@click.option("--account", metavar="ID", help="The account, if several have such an item.")
@_AT
@output_options
def access_who(
    path: str, item: str, account: str | None, at: datetime | None, output: Output
) -> None:
    """Show who can see ITEM (the id or location of a file or folder), and which right lets them."""
    frame = _access(path).who_can_see(item, account=account, at=at)
    output.show(frame, ["person", "state", "right", "chain"], "rights")


@access_group.command(
    "what", epilog=examples("kloudless-data access what access ada@example.com --limit 50")
)
@_PATH
@click.argument("person", metavar="PERSON")
@click.option("--limit", type=WholeNumberFrom(min=1), help="Show at most this many.")
@_AT
@output_options
def access_what(
    path: str, person: str, limit: int | None, at: datetime | None, output: Output
) -> None:
    """Show what PERSON (an e-mail address or a user's id) can see, and which right lets them."""
    frame = _access(path).what_can_see(person, limit=limit, at=at)
    output.show(frame, ["location", "right", "chain"], "rights")
    if frame.empty:
        echo(f"no right and no link lets {one_line(person)} see anything: check the name", err=True)


@access_group.command("gaps", epilog=examples("kloudless-data access gaps access"))
@_PATH
@output_options
def access_gaps(path: str, output: Output) -> None:
    """List what is missing: what could not be read, and what has not been read yet."""
    output.show(_access(path).gaps(), ["account", "kind", "key", "answered", "reason"], "gaps")


@access_group.command(
    "findings", epilog=examples("kloudless-data access findings access --activity activity")
)
@_PATH
@_ACTIVITY
@_AT
@output_options
def access_findings(path: str, activity: str | None, at: datetime | None, output: Output) -> int:
    """List the findings. Exits 1 if any is of high severity."""
    frame = _access(path).findings(activity=_archive(activity), at=at)
    shown = ["severity", "rule", "person", "sentence"]
    output.show(frame, shown, "findings")
    return int((frame["severity"] == "high").any())


@access_group.command(
    "diff", epilog=examples("kloudless-data access diff access --since 2026-03-01")
)
@_PATH
@click.option("--since", type=TIME, required=True, metavar="TIME", help="The time to compare with.")
@_ACTIVITY
@output_options
def access_diff(path: str, since: datetime, activity: str | None, output: Output) -> None:
    """List what was granted, widened, narrowed and revoked since a time."""
    frame = _access(path).diff(since, activity=_archive(activity))
    shown = ["change", "whom", "name", "location", "before", "after", "by"]
    output.show(frame, shown, "changes")


@access_group.command(
    "report", epilog=examples("kloudless-data access report access --output access.html")
)
@_PATH
@click.option("--output", "-o", required=True, metavar="PATH",
              help="An .html, .md or .json file.")  # fmt: skip
@_ACTIVITY
@FORCE
@DEBUG
def access_report(path: str, output: str, activity: str | None, force: bool) -> None:
    """Write a report: what was and was not read, the findings, and who has which rights."""
    made = _access(path).report(output, activity=_archive(activity), force=force)
    counts = ", ".join(f"{number} {severity}" for severity, number in made.counts.items())
    echo(f"{count(made.summary['items'], 'item')}; findings: {counts}; in {output}")
    echo(made.completeness)


@access_group.command(
    "review",
    epilog=examples(
        "kloudless-data access review access --output review.xlsx",
        "kloudless-data access review access --read review.xlsx",
    ),
)
@_PATH
@click.option("--by", type=click.Choice(["owner", "whom"]), default="owner", show_default=True,
              help="A sheet for each owner, or for each person or group with rights.")  # fmt: skip
@click.option("--read", metavar="PATH", help="List the requests that its decisions require.")
@output_options
def access_review(path: str, by: str, read: str | None, output: Output) -> None:
    """Write a workbook for an access review, or read the decisions in one.

    Without --read, --output is the workbook to be filled in. Nothing is revoked: --read only lists
    the requests that would do so.
    """
    access = _access(path)
    if read is not None:
        from ..access import read_review

        output.show(access.revocations(read_review(read)), None, "requests")
        return
    if output.path is None or output.format != "xlsx":
        raise click.UsageError(
            "Give --output to write a workbook (.xlsx), or --read to read a filled-in one."
        )
    rights = access.to_excel(output.path, by=by, force=output.force)
    echo(f"{count(rights, 'right')} in {output.path}")


def _access(path: str) -> Any:
    from ..access import Access

    return Access(path)


def _archive(path: str | None) -> Any:
    from ..archive import Archive

    return None if path is None else Archive(path)


def _client(
    token: str | None, api_key: str | None, base_url: str | None, api_version: str | None
) -> Any:
    """Return the account of a token, or the client of an API key, which covers all accounts."""
    if api_key:
        return client_of(None, api_key, base_url, api_version)
    return account_of(token, None, None, base_url, api_version)


def _print_report(read: Callable[[], Report], as_json: bool) -> int:
    """Read, and print the result; return the exit status."""
    import json

    from ..access.gaps import counted

    try:
        report = read()
    except KeyboardInterrupt:
        echo("Interrupted. What was read is kept; run it again to continue.", err=True)
        return 130
    if as_json:
        echo(json.dumps(vars(report), indent=2))
        return int(not report.ok)
    units = counted(dict(sorted(report.units.items())))
    echo(f"{count(report.requests, 'request')}: {units or 'nothing new'}")
    for name, why in report.failures.items():
        echo(f"could not be read: {name}: {why}", err=True)
    for account, why in report.due.items():
        echo(f"account {account} needs a full pass: {why}", err=True)
    if report.left:
        echo(f"At least {report.left:,} more are left; run it again to continue.", err=True)
    return int(not report.ok)
