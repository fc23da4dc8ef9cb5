"""Numbers with their nouns."""

from __future__ import annotations

__all__ = ["count", "noun_for"]


def count(number: float, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    Parameters
    ----------
    number : float
        Shown without decimals.
    noun : str
        The singular.
    plural : str, optional
        Defaults to the singular with an s.

    Examples
    --------
    >>> count(1, "file"), count(1200, "file"), count(2, "entry", "entries")
    ('1 file', '1,200 files', '2 entries')
    """
    return f"{number:,.0f} {noun if number == 1 else plural or noun + 's'}"


def noun_for(number: int, unit: str) -> str:
    """Return a unit's name in the singular or plural.

    Parameters
    ----------
    number : int
    unit : str
        The plural, such as ``"events"``.

    Examples
    --------
    >>> noun_for(1, "entries"), noun_for(2, "entries")
    ('entry', 'entries')
    """
    if number != 1:
        return unit
    return f"{unit.removesuffix('ies')}y" if unit.endswith("ies") else unit.removesuffix("s")
