"""Page bytes to a flat frame: events a second on one core, beside other ways to the same columns.

``python -m benchmarks decode``. Needs ``pip install orjson polars duckdb``.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from functools import partial
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

from .report import Goal, Report
from .timing import medians

__all__ = ["run"]

PAGES, PAGE_SIZE, ROUNDS = 12, 1_000, 7
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


#: What a look at who did what to which file needs.
COLUMNS = ["id", "type", "modified", "user_id", "metadata_name", "metadata_size"]


def ours_columns(bodies: list[bytes]) -> Any:
    envelopes = [read_envelope(body) for body in bodies]
    batches = [decode_page(e, SCHEMA, columns=COLUMNS) for e in envelopes]
    return to_frame(batches, SCHEMA.arrow(columns=COLUMNS))


def drifting(bodies: list[bytes], every: int = 10) -> list[bytes]:
    """Return the pages with a size that is no number in each tenth event."""
    pages = []
    for body in bodies:
        page = json.loads(body)
        for event in page["objects"][::every]:
            event["metadata"]["size"] = "12 kB"
        pages.append(json.dumps(page, separators=(",", ":"), ensure_ascii=False).encode())
    return pages


OURS, SDK = "kloudless_data", "json + json_normalize (the SDK's way)"
PARTLY = f"kloudless_data, {len(COLUMNS)} of {len(SCHEMA.columns)} columns"
DRIFTING = "kloudless_data, a tenth of the events with a misfit"
PEERS: dict[str, Callable[[list[bytes]], Any]] = {
    "pyarrow.json, explicit schema": with_pyarrow,
    "polars json_decode, explicit schema": with_polars,
    "duckdb read_ndjson, explicit columns": with_duckdb,
}


def run(quick: bool = False) -> Report:
    """Measure every way in turn."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
    pa.set_cpu_count(1)
    bodies = recorded_pages()
    drifted = drifting(bodies)
    ways: dict[str, Callable[[], Any]] = {
        OURS: lambda: ours(bodies),
        PARTLY: lambda: ours_columns(bodies),
        DRIFTING: lambda: ours(drifted),
        "kloudless_data, tolerant path": lambda: ours_tolerant(bodies),
        SDK: lambda: sdk(bodies),
        "orjson + json_normalize": lambda: with_orjson(bodies),
        **{name: partial(way, bodies) for name, way in PEERS.items()},
    }
    for name, way in ways.items():  # the first round, which does not count
        if len(way()) != PAGES * PAGE_SIZE:
            raise AssertionError(f"{name} lost events")
    seconds = medians(ways, 2 if quick else ROUNDS)
    rates = {name: PAGES * PAGE_SIZE / taken for name, taken in seconds.items()}
    report = Report(
        "decode",
        f"{PAGES} pages of {PAGE_SIZE:,} events of a storage account, from bytes to a flat frame, "
        "on one core. The polars and duckdb ways end in their own frames.",
    )
    for name, rate in rates.items():
        report.add(name, rate, "events/s", f"ours is {rates[OURS] / rate:.2f} times as fast")
    best = max(rates[name] for name in PEERS)
    report.goals = [
        Goal("10 times the SDK's way", rates[OURS] / rates[SDK], 10, at_least=True),
        Goal("1.2 times the fastest peer with the same columns",
             rates[OURS] / best, 1.2, at_least=True),
        Goal("faster with fewer columns", rates[PARTLY] / rates[OURS], 1, at_least=True),
    ]  # fmt: skip
    return report
