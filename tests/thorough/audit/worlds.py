"""Small histories for the audit's tests, each event written down rather than simulated."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

START = pd.Timestamp("2026-01-05", tz="UTC")


def events_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame of v1's events, with ids where a row has none."""
    frame = pd.DataFrame(rows)
    frame["id"] = [f"e{n:06d}" for n in range(len(frame))]
    if "extra" in frame:
        frame["extra"] = frame["extra"].map(json.dumps, na_action="ignore")
    frame["modified"] = frame["modified"].dt.floor("ms").astype("datetime64[us, UTC]")
    return frame.assign(account="7").sort_values("modified", kind="stable", ignore_index=True)


def office(
    people: int = 12, days: int = 60, seed: int = 1, *, heavy: float = 0.9
) -> list[dict[str, Any]]:
    """Return ordinary work, with heavy tails: busy days, changing addresses, late evenings.

    Every person has hours, a home whose address changes within its provider's pool, an office, a
    telephone of a carrier, and a browser whose version rises; what they do a day is log-normal.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for who in range(people):
        begins, mean = rng.uniform(7, 10), rng.uniform(1.5, 3.0)
        for day in range(days):
            if (day % 7 >= 5 and rng.random() > 0.1) or rng.random() < 0.08:
                continue
            number = 1 + int(rng.lognormal(mean, heavy))
            late = rng.random() < 0.06
            hours = begins + rng.beta(2, 2, number) * (14 if late else 8.5)
            network = rng.choice(["office", "home", "phone"], p=[0.5, 0.35, 0.15])
            for hour in np.sort(hours):
                kind = rng.choice(
                    ["preview", "download", "update", "add", "delete", "share", "rename"],
                    p=[0.38, 0.17, 0.22, 0.1, 0.06, 0.03, 0.04],
                )
                rows.append(
                    _row(who, day, float(hour), str(kind), int(rng.zipf(1.4)) % 400, str(network),
                         owner=int(rng.integers(people)), people=people)
                )  # fmt: skip
    return rows


def address(who: int, day: int, network: str) -> str:
    """Return the address that a person has on a day in a kind of network."""
    if network == "office":
        return f"198.51.100.{10 + who % 3}"
    if network == "phone":
        return f"100.{64 + who % 4}.{(day * 7 + who) % 250}.{(day * 31) % 250 + 1}"
    return f"203.{who % 200}.{(day // 5) % 250}.{who + 1}"


def person(who: int) -> str:
    """Return a person's address."""
    return f"p{who:02d}@house.example"


def _row(
    who: int, day: int, hour: float, kind: str, file: int, network: str, owner: int, people: int
) -> dict[str, Any]:
    row = {
        "modified": START + pd.Timedelta(days=day) + pd.Timedelta(hours=round(hour, 6)),
        "type": kind,
        "user_email": person(who),
        "ip": address(who, day, network),
        "user_agent": f"Mozilla/5.0 (Windows NT 10.0) Chrome/{130 + day // 20}.0.0.0 Safari/537.36",
        "metadata_id": f"f{who if file < 60 else 0}-{file}",
        "metadata_type": "file",
        "metadata_name": f"File {file}.docx",
        "metadata_owner_email": person(who if file < 60 else owner),
    }
    if kind == "share":
        row["extra"] = {"metadata": {"shared_with": {"email": person((who + file) % people)}}}
    if kind == "rename":
        row["previous_metadata_name"] = f"Old {file}.docx"
    return row


def burst(
    who: int, start: pd.Timestamp, kind: str, count: int, every: float = 20.0, **columns: Any
) -> list[dict[str, Any]]:
    """Return so many events of one kind by a person, on different files, some seconds apart."""
    return [
        {
            "modified": start + pd.Timedelta(seconds=every * n),
            "type": kind,
            "user_email": person(who),
            "ip": "198.51.100.10",
            "metadata_id": f"b-{kind}-{start:%m%d%H}-{n}",
            "metadata_type": "file",
            "metadata_name": f"Burst {n}.docx",
            "metadata_owner_email": person(who + 1),
            **{name: value(n) if callable(value) else value for name, value in columns.items()},
        }
        for n in range(count)
    ]
