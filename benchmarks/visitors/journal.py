"""The log of what happened, as columns of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from benchmarks.newcomers.words import ACTIONS
from kloudless_data.schema import events_schema

from .chance import Chance
from .records import File, Folder, Label, Person
from .tree import MIME

__all__ = ["Journal", "Subject"]


_LATEST = 80_000.0  # seconds


class Subject(NamedTuple):
    """What an event is about if it is not stored: a user, a group, an application, a setting."""

    type: str
    id: str
    name: str
    email: str | None = None


class _Row(NamedTuple):
    time: float
    verb: str
    actor: Person | None
    ip: str | None
    agent: str | None
    thing: File | Folder | Subject
    name: str
    folder: Folder | None
    size: int | None
    modified: float
    editor: Person | None
    owner: Person | None
    extra: str | None
    before: tuple[str, Folder] | None


class Journal:
    """Rows in the order in which they happened; time is in seconds since the first midnight."""

    def __init__(self, chance: Chance, service: str, first: datetime) -> None:
        self._key, self._service = chance.random(), service
        self._rows: list[_Row] = []
        self._grain = 1_000 if service == "gdrive" else 1_000_000
        self._start = int(first.replace(tzinfo=UTC).timestamp()) * 1_000_000

    def write(
        self, time: float, verb: str, actor: Person | None, ip: str | None, agent: str | None,
        thing: File | Folder | Subject, detail: dict[str, Any] | None = None,
        before: tuple[str, Folder] | None = None,
    ) -> int:  # fmt: skip
        """Add a row about a thing as it is now; return its place."""
        extra = json.dumps({"metadata": detail}) if detail else None
        state: tuple[Any, ...] = (None, None, 0.0, None, None)
        if isinstance(thing, File):
            state = (thing.folder, thing.size, thing.modified, thing.editor, thing.owner)
        elif isinstance(thing, Folder):
            state = (thing.parent, None, 0.0, None, thing.owner)
        row = (time, verb, actor, ip, agent, thing, thing.name, *state, extra, before)
        self._rows.append(_Row._make(row))
        return len(self._rows) - 1

    def ids(self) -> list[str]:
        """Return the id of each row."""
        chance = Chance("ids", self._key)
        return [f"{chance.getrandbits(96):024x}" for _ in self._rows]

    def _instant(self, time: float) -> int:
        return (int(time * 1e6) + self._start) // self._grain * self._grain

    def span(self, label: Label) -> tuple[datetime, datetime]:
        """Return when the first and the last event of a label happened."""
        times = [self._instant(self._rows[row].time) for row in label.rows]
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return tuple(epoch + timedelta(microseconds=at) for at in (min(times), max(times)))  # type: ignore[return-value]

    def table(self, account: str, version: int, late: bool) -> pa.Table:
        """Return the rows as events, by time or, if they come late, by delivery."""
        schema = events_schema(version).arrow()
        columns, nothing = self._columns(account), [None] * len(self._rows)
        table = pa.Table.from_arrays([
            pa.array(columns.get(one.name, nothing), pa.int64()).cast(one.type)
            if pa.types.is_timestamp(one.type)
            else pa.array(columns.get(one.name, nothing), one.type)
            for one in schema
        ], schema=schema)  # fmt: skip
        times = np.array([row.time for row in self._rows])
        if late:
            rng = np.random.default_rng(7)
            times = times + rng.lognormal(4.8, 1.4, len(times)).clip(0, _LATEST)
        return table.take(np.argsort(times, kind="stable"))

    def _columns(self, account: str) -> dict[str, list[Any]]:
        """Return the columns of both versions of the API."""
        rows, words = self._rows, [ACTIONS[row.verb] for row in self._rows]
        own = [word.words[self._service] for word in words]
        stored = [not isinstance(row.thing, Subject) for row in rows]
        files = [row.thing if isinstance(row.thing, File) else None for row in rows]
        folders = [row.folder for row in rows]
        columns: dict[str, list[Any]] = {
            "id": self.ids(), "account": [account] * len(rows),
            "action": [word.sign for word in words],
            "type": [word.v1 or service for word, service in zip(words, own, strict=True)],
            "event_category": [word.category for word in words],
            "event_type": [word.type for word in words], "event_subtype": own,
            "ip": [row.ip for row in rows], "user_agent": [row.agent for row in rows],
            "modified": [self._instant(row.time) for row in rows],
            "extra": [row.extra for row in rows],
            "metadata_id": [row.thing.id for row in rows],
            "metadata_raw_id": [row.thing.id if one else None
                                for row, one in zip(rows, stored, strict=True)],
            "metadata_type": ["file" if file else getattr(row.thing, "type", "folder")
                              for row, file in zip(rows, files, strict=True)],
            "metadata_name": [row.name for row in rows],
            "metadata_size": [row.size for row in rows],
            "metadata_path": [f"{row.folder.path if row.folder else ''}/{row.name}" if one else None
                              for row, one in zip(rows, stored, strict=True)],
            "metadata_created": [file and self._instant(file.created) for file in files],
            "metadata_modified": [file and self._instant(row.modified)
                                  for row, file in zip(rows, files, strict=True)],
            "metadata_mime_type": [file and MIME.get(row.name.rsplit(".", 1)[-1])
                                   for row, file in zip(rows, files, strict=True)],
            "metadata_downloadable": [True if file else None for file in files],
            "metadata_account": [account if one else None for one in stored],
            "metadata_parent_id": [one.id if one else None for one in folders],
            "metadata_parent_name": [one.name if one else None for one in folders],
            "metadata_api": ["storage" if one else "team" for one in stored],
            "metadata_email": [getattr(row.thing, "email", None) for row in rows],
        }  # fmt: skip
        columns |= _who("user", [row.actor for row in rows], 4) | _before(rows)
        columns |= _who("metadata_owner", [row.owner for row in rows])
        return columns | _who("metadata_last_modifier", [row.editor for row in rows])


def _who(prefix: str, people: list[Person | None], number: int = 6) -> dict[str, list[Any]]:
    values = [(one.id, one.name, one.email, "user", "team", "login") if one else (None,) * 6
              for one in people]  # fmt: skip
    names = ("id", "name", "email", "type", "api", "id_type")[:number]
    return {f"{prefix}_{name}": [one[place] for one in values] for place, name in enumerate(names)}


def _before(rows: list[_Row]) -> dict[str, list[Any]]:
    """Return what renamed and moved files were before."""
    olds = [row.before for row in rows]
    return {
        "previous_metadata_id": [row.thing.id if row.before else None for row in rows],
        "previous_metadata_name": [old[0] if old else None for old in olds],
        "previous_metadata_path": [f"{old[1].path}/{old[0]}" if old else None for old in olds],
        "previous_metadata_type": ["file" if old else None for old in olds],
        "previous_metadata_size": [row.size if row.before else None for row in rows],
        "previous_metadata_parent_id": [old[1].id if old else None for old in olds],
        "previous_metadata_parent_name": [old[1].name if old else None for old in olds],
    }
