"""Decode JSON from other sources: ``python -m benchmarks.other_json FILE…``.

The files are published JSON, each an object that contains a list, a list, an object of objects, or
JSON Lines. Their objects are copied unchanged into a page of a thousand, which is read four times;
the schema is inferred. The columnar path must give the same result as the row-wise path.
"""

from __future__ import annotations

import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa

from kloudless_data.decode import decode_page, read_envelope
from kloudless_data.decode.columnar import decode_columnar
from kloudless_data.interchange.frame import to_frame
from kloudless_data.schema.infer import infer_schema
from kloudless_data.schema.model import Schema

from .peers import SDK, rowwise
from .timing import medians

PAGES, PAGE_SIZE, ROUNDS = 4, 1_000, 5
OURS = "kloudless_data"


def objects_in(text: bytes) -> list[msgspec.Raw]:
    """Return the text of each object of a file."""
    try:
        members = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        if text.lstrip()[:1] == b"[":
            return msgspec.json.decode(text, type=list[msgspec.Raw])
        return [msgspec.Raw(line) for line in text.splitlines() if line.strip()]
    longest = max(members.values(), key=len)
    if bytes(longest)[:1] == b"[":
        return msgspec.json.decode(longest, type=list[msgspec.Raw])
    return [value for value in members.values() if bytes(value)[:1] == b"{"]


def page_of(paths: list[str]) -> bytes:
    """Return a page of a thousand objects from some files."""
    found = [item for path in paths for item in objects_in(Path(path).read_bytes())]
    items = [found[number % len(found)] for number in range(PAGE_SIZE)]
    return b'{"objects":[' + b",".join(items) + b"]}"


def ours(body: bytes, schema: Schema, decode: Any) -> pd.DataFrame:
    batches = [decode(read_envelope(body), schema) for _ in range(PAGES)]
    return to_frame(batches, schema.arrow())


def normalized(body: bytes, loads: Any) -> pd.DataFrame:
    objects = [item for _ in range(PAGES) for item in loads(body)["objects"]]
    return pd.json_normalize(objects, sep="_")


def main(paths: list[str]) -> None:
    """Compare both paths, and print each candidate's thousand objects a CPU second."""
    import orjson

    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    pa.set_cpu_count(1)
    body = page_of(paths)
    envelope = read_envelope(body)
    schema = infer_schema(json.loads(body)["objects"])
    batch = decode_columnar(envelope.items, schema)
    batch.validate(full=True)
    if not batch.equals(rowwise(envelope, schema)):
        raise AssertionError(f"the two paths do not agree on {paths}")
    ways = {
        OURS: partial(ours, body, schema, decode_page),
        "row-wise path": partial(ours, body, schema, rowwise),
        SDK: partial(normalized, body, json.loads),
        "orjson": partial(normalized, body, orjson.loads),
    }
    seconds = medians(ways, ROUNDS, time.process_time)
    rates = ", ".join(
        f"{name} {PAGES * PAGE_SIZE / taken / 1000:.1f}" for name, taken in seconds.items()
    )
    faster = seconds[SDK] / seconds[OURS]
    print(f"{Path(paths[0]).name}: {len(body) // PAGE_SIZE} bytes each, {len(schema.columns)} "
          f"columns; {rates}; {faster:.1f} times the SDK's way")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
