"""Who can see what: read from the services, explained, reviewed and kept current."""

from .access import Access
from .levels import LEVELS
from .outcome import Report
from .report import AccessReport
from .review import read_review

__all__ = ["LEVELS", "Access", "AccessReport", "Report", "read_review"]
