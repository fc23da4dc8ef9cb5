"""Keep a snapshot current: read again only what activity says was touched."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ..events.stream import EventStream
from ..exceptions import APIException, is_expired_cursor
from ..schema.words import kind_of_event
from .ledger import Ledger
from .levels import MANAGE
from .marks import lists_inherited
from .picture import Picture
from .reader import AccountReader
from .snapshot import full_pass

__all__ = ["Touched", "keep_current", "update_account"]

_RETENTION = timedelta(hours=24)  # of events (D)

#: Kinds of events that change the rights on an item, or its place.
_RIGHTS = frozenset(
    "share unshare share_accept permission_change owner_change add copy restore move".split()
)
_PLACE = frozenset("add copy restore move rename".split())
_LINKS = frozenset("shared_link shared_link_change shared_link_remove".split())
_MEMBERS = frozenset("group_add_member group_remove_member".split())
_GROUPS = frozenset("group_add group_delete group_update".split())
_USERS = frozenset(
    "user_add user_delete user_update user_suspend user_activate role_add role_remove".split()
)
_EVENT = ("id", "modified", "user_id", "metadata_id", "metadata_type", "metadata_name",
          "metadata_parent_id", "metadata_owner_id", "metadata_owner_name",
          "metadata_owner_email")  # fmt: skip
#: An item whose permissions are requested: its id and type, its owner, and who can read it.
_Job = tuple[str, str, str, str]
_KIND = {1: ("type",), 2: ("event_type", "event_subtype")}


@dataclass
class Touched:
    """What activity has touched.

    Attributes
    ----------
    items : dict of str to dict
        Item id -> its latest event.
    rights, placed : set of str
        Items whose permissions, or whose place or name, may have changed.
    deleted : set of str
        Items that were deleted.
    links : set of str
        Ids of the owners whose links changed; ``""`` if an event does not say.
    groups : set of str
        Groups whose members changed.
    lists : set of str
        ``"users"``, ``"groups"``.
    events : int
    """

    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    rights: set[str] = field(default_factory=set)
    placed: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    linked: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    events: int = 0

    def add(self, kind: str | None, event: dict[str, Any]) -> None:
        """Take an event into account.

        Parameters
        ----------
        kind : str or None
            The kind of unit, such as ``"folder"``.
        event : dict
            The event, as the API sent it.
        """
        self.events += 1
        thing = event["metadata_id"]
        if kind in _USERS:
            self.lists.add("users")
        elif kind in _GROUPS:
            self.lists.add("groups")
            self.groups |= {thing} if thing and kind != "group_delete" else set()
        elif kind in _MEMBERS and thing:
            self.groups.add(thing)
        elif thing and (kind in _RIGHTS or kind in _PLACE or kind in _LINKS or kind == "delete"):
            self._add_item(kind or "", thing, event)

    def _add_item(self, kind: str, thing: str, event: dict[str, Any]) -> None:
        self.items[thing] = event
        if kind == "delete":
            self.deleted.add(thing)
            return
        if kind == "restore":
            self.deleted.discard(thing)
        if kind in _RIGHTS:
            self.rights.add(thing)
        if kind in _PLACE:
            self.placed.add(thing)
        if kind in _LINKS:
            self.links.add(event["metadata_owner_id"] or "")
            self.linked.add(thing)

    @property
    def count(self) -> int:
        """The number of items and groups touched."""
        return len(self.items) + len(self.groups)


def _events_in(
    stream: EventStream, version: int, service: str
) -> Iterator[tuple[str | None, dict[str, Any]]]:
    words = _KIND[2 if version >= 2 else 1]
    for batch in stream:
        for event in batch.select([*words, *_EVENT]).to_pylist():
            said = [event[word] for word in words]
            type_, general, specific = (said[0], None, None) if len(said) == 1 else (None, *said)
            yield kind_of_event(type_, general, specific, service), event


@dataclass
class _Interrupted:
    """An update that was interrupted: what it has read, and what was touched since it began.

    Attributes
    ----------
    last : str
        The id of the last event that it knew.
    read : dict of str to set of str
        The keys of the units that it has read, by kind.
    since : Touched
        Later activity. If the last event is not found again: all activity.
    """

    last: str
    read: dict[str, set[str]]
    since: Touched = field(default_factory=Touched)
    found: bool = False

    def add(self, kind: str | None, event: dict[str, Any]) -> None:
        """Take an event into account if it comes after the last one that was known."""
        if self.found:
            self.since.add(kind, event)
        elif self.last:
            self.found = event["id"] == self.last


def keep_current(reader: AccountReader, *, full_every: timedelta, ask: str) -> None:
    """Read again what was touched, or everything if a full pass is due.

    Parameters
    ----------
    reader : AccountReader
        The account being read.
    full_every : timedelta
        The time after which everything is read again.
    ask : {"marked", "all"}
        As for `full_pass`.
    """
    ledger, report = Ledger(reader.store, reader.name), reader.report
    position = ledger.position()
    if position is None or ledger.unfinished() or position.full < reader.now() - full_every:
        full_pass(reader, ask=ask)
        return
    since = reader.now() - position.answered
    if position.cursor is None:
        report.due[reader.name] = "The account has no activity to follow."
        return
    try:
        update_account(reader, position.cursor)
    except APIException as error:
        if not is_expired_cursor(error):
            raise
        report.due[reader.name] = "The server no longer keeps the activity since then."
        return
    if since > _RETENTION:
        report.due[reader.name] = (
            f"The last update was {since / timedelta(hours=1):.0f} hours ago, and the server "
            "keeps 24: some activity may have been dropped."
        )


def update_account(reader: AccountReader, cursor: str) -> None:
    """Read again what was touched since a cursor, and record the new position.

    Parameters
    ----------
    reader : AccountReader
        The account being read.
    cursor : str
        The position to continue from.
    """
    ledger = Ledger(reader.store, reader.name)
    asked = reader.now()
    updates = [
        _Interrupted(last, ledger.read_in(name, permissions=True))
        for name, last in ledger.interrupted()
    ]
    touched, last, reached = _activity(reader, cursor, updates)
    reader.report.touched += touched.count

    def held(kind: str, again: Iterable[Iterable[str]]) -> set[str]:
        """Return what interrupted updates have read, without what each has to read again."""
        each = zip(updates, again, strict=True)
        return set().union(*(one.read.get(kind, set()).difference(two) for one, two in each))

    reader.pass_ = secrets.token_hex(8)
    reader.enter("activity", last, asked, "begun", cursor=reached)
    reader.commit()
    for kind in ("users", "groups"):
        holds = any(kind in one.read and kind not in one.since.lists for one in updates)
        if kind in touched.lists and not holds:
            reader.list_of(kind)
    refused = ledger.refused()
    reader.act_as(user for user in ledger.ids("users") if user not in refused)
    since = [one.since for one in updates]
    reader.members(sorted(touched.groups - held("members", (one.groups for one in since))))
    places = {*touched.items, *(one["metadata_parent_id"] for one in touched.items.values())}
    finders = ledger.finders([one for one in places if one])
    _place(reader, touched, finders)
    asked_for, *again = _to_ask(reader, [touched, *since], finders)
    known = held("permissions", again)
    reader.permissions([job for item, job in asked_for.items() if item not in known])
    links = held("links", (_link_owners(reader, one) for one in since))
    reader.links(sorted(_link_owners(reader, touched) - links))
    if not reader.spent:
        reader.enter("activity", "", asked, cursor=reached)
    reader.commit()


def _activity(
    reader: AccountReader, cursor: str, updates: Sequence[_Interrupted]
) -> tuple[Touched, str, str]:
    """Read activity since a cursor, for interrupted updates, too.

    Returns
    -------
    tuple
        What it touched, the last event's id, and the cursor that it reaches.
    """
    stream = reader.account.events(cursor=cursor, page_size=1000, columns=_columns(reader))
    touched, last = Touched(), ""
    for kind, event in _events_in(stream, reader.administrator.api_version, reader.service):
        touched.add(kind, event)
        for one in updates:
            one.add(kind, event)
        last = event["id"] or ""
    for one in updates:
        one.since = one.since if one.found else touched
    reader.administrator.counted(-(-touched.events // 1000) + 1)
    return touched, last, str(stream.latest_cursor or cursor)


def _columns(reader: AccountReader) -> list[str]:
    return [*_KIND[2 if reader.administrator.api_version >= 2 else 1], *_EVENT]


def _finder(event: dict[str, Any], finders: dict[str, str]) -> str:
    """Return the user as whom an item can be read if its owner's data is hidden."""
    above = finders.get(event["metadata_parent_id"] or "", "")
    return finders.get(event["metadata_id"]) or above or event["user_id"] or ""


def _place(reader: AccountReader, touched: Touched, finders: dict[str, str]) -> None:
    """Record the items' current places, which the events tell, without a request."""
    rows = []
    for item in sorted(touched.deleted | touched.placed):
        event = touched.items[item]
        rows.append(
            {
                "id": item,
                "parent_id": event["metadata_parent_id"],
                "type": event["metadata_type"],
                "name": event["metadata_name"],
                "owner_id": event["metadata_owner_id"],
                "owner_name": event["metadata_owner_name"],
                "owner_email": event["metadata_owner_email"],
                "as_user": _finder(event, finders) if reader.acts else None,
                "gone": item in touched.deleted,
            }
        )
    if rows:
        reader.place(rows)


def _to_ask(
    reader: AccountReader, activity: Sequence[Touched], finders: dict[str, str]
) -> list[dict[str, _Job]]:
    """Return the items whose permissions each activity makes us request again.

    If lists include inherited rights, a change to a folder's list changes those of everything below
    it. A list that only repeated its folder's follows from the new one, as is recorded for the
    first activity, which includes the others; the other lists are requested again, and those of
    items that the first activity names: an interrupted update may have read them before.
    """
    wanted = [_named(touched, finders) for touched in activity]
    folders = [[item for item, job in some.items() if job[1] == "folder"] for some in wanted]
    if not (any(folders) and lists_inherited(reader.service)):
        return wanted
    reader.commit()
    with Picture.of_store(reader.store, reader.now()) as picture:
        below = [_below(picture, reader.name, some) if some else [] for some in folders]
    for job, follows in below[0]:
        if follows and job[0] not in wanted[0]:
            reader.enter("permissions", job[0], reader.now(), "follows")
    for some, found in zip(wanted, below, strict=True):
        for job, follows in found:
            if not follows or job[0] in wanted[0]:
                some.setdefault(job[0], job)
    return wanted


def _named(touched: Touched, finders: dict[str, str]) -> dict[str, _Job]:
    """Return the items whose rights activity names."""
    named: dict[str, _Job] = {}
    for item in sorted(touched.rights - touched.deleted):
        event = touched.items[item]
        kind = event["metadata_type"] or "file"
        if kind in ("file", "folder"):
            named[item] = (item, kind, event["metadata_owner_id"] or "", _finder(event, finders))
    return named


# A list says nothing new if, owners aside, it equals what is inherited from the folder's.
_BELOW = f"""
with recursive below as (
    select n from items where account = $1 and list_contains($2, id)
    union
    select c.n from below as b join items as c on c.parent_n = b.n
),
listed as (
    select n, i.parent_n, i.owner, p.inherits as unlisted, p.owner as above
    from below join items as i using (n) join items as p on p.n = i.parent_n where not i.inherits
),
here as (
    select l.n, g.kind, g.key, g.level from listed as l join grants as g on g.n = l.n
    where not (g.kind = 'user' and g.key is not distinct from l.owner)
),
down as (
    select l.n, g.kind, g.key, least(g.level, {MANAGE}) as level
    from listed as l join grants as g on g.n = l.parent_n
    where not (g.kind = 'user' and g.key in (l.owner, coalesce(l.above, '')))
    union all
    select n, 'user', above, {MANAGE} from listed where above <> owner
),
other as (
    select n from ((from here except from down) union all (from down except from here))
    where kind in ('user', 'group', 'domain')
    union select n from listed where unlisted or owner is null
)
select i.id, i.type, coalesce((select any_value(ids.id) from ids
    where ids.account = i.account and ids.person = i.owner), ''),
    coalesce(i.as_user, ''), n not in (from other)
from below join items as i using (n) where not i.inherits
"""


def _below(picture: Picture, account: str, folders: Sequence[str]) -> list[tuple[_Job, bool]]:
    """Return the items below folders that have a list, and whether it follows from theirs."""
    rows = picture.connection.execute(_BELOW, [account, list(folders)]).fetchall()
    return [((str(i), str(kind), owner, user), follows) for i, kind, owner, user, follows in rows]


def _link_owners(reader: AccountReader, touched: Touched) -> set[str]:
    """Return the users as whom to read links again."""
    if not reader.acts:
        return {""} if touched.links else set()
    return {owner for owner in touched.links if owner in reader.readers}
