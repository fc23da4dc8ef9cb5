"""Organisations that several tests of the audit share."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from kloudless_data.sandbox.organisation import Organisation

__all__ = ["organisation_of"]


@lru_cache(maxsize=8)  # thirty megabytes each
def organisation_of(
    seed: int, *kinds: str, people: int = 40, days: int = 100
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Timestamp]:
    """Return events, labels and the end of an organisation."""
    made = Organisation(seed=seed, people=people, days=days, incidents=kinds)
    return made.frame(), made.labels(), pd.Timestamp(made.end, unit="us", tz="UTC")
