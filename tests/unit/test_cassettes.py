"""The core programs against recorded answers, which fix the wire format."""

from __future__ import annotations

import json
import re

import pytest
from programs import CASSETTES, PROGRAMS, configured, recorder, secrets, world

RESULTS = json.loads((CASSETTES / "results.json").read_text())


@pytest.mark.parametrize("name", PROGRAMS)
def test_replay(name):
    with configured(), recorder().use_cassette(name, record_mode="none") as cassette:
        result = PROGRAMS[name](world())
        assert json.loads(json.dumps(result, default=int)) == RESULTS[name]
        assert cassette.all_played


def test_the_recorded_results_are_true():
    sandbox = world()
    history = sandbox.history(sandbox.accounts[0])
    ids = [history.event(i)["id"] for i in range(120)]
    assert RESULTS["events"][0] == ids
    assert RESULTS["frame"] == [str(i) for i in ids]
    assert RESULTS["accounts"] == [str(a.id) for a in sandbox.accounts]
    assert RESULTS["verify"] == sandbox.app_id
    assert RESULTS["refused"][0] == 401


def test_every_program_has_its_cassette_and_there_are_no_others():
    expected = {f"{name}.yaml" for name in PROGRAMS} | {"results.json"}
    assert {path.name for path in CASSETTES.iterdir()} == expected


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_cassette_holds_a_secret(name):
    text = (CASSETTES / f"{name}.yaml").read_text()
    assert "authorization" in text.lower() or name == "oauth"
    assert [s for s in [*secrets(world()), "0123456789wrong"] if s in text] == []
    assert not re.search(r"(?i)(bearer|apikey) (?!realm=)[a-z0-9]", text)
    names = "access_token|key|secret|client_secret|token"
    members = re.findall(rf'\\?"(?:{names})\\?": ?\\?"([^"\\]*)', text)
    assert set(members) <= {"REDACTED"}
    assert not re.search(r"(client_secret|code)=(?!REDACTED)", text)
