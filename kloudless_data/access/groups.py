"""The people behind a group or domain, including nested groups and circles."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

__all__ = ["Membership", "reach"]


class Membership(NamedTuple):
    """The membership of a person or group in a group.

    Attributes
    ----------
    account, group : str
    kind : {"user", "group"}
    member : str
        A person, or the id of a group.
    """

    account: str
    group: str
    kind: str
    member: str


def reach(
    memberships: Iterable[Membership], names: dict[tuple[str, str], str]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield the people in each group, and through which groups.

    Parameters
    ----------
    memberships : iterable of Membership
    names : dict
        ``(account, group id)`` -> its name.

    Yields
    ------
    tuple of str
        Account, group id, person, and the names of the groups on the shortest path from the person
        to this group, as a JSON list.

    Examples
    --------
    >>> rows = [Membership("1", "a", "group", "b"), Membership("1", "b", "user", "ann"),
    ...     Membership("1", "b", "group", "a")]
    >>> list(reach(rows, {("1", "a"): "All", ("1", "b"): "Finance"}))
    [('1', 'a', 'ann', '["Finance", "All"]'), ('1', 'b', 'ann', '["Finance"]')]
    """
    people: dict[tuple[str, str], list[str]] = defaultdict(list)
    below: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in memberships:
        into = below if one.kind == "group" else people
        into[one.account, one.group].append(one.member)
    for account, group in sorted({*people, *below}):
        found: dict[str, list[str]] = {}
        ways, waiting = {group: [names.get((account, group), group)]}, [group]
        for current in waiting:  # it grows: breadth first, so paths are shortest
            for person in people[account, current]:
                found.setdefault(person, ways[current])
            for inner in below[account, current]:
                if inner not in ways:
                    ways[inner] = [names.get((account, inner), inner), *ways[current]]
                    waiting.append(inner)
        for person, way in found.items():
            yield account, group, person, json.dumps(way, ensure_ascii=False)
