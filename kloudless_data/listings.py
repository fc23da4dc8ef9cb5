"""Accounts, and applications with what belongs to them, as DataFrames."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from ._types import DtypeBackend
from .decode import split_objects
from .exceptions import InvalidParameter
from .frames import counted, frame_of_pages, frame_of_records
from .pages import read_pages
from .progress import progress_bar
from .schema import SCHEMAS
from .urls import path_segment

if TYPE_CHECKING:
    import pandas as pd

    from .client import Client

__all__ = ["APPLICATION_ITEMS", "list_accounts", "list_application_items", "list_applications"]

#: What the meta API lists below an application (D).
APPLICATION_ITEMS = (
    "apikeys",
    "trusted_domains",
    "webhooks",
    "service_keys",
    "redirect_uris",
    "fe_upload_locations",
)
_MAX_WORKERS = 8
T = TypeVar("T")
R = TypeVar("R")
# Fields of the meta API's objects that hold secrets (S: an API key's `key`; A: the others).
_SECRET_FIELDS = frozenset(
    "key secret client_secret api_key apikey oauth_secret password private_key token "
    "access_token refresh_token access_key secret_key secret_access_key consumer_secret".split()
)


def list_accounts(
    client: Client,
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    **filters: Any,
) -> pd.DataFrame:
    """Return the accounts that are connected to an application.

    Parameters
    ----------
    client : Client
        With the application's API key; with a token, only that token's own account is seen.
    raw : bool
        Ask for the upstream's objects, for the column ``raw``.
    columns : sequence of str, optional
        Only these columns.
    progress : bool, optional
        Show a progress bar; default: when somebody can see it.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
        As in pandas.
    **filters
        What the server filters by, such as ``enabled=True``, ``admin=True``, ``service="box"``.

    Returns
    -------
    pandas.DataFrame
        One row an account: ``id``, ``account``, ``service``, ``admin``, ``active``, ``created``, …

    Raises
    ------
    APIException
        The server refused or could not be reached.

    Examples
    --------
    >>> from kloudless_data import Client
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=5, events=10) as sandbox:
    ...     client = Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    ...     len(list_accounts(client))
    5
    """
    headers = {"X-Kloudless-Raw-Data": "true"} if raw else None
    with progress_bar("Accounts", unit="accounts", show=progress) as bar:
        pages = read_pages(client, "accounts", filters, headers)
        return frame_of_pages(
            counted(pages, bar),
            SCHEMAS["accounts"],
            raw=raw,
            columns=columns,
            dtype_backend=dtype_backend,
        )


def list_applications(
    client: Client,
    include: Sequence[str] = (),
    *,
    show_secrets: bool = False,
    raw: bool = False,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
) -> pd.DataFrame:
    """Return the developer's applications.

    Parameters
    ----------
    client : Client
        With the developer's meta token.
    include : sequence of str
        What to read below each application: ``"apikeys"``, ``"trusted_domains"``,
        ``"webhooks"``, ``"service_keys"``, ``"redirect_uris"``, ``"fe_upload_locations"``.
    show_secrets : bool
        Leave keys and secrets as they are; by default all but the last four characters are
        masked.
    raw : bool
        Ask for the upstream's objects, for the column ``raw``.
    progress : bool, optional
        Show a progress bar; default: when somebody can see it.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
        As in pandas.

    Returns
    -------
    pandas.DataFrame
        One row an application: ``id``, ``name``, ``active``, ``created``, …; for each name in
        `include` also the columns ``{name}`` (a list, as JSON text) and ``{name}_count`` (int64).
        `list_application_items` gives such a list with columns of its own.

    Raises
    ------
    InvalidParameter
        For a name in `include` that there is not.
    APIException
        The server refused or could not be reached.

    Examples
    --------
    >>> from kloudless_data import Client
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     meta = Client(token=sandbox.meta_token, base_url=sandbox.base_url)
    ...     df = list_applications(meta, include=("apikeys",))
    >>> bool((df["apikeys_count"] >= 0).all())
    True
    """
    include = _known(include)
    applications = _records(client, "meta/applications", raw=raw, show_secrets=show_secrets)
    frame = frame_of_records(
        applications, SCHEMAS["applications"], raw=raw, dtype_backend=dtype_backend
    )
    jobs = [(str(a.get("id")), name) for name in include for a in applications]
    lists = _read_all(client, jobs, show_secrets=show_secrets, progress=progress)
    for name in include:
        items = [lists[str(application.get("id")), name] for application in applications]
        frame[f"{name}_count"] = [len(records) for records in items]
        frame[name] = [json.dumps(records, ensure_ascii=False) for records in items]
    return frame


def list_application_items(
    client: Client,
    what: str,
    *,
    show_secrets: bool = False,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
) -> pd.DataFrame:
    """Return one kind of thing that belongs to applications, of all applications.

    Parameters
    ----------
    client : Client
        With the developer's meta token.
    what : str
        ``"apikeys"``, ``"trusted_domains"``, ``"webhooks"``, ``"service_keys"``,
        ``"redirect_uris"`` or ``"fe_upload_locations"``.
    show_secrets, progress, dtype_backend
        As for `list_applications`.

    Returns
    -------
    pandas.DataFrame
        ``application_id`` and ``application_name``, then the thing's own columns.

    Raises
    ------
    InvalidParameter
        For a kind that there is not.
    APIException
        The server refused or could not be reached.

    Examples
    --------
    >>> from kloudless_data import Client
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     meta = Client(token=sandbox.meta_token, base_url=sandbox.base_url)
    ...     df = list_application_items(meta, "webhooks")
    >>> list(df.columns[:3])
    ['application_id', 'application_name', 'id']
    """
    _known((what,))
    applications = _records(client, "meta/applications", show_secrets=show_secrets)
    ids = [str(application.get("id")) for application in applications]
    lists = _read_all(
        client, [(i, what) for i in ids], show_secrets=show_secrets, progress=progress
    )
    items = [item for i in ids for item in lists[i, what]]
    frame = frame_of_records(items, SCHEMAS[what], dtype_backend=dtype_backend)
    names = [(i, a.get("name")) for i, a in zip(ids, applications, strict=True)]
    owners = [(i, name) for i, name in names for _ in lists[i, what]]
    frame.insert(0, "application_id", [i for i, _ in owners])
    frame.insert(1, "application_name", [name for _, name in owners])
    if not owners:
        kinds = {"application_id": "str", "application_name": "str"}
        frame = frame.astype(kinds)
    return frame


def _known(names: Sequence[str]) -> tuple[str, ...]:
    names = (names,) if isinstance(names, str) else tuple(names)
    for name in names:
        if name not in APPLICATION_ITEMS:
            raise InvalidParameter(
                f"There is no list {name!r} below an application; there are "
                f"{', '.join(APPLICATION_ITEMS)}."
            )
    return names


def _read_all(
    client: Client,
    jobs: Sequence[tuple[str, str]],
    *,
    show_secrets: bool,
    progress: bool | None,
) -> dict[tuple[str, str], list[Any]]:
    """Read the lists of (application id, name), several at a time."""

    def read(job: tuple[str, str]) -> list[Any]:
        application, name = job
        path = f"meta/applications/{path_segment(application)}/{name}"
        return _records(client, path, show_secrets=show_secrets)

    return dict(zip(jobs, in_parallel(read, jobs, "Applications", "lists", progress), strict=True))


def in_parallel(
    work: Callable[[T], R], jobs: Sequence[T], description: str, unit: str, progress: bool | None
) -> list[R]:
    """Do independent requests several at a time; results in the order of the jobs."""
    if not jobs:
        return []
    with (
        progress_bar(description, unit=unit, total=len(jobs), show=progress) as bar,
        ThreadPoolExecutor(min(_MAX_WORKERS, len(jobs))) as pool,
    ):
        futures = [pool.submit(work, job) for job in jobs]
        try:
            results = []
            for future in futures:
                results.append(future.result())
                bar.update()
            return results
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _records(
    client: Client, path: str, *, raw: bool = False, show_secrets: bool = False
) -> list[Any]:
    headers = {"X-Kloudless-Raw-Data": "true"} if raw else None
    pages = read_pages(client, path, None, headers)
    records = [json.loads(text) for page in pages for text in split_objects(page)]
    return records if show_secrets else [mask_secrets(record) for record in records]


def mask_secrets(value: Any) -> Any:
    """Return a copy of a JSON value in which fields that hold secrets are masked.

    Examples
    --------
    >>> mask_secrets({"name": "prod", "key": "0123456789abcdef"})
    {'name': 'prod', 'key': '****cdef'}
    """
    if isinstance(value, dict):
        return {
            name: _masked(item)
            if name.lower() in _SECRET_FIELDS and isinstance(item, str)
            else mask_secrets(item)
            for name, item in value.items()
        }
    return [mask_secrets(item) for item in value] if isinstance(value, list) else value


def _masked(secret: str) -> str:
    return "****" + (secret[-4:] if len(secret) >= 12 else "")
