"""Events in the Open Cybersecurity Schema Framework, the common schema of security tools.

OCSF 1.8.0 (https://schema.ocsf.io/1.8.0). How events map to classes:

========================================  =========================  ==================
what happened                             class                      activity
========================================  =========================  ==================
add, download, update, delete, rename,    File Hosting Activity      1 to 9
copy, move, restore, preview              (6006)
share, shared_link                        File Hosting Activity      12 Share
permission_change, to somebody            User Access Management     1 Assign Privileges
                                          (3005)
login, failed_login                       Authentication (3002)      1 Logon
group_add_member                          Group Management (3006)    3 Add User
changes of other objects: meetings,       Entity Management (3004)   1 to 5
contacts, …
anything else                             of the object's class      99 Other
========================================  =========================  ==================

A share is an activity of File Hosting, because the event describes what happened to the file. A
change of a role is User Access Management if it names the user and the role, which that class
requires. Kloudless reports no change of an account itself (Account Change, 3001).

Columns without a place in the class are under ``unmapped``, by name. OCSF's times have
milliseconds: the event's own time is complete in ``metadata.original_time``; others with fractions
of a millisecond are also unmapped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ...export.exporting import Exporting
from ...export.rows import Rows
from ..sources import source_of
from .record import VERSION, record_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ...export.manifest import Manifest

__all__ = ["VERSION", "OcsfRecords", "to_ocsf"]

Json = dict[str, Any]
#: The number of events that are Python objects at a time.
_ROWS = 5_000


class OcsfRecords(Exporting):
    """OCSF records of events, made one at a time by iterating.

    Parameters
    ----------
    batches : callable
        Returns the events' record batches, from the first, each time it is called.
    """

    def __init__(self, batches: Callable[[], Iterable[pa.RecordBatch]]) -> None:
        self._batches = batches

    def __iter__(self) -> Iterator[Json]:
        for batch in _in_parts(self._batches()):
            for row in batch.to_pylist():
                yield record_of(row)

    def to_frame(self) -> pd.DataFrame:
        """Return the records as a DataFrame: one column per attribute, dicts for nested ones."""
        import pandas as pd

        return pd.DataFrame(list(self))

    def export(self, path: str | os.PathLike[str], format: str, **options: Any) -> Manifest:
        """Write the records to a file with a manifest, in bounded memory.

        JSON Lines have the records as they are. Other formats have a column per attribute, nested
        as in the JSON where the format allows it; ``unmapped`` is JSON text.

        Parameters
        ----------
        path : str or path
            A file or URL; its manifest goes beside it.
        format : {"csv", "parquet", "jsonl", "xlsx"}
        **options
            As for `kloudless_data.export.api.export_batches`, such as ``force=True``.

        Returns
        -------
        Manifest

        Raises
        ------
        OutputExists
            The file exists, and `force` is False.
        """
        from ...export.api import export_batches

        return export_batches(
            self._parts(format), arrow_schema(), path, format, name=f"ocsf/{VERSION}", **options
        )

    def _parts(self, format: str) -> Iterator[Rows]:
        import msgspec

        encode = msgspec.json.Encoder().encode
        for batch in _in_parts(self._batches()):
            records = [record_of(row) for row in batch.to_pylist()]
            # JSON lines are made from the records; the batch only gives their number.
            shown = batch if format == "jsonl" else _as_batch(records)
            yield Rows(shown, _lines(records, encode))


def _lines(records: list[Json], encode: Callable[[Any], bytes]) -> Callable[[], list[bytes]]:
    return lambda: [encode(record) for record in records]


def _in_parts(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Cut batches: as Python objects, an archive's of 100,000 events take gigabytes."""
    for batch in batches:
        for start in range(0, batch.num_rows, _ROWS):
            yield batch.slice(start, _ROWS)


def _as_batch(records: list[Json]) -> pa.RecordBatch:
    import msgspec
    import pyarrow as pa

    encode = msgspec.json.Encoder().encode
    rows = [
        {**record, "unmapped": encode(record["unmapped"]).decode()}
        if "unmapped" in record
        else record
        for record in records
    ]
    return pa.RecordBatch.from_pylist(rows, arrow_schema())


def to_ocsf(events: Any) -> OcsfRecords:
    """Return events as OCSF records.

    Parameters
    ----------
    events : DataFrame, Table, EventStream, Archive, path, or sequence of paths
        Events from `to_frame`, or Arrow tables of them; exported Parquet files or folders; an
        archive or its path. All but frames are read in parts, in bounded memory.

    Returns
    -------
    OcsfRecords
        To iterate over, or to write: ``to_jsonl``, ``to_parquet``, ``to_frame``.

    Raises
    ------
    InvalidParameter
        The type of `events` is not supported.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"id": ["1"], "type": ["delete"], "user_id": ["u1"],
    ...     "metadata_name": ["a.txt"], "metadata_type": ["file"],
    ...     "modified": pd.to_datetime(["2026-03-01"], utc=True)})
    >>> record = next(iter(to_ocsf(events)))
    >>> record["class_uid"], record["activity_id"], record["type_uid"], record["file"]["name"]
    (6006, 4, 600604, 'a.txt')
    """
    return OcsfRecords(source_of(events).batches)


def arrow_schema() -> pa.Schema:
    """Return the columns of the Parquet file: those of all classes."""
    import pyarrow as pa

    text, whole = pa.string(), pa.int64()
    user = pa.struct([(name, text) for name in ("name", "full_name", "email_addr", "uid")])
    product = pa.struct([("name", text), ("vendor_name", text)])
    file = pa.struct(
        [("name", text), ("type_id", whole), ("uid", text), ("path", text), ("mime_type", text),
         ("parent_folder", text), ("size", whole), ("created_time", whole),
         ("modified_time", whole), ("owner", user)]
    )  # fmt: skip
    named = pa.struct([("name", text), ("uid", text)])
    return pa.schema(
        [
            ("class_uid", whole), ("class_name", text), ("category_uid", whole),
            ("activity_id", whole), ("activity_name", text), ("type_uid", whole),
            ("severity_id", whole), ("time", whole),
            ("metadata", pa.struct([("version", text), ("product", product), ("event_code", text),
                                    ("log_name", text), ("original_time", text), ("uid", text),
                                    ("tenant_uid", text)])),
            ("status_id", whole),
            ("actor", pa.struct([("user", user)])),
            ("user", user),
            ("src_endpoint", pa.struct([("ip", text), ("name", text)])),
            ("http_request", pa.struct([("user_agent", text)])),
            ("service", pa.struct([("name", text)])),
            ("file", file), ("file_result", file),
            ("entity", pa.struct([("name", text), ("uid", text), ("type", text)])),
            ("group", named),
            ("resources", pa.list_(named)),
            ("privileges", pa.list_(text)),
            ("unmapped", text),
        ]
    )  # fmt: skip
