"""The log of all that happened, as columns of events."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from benchmarks.newcomers.words import ACTIONS
from kloudless_data.schema import events_schema

from .draws import Draws
from .people import Actor
from .tree import File, Folder

__all__ = ["Journal", "Label", "Thing", "permission"]

_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"


class Thing(NamedTuple):
    """What an event is about if it is not a file: a user, a group or an application."""

    type: str
    id: str
    name: str
    email: str | None = None


@dataclass
class Label:
    """The rows that belong to an incident, or to something odd and honest."""

    kind: str
    intensity: str
    slow: bool
    people: list[Actor] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


class _Row(NamedTuple):
    time: float
    actor: Actor | None
    verb: str
    thing: File | Folder | Thing
    name: str
    folder: Folder | None
    size: int | None
    modified: float
    editor: Actor | None
    ip: str | None
    agent: str | None
    extra: str | None
    before: tuple[str, Folder] | None


def permission(
    kind: str, role: str, actor: Actor | None = None, email: str | None = None
) -> dict[str, Any]:
    """Return the detail that tells with whom something is shared."""
    who: dict[str, Any] = {"id": None, "name": None, "email": email}
    if actor is not None:
        who = {"id": actor.id, "name": actor.name, "email": actor.email}
    return {"permissions": [{**who, "role": role, "type": kind}]}


class Journal:
    """Rows in the order in which they happened.

    Parameters
    ----------
    draws : Draws
    service : str
    first : datetime.datetime
        When time is 0.
    """

    def __init__(self, draws: Draws, service: str, first: datetime) -> None:
        self._key, self._service = draws.random(), service
        self._rows: list[_Row] = []
        self._grain = 1_000 if service == "gdrive" else 1_000_000
        self._start = int(first.replace(tzinfo=UTC).timestamp() * 1e6)

    def write(
        self, time: float, actor: Actor | None, verb: str, thing: File | Folder | Thing,
        ip: str | None, agent: str | None, detail: dict[str, Any] | None = None,
        before: tuple[str, Folder] | None = None,
    ) -> int:  # fmt: skip
        """Write down an event; a file is as the event left it."""
        size: int | None = None
        modified, folder = time, None
        editor: Any = None
        if isinstance(thing, File):
            size, modified, editor, folder = thing.size, thing.modified, thing.editor, thing.folder
        elif isinstance(thing, Folder):
            folder = thing.parent
        extra = json.dumps({"metadata": detail}, separators=(",", ":")) if detail else None
        self._rows.append(_Row(time, actor, verb, thing, thing.name, folder, size, modified,
                               editor, ip, agent, extra, before))  # fmt: skip
        return len(self._rows) - 1

    def ids(self) -> list[str]:
        """Return the events' ids, in the order of the rows."""
        draws = Draws(self._key)
        return [draws.text(20, _ALPHABET) for _ in self._rows]

    def instants(self, times: list[float]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return microseconds since 1970, as precise as the service tells them."""
        exact = (np.array(times, dtype="float64") * 1e6).astype("int64") + self._start
        return exact // self._grain * self._grain

    def moment(self, label: Label) -> tuple[datetime, datetime]:
        """Return when a label's first and last event happened."""
        times = self.instants([self._rows[row].time for row in label.rows])
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return tuple(epoch + timedelta(microseconds=int(at)) for at in (times.min(), times.max()))  # type: ignore[return-value]

    def table(self, account: str, version: int, late: bool) -> pa.Table:
        """Return the rows as a table of events."""
        schema = events_schema(version).arrow()
        columns = self._columns(account, version)
        nothing = [None] * len(self._rows)
        arrays = [
            pa.array(columns.get(one.name, nothing), pa.int64()).cast(one.type)
            if pa.types.is_timestamp(one.type)
            else pa.array(columns.get(one.name, nothing), one.type)
            for one in schema
        ]
        table = pa.Table.from_arrays(arrays, schema=schema)
        return table.take(self._order(late))

    def _order(self, late: bool) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Sort by time, or by delivery: most within minutes, some after hours."""
        times = np.array([row.time for row in self._rows])
        if late:
            rng = np.random.default_rng(len(self._rows))
            times = times + rng.lognormal(4.5, 1.5, len(times)).clip(0, 80_000)
        return np.argsort(times, kind="stable")

    def _columns(self, account: str, version: int) -> dict[str, Any]:
        rows = self._rows
        words = [ACTIONS[row.verb] for row in rows]
        own = [word.words[self._service] for word in words]
        columns: dict[str, Any] = {
            "id": self.ids(), "account": [account] * len(rows),
            "action": [word.sign for word in words],
            "ip": [row.ip for row in rows],
            "user_id": [row.actor.id if row.actor else None for row in rows],
            "modified": self.instants([row.time for row in rows]),
            "extra": [row.extra for row in rows],
        }  # fmt: skip
        if version == 1:
            columns["type"] = [word.v1 or service for word, service in zip(words, own, strict=True)]
        else:
            columns |= {
                "event_category": [word.category for word in words],
                "event_type": [word.type for word in words], "event_subtype": own,
                "user_name": [row.actor.name if row.actor else None for row in rows],
                "user_email": [row.actor.email if row.actor else None for row in rows],
                "user_type": ["user" if row.actor else None for row in rows],
                "user_agent": [row.agent for row in rows],
            }  # fmt: skip
        return columns | self._metadata(account)

    def _metadata(self, account: str) -> dict[str, Any]:
        rows = self._rows
        files = [row.thing if isinstance(row.thing, File) else None for row in rows]
        stored = [not isinstance(row.thing, Thing) for row in rows]
        columns: dict[str, Any] = {
            "metadata_id": [row.thing.id for row in rows],
            "metadata_raw_id": [
                row.thing.id if inside else None for row, inside in zip(rows, stored, strict=True)
            ],
            "metadata_type": [_type(row.thing) for row in rows],
            "metadata_name": [row.name for row in rows],
            "metadata_size": [row.size for row in rows],
            "metadata_path": [
                f"{row.folder.path if row.folder else ''}/{row.name}" if inside else None
                for row, inside in zip(rows, stored, strict=True)
            ],
            "metadata_created": self._times([file.created if file else None for file in files]),
            "metadata_modified": self._times(
                [row.modified if file else None for row, file in zip(rows, files, strict=True)]
            ),
            "metadata_mime_type": [file and file.mime for file in files],
            "metadata_downloadable": [True if file else None for file in files],
            "metadata_account": [account if inside else None for inside in stored],
            "metadata_parent_id": [row.folder.id if row.folder else None for row in rows],
            "metadata_parent_name": [row.folder.name if row.folder else None for row in rows],
            "metadata_api": ["storage" if inside else "team" for inside in stored],
            "metadata_email": [
                row.thing.email if isinstance(row.thing, Thing) else None for row in rows
            ],
        }  # fmt: skip
        owners = [getattr(row.thing, "owner", None) for row in rows]
        return columns | _person("metadata_owner", owners) | _person(
            "metadata_last_modifier", [row.editor for row in rows]
        ) | _previous(rows)  # fmt: skip

    def _times(self, times: list[float | None]) -> list[int | None]:
        grain, start = self._grain, self._start
        return [None if t is None else (int(t * 1e6) + start) // grain * grain for t in times]


def _type(thing: File | Folder | Thing) -> str:
    if isinstance(thing, Thing):
        return thing.type
    return "file" if isinstance(thing, File) else "folder"


def _person(prefix: str, actors: list[Any]) -> dict[str, Any]:
    return {
        f"{prefix}_id": [one.id if one else None for one in actors],
        f"{prefix}_name": [one.name if one else None for one in actors],
        f"{prefix}_email": [one.email if one else None for one in actors],
        f"{prefix}_type": ["user" if one else None for one in actors],
        f"{prefix}_api": ["team" if one else None for one in actors],
        f"{prefix}_id_type": ["login" if one else None for one in actors],
    }


def _previous(rows: list[_Row]) -> dict[str, Any]:
    """Return what renamed and moved files were before."""
    before = [row.before for row in rows]
    return {
        "previous_metadata_id": [row.thing.id if row.before else None for row in rows],
        "previous_metadata_name": [old[0] if old else None for old in before],
        "previous_metadata_path": [f"{old[1].path}/{old[0]}" if old else None for old in before],
        "previous_metadata_type": ["file" if old else None for old in before],
        "previous_metadata_size": [row.size if row.before else None for row in rows],
        "previous_metadata_parent_id": [old[1].id if old else None for old in before],
        "previous_metadata_parent_name": [old[1].name if old else None for old in before],
    }
