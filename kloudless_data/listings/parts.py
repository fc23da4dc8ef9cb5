"""A frame of one list, or of several lists that are read in parallel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..client import Client
from ..decode.decode import decode_page, split_objects, to_frame
from ..display.progress import progress_bar
from ..exceptions import InvalidParameter, KloudlessException
from ..paging.frames import counted, frame_of_pages
from ..paging.pages import read_pages
from ..schema.columns import Schema
from ..schema.dtypes import DtypeBackend
from .parallel import OnError, check_on_error, in_parallel, settled
from .secrets import mask_secrets

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "Part",
    "frame_of_list",
    "frame_of_parts",
    "named_accounts",
    "raw_headers",
    "read_records",
]


def raw_headers(raw: bool) -> dict[str, str] | None:
    """Return the header that asks for the upstream's objects, if they are wanted."""
    return {"X-Kloudless-Raw-Data": "true"} if raw else None


def read_records(
    client: Client,
    path: str,
    *,
    filters: Mapping[str, Any] | None = None,
    raw: bool = False,
    show_secrets: bool = False,
    bar: Any = None,
) -> list[Any]:
    """Return the objects of all pages of a list, with their secrets masked."""
    pages = read_pages(client, path, filters, raw_headers(raw))
    if bar is not None:
        pages = counted(pages, bar)
    records = [json.loads(text) for page in pages for text in split_objects(page)]
    return records if show_secrets else [mask_secrets(record) for record in records]


def frame_of_list(
    client: Client,
    path: str,
    schema: Schema,
    *,
    title: str,
    filters: Mapping[str, Any],
    raw: bool,
    columns: Sequence[str] | None,
    progress: bool | None,
    dtype_backend: DtypeBackend | None,
) -> pd.DataFrame:
    """Return the objects of all pages of one list."""
    schema.arrow(raw=raw, columns=columns)  # a column that there is not: before any request
    with progress_bar(title, unit=title.lower(), show=progress) as bar:
        pages = read_pages(client, path, filters, raw_headers(raw))
        return frame_of_pages(
            counted(pages, bar), schema, raw=raw, columns=columns, dtype_backend=dtype_backend
        )


@dataclass(frozen=True)
class Part:
    """One of several lists that make a frame together.

    Attributes
    ----------
    name : str
        What its failure is called.
    client : Client
    path : str
    known : mapping of str to str
        Columns whose value follows from the path, for objects that leave it out.
    """

    name: str
    client: Client
    path: str
    known: Mapping[str, str] = field(default_factory=dict)


def frame_of_parts(
    parts: Sequence[Part],
    schema: Schema,
    *,
    title: str,
    filters: Mapping[str, Any],
    raw: bool,
    columns: Sequence[str] | None,
    progress: bool | None,
    dtype_backend: DtypeBackend | None,
    on_error: OnError,
) -> pd.DataFrame:
    """Return the objects of all pages of several lists, in the order of the lists."""
    check_on_error(on_error)
    arrow = schema.arrow(raw=raw, columns=columns)

    def read(part: Part) -> list[pa.RecordBatch]:
        pages = read_pages(part.client, part.path, filters, raw_headers(raw))
        return [
            _completed(decode_page(page, schema, raw=raw, columns=columns), part.known)
            for page in pages
        ]

    batches: list[pa.RecordBatch] = []
    failures: dict[str, KloudlessException] = {}
    with progress_bar(title, unit="lists", total=len(parts), show=progress) as bar:
        for part, result in in_parallel(read, parts):
            if isinstance(result, KloudlessException):
                failures[part.name] = result
            else:
                batches += result
            bar.update()
    frame = to_frame(batches, arrow, dtype_backend=dtype_backend)
    return settled(frame, failures, len(parts), on_error)


def _completed(batch: pa.RecordBatch, known: Mapping[str, str]) -> pa.RecordBatch:
    """Fill in what objects leave out because it is in the path that they were listed under."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [
        pc.fill_null(column, known[name]) if name in known else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def named_accounts(accounts: Account | Sequence[Account]) -> dict[str, Account]:
    """Return accounts by their id, or for tokens (``me``) by their place, as `read_events`."""
    accounts = [accounts] if isinstance(accounts, Account) else list(accounts)
    wrong = [account for account in accounts if not isinstance(account, Account)]
    if wrong or not accounts:
        raise InvalidParameter(
            "An Account is needed, or a list of them: kd.Account(token=…), or "
            f"kd.Account(api_key=…, account_id=…){f', not {wrong[0]!r}' if wrong else ''}."
        )
    named = {
        str(number) if account.account_id == "me" else account.account_id: account
        for number, account in enumerate(accounts)
    }
    if len(named) < len(accounts):
        raise InvalidParameter("An account is there twice.")
    return named
