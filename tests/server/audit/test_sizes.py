"""Organisations of five people and of five thousand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

import pandas as pd
import pytest
from repeats import some

from kloudless_data import audit
from kloudless_data.sandbox.organisation import Organisation
from kloudless_data.sandbox.organisation.incidents import INCIDENTS
from kloudless_data.sandbox.organisation.near_misses import NEAR_MISSES


def found_in(organisation: Organisation) -> pd.DataFrame:
    until = pd.Timestamp(organisation.end, unit="us", tz="UTC")
    return audit.find(organisation.frame(), until=until)


@pytest.mark.parametrize("kind", some(4, INCIDENTS))
def test_every_incident_is_found_among_five_people(kind: str) -> None:
    organisation = Organisation(seed=61, people=5, days=100, incidents=[kind])
    (label,) = organisation.labels().itertuples()
    found = found_in(organisation)
    told = found["rules"].map(lambda rules: kind in rules)
    if kind != "off_hours":  # hours alone are information: deadlines and on-call nights look alike
        told &= found["severity"].isin(["high", "medium"])
    mine = found[told]
    if kind != "sudden_silence":
        mine = mine[mine["evidence"].map(lambda ids: bool(set(ids) & set(label.events)))]
    assert len(mine) == 1  # one finding a cause
    # What else stands out is about the same events.
    others = found[(found["severity"] == "high") & (found["rule"] != kind)]
    for row in others.itertuples():
        assert set(row.evidence) & set(label.events), row.sentence


THREE = [[*NEAR_MISSES][start::4] for start in range(4)]


@pytest.mark.parametrize("kinds", some(4, [*THREE, *([kind] for kind in NEAR_MISSES)]))
def test_nothing_is_severe_among_five_people_who_did_nothing(kinds: Sequence[str]) -> None:
    organisation = Organisation(seed=62, people=5, days=100, near_misses=kinds)
    found = found_in(organisation)
    assert found[found["severity"] == "high"].empty, found["sentence"].tolist()


_LARGE = """
import json, pathlib, re, time
from kloudless_data import audit
from kloudless_data.sandbox.organisation.incidents import INCIDENTS
from kloudless_data.sandbox.organisation import Organisation
start = time.perf_counter()
made = Organisation(seed=63, people=5_000, days=60, incidents=sorted(INCIDENTS))
labels = made.labels()
status = pathlib.Path("/proc/self/status").read_text()
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) / 1e6
found = audit.find(made.frame(), until=made.labels()["end"].max(), progress=False)
found = found[found["severity"].isin(["high", "medium"])]
print(json.dumps({"events": len(made), "labels": sorted(labels["kind"]), "peak": peak,
                  "seconds": time.perf_counter() - start, "rules": sorted(set(found["rule"])),
                  "findings": len(found)}))
"""


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_five_thousand_people_are_made_and_judged() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LARGE], check=True, stdout=subprocess.PIPE, text=True
    )
    told = json.loads(done.stdout)
    assert told["events"] > 1_000_000
    assert told["labels"] == sorted(INCIDENTS)
    assert told["peak"] < 1.0  # GB, of the organisation alone
    assert told["rules"] == sorted(INCIDENTS)
    assert told["findings"] < 3 * len(INCIDENTS)
    assert told["seconds"] < 300
