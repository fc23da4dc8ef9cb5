"""Show times in the zone of ``configuration["time_zone"]``."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from ..config import configuration
from ..schema.times import Interval, parse_zone

__all__ = ["at_wall_time", "in_zone", "shown_interval", "shown_time", "zone_name"]


def shown_time(moment: datetime, zone: str | None = None, *, timespec: str = "minutes") -> str:
    """Return a moment as text for people, to the minute.

    Parameters
    ----------
    moment : datetime
        With a time zone.
    zone : str, optional
        The zone to show it in. Defaults to ``configuration["time_zone"]``.
    timespec : str
        The precision, as for `datetime.isoformat`.

    Returns
    -------
    str
        With its offset, unless the zone is UTC.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 5, 12, tzinfo=UTC)
    >>> shown_time(noon), shown_time(noon, "Asia/Tokyo")
    ('2026-03-05 12:00', '2026-03-05 21:00+09:00')
    """
    name = configuration["time_zone"] if zone is None else zone
    text = in_zone(moment, name).isoformat(sep=" ", timespec=timespec)
    return text.removesuffix("+00:00") if name == "UTC" else text


def in_zone(moment: datetime, zone: str | None = None) -> datetime:
    """Return a moment as clocks show it in a zone, by default in the configured one.

    Parameters
    ----------
    moment : datetime
        A time with a time zone.
    zone : str, optional
        The zone's name. Defaults to ``configuration["time_zone"]``.

    Examples
    --------
    >>> in_zone(datetime(2026, 3, 5, 12, tzinfo=UTC), "Asia/Tokyo").hour
    21
    """
    there = _zone(zone)
    try:
        if there is None:
            return datetime.fromtimestamp(moment.timestamp()).astimezone()
        return moment.astimezone(there)
    except (OverflowError, ValueError):  # the first and the last hours that a datetime can hold
        return moment


def at_wall_time(wall: datetime, zone: str | None = None) -> datetime:
    """Return the first moment, in UTC, at which clocks in a zone show a time.

    Parameters
    ----------
    wall : datetime
        Without a time zone.
    zone : str, optional
        As for `shown_time`.

    Examples
    --------
    >>> at_wall_time(datetime(2026, 3, 5), "Asia/Tokyo").isoformat()
    '2026-03-04T15:00:00+00:00'
    """
    there = _zone(zone)
    try:
        return wall.replace(tzinfo=there).astimezone(UTC)
    except (OverflowError, ValueError):
        return wall.replace(tzinfo=UTC)


def _zone(name: str | None) -> tzinfo | None:
    """Return a zone; None for the machine's, which may differ from one moment to another."""
    name = configuration["time_zone"] if name is None else name
    return None if name == "local" else parse_zone(name)


def zone_name() -> str:
    """Return the display name of the configured zone."""
    name: str = configuration["time_zone"]
    return "local time" if name == "local" else name


def shown_interval(interval: Interval) -> str:
    """Return an interval as text for forms and commands.

    Examples
    --------
    >>> from datetime import UTC
    >>> shown_interval(Interval(datetime(2026, 3, 1, tzinfo=UTC), None))
    'from 2026-03-01 00:00 UTC'
    """
    utc = configuration["time_zone"] == "UTC"
    bounds = [
        f"{word} {shown_time(moment)}{' UTC' if utc else ''}"
        for word, moment in (("from", interval.since), ("before", interval.until))
        if moment is not None
    ]
    return ", ".join(bounds) or "any time"
