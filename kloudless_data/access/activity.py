"""What activity reveals about rights: who shared what with whom, and which rights are used."""

from __future__ import annotations

import json
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
        ``account``, ``time``, ``kind``, ``by`` (a person), ``item``, ``target`` (a person).
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
    people = {
        (account, identifier): person
        for account, identifier, person in picture.connection.execute(
            "select account, id, person from ids"
        ).fetchall()
    }
    rows = []
    for values in events[there].itertuples(index=False, name=None):
        event = {k: v for k, v in zip(there, values, strict=True) if isinstance(v, str) or v == v}
        account = str(event.get("account") or "")
        by = event.get("user_email") or people.get((account, event.get("user_id")))
        kind = kind_of_event(event.get("type"), event.get("event_type"), event.get("event_subtype"))
        rows.append(
            [account, event.get("modified"), kind, str(by).lower() if by else None,
             event.get("metadata_id"), _target(event.get("extra"))]
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=["account", "time", "kind", "by", "item", "target"])
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    return frame


def _target(extra: Any) -> str | None:
    """Return whom something was shared with, if the event says so (A: under which name)."""
    if not isinstance(extra, str):
        return None
    metadata = json.loads(extra).get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    whom = known.get("shared_with") or known.get("member")
    email = whom.get("email") if isinstance(whom, dict) else None
    return email.lower() if isinstance(email, str) else None
