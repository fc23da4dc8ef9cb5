"""Write one world: ``python -m benchmarks.worlds --seed 3 --people 40 --days 90 --output DIR``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from .world import INTENSITIES, KINDS, World


def main() -> None:
    """Write ``events.parquet`` and ``labels.json``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worlds", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--people", type=int, default=40, help="5 to 200")
    parser.add_argument("--days", type=int, default=90, help="60 to 120")
    parser.add_argument("--quiet", action="store_true", help="without incidents")
    parser.add_argument("--intensity", choices=list(INTENSITIES), help="of all incidents")
    parser.add_argument("--kind", action="append", choices=KINDS, help="exactly these incidents")
    parser.add_argument("--api-version", type=int, default=2, choices=(1, 2))
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    asked = parser.parse_args()
    world = World(
        asked.seed,
        asked.people,
        asked.days,
        not asked.quiet,
        asked.intensity,
        kinds=asked.kind,
        api_version=asked.api_version,
    )
    asked.output.mkdir(parents=True, exist_ok=True)
    pq.write_table(world.table(), asked.output / "events.parquet")
    labels = {
        "service": world.service,
        "incidents": _plain(world.incidents),
        "oddities": _plain(world.oddities),
    }
    (asked.output / "labels.json").write_text(json.dumps(labels, indent=1), encoding="utf-8")
    print(f"{world.table().num_rows:,} events, {len(world.incidents)} incidents, {world.service}")


def _plain(labels: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {k: v.isoformat() if isinstance(v, pd.Timestamp) else v for k, v in row.items()}
        for row in labels.to_dict("records")
    ]


if __name__ == "__main__":
    main()
