"""Convert records of a format to events: the same columns, whatever the service."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ..schema.columns import SCHEMAS
from ..schema.model import EXTRA, RAW
from ..schema.words import look_up
from .addresses import has_spelling, mail_address, network_addresses
from .specs import Source, Spec
from .times import read_times
from .tree import Records

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["LOG_SCHEMA", "events_of", "log_schema"]

#: The columns of a log: v2's event columns, and the service.
LOG_SCHEMA = SCHEMAS["events.log"]


@cache
def log_schema() -> pa.Schema:
    """Return the Arrow schema of a log's record batches; ``raw`` is the original record."""
    return LOG_SCHEMA.arrow(raw=True)


def events_of(
    spec: Spec, records: Records, account: str | None = None, *, known: bool = False
) -> tuple[pa.RecordBatch, list[int]]:
    """Convert records to events.

    Parameters
    ----------
    spec : Spec
    records : Records
    account : str, optional
        The log's account. Defaults to what the records say, else to the service.
    known : bool, default False
        All records are known to be of the format.

    Returns
    -------
    events : pyarrow.RecordBatch
        Columns of `log_schema`. ``event_category`` is the class of what happened, ``event_type``
        its kind (null if no table has the word), ``event_subtype`` the service's own word.
    strange : list of int
        The records that do not say what happened, which are not among the events.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    made = _Making(spec, records, account)
    columns = [
        made.extra() if field.name == EXTRA else made.column(field.name, field.type)
        for field in log_schema()
    ]
    batch = pa.RecordBatch.from_arrays(columns, schema=log_schema())
    told = made.are_events(known=known)
    if pc.all(told).as_py():
        return batch, []
    strange = pc.indices_nonzero(pc.invert(told)).to_pylist()
    return batch.filter(told), sorted({records.record_of(row) for row in strange})


class _Making:
    """The columns of some records, built one by one."""

    def __init__(self, spec: Spec, records: Records, account: str | None) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        self._spec, self._records, self._account = spec, records, account
        failed = [pc.is_valid(self._values(source)) for source in spec.failed]
        self._failed: pa.Array = pa.repeat(False, records.rows)
        for more in failed:
            self._failed = pc.or_(self._failed, more)
        self.word, self._kind, self._class = self._meaning()

    def _meaning(self) -> tuple[pa.Array, pa.Array, pa.Array]:
        """Return each event's word, kind and class."""
        import pyarrow.compute as pc

        word = kind = class_ = None
        for found in self._places(self._spec.words):
            if self._spec.words.constant is not None:
                found = pc.if_else(self._is_ours, found, None)
            found, its_kind, its_class = _kinds(found, self._spec.service, self._failed)
            if kind is None:
                word, kind, class_ = found, its_kind, its_class
            else:
                better = pc.or_(pc.is_null(word), pc.and_(pc.is_null(kind), pc.is_valid(its_kind)))
                word = pc.if_else(better, found, word)
                kind = pc.if_else(better, its_kind, kind)
                class_ = pc.if_else(better, its_class, class_)
            if not kind.null_count:
                break
        return word, kind, class_

    def are_events(self, *, known: bool) -> pa.Array:
        """Return which records say what happened, and, unless that is known, are of the format.

        Members of the same names are in other formats, too.
        """
        import pyarrow.compute as pc

        told = pc.is_valid(self.word)
        if known:
            return told
        if self._spec.tells_values:
            return pc.and_(told, self._is_ours)
        time = self._found("modified")  # what tells the format are objects: a time will do
        return told if time is None else pc.and_(told, pc.is_valid(time))

    @cached_property
    def _is_ours(self) -> pa.Array:
        """Return which records have all members of a ``tells`` line."""
        import pyarrow as pa
        import pyarrow.compute as pc

        ours = pa.repeat(False, self._records.rows)
        for paths in self._spec.tells_values:
            having = pa.repeat(True, self._records.rows)
            for path in paths:
                having = pc.and_(having, pc.is_valid(self._records.column(path)))
            ours = pc.or_(ours, having)
            if pc.all(ours).as_py():
                break
        return ours

    def _places(self, source: Source) -> Iterator[pa.Array]:
        """Yield the values at each place of a source; later places cost nothing until needed."""
        for path in source.paths:
            yield self._records.column(path)
        if source.constant is not None:
            yield self._constant(source.constant)

    def column(self, name: str, type_: pa.DataType) -> pa.Array:
        """Return a column of the schema."""
        import pyarrow as pa

        if name == RAW:
            return self._records.raw()
        own = {"event_category": self._class, "event_type": self._kind, "event_subtype": self.word}
        if name in own:
            return own[name]
        if name == "service":
            return self._constant(self._spec.service)
        if name == "account" and self._account is not None:
            return self._constant(self._account)
        found = self._found(_PATHS.get(name, name))
        if name == "id":
            return self._ids(found)
        if name == "account":
            found = _or(found, self._constant(self._spec.service))
        if found is None:
            return pa.nulls(self._records.rows, type_)
        return _fitted(network_addresses(found) if name == "ip" else found, type_)

    def _ids(self, found: pa.Array | None) -> pa.Array:
        """Return a distinct id for each event; a record without one gets a hash of its content."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if found is None or found.null_count:
            texts, which = self._records.sources()
            contents = _content_ids(texts)
            contents = contents if which is None else contents.take(pa.array(which))
            found = contents if found is None else pc.coalesce(found, contents)
        numbers = self._records.numbers()
        if numbers is None:
            return found
        counted = pc.binary_join_element_wise(found, pa.array(numbers).cast(pa.string()), "/")
        return pc.if_else(numbers == 1, found, counted)

    def _found(self, path: str) -> pa.Array | None:
        found = None
        for source in self._spec.columns.get(path, ()):
            found = _or(found, self._values(source))
            if not found.null_count:
                break
        if found is not None and path.endswith(".email") and has_spelling(found):
            return _each(found, mail_address)
        return found

    def _values(self, source: Source) -> pa.Array:
        """Return each event's value from a source."""
        import pyarrow as pa
        import pyarrow.compute as pc

        ours = pc.is_in(self._kind, pa.array(source.kinds)) if source.kinds else None
        if ours is not None and not pc.any(ours).as_py():
            return pa.nulls(self._records.rows, pa.string())
        if source.joined:
            found = pc.binary_join_element_wise(*self._places(source), "/")
        else:
            found = None
            for place in self._places(source):
                found = _or(found, place)
                if not found.null_count:
                    break
        if source.pattern:
            found = _each(found, lambda text: _matched(source.pattern, text))
        if source.excluded:
            found = _each(found, lambda text: None if text.casefold() in source.excluded else text)
        if source.values:
            found = _each(found, lambda text: source.values.get(text.casefold()))
        if ours is not None:
            found = pc.if_else(ours, found, pa.scalar(None, pa.string()))
        return found

    def _constant(self, value: str) -> pa.Array:
        import pyarrow as pa

        return pa.repeat(value, self._records.rows)

    def extra(self) -> pa.Array:
        """Return the values without a column as JSON, nested as in the API's events."""
        import pyarrow as pa

        cells: dict[str, pa.DictionaryArray] = {}
        for path in self._spec.columns:
            found = None if path in _KNOWN else self._found(path)
            if found is not None and found.null_count < len(found):
                array = _roles(found) if path == "metadata.role" else found
                cells[path] = array.dictionary_encode()
        if not cells:
            return pa.nulls(self._records.rows, pa.string())
        # A few combinations account for most rows.
        rows, which = _distinct(cells.values())
        values = zip(*(cell.take(rows).to_pylist() for cell in cells.values()), strict=True)
        return pa.array([_nested(cells, some) for some in values], pa.string()).take(which)


def _or(found: pa.Array | None, other: pa.Array) -> pa.Array:
    """Return the first text of each row, or the other where the first is null."""
    import pyarrow.compute as pc

    if found is None or found.null_count == len(found):
        return other
    return (
        found
        if not found.null_count or other.null_count == len(other)
        else pc.coalesce(found, other)
    )


#: How the ids begin that are made of a record's content.
_CONTENT = b"content-"
#: Columns of the schema by their paths, and the paths by their columns.
_KNOWN = {".".join(column.path): column for column in LOG_SCHEMA.columns}
_PATHS: Mapping[str, str] = {column.name: path for path, column in _KNOWN.items()}


def _distinct(columns: Iterable[pa.DictionaryArray]) -> tuple[pa.Array, pa.Array]:
    """Return the first row of each combination of values, and each row's combination."""
    import pyarrow as pa

    which: NDArray[np.int64] | None = None
    for column in columns:
        size = len(column.dictionary)
        codes = column.indices.fill_null(size).to_numpy(zero_copy_only=False).astype(np.int64)
        combined = codes if which is None else which * (size + 1) + codes
        # Renumbered after each column, so that the products never overflow.
        which = pa.array(combined).dictionary_encode().indices.to_numpy().astype(np.int64)
    assert which is not None  # noqa: S101 - of no column there are no combinations
    first = np.unique(which, return_index=True)[1]
    return pa.array(first), pa.array(which)


def _nested(paths: Iterable[str], values: tuple[str | None, ...]) -> str | None:
    """Return values by path as nested JSON, without nulls; None if all are null."""
    if not any(value is not None for value in values):
        return None
    tree: dict[str, Any] = {}
    for path, value in zip(paths, values, strict=True):
        if value is not None:
            *branch, leaf = path.split(".")
            place = tree
            for key in branch:
                place = place.setdefault(key, {})
            place[leaf] = value
    return msgspec.json.encode(tree).decode()


@lru_cache(maxsize=20_000)  # the words are the log's own, and may be any number
def _meaning_of(word: str, service: str, failed: bool) -> tuple[str | None, str | None]:
    found = look_up(word, service, failed=failed)
    return (None, None) if found is None else (found.kind, found.class_)


def _kinds(words: pa.Array, service: str, failed: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return words, their kinds and their classes; each distinct one is looked up once.

    Objects and lists are none: other formats have them where one has its words.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = words.dictionary_encode()
    distinct = coded.dictionary.to_pylist()
    if any(word[:1] in ("{", "[") for word in distinct):
        words = pc.if_else(pc.match_substring_regex(words, r"^[\[{]"), None, words)
        coded = words.dictionary_encode()
        distinct = coded.dictionary.to_pylist()
    meanings = [_meaning_of(word, service, False) for word in distinct]
    if pc.any(failed).as_py():
        meanings += [_meaning_of(word, service, True) for word in distinct]
        place = pc.add(coded.indices, pc.if_else(failed, len(distinct), 0).cast(pa.int32()))
    else:
        place = coded.indices
    kinds = pa.array([kind for kind, _ in meanings], pa.string())
    classes = pa.array([class_ for _, class_ in meanings], pa.string())
    return words, kinds.take(place), classes.take(place)


def _each(texts: pa.Array, function: Any) -> pa.Array:
    """Apply a function to each distinct text."""
    import pyarrow as pa

    coded = texts.dictionary_encode()
    made = [None if text is None else function(text) for text in coded.dictionary.to_pylist()]
    return pa.array(made, pa.string()).take(coded.indices)


def _matched(pattern: str, text: str) -> str | None:
    """Return what the pattern's group matches, each time, separated by blanks."""
    return " ".join(" ".join(re.findall(pattern, text)).split()) or None


def _content_ids(texts: Sequence[bytes]) -> pa.Array:
    """Return ids derived from content; repeated content counts as a further event.

    Overlapping exports give the same ids, so repeats are recognised.
    """
    import pyarrow as pa

    digests = [blake2b(_compact(text), digest_size=16).digest() for text in texts]
    ids = _named(_CONTENT, digests)
    if len(set(digests)) == len(digests):
        return ids
    often = {one: 0 for one, times in Counter(digests).items() if times > 1}
    found = ids.to_pylist()
    for place, one in enumerate(digests):
        if one in often:
            often[one] += 1
            found[place] += f"-{often[one]}" if often[one] > 1 else ""
    return pa.array(found, pa.string())


def _compact(text: bytes) -> bytes:
    """Return JSON without optional blanks and escapes: a record's content, however written."""
    if b'" :' not in text and b'": ' not in text and b"\n" not in text and b"\\" not in text:
        return text
    try:
        return msgspec.json.encode(msgspec.json.decode(text))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return text


def _named(prefix: bytes, digests: Sequence[bytes]) -> pa.Array:
    """Return digests of 16 bytes as texts: a prefix, and hexadecimal digits."""
    import pyarrow as pa

    rows, width = len(digests), len(prefix) + 32
    texts = np.empty((rows, width), np.uint8)
    texts[:, : len(prefix)] = np.frombuffer(prefix, np.uint8)
    digits = np.frombuffer(b"".join(digests).hex().encode(), np.uint8)
    texts[:, len(prefix) :] = digits.reshape(rows, 32)
    ends = np.arange(rows + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(texts))


def _roles(texts: pa.Array) -> pa.Array:
    """Strip the brackets and quotes of lists that were written as text."""
    import pyarrow.compute as pc

    return pc.utf8_trim(texts, '[]" \r\n')


def _fitted(texts: pa.Array, type_: pa.DataType) -> pa.Array:
    """Convert texts to a column's type; misfits are null here, and complete in ``raw``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(type_):
        return texts
    if pa.types.is_timestamp(type_):
        return read_times(texts)
    if pa.types.is_integer(type_):
        whole = pc.match_substring_regex(texts, r"^-?[0-9]{1,18}$")
        return pc.if_else(whole, texts, pa.scalar(None, pa.string())).cast(type_)
    lower = pc.utf8_lower(texts)
    return pc.if_else(
        pc.equal(lower, "true"), True, pc.if_else(pc.equal(lower, "false"), False, None)
    )
