"""Pass record batches to other libraries through Arrow's PyCapsule interface.

Polars, DuckDB, pandas and pyarrow read any object that has ``__arrow_c_stream__``:
https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..exceptions import MissingPackage

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ArrowInterchange"]


class ArrowInterchange:
    """Lets other libraries read record batches as their own tables.

    A class implements `record_batches`.

    Examples
    --------
    >>> import pyarrow as pa
    >>> class Numbers(ArrowInterchange):
    ...     def record_batches(self):
    ...         return pa.table({"n": [1, 2]}).to_reader()
    >>> pa.table(Numbers()).to_pydict()
    {'n': [1, 2]}
    """

    def record_batches(self) -> pa.RecordBatchReader:
        """Return a reader of the record batches; each call reads anew.

        Returns
        -------
        pyarrow.RecordBatchReader
        """
        raise NotImplementedError

    def to_arrow(self) -> pa.Table:
        """Read everything into an Arrow table.

        Returns
        -------
        pyarrow.Table
        """
        return self.record_batches().read_all()

    def to_polars(self) -> Any:
        """Read everything into a Polars DataFrame.

        Returns
        -------
        polars.DataFrame

        Raises
        ------
        MissingPackage
            Polars is not installed.
        """
        try:
            polars: Any = import_module("polars")
        except ModuleNotFoundError:
            raise MissingPackage("to_polars needs Polars. Install: pip install polars") from None
        return polars.from_arrow(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the record batches as a PyCapsule, for other libraries."""
        return self.record_batches().__arrow_c_stream__(requested_schema)
