"""What the simulators of organisations ask of their arguments, and say of their labels, alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd

__all__ = ["check_incidents", "label_frame"]

_LABEL_TYPES = {
    "id": "str", "kind": "str", "people": "object", "user_ids": "object",
    "start": "datetime64[us, UTC]", "end": "datetime64[us, UTC]", "events": "object",
    "intensity": "str", "slow": "bool", "account": "str",
}  # fmt: skip


def check_incidents(
    kinds: Sequence[str] | None,
    known: Sequence[str],
    intensity: str | None,
    intensities: Iterable[str],
) -> None:
    """Refuse kinds of incident and intensities that a simulator does not have.

    Parameters
    ----------
    kinds : sequence of str or None
        What was asked for; None is any.
    known : sequence of str
        All kinds.
    intensity : str or None
        What was asked for; None is any.
    intensities : iterable of str
        All intensities.

    Raises
    ------
    ValueError
        One of them is unknown.
    """
    unknown = [kind for kind in kinds or () if kind not in known]
    if unknown:
        raise ValueError(f"{unknown} are not among the kinds of incidents: {', '.join(known)}.")
    if intensity is not None and intensity not in intensities:
        raise ValueError(f"intensity is one of {', '.join(intensities)}, not {intensity!r}.")


def label_frame(
    word: str, labels: Iterable[Any], ids: Sequence[str], span: Callable[[Any], Any], account: str
) -> pd.DataFrame:
    """Return labels that have events as a frame, one a row.

    Parameters
    ----------
    word : str
        The beginning of their ids.
    labels : iterable
        Each with ``kind``, ``people`` (with ``email`` and ``id``), ``rows`` (numbers of events),
        ``intensity`` and ``slow``.
    ids : sequence of str
        The events' ids.
    span : callable
        Returns a label's start and end.
    account : str
        The account of all events.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``kind``, ``people`` (list of e-mail addresses), ``user_ids``, ``start``, ``end``
        (``datetime64[us, UTC]``), ``events`` (list of ids), ``intensity``, ``slow``, ``account``.
    """
    rows = []
    for number, label in enumerate(one for one in labels if one.rows):
        start, end = span(label)
        rows.append({
            "id": f"{word}-{number + 1}", "kind": label.kind,
            "people": [one.email for one in label.people],
            "user_ids": [one.id for one in label.people],
            "start": start, "end": end, "events": [ids[row] for row in label.rows],
            "intensity": label.intensity, "slow": label.slow, "account": account,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(_LABEL_TYPES)).astype(_LABEL_TYPES)
