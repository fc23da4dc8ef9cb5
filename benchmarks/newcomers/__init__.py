"""A fourth simulator of organisations' activity logs with labelled incidents.

Its author knew the columns of events and published descriptions of how people work and how
attacks go, and read neither the audit nor the other simulators' incidents. ``README.md`` beside
this file says what is simulated and what is not.
"""

from .case import INTENSITIES
from .world import KINDS, World, organisations

__all__ = ["INTENSITIES", "KINDS", "World", "organisations"]
