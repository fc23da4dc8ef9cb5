"""Write rows of any kind to Excel workbooks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from ..exceptions import InvalidParameter
from .api import export, export_batches, export_frame

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from .manifest import Manifest
    from .protocol import Stream

__all__ = ["write_excel"]


def write_excel(
    rows: pd.DataFrame | pa.Table | Iterable[pa.RecordBatch] | Stream,
    path: str | os.PathLike[str],
    *,
    name: str = "rows",
    force: bool = False,
    **options: Any,
) -> Manifest:
    """Write a DataFrame, record batches or an event stream to an Excel workbook.

    Ids are text, times are Excel times in UTC with milliseconds, and nothing runs as a formula. The
    header is frozen; rows beyond a sheet's 1,048,576 continue on further sheets. Needs ``pip
    install 'kloudless-data[excel]'``.

    Parameters
    ----------
    rows : pandas.DataFrame, pyarrow.Table, iterable of pyarrow.RecordBatch, or EventStream
        A listing, findings, a report's tables, … Batches and streams are written in bounded memory.
    path : str or path
        As for `export`, ending in ``.xlsx``.
    name : str
        What the rows are; the sheet's name.
    force : bool
        Replace an existing file.
    **options
        For a stream: as for `export`.

    Returns
    -------
    Manifest

    Raises
    ------
    MissingPackage
        XlsxWriter is not installed.
    InvalidParameter
        The rows' columns are unknown.
    OutputExists, ExportFailed
        As for `export`.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_excel(pd.DataFrame({"id": ["00123"]}), f"{folder}/ids.xlsx", name="ids").rows
    1
    """
    import pandas as pd
    import pyarrow as pa

    if isinstance(rows, pd.DataFrame):
        return export_frame(rows, path, "xlsx", name=name, force=force, **options)
    if isinstance(rows, pa.Table):
        batches = rows.to_batches()
        return export_batches(batches, rows.schema, path, "xlsx", name=name, force=force, **options)
    if hasattr(rows, "pages"):
        return export(cast("Stream", rows), path, "xlsx", force=force, **options)
    waiting = iter(cast("Iterable[pa.RecordBatch]", rows))
    first = next(waiting, None)
    if first is None:
        raise InvalidParameter("Without a record batch, the columns are unknown. Pass a table.")

    def all_of_them() -> Iterable[pa.RecordBatch]:
        yield first
        yield from waiting

    return export_batches(
        all_of_them(), first.schema, path, "xlsx", name=name, force=force, **options
    )
