"""What an import does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["schema.columns", "schema.times", "events.protocol"])
def test_importing_does_not_load_pyarrow(module):
    code = f"import sys, kloudless_data.{module}; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
