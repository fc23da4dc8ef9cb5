"""A format of a log: a short text that says where each column is found in a record.

``formats/box.txt`` and its neighbours are all that is known of a service's log. Each line is a word
and its meaning; ``#`` starts a comment, and an indented line continues the previous one. First come
the facts about the format::

    title    Box enterprise events
    service  box                              the service whose words it uses
    tells    event_id, event_type, created_by    members of every record of this format
    records  entries                          the list of records in the service's answers
    each     events                           a list in a record, one event per element
    named    events.parameters name value     a list whose elements are named: parameters[doc_id]
    word     event_type                       the service's word for what happened
    failed   status -> failure, error         the action failed (without ->: if present;
                                              ``-> !0``: if it is anything but 0)
    table    Date, Action                     headers of a CSV file of this format
    inside   AuditData                        the column that holds a record as JSON

Then come the columns: a path of the API's v2 events, and where its value is (the first one
present). ``->`` translates values, and ``when`` restricts a line to some kinds; further lines for a
column are further places to look::

    user.email                created_by.login
    metadata.link.scope       shared_link.access -> open=anyone
    metadata.member.email     ObjectId when group_add_member role_add
    metadata.type             'file' when add delete
    id                        id.time + id.number      both, with / between them
    metadata.scopes           permissions ~ Scope: ([a-z]+)   what the group matches, each time

In a path, ``.`` leads into an object, ``[0]`` into a list, ``[name]`` into a ``named`` list; names
with blanks or dots are in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain

from ..exceptions import InvalidParameter

__all__ = ["Named", "Source", "Spec", "path_of", "spec_named", "specs"]

#: Keys that lead to a value; an ``int`` is an index into a list, ``[name]`` an element by name.
Path = tuple[str | int, ...]

_STEP = re.compile(r'"([^"]+)"|\[(\d+)\]|\[([^\]]+)\]|([^.\[\]"]+)')


def path_of(text: str) -> Path:
    """Read a path.

    Examples
    --------
    >>> path_of('events.parameters[doc_id]'), path_of('assets[0].".tag"')
    (('events', 'parameters', '[doc_id]'), ('assets', 0, '.tag'))
    """
    steps: list[str | int] = []
    for quoted, place, name, plain in _STEP.findall(text):
        steps.append(int(place) if place else f"[{name}]" if name else quoted or plain)
    return tuple(steps)


@dataclass(frozen=True)
class Source:
    """Where a column's value may be.

    Attributes
    ----------
    paths : tuple of path
        The first one with a value counts; without paths, `constant`.
    constant : str or None
    values : mapping of str to str
        Translations of values, by the value in lower case; other values are ignored. If empty,
        values are used unchanged.
    kinds : tuple of str
        Only for events of these kinds; empty for all.
    excluded : tuple of str
        Values to ignore, in lower case.
    joined : bool
        Join the values of all paths with ``/``, instead of taking the first one.
    pattern : str
        A regular expression with one group: the value is what it matches, each time, separated by
        blanks. Empty: the whole value.
    """

    paths: tuple[Path, ...]
    constant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    joined: bool = False
    pattern: str = ""


@dataclass(frozen=True)
class Named:
    """A list whose elements have a name and a value.

    Attributes
    ----------
    path : path
        The path of the list.
    name : str
        The member that holds the name.
    values : tuple of str
        The members that may hold the value; the first one present counts.
    """

    path: Path
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Spec:
    """A format.

    Attributes
    ----------
    name : str
        Such as ``"box"``; its file's name.
    title, service : str
    tells : tuple of tuple of path
        A record is of this format if all members of one of these have a value.
    records : tuple of str
        Names of lists of records in an answer or a file.
    each : path
        A list in a record with one event per element; empty if a record is one event.
    named : tuple of Named
    words : Source
        Where the service's word for what happened is; the first one with a kind counts.
    failed : tuple of Source
        The action failed if one of these has a value.
    tables : tuple of tuple of str
        Headers that identify a CSV file of this format.
    inside : str or None
        The header of a CSV column that holds the record as JSON.
    columns : mapping of str to tuple of Source
        Path of a v2 event's column, joined by dots -> where its value may be.
    """

    name: str
    title: str
    service: str
    tells: tuple[tuple[Path, ...], ...]
    records: tuple[str, ...]
    each: Path
    named: tuple[Named, ...]
    words: Source
    failed: tuple[Source, ...]
    tables: tuple[tuple[str, ...], ...]
    inside: str | None
    columns: Mapping[str, tuple[Source, ...]]

    @cached_property
    def paths(self) -> set[Path]:
        """The paths of all values that are wanted."""
        sources = (self.words, *self.failed, *chain.from_iterable(self.columns.values()))
        return {path for source in sources for path in source.paths}

    @property
    def is_nested(self) -> bool:
        """True if values are wanted that are inside others."""
        return any(len(path) > 1 for path in self.paths)

    @cached_property
    def around(self) -> set[Path]:
        """The paths of objects and lists that wanted values are in."""
        return {path[:length] for path in self.paths for length in range(len(path))}

    @cached_property
    def flat_names(self) -> frozenset[str]:
        """How pandas, Splunk and others name nested members in a flat record."""
        paths = [
            [str(step) for step in path]
            for path in self.paths
            if len(path) > 1 and not any(isinstance(step, int) or step[0] == "[" for step in path)
        ]
        return frozenset(apart.join(path) for path in paths for apart in (".", "_", "__", "{}."))

    @cached_property
    def tells_members(self) -> list[tuple[frozenset[str], tuple[Path, ...]]]:
        """The ``tells`` lines, each with the members of a record that it begins with."""
        return [(frozenset(str(path[0]) for path in paths), paths) for paths in self.tells]

    @property
    def tells_values(self) -> list[tuple[Path, ...]]:
        """The ``tells`` lines of which no member is an object or a list that others are in."""
        return [paths for paths in self.tells if self.around.isdisjoint(paths)]


@cache
def specs() -> tuple[Spec, ...]:
    """Return all formats, those with the most identifying members first."""
    inside = (files(__package__) / "formats").iterdir()
    texts = {one.name: one.read_text("utf-8") for one in inside if one.name.endswith(".txt")}
    found = [read_spec(name.removesuffix(".txt"), texts[name]) for name in sorted(texts)]
    return tuple(sorted(found, key=lambda spec: -max(map(len, (*spec.tells, *spec.tables)))))


def spec_named(name: str) -> Spec:
    """Return a format by its name.

    Raises
    ------
    InvalidParameter
        There is none.
    """
    for spec in specs():
        if spec.name == name:
            return spec
    names = ", ".join(sorted(spec.name for spec in specs()))
    raise InvalidParameter(f"There is no log format {name!r}. The formats are: {names}.")


_SEVERAL = ("tells", "table", "named", "failed")
_ONCE = ("title", "service", "records", "each", "word", "inside")


def read_spec(name: str, text: str) -> Spec:
    """Read the text of a format.

    Parameters
    ----------
    name : str
        The format's name.
    text : str
        Its lines, as docs/logs.md describes them.

    Raises
    ------
    ValueError
        A line is not part of a format.
    """
    facts: dict[str, list[str]] = {key: [] for key in (*_ONCE, *_SEVERAL)}
    columns: dict[str, list[Source]] = {}
    for word, rest in _lines(text):
        if word in facts:
            facts[word].append(rest)
        elif word.startswith("metadata.") or word.split(".")[0] in _EVENT:
            columns.setdefault(word, []).append(_source(rest))
        else:
            raise ValueError(f"{name}: {word!r} is neither a fact of a format nor a column.")
    once = {key: (facts[key] or [""])[0] for key in _ONCE}
    return Spec(
        name=name,
        title=once["title"],
        service=once["service"],
        tells=tuple(tuple(map(path_of, _listed(one))) for one in facts["tells"]),
        records=tuple(once["records"].split()),
        each=path_of(once["each"]),
        named=tuple(_named(one) for one in facts["named"]),
        words=_source(once["word"]),
        failed=tuple(map(_source, facts["failed"])),
        tables=tuple(tuple(_listed(one)) for one in facts["table"]),
        inside=once["inside"].strip('"') or None,
        columns={column: tuple(sources) for column, sources in columns.items()},
    )


#: The top-level members of the API's events.
_EVENT = "id account service modified ip user user_id user_agent previous_metadata action".split()


def _lines(text: str) -> Iterator[tuple[str, str]]:
    joined = re.sub(r"\n[ \t]+", " ", "\n".join(
        line for line in text.splitlines() if line.strip() and not line.startswith("#")
    ))  # fmt: skip
    for line in joined.splitlines():
        word, _, rest = line.partition(" ")
        yield word, rest.strip()


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",")]


def _split(text: str) -> list[str]:
    """Split at blanks that are not in quotes."""
    return re.findall(r"""(?:"[^"]*"|'[^']*'|[^\s"'])+""", text)


def _named(text: str) -> Named:
    path, name, *values = _split(text)
    return Named(path_of(path), name, tuple(values))


def _source(text: str) -> Source:
    text, _, kinds = text.partition(" when ")
    places, _, translations = text.partition("->")
    places, _, pattern = places.partition(" ~ ")
    paths = _split(places)
    constant = next((one.strip("'") for one in paths if one.startswith("'")), None)
    pairs = [pair for pair in _listed(translations) if pair]
    values = {}
    for pair in pairs:
        word, separator, meant = pair.partition("=")
        if not word.startswith("!"):
            values[word.casefold()] = meant if separator else word
    return Source(
        tuple(path_of(one) for one in paths if one != "+" and not one.startswith("'")),
        constant,
        values,
        tuple(kinds.split()),
        tuple(pair[1:].casefold() for pair in pairs if pair.startswith("!")),
        "+" in paths,
        pattern.strip(),
    )
