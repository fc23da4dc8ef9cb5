"""Events in the Open Cybersecurity Schema Framework (OCSF)."""

from __future__ import annotations

from .records import VERSION, OcsfRecords, to_ocsf

__all__ = ["VERSION", "OcsfRecords", "to_ocsf"]
