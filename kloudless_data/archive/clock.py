"""The clock that an archive reads when it is given no other."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["utc_now"]


def utc_now() -> datetime:
    """Return this machine's time, UTC."""
    return datetime.now(UTC)
