"""Page bytes to a flat frame: events a second on one core, beside other ways to the same columns.

``python -m benchmarks.decode [--json]``
"""

from __future__ import annotations

import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa

from kloudless_data import Account
from kloudless_data.decode import (
    decode_objects_tolerant,
    decode_page,
    read_envelope,
    split_objects,
    to_frame,
)
from kloudless_data.sandbox import Sandbox
from kloudless_data.schema import events_schema

PAGES, PAGE_SIZE, ROUNDS = 12, 1_000, 5
SCHEMA = events_schema(1)


def recorded_pages() -> list[bytes]:
    """Return pages of a storage account as the sandbox serves them."""
    with Sandbox(
        seed=7, accounts=1, events=PAGES * PAGE_SIZE, retention_events=None, retention_hours=None
    ) as sandbox:
        account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        bodies, params = [], {"page_size": PAGE_SIZE}
        for _ in range(PAGES):
            response = account.get("events", params=params, get_raw_response=True)
            bodies.append(response.content)
            params = {**params, "cursor": response.json()["cursor"]}
    return bodies


def ours(bodies: list[bytes]) -> Any:
    envelopes = [read_envelope(body) for body in bodies]
    return to_frame([decode_page(e, SCHEMA) for e in envelopes], SCHEMA.arrow())


def ours_tolerant(bodies: list[bytes]) -> Any:
    envelopes = [read_envelope(body) for body in bodies]
    return to_frame([decode_objects_tolerant(e, SCHEMA) for e in envelopes], SCHEMA.arrow())


def sdk(bodies: list[bytes]) -> Any:
    objects = [item for body in bodies for item in json.loads(body)["objects"]]
    return pd.json_normalize(objects, sep="_")


def with_orjson(bodies: list[bytes]) -> Any:
    import orjson

    objects = [item for body in bodies for item in orjson.loads(body)["objects"]]
    return pd.json_normalize(objects, sep="_")


def _nested() -> pa.Schema:
    """Return the schema's columns as nested Arrow fields, for readers that want them so."""
    tree: dict[str, Any] = {}
    for column in SCHEMA.columns:
        *branch, leaf = column.path
        place = tree
        for key in branch:
            place = place.setdefault(key, {})
        place[leaf] = SCHEMA.arrow().field(column.name).type
    tree["account"] = tree["metadata"]["account"] = pa.int64()  # as the server sends them

    def fields(node: dict[str, Any]) -> list[pa.Field]:
        return [
            pa.field(k, pa.struct(fields(v)) if isinstance(v, dict) else v) for k, v in node.items()
        ]

    return pa.schema(fields(tree))


def _lines(bodies: list[bytes]) -> bytes:
    return b"\n".join(b"\n".join(split_objects(read_envelope(body))) for body in bodies)


def with_pyarrow(bodies: list[bytes]) -> Any:
    from pyarrow import json as pajson

    table = pajson.read_json(
        io.BytesIO(_lines(bodies)),
        read_options=pajson.ReadOptions(use_threads=False, block_size=1 << 22),
        parse_options=pajson.ParseOptions(
            explicit_schema=_nested(), unexpected_field_behavior="ignore"
        ),
    )
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def with_polars(bodies: list[bytes]) -> Any:
    import polars as pl

    empty = pl.from_arrow(_nested().empty_table())
    series = pl.Series([line.decode() for body in bodies
                        for line in split_objects(read_envelope(body))])  # fmt: skip
    return series.str.json_decode(pl.Struct(empty.schema)).struct.unnest()


def with_duckdb(bodies: list[bytes]) -> Any:
    import tempfile
    from pathlib import Path

    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    empty = _nested().empty_table()
    types = connection.sql("describe select * from empty").fetchall()
    connection.register("empty", empty)
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind, *_ in types)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.json"
        path.write_bytes(_lines(bodies))
        found = connection.sql(f"from read_ndjson('{path}', columns={{{columns}}})")
        return found.to_arrow_table()


WAYS: dict[str, Callable[[list[bytes]], Any]] = {
    "kloudless_data": ours,
    "kloudless_data, tolerant path": ours_tolerant,
    "json + json_normalize (the SDK's way)": sdk,
    "orjson + json_normalize": with_orjson,
    "pyarrow.json, explicit schema": with_pyarrow,
    "polars json_decode, explicit schema": with_polars,
    "duckdb read_ndjson, explicit columns": with_duckdb,
}


def run() -> list[dict[str, Any]]:
    """Measure every way in turn, several rounds; the median counts."""
    bodies = recorded_pages()
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name, way in WAYS.items():
            began = time.perf_counter()
            if len(way(bodies)) != PAGES * PAGE_SIZE:
                raise AssertionError(f"{name} lost events")
            times[name].append(time.perf_counter() - began)
    rates = {name: PAGES * PAGE_SIZE / statistics.median(t) for name, t in times.items()}
    mine = rates["kloudless_data"]
    return [
        {"way": name, "events_per_second": round(rate), "ours_is": round(mine / rate, 2)}
        for name, rate in rates.items()
    ]


def main() -> None:
    """Print the table."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
    pa.set_cpu_count(1)
    rows = run()
    if "--json" in sys.argv:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(f"{row['way']:40} {row['events_per_second']:>9,} events/s   "
              f"ours is {row['ours_is']:>6.2f} times as fast")  # fmt: skip


if __name__ == "__main__":
    main()
