"""The form of `Access.explore`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from ..access.effective import who_can_see
from ..access.picture import Picture as Rights
from ..display.html import card, escape, table
from .panel import Panel, field
from .picture import Picture
from .tree import Tree, summary

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AccessExplorer"]

_ROWS = 200  # people; more would slow the page down
_LEFT = 10  # folders that stay in the notebook without a kernel


class AccessExplorer(Panel):
    """A tree of folders and files, and who sees the chosen one.

    Parameters
    ----------
    rights : kloudless_data.access.picture.Picture
        Who can see what at one time.
    lacks : str
        A sentence on what is missing; ``""`` for nothing.

    Attributes
    ----------
    item : str or None
        The id of the chosen file or folder.
    who : pandas.DataFrame or None
        Who can see it; see `Access.who_can_see`.
    """

    def __init__(self, rights: Rights, lacks: str = "") -> None:
        self._rights, self._lacks = rights, lacks
        self.who: pd.DataFrame | None = None
        self._tree = Tree(rights)
        self.name = field(
            ipywidgets.Text(
                description="Find", placeholder="part of a name", continuous_update=False
            ),
            "60px",
        )
        self.name.observe(lambda change: self._search(change["new"]), "value")
        self._said = ipywidgets.HTML(self._hint(""))
        self._picture = Picture(self._picked)
        self._picture.value = self._tree.html()
        self._picture.layout = ipywidgets.Layout(flex="1 1 330px", min_width="260px")
        self._details = ipywidgets.HTML(
            '<p class="kd-note">Choose a folder or a file to see who can see it.</p>',
            layout={"flex": "1 1 380px", "min_width": "260px"},
        )
        both = ipywidgets.HBox(
            [self._picture, self._details], layout={"flex_flow": "row wrap", "grid_gap": "12px"}
        )
        warning = [ipywidgets.HTML(f'<p class="kd-note">{escape(lacks, 500)}</p>')] if lacks else []
        super().__init__("Who can see what", [*warning, self.name, self._said, both])

    @property
    def item(self) -> str | None:
        """The id of the chosen file or folder."""
        chosen = self._tree.chosen
        return None if chosen is None else chosen.id

    def choose(self, item: str) -> pd.DataFrame:
        """Choose a file or folder by its id, as a click does; return who can see it.

        Parameters
        ----------
        item : str
            Its id.

        Raises
        ------
        InvalidParameter
            There is no such item in the snapshot.
        """
        self.name.value = ""
        self._tree.reveal(item)
        self._show()
        assert self.who is not None  # noqa: S101
        return self.who

    def static(self) -> str:
        """Return the top-level folders, and how many people see them."""
        nodes = self._tree.top.nodes[:_LEFT]
        rows = [[node.name, node.type, node.owner, summary(node)] for node in nodes]
        return card(
            "Who can see what",
            [],
            name=f"as of {self._rights.at:%Y-%m-%d %H:%M} UTC",
            preview=table(["name", "type", "owner", "seen by"], rows) if rows else "",
            note=f"The first {len(rows)} of {self._tree.top.total:,} folders and files at the top. "
            f"To open them, run this cell again. {self._lacks}".rstrip(),
        )

    def _hint(self, found: str) -> str:
        keys = "Arrow keys move, open and close; Enter shows who can see it."
        return f'<div class="kd-note" role="status">{escape(found or keys)}</div>'

    def _search(self, text: str) -> None:
        self._said.value = self._hint(self._tree.search(text.strip()))
        self._picture.value = self._tree.html()

    def _picked(self, picked: str) -> None:
        if self._tree.pick(picked):
            self._show()
        else:
            self._picture.value = self._tree.html()

    def _show(self) -> None:
        node = self._tree.chosen
        assert node is not None  # noqa: S101
        self.who = who_can_see(self._rights, node.id, node.account)
        self._picture.value = self._tree.html()
        heading = f'<h3 class="kd-where">{escape(node.location)}</h3>'
        facts = f"{node.type}, owner {node.owner or 'not known'}, id {node.id}"
        self._details.value = (
            f'<div role="status">{heading}<p class="kd-note">{escape(facts)}</p></div>'
            f"{_people(self.who)}"
        )


def _people(who: pd.DataFrame) -> str:
    """Return who can see an item, as a table."""
    rows = "".join(_person(row) for row in who.head(_ROWS).itertuples())
    more = f'<p class="kd-note">{len(who) - _ROWS:,} more: see who.</p>' if len(who) > _ROWS else ""
    head = "".join(f'<th scope="col">{one}</th>' for one in ("Who", "Right", "By what"))
    return (
        '<div class="kd-scroll kd-who" tabindex="0" role="region" aria-label="Who can see it">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{more}"
    )


def _person(row: Any) -> str:
    state = "" if row.state in ("active", "anyone") else f" ({row.state})"
    cells = (f"{row.person}{state}", row.right, row.chain)
    return "<tr>" + "".join(f"<td>{escape(one, 500)}</td>" for one in cells) + "</tr>"
