"""One account in the ledger: what a pass has read, and what it still has to request."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from .store import Store

if TYPE_CHECKING:
    import duckdb

__all__ = ["Ledger", "Position"]

_ROWS = 10_000
_MEMORY_AFTER = "32MB"  # beyond it, DuckDB uses the disk


class Position(NamedTuple):
    """The position up to which activity is known."""

    cursor: str | None
    answered: datetime
    full: datetime


class Ledger:
    """The part of a store's ledger about one account.

    Parameters
    ----------
    store : Store
    account : str
    """

    def __init__(self, store: Store, account: str) -> None:
        self._store, self._account = store, account

    def _rows(self, query: str, *parameters: Any, tables: tuple[str, ...] = ()) -> list[Any]:
        with self._store.connected("ledger", *tables) as connection:
            return connection.execute(query, [self._account, *parameters]).fetchall()

    def _course(self, query: str, *parameters: Any) -> list[Any]:
        with self._store.course() as connection:
            return connection.execute(query, [self._account, *parameters]).fetchall()

    def unfinished(self) -> str | None:
        """Return the latest pass, if it is unfinished."""
        rows = self._course(
            """select key from course where account = $1 and kind = 'pass'
            group by key having count(*) filter (state in ('finished', 'ended')) = 0
            and max(answered) = (select max(answered) from course
                where account = $1 and kind = 'pass')"""
        )
        return str(rows[0][0]) if rows else None

    def server(self) -> str | None:
        """Return the base URL of the server that the account was last read from, if known."""
        rows = self._course(
            "select arg_max(key, answered) from course where account = $1 and kind = 'server'"
        )
        return None if rows[0][0] is None else str(rows[0][0])

    def latest_pass(self) -> str | None:
        """Return the state of the latest pass: begun, finished or ended (refused)."""
        rows = self._course(
            """select case when bool_or(state = 'finished') then 'finished'
                when bool_or(state = 'ended') then 'ended' else 'begun' end
            from course where account = $1 and kind = 'pass' group by key
            order by max(answered) desc limit 1"""
        )
        return str(rows[0][0]) if rows else None

    def knows_position(self, pass_: str) -> bool:
        """Return True if a pass knows where activity was when it began."""
        return bool(
            self._course(
                """select 1 from course where account = $1 and kind = 'pass' and key = $2
                and (state = 'position' or cursor is not null)""", pass_
            )
        )  # fmt: skip

    def position(self) -> Position | None:
        """Return the position up to which activity is known; None before the first full pass."""
        full = self._course(
            """select max(answered) filter (state = 'finished') as finished,
                max(cursor) as cursor, min(answered) as begun
            from course where account = $1 and kind = 'pass' group by key
            having finished is not null order by finished desc limit 1"""
        )
        if not full:
            return None
        finished, cursor, begun = full[0]
        later = self._course(
            """select cursor, answered from course where account = $1 and kind = 'activity'
            and state = 'read' and answered > $2 order by answered desc limit 1""", begun
        )  # fmt: skip
        cursor, answered = later[0] if later else (cursor, begun)
        return Position(cursor, answered, finished)

    def interrupted(self) -> list[tuple[str, str]]:
        """Return the updates that are unfinished, and none after them: name and last event's id."""
        rows = self._course(
            """select pass, arg_max(key, answered) from course
            where account = $1 and kind = 'activity' and state = 'begun'
            and answered > (select max(answered) from course where account = $1
                and ((kind = 'pass' and state = 'finished')
                    or (kind = 'activity' and state = 'read')))
            group by pass order by max(answered)"""
        )
        return [(str(name), str(last or "")) for name, last in rows]

    def read_in(self, pass_: str, *, permissions: bool = False) -> dict[str, set[str]]:
        """Return the keys of the units that a pass or an update has read, by kind.

        Parameters
        ----------
        pass_ : str
        permissions : bool, default False
            Include the permissions, of which a pass can have a million.
        """
        found: dict[str, set[str]] = {}
        rows = self._rows(
            """select kind, key from ledger where account = $1 and pass = $2 and state = 'read'
            and ($3 or kind <> 'permissions')""", pass_, permissions
        )  # fmt: skip
        for kind, key in rows:
            found.setdefault(kind, set()).add(key)
        return found

    def ids(self, table: str) -> list[str]:
        """Return the ids in the latest list of users or groups."""
        rows = self._rows(
            f"""select t.id from {table} as t join (
                select batch from ledger where account = $1 and kind = '{table}'
                and state = 'read' order by answered desc limit 1) as latest using (batch)
            where t.account = $1 and t.id is not null""",
            tables=(table,),
        )
        return [str(row[0]) for row in rows]

    def refused(self) -> set[str]:
        """Return the users whom the service hid in the latest pass."""
        rows = self._rows(
            """select key, arg_max(state, answered) as state from ledger
            where account = $1 and kind = 'folder' and key like 'root:%' group by key
            having state = 'failed'"""
        )
        return {str(key).removeprefix("root:") for key, _ in rows}

    def folders(self, pass_: str) -> list[tuple[str, str, str]]:
        """Return the folders that a pass has found: id, owner, and the user who found it."""
        rows = self._rows(
            """select distinct on (i.id) i.id, i.owner_id, i.as_user from items as i
            join ledger as e using (account, unit, batch)
            where i.account = $1 and e.pass = $2 and i.type = 'folder' and i.id is not null""",
            pass_,
            tables=("items",),
        )
        return [(str(i), owner or "", user or "") for i, owner, user in rows]

    def finders(self, items: list[str]) -> dict[str, str]:
        """Return the user as whom each item was last found."""
        rows = self._rows(
            """select i.id, arg_max(i.as_user, e.answered) from items as i
            join ledger as e using (account, unit, batch)
            where i.account = $1 and list_contains($2, i.id) and i.as_user is not null
            group by i.id""",
            items,
            tables=("items",),
        )
        return {str(item): str(user) for item, user in rows}

    @contextlib.contextmanager
    def to_ask(
        self, pass_: str, condition: str
    ) -> Iterator[tuple[int, Iterator[tuple[str, str, str, str]]]]:
        """Yield the items of a pass whose permissions are still to be requested.

        Parameters
        ----------
        pass_ : str
        condition : str
            SQL about an item ``i`` and its folder ``p``.

        Yields
        ------
        tuple
            Their number, and for each: id, type, owner, and the user who found it.
        """
        with self._store.workspace("ledger", "items") as connection:
            connection.execute(
                """create table found as
                select i.id, any_value(struct_pack(type := i.type, owner := i.owner_id,
                    user := i.as_user, mark := i.mark, parent := i.parent_id)) as item
                from items as i join ledger as e using (account, unit, batch)
                where i.account = $1 and e.pass = $2 and i.type in ('file', 'folder')
                      and i.id is not null
                group by i.id""",
                [self._account, pass_],
            )
            connection.execute(
                f"""create table wanted as
                with places as (select id, unnest(item) from found),
                asked as (
                    select key as id from ledger where account = $1 and pass = $2
                    and kind = 'permissions' and state in ('read', 'deleted')
                )
                select i.id, i.type, coalesce(i.owner, ''), coalesce(i.user, '')
                from places as i left join places as p on p.id = i.parent
                anti join asked as a on a.id = i.id
                where {condition}""",
                [self._account, pass_],
            )
            # Reading goes on for hours; this releases what the query took.
            connection.execute(f"drop table found; set memory_limit = '{_MEMORY_AFTER}'")
            count = connection.execute("select count(*) from wanted").fetchone()
            yield (count or (0,))[0], _fetched(connection)


def _fetched(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str, str]]:
    result = connection.execute("select * from wanted")
    while rows := result.fetchmany(_ROWS):
        yield from rows
