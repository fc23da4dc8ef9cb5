"""Events read as record batches, which become a frame, a file, or an Arrow stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..export.exporting import Exporting
from ..interchange.arrow import ArrowInterchange
from ..interchange.frame import DtypeBackend
from .convert import LOG_SCHEMA, log_schema

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["EventBatches"]


class EventBatches(ArrowInterchange, Exporting):
    """Events of a service's own log; each iteration reads from the beginning.

    Attributes
    ----------
    schema : pyarrow.Schema
        A v2 event's columns, preceded by ``service`` and followed by ``raw``, the original record.
    """

    schema_name = f"{LOG_SCHEMA.name}/{LOG_SCHEMA.version}"

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        return log_schema()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        raise NotImplementedError

    def record_batches(self) -> pa.RecordBatchReader:
        """Return a reader of the events; each call reads anew."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, iter(self))

    def _frame_facts(self) -> dict[str, Any]:
        """Return the facts that a frame records once it is read."""
        return {}

    def to_frame(
        self,
        *,
        dtype_backend: DtypeBackend | None = None,
        categories: bool | Sequence[str] = False,
    ) -> pd.DataFrame:
        """Read the events into a DataFrame.

        Parameters
        ----------
        dtype_backend, categories
            As for `EventStream.to_frame`.

        Returns
        -------
        pandas.DataFrame
            One row per event. For a log, ``attrs["inputs"]`` has the files with their SHA-256, and
            ``attrs["damaged"]`` the number of records that could not be read.
        """
        from ..interchange.frame import to_frame

        frame = to_frame(
            iter(self), self.schema, dtype_backend=dtype_backend, categories=categories
        )
        frame.attrs.update(self._frame_facts())
        return frame
