"""Who can see what: read from the services, explained, reviewed and kept current."""

from .access import Access
from .levels import LEVELS
from .snapshot import Report

__all__ = ["LEVELS", "Access", "Report"]
