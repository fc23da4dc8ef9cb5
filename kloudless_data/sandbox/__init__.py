"""A local Kloudless API with simulated activity: see `Sandbox`.

Its behaviour follows what is known of the real one: D in a comment marks what is documented, S what
was seen in recorded answers or in other clients' code, A what is our assumption.
"""

from __future__ import annotations

from .faults.plan import FaultPlan
from .sandbox import Sandbox
from .sharing.company import Company
from .world.clock import Clock

__all__ = ["Clock", "Company", "FaultPlan", "Sandbox"]
