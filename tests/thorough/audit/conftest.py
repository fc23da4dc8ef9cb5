from __future__ import annotations

import pandas as pd
import pytest
from organisations import organisation_of

from kloudless_data import audit


@pytest.fixture(scope="session")
def events() -> pd.DataFrame:
    return organisation_of(30, "mass_deletion", "new_network", people=15, days=60)[0]


@pytest.fixture(scope="session")
def findings(events: pd.DataFrame) -> pd.DataFrame:
    """What all rules find in them. Tests must not change it."""
    return audit.find(events, progress=False)
