"""What a snapshot lacks: what could not be read, and what it has not reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from .picture import Picture
from .store import Store
from .way_up import Step, ends

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "UNPLACED",
    "accounts_of",
    "completeness_of",
    "counted",
    "gaps_of",
    "is_unplaced",
    "kinds_of",
]

# A failure counts until its unit is read or its item is deleted, or until a later full pass, which
# requests everything that there still is.
_GAPS = """
with passes as (
    select account, key, any_value(service) as service, min(asked) as asked,
           min(answered) as begun, max(answered) as last, bool_or(state = 'finished') as finished
    from course where kind = 'pass' group by account, key
),
base as (
    select account, max(begun) filter (finished) as begun, max(last) filter (finished) as done,
           arg_max(service, last) as service, max(asked) as asked, max(last) as last
    from passes group by account
),
failed as (
    select account, kind, key, max(answered) as answered, arg_max(service, answered) as service,
           arg_max(as_user, answered) as as_user, arg_max(asked, answered) as asked,
           arg_max(reason, answered) as reason
    from ledger where state = 'failed' and kind <> 'pass' group by account, kind, key
),
since as (
    select f.account, f.kind, f.key from failed as f join ledger as l using (account, key)
    where l.answered >= f.answered and (
        l.kind = f.kind and l.state in ('read', 'follows')
        or f.kind in ('permissions', 'folder') and l.state = 'deleted')
),
update as (
    select l.account, any_value(l.service) as service,
           -- An update may end at the time it began.
           arg_max(l.state, (l.answered, l.state <> 'begun')) as state,
           max(l.asked) as asked, max(l.answered) as answered
    from course as l join base as b using (account)
    where l.kind = 'activity' and l.answered >= b.done group by l.account
)
select account, f.service, kind, key, 'failed' as state, as_user, f.asked, answered,
       null::bigint as rows, reason
from failed as f left join base as b using (account)
anti join since as s using (account, kind, key)
where b.begun is null or f.answered >= b.begun
union all
select account, service, 'pass', '', 'begun', null, asked, last, null,
       'The first reading of this account is unfinished: what it has not reached is missing.'
from base where begun is null
union all
select account, service, 'activity', '', 'begun', null, asked, answered, null,
       'The last update is unfinished: some of what activity touched was not read again.'
from update where state = 'begun'
order by account, kind, key
"""
_ACCOUNTS = """
select account, arg_max(service, answered) as service,
       count(*) filter (state = 'read') as read, max(answered) as last
from ledger where kind <> 'pass' group by account order by account
"""
# Items whose folder nobody found, while some user's data could not be read: the folder may be
# theirs, and rights that it gives are missing. A list that includes inherited rights lacks nothing.
_UNPLACED = """
select i.account, i.id as key, i.as_user, i.n from items as i
semi join (
    select account from failed where kind = 'folder' and starts_with(key, 'root:')
) using (account)
where i.parent_n is null and i.inherits and i.parent_id <> 'root'
"""
#: Why an item is a gap.
UNPLACED = (
    "The folder that it is in was not found. It may be of a user whose data could not be read: "
    "rights that the folder gives are missing."
)
#: What is missing, in the singular and plural.
_COUNTED = {
    "user": ("user's data", "users' data"), "users": ("list of users", "lists of users"),
    "groups": ("list of groups", "lists of groups"), "members": ("group", "groups"),
    "folder": ("folder", "folders"), "item": ("item's folder", "items' folders"),
    "permissions": ("item's permissions", "items' permissions"),
    "links": ("list of links", "lists of links"),
    "activity": ("account whose update is unfinished", "accounts whose update is unfinished"),
    "pass": ("account whose first reading is unfinished",
             "accounts whose first reading is unfinished"),
}  # fmt: skip


def gaps_of(store: Store, picture: Callable[[], Picture]) -> pd.DataFrame:
    """Return what is missing; see `Access.gaps`.

    Parameters
    ----------
    store : Store
        The snapshots to examine.
    picture : callable
        Returns the latest picture, which is needed only if some user's data could not be read.

    Raises
    ------
    ArchiveFailed
        There is no snapshot, or nothing has been read yet.
    """
    found = _of_ledger(store, _GAPS)
    if found.empty and store.first_reading() is None:
        raise store.missing()
    if (kinds_of(found) == "user").any():
        found = _with_unplaced(found, picture())
    return found


def _with_unplaced(gaps: pd.DataFrame, picture: Picture) -> pd.DataFrame:
    """Add the items whose folder is unknown to the gaps that explain it."""
    import pandas as pd

    unplaced = picture.frame(f"select account, key, as_user from ({_UNPLACED}) order by 1, 2")
    if unplaced.empty:
        return gaps
    whose = gaps[kinds_of(gaps) == "user"]
    known = ["service", "asked", "answered"]
    latest = whose.sort_values("answered").groupby("account").last()[known]
    rows = unplaced.join(latest, on="account").assign(kind="item", state="failed", reason=UNPLACED)
    whole = pd.concat([gaps, rows.reindex(columns=gaps.columns).astype(gaps.dtypes)])
    return whole.sort_values(["account", "kind", "key"], ignore_index=True, kind="stable")


def is_unplaced(picture: Picture, steps: Sequence[Step]) -> bool:
    """Return True if rights on an item may be missing because the folder above is unknown.

    Parameters
    ----------
    picture : Picture
        The rights at one time.
    steps : sequence of Step
        The item and the folders above it, from `way_up`.
    """
    inherits = ends(list(steps))[0] > len(steps)
    top = steps[-1].n
    return (
        inherits and picture.first(f"select 1 from ({_UNPLACED}) where n = $1", [top]) is not None
    )


def accounts_of(store: Store) -> pd.DataFrame:
    """Return how much of each account was read; see `AccessReport.accounts`.

    Parameters
    ----------
    store : Store
        The snapshots to examine.

    Returns
    -------
    pandas.DataFrame
        ``account``, ``service``, ``read`` (the number of units) and ``last`` (when one was last
        requested, datetime64[us, UTC]).
    """
    return _of_ledger(store, _ACCOUNTS, {"read": "rows", "last": "answered"})


def _of_ledger(store: Store, query: str, like: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return a query's rows, with the types of the ledger's columns.

    A column is like the ledger's of the same name, or of the name that `like` gives for it.
    """
    import pyarrow as pa

    from ..interchange.frame import to_frame
    from .tables import schema_of

    with store.course("ledger") as connection:
        found = connection.sql(query).to_arrow_table()
    ledger, others = schema_of("ledger"), like or {}
    schema = pa.schema(
        [(name, ledger.field(others.get(name, name)).type) for name in found.column_names]
    )
    return to_frame(found.cast(schema).to_batches(), schema)


def completeness_of(gaps: pd.DataFrame) -> str:
    """Return a sentence on what is not known.

    Parameters
    ----------
    gaps : pandas.DataFrame
        From `gaps_of`.
    """
    if gaps.empty:
        return "Everything that was requested could be read."
    kinds = kinds_of(gaps).value_counts()
    return (
        f"Not everything could be read: {_listed(kinds, _COUNTED)}. Their contents are missing "
        "here, and the absence of a finding about them means nothing."
    )


def counted(kinds: Mapping[str, int]) -> str:
    """Return how many units of each kind were read, in words.

    Parameters
    ----------
    kinds : mapping of str to int
        Kind of unit -> number.

    Examples
    --------
    >>> counted({"folder": 2, "users": 1})
    '2 folders, 1 list of users'
    """
    return _listed(kinds, _COUNTED | {"activity": ("account's activity", "accounts' activity")})


def _listed(kinds: Mapping[str, int], words: Mapping[str, tuple[str, str]]) -> str:
    return ", ".join(f"{count:,} {words[kind][count != 1]}" for kind, count in kinds.items())


def kinds_of(gaps: pd.DataFrame) -> pd.Series:
    """Return what is missing: a user's whole data, or one unit.

    Parameters
    ----------
    gaps : pandas.DataFrame
        From `gaps_of`.
    """
    whole = (gaps["kind"] == "folder") & gaps["key"].str.startswith("root:").fillna(False)
    return gaps["kind"].mask(whole, "user")
