"""Events as they happen, and the frame made of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kloudless_data.schema import events_schema

from .documents import Documents, Folder
from .draws import Draws
from .people import Actor
from .vocabulary import VERBS, word

__all__ = ["Journal", "Label", "Session", "Thing"]


class Session(NamedTuple):
    """The place and the program with which somebody acts."""

    ip: str | None
    agent: str | None


class Thing(NamedTuple):
    """The subject of an event that is not about a file: a user, a group, a program or a setting."""

    id: str
    name: str
    type: str
    email: str | None = None


@dataclass(eq=False)
class Label:
    """An incident, or something odd and honest: who, and which rows of the journal."""

    kind: str
    people: list[Actor]
    intensity: str = ""
    slow: bool = False
    rows: list[int] = field(default_factory=list)


class _Row(NamedTuple):
    at: float
    actor: Actor | None
    verb: str
    session: Session
    file: int
    name: str
    folder: Folder | None
    size: int
    changed: float
    modifier: int
    thing: Thing | None
    before: tuple[str, Folder] | None
    extra: dict[str, Any] | None


class Journal:
    """Collects events in any order; `frame` sorts them."""

    def __init__(self, draws: Draws, documents: Documents) -> None:
        self._draws = draws
        self._documents = documents
        self._rows: list[_Row] = []
        self._ids: list[str] = []
        self._label: Label | None = None
        self.labels: list[Label] = []

    def __len__(self) -> int:
        return len(self._rows)

    @contextmanager
    def of(self, label: Label | None) -> Iterator[None]:
        """Count the events written meanwhile to a label; None leaves things as they are."""
        outer, self._label = self._label, label or self._label
        try:
            yield
        finally:
            self._label = outer

    def file(
        self,
        at: float,
        actor: Actor | None,
        verb: str,
        file: int,
        session: Session,
        before: tuple[str, Folder] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        """Write an event about a file, as the file is now."""
        d = self._documents
        folder = d.folders[d.places[file]]
        state = (file, d.names[file], folder, d.sizes[file], d.modified[file], d.modifiers[file])
        self._write(_Row(at, actor, verb, session, *state, None, before, extra))

    def thing(
        self,
        at: float,
        actor: Actor | None,
        verb: str,
        thing: Thing,
        session: Session,
        extra: dict[str, Any] | None = None,
    ) -> None:
        """Write an event about a user, a group, a program or a setting."""
        self._write(
            _Row(at, actor, verb, session, -1, thing.name, None, 0, at, -1, thing, None, extra)
        )

    def _write(self, row: _Row) -> None:
        if self._label is not None:
            self._label.rows.append(len(self._rows))
        self._rows.append(row)
        code = base64.urlsafe_b64encode(self._draws.getrandbits(120).to_bytes(15, "big"))
        self._ids.append(code.decode())

    def labels_frame(self, account: str, prefix: str, which: Sequence[Label]) -> pd.DataFrame:
        """Return labels as rows, with the ids of their events."""
        rows: list[dict[str, Any]] = []
        for label in (one for one in which if one.rows):
            times = sorted((self._rows[i].at, self._ids[i]) for i in label.rows)
            people = list(dict.fromkeys(label.people))
            rows.append(
                {
                    "id": f"{prefix}-{len(rows) + 1}",
                    "kind": label.kind,
                    "people": [a.email for a in people],
                    "user_ids": [a.id for a in people],
                    "start": _time(times[0][0]),
                    "end": _time(times[-1][0]),
                    "events": [id_ for _, id_ in times],
                    "intensity": label.intensity,
                    "slow": label.slow,
                    "account": account,
                }
            )
        columns = "id kind people user_ids start end events intensity slow account".split()
        frame = pd.DataFrame(rows, columns=columns)
        types = {"start": "datetime64[us, UTC]", "end": "datetime64[us, UTC]", "slow": bool}
        return frame.astype(types | dict.fromkeys(("id", "kind", "intensity", "account"), "str"))

    def frame(
        self, account: str, service: str, actors: Sequence[Actor], api_version: int, late: bool
    ) -> pd.DataFrame:
        """Return the events with the columns of the schema, oldest first or as delivered."""
        order = np.argsort(np.array([row.at for row in self._rows]), kind="stable")
        if late:
            order = order[np.argsort(self._arrivals(order), kind="stable")]
        rows = [self._rows[i] for i in order]
        columns = _Columns(rows, account, service, actors, self._documents)
        values: dict[str, Any] = {"id": [self._ids[i] for i in order], **columns.common()}
        values |= columns.version_2() if api_version >= 2 else columns.version_1()
        return _typed(values, api_version)

    def _arrivals(self, order: np.ndarray) -> np.ndarray:
        """Draw when events become visible: most at once, some minutes late, a few hours."""
        draws = np.random.default_rng(len(order))
        delays = draws.lognormal(4.0, 1.8, len(order)) * (draws.random(len(order)) < 0.3)
        return np.array([self._rows[i].at for i in order]) + delays


def _time(seconds: float) -> pd.Timestamp:
    return pd.Timestamp(round(seconds * 1e6), unit="us", tz="UTC")


class _Columns:
    """The values of each column."""

    def __init__(
        self,
        rows: list[_Row],
        account: str,
        service: str,
        actors: Sequence[Actor],
        documents: Documents,
    ) -> None:
        self._rows = rows
        self._account = account
        self._service = service
        self._actors = actors
        self._documents = documents

    def common(self) -> dict[str, Any]:
        """Return the columns that both versions have."""
        rows, files = self._rows, [r.file >= 0 for r in self._rows]
        d, things = self._documents, [r.thing for r in self._rows]
        names = {
            "metadata_owner": [d.owners[r.file] if r.file >= 0 else -1 for r in rows],
            "metadata_last_modifier": [r.modifier for r in rows],
        }
        values = {
            "account": [self._account] * len(rows),
            "ip": [r.session.ip for r in rows],
            "user_id": [r.actor and r.actor.id for r in rows],
            "modified": [r.at for r in rows],
            "action": [VERBS[r.verb].action for r in rows],
            "metadata_id": [d.ids[r.file] if r.file >= 0 else r.thing.id for r in rows],  # type: ignore[union-attr]
            "metadata_raw_id": [d.ids[r.file] if r.file >= 0 else None for r in rows],
            "metadata_type": ["file" if t is None else t.type for t in things],
            "metadata_name": [r.name for r in rows],
            "metadata_size": [r.size if f else None for r, f in zip(rows, files, strict=True)],
            "metadata_path": self._paths(),
            "metadata_created": [d.created[r.file] if r.file >= 0 else None for r in rows],
            "metadata_modified": [
                r.changed if f else None for r, f in zip(rows, files, strict=True)
            ],
            "metadata_mime_type": [d.mime(r.name) if r.file >= 0 else None for r in rows],
            "metadata_downloadable": [True if f else None for f in files],
            "metadata_account": [self._account if f else None for f in files],
            "metadata_parent_id": [r.folder and r.folder.id for r in rows],
            "metadata_parent_name": [r.folder and r.folder.name for r in rows],
            "metadata_api": ["storage" if f else "team" for f in files],
            "metadata_email": [t and t.email for t in things],
        }
        for prefix, indices in names.items():
            values |= self._users(prefix, indices)
        return values | self._before()

    def _paths(self) -> list[str | None]:
        # Drive's files have no path.
        if self._service == "gdrive":
            return [None] * len(self._rows)
        return [f"{r.folder.path}/{r.name}" if r.folder else None for r in self._rows]

    def _users(self, prefix: str, indices: list[int]) -> dict[str, Any]:
        known = [self._actors[i] if i >= 0 else None for i in indices]
        return {
            f"{prefix}_id": [a and a.id for a in known],
            f"{prefix}_name": [a and a.name for a in known],
            f"{prefix}_email": [a and a.email for a in known],
            f"{prefix}_type": [a and "user" for a in known],
            f"{prefix}_api": [a and "team" for a in known],
            f"{prefix}_id_type": [a and "login" for a in known],
        }

    def _before(self) -> dict[str, Any]:
        changes = [(r.before, r.file) for r in self._rows]
        ids = self._documents.ids
        return {
            "previous_metadata_id": [b and ids[file] for b, file in changes],
            "previous_metadata_name": [b and b[0] for b, _ in changes],
            "previous_metadata_type": [b and "file" for b, _ in changes],
            "previous_metadata_parent_id": [b and b[1].id for b, _ in changes],
            "previous_metadata_parent_name": [b and b[1].name for b, _ in changes],
        }

    def _words(self) -> list[str]:
        return [word(r.verb, self._service, int(r.at)) for r in self._rows]

    def version_2(self) -> dict[str, Any]:
        """Return the kinds of event and the acting users, in columns of their own."""
        verbs = [VERBS[r.verb] for r in self._rows]
        actors = [r.actor for r in self._rows]
        return {
            "event_category": [v.category for v in verbs],
            "event_type": [v.type for v in verbs],
            "event_subtype": self._words(),
            "user_name": [a and a.name for a in actors],
            "user_email": [a and a.email for a in actors],
            "user_type": [a and "user" for a in actors],
            "user_agent": [r.session.agent for r in self._rows],
            "extra": [r.extra and _json({"metadata": r.extra}) for r in self._rows],
        }

    def version_1(self) -> dict[str, Any]:
        """Return the words of version 1; values without a column are in ``extra``."""
        words = zip(self._rows, self._words(), strict=True)
        return {
            "type": [VERBS[r.verb].v1 or upstream for r, upstream in words],
            "extra": [self._extra(r) for r in self._rows],
        }

    def _extra(self, row: _Row) -> str | None:
        extra: dict[str, Any] = {"metadata": row.extra} if row.extra else {}
        if row.actor is not None:
            extra["user"] = {"name": row.actor.name, "email": row.actor.email}
        if row.session.agent is not None:
            extra["user_agent"] = row.session.agent
        return _json(extra) if extra else None


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _typed(values: dict[str, Any], api_version: int) -> pd.DataFrame:
    """Return the columns of the schema, in its order and with its types."""
    schema = events_schema(api_version)
    count = len(values["id"])
    columns = {}
    for name, kind in [*((c.name, c.kind) for c in schema.columns), ("extra", "json")]:
        given = values.get(name) or [None] * count
        if kind == "timestamp":
            seconds = np.array([np.nan if v is None else v for v in given], dtype=float)
            moments = np.where(np.isnan(seconds), np.iinfo(np.int64).min, np.rint(seconds * 1e6))
            columns[name] = pd.Series(moments.astype("int64").view("M8[us]")).dt.tz_localize("UTC")
        else:
            type_ = {"int64": "Int64", "bool": "boolean"}.get(kind, "str")
            columns[name] = pd.Series(given, dtype=type_)
    return pd.DataFrame(columns)
