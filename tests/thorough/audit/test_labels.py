"""Every number that a finding gives has a label in the report."""

from __future__ import annotations

from collections import defaultdict

from organisations import organisation_of

from benchmarks.audit_worlds import case, small_seeds
from kloudless_data import audit
from kloudless_data.audit.render.labels import LABELS
from kloudless_data.sandbox.organisation.incidents import INCIDENTS

#: Rules that only some organisations' logs let see anything.
_RARE = {"service_account_interactive"}


def test_all_numbers_of_all_rules_have_labels() -> None:
    histories = [organisation_of(30, *sorted(INCIDENTS))[0]]
    histories += [case(name, seed).made[0] for name in ("second", "third", "fourth")
                  for seed in small_seeds(2, start=300)]  # fmt: skip
    named: dict[str, set[str]] = defaultdict(set)
    for events in histories:
        for row in audit.find(events, budget=1000, progress=False).itertuples():
            named[row.rule] |= row.numbers.keys()
            for seen in row.observations:
                named[seen["rule"]] |= seen["numbers"].keys()
    assert named.keys() >= audit.RULES.keys() - _RARE, audit.RULES.keys() - named.keys()
    missing = {(rule, name) for rule, names in named.items() for name in names - LABELS.keys()}
    assert not missing


def test_every_label_is_in_words() -> None:
    assert not [label for label in LABELS.values() if "_" in label or label != label.strip()]
