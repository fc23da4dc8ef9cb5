"""The methods that write files, for whatever can be exported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .manifest import Manifest

__all__ = ["Exporting"]


class Exporting:
    """Rows that can be written to a file in any format.

    A class implements `export`; the other methods accept the same options.
    """

    def export(self, path: str | os.PathLike[str], format: str, **options: Any) -> Manifest:
        """Write the rows to a file, with a manifest.

        Parameters
        ----------
        path : str or path
            The file to write, or its URL.
        format : {"csv", "parquet", "jsonl", "xlsx"}
        **options
            Such as ``force=True``, which replaces an existing file.

        Returns
        -------
        Manifest
        """
        raise NotImplementedError

    def to_csv(self, path: str | os.PathLike[str], **options: Any) -> Manifest:
        """Write a CSV file.

        Parameters
        ----------
        path, **options
            As for `export`.
        """
        return self.export(path, "csv", **options)

    def to_parquet(self, path: str | os.PathLike[str], **options: Any) -> Manifest:
        """Write a Parquet file.

        Parameters
        ----------
        path, **options
            As for `export`.
        """
        return self.export(path, "parquet", **options)

    def to_jsonl(self, path: str | os.PathLike[str], **options: Any) -> Manifest:
        """Write JSON Lines: one object per line.

        Parameters
        ----------
        path, **options
            As for `export`.
        """
        return self.export(path, "jsonl", **options)

    def to_excel(self, path: str | os.PathLike[str], **options: Any) -> Manifest:
        """Write an Excel workbook; see `kloudless_data.write_excel`.

        Parameters
        ----------
        path, **options
            As for `export`.
        """
        return self.export(path, "xlsx", **options)
