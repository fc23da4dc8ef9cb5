"""A simulated organisation's people, groups, items and rights, with the ground truth."""

from .company import Company

__all__ = ["Company"]
