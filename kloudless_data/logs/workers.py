"""Turn JSON texts into events: here, or by the workers of an executor."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias

from ..events.executors import in_order, processors
from .convert import events_of
from .records import JsonReader
from .specs import Spec, spec_named
from .texts import Texts

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["WORDLESS", "Converted", "converted"]

#: Events, and the places of texts that are none, with the reason.
Converted: TypeAlias = "tuple[pa.RecordBatch, list[tuple[int, str]]]"

#: Why a record without a word for it is no event.
WORDLESS = "it does not say what happened"
_AHEAD = 8  # texts and results that may wait, of some 15 MB each


def converted(
    spec: Spec, account: str | None, texts: Iterable[Texts], executor: Executor | None = None
) -> Generator[tuple[Texts, Converted], None, None]:
    """Yield texts of records with the events in them, in their order.

    Parameters
    ----------
    spec : Spec
        The records' format.
    account : str or None
        As for `events_of`.
    texts : iterable of Texts
        Some thousand records each.
    executor : concurrent.futures.Executor, optional
        Its workers convert. Default: a thread for each processor does, since Arrow, which does most
        of it, leaves Python's lock to others.
    """
    if executor is None:
        here = partial(_converted, JsonReader(spec), account)
        threads = processors()
        if threads == 1:
            yield from ((some, here(some)) for some in texts)
            return
        with ThreadPoolExecutor(threads, "log") as pool:
            yield from in_order(pool, here, texts, threads)
        return
    jobs = ((spec.name, account, some.alone()) for some in texts)
    for (_, _, some), result in in_order(executor, _job, jobs, _AHEAD):
        yield some, result


def _job(job: tuple[str, str | None, Texts]) -> Converted:
    name, account, texts = job
    return _converted(_reader(name), account, texts)


@cache
def _reader(name: str) -> JsonReader:
    return JsonReader(spec_named(name))


def _converted(reader: JsonReader, account: str | None, texts: Texts) -> Converted:
    records, damaged = reader.read(texts)
    events, strange = events_of(reader.spec, records, account)
    return events, sorted([*damaged, *((place, WORDLESS) for place in strange)])
