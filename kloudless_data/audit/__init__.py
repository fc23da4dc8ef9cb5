"""The audit: what happened, what stands out and why, and for what nothing can be said."""

from .find import find
from .finding import SEVERITIES, Finding
from .ocsf import OcsfRecords, to_ocsf
from .own import FrameRule, SqlRule, register, rule
from .profile import Profile, profile
from .report import Report, report
from .rules import RULES, Rule

__all__ = [
    "RULES",
    "SEVERITIES",
    "Finding",
    "FrameRule",
    "OcsfRecords",
    "Profile",
    "Report",
    "Rule",
    "SqlRule",
    "find",
    "profile",
    "register",
    "report",
    "rule",
    "to_ocsf",
]
