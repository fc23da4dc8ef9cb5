"""Columns with few distinct values, suited to pandas categories."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..exceptions import InvalidParameter

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["repeating_columns", "which_categories"]

# Chosen by field name, not by the values of one frame: whether a column is a category must not
# depend on the data that happens to be in it.
_VOCABULARY = (
    "account|action|api|event_category|event_subtype|event_type|id_type|ip|mime_type|service|"
    "service_name|status|type|user_agent|user_id"
)
_PERSON = "owner|last_modifier|user"
_REPEATING = re.compile(
    rf"(?:(?:previous_)?metadata_)?(?:{_VOCABULARY}|calendar_id)|"
    rf"(?:metadata_)?(?:{_PERSON})_(?:id|name|email|type|api|id_type)"
)


def repeating_columns(schema: pa.Schema) -> list[str]:
    """Return the string columns in which rows repeat few distinct values.

    These are kinds of things (``type``, ``action``, ``api``, ``mime_type``, ``service``,
    ``status``, …), accounts, addresses and people: all columns of an owner, a last modifier and an
    acting user.

    Parameters
    ----------
    schema : pyarrow.Schema

    Returns
    -------
    list of str

    Examples
    --------
    >>> from kloudless_data.schema.columns import events_schema
    >>> repeating_columns(events_schema(1).arrow(columns=["id", "type", "metadata_owner_email"]))
    ['type', 'metadata_owner_email']
    """
    import pyarrow as pa

    return [
        field.name
        for field in schema
        if pa.types.is_string(field.type) and _REPEATING.fullmatch(field.name)
    ]


def which_categories(categories: bool | Sequence[str], schema: pa.Schema) -> list[str]:
    """Return the columns that the argument ``categories`` selects.

    Parameters
    ----------
    categories : bool or sequence of str
        True for `repeating_columns`, False for none.
    schema : pyarrow.Schema

    Returns
    -------
    list of str

    Raises
    ------
    InvalidParameter
        For an unknown column, or a string instead of a list.
    """
    if isinstance(categories, bool):
        return repeating_columns(schema) if categories else []
    if isinstance(categories, str):
        raise InvalidParameter("categories must be True, False or a list of columns.")
    missing = [name for name in categories if name not in schema.names]
    if missing:
        raise InvalidParameter(f"There is no column {missing[0]!r} to make a category.")
    return list(categories)
