"""A developer's applications and their items: API keys, webhooks and so on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ..display.progress import progress_bar
from ..exceptions import InvalidParameter, KloudlessException
from ..http.urls import path_segment
from ..interchange.frame import DtypeBackend
from ..paging.frames import frame_of_records
from ..schema.columns import SCHEMAS
from .parallel import OnError, check_on_error, in_parallel, settled
from .read import read_records
from .specs import management

if TYPE_CHECKING:
    import pandas as pd

    from ..client import Client

__all__ = ["APPLICATION_ITEMS", "list_application_items", "list_applications"]

#: The lists that the meta API has below an application (D).
APPLICATION_ITEMS = (
    "apikeys",
    "trusted_domains",
    "webhooks",
    "service_keys",
    "redirect_uris",
    "fe_upload_locations",
)
_Job: TypeAlias = tuple[str, str]  # an application's id and the name of a list below it


def list_applications(
    client: Client,
    include: Sequence[str] = (),
    *,
    show_secrets: bool = False,
    raw: bool = False,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    on_error: OnError = "raise",
) -> pd.DataFrame:
    """Return the developer's applications.

    Parameters
    ----------
    client : Client
        With the developer's meta token.
    include : sequence of str
        The lists to read below each application: ``"apikeys"``, ``"trusted_domains"``,
        ``"webhooks"``, ``"service_keys"``, ``"redirect_uris"``, ``"fe_upload_locations"``.
    show_secrets : bool
        Show keys and secrets in full; by default all but the last four characters are masked.
    raw : bool
        Request the upstream's objects, for the column ``raw``.
    progress : bool, optional
        Show a progress bar. Defaults to showing one where it is visible.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
        As in pandas.
    on_error : {"raise", "collect"}
        What to do, after reading everything else, about a list that could not be read: raise
        `ListingIncomplete`, or leave its cells null and record the failure in
        ``frame.attrs["failures"]``.

    Returns
    -------
    pandas.DataFrame
        One row per application: ``id``, ``name``, ``active``, ``created``, …; for each name in
        `include` also the columns ``{name}`` (a list, as JSON text) and ``{name}_count`` (Int64).
        `list_application_items` returns such a list with its own columns.

    Raises
    ------
    InvalidParameter
        For an unknown name in `include`.
    APIException
        The server refused or could not be reached.
    ListingIncomplete
        Some of the lists below the applications could not be read.

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
    check_on_error(on_error)
    client = management(client)
    applications = read_records(client, "meta/applications", raw=raw, show_secrets=show_secrets)
    frame = frame_of_records(
        applications, SCHEMAS["applications"], raw=raw, dtype_backend=dtype_backend
    )
    ids = [identifier for identifier, _ in map(_named, applications)]
    jobs = [(i, name) for name in include for i in ids]
    lists, failures = _read_below(client, jobs, show_secrets=show_secrets, progress=progress)
    for name in include:
        items = [lists.get((i, name)) for i in ids]
        counts = [None if records is None else len(records) for records in items]
        texts = [None if records is None else _json(records) for records in items]
        frame[f"{name}_count"] = _column(counts, "int64", dtype_backend)
        frame[name] = _column(texts, "string", dtype_backend)
    return settled(frame, failures, len(jobs), on_error)


def list_application_items(
    client: Client,
    what: str,
    *,
    show_secrets: bool = False,
    raw: bool = False,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    on_error: OnError = "raise",
) -> pd.DataFrame:
    """Return one kind of item, such as webhooks, for all applications.

    Parameters
    ----------
    client : Client
        With the developer's meta token.
    what : str
        ``"apikeys"``, ``"trusted_domains"``, ``"webhooks"``, ``"service_keys"``,
        ``"redirect_uris"`` or ``"fe_upload_locations"``.
    show_secrets, raw, progress, dtype_backend, on_error
        As for `list_applications`.

    Returns
    -------
    pandas.DataFrame
        ``application_id`` and ``application_name``, then the item's own columns.

    Raises
    ------
    InvalidParameter
        For an unknown kind.
    APIException
        The server refused or could not be reached.
    ListingIncomplete
        The lists of some applications could not be read.

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
    check_on_error(on_error)
    client = management(client)
    applications = read_records(client, "meta/applications", show_secrets=show_secrets)
    names = dict(map(_named, applications))
    lists, failures = _read_below(
        client, [(i, what) for i in names], raw=raw, show_secrets=show_secrets, progress=progress
    )
    items = [item for records in lists.values() for item in records]
    owners = [i for (i, _), records in lists.items() for _ in records]
    frame = frame_of_records(items, SCHEMAS[what], raw=raw, dtype_backend=dtype_backend)
    frame.insert(0, "application_id", _column(owners, "string", dtype_backend))
    titles = [names[i] for i in owners]
    frame.insert(1, "application_name", _column(titles, "string", dtype_backend))
    return settled(frame, failures, len(names), on_error)


def _named(application: Any) -> tuple[str, str | None]:
    """Return an application's id and name as text, whatever their JSON types."""
    given = application if isinstance(application, dict) else {}
    name = given.get("name")
    return _text(given.get("id")), None if name is None else _text(name)


def _text(value: Any) -> str:
    """Return a value as text that UTF-8 can encode; a JSON string need not be."""
    return str(value).encode("utf-8", "backslashreplace").decode()


def _column(values: Sequence[Any], kind: str, dtype_backend: DtypeBackend | None) -> pd.Series:
    """Return values as a column of a schema's type."""
    import pyarrow as pa

    from ..interchange.frame import to_frame

    table = pa.table({"values": pa.array(values, kind)})
    return to_frame(table, table.schema, dtype_backend=dtype_backend)["values"]


def _json(records: list[Any]) -> str:
    text = json.dumps(records, ensure_ascii=False)
    return text if text == _text(text) else json.dumps(records)


def _known(names: Sequence[str]) -> tuple[str, ...]:
    names = (names,) if isinstance(names, str) else tuple(names)
    for name in names:
        if name not in APPLICATION_ITEMS:
            raise InvalidParameter(
                f"Applications have no list {name!r}; they have {', '.join(APPLICATION_ITEMS)}."
            )
    return names


def _read_below(
    client: Client,
    jobs: Sequence[_Job],
    *,
    raw: bool = False,
    show_secrets: bool,
    progress: bool | None,
) -> tuple[dict[_Job, list[Any]], dict[str, KloudlessException]]:
    """Read lists below applications; return the results and the failures."""

    def read(job: _Job) -> list[Any]:
        application, name = job
        path = f"meta/applications/{path_segment(application)}/{name}"
        return read_records(client, path, raw=raw, show_secrets=show_secrets)

    lists: dict[_Job, list[Any]] = {}
    failures: dict[str, KloudlessException] = {}
    with progress_bar("Applications", unit="lists", total=len(jobs), show=progress) as bar:
        for job, result in in_parallel(read, jobs):
            if isinstance(result, KloudlessException):
                failures["/".join(job)] = result
            else:
                lists[job] = result
            bar.update()
    return lists, failures
