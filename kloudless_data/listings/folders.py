"""The contents of a folder and of the folders below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..decode import decode_page
from ..display.progress import progress_bar
from ..exceptions import (
    AuthorizationException,
    InvalidParameter,
    InvalidResponse,
    KloudlessException,
)
from ..http.urls import path_segment
from ..interchange.frame import DtypeBackend, to_frame
from ..paging.pages import read_pages
from ..schema.columns import SCHEMAS
from .as_users import AsUsers, collects, readers_of
from .parallel import OnError, check_on_error, in_parallel, settled
from .read import raw_headers

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["list_folder"]

# Columns that say where an object was found; the object's own follow.
_PLACE = ("folder_id", "depth", "location")
_READER = "as_user"
_DEEPEST = 500  # no real path is this deep; a server that invents folders could go on forever


def list_folder(
    account: Account,
    folder_id: str = "root",
    recursive: bool = True,
    *,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    as_users: AsUsers = None,
    on_error: OnError | None = None,
    **filters: Any,
) -> pd.DataFrame:
    """Return the contents of a folder, by default including all folders below it.

    The folders of one level are read in parallel. A folder that is reached twice, such as through a
    shortcut to a parent, is listed once, at its highest level.

    Parameters
    ----------
    account : Account
        An account of a storage service.
    folder_id : str
        Where to begin; ``"root"`` is the root folder.
    recursive : bool
        Also list the folders below it.
    raw : bool
        Request the upstream's objects, for the column ``raw``.
    columns : sequence of str, optional
        Only these columns.
    progress : bool, optional
        Show a progress bar. Defaults to showing one where it is visible.
    dtype_backend : {"numpy_nullable", "pyarrow"}, optional
        As in pandas.
    as_users : {"all"} or sequence of str, optional
        For an administrator's account: begin in the root folder of each user of the team, if the
        service shows a user's files only that way, or of the users with these ids. A folder is read
        as its owner if possible, and what several users see is kept once.
    on_error : {"raise", "collect"}, optional
        What to do, after reading all others, about folders that could not be read: raise
        `ListingIncomplete`, or record them in ``frame.attrs["failures"]``. Defaults to recording
        them with `as_users`, and to raising without.
    **filters
        Query parameters, such as ``page_size=1000``.

    Returns
    -------
    pandas.DataFrame
        One row per file or folder, grouped by folder: ``folder_id``, the folder that contains it;
        ``depth`` (Int64), 0 for the contents of the first folder; ``location``, the names along its
        path joined by ``/``, for display; then the object's own columns: ``id``, ``type``,
        ``name``, ``size`` (Int64), ``modified`` (datetime64[us, UTC]), … With `as_users` also
        ``as_user``: the id of the user it was read as.

    Raises
    ------
    InvalidParameter
        For an empty `folder_id` or an unknown column.
    APIException
        The first folder could not be read.
    ListingIncomplete
        Some of the folders below it could not be read.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    ...     df = list_folder(account)
    >>> df.loc[df["name"] == "Team", "location"].tolist()
    ['/Team']
    """
    if folder_id in (None, ""):
        raise InvalidParameter('is empty; the root folder is "root".', parameter="folder_id")
    on_error = on_error or collects(as_users)
    check_on_error(on_error)
    raw = raw or "raw" in (columns or ())
    schema = _arrow(raw, columns, (*_PLACE, _READER) if as_users is not None else _PLACE)
    walk = _Walk(readers_of(account, as_users), filters, raw=raw)
    with progress_bar("Files", unit="objects", show=progress) as bar:
        listings = sorted(walk.listings(str(folder_id), recursive, bar), key=lambda one: one.place)
    batches = [batch for listing in listings for batch in listing.batches]
    if as_users is not None:
        batches = _each_once(batches)
    frame = to_frame(
        [batch.select(schema.names) for batch in batches], schema, dtype_backend=dtype_backend
    )
    return settled(frame, walk.failures, len(listings) + len(walk.failures), on_error)


def _each_once(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Keep what several users see once: in its own folder, if it was found there."""
    import pyarrow as pa

    if not batches:
        return batches
    table = pa.Table.from_batches(batches)
    keys = table.select(["id", "folder_id", "parent_id"]).to_pandas()
    keys["elsewhere"] = keys["folder_id"] != keys["parent_id"]
    first = keys.sort_values("elsewhere", kind="stable").drop_duplicates("id").index
    kept = sorted(first.union(keys.index[keys["id"].isna()]))
    return list(table.take(kept).to_batches())


def _arrow(raw: bool, columns: Sequence[str] | None, found: Sequence[str]) -> pa.Schema:
    """Return the frame's schema, for all columns or the selected ones."""
    import pyarrow as pa

    types = {"depth": pa.int64()}
    place = [pa.field(name, types.get(name, pa.string())) for name in found]
    whole = pa.schema([*place, *SCHEMAS["files"].arrow(raw=raw)])
    if columns is None:
        return whole
    of_files = columns if isinstance(columns, str) else [c for c in columns if c not in found]
    if of_files or not columns:
        SCHEMAS["files"].arrow(raw=raw, columns=of_files)  # raises for an unknown column
    if len(set(columns)) < len(columns):
        raise InvalidParameter(f"A column is named twice in {list(columns)}.")
    return pa.schema([whole.field(name) for name in columns])


@dataclass(frozen=True)
class _Folder:
    """A folder to list.

    `place` orders folders as a reader expects: each after its parent and before the parent's later
    folders. `reader` is the id of the user to read it as.
    """

    id: str
    location: str = ""
    place: tuple[int, ...] = ()
    depth: int = 0
    reader: str = ""


@dataclass
class _Listing:
    """The contents of a folder; `nameless` counts subfolders without an id to request."""

    place: tuple[int, ...]
    batches: list[pa.RecordBatch] = field(default_factory=list)
    folders: list[_Folder] = field(default_factory=list)
    nameless: int = 0


class _Walk:
    """Lists folders level by level.

    Attributes
    ----------
    failures : dict of str to KloudlessException
        The folders that could not be read, with the reason.
    """

    def __init__(self, readers: dict[str, Account], filters: dict[str, Any], *, raw: bool) -> None:
        self._readers, self._filters, self._raw = readers, filters, raw
        self.failures: dict[str, KloudlessException] = {}

    def listings(self, first: str, recursive: bool, bar: Any) -> Iterator[_Listing]:
        """Yield the listing of each folder that can be read."""
        visited = {first}
        level = [
            _Folder(first, place=(number,), reader=reader)
            for number, reader in enumerate(self._readers)
        ]
        while level:
            found: list[_Folder] = []
            for folder, listing in in_parallel(self._read, level):
                if isinstance(listing, AuthorizationException) and folder.depth:
                    # All further requests would get the same answer.
                    self.failures[f"folder {folder.id} and those not yet listed"] = listing
                    return
                if isinstance(listing, KloudlessException):
                    self.failures[self._name(folder)] = listing
                    continue
                if listing.nameless:
                    self.failures[f"{listing.nameless} folders in {folder.id}"] = InvalidResponse(
                        "They have no id, so they cannot be requested."
                    )
                bar.update(sum(batch.num_rows for batch in listing.batches))
                yield listing
                found += listing.folders
            level = self._next_level(found, visited) if recursive else []

    def _name(self, folder: _Folder) -> str:
        """Return the name for a folder that cannot be read; for a user's root folder, the user."""
        if folder.reader and not folder.depth:
            return f"user {folder.reader}"
        return f"folder {folder.id}"

    def _next_level(self, found: list[_Folder], visited: set[str]) -> list[_Folder]:
        level = []
        for folder in found:
            if folder.id in visited:
                continue
            visited.add(folder.id)
            if folder.depth > _DEEPEST:
                self.failures[f"folder {folder.id}"] = InvalidResponse(
                    f"It is more than {_DEEPEST} folders deep, which no service allows: the server "
                    "seems to invent folders."
                )
                continue
            level.append(folder)
        return level

    def _read(self, folder: _Folder) -> _Listing:
        listing, before = _Listing(folder.place), 0
        path = f"storage/folders/{path_segment(folder.id)}/contents"
        account = self._readers[folder.reader]
        for page in read_pages(account, path, self._filters, raw_headers(self._raw)):
            batch = decode_page(page, SCHEMAS["files"], raw=self._raw)
            names = [f"{folder.location}/{name or ''}" for name in batch["name"].to_pylist()]
            facts = (batch[name].to_pylist() for name in ("id", "type", "owner_id"))
            objects = zip(*facts, names, strict=True)
            for row, (identifier, kind, owner, location) in enumerate(objects, before):
                if kind == "folder" and identifier:
                    reader = owner if owner in self._readers else folder.reader
                    place = (*folder.place, row)
                    found = _Folder(identifier, location, place, folder.depth + 1, reader)
                    listing.folders.append(found)
                elif kind == "folder":
                    listing.nameless += 1
            before += batch.num_rows
            listing.batches.append(_placed(batch, folder, names))
        return listing


def _placed(batch: pa.RecordBatch, folder: _Folder, locations: list[str]) -> pa.RecordBatch:
    """Return a folder's page with the columns for where its objects were found."""
    import pyarrow as pa

    rows = batch.num_rows
    place = [
        pa.repeat(pa.scalar(folder.id), rows),
        pa.repeat(pa.scalar(folder.depth, pa.int64()), rows),
        pa.array(locations, pa.string()),
        pa.repeat(pa.scalar(folder.reader), rows),
    ]
    return pa.RecordBatch.from_arrays(
        [*place, *batch.columns], names=[*_PLACE, _READER, *batch.schema.names]
    )
