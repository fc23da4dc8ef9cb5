"""A sixth simulator of organisations' activity logs with labelled incidents.

Its author knew the columns of events and published descriptions of work and of attacks, and read
neither the audit nor how the other simulators make people, incidents and oddities. ``README.md``
beside this file says what is simulated and what is not.
"""

from .case import INTENSITIES
from .world import KINDS, World

__all__ = ["INTENSITIES", "KINDS", "World"]
