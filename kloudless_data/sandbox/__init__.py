"""A local Kloudless API with simulated activity: see `Sandbox`.

It behaves like the real one as far as that is known. In comments, D marks documented facts, S facts
seen in recorded answers or other clients' code, A our assumptions.
"""

from __future__ import annotations

from .faults.plan import FaultPlan
from .sandbox import Sandbox
from .sharing.company import Company
from .world.clock import Clock

__all__ = ["Clock", "Company", "FaultPlan", "Sandbox"]
