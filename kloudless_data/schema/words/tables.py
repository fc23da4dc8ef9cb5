"""Look up whole columns of words: in pandas, and as a table to join in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .look_up import look_up

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["look_up_all", "resolve"]

_COLUMNS = ("kind", "class", "severity")


def look_up_all(words: Any, services: Any = None) -> pd.DataFrame:
    """Return the meaning of each word in a column.

    Parameters
    ----------
    words : Series or sequence of str
    services : Series, sequence of str, or str, optional
        The service of each word, or of all; see `look_up`.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``class`` and ``severity`` (object), with the index of `words`; None if no table
        has the word.

    Examples
    --------
    >>> import pandas as pd
    >>> look_up_all(pd.Series(["ITEM_TRASH", "zz"]), "box")["kind"].tolist()
    ['delete', None]
    """
    import pandas as pd

    words = words if isinstance(words, pd.Series) else pd.Series(list(words), dtype=object)
    if services is None or isinstance(services, str):
        services = pd.Series([services] * len(words), index=words.index, dtype=object)
    pairs = pd.DataFrame({"service": list(services), "word": list(words)}, dtype=object)
    pairs = pairs.where(pairs.notna(), None)
    known = {pair: _meaning(*pair) for pair in set(pairs.itertuples(index=False, name=None))}
    rows = [known[pair] for pair in pairs.itertuples(index=False, name=None)]
    return pd.DataFrame(rows, columns=list(_COLUMNS), index=words.index, dtype=object)


def resolve(words: Iterable[tuple[str | None, str | None]]) -> pa.Table:
    """Return the meanings of distinct words, as a table to join with events.

    Parameters
    ----------
    words : iterable of (str or None, str or None)
        Service and word, such as the result of ``select distinct service, type from events``.

    Returns
    -------
    pyarrow.Table
        ``service``, ``word``, ``kind``, ``class``, ``severity`` (string); the last three are null
        if no table has the word.

    Examples
    --------
    In DuckDB::

        connection.register("words", resolve(connection.sql(
            "select distinct service, type from events").fetchall()))
        connection.sql("select kind, count(*) from events join words on type = word and "
                       "service is not distinct from words.service group by kind")

    >>> resolve([("box", "ITEM_TRASH")]).to_pylist()[0]["kind"]
    'delete'
    """
    import pyarrow as pa

    rows = [(service, word, *_meaning(service, word)) for service, word in dict.fromkeys(words)]
    names = ("service", "word", *_COLUMNS)
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}
    )


def _meaning(service: str | None, word: str | None) -> tuple[str | None, str | None, str | None]:
    found = None if word is None else look_up(str(word), service)
    return (None, None, None) if found is None else (found.kind, found.class_, found.severity)
