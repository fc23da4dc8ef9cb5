"""Folders as a tree: their contents, and how many people see each item."""

from __future__ import annotations

from dataclasses import dataclass, field

from .picture import Picture
from .way_up import ends, way_up

__all__ = ["Node", "children_of", "count_children", "named_like"]

_LINKS = ("anyone", "company")
_COLUMNS = (
    "n, account, id, coalesce(name, id), type, location, owner, inherits, links_pass, parent_n"
)


@dataclass(frozen=True)
class Node:
    """A file or folder, and who sees it.

    Attributes
    ----------
    n : int
        The item's number in the picture.
    account, id, name, type, location : str
    owner : str or None
    people : int
        The number of people who see it without a link; a domain or group that the team lacks
        counts as one.
    strangers : int
        The number of those who are not in the team.
    links : tuple of str
        Who may use a link to it: ``"anyone"``, ``"company"``.
    """

    n: int
    account: str
    id: str
    name: str
    type: str
    location: str
    owner: str | None
    people: int = 0
    strangers: int = 0
    links: tuple[str, ...] = field(default=())


def count_children(picture: Picture, folder: int | None) -> int:
    """Return the number of items in a folder, or outside any.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    folder : int or None
        The folder's number; None for the items outside any folder.
    """
    row = picture.first(
        "select count(*) from items where parent_n is not distinct from $1", [folder]
    )
    return int(row[0]) if row else 0


def children_of(picture: Picture, folder: int | None, start: int, count: int) -> list[Node]:
    """Return some of a folder's contents, folders first, by name.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    folder : int or None
        The folder's number; None for items outside any folder.
    start, count : int
        The first item to return, and the number of items.
    """
    return _nodes(
        picture,
        f"""select {_COLUMNS} from items where parent_n is not distinct from $1
        order by type <> 'folder', lower(name), id limit $2 offset $3""",
        [folder, count, start],
    )


def named_like(picture: Picture, text: str, count: int) -> list[Node]:
    """Return items whose name contains a text, case-insensitively.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.
    text : str
        Part of the name.
    count : int
        The largest number of items.
    """
    return _nodes(
        picture,
        f"""select {_COLUMNS} from items where contains(lower(name), lower($1))
        order by location, id limit $2""",
        [text, count],
    )


_Principals = frozenset[tuple[str, str]]


def _nodes(picture: Picture, query: str, given: list[object]) -> list[Node]:
    rows = picture.connection.execute(query, given).fetchall()
    holders = _holders(picture, [row[0] for row in rows])
    above: dict[int | None, _Principals] = {None: frozenset()}
    people = _People(picture)
    nodes = []
    for n, account, item, name, kind, location, owner, inherits, links_pass, parent in rows:
        if parent not in above:  # the contents of one folder inherit the same rights
            above[parent] = _from(picture, parent)
        principals = holders.get(n, frozenset()) | {
            one for one in above[parent] if (links_pass if one[0] in _LINKS else inherits)
        }
        found = people.behind(account, principals)
        strangers = sum((account, one) not in people.team for one in found)
        links = tuple(one for one in _LINKS if any(kind == one for kind, _ in principals))
        nodes.append(
            Node(n, account, item, name, kind, location, owner, len(found), strangers, links)
        )
    return nodes


def _from(picture: Picture, folder: int | None) -> _Principals:
    """Return who has rights in a folder, including inherited ones."""
    steps = way_up(picture, folder)
    held = _holders(picture, [step.n for step in steps])
    end, links_end = ends(steps)
    return frozenset(
        one
        for number, step in enumerate(steps)
        for one in held.get(step.n, ())
        if number < (links_end if one[0] in _LINKS else end)
    )


def _holders(picture: Picture, numbers: list[int]) -> dict[int, _Principals]:
    """Return the principals with a grant on the items themselves, including their owners."""
    rows = picture.connection.execute(
        """select n, kind, key from grants where list_contains($1, n) union all
        select n, 'user', owner from items where list_contains($1, n) and owner is not null""",
        [numbers],
    ).fetchall()
    found: dict[int, set[tuple[str, str]]] = {}
    for n, kind, key in rows:
        found.setdefault(n, set()).add((kind, key))
    return {n: frozenset(held) for n, held in found.items()}


class _People:
    """The people behind principals; each group is queried once."""

    def __init__(self, picture: Picture) -> None:
        self._run = picture.connection.execute
        self.team = set(self._run("select account, person from people").fetchall())
        self._groups = set(self._run("select account, id from now_groups").fetchall())
        self._known: dict[tuple[str, str, str], set[str]] = {}

    def behind(self, account: str, principals: _Principals) -> set[str]:
        """Return the people behind some principals of an account.

        Parameters
        ----------
        account : str
        principals : frozenset of (str, str)
        """
        found = set()
        for kind, key in principals:
            if kind == "user":
                found.add(key)
            elif kind not in _LINKS:
                found |= self._members(account, kind, key)
        return found

    def _members(self, account: str, kind: str, key: str) -> set[str]:
        one = (account, kind, key)
        if one not in self._known:
            rows = self._run(
                "select person from reach where account = $1 and kind = $2 and key = $3", one
            ).fetchall()
            nobody_known = not rows and (kind == "domain" or (account, key) not in self._groups)
            self._known[one] = {f"{kind}:{key}"} if nobody_known else {row[0] for row in rows}
        return self._known[one]
