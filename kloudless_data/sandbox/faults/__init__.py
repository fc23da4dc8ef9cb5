"""Faults on demand, between the endpoints and the network."""

from .plan import Fault, FaultPlan, Faults

__all__ = ["Fault", "FaultPlan", "Faults"]
