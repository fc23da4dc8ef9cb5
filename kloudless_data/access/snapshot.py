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
from .reader import AccountReader
from .requests import BudgetSpent
from .store import Batch

__all__ = ["begin_passes", "full_pass"]


def full_pass(reader: AccountReader, *, ask: str) -> bool:
    """Read everything, or the rest of an interrupted pass; return True if it is done.

    Parameters
    ----------
    reader : AccountReader
        The account being read.
    ask : {"marked", "all"}
        Which items' permissions to request; see `Access.snapshot`.
    """
    ledger = Ledger(reader.store, reader.name)
    if ledger.unfinished() is None:
        _begin([reader])
    reader.pass_ = str(ledger.unfinished())
    try:
        return _read_on(reader, ledger, ask)
    except (AuthorizationException, ForbiddenException, NotFoundException) as error:
        # Refused: the rest would be too. After a broken connection, the pass is continued.
        reader.enter("pass", reader.pass_, reader.now(), "ended", reason=error.facts)
        raise


def _read_on(reader: AccountReader, ledger: Ledger, ask: str) -> bool:
    """Read what is left of the account's pass; return True if it is done."""
    if not ledger.knows_position(reader.pass_):
        _find_position(reader)
    done = ledger.read_in(reader.pass_)
    reader.bar.update(sum(len(keys) for keys in done.values()))
    users, groups = (_list(reader, kind, ledger, done) for kind in ("users", "groups"))
    if users is None and reader.acts:  # nobody to act as: an empty pass would hide what was read
        reader.commit()
        return False
    reader.act_as(users or ())
    reader.members(_left(reader, groups or (), done.get("members", set())))
    _crawl(reader, ledger, done.get("folder", set()))
    if not reader.spent:
        _rights(reader, ledger, ask)
    if not reader.spent:
        reader.links(_left(reader, reader.readers, done.get("links", set())))
    if not reader.spent:
        reader.enter("pass", reader.pass_, reader.now(), "finished")
    reader.commit()
    return not reader.spent


def begin_passes(
    readers: Sequence[AccountReader], *, again: bool = True
) -> Sequence[AccountReader]:
    """Begin passes before any account is read; return the accounts to read.

    So the ledger names the accounts that an interrupted snapshot has not reached, and the next call
    reads only what is left of it.

    Parameters
    ----------
    readers : sequence of AccountReader
        The accounts that there are.
    again : bool, default True
        Begin a pass of all accounts, unless one is unfinished. Otherwise only of accounts that were
        never read, and all are returned.
    """
    known = [Ledger(one.store, one.name).latest_pass() for one in readers]
    new = [one for one, latest in zip(readers, known, strict=True) if latest is None]
    unfinished = [one for one, latest in zip(readers, known, strict=True) if latest == "begun"]
    begun = new if unfinished or not again else readers
    _begin(begun)
    if not again:
        return readers
    return [one for one in readers if one in unfinished or one in begun]


def _begin(readers: Sequence[AccountReader]) -> None:
    """Begin passes in one commit: all or none."""
    if not readers:
        return
    batch, now = Batch(readers[0].store), readers[0].now
    for one in readers:
        key = secrets.token_hex(8)
        facts = {"pass": key, "service": one.service}
        batch.enter(one.name, "pass", key, "begun", now(), **facts)
    batch.commit(now())


def _find_position(reader: AccountReader) -> None:
    """Record where the account's activity is now: an update continues from there."""
    asked = reader.now()
    cursor: str | None = None
    try:
        cursor = str(reader.administrator.get("events/latest").data["cursor"])
    except (APIException, KeyError, TypeError):
        cursor = None  # no activity: only full passes are possible
    reader.enter("pass", reader.pass_, asked, "position", cursor=cursor)
    reader.commit()


def _list(
    reader: AccountReader, kind: str, ledger: Ledger, done: dict[str, set[str]]
) -> list[str] | None:
    """Return the ids in a list of users or groups; None if it cannot be read."""
    return ledger.ids(kind) if kind in done else reader.list_of(kind)


def _left(reader: AccountReader, wanted: Iterable[str], done: set[str]) -> list[str]:
    """Return what a pass still has to read, and add it to the progress bar's total."""
    left = [one for one in wanted if one not in done]
    reader.bar.expect(len(left))
    return left


def _crawl(reader: AccountReader, ledger: Ledger, done: set[str]) -> None:
    """Read each folder once: as its owner if possible, else as the user who found it."""

    def refused(key: str, finder: str, error: KloudlessException) -> None:
        hidden = key.startswith("root:") and not isinstance(error, BudgetSpent)
        if hidden and len(reader.readers) > 1:
            reader.readers.pop(finder, None)

    level = [(f"root:{user}", user, user) for user in reader.readers if f"root:{user}" not in done]
    seen = {*done, *(key for key, _, _ in level)}
    level += [job for job in ledger.folders(reader.pass_) if job[0] not in seen]
    seen |= {key for key, _, _ in level}
    while level and not reader.spent:
        reader.bar.expect(len(level))
        jobs = [(key, "folder", [owner, finder]) for key, owner, finder in level]
        level = []
        for rows in reader.read("folder", jobs, refused):
            columns = (rows[name].to_pylist() for name in ("id", "type", "owner_id", "as_user"))
            for folder, type_, owner, finder in zip(*columns, strict=True):
                if type_ == "folder" and folder and folder not in seen:
                    seen.add(folder)
                    level.append((folder, owner or "", finder or ""))
    reader.commit()


def _rights(reader: AccountReader, ledger: Ledger, ask: str) -> None:
    """Request the permissions of items that can have their own rights."""
    known = MARKS.get(reader.service)
    condition = "true"
    if known is not None and ask != "all":
        condition = f"i.mark = '{ASK}' or p.mark = '{ASK}' or " + (
            "i.mark is distinct from p.mark" if known.inherited else "i.mark is not null"
        )
    with ledger.to_ask(reader.pass_, condition) as (count, rows):
        reader.bar.expect(count)
        reader.permissions(rows)
    reader.commit()
