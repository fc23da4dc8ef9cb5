"""Methods of a lower layer that a higher layer implements: `Archive.access`, `Access.explore`.

Imports run in one direction, so an archive cannot import what is built on it. It looks up the
function here, where the package's root, which stands above all layers, has registered it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["done_by", "supply"]

_WORK: dict[str, Callable[..., Any]] = {}


def supply(verb: str, work: Callable[..., Any]) -> None:
    """Register the function for a verb.

    Parameters
    ----------
    verb : str
        Such as ``"Archive.access"``.
    work : callable
        Called with the object and the verb's arguments.
    """
    _WORK[verb] = work


def done_by(verb: str) -> Callable[..., Any]:
    """Return the function for a verb."""
    return _WORK[verb]
