"""Verbs of a lower layer whose work a higher layer does: `Archive.access`, `Access.explore`.

Imports run in one direction, so an archive cannot import what is built on it. It asks here, and the
package's root, which stands above all layers, says who does the work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["done_by", "supply"]

_WORK: dict[str, Callable[..., Any]] = {}


def supply(verb: str, work: Callable[..., Any]) -> None:
    """Say what a verb does.

    Parameters
    ----------
    verb : str
        Such as ``"Archive.access"``.
    work : callable
        Is called with the object and the verb's arguments.
    """
    _WORK[verb] = work


def done_by(verb: str) -> Callable[..., Any]:
    """Return what does a verb's work."""
    return _WORK[verb]
