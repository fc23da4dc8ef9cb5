"""The audit: what happened, what stands out and why, and what remains unknown."""

from .audit import Audit, find, report
from .document import Cover
from .findings import SEVERITIES, Finding
from .marks import Mark, read_marks, write_marks
from .ocsf import OcsfRecords, to_ocsf
from .profile import Profile, profile
from .report import Report
from .rules import RULES, Rule
from .rules.custom import FrameRule, SqlRule, rule
from .rules.table import REMEDY
from .sources import EventSource

__all__ = [
    "RULES",
    "SEVERITIES",
    "Audit",
    "Cover",
    "EventSource",
    "Finding",
    "FrameRule",
    "Mark",
    "OcsfRecords",
    "Profile",
    "Report",
    "Rule",
    "SqlRule",
    "find",
    "profile",
    "read_marks",
    "report",
    "rule",
    "to_ocsf",
    "write_marks",
]


def __getattr__(name: str) -> object:
    if name == "register":  # a rule that it added ran in the audits of the whole process
        raise AttributeError(f"Rules are no longer registered. {REMEDY}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
