"""What the simulators of organisations ask of their arguments alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["check_incidents"]


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
