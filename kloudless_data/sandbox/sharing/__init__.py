"""A simulated organisation's people, groups, items and rights: who can see what, and the truth."""

from .company import Company

__all__ = ["Company"]
