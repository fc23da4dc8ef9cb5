"""How an archive's two tables are created, where they may be, and their format."""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ...exceptions import ArchiveFailed, InvalidParameter
from ..content import events_table_schema
from ..ledger import ledger_schema
from .errors import one_sentence

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["INDEXED", "check_format", "create_tables"]

_FORMAT_NAME, _FORMAT = "kloudless_data archive", 1
#: The columns whose minima and maxima let queries skip a file. The tables' properties name them
#: too: for any other column, deltalake's Arrow datasets take a missing statistic for "no value".
INDEXED = {"events": ("account_key", "modified"), "ledger": ("account", "asked")}


def create_tables(path: str, options: Mapping[str, str], events: pa.Schema, name: str) -> None:
    """Create both tables; existing ones are left unchanged.

    Parameters
    ----------
    path : str
        The archive's folder or URL.
    options : mapping of str to str
        As deltalake takes them.
    events : pyarrow.Schema
        The columns of the events table.
    name : str
        The name of their schema, such as ``"events.v1/1"``.

    Raises
    ------
    InvalidParameter
        The folder is inside another archive.
    ArchiveFailed
        The tables cannot be written.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    given = dict(options)
    _refuse_inside_another(path, given)
    # The log proves which entries are valid, so it is never cleaned up.
    keep = {
        "delta.logRetentionDuration": "interval 36500 days",
        # Each commit names one transaction per account, so few commits should have to be read.
        "delta.checkpointInterval": "10",
    }
    for table, schema in (("ledger", ledger_schema()), ("events", events_table_schema(events))):
        try:
            DeltaTable.create(
                f"{path}/{table}",
                schema=schema,
                mode="ignore",
                partition_by=["month"],
                name=f"{_FORMAT_NAME} {_FORMAT}",
                description=name,
                configuration={**keep, "delta.dataSkippingStatsColumns": ",".join(INDEXED[table])},
                storage_options=given,
            )
        except (DeltaError, OSError) as error:
            # Another sync may have created it at the same time.
            if not _is_table(f"{path}/{table}", given):
                raise ArchiveFailed(
                    f"No archive can be created in {path}: {one_sentence(error)}. "
                    "Choose a writable folder, or check the storage options."
                ) from None


def check_format(path: str, name: str | None) -> None:
    """Refuse an archive of a newer format than this version of the package knows.

    Parameters
    ----------
    path : str
        The archive's folder or URL.
    name : str or None
        The name in the table's metadata.
    """
    kind, _, number = (name or "").rpartition(" ")
    if kind == _FORMAT_NAME and number.isdigit() and int(number) > _FORMAT:
        raise ArchiveFailed(
            f"The archive {path} has format {number}, and this version of kloudless-data knows "
            f"{_FORMAT}. Install a newer one: pip install --upgrade kloudless-data."
        )


def _refuse_inside_another(path: str, options: dict[str, str]) -> None:
    """Refuse a folder such as an archive's own ``events``: its files would be taken for rows."""
    for folder in _folders_above(path):
        if all(_is_table(f"{folder}/{table}", options) for table in INDEXED):
            raise InvalidParameter(
                f"{path} is inside the archive {folder}. Use {folder}, or a folder outside it."
            )


def _folders_above(path: str) -> Iterator[str]:
    """Yield the folders above a path, up to the root or the bucket."""
    scheme, mark, rest = path.replace("\\", "/").rpartition("://")
    while (above := posixpath.dirname(rest)) not in ("", rest):
        rest = above
        yield scheme + mark + rest


def _is_table(uri: str, options: dict[str, str]) -> bool:
    from deltalake import DeltaTable

    with contextlib.suppress(OSError):
        return bool(DeltaTable.is_deltatable(uri, options))
    return False
