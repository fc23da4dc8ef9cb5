"""A local Kloudless API with simulated activity: see `Sandbox`.

It behaves like the real one as far as that is known. In comments, D marks what is documented, S
what was seen in recorded answers or in other clients' code, A what we assume.
"""

from __future__ import annotations

from .faults.plan import FaultPlan
from .sandbox import Sandbox
from .sharing.company import Company
from .world.clock import Clock

__all__ = ["Clock", "Company", "FaultPlan", "Sandbox"]
