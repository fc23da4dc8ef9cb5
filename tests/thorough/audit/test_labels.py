"""The labels of findings' numbers; that none lacks one is checked with the sentences."""

from __future__ import annotations

import pytest

from kloudless_data.audit.render.labels import LABELS, label_of


@pytest.mark.parametrize("name", LABELS)
def test_a_label_is_in_words(name: str) -> None:
    label = label_of(name)
    assert label
    assert "_" not in label
    assert label == label.strip()
