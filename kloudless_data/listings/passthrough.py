"""Answers of the upstream services' own APIs as DataFrames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from ..display.progress import progress_bar
from ..exceptions import InvalidParameter, InvalidResponse, Remedy
from ..interchange.frame import DtypeBackend
from ..paging.frames import frame_of_records
from ..text.percent import query_of
from ..util import redact_url

if TYPE_CHECKING:
    import pandas as pd
    import requests
    from jmespath.parser import ParsedResult

    from ..account import Account

__all__ = ["raw_frame"]


def raw_frame(
    account: Account,
    uri: str,
    records: str | None = None,
    *,
    method: str = "GET",
    next_page: str | None = None,
    page_parameter: str | None = None,
    limit: int | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    **kwargs: Any,
) -> pd.DataFrame:
    """Call the upstream service's own API and return its answer as a DataFrame.

    Parameters
    ----------
    account : Account
    uri : str
        The URI of the upstream API, such as ``"/drive/v2/files"``.
    records : str, optional
        Where the answer holds the rows: a key, such as ``"items"``, or a JMESPath expression,
        such as ``"items[?fileSize].{id: id, owner: owners[0].emailAddress}"``
        (https://jmespath.org). Defaults to the answer if it is a list, else its only member that is
        a list of objects, else the answer as one row.
    method : str
        HTTP method of the upstream request.
    next_page : str, optional
        Where the answer names the next page: a key or JMESPath expression for a token, such as
        ``"nextPageToken"``, or for the next page's URI, such as ``"@odata.nextLink"``. By default
        only one page is read.
    page_parameter : str, optional
        The query parameter for the token, such as ``"pageToken"``. Without it, `next_page` finds a
        URI.
    limit : int, optional
        Return at most this many rows.
    progress : bool, optional
        Show a progress bar. Defaults to showing one where it is visible.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
        As in pandas.
    **kwargs
        As for `Account.raw`; ``data`` or ``json`` become the upstream request's body.

    Returns
    -------
    pandas.DataFrame
        One row per record; nested fields are flattened with ``_``, dtypes inferred from all values.
        Values that no column can hold are in ``extra``, as JSON text. Records that are not objects
        are in the column ``value``.

    Raises
    ------
    InvalidParameter
        `records` or `next_page` is not a JMESPath expression.
    InvalidResponse
        The answer is not JSON, or its pages form a circle.
    APIException
        The upstream service or Kloudless refused, or could not be reached.

    Examples
    --------
    >>> from kloudless_data import Account
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    ...     df = raw_frame(account, "/drive/v2/files", "items",
    ...                    next_page="nextPageToken", page_parameter="pageToken")
    >>> {"id", "title", "mimeType", "labels_trashed"} <= set(df.columns)
    True
    """
    find = None if records is None else _Finder(records)
    following = None if next_page is None else _Finder(next_page)
    rows: list[Any] = []
    with progress_bar("Records", unit="records", total=limit, show=progress) as bar:
        for answer in _answers(account, method, uri, following, page_parameter, kwargs):
            found = _guessed(answer) if find is None else _as_list(find(answer))
            rows += found
            bar.update(len(found))
            if limit is not None and len(rows) >= limit:
                break
    rows = [row if isinstance(row, dict) else {"value": row} for row in rows[:limit]]
    return frame_of_records(rows, None, dtype_backend=dtype_backend)


def _answers(
    account: Account,
    method: str,
    uri: str,
    following: _Finder | None,
    page_parameter: str | None,
    kwargs: dict[str, Any],
) -> Iterator[Any]:
    asked: set[str] = set()
    coming: str | None = uri
    while coming is not None:
        if coming in asked:
            raise InvalidResponse(
                f"The upstream service names {redact_url(coming)}, which has been read already, as "
                "the next page, so reading would never end.",
                remedy=Remedy.CHECK_PAGING,
            )
        asked.add(coming)
        answer = _json(account.raw(method, coming, **kwargs), coming)
        yield answer
        found = None if following is None else following(answer)
        coming = None if found in (None, "", False) else _next_uri(uri, found, page_parameter)


def _next_uri(uri: str, found: Any, page_parameter: str | None) -> str:
    if isinstance(found, dict | list):
        raise InvalidParameter(
            "finds an object or a list, not a token or a URI.", parameter="next_page"
        )
    parts = urlsplit(str(found) if page_parameter is None else uri)
    query = parts.query
    if page_parameter is not None:
        kept = [(k, v) for k, v in parse_qsl(query, True) if k != page_parameter]
        query = query_of([*kept, (page_parameter, str(found))])
    # Kloudless decides on which host a service's API is, not an answer.
    return urlunsplit(("", "", parts.path, query, ""))


def _json(response: requests.Response, uri: str) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        kind = response.headers.get("content-type") or "no content type"
        raise InvalidResponse(
            f"The upstream service answered {redact_url(uri)} with {kind} instead of JSON.",
            response,
            remedy=Remedy.SEE_UNCHANGED,
        ) from None


class _Finder:
    """Finds a value in an answer, by a key or a JMESPath expression."""

    def __init__(self, expression: str) -> None:
        import jmespath

        self._key = expression
        self._expression: ParsedResult | None = None
        try:
            self._expression = jmespath.compile(expression)
        except jmespath.exceptions.JMESPathError as error:
            # Keys such as "@odata.nextLink" are not expressions, and need not be.
            if any(character in expression for character in "[]{}|?*&`'\" "):
                reason = str(error).partition("\n")[0]
                raise InvalidParameter(
                    f"{expression!r} is neither a key nor a JMESPath expression: {reason}"
                ) from None

    def __call__(self, answer: Any) -> Any:
        if isinstance(answer, dict) and self._key in answer:
            return answer[self._key]
        return None if self._expression is None else self._expression.search(answer)


def _as_list(found: Any) -> list[Any]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _guessed(answer: Any) -> list[Any]:
    """Return an answer's rows when no `records` say where they are."""
    if not isinstance(answer, dict):
        return _as_list(answer)
    lists = [
        value
        for value in answer.values()
        if isinstance(value, list) and all(isinstance(item, dict) for item in value)
    ]
    return lists[0] if len(lists) == 1 else [answer]
