"""Peers: other ways to turn the bytes of event pages into a flat DataFrame.

They are what an analyst would write with these libraries. None keeps members unknown to the schema.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as pajson

from kloudless_data.decode import Envelope, read_envelope
from kloudless_data.decode.rowwise import decode_items
from kloudless_data.interchange.frame import to_frame
from kloudless_data.schema.model import Column, Schema

__all__ = ["PEERS", "SDK"]

#: Reads pages of events by a schema, optionally with their upstream objects.
Way = Callable[[list[bytes], Schema, bool], pd.DataFrame]


def rowwise(envelope: Envelope, schema: Schema, **options: Any) -> pa.RecordBatch:
    """Decode a page with the path that reads object by object."""
    return decode_items(envelope.items, schema, **options)


def sdk(bodies: list[bytes], schema: Schema, raw: bool) -> pd.DataFrame:
    objects = [item for body in bodies for item in json.loads(body)["objects"]]
    return pd.json_normalize(objects, sep="_")


def with_orjson(bodies: list[bytes], schema: Schema, raw: bool) -> pd.DataFrame:
    import orjson

    objects = [item for body in bodies for item in orjson.loads(body)["objects"]]
    return pd.json_normalize(objects, sep="_")


def _tree(schema: Schema, raw: bool = False) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for column in [*schema.columns, *[Column("raw", ("raw",), "raw")] * raw]:
        place = tree
        for key in column.path[:-1]:
            place = place.setdefault(key, {})
        place[column.path[-1]] = column
    return tree


@lru_cache
def _struct(schema: Schema, raw: bool) -> tuple[dict[str, Any], msgspec.json.Decoder[Any]]:
    """Return a decoder of pages whose objects are structs of the schema's members."""

    def struct(name: str, tree: dict[str, Any]) -> type:
        fields = [(key, *member(key, below)) for key, below in tree.items()]
        return msgspec.defstruct(name, fields, gc=False)

    def member(key: str, below: Any) -> tuple[Any, Any]:
        if not isinstance(below, Column):
            return struct(key, below) | None, None
        return (msgspec.Raw, msgspec.Raw(b"null")) if below.kind == "raw" else (Any, None)

    tree = _tree(schema, raw)
    page = msgspec.defstruct("Page", [("objects", list[struct("Event", tree)])])  # type: ignore
    return tree, msgspec.json.Decoder(page)


def with_msgspec(bodies: list[bytes], schema: Schema, raw: bool) -> pd.DataFrame:
    tree, decoder = _struct(schema, raw)
    names = [name for name in schema.arrow(raw=raw).names if name != "extra"]
    arrow, found = schema.arrow(columns=names), {}

    def add(objects: list[Any], tree: dict[str, Any]) -> None:
        for key, below in tree.items():
            values = [None if item is None else getattr(item, key) for item in objects]
            if not isinstance(below, Column):
                add(values, below)
                continue
            type_ = arrow.field(below.name).type
            if below.kind == "id":
                values = [str(value) if type(value) is int else value for value in values]
            if below.kind == "json":
                encode = msgspec.json.encode
                values = [None if value is None else encode(value).decode() for value in values]
            if below.kind == "raw":
                values = [bytes(value).decode() for value in values]
            if below.kind == "timestamp":
                found[below.name] = pc.cast(pa.array(values, pa.string()), type_)
            else:
                found[below.name] = pa.array(values, type_)

    add([item for body in bodies for item in decoder.decode(body).objects], tree)
    table = pa.table(found).select(arrow.names)
    return to_frame(table, arrow)


def _nested(schema: Schema) -> pa.Schema:
    """Return the schema's columns as nested Arrow fields."""
    arrow = schema.arrow()

    def field(key: str, below: Any) -> pa.Field:
        if not isinstance(below, Column):
            return pa.field(key, pa.struct([field(*item) for item in below.items()]))
        # The type that most servers send; these readers accept only one.
        return pa.field(key, pa.int64() if key == "account" else arrow.field(below.name).type)

    return pa.schema([field(*item) for item in _tree(schema).items()])


def _joined(bodies: list[bytes]) -> bytes:
    return b"\n".join(b"\n".join(read_envelope(body).items) for body in bodies)


def _flattened(table: pa.Table, schema: Schema) -> pd.DataFrame:
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    table = table.rename_columns([name.replace(".", "_") for name in table.column_names])
    arrow = schema.arrow(columns=table.column_names)
    return to_frame(table.cast(arrow), arrow)


def with_pyarrow(bodies: list[bytes], schema: Schema, raw: bool) -> pd.DataFrame:
    if raw:
        raise TypeError("pyarrow.json has no type for any JSON value")
    text = _joined(bodies)
    table = pajson.read_json(
        io.BytesIO(text),
        read_options=pajson.ReadOptions(use_threads=False, block_size=1 << 22),
        parse_options=pajson.ParseOptions(
            explicit_schema=_nested(schema),
            unexpected_field_behavior="ignore",
            newlines_in_values=text.count(b"\n") > sum(map(_count, bodies)),
        ),
    )
    return _flattened(table, schema)


def _count(body: bytes) -> int:
    return read_envelope(body).count


def with_duckdb(bodies: list[bytes], schema: Schema, raw: bool) -> pd.DataFrame:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    nested = _nested(schema).empty_table()
    types = connection.from_arrow(nested).types
    columns = {
        name: str(type_).replace('"account" BIGINT', '"account" VARCHAR')
        for name, type_ in zip(nested.column_names, types, strict=True)
    } | {"account": "VARCHAR"}
    if raw:
        columns["raw"] = "JSON"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.json"
        path.write_bytes(_joined(bodies))
        relation = connection.read_json(
            str(path), columns=columns, format="newline_delimited", maximum_object_size=1 << 24
        )
        return _flattened(relation.to_arrow_table(), schema)


SDK = "SDK's way"
#: By name; the first is the official SDK with pandas.
PEERS: dict[str, Way] = {
    SDK: sdk,
    "orjson": with_orjson,
    "msgspec": with_msgspec,
    "pyarrow": with_pyarrow,
    "duckdb": with_duckdb,
}
