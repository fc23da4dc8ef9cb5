"""Filter a stream's events by time, type and person.

The API has no such filters (D), so pages are read whole and events left out here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import compress
from typing import TYPE_CHECKING, Any

from ..decode import Envelope, decode_page
from ..exceptions import InvalidParameter
from ..schema.columns import events_schema
from ..schema.times import ANY_TIME, Interval, parse_interval
from ..schema.words import kind_of_event

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EVERYTHING", "EventFilter", "Selected", "people_columns", "type_columns"]

# Delivery is not instant (D). How late an event may arrive is undocumented; the coverage of
# archives assumes the same hour (A).
_LATE = timedelta(hours=1)


def type_columns(api_version: int) -> tuple[str, ...]:
    """Return the columns that tell an event's kind.

    Examples
    --------
    >>> type_columns(1), type_columns(2)
    (('type',), ('event_category', 'event_type', 'event_subtype'))
    """
    return ("type",) if api_version < 2 else ("event_category", "event_type", "event_subtype")


def people_columns(api_version: int) -> tuple[str, ...]:
    """Return the columns that name who acted: an id, an e-mail address or a name.

    A file's owner is not the person who changed it.
    """
    acting = ("user_id",) if api_version < 2 else ("user_id", "user_email", "user_name")
    modifier = "metadata_last_modifier"
    return (*acting, f"{modifier}_id", f"{modifier}_email", f"{modifier}_name")


@dataclass(frozen=True)
class Selected:
    """The part of a page that passes a filter.

    Attributes
    ----------
    envelope : Envelope
        The page, with only those events.
    has_later : bool
        True if events were left out because they are not before ``until``.
    is_past : bool
        True if every event is so long after ``until`` that no earlier one is expected any more.
    """

    envelope: Envelope
    has_later: bool = False
    is_past: bool = False


@dataclass(frozen=True)
class EventFilter:
    """A filter by interval, type and person; an empty one passes all events.

    Attributes
    ----------
    interval : Interval
        An event without a time is in no bounded interval.
    types : tuple of str
        Any of these words in any of the columns `type_columns`, or any of these kinds
        (`kloudless_data.schema.words.KINDS`), case-insensitive; empty for all.
    people : tuple of str
        Any of these ids, addresses or names, in any of the columns `people_columns`.
    """

    interval: Interval = ANY_TIME
    types: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        since: Any = None,
        until: Any = None,
        types: Iterable[str] | str | None = None,
        people: Iterable[str] | str | None = None,
    ) -> EventFilter:
        """Make a filter from a caller's arguments.

        Parameters
        ----------
        since, until : str, datetime, timedelta, …, optional
            As for `parse_interval`.
        types, people : str or iterable of str, optional

        Returns
        -------
        EventFilter

        Raises
        ------
        InvalidParameter
            A time cannot be parsed, or a list is empty or contains something other than text.
        """
        return cls(parse_interval(since, until), _words(types, "types"), _words(people, "people"))

    def __bool__(self) -> bool:
        return self != EVERYTHING

    def facts(self) -> dict[str, Any] | None:
        """Return the filter as JSON values, for manifests; None if it leaves nothing out.

        Examples
        --------
        >>> facts = EventFilter.of(since="2026-03", types="delete").facts()
        >>> facts["since"], facts["types"], facts["complete"]
        ('2026-03-01T00:00:00+00:00', ['delete'], 'as far as the server kept events when ...')
        """
        since, until = self.interval
        if not self:
            return None
        facts = {
            "since": since and since.isoformat(),
            "until": until and until.isoformat(),
            "types": list(self.types),
            "people": list(self.people),
            "complete": "as far as the server kept events when they were read",
        }
        return {name: value for name, value in facts.items() if value}

    def select(self, envelope: Envelope, api_version: int) -> Selected:
        """Return the part of a page that passes.

        Parameters
        ----------
        envelope : Envelope
        api_version : int
            Determines the events' columns.

        Returns
        -------
        Selected
        """
        if not self or not envelope.count:
            return Selected(envelope)
        import pyarrow.compute as pc

        names = ["modified", *type_columns(api_version), *people_columns(api_version)]
        batch = decode_page(envelope, events_schema(api_version), columns=names)
        keep = self._keep(batch, api_version)
        has_later, is_past = self._after(batch.column("modified"))
        if not pc.all(keep).as_py():
            envelope = _only(envelope, keep.to_pylist())
        return Selected(envelope, has_later, is_past)

    def expects_nothing(self, now: datetime | None) -> bool:
        """Return True if no further event can pass at a server whose time it is.

        Parameters
        ----------
        now : datetime or None
            The server's time; None if it is unknown.
        """
        until = self.interval.until
        return until is not None and now is not None and now >= until + _LATE

    def _keep(self, batch: pa.RecordBatch, api_version: int) -> pa.Array:
        """Return a mask of the events that pass, without nulls."""
        import pyarrow as pa
        import pyarrow.compute as pc

        times, keep = batch.column("modified"), pa.repeat(True, batch.num_rows)
        if self.interval.since is not None:
            keep = pc.and_(keep, pc.greater_equal(times, _scalar(self.interval.since, times)))
        if self.interval.until is not None:
            keep = pc.and_(keep, pc.less(times, _scalar(self.interval.until, times)))
        if self.types:
            by_word = _any_of(batch, type_columns(api_version), self.types)
            keep = pc.and_(keep, pc.or_(by_word, _of_kind(batch, api_version, self.types)))
        if self.people:
            keep = pc.and_(keep, _any_of(batch, people_columns(api_version), self.people))
        return pc.fill_null(keep, False)

    def _after(self, times: pa.Array) -> tuple[bool, bool]:
        until = self.interval.until
        if until is None or times.null_count == len(times):
            return False, False
        import pyarrow.compute as pc

        bounds = pc.min_max(times)
        first, last = bounds["min"].as_py(), bounds["max"].as_py()
        return last >= until, first >= until + _LATE


#: Passes all events.
EVERYTHING = EventFilter()


def _words(values: Iterable[str] | str | None, name: str) -> tuple[str, ...]:
    if values is None:
        return ()
    words = (values,) if isinstance(values, str) else tuple(values)
    if not words or not all(isinstance(word, str) and word.strip() for word in words):
        problem = f"must be text or a list of texts, none of them blank; it is {values!r}."
        raise InvalidParameter(problem, parameter=name)
    return tuple(dict.fromkeys(word.strip().lower() for word in words))


def _scalar(moment: Any, times: pa.Array) -> pa.Scalar:
    import pyarrow as pa

    return pa.scalar(moment, times.type)


def _any_of(batch: pa.RecordBatch, columns: Iterable[str], words: tuple[str, ...]) -> pa.Array:
    """Return a mask of the rows that have one of the words in one of the columns."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted, found = pa.array(words), pa.repeat(False, batch.num_rows)
    for name in columns:
        here = pc.is_in(pc.utf8_lower(batch.column(name)), value_set=wanted)
        found = pc.or_(found, here)
    return found


def _of_kind(batch: pa.RecordBatch, api_version: int, kinds: tuple[str, ...]) -> pa.Array:
    """Return a mask of the rows of one of the kinds, whatever the service calls it."""
    import pyarrow as pa

    names = ("type", None, None) if api_version < 2 else (None, "event_type", "event_subtype")
    columns = [
        [None] * batch.num_rows if name is None else batch.column(name).to_pylist()
        for name in names
    ]
    known = {row: kind_of_event(*row) in kinds for row in set(zip(*columns, strict=True))}
    return pa.array([known[row] for row in zip(*columns, strict=True)], pa.bool_())


def _only(envelope: Envelope, keep: list[bool]) -> Envelope:
    """Return a page with only some of its events."""
    return replace(envelope, items=list(compress(envelope.items, keep)))
