"""``kloudless-data sandbox`` and ``kloudless-data demo``: a server to try things on."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ..credentials.kinds import API_KEY, META_TOKEN, TOKEN
from ..text.counts import count
from .echo import echo
from .incidents import organisation as simulate
from .numbers import NUMBER, PORT, WHOLE_NUMBER, NumberFrom, WholeNumberFrom
from .options import DEBUG, FORCE, JSON, examples
from .stopping import StopSignals

if TYPE_CHECKING:
    from ..sandbox import Sandbox

__all__ = ["demo", "sandbox"]

_DAYS = 60
_TICK = 0.5  # seconds between two steps of a running clock


_SEED = click.option(
    "--seed",
    type=WHOLE_NUMBER,
    default=7,
    show_default=True,
    help="The same seed gives the same history.",
)


@click.command(
    epilog=examples(
        "kloudless-data sandbox",
        "kloudless-data sandbox --seed 3 --accounts 20 --events 100000 --unlimited --json",
        "kloudless-data sandbox --organisation 25 --incidents",
        "kloudless-data sandbox --company 20 --items 500 --service sharepoint --speed 600",
        "kloudless-data sandbox --faults 1",
    )
)
@_SEED
@click.option("--accounts", type=WholeNumberFrom(min=1), default=5, show_default=True,
              help="How many accounts the application has.")  # fmt: skip
@click.option(
    "--events",
    type=WholeNumberFrom(min=0),
    default=10_000,
    show_default=True,
    help="Events per account.",
)
@click.option(
    "--span",
    type=NUMBER,
    default=24.0,
    show_default=True,
    help="Hours over which the events are spread.",
)
@click.option(
    "--unlimited", is_flag=True, help="Keep all events, not just 10,000 of the last 24 hours."
)
@click.option(
    "--organisation",
    type=WholeNumberFrom(5, 5_000),
    metavar="PEOPLE",
    help="Add an administrator account for this many people, with 60 days of activity, all of it "
    "kept. The printed token belongs to this account.",
)
@click.option("--incidents", is_flag=True, help="Hide incidents in the organisation's activity.")
@click.option(
    "--company",
    type=WholeNumberFrom(5, 5_000),
    metavar="PEOPLE",
    help="Add an administrator account of this many people with groups, folders, files, rights and "
    "links, for `kloudless-data access`. The printed token belongs to this account.",
)
@click.option("--items", type=WholeNumberFrom(10, 1_000_000),
              help="The company's folders and files.  [default: 2000]")  # fmt: skip
@click.option("--service", metavar="NAME",
              help="The company's service: box, dropbox, gdrive, onedrivebiz, sharepoint or "
              "egnyte.  [default: box]")  # fmt: skip
@click.option("--speed", type=NumberFrom(min=0), default=0.0,
              help="Let the clock run this many times as fast as yours, so that the company "
              "changes. By default it stands still.")  # fmt: skip
@click.option(
    "--port",
    type=PORT,
    default=0,
    show_default=True,
    help="The port; 0 picks a free one.",
)
@click.option(
    "--faults",
    type=WHOLE_NUMBER,
    metavar="SEED",
    help="Make every third request fail: 429, 5xx, broken connections, damaged JSON. "
    "The same seed gives the same faults.",
)
@JSON
@DEBUG
def sandbox(
    seed: int,
    accounts: int,
    events: int,
    span: float,
    unlimited: bool,
    organisation: int | None,
    incidents: bool,
    company: int | None,
    items: int | None,
    service: str | None,
    speed: float,
    port: int,
    faults: int | None,
    as_json: bool,
) -> None:
    """Run a local Kloudless server with simulated activity, until Ctrl-C."""
    from ..sandbox import FaultPlan, Sandbox

    if incidents and organisation is None:
        raise click.UsageError("--incidents needs --organisation PEOPLE.")
    unlimited = unlimited or organisation is not None
    simulated: list[Any] = []
    if organisation is not None:
        simulated.append(simulate(seed, organisation, _DAYS, incidents=incidents))
    if company is not None:
        simulated.append(_company(seed, company, items, service))
    elif items or service:
        raise click.UsageError("--items and --service need --company PEOPLE.")
    plan = None if faults is None else FaultPlan.transport(faults)
    kept: dict[str, Any] = {"retention_events": None, "retention_hours": None} if unlimited else {}
    sandbox = Sandbox(
        seed=seed, accounts=accounts, events=events, span=span, port=port, faults=plan,
        organisations=simulated, **kept,
    )  # fmt: skip
    with StopSignals() as stop, _started(sandbox) as running:
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
        chosen = -1 if simulated else 0
        echo(json.dumps(described) if as_json else _as_exports(described, chosen))
        if not as_json:
            echo(_of_its_time(running.clock.now))
        sys.stdout.flush()
        while not stop.wait(_TICK if speed else float("inf")):
            running.clock.advance(hours=speed * _TICK / 3600)


@contextlib.contextmanager
def _started(sandbox: Sandbox) -> Iterator[Sandbox]:
    """Start a sandbox, or say why it cannot listen; stop it in the end."""
    try:
        sandbox.start()
    except OSError as error:
        raise click.ClickException(str(error.strerror)) from None
    try:
        yield sandbox
    finally:
        sandbox.stop()


def _company(seed: int, people: int, items: int | None, service: str | None) -> Any:
    """Return a company, or say in the words of the command line what is wrong."""
    from ..sandbox import Company

    given: dict[str, Any] = {"items": items, "service": service}
    try:
        return Company(seed, people, **{name: one for name, one in given.items() if one})
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _as_exports(described: dict[str, Any], number: int) -> str:
    """Return lines to paste into a shell; the credentials give access to simulated data only."""
    chosen = described["accounts"][number]
    # Only version 2 reports what administrator accounts see.
    version = "export KLOUDLESS_API_VERSION=2\n" if number else ""
    return (
        f"export KLOUDLESS_BASE_URL={described['base_url']}\n"
        f"export {TOKEN.variable}={chosen['token']}"
        f"  # {chosen['service']}, account {chosen['id']}\n"
        f"export {API_KEY.variable}={described['api_key']}\n"
        f"export {META_TOKEN.variable}={described['meta_token']}\n"
        f"{version}"
        f"# application {described['app_id']}, {count(len(described['accounts']), 'account')}; "
        "--json lists all tokens. Ctrl-C stops the server."
    )


def _of_its_time(now: datetime) -> str:
    """Return a note that the simulated activity is not of today."""
    return (
        f"# Its activity ends at {now:%Y-%m-%d %H:%M} UTC, so name dates: "
        f"--since {now - timedelta(days=1):%Y-%m-%d} instead of 24h."
    )


@click.command(epilog=examples("kloudless-data demo", "kloudless-data demo --output /tmp/demo"))
@click.option(
    "--output",
    default="kloudless-demo",
    show_default=True,
    metavar="DIR",
    help="The folder to write to. Files of an earlier demo there are replaced.",
)
@_SEED
@FORCE
@DEBUG
def demo(output: str, seed: int, force: bool) -> None:
    """Start a local server, write a week of its activity to files, and audit an organisation."""
    from .demo import run

    run(output, seed=seed, force=force)
