"""The columns of a snapshot's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TABLES", "schema_of"]

#: Every row belongs to an account, to the unit that it was read with (a list, a folder, an item),
#: and to the batch that wrote it; see `kloudless_data.access.store`.
_OWN = "account unit batch"
#: Table -> its columns, as ``name`` or ``name:type``; text without a type.
_COLUMNS = {
    "users": f"{_OWN} id name email role active:bool",
    "groups": f"{_OWN} id name",
    "memberships": f"{_OWN} group_id member_type member_id member_name member_email",
    "items": f"{_OWN} id parent_id type name owner_id owner_name owner_email mark as_user "
    "gone:bool",
    "permissions": f"{_OWN} id item_id target_type target_id target_name target_email role "
    "level:int8",
    # A link's URL is not stored: it opens the file.
    "links": f"{_OWN} id item_id scope has_password:bool active:bool created:time expires:time "
    "role level:int8",
    "ledger": f"{_OWN} kind key state as_user pass service asked:time answered:time rows:int64 "
    "complete:bool cursor reason",
}
TABLES = tuple(_COLUMNS)


def schema_of(table: str) -> pa.Schema:
    """Return a table's columns.

    Examples
    --------
    >>> schema_of("groups").names
    ['account', 'unit', 'batch', 'id', 'name']
    """
    import pyarrow as pa

    types = {
        "": pa.string(),
        "bool": pa.bool_(),
        "int8": pa.int8(),
        "int64": pa.int64(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    columns = (column.partition(":") for column in _COLUMNS[table].split())
    return pa.schema([pa.field(name, types[kind]) for name, _, kind in columns])
