"""The organisation that ``demo`` and ``sandbox --organisation`` simulate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..sandbox.organisation import Organisation

__all__ = ["organisation"]

_INCIDENTS = ("mass_deletion", "ransomware_rename", "external_sharing", "permission_escalation",
              "failed_logins_then_success")  # fmt: skip
_NEAR_MISSES = ("quarter_end_cleanup", "forgotten_password", "time_zone_trip")


def organisation(seed: int, people: int, days: int, *, incidents: bool) -> Organisation:
    """Return months of an organisation's activity.

    Parameters
    ----------
    seed : int
        The same seed gives the same history.
    people, days : int
    incidents : bool
        Hide incidents in it, and innocent activity that looks similar.

    Returns
    -------
    Organisation
    """
    from ..sandbox.organisation import Organisation

    return Organisation(
        seed=seed,
        people=people,
        days=days,
        incidents=_INCIDENTS if incidents else (),
        near_misses=_NEAR_MISSES if incidents else (),
    )
