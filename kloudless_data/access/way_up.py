"""An item and the folders above it, and how many of their rights reach the item."""

from __future__ import annotations

from typing import NamedTuple

from .picture import Picture

__all__ = ["Step", "ends", "way_up"]


class Step(NamedTuple):
    """An item on the path to the root.

    Attributes
    ----------
    n : int
        Its number in the picture.
    location : str
    owner, owner_name : str or None
    inherits : bool
        Rights on the folder above apply to it.
    links_pass : bool
        Links to the folder above open it.
    """

    n: int
    location: str
    owner: str | None
    owner_name: str | None
    inherits: bool
    links_pass: bool


def way_up(picture: Picture, n: int | None) -> list[Step]:
    """Return an item and all folders above it.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    n : int or None
        The item's number; None for no item.
    """
    steps: list[Step] = []
    seen: set[int] = set()
    while n is not None and n not in seen:
        seen.add(n)
        row = picture.first(
            "select n, location, owner, owner_name, inherits, links_pass, parent_n from items "
            "where n = $1",
            [n],
        )
        if row is None:
            break
        steps.append(Step(row[0], row[1] or "", *row[2:6]))
        n = row[6]
    return steps


def ends(steps: list[Step]) -> tuple[int, int]:
    """Return the number of steps that count for the item at the start: for rights, and for links.

    Parameters
    ----------
    steps : list
        From `way_up`. The first step that inherits nothing is the last that counts.
    """
    inherit, pass_links = [step.inherits for step in steps], [step.links_pass for step in steps]
    return ([*inherit, False].index(False) + 1, [*pass_links, False].index(False) + 1)
