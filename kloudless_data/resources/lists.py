"""`ResourceList`: a page of objects, and access to the pages after it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import requests

from ..exceptions import (
    InvalidParameter,
    InvalidResponse,
    NoNextPage,
    NotFoundException,
)
from ..export.exporting import Exporting
from ..http.retry import Advancing
from ..http.urls import version_in
from ..interchange.arrow import ArrowInterchange
from ..interchange.frame import DtypeBackend
from ..paging.schemes import PageInfo, PageSequence, is_activity, names_position
from ..util import logger_of, redact_url, shown
from .objects import SHOWN, SHOWN_COLUMNS, Resource, previewed
from .responses import ResponseJson, empty

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..decode.envelope import Envelope
    from ..export.manifest import Manifest
    from ..schema.model import Schema

__all__ = ["ResourceList"]

logger = logger_of(__name__)


class ResourceList(ResponseJson, ArrowInterchange, Exporting):
    """A page of objects, and access to the pages after it.

    Iterate over it for the objects of this page, and over `get_paging_iterator` for those of all
    pages. `to_frame` reads all pages into a DataFrame; `to_csv`, `to_excel` and so on into a file.

    Attributes
    ----------
    objects : list of Resource
        The objects of this page.
    api, type : str
        As the server names them.
    cursor : int or str
        For event streams: the position after this page.
    page, next_page : int or str
        For other lists: this page's number, and the number or token of the next. A value that the
        server did not send is `empty`, which is false.
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
        rows = [item for item in some if isinstance(item, Mapping)][:SHOWN]
        names = list(dict.fromkeys(key for row in rows for key in row))[:SHOWN_COLUMNS]
        preview = table(names, [[previewed(key, row.get(key)) for key in names] for row in rows])
        facts = [("URL", redact_url(self.url)), ("Objects on this page", len(self))]
        return card(
            type(self).__name__, facts, preview=preview if rows else "",
            note="to_frame() reads all pages.",
        )  # fmt: skip

    @property
    def _params(self) -> dict[str, Any]:
        """The query parameters of this page's request."""
        return {k: v[0] if len(v) == 1 else v for k, v in self.query_params.items()}

    @property
    def _position(self) -> Any:
        """The position after this page; without a new one, the position before it."""
        ends = not names_position(PageInfo.of(self.data))
        return self._params.get("cursor") if ends else self.cursor

    def get_next_page(self) -> ResourceList:
        """Return the next page.

        Returns
        -------
        ResourceList
            With at least one object, for event streams and numbered pages.

        Raises
        ------
        NoNextPage
            This is the last page; for events, ``exception.cursor`` is where to continue next time.
        CursorNotAdvancing
            The server would repeat the same events forever.
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
            if not sequence.is_new(PageInfo.of(page.data), page._params):
                raise NoNextPage
            if page.objects or page.next_page:
                return cast(ResourceList, page)
            # An empty page: the end, unless `remaining` says otherwise, which `following` knows.

    def _requested(self, params: Mapping[str, Any], sequence: PageSequence) -> Any:
        """Return a page of this list, retried until it leads on."""

        def leads_on(found: Any) -> object:
            if not isinstance(found, ResourceList):
                raise InvalidResponse(
                    f"{redact_url(self.url)} did not answer with a list of objects."
                )
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
        return sequence.following(PageInfo.of(self.data), self._params)

    def get_paging_iterator(self, max_resources: int | None = None) -> Iterator[Resource]:
        """Yield the objects of this and all following pages.

        Parameters
        ----------
        max_resources : int, optional
            Yield at most this many.

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

        Store it, and begin there next time. It is also correct after an iteration that stopped
        early: in the middle of a page, one more request finds the position. None before the first
        event. Can be assigned.
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
            params={**self._params, "page_size": number},
            headers=self._repeated_headers(),
        )
        ids = [resource.data.get("id") for resource in self.objects[:number]]
        if [resource.data.get("id") for resource in shorter.objects] == ids:
            return shorter._position
        logger.warning(
            "The server no longer answers with the same events, so the latest cursor is the "
            "position before this page: %s events will come again.",
            number,
        )
        return self._params.get("cursor")

    def export(self, path: str | os.PathLike[str], format: str, **options: Any) -> Manifest:
        """Write the objects of this and all following pages to a file, with a manifest.

        Parameters
        ----------
        path : str or path
            The file to write, or its URL.
        format : {"csv", "parquet", "jsonl", "xlsx"}
            JSON Lines has one object per row of `to_frame`.
        **options
            As for `kloudless_data.write_excel`, and those of CSV files.

        Returns
        -------
        Manifest

        Raises
        ------
        APIException
            A page could not be read; nothing is written.
        OutputExists, ExportFailed
            The file exists, or cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> from kloudless_data import Account
        >>> from kloudless_data.sandbox import Sandbox
        >>> with Sandbox(accounts=1, events=10) as sandbox, tempfile.TemporaryDirectory() as folder:
        ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
        ...     root = account.get("storage/folders/root/contents")
        ...     root.to_excel(f"{folder}/root.xlsx").rows == len(root.to_frame())
        True
        """
        from ..export.api import export_frame

        frame = self.to_frame()
        given = {"name": "objects", "client": self.client, **options}
        return export_frame(frame, path, format, **given)

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
            Read at most this many objects.
        columns : list of str, optional
            Only these columns.
        dtype_backend : {"numpy_nullable", "pyarrow"}, optional
            As in pandas.
        categories : bool or sequence of str
            Columns to convert to ``category``. True selects those with few distinct values, by
            `kloudless_data.interchange.categories.repeating_columns`.
        progress : bool, optional
            Show a progress bar. Defaults to showing one where it is visible.

        Returns
        -------
        pandas.DataFrame
            Columns as `kloudless_data.schema` defines them for the objects' type. Fields that the
            schema does not know are in ``extra``, as JSON text. For a type without a schema, the
            columns are inferred from all values.

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
            PageRequest(self.url, self._params, self._repeated_headers()),
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
        from ..decode import read_envelope
        from ..paging.pages import envelope_of

        if self.response is None:
            return read_envelope(json.dumps(self.data).encode())
        return envelope_of(self.response)

    def record_batches(self) -> pa.RecordBatchReader:
        """Return the objects of all pages, with the types of `to_frame`."""
        import pyarrow as pa

        frame = self.to_frame(dtype_backend="pyarrow")
        return pa.Table.from_pandas(frame, preserve_index=False).to_reader()

    def _schema(self) -> Schema | None:
        """Return the columns of this list's objects in the requested API version."""
        from ..schema.columns import events_schema
        from ..schema.lookup import schema_for

        settings = self.client.settings
        version = version_in(self.url, settings.base_url) or settings.api_version
        if self.is_retrieving_events:
            return events_schema(version)
        example = self.objects[0].data if self.objects else {}
        return schema_for(example.get("api") or self.api or None, example.get("type"), version)
