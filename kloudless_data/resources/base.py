"""What requests return: `Response`, `ResponseJson`, `Resource` and `ResourceList`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import parse_qs, urlsplit, urlunsplit

import requests

from ..decode.interchange import ArrowInterchange
from ..exceptions import (
    InvalidParameter,
    InvalidResponse,
    NoNextPage,
    NotFoundException,
    without_credential,
)
from ..http.retry import Advancing
from ..http.urls import is_within, path_segment, url_join, version_in
from ..paging.schemes import PageInfo, PageSequence, is_activity
from ..re_patterns import full_account_pattern, primary_calendar_alias
from ..schema.dtypes import DtypeBackend
from ..util import is_text, logger_of, redact_url, shown

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..decode.envelope import Envelope
    from ..schema.columns import Schema

__all__ = ["Empty", "Resource", "ResourceList", "Response", "ResponseJson", "empty"]

logger = logger_of(__name__)


class Requester(Protocol):
    """What makes requests relative to an answer: a `Client`."""

    @property
    def url(self) -> str:
        """What relative paths are appended to."""

    @property
    def settings(self) -> Any:
        """With the ``base_url`` and ``api_version``."""

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """GET; as `Client.get`, and so are the others."""

    def post(self, path: str = "", data: Any = None, json: Any = None, **kwargs: Any) -> Any:
        """POST."""

    def put(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        """PUT."""

    def patch(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        """PATCH."""

    def delete(self, path: str = "", **kwargs: Any) -> Any:
        """DELETE."""

    def head(self, path: str = "", **kwargs: Any) -> Any:
        """HEAD."""

    def options(self, path: str = "", **kwargs: Any) -> Any:
        """OPTIONS."""

    def response_of(self, response: requests.Response) -> Any:
        """Return the response object that fits what an answer holds."""


class Empty:
    """What a member that the server did not send is: not None, which stands for a null."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "empty"

    def __reduce__(self) -> str:
        return "empty"


empty = Empty()

# Headers that belong to one request or connection and not to the pages that follow it.
_NOT_REPEATED = frozenset(
    "authorization connection content-length content-type cookie host transfer-encoding".split()
)


# What a list shows of itself in a notebook.
_SHOWN, _SHOWN_COLUMNS = 5, 8
_SECRET_KEY = re.compile(r"token|secret|password|api_?key|^key$", re.IGNORECASE)


def _preview(name: Any, value: Any) -> Any:
    """Return a field's value as a table shows it: secrets are hidden."""
    if value is not None and _SECRET_KEY.search(str(name)):
        return "[hidden]"
    if isinstance(value, Mapping):
        return {key: _preview(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_preview("", inner) for inner in value[:_SHOWN]]
    return value


class Response:
    """An answer that is not JSON, and the base of those that are.

    Requests can be made relative to it: ``folder.get("contents")``. What is not here is looked up
    on the ``requests.Response``: ``content``, ``iter_content``, ``status_code``, ``headers``, …

    Parameters
    ----------
    client : Client
        What made the request, and makes those relative to it.
    url : str
        The URL that was requested.
    response : requests.Response, optional
        None for an object that is one of a list.

    Attributes
    ----------
    url : str
        Without the query.
    query_params : dict of str to list of str
    client : Client
    response : requests.Response or None
    """

    def __init__(
        self, client: Requester, url: str, response: requests.Response | None = None
    ) -> None:
        parts = urlsplit(url)
        self.url = urlunsplit(parts._replace(query="", fragment=""))
        self.query_params = parse_qs(parts.query, keep_blank_values=True)
        self.client = client
        self.response = response

    def __getattr__(self, name: str) -> Any:
        response = self.__dict__.get("response")
        if response is None or name.startswith("__"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(response, name)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or pickle holds: not the credential that it was asked with."""
        state = dict(self.__dict__)
        if self.response is not None:
            if not self.response._content_consumed:  # type: ignore[attr-defined]
                raise TypeError(
                    "A download that was not read cannot be copied or pickled. Take its content."
                )
            state["response"] = without_credential(self.response)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Give the connection back, also when a download was not read to its end."""
        if self.response is not None:
            self.response.close()

    def __repr__(self) -> str:
        status = "" if self.response is None else f" {self.response.status_code}"
        return shown(f"<{type(self).__name__}{status}: {redact_url(self.url)}>")

    def _below(self, path: str) -> str:
        return url_join(self.url, path, self.client.settings.base_url)

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """GET a path relative to `url`; see `Client.request` for the keywords and what returns."""
        return self.client.get(self._below(path), **kwargs)

    def post(self, path: str = "", data: Any = None, json: Any = None, **kwargs: Any) -> Any:
        """POST to a path relative to `url`; see `Client.request`."""
        return self.client.post(self._below(path), data, json, **kwargs)

    def put(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        """PUT to a path relative to `url`; see `Client.request`."""
        return self.client.put(self._below(path), data, **kwargs)

    def patch(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        """PATCH a path relative to `url`; see `Client.request`."""
        return self.client.patch(self._below(path), data, **kwargs)

    def delete(self, path: str = "", **kwargs: Any) -> Any:
        """DELETE a path relative to `url`; see `Client.request`."""
        return self.client.delete(self._below(path), **kwargs)

    def head(self, path: str = "", **kwargs: Any) -> Any:
        """HEAD a path relative to `url`; see `Client.request`."""
        return self.client.head(self._below(path), **kwargs)

    def options(self, path: str = "", **kwargs: Any) -> Any:
        """OPTIONS of a path relative to `url`; see `Client.request`."""
        return self.client.options(self._below(path), **kwargs)

    def refresh(self) -> None:
        """Request it again, with the query and the headers of the first time, and take the answer.

        Raises
        ------
        APIException
            The object stays as it was.
        """
        asked_by_get = self.response is not None and self.response.request.method == "GET"
        new = self.client.get(
            self.url,
            params=self.query_params if asked_by_get else None,
            headers=self._repeated_headers() if asked_by_get else None,
        )
        self.__dict__.update(new.__dict__)

    def _repeated_headers(self) -> dict[str, str]:
        """Return the headers that hold for further requests of the same kind."""
        if self.response is None:
            return {}
        headers = self.response.request.headers
        return {k: v for k, v in headers.items() if k.lower() not in _NOT_REPEATED}


class ResponseJson(Response):
    """An answer in JSON.

    Attributes
    ----------
    data : dict, list, str, int, float, bool or None
        The decoded body.
    """

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data = data


class Resource(ResponseJson):
    """One object: a file, a folder, a calendar, an event, an account, and so on.

    Attributes
    ----------
    url : str
        Where the object is: its ``href``, unless that leads to another server.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = _resource_url(self.data, self.url, self.client.settings.base_url)

    def __repr__(self) -> str:
        named = {k: self.data[k] for k in ("id", "name") if self.data.get(k) is not None}
        kind = " ".join(str(self.data[k]) for k in ("api", "type") if self.data.get(k))
        which = ", ".join(f"{key}={value!r}" for key, value in named.items())
        return shown(f"<{type(self).__name__} ({kind or 'object'}): {which}>")

    def _repr_html_(self) -> str:
        from ..display.html import card, table

        values = [(key, _preview(key, value)) for key, value in self.data.items()]
        name = self.data.get("name") or self.data.get("id") or ""
        return card(type(self).__name__, [], name=name, preview=table(["field", "value"], values))


def _resource_url(data: Mapping[str, Any], url: str, base_url: str) -> str:
    """Return where an object is that came from `url`."""
    if primary_calendar_alias.search(url):
        return url
    href = data.get("href")
    if isinstance(href, str) and href:
        if is_within(href, base_url):
            return href
        logger.debug("Not using an href on another server: %s", redact_url(href))
    if data.get("id") in (None, "") or not is_text(str(data["id"])):
        return url
    segment = path_segment(data["id"])
    account = full_account_pattern.match(url)
    if data.get("api") == "storage" and data.get("type") in ("file", "folder") and account:
        return f"{account.group()}/storage/{data['type']}s/{segment}"
    last = url.rstrip("/").rpartition("/")[2]
    return url if last in (segment, str(data["id"])) else url_join(url, segment)


class ResourceList(ResponseJson, ArrowInterchange):
    """A page of objects, and the way to those after it.

    Iterating gives the objects of this page; `get_paging_iterator` those of all pages; `to_frame`
    all pages as a DataFrame.

    Attributes
    ----------
    objects : list of Resource
        The objects of this page.
    api, type : str
        As the server names them.
    cursor : int or str
        Event streams: the position after this page.
    page, next_page : int or str
        Other lists: this page's number, and what names the next. What the server did not send is
        `empty`, which is false.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.api = self.data.get("api", empty)
        self.type = self.data.get("type", empty)
        self.is_retrieving_events = is_activity(self.url)
        self.cursor = self.data.get("cursor", empty)
        self.page = self.data.get("page", empty)
        self.next_page = self.data.get("next_page", empty)
        self.objects = [
            Resource(
                data=item if isinstance(item, dict) else {"value": item},
                url=self.url,
                client=self.client,
            )
            for item in self.data.get("objects") or []
        ]
        self._given: tuple[ResourceList, int] | None = None
        self._end: Any = None
        self._latest_cursor: Any = empty

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.objects)

    def __len__(self) -> int:
        return len(self.objects)

    def __bool__(self) -> bool:
        return True  # an empty page is still an answer

    def __repr__(self) -> str:
        return shown(f"<{type(self).__name__} ({len(self)} objects): {redact_url(self.url)}>")

    def _repr_html_(self) -> str:
        from ..display.html import card, table

        some = [item.data if isinstance(item, Resource) else item for item in self.objects]
        rows = [item for item in some if isinstance(item, Mapping)][:_SHOWN]
        names = list(dict.fromkeys(key for row in rows for key in row))[:_SHOWN_COLUMNS]
        preview = table(names, [[_preview(key, row.get(key)) for key in names] for row in rows])
        facts = [("URL", redact_url(self.url)), ("Objects on this page", len(self))]
        return card(
            type(self).__name__, facts, preview=preview if rows else "",
            note="to_frame() reads all pages.",
        )  # fmt: skip

    @property
    def _asked(self) -> dict[str, Any]:
        """The query parameters that this page was asked with."""
        return {k: v[0] if len(v) == 1 else v for k, v in self.query_params.items()}

    @property
    def _position(self) -> Any:
        """The position after this page; a page without one leaves it where it was."""
        ended = self.cursor in (None, empty) or str(self.cursor) == "-1"
        return self._asked.get("cursor") if ended else self.cursor

    def get_next_page(self) -> ResourceList:
        """Return the next page.

        Returns
        -------
        ResourceList
            With at least one object, for event streams and numbered pages.

        Raises
        ------
        NoNextPage
            This is the last one; for events, ``exception.cursor`` is where to continue next time.
        CursorNotAdvancing
            The server would repeat the same events for ever.
        """
        return self._page_after(PageSequence(activity=self.is_retrieving_events))

    def _page_after(self, sequence: PageSequence) -> ResourceList:
        page: Any = self
        while True:
            params = page._leads_to(sequence)
            if params is None:
                raise NoNextPage(cursor=page._position if page.is_retrieving_events else None)
            try:
                page = self._requested(params, sequence)
            except NotFoundException:
                if self.is_retrieving_events or self.next_page not in (None, empty):
                    raise
                raise NoNextPage from None  # a numbered list ends with a 404 (S)
            if not sequence.is_new(PageInfo.of(page.data), page._asked):
                raise NoNextPage
            if page.objects or page.next_page:
                return cast(ResourceList, page)
            # An empty page: the end, unless `remaining` says otherwise, which `following` knows.

    def _requested(self, params: Mapping[str, Any], sequence: PageSequence) -> Any:
        """Return a page of this list, asked for until it leads on."""

        def leads_on(found: Any) -> object:
            if not isinstance(found, ResourceList):
                raise InvalidResponse(f"{redact_url(self.url)} answered with no list of objects.")
            return found._leads_to(sequence)

        advancing: Advancing[Any] = Advancing(leads_on)
        understand: Callable[[requests.Response], Any] = self.client.response_of
        try:
            return self.client.get(
                self.url,
                params=params,
                headers=self._repeated_headers(),
                understand=lambda response: advancing(understand(response)),
            )
        except InvalidResponse as error:
            page = advancing.page_of(error)
            if not isinstance(page, ResourceList):
                raise
            return page

    def _leads_to(self, sequence: PageSequence) -> dict[str, Any] | None:
        return sequence.following(PageInfo.of(self.data), self._asked)

    def get_paging_iterator(self, max_resources: int | None = None) -> Iterator[Resource]:
        """Yield the objects of this and all following pages.

        Parameters
        ----------
        max_resources : int, optional
            Yield no more than this.

        Yields
        ------
        Resource
        """
        self._latest_cursor = empty
        page, given = self, 0
        sequence = PageSequence(activity=self.is_retrieving_events)
        while True:
            for number, resource in enumerate(page.objects, start=1):
                if max_resources is not None and given >= max_resources:
                    return
                self._given = (page, number)
                given += 1
                yield resource
            if max_resources is not None and given >= max_resources:
                return
            try:
                page = page._page_after(sequence)
            except NoNextPage as end:
                self._end = end.cursor
                self._given = None
                return

    @property
    def latest_cursor(self) -> Any:
        """The position after the last event that `get_paging_iterator` yielded.

        Store it, and begin there next time. It is right also when the iteration was cut short: in
        the middle of a page it asks the server for the position behind that many events, which
        takes one request. None before the first event was taken. A program may assign it.
        """
        if self._latest_cursor is not empty:
            return self._latest_cursor
        if not self.is_retrieving_events:
            return None
        if self._given is None:
            return self._end
        page, number = self._given
        return page._position if number == len(page.objects) else page._position_within(number)

    @latest_cursor.setter
    def latest_cursor(self, cursor: Any) -> None:
        self._latest_cursor = cursor

    def _position_within(self, number: int) -> Any:
        """Return the position after the first `number` events of this page."""
        shorter = self.client.get(
            self.url,
            params={**self._asked, "page_size": number},
            headers=self._repeated_headers(),
        )
        ids = [resource.data.get("id") for resource in self.objects[:number]]
        if [resource.data.get("id") for resource in shorter.objects] == ids:
            return shorter._position
        logger.warning(
            "The server no longer answers with the same events, so latest_cursor is the position "
            "before this page: %s events will come again.",
            number,
        )
        return self._asked.get("cursor")

    def to_frame(
        self,
        *,
        limit: int | None = None,
        columns: list[str] | None = None,
        dtype_backend: DtypeBackend | None = None,
        categories: bool | Sequence[str] = False,
        progress: bool | None = None,
    ) -> pd.DataFrame:
        """Return the objects of this and all following pages as a DataFrame.

        Parameters
        ----------
        limit : int, optional
            Read no more objects than this.
        columns : list of str, optional
            Only these columns.
        dtype_backend : {"numpy_nullable", "pyarrow"}, optional
            As in pandas.
        categories : bool or sequence of str
            Columns to make ``category``; True: those that repeat few values, by
            `kloudless_data.schema.categories.repeating_columns`.
        progress : bool, optional
            Show a progress bar; default: when somebody can see it.

        Returns
        -------
        pandas.DataFrame
            Columns by `kloudless_data.schema` for the objects' type; what the schema does not
            know is in ``extra``, as JSON text. For types without a schema the columns are
            inferred from all values.

        Raises
        ------
        APIException
            A page could not be read.
        InvalidParameter
            A column does not exist.

        Examples
        --------
        >>> from kloudless_data import Account
        >>> from kloudless_data.sandbox import Sandbox
        >>> with Sandbox(accounts=1, events=10) as sandbox:
        ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        ...     df = account.get("storage/folders/root/contents").to_frame()
        >>> {"id", "name", "size", "modified"} <= set(df.columns)
        True
        """
        if limit is not None and limit < 0:
            raise InvalidParameter(f"limit must not be negative, not {limit}.")
        from ..paging.frames import frame_of_list
        from ..paging.pages import PageRequest

        return frame_of_list(
            self.client,
            PageRequest(self.url, self._asked, self._repeated_headers()),
            self._envelope(),
            self._schema(),
            limit=limit,
            raw=any("raw" in resource.data for resource in self.objects),
            columns=columns,
            dtype_backend=dtype_backend,
            categories=categories,
            progress=progress,
        )

    def _envelope(self) -> Envelope:
        """Return this page as bytes."""
        from ..decode.decode import read_envelope
        from ..paging.pages import envelope_of

        if self.response is None:
            return read_envelope(json.dumps(self.data).encode())
        return envelope_of(self.response)

    def record_batches(self) -> pa.RecordBatchReader:
        """Return the objects of all pages, as `to_frame` types them."""
        import pyarrow as pa

        frame = self.to_frame(dtype_backend="pyarrow")
        return pa.Table.from_pandas(frame, preserve_index=False).to_reader()

    def _schema(self) -> Schema | None:
        """Return the columns of this list's objects, by the version that was asked."""
        from ..schema.columns import events_schema, schema_for

        settings = self.client.settings
        version = version_in(self.url, settings.base_url) or settings.api_version
        if self.is_retrieving_events:
            return events_schema(version)
        example = self.objects[0].data if self.objects else {}
        return schema_for(example.get("api") or self.api or None, example.get("type"), version)
