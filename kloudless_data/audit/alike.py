"""Findings on the same subject about several people: what many do, an intruder hardly does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .grading import Cause, ordered
from .statistics import DAY

__all__ = ["among_alike"]

#: Decades for ten times as many causes on one subject, by others, within so long; how far below a
#: cause these may be, and from which worth on they count.
_ALIKE, _NEAR, _AS_STRANGE, _ALIKE_FROM = 0.8, 14 * DAY, 1.5, 2.0


def among_alike(causes: Sequence[Cause]) -> list[Cause]:
    """Return causes, worth less if others in the account did the like within two weeks.

    Campaigns, audits and clean-ups take weeks, and one person does it on one day, another on the
    next: they are no crowd on any day.

    Parameters
    ----------
    causes : sequence of Cause
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for n, one in enumerate(causes):
        if one.parts[0].who is not None and one.parts[0].loud:
            groups.setdefault((one.parts[0].account, one.parts[0].rule.about), []).append(n)
    found = list(causes)
    for group in groups.values():
        who, start, end, worth = (np.array(values) for values in zip(
            *((causes[n].parts[0].who, causes[n].start, causes[n].end, causes[n].worth)
              for n in group), strict=True,
        ))  # fmt: skip
        for n, mine, begin, stop, own in zip(group, who, start, end, worth, strict=True):
            near = (start <= stop + _NEAR) & (end >= begin - _NEAR) & (who != mine)
            alike = int((near & (worth >= max(own - _AS_STRANGE, _ALIKE_FROM))).sum())
            if alike:
                less = _ALIKE * np.log10(1 + alike)
                found[n] = replace(
                    found[n], worth=found[n].worth - less,
                    numbers={**found[n].numbers, "alike": alike},
                )  # fmt: skip
    return ordered(found)
