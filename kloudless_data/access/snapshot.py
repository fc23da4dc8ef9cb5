"""Read all of an administrator's account (people, items, rights), resuming after a kill."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from ..exceptions import (
    APIException,
    AuthorizationException,
    ForbiddenException,
    KloudlessException,
    NotFoundException,
)
from .ledger import Ledger
from .marks import ASK, MARKS
from .reading import AccountReading
from .requests import BudgetSpent
from .store import Batch

__all__ = ["begin_passes", "full_pass"]


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
    if ledger.unfinished() is None:
        _begin([reading])
    reading.pass_ = str(ledger.unfinished())
    try:
        return _read_on(reading, ledger, ask)
    except (AuthorizationException, ForbiddenException, NotFoundException) as error:
        # Refused: the rest would be too. After a broken connection, the pass is continued.
        reading.enter("pass", reading.pass_, reading.now(), "ended", reason=error.facts)
        raise


def _read_on(reading: AccountReading, ledger: Ledger, ask: str) -> bool:
    """Read what is left of the account's pass; return True if it is done."""
    if not ledger.knows_position(reading.pass_):
        _find_position(reading)
    done = ledger.read_in(reading.pass_)
    reading.bar.update(sum(len(keys) for keys in done.values()))
    users, groups = (_list(reading, kind, ledger, done) for kind in ("users", "groups"))
    if users is None and reading.acts:  # nobody to act as: an empty pass would hide what was read
        reading.commit()
        return False
    reading.act_as(users or ())
    reading.members(_left(reading, groups or (), done.get("members", set())))
    _crawl(reading, ledger, done.get("folder", set()))
    if not reading.spent:
        _rights(reading, ledger, ask)
    if not reading.spent:
        reading.links(_left(reading, reading.readers, done.get("links", set())))
    if not reading.spent:
        reading.enter("pass", reading.pass_, reading.now(), "finished")
    reading.commit()
    return not reading.spent


def begin_passes(
    readings: Sequence[AccountReading], *, again: bool = True
) -> Sequence[AccountReading]:
    """Begin passes before any account is read; return the accounts to read.

    So the ledger names the accounts that an interrupted snapshot has not reached, and the next call
    reads only what is left of it.

    Parameters
    ----------
    readings : sequence of AccountReading
        The accounts that there are.
    again : bool, default True
        Begin a pass of all accounts, unless one is unfinished. Otherwise only of accounts that were
        never read, and all are returned.
    """
    known = [Ledger(one.store, one.name).latest_pass() for one in readings]
    new = [one for one, latest in zip(readings, known, strict=True) if latest is None]
    unfinished = [one for one, latest in zip(readings, known, strict=True) if latest == "begun"]
    begun = new if unfinished or not again else readings
    _begin(begun)
    if not again:
        return readings
    return [one for one in readings if one in unfinished or one in begun]


def _begin(readings: Sequence[AccountReading]) -> None:
    """Begin passes in one commit: all or none."""
    if not readings:
        return
    batch, now = Batch(readings[0].store), readings[0].now
    for one in readings:
        key = secrets.token_hex(8)
        facts = {"pass": key, "service": one.service}
        batch.enter(one.name, "pass", key, "begun", now(), **facts)
    batch.commit(now())


def _find_position(reading: AccountReading) -> None:
    """Record where the account's activity is now: an update continues from there."""
    asked = reading.now()
    cursor: str | None = None
    try:
        cursor = str(reading.administrator.get("events/latest").data["cursor"])
    except (APIException, KeyError, TypeError):
        cursor = None  # no activity: only full passes are possible
    reading.enter("pass", reading.pass_, asked, "position", cursor=cursor)
    reading.commit()


def _list(
    reading: AccountReading, kind: str, ledger: Ledger, done: dict[str, set[str]]
) -> list[str] | None:
    """Return the ids in a list of users or groups; None if it cannot be read."""
    return ledger.ids(kind) if kind in done else reading.list_of(kind)


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
