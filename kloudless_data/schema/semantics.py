"""Who did what: where an event names the acting person and the kind of action.

One ordered table for the whole package, by API version, rendered to pandas (`people_of`) and to SQL
(`person_sql`), used by `join_accounts`, the audit and the explorer. The owner of a file is never
taken for the person who acted on it; an owner's id and address only help to resolve ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from .words import word_of_event

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ACTOR",
    "KIND_COLUMNS",
    "KNOWN_PEOPLE",
    "LOGINS",
    "Place",
    "actor_columns",
    "kind_of",
    "people_of",
    "person_sql",
]

#: Kinds of events whose object is a session, which names its user.
LOGINS = ("login", "failed_login")


class Place(NamedTuple):
    """A place in an event that names who acted.

    Attributes
    ----------
    column : str
        The column of a frame or a table of events.
    versions : tuple of int
        The API versions that have it.
    inside : str
        The path in the column's JSON; empty for the column itself.
    only : tuple of str
        The kinds of events for which it counts; empty for all.
    known_by_id : bool
        True if the column holds an id, whose address other events reveal.
    never : tuple of str
        The kinds of events for which it does not count.
    """

    column: str
    versions: tuple[int, ...]
    inside: str = ""
    only: tuple[str, ...] = ()
    known_by_id: bool = False
    never: tuple[str, ...] = ()


#: The address for an id that stands for everybody a service does not know.
NOBODY = "(nobody)"

#: Kinds of events that leave a file as it is: its last modifier is somebody else.
_UNCHANGING = ("preview", "download", "print", "data_export", "shared_link_use")

#: Who acted, the surest first. v2 names the acting user (A); a log-in's session names its user (A);
#: v1 has only the acting user's id (D), whose address other events reveal. The last modifier (S)
#: comes last: events that change no content leave it as it was.
ACTOR: tuple[Place, ...] = (
    Place("user_email", (2,)),
    Place("extra", (1, 2), inside="$.metadata.user.email", only=LOGINS),
    Place("user_id", (1, 2), known_by_id=True),
    Place("user_name", (2,)),
    Place("user_id", (1, 2)),
    Place("metadata_last_modifier_email", (1, 2), never=_UNCHANGING),
    Place("metadata_last_modifier_name", (1, 2), never=_UNCHANGING),
    Place("metadata_last_modifier_id", (1, 2), never=_UNCHANGING),
    Place("metadata_name", (1, 2), only=LOGINS),
)

#: Where events reveal the address of an id: the id's column and the address's, the surest first.
KNOWN_PEOPLE = (
    ("user_id", "user_email"),
    ("metadata_last_modifier_id", "metadata_last_modifier_email"),
    ("metadata_owner_id", "metadata_owner_email"),
)

#: The columns for what happened: v1's word, then v2's, general and specific.
KIND_COLUMNS = ("type", "event_type", "event_subtype")


def kind_of(
    type_: str | None, general: str | None, specific: str | None, service: str | None = None
) -> str:
    """Return the kind of an event; a word that no table has is returned unchanged.

    Parameters
    ----------
    type_ : str or None
        v1's ``type``: its own word, or the upstream service's (D).
    general, specific : str or None
        v2's ``event_type`` and ``event_subtype``.
    service : str, optional
        The service that used the word, if it is the service's own.

    Examples
    --------
    >>> kind_of(None, "login", "failure"), kind_of("ITEM_TRASH", None, None, "box")
    ('failed_login', 'delete')
    >>> kind_of("zz", None, None), kind_of(None, None, None)
    ('zz', 'unknown')
    """
    found = word_of_event(type_, general, specific, service)
    if found is not None:
        return found.kind
    return next((word for word in (type_, specific, general) if word), "unknown")


def actor_columns(*, readable: bool = True) -> list[str]:
    """Return the columns of a frame that name who acted, most reliable first.

    Parameters
    ----------
    readable : bool
        Addresses and names before ids.

    Examples
    --------
    >>> actor_columns()[:3]
    ['user_email', 'user_name', 'metadata_last_modifier_email']
    """
    places = [one for one in ACTOR if not one.inside and not one.only]
    columns = list(dict.fromkeys(one.column for one in places))
    return sorted(columns, key=lambda name: readable and name.endswith("_id"))


def person_sql(
    text: Callable[[str], str], inside: Callable[[str, str], str], kind: str, known: str
) -> str:
    """Return the SQL expression for who acted.

    Parameters
    ----------
    text : callable
        Returns the expression for a column as text, which is null if the column is missing or
        blank.
    inside : callable
        Returns the expression for the value at a path in a column's JSON.
    kind : str
        The expression for the event's kind.
    known : str
        The expression for the known address of the event's ``user_id``.

    Examples
    --------
    >>> text = lambda name: name
    >>> person_sql(text, lambda name, path: f"{name}->>'{path}'", "kind", "known")[:60]
    "nullif(coalesce(user_email, case when kind in ('login', 'fai"
    """
    found = []
    for place in ACTOR:
        value = inside(place.column, place.inside) if place.inside else text(place.column)
        value = known if place.known_by_id else value
        kinds = ", ".join(f"'{one}'" for one in place.only)
        value = f"case when {kind} in ({kinds}) then {value} end" if kinds else value
        never = ", ".join(f"'{one}'" for one in place.never)
        found.append(f"case when {kind} not in ({never}) then {value} end" if never else value)
    return f"nullif(coalesce({', '.join(found)}), '{NOBODY}')"


def people_of(events: pd.DataFrame, within: pd.Series | None = None) -> pd.Series:
    """Return who acted in each event: an address, else a name, else an id.

    Parameters
    ----------
    events : pandas.DataFrame
        Events of v1 or v2, with any columns.
    within : pandas.Series, optional
        The scope within which ids are valid, such as the service of each event.

    Returns
    -------
    pandas.Series
        Strings with the index of `events`; null if nobody is named.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"user_id": ["u1", "u1"], "user_email": ["ann@x", None],
    ...                        "metadata_owner_email": ["bob@x", "bob@x"]})
    >>> people_of(events).tolist()
    ['ann@x', 'ann@x']
    """
    import pandas as pd

    people = pd.Series(pd.NA, events.index, "string")
    if events.empty:
        return people
    kinds = _kinds(events)
    for place in ACTOR:
        if place.column not in events or not people.isna().any():
            continue
        found = _text(events[place.column])
        if place.inside:
            found = _inside(events[place.column], place.inside, people.isna())
        if place.known_by_id:
            found = _addresses(events, within, found)
        if place.only:
            found = found.where(kinds.isin(place.only))
        if place.never:
            found = found.where(~kinds.isin(place.never))
        people = people.fillna(found)
    return people.mask(people == NOBODY)


def _kinds(events: pd.DataFrame) -> pd.Series:
    """Return the kind of each event."""
    import pandas as pd

    columns = [
        _text(events[name]) if name in events else pd.Series(pd.NA, events.index, "string")
        for name in KIND_COLUMNS
    ]
    words = pd.DataFrame(dict(zip(KIND_COLUMNS, columns, strict=True))).astype(object)
    rows = list(words.where(words.notna(), None).itertuples(index=False, name=None))
    known = {row: kind_of(*row) for row in set(rows)}
    return pd.Series([known[row] for row in rows], events.index, "string")


def _text(values: pd.Series) -> pd.Series:
    """Return a column as text, even if a CSV file turned it into numbers; blanks are null."""
    import pandas as pd

    if pd.api.types.is_float_dtype(values.dtype):
        values = values.astype("Int64")  # with a null among them, pandas reads integers as floats
    text = values.astype("string")
    return text.where(text.str.strip() != "")


def _inside(column: pd.Series, path: str, wanted: pd.Series) -> pd.Series:
    """Return the values at a path in a column of JSON."""
    import json

    import pandas as pd

    keys = path.removeprefix("$.").split(".")

    def at(value: object) -> object:
        try:
            found = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            return None
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found if isinstance(found, str) and found.strip() else None

    found = column[wanted].map(at, na_action="ignore").astype("string")
    return found.reindex(column.index).astype(pd.StringDtype())


def _addresses(events: pd.DataFrame, within: pd.Series | None, ids: pd.Series) -> pd.Series:
    """Return the addresses of ids, as far as the events reveal them."""
    import pandas as pd

    scope = pd.Series("", events.index, "string") if within is None else within
    pairs = [
        pd.DataFrame({"scope": scope, "id": _text(events[of]), "address": _text(events[address])})
        for of, address in KNOWN_PEOPLE
        if of in events and address in events
    ]
    if not pairs:
        return ids.where(ids.isna())
    first = pd.concat(pairs).dropna().drop_duplicates(["scope", "id"]).set_index(["scope", "id"])
    known = first["address"].where(~first.index.isin(_shared_ids(events, scope)), NOBODY)
    keys = pd.MultiIndex.from_arrays([scope, ids])
    return known.reindex(keys).set_axis(ids.index)


def _shared_ids(events: pd.DataFrame, scope: pd.Series) -> pd.MultiIndex:
    """Return the ids, within their scopes, that acted under several addresses."""
    import pandas as pd

    of, address = KNOWN_PEOPLE[0]
    if of not in events or address not in events:
        return pd.MultiIndex.from_arrays([[], []])
    addresses = _text(events[address]).str.strip().str.lower()
    rows = pd.DataFrame({"scope": scope, "id": _text(events[of]), "address": addresses})
    pairs = rows.dropna().drop_duplicates()[["scope", "id"]]
    return pd.MultiIndex.from_frame(pairs[pairs.duplicated()])


def known_people_sql(scope: str, text: Callable[[str], str], there: Iterable[str]) -> str | None:
    """Return a query for ``account``, ``user_id`` and ``email``: the address of each id.

    Parameters
    ----------
    scope : str
        The expression for the scope within which ids are valid.
    text : callable
        Returns the expression for a column as text.
    there : iterable of str
        The columns that exist.

    Returns
    -------
    str or None
        A query of ``raw``; None if no column reveals an address. An id that acted under several
        addresses is nobody's: services use one id for everybody they do not know.
    """
    names = set(there)
    queries = [
        f"select distinct {scope} as account, {text(of)} as user_id, {text(address)} as email, "  # noqa: S608
        f"{rank} as rank from raw where {text(of)} is not null and {text(address)} is not null"
        for rank, (of, address) in enumerate(KNOWN_PEOPLE)
        if of in names and address in names
    ]
    if not queries:
        return None
    known = " union all ".join(queries)
    return (
        "select account, user_id, case when max(rank) = 0 and count(distinct lower(trim(email))) "  # noqa: S608
        f"> 1 then '{NOBODY}' else min(email) end as email from (select * from ({known}) "
        "qualify rank = min(rank) over (partition by account, user_id)) group by all"
    )
