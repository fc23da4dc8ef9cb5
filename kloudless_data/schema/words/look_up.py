"""Look up a service's word in its table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import NamedTuple

from .files import key_of, labelled, lines_of

__all__ = [
    "ASSUMED",
    "KINDS",
    "SERVICES",
    "Kind",
    "Word",
    "kind_of",
    "kind_of_event",
    "look_up",
    "word_of_event",
    "words_of",
]


class Kind(NamedTuple):
    """A kind of event.

    Attributes
    ----------
    name : str
    class_ : str
        ``file``, ``sharing``, ``session``, ``account``, ``group``, ``role``, ``application``,
        ``setting``, ``data``, ``mail``, ``device``, ``message``, ``workflow``, ``resource``,
        ``alert`` or ``other``.
    severity : {"info", "low", "medium", "high"}
        The severity of the change.
    failed : str
        The kind of the same event if it failed.
    meaning : str
    """

    name: str
    class_: str
    severity: str
    failed: str
    meaning: str


class Word(NamedTuple):
    """The meaning of a service's word.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    class_ : str
    severity : {"info", "low", "medium", "high"}
        The severity of the change; a word may override that of its kind.
    """

    kind: str
    class_: str
    severity: str


def _kinds() -> dict[str, Kind]:
    rows = ([cell.strip() for cell in line.split("|")] for line in lines_of("kinds"))
    return {row[0]: Kind(*row) for row in rows}


#: Every kind by its name.
KINDS: Mapping[str, Kind] = MappingProxyType(_kinds())

_GOOGLE = ("google_drive", "google_admin", "google_login", "google_token", "google_other")
_MICROSOFT = ("sharepoint", "microsoft_directory", "exchange", "microsoft_other")

#: Service (by its name in Kloudless or in the log) -> its tables. Table names work as well.
SERVICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "kloudless": ("kloudless",),
        "box": ("box",),
        "dropbox": ("dropbox",),
        "egnyte": ("egnyte",),
        "sharefile": ("sharefile",),
        "cloudtrail": ("cloudtrail",),
        "s3": ("cloudtrail",),
        "ocsf": ("ocsf", "cloudtrail"),
        **dict.fromkeys("google gdrive google_workspace gmail google_calendar".split(), _GOOGLE),
        **dict.fromkeys(
            "microsoft365 office365 onedrivebiz sharepoint azurerm".split(), _MICROSOFT
        ),
        **dict.fromkeys(
            "ms_teams exchange_email outlook_email outlook_calendar".split(), _MICROSOFT
        ),
    }
)
#: Services whose words were checked against no public list: their tables are assumed (A).
ASSUMED = frozenset({"sharefile"})
#: A word missing from its service's tables is looked up in all tables, in this order.
_TABLES = (
    *("kloudless", "box"),
    *(*_GOOGLE, *_MICROSOFT),
    *("dropbox", "egnyte", "sharefile", "cloudtrail", "ocsf"),
)


class _Table(NamedTuple):
    words: dict[str, Word]
    beginnings: dict[str, Word]


@cache
def _table(name: str) -> _Table:
    """Read a table: lines of ``kind: word, word`` or ``kind severity: …``.

    A word that ends in ``*`` stands for all words with that prefix.
    """
    table = _Table({}, {})
    if name == "kloudless":
        table.words.update((key_of(k), Word(k, v.class_, v.severity)) for k, v in KINDS.items())
    for label, words in labelled(name):
        kind, _, severity = label.partition(" ")
        found = Word(kind, KINDS[kind].class_, severity.strip() or KINDS[kind].severity)
        for word in words:
            into = table.beginnings if word.endswith("*") else table.words
            into[key_of(word)] = found
    return table


def words_of(table: str) -> Iterator[tuple[str, Word]]:
    """Yield the words of a table, without case and punctuation, and their meanings.

    Parameters
    ----------
    table : str
        A name in the values of `SERVICES`. Prefixes that stand for many words end in ``*``.

    Examples
    --------
    >>> dict(words_of("box"))["itemtrash"].kind
    'delete'
    """
    found = _table(table)
    yield from found.words.items()
    yield from ((f"{key}*", word) for key, word in found.beginnings.items())


@lru_cache(maxsize=20_000)
def look_up(word: str, service: str | None = None, *, failed: bool = False) -> Word | None:
    """Return the meaning of a service's word.

    Parameters
    ----------
    word : str
        The service's term; case and punctuation are ignored.
    service : str, optional
        A key of `SERVICES` or the name of a table. Its words come first, then those of Kloudless
        and of all services; prefixes that stand for many words are its own alone.
    failed : bool
        The action failed: a log-in becomes a failed log-in, anything else was denied.

    Returns
    -------
    Word or None
        None if no table has the word.

    Examples
    --------
    >>> look_up("ITEM_TRASH", "box")
    Word(kind='delete', class_='file', severity='medium')
    >>> look_up("ConsoleLogin", "cloudtrail", failed=True).kind
    'failed_login'
    >>> look_up("zz_unheard_of") is None
    True
    """
    key = key_of(word)
    if not key:
        return None
    own_tables = SERVICES.get(service or "", (service,) if service in _TABLES else ())
    order = (*own_tables, *(name for name in _TABLES if name not in own_tables))
    found = next((_table(name).words[key] for name in order if key in _table(name).words), None)
    # A prefix stands for words of its own_tables service only: Egnyte would never say "Move*".
    own_or_all = own_tables or _TABLES
    found = found or next(filter(None, (_by_beginning(word, name) for name in own_or_all)), None)
    if found is None or not failed:
        return found
    kind = KINDS[KINDS[found.kind].failed]
    return Word(kind.name, found.class_, kind.severity)


#: Characters; no service has longer words.
_LONGEST = 200


def _by_beginning(word: str, table: str) -> Word | None:
    """Look up the longest prefix of a word that ends at a boundary within the word."""
    beginnings = _table(table).beginnings
    if not beginnings:
        return None
    for end in range(min(len(word), _LONGEST), 1, -1):
        at_border = end == len(word) or not word[end].isalpha() or word[end].isupper()
        if at_border and (found := beginnings.get(key_of(word[:end]))):
            return found
    return None


def kind_of(word: str | None, service: str | None = None, *, failed: bool = False) -> str | None:
    """Return the kind of a service's word, like `look_up`.

    Parameters
    ----------
    word : str or None
        The service's or the API's word for an action.
    service : str, optional
        The service that used the word.
    failed : bool, default False
        The action did not succeed.

    Examples
    --------
    >>> [kind_of(word) for word in ("delete", "DELETE", "FileDeleted", "file_delete", None)]
    ['delete', 'delete', 'delete', 'delete', None]
    """
    found = None if word is None else look_up(word, service, failed=failed)
    return None if found is None else found.kind


def word_of_event(
    type_: str | None, general: str | None, specific: str | None, service: str | None = None
) -> Word | None:
    """Return the meaning of an API event's words, in v1 or v2, or of those of a service's log.

    Kloudless' own words come before the services': Google's ``delete``, unlike this one, is
    permanent.

    Parameters
    ----------
    type_ : str or None
        v1's ``type``: its own word, or the upstream service's (D).
    general, specific : str or None
        v2's ``event_type`` and ``event_subtype``: both together come first, then the specific one.
    service : str, optional
        The service whose words they are if they are not Kloudless' own.

    Returns
    -------
    Word or None
        None if no table has any of the words.

    Examples
    --------
    >>> word_of_event(None, "login", "failure").kind, word_of_event("delete", None, None).kind
    ('failed_login', 'delete')
    >>> word_of_event("ITEM_TRASH", None, None, "box").severity, word_of_event("zz", None, None)
    ('medium', None)
    """
    # "move move" is no service's word, though one may have words that begin with "move".
    both = f"{general} {specific}" if general and specific else None
    own = _table("kloudless").words
    for word in filter(None, (type_, both, specific, general)):
        if key_of(word) in own:
            return own[key_of(word)]
    theirs = (look_up(word, service) for word in (type_, specific, general) if word)
    return next(filter(None, theirs), None)


def kind_of_event(
    type_: str | None, general: str | None, specific: str | None, service: str | None = None
) -> str | None:
    """Return the kind of an API event, like `word_of_event`.

    Parameters
    ----------
    type_, general, specific : str or None
        The event's words.
    service : str, optional
        The service whose words they are if they are not Kloudless' own.

    Examples
    --------
    >>> kind_of_event(None, "login", "failure"), kind_of_event("ITEM_TRASH", None, None, "box")
    ('failed_login', 'delete')
    """
    found = word_of_event(type_, general, specific, service)
    return None if found is None else found.kind
