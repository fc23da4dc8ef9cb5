"""What activity reveals about rights: who shared what with whom, and which rights are used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..archive.archive import Archive
from ..exceptions import InvalidParameter
from ..schema.words import kind_of_event

if TYPE_CHECKING:
    import pandas as pd

    from .picture import Picture

__all__ = ["Activity"]

_SHARES = frozenset("share unshare permission_change shared_link shared_link_change "
                    "group_add_member group_remove_member move owner_change".split())  # fmt: skip
_COLUMNS = ("account", "type", "event_type", "event_subtype", "modified", "user_id", "user_email",
            "metadata_id", "extra")  # fmt: skip
_OWNERS = ["account", "metadata_owner_id", "metadata_owner_email"]
# Whoever has left the team is still named in rights and groups.
_NAMED = """
select account, target_id, any_value(lower(target_email)) from kept_permissions
where coalesce(target_type, 'user') = 'user' and target_id is not null and target_email <> ''
group by all
union all
select account, member_id, any_value(lower(member_email)) from now_memberships
where member_type = 'user' and member_id is not null and member_email <> '' group by all
"""


class Activity:
    """Events of a picture's accounts, and the period that they cover.

    Parameters
    ----------
    events : Archive or DataFrame
        An archive knows which periods it covers completely; a frame is not known to cover any.
    picture : Picture
        Resolves the users' ids in the events.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``account``, ``time``, ``kind``, ``by`` (a person), ``item``, ``target`` (a person, a
        domain, or a group's id).
    """

    def __init__(self, events: Archive | pd.DataFrame, picture: Picture) -> None:
        if not isinstance(events, Archive) and not hasattr(events, "columns"):
            raise InvalidParameter(
                f"activity must be an Archive or a DataFrame of events, not {events!r}."
            )
        self._archive = events if isinstance(events, Archive) else None
        frame = events.events() if isinstance(events, Archive) else events
        self.frame = _read(frame, picture)

    def shares(self) -> pd.DataFrame:
        """Return the events that changed rights, latest last."""
        return self.frame[self.frame["kind"].isin(_SHARES)].sort_values("time")

    def covered(self) -> dict[str, tuple[datetime, datetime]]:
        """Return the latest period without a gap, by account; only an archive knows it."""
        if self._archive is None:
            return {}
        found: dict[str, tuple[datetime, datetime]] = {}
        coverage = self._archive.coverage().sort_values(["account", "start"])
        for row in coverage.itertuples():
            if row.state not in ("covered", "empty"):
                found.pop(row.account, None)
                continue
            start = found[row.account][0] if row.account in found else row.start
            found[row.account] = (start, row.end)
        return found


def _read(events: pd.DataFrame, picture: Picture) -> pd.DataFrame:
    """Return events in the form of `Activity.frame`."""
    import pandas as pd

    there = [name for name in _COLUMNS if name in events.columns]
    people = _people(events, picture)
    rows = []
    for values in events[there].itertuples(index=False, name=None):
        event = {k: v for k, v in zip(there, values, strict=True) if isinstance(v, str) or v == v}
        account = str(event.get("account") or "")
        user = event.get("user_id")
        by = event.get("user_email") or (user and _person(people, account, user))
        kind = kind_of_event(event.get("type"), event.get("event_type"), event.get("event_subtype"))
        rows.append(
            [account, event.get("modified"), kind, str(by).lower() if by else None,
             event.get("metadata_id"), _target(event, account, people)]
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=["account", "time", "kind", "by", "item", "target"])
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    return frame


def _people(events: pd.DataFrame, picture: Picture) -> dict[tuple[str, str], str]:
    """Return the person behind each user's id.

    The team knows its members; the events and the rights also name those who have left it.
    """
    run = picture.connection.execute
    known = run(_NAMED).fetchall()
    if set(_OWNERS) <= set(events.columns):
        owners = events[_OWNERS].dropna().drop_duplicates().itertuples(index=False, name=None)
        known += [(account, user, str(email).lower()) for account, user, email in owners if email]
    known += run("select account, id, person from ids").fetchall()
    return {(str(account), user): person for account, user, person in known}


def _person(people: Mapping[tuple[str, str], str], account: str, user: str) -> str:
    return people.get((account, user), f"id:{user}")


def _target(event: Any, account: str, people: Mapping[tuple[str, str], str]) -> str | None:
    """Return whom something was shared with, if the event says so (A: under which name)."""
    extra = event.get("extra")
    if not isinstance(extra, str):
        return None
    metadata = json.loads(extra).get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    whom = known.get("shared_with") or known.get("member")
    if not isinstance(whom, dict):
        return None
    email, identifier = whom.get("email"), whom.get("id")
    if isinstance(email, str) and email:
        return email.lower()
    if not isinstance(identifier, str):
        return None
    if whom.get("type") in ("group", "domain"):
        return identifier
    return _person(people, account, identifier)
