"""Read one list, or several lists in parallel, into a DataFrame."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..client import Client
from ..decode import Envelope, decode_page, read_envelope, split_objects
from ..display.progress import progress_bar
from ..exceptions import InvalidParameter, InvalidResponse, KloudlessException, Remedy
from ..interchange.frame import DtypeBackend, to_frame
from ..paging.frames import counted, frame_of_pages, frame_of_records
from ..paging.pages import PageSource, read_pages
from ..schema.columns import SCHEMAS
from .as_users import AsUsers, readers_of
from .parallel import OnError, check_on_error, in_parallel, settled
from .secrets import mask_secrets
from .specs import ListingSpec

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "ListRequest",
    "known_account",
    "named_accounts",
    "pages_of",
    "raw_headers",
    "read_list",
    "read_lists",
    "read_records",
    "requests_of_accounts",
]


def raw_headers(raw: bool) -> dict[str, str] | None:
    """Return the header that requests the upstream's objects, if wanted."""
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
    """Return the objects of all pages of a list, with their secrets masked.

    Parameters
    ----------
    client : Client
        Sends the requests.
    path : str
        The list's path, relative to the client.
    filters : mapping, optional
        Query parameters.
    raw : bool, default False
        Request the upstream's objects, for the column ``raw``.
    show_secrets : bool, default False
        Show secrets in full.
    bar : object, optional
        A progress bar to advance.
    """
    pages = read_pages(client, path, filters, raw_headers(raw))
    if bar is not None:
        pages = counted(pages, bar)
    records = [json.loads(text) for page in pages for text in split_objects(page)]
    return records if show_secrets else [mask_secrets(record) for record in records]


def read_list(
    client: Client,
    spec: ListingSpec,
    *,
    filters: Mapping[str, Any],
    raw: bool,
    columns: Sequence[str] | None,
    progress: bool | None,
    dtype_backend: DtypeBackend | None,
    mask: bool = False,
) -> pd.DataFrame:
    """Return the objects of all pages of one list; `mask` hides the secrets in them.

    Parameters
    ----------
    client : Client
        Sends the requests.
    spec : ListingSpec
        The listing.
    filters : mapping
        Query parameters.
    raw : bool
        Request the upstream's objects, for the column ``raw``.
    columns : sequence of str or None
        Only these columns. None for all.
    progress : bool or None
        Show a progress bar. None for where it is visible.
    dtype_backend : DtypeBackend or None
        As in pandas.
    mask : bool, default False
        Mask the secrets in the objects.
    """
    schema = SCHEMAS[spec.schema]
    schema.arrow(raw=raw, columns=columns)  # fails on an unknown column before any request
    client = spec.client(client)
    with progress_bar(spec.title.capitalize(), unit=spec.title, show=progress) as bar:
        if mask:
            records = read_records(client, spec.path, filters=filters, raw=raw, bar=bar)
            return frame_of_records(
                records, schema, raw=raw, columns=columns, dtype_backend=dtype_backend
            )
        pages = read_pages(client, spec.path, filters, raw_headers(raw))
        return frame_of_pages(
            counted(pages, bar), schema, raw=raw, columns=columns, dtype_backend=dtype_backend
        )


@dataclass(frozen=True)
class ListRequest:
    """One of several lists that together make a frame.

    Attributes
    ----------
    name : str
        The name for a failure of this request.
    client : PageSource
        A client, or something like it.
    path : str
    known : mapping of str to str
        Values for columns that follow from the path and that objects may leave out.
    member : str
        The member of the body that holds the list. A list other than ``objects`` has one page.
    shape : callable, optional
        Turns an object into one with the members that the schema names.
    """

    name: str
    client: PageSource
    path: str
    known: Mapping[str, str] = field(default_factory=dict)
    member: str = "objects"
    shape: Callable[[Any], Any] | None = None


def requests_of_accounts(
    accounts: Account | Sequence[Account], spec: ListingSpec, as_users: AsUsers = None
) -> list[ListRequest]:
    """Return the request for each account's list, or for each list of each of its users.

    Parameters
    ----------
    accounts : Account or sequence of Account
        Accounts to read the list of.
    spec : ListingSpec
        The listing.
    as_users : AsUsers, optional
        Read the lists as these users.
    """
    return [
        ListRequest(
            f"account {name}" if not user else f"user {user} of account {name}",
            reader,
            spec.path,
            known_account(account, spec),
        )
        for name, account in named_accounts(accounts).items()
        for user, reader in readers_of(account, as_users).items()
    ]


def known_account(account: Account, spec: ListingSpec) -> dict[str, str]:
    """Return the account id column, unless the account is a token's ``me``.

    Parameters
    ----------
    account : Account
        The account that the list belongs to.
    spec : ListingSpec
        The listing.
    """
    if spec.account_column is None or account.account_id == "me":
        return {}
    return {spec.account_column: str(account.account_id)}


def pages_of(
    request: ListRequest, filters: Mapping[str, Any] | None = None, *, raw: bool = False
) -> Iterator[Envelope]:
    """Yield the pages of one list, whatever its version of the API calls and wraps it.

    Parameters
    ----------
    request : ListRequest
        The list to read.
    filters : mapping, optional
        Query parameters.
    raw : bool, default False
        Request the upstream's objects, for the column ``raw``.
    """
    if request.member == "objects":
        pages = read_pages(request.client, request.path, filters, raw_headers(raw))
    else:
        pages = iter([_page_below(request, filters, raw)])
    for page in pages:
        if request.shape is None or request.member != "objects":
            yield page
        else:
            objects = [request.shape(json.loads(text)) for text in split_objects(page)]
            yield read_envelope(json.dumps(objects).encode())


def _page_below(request: ListRequest, filters: Mapping[str, Any] | None, raw: bool) -> Envelope:
    """Return the list in a body that names it differently."""
    answer = request.client.get(request.path, params=filters, headers=raw_headers(raw))
    body = getattr(answer, "data", None)
    objects = body.get(request.member) if isinstance(body, dict) else None
    if not isinstance(objects, list):
        raise InvalidResponse(
            f"GET {request.path} answered with something without a list {request.member!r}.",
            remedy=Remedy.CHECK_API,
        )
    shaped = objects if request.shape is None else [request.shape(one) for one in objects]
    return read_envelope(json.dumps(shaped).encode())


def read_lists(
    requests: Sequence[ListRequest],
    name: str,
    *,
    filters: Mapping[str, Any],
    raw: bool,
    columns: Sequence[str] | None,
    progress: bool | None,
    dtype_backend: DtypeBackend | None,
    on_error: OnError,
    unique: bool = False,
) -> pd.DataFrame:
    """Return the objects of all pages of several lists, in the order of the requests.

    With `unique`, an object that is in several of them is kept once, by its id.

    Parameters
    ----------
    requests : sequence of ListRequest
        The lists to read.
    name : str
        The listing's name, for its schema and messages.
    filters : mapping
        Query parameters.
    raw : bool
        Request the upstream's objects, for the column ``raw``.
    columns : sequence of str or None
        Only these columns. None for all.
    progress : bool or None
        Show a progress bar. None for where it is visible.
    dtype_backend : DtypeBackend or None
        As in pandas.
    on_error : OnError
        What to do about lists that could not be read, after reading all others.
    unique : bool, default False
        Drop repeated objects.
    """
    check_on_error(on_error)
    schema = SCHEMAS[name]
    schema.arrow(raw=raw, columns=columns)  # fails on an unknown column before any request
    raw = raw or "raw" in (columns or ())
    wanted = columns if columns is None or not unique else list(dict.fromkeys([*columns, "id"]))
    arrow = schema.arrow(raw=raw and columns is None, columns=wanted)

    def read(request: ListRequest) -> list[pa.RecordBatch]:
        return [
            _completed(decode_page(page, schema, raw=raw, columns=wanted), request.known)
            for page in pages_of(request, filters, raw=raw)
        ]

    batches: list[pa.RecordBatch] = []
    failures: dict[str, KloudlessException] = {}
    title = name.replace("_", " ").capitalize()
    with progress_bar(title, unit="lists", total=len(requests), show=progress) as bar:
        for request, result in in_parallel(read, requests):
            if isinstance(result, KloudlessException):
                failures[request.name] = result
            else:
                batches += result
            bar.update()
    frame = to_frame(batches, arrow, dtype_backend=dtype_backend)
    if unique:
        frame = frame[~(frame["id"].duplicated() & frame["id"].notna())].reset_index(drop=True)
        frame = frame if columns is None else frame[list(columns)]
    return settled(frame, failures, len(requests), on_error)


def _completed(batch: pa.RecordBatch, known: Mapping[str, str]) -> pa.RecordBatch:
    """Fill in values that objects leave out because their path implies them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [
        pc.fill_null(column, known[name]) if name in known else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def named_accounts(accounts: Account | Sequence[Account]) -> dict[str, Account]:
    """Return accounts by id, or for tokens (``me``) by position, as `read_events` does."""
    accounts = [accounts] if isinstance(accounts, Account) else list(accounts)
    wrong = [account for account in accounts if not isinstance(account, Account)]
    if wrong or not accounts:
        raise InvalidParameter(
            "Pass an Account or a list of them: kd.Account(token=…), or "
            f"kd.Account(api_key=…, account_id=…){f', not {wrong[0]!r}' if wrong else ''}."
        )
    named = {
        str(number) if account.account_id == "me" else str(account.account_id): account
        for number, account in enumerate(accounts)
    }
    if len(named) < len(accounts):
        raise InvalidParameter("An account is listed twice.")
    return named
