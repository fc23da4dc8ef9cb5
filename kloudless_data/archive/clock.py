"""The default clock of an archive."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["utc_now"]


def utc_now() -> datetime:
    """Return this machine's time in UTC."""
    return datetime.now(UTC)
