"""`Organisation`: an administrator's account of 5 to 5,000 people, with labelled incidents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ..world.clock import EPOCH_END
from ..world.cursors import Cursors
from ..world.file_world import user_of
from ..world.people import DOMAIN
from ..world.protocols import History
from ..world.randomness import Ints, hexadecimal, key_of, mix, mix_array
from ..world.services import service_named
from ..world.timetext import DAY, WIDTH, text, text_array, to_us
from ..world.unevenness import Form, form_of
from ..world.vocabulary import ACTIONS, CATEGORIES, KINDS
from ..world.world import World
from .events import owner_of
from .incidents import INCIDENTS
from .near_misses import NEAR_MISSES
from .script import Script
from .workforce import Workforce

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Organisation"]

Json = dict[str, Any]
_encode = msgspec.json.Encoder().encode
_CHUNK = 2_000
#: The number of forms that a service's events of one kind have.
_FORMS = 24
#: What an administrator's audit relies on; a service without these is useless for one.
_AUDITED = frozenset("ip path size parent owner".split())
_STEMS = ("Report", "Budget", "Minutes", "Offer", "Plan", "Contract", "Photo", "Roadmap", "Notes")
_TYPES = (
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pdf", "application/pdf"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("png", "image/png"),
    ("csv", "text/csv"),
)
_FOLDERS = ("Finance", "Legal", "Projects", "Board", "Kunden – DACH", "Team")


class Organisation(History):
    """An administrator's account of a Box or OneDrive for Business team: months of activity.

    It simulates ordinary days of people and programs, incidents that an auditor should find, and
    innocent activity that resembles them, all labelled. Proportions are invented.

    Parameters
    ----------
    seed : int
        The same seed gives the same history, byte for byte.
    people : int
        5 to 5,000; some program accounts are added.
    days : int
        The length of the history in days, 20 to 1,000.
    incidents, near_misses : sequence of str
        Kinds from `INCIDENTS` and `NEAR_MISSES`; a kind named twice happens twice.
    service : {"box", "onedrivebiz"}
    uneven : bool
        Write events as services do: optional members missing or null, unknown ones added, different
        orders, accounts as text, escapes. Who did what and when stays the same.

    Examples
    --------
    >>> organisation = Organisation(seed=3, people=12, days=40, incidents=["mass_deletion"])
    >>> organisation.labels()["kind"].tolist()
    ['mass_deletion']
    >>> len(organisation.frame()) == len(organisation)
    True
    """

    def __init__(
        self,
        seed: int = 7,
        people: int = 50,
        days: int = 90,
        incidents: Sequence[str] = (),
        near_misses: Sequence[str] = (),
        service: str = "box",
        uneven: bool = True,
    ) -> None:
        if not 5 <= people <= 5_000 or not 20 <= days <= 1_000:
            raise ValueError("An organisation has 5 to 5,000 people and 20 to 1,000 days.")
        unknown = {*incidents, *near_misses} - {*INCIDENTS, *NEAR_MISSES}
        if unknown:
            raise ValueError(f"Unknown kinds: {', '.join(sorted(unknown))}.")
        self.seed, self.service = seed, service
        self._uneven = uneven
        self.end = to_us(EPOCH_END)
        self.start = self.end - timedelta(days=days) // timedelta(microseconds=1)
        self._key = key_of(seed, "organisation", people, days)
        self._workforce = Workforce(
            seed, people, self.start, self.end, np.random.default_rng(self._key)
        )
        script = Script(self._workforce, self._workforce.ordinary())
        # Silences first, so that nothing happens in them; a clean-up once absences are known; a
        # move last, so that everybody moves.
        order = {"sudden_silence": 0, "quarter_end_cleanup": 2, "office_move": 3}
        for kind in sorted([*near_misses, *incidents], key=lambda kind: order.get(kind, 1)):
            (INCIDENTS.get(kind) or NEAR_MISSES[kind])(script)
        self._events, self._labels = script.finished(), script.labels
        self._swallowed = script.swallowed
        self.people = self._workforce.people
        self._addresses = self._workforce.addresses
        # Parts that many events share.
        self._users = [user_of(one) for one in self.people]
        self._acting = [{key: one[key] for key in ("id", "name", "email")} for one in self._users]
        self._owners = [user_of(one, named=False) for one in self.people]
        self._parents = [
            {"id": f"F{key_of(self._key, name):016x}", "name": name} for name in _FOLDERS
        ]
        self.attach(125_900_003)

    def attach(self, account: int) -> None:
        """Set the id of the account that the organisation is on a server."""
        self.account = account
        details = service_named(self.service)
        #: An organisation's drive is empty: its files are known only from their events.
        self.world = World(self.seed, account, details, self.people)
        self.cursors = Cursors(self._key, len(self))
        self._rendered = lru_cache(maxsize=4)(self._render)
        # Most events are about files that have others.
        self._file = lru_cache(maxsize=8_192)(self._file_of)

    def __len__(self) -> int:
        return len(self._events)

    def labels(self) -> pd.DataFrame:
        """Return the labels: what an audit should find, and what it should not.

        Returns
        -------
        pandas.DataFrame
            ``incident`` (its number), ``kind``, ``innocent`` (bool), ``person`` (e-mail; null for
            everybody), ``start``, ``end`` (``datetime64[us, UTC]``), ``events`` (list of event ids;
            empty if the incident is the absence of events).
        """
        import pandas as pd

        rows = []
        ids = self._ids(np.arange(len(self)))
        for number, label in enumerate(self._labels):
            if number in self._swallowed:
                continue
            mine = np.flatnonzero(self._events.label == number)
            who = None if label.actor is None else self.people[label.actor].email
            rows.append(
                [
                    number,
                    label.kind,
                    label.innocent,
                    who,
                    label.start,
                    label.end,
                    [ids[row] for row in mine],
                ]
            )
        names = ["incident", "kind", "innocent", "person", "start", "end", "events"]
        frame = pd.DataFrame(rows, columns=names)
        for name in ("start", "end"):
            times = pd.to_datetime(frame[name].astype("int64"), unit="us", utc=True)
            frame[name] = times.astype("datetime64[us, UTC]")
        return frame.astype({"person": "str"}) if len(frame) else frame

    def frame(self, version: int = 2) -> pd.DataFrame:
        """Return all events as a client would read them, without a server."""
        from ...decode import decode_page, read_envelope
        from ...interchange.frame import to_frame
        from ...schema.columns import events_schema

        schema = events_schema(version)
        batches = []
        for start in range(0, len(self), _CHUNK):
            body = self.page(start, min(start + _CHUNK, len(self)), version)
            batches.append(decode_page(read_envelope(b'{"objects":[' + body + b"]}"), schema))
        return to_frame(batches, schema.arrow())

    def count_until(self, moment: int) -> int:
        """Return the number of events up to and including a time."""
        return int(np.searchsorted(self._events.time, moment, side="right"))

    def page_parts(self, start: int, stop: int, version: int = 1) -> list[bytes | memoryview]:
        """Return a page as one part.

        Parameters
        ----------
        start : int
            The first position.
        stop : int
            The position after the last one.
        version : int, default 1
            The API version.
        """
        parts: list[bytes] = []
        while start < stop:
            chunk = start // _CHUNK
            texts = self._rendered(chunk, max(1, version))
            end = min(stop, (chunk + 1) * _CHUNK)
            parts += texts[start - chunk * _CHUNK : end - chunk * _CHUNK]
            start = end
        return [b",".join(parts)]

    def _actors(self, start: int, stop: int) -> Iterator[tuple[int, Ints]]:
        yield start, self._events.actor[start:stop]

    def _ids(self, positions: Ints) -> list[str]:
        mixed = mix_array(positions.astype(np.uint64) ^ np.uint64(self._key))
        ids: list[str] = hexadecimal(mixed).view("S16").astype(str).tolist()
        return ids

    def _render(self, chunk: int, version: int) -> list[bytes]:
        first = chunk * _CHUNK
        rows = self._events.rows(slice(first, first + _CHUNK))
        columns = (rows.actor, rows.kind, rows.file, rows.ip, rows.detail)
        moments = text_array(rows.time).view(f"S{WIDTH}").astype(str).tolist()
        ids = self._ids(np.arange(first, first + len(rows)))
        return [
            self._written(self._event_of(version, id, *values), id, KINDS[values[2]])
            for id, *values in zip(
                ids, moments, *(column.tolist() for column in columns), strict=True
            )
        ]

    def _written(self, event: Json, id: str, kind: str) -> bytes:
        """Return an event's JSON as the service writes this kind of event."""
        if not self._uneven:
            return _encode(event)
        form = int(id[-4:], 16) % _FORMS
        metadata = tuple(event["metadata"])
        return _form(self.seed, self.service, kind, form, tuple(event), metadata).text(event)

    def _event_of(
        self,
        version: int,
        id: str,
        moment: str,
        actor: int,
        kind: int,
        file: int,
        ip: int,
        detail: int,
    ) -> Json:
        """Return an event as the API shows it for any administrator's account."""
        word, user = KINDS[kind], self._users[actor]
        known = self._workforce.details[detail]
        event: Json = {"id": id, "account": self.account, **_type(word, version)}
        event |= {"ip": self._addresses[ip], "user_id": user["id"]}
        if version == 2:
            event["user"] = self._acting[actor]
        event["modified"] = moment
        event["metadata"] = self._metadata(moment, actor, file, known)
        if "previous" in known or "ending" in known:
            name = _name_of(file)
            before = name if "ending" in known else f"{known['previous']} {name}"
            event["previous_metadata"] = {"name": before, "parent": event["metadata"]["parent"]}
        return event

    def _metadata(self, moment: str, actor: int, file: int, known: Json) -> Json:
        if file >= 0:
            return self._file_then(moment, actor, file, known)
        user = self._users[actor]
        name = known.get("group", user["email"])
        thing = "group" if "group" in known else "session"
        digits = f"{mix(key_of(self._key, thing, name)):016x}"
        shown = {
            "id": f"F{digits}",
            "raw_id": f"1{digits}",
            "type": thing,
            "name": name,
            "created": text(self.start),
            "modified": _to_the_second(moment),
            "account": self.account,
        }
        if thing == "session":
            return shown | {"client": known.get("client"), "user": user}
        member = {"api": "team", "type": "user", "email": known["member"], "id_type": "login"}
        return shown | {"member": member, "domain": DOMAIN}

    def _file_then(self, moment: str, actor: int, file: int, known: Json) -> Json:
        """Return a file as it was when somebody did something to it."""
        shown = self._file(file).copy()
        shown["modified"] = _to_the_second(moment)
        shown["last_modifier"] = self._users[actor]
        if "ending" in known:
            shown["name"] += f".{known['ending']}"
            shown["path"] += f".{known['ending']}"
        if "shared_with" in known:
            whom = known["shared_with"]
            outside = not whom.endswith(f"@{DOMAIN}")
            shown["shared_with"] = {"type": "user", "email": whom, "external": outside}
            shown["role"] = known["role"]
        if "link" in known:
            shown["link"] = {"scope": known["link"], "active": True}
        return shown

    def _file_of(self, file: int) -> Json:
        """Return what all events about a file say of it, with places for what they differ in."""
        digits = f"{mix(file ^ self._key):016x}"
        draw = int(digits, 16)
        name = _name_of(file)
        parent = self._parents[draw % len(_FOLDERS)]
        return {
            "id": f"F{digits}",
            "raw_id": f"1{digits}",
            "type": "file",
            "name": name,
            "size": 2_000 + draw % 5_000_000,
            "path": f"/{parent['name']}/{name}",
            "created": _to_the_second(text(self.start - draw % (300 * DAY))),
            "modified": None,
            "mime_type": _TYPES[file % len(_TYPES)][1],
            "downloadable": True,
            "account": self.account,
            "ancestors": None,
            "parent": parent,
            "owner": self._owners[owner_of(file)],
            "last_modifier": None,
        }


def _to_the_second(moment: str) -> str:
    """Return a time's text with zeros for the fraction of its second."""
    return f"{moment[:20]}000000Z"


@lru_cache(maxsize=16_384)
def _form(
    seed: int,
    service: str,
    kind: str,
    number: int,
    names: tuple[str, ...],
    metadata: tuple[str, ...],
) -> Form:
    rng = Random(key_of(seed, "uneven", service, kind, number))
    return form_of(names, metadata, rng, _AUDITED)


@lru_cache(maxsize=256)
def _type(kind: str, version: int) -> Json:
    category, general, specific = CATEGORIES[kind]
    if version == 2:
        return {"event_category": category, "event_type": general, "event_subtype": specific}
    return {"action": ACTIONS.get(kind, "~"), "type": kind}


def _name_of(file: int) -> str:
    """Return a file's name, which is a function of its number."""
    stem = _STEMS[(file * 7 + (file >> 34)) % len(_STEMS)]
    return f"{stem} {file >> 34}-{file & 0xFFFF}.{_TYPES[file % len(_TYPES)][0]}"
