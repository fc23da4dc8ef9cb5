"""The units of a snapshot: a list, a group, a folder, an item's permissions.

Threads fetch the pages of many units at a time, and these are decoded together: a folder has a
dozen entries, and decoding so few costs almost as much as decoding a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..decode import Envelope, decode_page
from ..http.urls import path_segment
from ..listings.read import ListRequest, pages_of
from ..listings.team import members_request, permissions_request
from ..schema.columns import SCHEMAS
from .levels import READ, level_of
from .marks import mark_of
from .requests import Metered

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TABLE_OF", "Fetched", "each_row", "fetch", "item_rows", "request_of", "rows_of"]

_ITEM = ("id", "parent_id", "type", "name", "owner_id", "owner_name", "owner_email")
_CAN = [c.name for c in SCHEMAS["permissions"].columns if c.name.startswith("capabilities_")]
#: Kind of unit -> the table for its rows.
TABLE_OF = {
    "users": "users", "groups": "groups", "members": "memberships", "folder": "items",
    "item": "items", "permissions": "permissions", "links": "links",
}  # fmt: skip


@dataclass(frozen=True)
class Fetched:
    """A unit as the server sent it.

    Attributes
    ----------
    key : str
        The user of the list, or the group, folder or item.
    asked : datetime
        The time of the request.
    user : str
        The user as whom it was read; ``""`` for the account itself.
    pages : list of Envelope
    """

    key: str
    asked: datetime
    user: str
    pages: list[Envelope]

    @cached_property
    def count(self) -> int:
        """The number of its rows."""
        return sum(page.count for page in self.pages)


def request_of(kind: str, source: Metered, key: str = "", type_: str = "file") -> ListRequest:
    """Return the request for a unit.

    Parameters
    ----------
    kind : str
        One of `TABLE_OF`.
    source : Metered
        Sends the request.
    key : str
        The group, folder or item.
    type_ : str
        The item's type: ``"file"`` or ``"folder"``.
    """
    if kind == "members":
        return members_request(source, source.api_version, key)
    if kind == "permissions":
        return permissions_request(source, source.api_version, key, type_)
    if kind == "folder":
        folder = "root" if key.startswith("root:") else key
        return ListRequest(
            f"folder {folder}", source, f"storage/folders/{path_segment(folder)}/contents"
        )
    return ListRequest(kind, source, {"links": "storage/links"}.get(kind, f"team/{kind}"))


def fetch(kind: str, request: ListRequest) -> list[Envelope]:
    """Return the pages of a unit.

    Parameters
    ----------
    kind : str
        One of `TABLE_OF`.
    request : ListRequest
        From `request_of`.
    """
    options = {} if kind == "permissions" else {"page_size": 1000}
    return list(pages_of(request, options, raw=kind == "folder"))


def rows_of(kind: str, units: Sequence[Fetched], service: str) -> pa.Table:
    """Return the rows of some units of a kind, unit by unit.

    Parameters
    ----------
    kind : str
        One of `TABLE_OF`.
    units : sequence of Fetched
        The fetched units.
    service : str
        The account's service.

    Raises
    ------
    InvalidResponse
        An object is nested too deeply.
    """
    return _READERS[kind](units, service)


def _decoded(
    units: Sequence[Fetched], schema: str, columns: Mapping[str, str], *, raw: bool = False
) -> pa.Table:
    """Return some columns of all objects, under other names."""
    import pyarrow as pa

    pages = [page for unit in units for page in unit.pages]
    together = Envelope(
        items=[item for page in pages for item in page.items],
        is_plain=all(page.is_plain for page in pages),
    )
    names = list(columns)
    batch = decode_page(together, SCHEMAS[schema], raw=raw, columns=names)
    arrow = SCHEMAS[schema].arrow(raw=raw, columns=names)
    return pa.Table.from_batches([batch], arrow).rename_columns(list(columns.values()))


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def each_row(units: Sequence[Fetched], value: Callable[[Fetched], str | None]) -> pa.Array:
    """Return a value of each unit, once for each of its rows.

    Parameters
    ----------
    units : sequence of Fetched
        The fetched units.
    value : callable
        Returns a unit's value.
    """
    import numpy as np
    import pyarrow as pa

    numbers = np.repeat(np.arange(len(units)), [unit.count for unit in units])
    return pa.array([value(unit) for unit in units], pa.string()).take(pa.array(numbers))


def _users(units: Sequence[Fetched], service: str) -> pa.Table:
    return _decoded(units, "users", _same("id", "name", "email", "role", "active"))


def _groups(units: Sequence[Fetched], service: str) -> pa.Table:
    return _decoded(units, "groups", _same("id", "name"))


def _members(units: Sequence[Fetched], service: str) -> pa.Table:
    """Return the members of groups; a member without a type is a user."""
    names = _same("member_type", "member_id", "member_name", "member_email")
    table = _decoded(units, "memberships", names)
    kinds = table["member_type"].fill_null("user")
    table = table.set_column(table.column_names.index("member_type"), "member_type", kinds)
    return table.append_column("group_id", each_row(units, lambda unit: unit.key))


def _items(units: Sequence[Fetched], service: str) -> pa.Table:
    """Return the contents of folders, with the marks that say which items have their own rights."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = _decoded(units, "files", _same(*_ITEM, "raw"), raw=True)
    marks = [mark_of(service, raw) for raw in table["raw"].to_pylist()]
    folders = each_row(units, lambda u: None if u.key.startswith("root:") else u.key)
    parents = pc.coalesce(table["parent_id"], folders)
    table = table.drop_columns("raw")
    table = table.set_column(table.column_names.index("parent_id"), "parent_id", parents)
    table = table.append_column("mark", pa.array(marks, pa.string()))
    table = table.append_column("as_user", each_row(units, lambda unit: unit.user))
    return table.append_column("gone", pa.repeat(pa.scalar(False), table.num_rows))


def item_rows(items: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return items in events."""
    import pyarrow as pa

    fields = [pa.field(name, pa.string()) for name in (*_ITEM, "mark", "as_user")]
    return pa.Table.from_pylist(list(items), pa.schema([*fields, pa.field("gone", pa.bool_())]))


def _permissions(units: Sequence[Fetched], service: str) -> pa.Table:
    """Return the rights in items' permission lists, with their levels."""
    import pyarrow as pa

    names = ("id", "target_type", "target_id", "target_name", "target_email", "role")
    table = _decoded(units, "permissions", _same(*names, *_CAN))
    levels = [
        level_of(row["role"], {name.partition("_")[2]: row[name] for name in _CAN}, service)
        for row in table.to_pylist()
    ]
    table = table.select(names).append_column("item_id", each_row(units, lambda u: u.key))
    return table.append_column("level", pa.array(levels, pa.int8()))


def _links(units: Sequence[Fetched], service: str) -> pa.Table:
    """Return links; one that does not say what it allows allows reading (A)."""
    import pyarrow as pa

    names = {"id": "id", "file_id": "item_id", "scope": "scope", "has_password": "has_password",
             "active": "active", "created": "created", "expiration": "expires",
             "role": "role"}  # fmt: skip
    table = _decoded(units, "links", names)
    levels = [level_of(role, {}) if role else READ for role in table["role"].to_pylist()]
    return table.append_column("level", pa.array(levels, pa.int8()))


_READERS: dict[str, Callable[[Sequence[Fetched], str], pa.Table]] = {
    "users": _users, "groups": _groups, "members": _members, "folder": _items,
    "permissions": _permissions, "links": _links,
}  # fmt: skip
