"""The units that a snapshot is read in: a list, a group, a folder, an item's permissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..decode.decode import decode_page
from ..http.urls import path_segment
from ..listings.read import ListRequest, pages_of
from ..listings.team import members_request, permissions_request
from ..schema.columns import SCHEMAS
from .levels import READ, level_of
from .marks import mark_of
from .requests import Metered

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "item_rows",
    "read_folder",
    "read_groups",
    "read_links",
    "read_members",
    "read_permissions",
    "read_users",
]

_ITEM = ("id", "parent_id", "type", "name", "owner_id", "owner_name", "owner_email")
_PAGE = {"page_size": 1000}


def _table(
    request: ListRequest, schema: str, columns: Mapping[str, str], **options: Any
) -> pa.Table:
    """Return all pages of a list: some columns, under other names."""
    import pyarrow as pa

    names, raw = list(columns), bool(options.pop("raw", False))
    batches = [
        decode_page(page, SCHEMAS[schema], raw=raw, columns=names)
        for page in pages_of(request, options, raw=raw)
    ]
    arrow = SCHEMAS[schema].arrow(raw=raw, columns=names)
    return pa.Table.from_batches(batches, arrow).rename_columns(list(columns.values()))


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def read_users(source: Metered) -> pa.Table:
    """Read the users of the team."""
    request = ListRequest("users", source, "team/users")
    return _table(request, "users", _same("id", "name", "email", "role", "active"), **_PAGE)


def read_groups(source: Metered) -> pa.Table:
    """Read the groups."""
    return _table(
        ListRequest("groups", source, "team/groups"), "groups", _same("id", "name"), **_PAGE
    )


def read_members(source: Metered, group: str) -> pa.Table:
    """Read who is in a group; a member without a type is a user.

    Parameters
    ----------
    source : Metered
        Sends the requests.
    group : str
        The group's id.
    """
    import pyarrow as pa

    names = _same("member_type", "member_id", "member_name", "member_email")
    table = _table(
        members_request(source, source.api_version, group), "memberships", names, **_PAGE
    )
    kinds = pa.array([kind or "user" for kind in table["member_type"].to_pylist()], pa.string())
    table = table.set_column(table.column_names.index("member_type"), "member_type", kinds)
    return table.append_column("group_id", pa.repeat(pa.scalar(group), table.num_rows))


def read_folder(source: Metered, folder: str, service: str, user: str) -> pa.Table:
    """Read what is in a folder, with the marks that tell what has rights of its own.

    Parameters
    ----------
    source : Metered
        Sends the requests.
    folder : str
        The folder's id.
    service : str
        The account's service.
    user : str
        The user to act as.
    """
    import pyarrow as pa

    path = f"storage/folders/{path_segment(folder)}/contents"
    request = ListRequest(f"folder {folder}", source, path)
    table = _table(request, "files", _same(*_ITEM, "raw"), raw=True, **_PAGE)
    marks = [mark_of(service, raw) for raw in table["raw"].to_pylist()]
    columns = {
        "mark": pa.array(marks, pa.string()),
        "as_user": pa.repeat(pa.scalar(user), table.num_rows),
        "gone": pa.repeat(pa.scalar(False), table.num_rows),
    }
    table = table.drop_columns("raw")
    for name, values in columns.items():
        table = table.append_column(name, values)
    if folder != "root" and table["parent_id"].null_count:
        parents = table["parent_id"].fill_null(folder)
        table = table.set_column(table.column_names.index("parent_id"), "parent_id", parents)
    return table


def item_rows(items: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return items that activity tells of."""
    import pyarrow as pa

    fields = [pa.field(name, pa.string()) for name in (*_ITEM, "mark", "as_user")]
    return pa.Table.from_pylist(list(items), pa.schema([*fields, pa.field("gone", pa.bool_())]))


def read_permissions(source: Metered, item: str, kind: str, service: str) -> pa.Table:
    """Read the rights that are named at an item, with how strong each is.

    Parameters
    ----------
    source : Metered
        Sends the requests.
    item : str
        The file or folder's id.
    kind : str
        The kind of unit, such as ``"folder"``.
    service : str
        The account's service.
    """
    import pyarrow as pa

    names = ("item_id", "id", "target_type", "target_id", "target_name", "target_email", "role")
    can = [c.name for c in SCHEMAS["permissions"].columns if c.name.startswith("capabilities_")]
    request = permissions_request(source, source.api_version, item, kind)
    table = _table(request, "permissions", _same(*names, *can))
    levels = [
        level_of(row["role"], {name.partition("_")[2]: row[name] for name in can}, service)
        for row in table.to_pylist()
    ]
    item_ids = pa.repeat(pa.scalar(item), table.num_rows)
    table = table.select(names[1:]).append_column("item_id", item_ids)
    return table.append_column("level", pa.array(levels, pa.int8()))


def read_links(source: Metered) -> pa.Table:
    """Read the links; one that does not say what it lets do lets read (A)."""
    import pyarrow as pa

    names = {"id": "id", "file_id": "item_id", "scope": "scope", "has_password": "has_password",
             "active": "active", "created": "created", "expiration": "expires",
             "role": "role"}  # fmt: skip
    table = _table(ListRequest("links", source, "storage/links"), "links", names, **_PAGE)
    levels = [level_of(role, {}) if role else READ for role in table["role"].to_pylist()]
    return table.append_column("level", pa.array(levels, pa.int8()))
