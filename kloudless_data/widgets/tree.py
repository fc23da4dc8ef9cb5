"""A tree of folders and files as HTML, for the mouse, the keyboard and screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..access.effective import item_number
from ..access.picture import Picture
from ..access.tree import Node, children_of, count_children, named_like
from ..access.way_up import way_up
from ..display.html import escape
from ..text.counts import count

__all__ = ["MORE", "Tree", "summary"]

MORE = 100  # items of a folder to show at a time
_FOUND = 100


@dataclass
class _Branch:
    """The shown part of a folder."""

    total: int
    nodes: list[Node] = field(default_factory=list)


class Tree:
    """Which folders are open, and what is in them.

    Parameters
    ----------
    picture : Picture
        Who can see what at one time.

    Attributes
    ----------
    chosen : Node or None
        The file or folder chosen last.
    """

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self.top = self._branch(None)
        self.chosen: Node | None = None
        self._open: dict[int, _Branch] = {}
        self._found: list[Node] | None = None

    def _branch(self, folder: int | None) -> _Branch:
        return _Branch(
            count_children(self._picture, folder), children_of(self._picture, folder, 0, MORE)
        )

    def search(self, text: str) -> str:
        """Show items whose name contains a text, or for ``""`` the first folders again.

        Returns
        -------
        str
            What was found, in words.
        """
        self._open.clear()
        self._found = named_like(self._picture, text, _FOUND) if text else None
        if self._found is None:
            return ""
        many = "the first " if len(self._found) == _FOUND else ""
        return f"{many}{len(self._found)} with {text!r} in the name"

    def reveal(self, item: str) -> Node:
        """Choose an item by its id, and open the folders that contain it.

        Parameters
        ----------
        item : str
            Its id.

        Raises
        ------
        InvalidParameter
            There is no such item.
        """
        number, _ = item_number(self._picture, item)
        self._found = None
        branch = self.top
        folder: int | None = None
        for step in reversed(way_up(self._picture, number)):
            while step.n not in (known := {node.n: node for node in branch.nodes}):
                self._more(branch, folder)
            self.chosen = known[step.n]
            if step.n != number:
                folder = step.n
                branch = self._open.setdefault(folder, self._branch(folder))
        assert self.chosen is not None  # noqa: S101
        return self.chosen

    def pick(self, picked: str) -> bool:
        """Carry out a click or key press; return whether another item was chosen.

        Parameters
        ----------
        picked : str
            ``"choose 7"``, ``"open 7"``, ``"close 7"``, or ``"more 7"`` for more of a folder.
        """
        verb, _, number = picked.partition(" ")
        if verb == "more" and number == "top":
            self._more(self.top, None)
        if not number.isdecimal() or (node := self._shown().get(int(number))) is None:
            return False
        if verb == "open" and node.type == "folder" and node.n not in self._open:
            self._open[node.n] = self._branch(node.n)
        elif verb == "close":
            self._open.pop(node.n, None)
        elif verb == "more" and node.n in self._open:
            self._more(self._open[node.n], node.n)
        elif verb == "choose":
            self.chosen = node
            return True
        return False

    def _more(self, branch: _Branch, folder: int | None) -> None:
        branch.nodes += children_of(self._picture, folder, len(branch.nodes), MORE)

    def _shown(self) -> dict[int, Node]:
        first = self.top.nodes if self._found is None else self._found
        branches = (branch.nodes for branch in self._open.values())
        return {node.n: node for nodes in (first, *branches) for node in nodes}

    def html(self) -> str:
        """Return the tree; all text from the server is escaped.

        It follows the ARIA pattern of a tree view: one stop of the Tab key, arrows inside.
        """
        if self._found is None:
            rows = list(self._rows(self.top, 1, "top"))
        else:
            branch = _Branch(len(self._found), self._found)
            rows = list(self._rows(branch, 1, "top"))
        shown = self._shown()
        at = self.chosen.n if self.chosen and self.chosen.n in shown else None
        if at is None and rows:
            rows[0] = rows[0].replace('tabindex="-1"', 'tabindex="0"', 1)
        if not rows:
            return '<p class="kd-note">Nothing to show.</p>'
        return (
            f'<div class="kd-tree" role="tree" aria-label="Folders and files">{"".join(rows)}</div>'
        )

    def _rows(self, branch: _Branch, level: int, folder: str) -> Iterator[str]:
        for place, node in enumerate(branch.nodes, 1):
            opened = self._open.get(node.n)
            yield self._row(node, level, place, branch.total, opened is not None)
            if opened is not None:
                yield from self._rows(opened, level + 1, str(node.n))
        if left := branch.total - len(branch.nodes):
            yield (
                f'<div role="treeitem" class="kd-more" aria-level="{level}" tabindex="-1" '
                f'{_indent(level)} data-pick="more {folder}">{left:,} more …</div>'
            )

    def _row(self, node: Node, level: int, place: int, total: int, is_open: bool) -> str:
        chosen = self.chosen is not None and self.chosen.n == node.n
        folder = node.type == "folder"
        expanded = f' aria-expanded="{str(is_open).lower()}"' if folder else ""
        toggle = "close" if is_open else "open"
        arrow = "▾" if is_open else "▸"
        twist = f' data-pick="{toggle} {node.n}">{arrow}' if folder else ">"
        mark = f'<span class="kd-twist" aria-hidden="true"{twist}</span>'
        name = node.name if self._found is None or level > 1 else node.location
        return (
            f'<div role="treeitem" aria-level="{level}" aria-posinset="{place}" '
            f'aria-setsize="{total}"{expanded} aria-selected="{str(chosen).lower()}" '
            f'tabindex="{0 if chosen else -1}" {_indent(level)} data-pick="choose {node.n}" '
            f'data-node="{node.n}">{mark}<span class="kd-name">{escape(name)}</span> '
            f'<span class="kd-seen">{escape(summary(node))}</span></div>'
        )


def _indent(level: int) -> str:
    return f'style="padding-left:{(level - 1) * 16}px"'


def summary(node: Node) -> str:
    """Summarise who sees an item.

    Parameters
    ----------
    node : Node
        The file or folder.
    """
    people = count(node.people, "person", "people")
    parts = [people, *([f"{node.strangers:,} not in the team"] if node.strangers else [])]
    words = {"anyone": "anyone with the link", "company": "the organisation by link"}
    return ", ".join([*parts, *(words[one] for one in node.links)])
