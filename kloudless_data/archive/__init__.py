"""An archive of many accounts' activity: every event once, and a ledger of what was covered."""

from .archive import Archive
from .report import SyncReport

__all__ = ["Archive", "SyncReport"]
