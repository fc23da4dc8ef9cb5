"""Options that many commands share: times, retention, time zone, debugging."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import click

from ..config import configuration
from ..exceptions import InvalidParameter
from ..schema.times import parse_duration, parse_time
from ..util import logger
from .numbers import NumberFrom, WholeNumberFrom

__all__ = [
    "DEBUG",
    "DURATION",
    "FORCE",
    "JSON",
    "SINCE",
    "TIME",
    "TIME_ZONE",
    "UNTIL",
    "Command",
    "examples",
    "refuse_together",
    "retention_options",
]

Command = TypeVar("Command", bound=Callable[..., Any])


def examples(*lines: str) -> str:
    r"""Return the examples that end a help text; ``\b`` keeps click from joining lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def refuse_together(**given: Any) -> None:
    """Refuse options that exclude one another.

    Parameters
    ----------
    **given
        The options' values by their names, with ``_`` for ``-``; None and False are not given.
    """
    names = [
        "--" + name.replace("_", "-")
        for name, value in given.items()
        if value is not None and value is not False
    ]
    if len(names) > 1:
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        raise click.UsageError(f"{listed} exclude each other. Give only one of them.")


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
FORCE = click.option("--force", is_flag=True, help="Replace existing files.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
TIME_ZONE = click.option(
    "--time-zone",
    expose_value=False,
    callback=_time_zone,
    metavar="NAME",
    help="Show times in tables in this zone, such as Europe/Berlin or local.  [default: UTC]",
)
DEBUG = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_debug,
    help="Print each request, and the traceback of an error.",
)


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
        "--retention-hours", type=NumberFrom(min=0),
        help="Hours for which the server keeps events; 0: forever.  [default: 24]",
    )  # fmt: skip
    events = click.option(
        "--retention-events", type=WholeNumberFrom(min=0),
        help="Events that the server keeps per account; 0: all.  [default: 10,000]",
    )  # fmt: skip
    tolerance = click.option(
        "--tolerance-hours", type=NumberFrom(min=0),
        help="Allowance in hours for late events and a wrong server clock.  [default: 1]",
    )  # fmt: skip
    return hours(events(tolerance(with_retention)))
