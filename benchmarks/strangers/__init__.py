"""A third simulator of organisations' account activity, written by a stranger to the audit.

Its author read neither the audit nor the sandbox's organisations nor the code of
`benchmarks.worlds`, only the columns of events; what it simulates comes from published
descriptions, which each module cites. ``README.md`` beside this file says what it leaves out.
"""

from .incidents import INTENSITIES
from .world import KINDS, World, organisations

__all__ = ["INTENSITIES", "KINDS", "World", "organisations"]
