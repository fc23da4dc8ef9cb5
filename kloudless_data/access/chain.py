"""The chain that gives a right, in words: ``member of Sales → edit on /Budgets → inherited``."""

from __future__ import annotations

from collections.abc import Sequence

from .levels import OWN, word_of

__all__ = ["ANYONE", "in_words", "via"]

#: The users of a link, in place of a person.
ANYONE = {"anyone": "anyone with the link", "company": "anyone in the organisation with the link"}


def via(kind: str, level: int, *, here: bool) -> str:
    """Return the origin of a right, in one word.

    Parameters
    ----------
    kind : {"user", "group", "domain", "anyone", "company"}
        The kind of grantee.
    level : int
        The level of the right.
    here : bool
        It was given on the item itself.

    Examples
    --------
    >>> via("user", OWN, here=True), via("user", 3, here=False), via("group", 3, here=False)
    ('owner', 'inherited', 'group')
    """
    if kind in ANYONE:
        return "link"
    if kind in ("group", "domain"):
        return kind
    return ("owner" if level == OWN else "direct") if here else "inherited"


def in_words(
    kind: str, given: int, place: str, way: Sequence[str], note: str | None = None, *, here: bool
) -> str:
    """Return the right, the place, and the groups that lead to it, in words.

    Parameters
    ----------
    kind : {"user", "group", "domain", "anyone", "company"}
        The kind of grantee.
    given : int
        The level that was given there; the inherited level can be lower.
    place : str
        The location where it was given.
    way : sequence of str
        The groups, from the one that the person is in to the grantee.
    note : str, optional
        For a link: with or without a password.
    here : bool
        It was given on the item itself.

    Examples
    --------
    >>> in_words("group", 3, "/Budgets", ["Sales"], here=False)
    'member of Sales → edit on /Budgets → inherited'
    >>> in_words("domain", 2, "/Budgets", ["everyone at acme.example"], here=True)
    'everyone at acme.example → read on /Budgets'
    """
    parts = [f"{word_of(given)} on {place}"]
    if kind in ANYONE:
        parts = [ANYONE[kind] if note is None else f"{ANYONE[kind]}, {note}", *parts]
    elif way:
        member = "" if kind == "domain" else "member of "
        parts = [member + " → in ".join(way), *parts]
    elif kind == "user" and given == OWN:
        parts = [f"owner of {place}"]
    return " → ".join(parts if here else [*parts, "inherited"])
