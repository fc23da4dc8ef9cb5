from __future__ import annotations

import pandas as pd
import pytest
from organisations import organisation_of


@pytest.fixture(scope="session")
def events() -> pd.DataFrame:
    return organisation_of(30, "mass_deletion", "new_network", people=15, days=60)[0]
