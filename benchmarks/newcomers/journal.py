"""The log: what was done becomes rows, and rows the columns of a frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kloudless_data.schema import events_schema

from .chance import Chance
from .identity import Identity
from .tree import File, Folder
from .words import ACTIONS

__all__ = ["Journal", "Label", "Thing", "of_item", "of_other"]

_GRAIN = {"gdrive": 1_000}  # microseconds; the others tell whole seconds


@dataclass(eq=False)
class Label:
    """An incident or an oddity while it happens.

    Attributes
    ----------
    kind, intensity : str
    slow : bool
        Meant to take days or weeks.
    people : list of Identity
        Whose it is.
    rows : list of int
        The numbers of its rows in the journal.
    """

    kind: str
    intensity: str
    slow: bool = False
    people: list[Identity] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


class Thing(NamedTuple):
    """What an event is about, as it was then."""

    type: str
    id: str
    name: str
    path: str | None = None
    size: int | None = None
    created: float | None = None
    modified: float | None = None
    parent_id: str | None = None
    parent_name: str | None = None
    owner: Identity | None = None
    last: Identity | None = None
    mime: str | None = None
    email: str | None = None


class _Row(NamedTuple):
    time: float
    verb: str
    actor: Identity | None
    ip: str | None
    agent: str | None
    thing: Thing
    extra: str | None
    previous: Thing | None


def of_item(item: File | Folder) -> Thing:
    """Return what an event tells about a file or a folder."""
    if isinstance(item, Folder):
        parent = item.parent
        return Thing(
            "folder", item.id, item.name, item.path, None, item.created, None,
            parent.id if parent else None, parent.name if parent else None, item.owner, item.owner,
        )  # fmt: skip
    home = item.folder
    return Thing(
        "file", item.id, item.name, f"{home.path}/{item.name}", item.size, item.created,
        item.modified, home.id, home.name, item.owner, item.last, item.mime,
    )  # fmt: skip


def of_other(type_: str, id_: str, name: str, email: str | None = None) -> Thing:
    """Return what an event tells about a user, a group, a program or a setting."""
    return Thing(type_, id_, name, email=email)


class Journal:
    """Rows in the order in which things happened."""

    def __init__(self, service: str, start: float) -> None:
        self._start, self.service = start, service
        self._grain = _GRAIN.get(service, 1_000_000)
        self._rows: list[_Row] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self,
        time: float,
        verb: str,
        actor: Identity | None,
        spot: tuple[str | None, str | None],
        thing: Thing,
        label: Label | None,
        extra: str | None = None,
        previous: Thing | None = None,
    ) -> None:
        """Write a row."""
        if label is not None:
            label.rows.append(len(self._rows))
        self._rows.append(_Row(time, verb, actor, *spot, thing, extra, previous))

    def ids(self) -> list[str]:
        """Return the id of each row, the same each time."""
        chance = Chance("ids", self._start, self.service, len(self._rows))
        return [chance.token(20) for _ in self._rows]

    def instants(self, rows: Sequence[int]) -> pd.DatetimeIndex:
        """Return when rows happened, as precisely as the service tells."""
        return self._instants([self._rows[row].time for row in rows])

    def frame(self, account: str, version: int, late: bool) -> pd.DataFrame:
        """Return all rows as columns of the schema."""
        ready: dict[str, list[Any]] = {"id": self.ids(), "account": [account] * len(self)}
        isa = [row.thing.type in ("file", "folder") for row in self._rows]
        ready["metadata_account"] = [account if thing else None for thing in isa]
        ready["metadata_api"] = ["storage" if thing else "team" for thing in isa]
        ready["metadata_raw_id"] = [
            r.thing.id if a else None for r, a in zip(self._rows, isa, strict=True)
        ]
        columns = {}
        for field_ in events_schema(version).arrow():
            values = ready.get(field_.name)
            if values is None:
                values = self._column(field_.name)
            columns[field_.name] = self._typed(str(field_.type), values)
        frame = pd.DataFrame(columns)
        return self._deliver(frame) if late else frame

    def _column(self, name: str) -> list[Any]:
        read = _READERS.get(name)
        if read is None:
            return [None] * len(self)
        return [read(row, self.service) for row in self._rows]

    def _typed(self, kind: str, values: list[Any]) -> Any:
        if kind.startswith("timestamp"):
            return self._instants(values)
        dtype = {"int64": "Int64", "bool": "boolean"}.get(kind)
        return pd.array(values, dtype=dtype or pd.StringDtype(na_value=np.nan))

    def _instants(self, values: Sequence[float | None]) -> pd.DatetimeIndex:
        numbers = np.array([np.nan if v is None else v for v in values], dtype=float)
        missing = np.isnan(numbers)
        micro = np.where(missing, 0, (numbers + self._start) * 1e6).astype("int64")
        times = (micro - micro % self._grain).astype("datetime64[us]")
        times[missing] = np.datetime64("NaT")
        return pd.DatetimeIndex(times).tz_localize(UTC)

    def _deliver(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Put events in the order in which a service hands them over: minutes to hours late."""
        chance = Chance("delivery", self._start, len(frame))
        arrival = [row.time + chance.heavy(90, 1.3) for row in self._rows]
        return frame.iloc[np.argsort(arrival, kind="stable")].reset_index(drop=True)


_Reader = Callable[[_Row, str], Any]


def _of_thing(name: str) -> _Reader:
    return lambda row, _: getattr(row.thing, name)


def _of_previous(name: str) -> _Reader:
    return lambda row, _: getattr(row.previous, name, None)


def _of_actor(name: str) -> _Reader:
    return lambda row, _: getattr(row.actor, name, None)


def _of_somebody(whose: str, name: str) -> _Reader:
    return lambda row, _: getattr(getattr(row.thing, whose), name, None)


def _constant(whose: str, word: str) -> _Reader:
    return lambda row, _: word if getattr(row.thing, whose) else None


_READERS: dict[str, _Reader] = {
    "action": lambda row, _: ACTIONS[row.verb].sign,
    "event_category": lambda row, _: ACTIONS[row.verb].category,
    "event_type": lambda row, _: ACTIONS[row.verb].type,
    "event_subtype": lambda row, service: ACTIONS[row.verb].words[service],
    "type": lambda row, service: ACTIONS[row.verb].v1 or ACTIONS[row.verb].words[service],
    "ip": lambda row, _: row.ip,
    "user_agent": lambda row, _: row.agent,
    "modified": lambda row, _: row.time,
    "extra": lambda row, _: row.extra,
    "user_type": lambda row, _: "user" if row.actor else None,
    "metadata_downloadable": lambda row, _: True if row.thing.type == "file" else None,
    "metadata_mime_type": _of_thing("mime"),
    "metadata_email": _of_thing("email"),
    **{f"user_{name}": _of_actor(name) for name in ("id", "name", "email")},
    **{
        f"metadata_{name}": _of_thing(name)
        for name in "type id name path size created modified parent_id parent_name".split()
    },
    **{
        f"previous_metadata_{name}": _of_previous(name)
        for name in "type id name path size parent_id parent_name".split()
    },
    **{
        f"metadata_{long}_{name}": _of_somebody(whose, name)
        for whose, long in (("owner", "owner"), ("last", "last_modifier"))
        for name in ("id", "name", "email")
    },
    **{
        f"metadata_{long}_{name}": _constant(whose, word)
        for whose, long in (("owner", "owner"), ("last", "last_modifier"))
        for name, word in (("type", "user"), ("api", "team"), ("id_type", "login"))
    },
}
