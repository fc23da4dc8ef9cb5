"""Writes what was played as the columns of an event stream.

Where the API does not document a field for something, it goes where a server would most plausibly
put it, in the shapes that the API uses elsewhere: rights as the objects of ``permissions`` (v1:
``id``, ``name``, ``email``, ``role``, ``type``; a public link is one of the type ``anyone``);
people, groups and programs that an event is about as its ``metadata``. What has no column is in
``extra``.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC
from typing import Any

import numpy as np
import pyarrow as pa

from kloudless_data.schema import events_schema

from .files import MIME, Files
from .log import Played
from .organisation import Organisation
from .vocabulary import Words, words

__all__ = ["write"]

_ACTIONS = {"add": "+", "delete": "-"}
_CHANGES = {"add", "delete", "update", "rename", "move", "copy", "restore"}


def write(
    organisation: Organisation,
    files: Files,
    rows: list[Played],
    rng: np.random.Generator,
    version: int,
) -> pa.Table:
    """Return events as a table with the columns of their schema.

    Parameters
    ----------
    organisation : Organisation
    files : Files
        As they are after the events.
    rows : list of Played
        Oldest first.
    rng : numpy.random.Generator
        For the ids.
    version : {1, 2}
        Of the API.

    Returns
    -------
    pyarrow.Table
    """
    schema = events_schema(version).arrow()
    spoken = [words(organisation.service)[row.verb] for row in rows]
    columns: dict[str, list[Any]] = {name: [None] * len(rows) for name in schema.names}
    columns["id"] = _ids(rng, len(rows))
    columns["account"] = [organisation.account] * len(rows)
    columns["action"] = [_ACTIONS.get(w.type) for w in spoken]
    _write_words(columns, spoken, version)
    lost = rng.random(len(rows)) < 0.003  # any field may be missing
    columns["ip"] = [None if gone else row.ip for row, gone in zip(rows, lost, strict=True)]
    start = int(organisation.start.astimezone(UTC).timestamp() * 1e6)
    columns["modified"] = [start + int(row.time * 1e6) for row in rows]
    extra: list[dict[str, Any]] = [{} for _ in rows]
    _write_people(columns, extra, organisation, rows, version)
    _write_files(columns, organisation, files, rows, start)
    for number, (row, word) in enumerate(zip(rows, spoken, strict=True)):
        if row.item < 0:
            _write_subject(columns, number, organisation, row, word)
        if row.target and (details := row.target.get("extra")):
            extra[number]["metadata"] = details
    columns["extra"] = [json.dumps(e, separators=(",", ":")) if e else None for e in extra]
    return pa.table([_array(columns[f.name], f.type) for f in schema], schema=schema)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.int64()).cast(kind)
    return pa.array(values, kind)


def _ids(rng: np.random.Generator, count: int) -> list[str]:
    text = rng.bytes(16 * count)
    parts = (text[i : i + 16] for i in range(0, len(text), 16))
    return [base64.urlsafe_b64encode(part)[:22].decode() for part in parts]


def _write_words(columns: dict[str, list[Any]], spoken: list[Words], version: int) -> None:
    if version >= 2:
        columns["event_category"] = [w.category for w in spoken]
        columns["event_type"] = [w.type for w in spoken]
        columns["event_subtype"] = [w.subtype for w in spoken]
    else:  # the most specific type that the service offers, else the upstream's own word
        columns["type"] = [w.type if w.type in _CHANGES else w.subtype for w in spoken]


def _write_people(
    columns: dict[str, list[Any]],
    extra: list[dict[str, Any]],
    organisation: Organisation,
    rows: list[Played],
    version: int,
) -> None:
    people = organisation.people
    nobody = "2" if organisation.service == "box" else None
    for number, row in enumerate(rows):
        person = people[row.person] if row.person >= 0 else None
        columns["user_id"][number] = person.user_id if person else nobody
        name = person.name if person else None
        email = person.email if person else (row.target or {}).get("tried")
        if version >= 2:
            columns["user_name"][number], columns["user_email"][number] = name, email
            columns["user_type"][number] = "user" if email else None
            columns["user_agent"][number] = row.agent
        elif email or row.agent:
            extra[number]["user"] = {"name": name, "email": email}
            extra[number]["user_agent"] = row.agent


def _write_files(
    columns: dict[str, list[Any]],
    organisation: Organisation,
    files: Files,
    rows: list[Played],
    start: int,
) -> None:
    people, folders = organisation.people, files.folders
    has_path = organisation.service != "gdrive"
    for number, row in enumerate(rows):
        if row.state is None:
            continue
        name, folder, size, modified, modifier = row.state
        parent, item = folders[folder], row.item

        def put(**values: Any) -> None:
            for key, value in values.items():
                columns[f"metadata_{key}"][number] = value  # noqa: B023

        owner, last = people[files.owners[item]], people[modifier]
        put(
            id=files.ids[item],
            raw_id=files.ids[item],
            type="file",
            name=name,
            size=size,
            path=f"{parent.path}/{name}" if has_path else None,
            created=start + int(files.created[item] * 1e6),
            modified=start + int(modified * 1e6),
            mime_type=MIME.get(name.rpartition(".")[2].lower()),
            downloadable=True,
            account=organisation.account,
            parent_id=parent.id,
            parent_name=parent.name,
            owner_id=owner.user_id,
            owner_name=owner.name,
            owner_email=owner.email,
            owner_type="user",
            owner_api="team",
            owner_id_type="login",
            last_modifier_id=last.user_id,
            last_modifier_name=last.name,
            last_modifier_email=last.email,
            last_modifier_type="user",
            last_modifier_api="team",
            last_modifier_id_type="login",
            api="storage",
        )
        if row.before is not None:
            _write_before(columns, number, files, row)


def _write_before(columns: dict[str, list[Any]], number: int, files: Files, row: Played) -> None:
    assert row.before is not None
    name, folder = row.before
    parent = files.folders[max(folder, 0)]
    columns["previous_metadata_id"][number] = files.ids[row.item]
    columns["previous_metadata_name"][number] = name
    columns["previous_metadata_type"][number] = "file"
    columns["previous_metadata_parent_id"][number] = parent.id
    columns["previous_metadata_parent_name"][number] = parent.name


def _write_subject(
    columns: dict[str, list[Any]], number: int, organisation: Organisation, row: Played, word: Words
) -> None:
    """Write whom or what an event without a file is about."""
    target = row.target or {}
    index = target.get("user", row.person)
    person = organisation.people[index] if index >= 0 else None
    columns["metadata_type"][number] = word.about
    columns["metadata_api"][number] = "team" if word.about != "application" else None
    if "name" in target:
        columns["metadata_id"][number] = target.get("id")
        columns["metadata_name"][number] = target["name"]
    elif person is not None:
        columns["metadata_id"][number], columns["metadata_name"][number] = (
            person.user_id,
            person.name,
        )
    if person is not None and word.about != "application":
        columns["metadata_email"][number] = person.email
