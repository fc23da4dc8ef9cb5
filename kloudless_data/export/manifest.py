"""The record of an export: a manifest beside the file, or in the folder of files."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..exceptions import ExportFailed
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage, reason
from ..text.counts import count
from ..version import __version__
from .rows import encodable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FOLDER_MANIFEST", "Manifest", "PartFile", "column_types", "manifest_path", "now"]

_RENAMED = {"plain": "keep_formulas"}  # options, as earlier versions wrote them
FOLDER_MANIFEST = "_manifest.json"  # readers of data folders skip names that begin with _


@dataclass(frozen=True)
class PartFile:
    """A part: one of the files that an export consists of, temporarily or, in a folder, for good.

    Attributes
    ----------
    file : str
        Its name in the folder.
    rows, bytes : int
    sha256 : str
        Hexadecimal.
    """

    file: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an export holds and where it came from; stored with it as JSON.

    Attributes
    ----------
    file : str
        The name of the file or folder, without the folder that it is in.
    format : {"csv", "parquet", "jsonl", "xlsx"}
    rows, bytes : int
    sha256 : str or None
        The file's SHA-256, hexadecimal; None for a folder, each of whose parts has its own.
    formulas : {"neutralised", "as they are"}
        CSV: whether an apostrophe precedes cells that a spreadsheet would run as a formula. The
        other formats are never changed.
    schema : str
        Name and version of the columns' schema.
    first_modified, last_modified : str or None
        The events' earliest and latest time, ISO 8601, UTC.
    started : str
        When the export began, ISO 8601, UTC.
    finished : str or None
        When it ended; None if it was interrupted and can be resumed.
    package : str
        Name and version of the package that wrote it.
    server : str or None
        Scheme, host and port.
    account, service : str or None
        The account, as the server names it; None for many accounts.
    api_version : int or None
    cursor_from : str or None
        None for the oldest event that the server kept.
    cursor_to : str or None
        Where to continue.
    positions : dict of str to str or None, optional
        Where to continue each of many accounts; the ``cursors`` of `read_events`.
    accounts : list of dict, optional
        For many accounts: each one's key in `positions` (``source``), ``id`` and ``service``.
    failures : dict of str to str
        From an account's key in `positions` to the reason why its end was not reached. Its events
        up to there are included.
    duplicates : int
        Number of repeated events left out by ``deduplicate``.
    conflicts : int
        With ``deduplicate``: number of events kept although an earlier one with the same id has
        other content.
    columns : dict of str to str
        The Arrow type of each column.
    options : dict
        Further arguments that shaped the export, such as ``columns`` and ``limit``.
    parts : list of PartFile
        The files of a folder, in order.
    """

    file: str
    format: str
    rows: int
    bytes: int
    sha256: str | None
    formulas: str
    schema: str
    first_modified: str | None
    last_modified: str | None
    started: str
    finished: str | None
    package: str
    server: str | None = None
    account: str | None = None
    service: str | None = None
    api_version: int | None = None
    cursor_from: str | None = None
    cursor_to: str | None = None
    positions: dict[str, str | None] | None = None
    accounts: list[dict[str, Any]] | None = None
    failures: dict[str, str] = field(default_factory=dict)
    duplicates: int = 0
    conflicts: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    parts: list[PartFile] = field(default_factory=list)

    def __repr__(self) -> str:
        state = "" if self.finished else ", interrupted"
        size = count(self.bytes, "byte")
        return f"<Manifest of {self.file}: {count(self.rows, 'row')}, {size}{state}>"

    def _repr_html_(self) -> str:
        from ..display.html import card

        facts = {
            "Format": self.format,
            "Rows": f"{self.rows:,}",
            "Bytes": f"{self.bytes:,}",
            "Files": len(self.parts) or None,
            "Delivered again": self.duplicates or None,
            "Conflicts": self.conflicts or None,
            "SHA-256": self.sha256,
            "Activity": self.first_modified and f"{self.first_modified} to {self.last_modified}",
            "Server": self.server,
            "Account": self.account,
            "Continue at": self.cursor_to,
            "Finished": self.finished or "no: resume=True continues it",
        }
        return card("Export", facts.items(), name=self.file)

    @property
    def provenance(self) -> dict[str, Any]:
        """The rows' origin, for the metadata of files."""
        names = ("server", "account", "service", "api_version", "schema", "cursor_from")
        return {name: encodable(getattr(self, name)) for name in names}

    def to_json(self) -> str:
        """Return the text of the manifest file.

        Returns
        -------
        str
        """
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Manifest:
        """Read the manifest of an export.

        Parameters
        ----------
        path : str or path
            The exported file or folder, or the manifest itself; a path or URL as for `export`.

        Raises
        ------
        ExportFailed
            It is missing or damaged.
        """
        storage, inner = Storage.of(path)
        found = inner if _is_manifest(inner) else manifest_path(inner)
        with contextlib.suppress(OSError):  # opening it will report that
            if storage.is_folder(inner):
                found = storage.join(inner, FOLDER_MANIFEST)
        return cls.load(storage, found)

    @classmethod
    def load(cls, storage: Storage, path: str) -> Manifest:
        """Read a manifest file at an exact path; see `read`.

        Parameters
        ----------
        storage : Storage
            The file system.
        path : str
            The manifest's own path.
        """
        try:
            if storage.is_special(path):
                raise OSError("it is a pipe, a device, a socket, or a link to one")
            with storage.open(path) as file:
                data = json.loads(file.read())
            parts = [PartFile(**part) for part in data.pop("parts", [])]
            data["options"] = {
                _RENAMED.get(name, name): value for name, value in data.get("options", {}).items()
            }
            # A later version may have more fields.
            known = {one.name for one in fields(cls)}
            return cls(**{k: v for k, v in data.items() if k in known}, parts=parts)
        except FileNotFoundError:
            raise ExportFailed(_why_there_is_none(storage, path)) from None
        except (OSError, ValueError, TypeError, AttributeError) as error:
            why = reason(error) if isinstance(error, OSError) else error
            raise ExportFailed(
                f"The manifest {storage.shown(path)} cannot be read: {why}."
            ) from None

    @classmethod
    def unwritten(
        cls, name: str, format: str, arrow: pa.Schema, *, schema: str, **facts: Any
    ) -> Manifest:
        """Return the manifest of a file before anything is written.

        Parameters
        ----------
        name : str
            The file's name.
        format : str
        arrow : pyarrow.Schema
            The rows' schema.
        schema : str
            The schema's name.
        **facts
            Other attributes of the manifest.
        """
        nothing = {"rows": 0, "bytes": 0, "sha256": None, "finished": None}
        nothing |= {"first_modified": None, "last_modified": None}
        return cls(
            file=name,
            format=format,
            started=now(),
            package=f"kloudless-data {__version__}",
            schema=schema,
            columns=column_types(arrow),
            **{**nothing, **facts},
        )

    def save(self, storage: Storage, path: str, folder: str | None = None) -> None:
        """Write the manifest to a path, replacing an existing one in one step.

        Parameters
        ----------
        storage : Storage
            The file system.
        path : str
            The manifest's own path.
        folder : str, optional
            The folder for the temporary file. Defaults to the folder of `path`.
        """
        with AtomicFile(storage, path, folder) as file:
            # Half a surrogate pair is escaped as in JSON.
            file.write(self.to_json().encode("utf-8", "backslashreplace"))


def _why_there_is_none(storage: Storage, path: str) -> str:
    """Return what to say where there is no manifest: the name may be mistyped."""
    exported = storage.split(path)[0] if path.endswith(f"/{FOLDER_MANIFEST}") else None
    exported = exported or path.removesuffix(manifest_path(""))
    if storage.size(exported) is None and not storage.is_folder(exported):
        return f"There is no file or folder {storage.shown(exported)}. Check the name."
    return f"There is no manifest {storage.shown(path)}. Export the data again."


def manifest_path(path: str | os.PathLike[str]) -> str:
    """Return the path of a file's manifest.

    Examples
    --------
    >>> manifest_path("out/events.csv")
    'out/events.csv.manifest.json'
    """
    return f"{os.fspath(path)}.manifest.json"


def now() -> str:
    """Return the time in the manifests' form: ISO 8601, UTC, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def column_types(schema: pa.Schema) -> dict[str, str]:
    """Return the Arrow type of each column as text."""
    return {name: str(type_) for name, type_ in zip(schema.names, schema.types, strict=True)}


def _is_manifest(path: str) -> bool:
    return path.endswith((".manifest.json", f"/{FOLDER_MANIFEST}"))
