"""`Access.explore`: folders as a tree, with who sees them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..access.access import Access
from .environment import need_widgets, show

if TYPE_CHECKING:
    from .access_form import AccessExplorer

__all__ = ["explore_access"]


def explore_access(access: Access, *, at: datetime | str | None = None) -> AccessExplorer:
    """Show folders as a tree, and who sees the chosen one; see `Access.explore`.

    Parameters
    ----------
    access : Access
        A snapshot.
    at : datetime or str, optional
        The time to show. Defaults to the latest snapshot or update.
    """
    need_widgets("explore")
    from .access_form import AccessExplorer

    picture = access.picture(at)
    lacks = "" if at is not None or access.gaps().empty else access.completeness
    explorer = AccessExplorer(picture, lacks)
    show(explorer)
    return explorer
