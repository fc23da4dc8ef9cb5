"""What requests return: `Response`, `ResponseJson`, `Resource` and `ResourceList`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit, urlunsplit

import requests

from ..exceptions import InvalidParameter, NoNextPage, NotFoundException
from ..http.retry import until_advancing
from ..http.urls import path_segment, same_origin, url_join
from ..paging.schemes import PageInfo, PageSequence, is_activity
from ..schema.dtypes import DtypeBackend
from ..util import is_text, logger, one_line, redact_url

if TYPE_CHECKING:
    import pandas as pd

    from ..client import Client

__all__ = ["Resource", "ResourceList", "Response", "ResponseJson"]

_ACCOUNT_URL = re.compile(r".*?/v\d+/accounts/[^/]+")
_PRIMARY_CALENDAR = re.compile(r"/cal/calendars/primary/?$")
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

    def __init__(self, client: Client, url: str, response: requests.Response | None = None) -> None:
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

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Give the connection back, also when a download was not read to its end."""
        if self.response is not None:
            self.response.close()

    def __repr__(self) -> str:
        status = "" if self.response is None else f" {self.response.status_code}"
        return f"<{type(self).__name__}{status}: {redact_url(self.url)}>"

    def get(self, path: str = "", **kwargs: Any) -> Any:
        """GET a path relative to `url`; see `Client.request` for the keywords and what returns."""
        return self.client.get(url_join(self.url, path), **kwargs)

    def post(self, path: str = "", data: Any = None, json: Any = None, **kwargs: Any) -> Any:
        """POST to a path relative to `url`; see `Client.request`."""
        return self.client.post(url_join(self.url, path), data, json, **kwargs)

    def put(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        """PUT to a path relative to `url`; see `Client.request`."""
        return self.client.put(url_join(self.url, path), data, **kwargs)

    def patch(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        """PATCH a path relative to `url`; see `Client.request`."""
        return self.client.patch(url_join(self.url, path), data, **kwargs)

    def delete(self, path: str = "", **kwargs: Any) -> Any:
        """DELETE a path relative to `url`; see `Client.request`."""
        return self.client.delete(url_join(self.url, path), **kwargs)

    def head(self, path: str = "", **kwargs: Any) -> Any:
        """HEAD a path relative to `url`; see `Client.request`."""
        return self.client.head(url_join(self.url, path), **kwargs)

    def options(self, path: str = "", **kwargs: Any) -> Any:
        """OPTIONS of a path relative to `url`; see `Client.request`."""
        return self.client.options(url_join(self.url, path), **kwargs)

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
        self.url = _resource_url(self.data, self.url)

    def __repr__(self) -> str:
        named = {k: self.data[k] for k in ("id", "name") if self.data.get(k) is not None}
        kind = " ".join(str(self.data[k]) for k in ("api", "type") if self.data.get(k))
        shown = ", ".join(f"{key}={value!r}" for key, value in named.items())
        return one_line(f"<{type(self).__name__} ({kind or 'object'}): {shown}>")

    def _repr_html_(self) -> str:
        from ..display.html import card, table

        values = [(key, _preview(key, value)) for key, value in self.data.items()]
        name = self.data.get("name") or self.data.get("id") or ""
        return card(type(self).__name__, [], name=name, preview=table(["field", "value"], values))


def _resource_url(data: Mapping[str, Any], url: str) -> str:
    """Return where an object is that came from `url`."""
    # The alias stays in the URL of what is asked below it (S).
    if _PRIMARY_CALENDAR.search(url):
        return url
    href = data.get("href")
    if isinstance(href, str) and href:
        if same_origin(href, url):
            return href
        logger.debug("Not using an href on another server: %s", redact_url(href))
    if data.get("id") in (None, "") or not is_text(str(data["id"])):
        return url
    segment = path_segment(data["id"])
    account = _ACCOUNT_URL.match(url)
    if data.get("api") == "storage" and data.get("type") in ("file", "folder") and account:
        return f"{account.group()}/storage/{data['type']}s/{segment}"
    last = url.rstrip("/").rpartition("/")[2]
    return url if last in (segment, str(data["id"])) else url_join(url, segment)


class ResourceList(ResponseJson):
    """A page of objects, and the way to those after it.

    Iterating gives the objects of this page; `get_paging_iterator` those of all pages; `to_frame`
    all pages as a DataFrame.

    Attributes
    ----------
    objects : list of Resource
        The objects of this page.
    api, type : str or None
        As the server names them.
    cursor : int, str or None
        Event streams: the position after this page.
    page, next_page : int, str or None
        Other lists: this page's number, and what names the next.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.api = self.data.get("api")
        self.type = self.data.get("type")
        self.is_retrieving_events = is_activity(self.url)
        self.cursor = self.data.get("cursor")
        self.page = self.data.get("page")
        self.next_page = self.data.get("next_page")
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

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.objects)

    def __len__(self) -> int:
        return len(self.objects)

    def __bool__(self) -> bool:
        return True  # an empty page is still an answer

    def __repr__(self) -> str:
        return f"<{type(self).__name__} ({len(self)} objects): {redact_url(self.url)}>"

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
        ended = self.cursor is None or str(self.cursor) == "-1"
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
                page = until_advancing(
                    partial(
                        self.client.get, self.url, params=params, headers=self._repeated_headers()
                    ),
                    lambda found: found._leads_to(sequence),
                )
            except NotFoundException:
                if self.is_retrieving_events or self.next_page is not None:
                    raise
                raise NoNextPage from None  # a numbered list ends with a 404 (S)
            if not sequence.is_new(PageInfo.of(page.data), page._asked):
                raise NoNextPage
            if page.objects or page.next_page:
                return cast(ResourceList, page)
            # An empty page: the end, unless `remaining` says otherwise, which `following` knows.

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
        takes one request. None before the first event was taken.
        """
        if not self.is_retrieving_events:
            return None
        if self._given is None:
            return self._end
        page, number = self._given
        return page._position if number == len(page.objects) else page._position_within(number)

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

        return frame_of_list(
            self,
            limit=limit,
            columns=columns,
            dtype_backend=dtype_backend,
            categories=categories,
            progress=progress,
        )
