"""Lists of objects as DataFrames."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..decode import Envelope, decode_page, read_envelope, split_objects
from ..display.progress import progress_bar
from ..interchange.frame import DtypeBackend, to_frame
from ..schema.infer import infer_schema
from ..schema.model import Schema
from .pages import PageRequest, PageSource, read_pages

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["counted", "frame_of_list", "frame_of_pages", "frame_of_records", "utc_times"]


def frame_of_pages(
    pages: Iterable[Envelope],
    schema: Schema | None,
    *,
    limit: int | None = None,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    dtype_backend: DtypeBackend | None = None,
    categories: bool | Sequence[str] = False,
) -> pd.DataFrame:
    """Return the objects of all pages as one DataFrame.

    Parameters
    ----------
    pages : iterable of Envelope
    schema : Schema or None
        None infers one, which holds all pages in memory at once.
    limit : int, optional
        Read at most this many objects.
    raw : bool
        Keep the upstream's objects in the column ``raw``.
    columns : sequence of str, optional
        Only these columns.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
    categories : bool or sequence of str
        As for `kloudless_data.interchange.frame.to_frame`.

    Returns
    -------
    pandas.DataFrame
    """
    if schema is None:
        pages = list(_at_most(pages, limit))
        schema = infer_schema(_objects(pages))
    batches, left = [], limit
    for page in _at_most(pages, limit):
        batch = decode_page(page, schema, raw=raw, columns=columns)
        batches.append(batch if left is None else batch.slice(0, left))
        left = None if left is None else left - batch.num_rows
    arrow = schema.arrow(raw=raw, columns=columns)
    return to_frame(batches, arrow, dtype_backend=dtype_backend, categories=categories)


def frame_of_records(records: Sequence[Any], schema: Schema | None, **kwargs: Any) -> pd.DataFrame:
    """Return Python objects as a DataFrame, like `frame_of_pages` their JSON.

    Parameters
    ----------
    records : sequence
        Decoded JSON values, such as dicts.
    schema : Schema or None
        None infers one.
    **kwargs
        As for `frame_of_pages`.
    """
    return frame_of_pages([read_envelope(json.dumps(list(records)).encode())], schema, **kwargs)


def frame_of_list(
    source: PageSource,
    request: PageRequest,
    first: Envelope,
    schema: Schema | None,
    *,
    limit: int | None = None,
    raw: bool = False,
    columns: list[str] | None = None,
    dtype_backend: DtypeBackend | None = None,
    categories: bool | Sequence[str] = False,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Return the objects of a list whose first page was read, for `ResourceList.to_frame`.

    Parameters
    ----------
    source : PageSource
    request : PageRequest
        The request for the first page.
    first : Envelope
    schema : Schema or None
    progress : bool, optional
        Show a progress bar. Defaults to showing one where it is visible.
    limit, raw, columns, dtype_backend, categories
        As for `frame_of_pages`.

    Returns
    -------
    pandas.DataFrame
    """
    pages = read_pages(source, request.path, request.params, request.headers, first=first)
    with progress_bar("Reading", unit="objects", total=limit, show=progress) as bar:
        return frame_of_pages(
            counted(pages, bar), schema,
            limit=limit, raw=raw, columns=columns,
            dtype_backend=dtype_backend, categories=categories,
        )  # fmt: skip


def _at_most(pages: Iterable[Envelope], limit: int | None) -> Iterator[Envelope]:
    """Yield pages until they hold `limit` objects, and request no more after that."""
    left = limit
    for page in pages:
        yield page
        if left is not None:
            left -= page.count
            if left <= 0:
                return


def counted(pages: Iterable[Envelope], bar: Any) -> Iterator[Envelope]:
    """Yield the pages, advancing a progress bar by the objects in each.

    Parameters
    ----------
    pages : iterable of Envelope
        The pages to pass on.
    bar : object
        A progress bar with an ``update`` method.
    """
    for page in pages:
        bar.update(page.count)
        yield page


def _objects(pages: Iterable[Envelope]) -> Iterator[dict[str, Any]]:
    for page in pages:
        for text in split_objects(page):
            value = json.loads(text)
            if isinstance(value, dict):
                yield value


def utc_times(values: Iterable[datetime | None]) -> pd.Series:
    """Return times as a column, UTC in microseconds.

    Older versions of pandas convert via nanoseconds, which end in 2262.

    Parameters
    ----------
    values : iterable of datetime or None
        With a time zone; NaT counts as None.

    Returns
    -------
    pandas.Series
        ``datetime64[us, UTC]``.

    Examples
    --------
    >>> far = datetime(9000, 1, 1, tzinfo=UTC)
    >>> utc_times([far, None]).dtype
    datetime64[us, UTC]
    """
    import pandas as pd
    import pyarrow as pa

    moments = [None if v is None or pd.isna(v) else v.astimezone(UTC) for v in values]
    times: pd.Series = pa.array(moments, pa.timestamp("us", tz="UTC")).to_pandas()
    return times.astype("datetime64[us, UTC]")
