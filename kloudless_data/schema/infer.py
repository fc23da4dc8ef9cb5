"""A schema for objects of a type that has none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from .instants import read_time
from .model import EXTRA, RAW, Column, Schema

__all__ = ["infer_schema"]

# JSON allows a lone surrogate, which UTF-8 cannot encode, so it cannot name a column.
_HALF_PAIR = re.compile("[\ud800-\udfff]")


def infer_schema(objects: Iterable[dict[str, Any]]) -> Schema:
    """Infer a schema for objects of a type without one.

    Nested objects are flattened; each field's kind is the narrowest that fits all of its values.

    Parameters
    ----------
    objects : iterable of dict
        As decoded by `json.loads`; all are examined.

    Returns
    -------
    Schema
        Named ``"inferred"``, columns in order of first appearance.

    Examples
    --------
    >>> infer_schema([{"id": 1, "owner": {"age": 3}}, {"id": "x"}]).arrow()
    id: string
    owner_age: int64
    extra: string
    """
    found: dict[tuple[str, ...], set[str]] = {}
    for item in objects:
        for path, value in _leaves(item, ()):
            found.setdefault(path, set()).add(_kind_of(value))
    # A field that is sometimes an object and sometimes a scalar is kept as JSON text.
    mixed = [path for path, kinds in found.items() if kinds - {"null"}]
    columns: dict[str, Column] = {}
    for path, kinds in found.items():
        if any(path[:n] in mixed for n in range(1, len(path))):
            continue
        below = any(other[: len(path)] == path for other in found if other != path)
        if below and kinds <= {"null"}:
            continue
        name = "_".join(path)
        if name not in (EXTRA, RAW) and not _HALF_PAIR.search(name):
            kind = "json" if below else _common_kind(path, kinds)
            columns.setdefault(name, Column(name, path, kind))
    return Schema("inferred", 1, tuple(columns.values()))


def _leaves(item: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in item.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        # Only times that a timestamp column holds without loss; others stay strings.
        _, complete = read_time(value) or (0, False)
        return "timestamp" if complete else "string"
    kinds = {bool: "bool", int: "int64", float: "float64"}
    return kinds.get(type(value), "json")


def _common_kind(path: tuple[str, ...], kinds: set[str]) -> str:
    kinds = kinds - {"null"}
    named_id = path[-1] == "id" or path[-1].endswith("_id")
    if named_id and kinds <= {"int64", "string"}:
        return "id"
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds == {"int64", "float64"}:
        return "float64"
    return "string" if kinds <= {"string", "timestamp"} else "json"
