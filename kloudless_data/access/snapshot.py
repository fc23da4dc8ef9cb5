"""Read all of an administrator's account (people, items, rights), resuming after a kill."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from ..exceptions import APIException, KloudlessException
from .ledger import Ledger
from .marks import ASK, MARKS
from .reading import AccountReading
from .requests import BudgetSpent

__all__ = ["full_pass"]


def full_pass(reading: AccountReading, *, ask: str) -> bool:
    """Read everything, or the rest of an interrupted pass; return True if it is done.

    Parameters
    ----------
    reading : AccountReading
        The account being read.
    ask : {"marked", "all"}
        Which items' permissions to request; see `Access.snapshot`.
    """
    ledger = Ledger(reading.store, reading.name)
    reading.pass_ = ledger.unfinished() or _begin(reading)
    done = ledger.read_in(reading.pass_)
    reading.bar.update(sum(len(keys) for keys in done.values()))
    users, groups = (_list(reading, kind, ledger, done) for kind in ("users", "groups"))
    reading.act_as(users)
    reading.members(_left(reading, groups, done.get("members", set())))
    _crawl(reading, ledger, done.get("folder", set()))
    if not reading.spent:
        _rights(reading, ledger, ask)
    if not reading.spent:
        reading.links(_left(reading, reading.readers, done.get("links", set())))
    if not reading.spent:
        reading.enter("pass", reading.pass_, reading.now(), "finished")
    reading.commit()
    return not reading.spent


def _begin(reading: AccountReading) -> str:
    """Begin a pass; an update continues with the activity after this moment."""
    asked = reading.now()
    cursor: str | None = None
    try:
        cursor = str(reading.source.get("events/latest").data["cursor"])
    except (APIException, KeyError, TypeError):
        cursor = None  # no activity: only full passes are possible
    reading.pass_ = secrets.token_hex(8)
    reading.enter("pass", reading.pass_, asked, "begun", cursor=cursor)
    reading.commit()
    return reading.pass_


def _list(
    reading: AccountReading, kind: str, ledger: Ledger, done: dict[str, set[str]]
) -> list[str]:
    return ledger.ids(kind) if kind in done else reading.list_of(kind) or []


def _left(reading: AccountReading, wanted: Iterable[str], done: set[str]) -> list[str]:
    """Return what a pass still has to read, and add it to the progress bar's total."""
    left = [one for one in wanted if one not in done]
    reading.bar.expect(len(left))
    return left


def _crawl(reading: AccountReading, ledger: Ledger, done: set[str]) -> None:
    """Read each folder once: as its owner if possible, else as the user who found it."""

    def refused(key: str, finder: str, error: KloudlessException) -> None:
        hidden = key.startswith("root:") and not isinstance(error, BudgetSpent)
        if hidden and len(reading.readers) > 1:
            reading.readers.pop(finder, None)

    level = [(f"root:{user}", user, user) for user in reading.readers if f"root:{user}" not in done]
    seen = {*done, *(key for key, _, _ in level)}
    level += [job for job in ledger.folders(reading.pass_) if job[0] not in seen]
    seen |= {key for key, _, _ in level}
    while level and not reading.spent:
        reading.bar.expect(len(level))
        jobs = [(key, "folder", [owner, finder]) for key, owner, finder in level]
        level = []
        for rows in reading.read("folder", jobs, refused):
            columns = (rows[name].to_pylist() for name in ("id", "type", "owner_id", "as_user"))
            for folder, type_, owner, finder in zip(*columns, strict=True):
                if type_ == "folder" and folder and folder not in seen:
                    seen.add(folder)
                    level.append((folder, owner or "", finder or ""))
    reading.commit()


def _rights(reading: AccountReading, ledger: Ledger, ask: str) -> None:
    """Request the permissions of items that can have their own rights."""
    known = MARKS.get(reading.service)
    condition = "true"
    if known is not None and ask != "all":
        condition = f"i.mark = '{ASK}' or p.mark = '{ASK}' or " + (
            "i.mark is distinct from p.mark" if known.inherited else "i.mark is not null"
        )
    with ledger.to_ask(reading.pass_, condition) as (count, rows):
        reading.bar.expect(count)
        reading.permissions(rows)
    reading.commit()
