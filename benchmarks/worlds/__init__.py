"""A second simulator of organisations' account activity, to judge the audit by.

The audit was developed against the worlds of `kloudless_data.sandbox`. This one was written by
others, from published descriptions of how people work and attackers act (each module cites its
own), without looking at the audit or at that sandbox. See ``README.md`` beside this file.
"""

from .world import INTENSITIES, KINDS, World

__all__ = ["INTENSITIES", "KINDS", "World"]
