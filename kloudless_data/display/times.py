"""Show times in the zone of ``configuration["time_zone"]``."""

from __future__ import annotations

from datetime import datetime

from ..config import configuration
from ..schema.times import Interval, parse_zone

__all__ = ["shown_interval", "shown_time"]


def shown_time(moment: datetime, zone: str | None = None) -> str:
    """Return a moment as text for people, to the minute.

    Parameters
    ----------
    moment : datetime
        With a time zone.
    zone : str, optional
        The zone to show it in. Defaults to ``configuration["time_zone"]``.

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
    text = _local(moment, name).isoformat(sep=" ", timespec="minutes")
    return text.removesuffix("+00:00") if name == "UTC" else text


def _local(moment: datetime, name: str) -> datetime:
    if name == "local":  # the machine's zone, whose offset may vary over time
        return datetime.fromtimestamp(moment.timestamp()).astimezone()
    return moment.astimezone(parse_zone(name))


def shown_interval(interval: Interval) -> str:
    """Return an interval as forms and commands show it.

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
