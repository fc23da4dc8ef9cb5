"""Who somebody is in the log."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Identity"]


@dataclass(eq=False)
class Identity:
    """An id, a name and an address."""

    id: str
    name: str
    email: str
