"""Rows as CSV, Parquet, JSON Lines and Excel: one file or a folder of files, with a manifest."""

from .api import FORMATS, export, export_batches, export_frame

__all__ = ["FORMATS", "export", "export_batches", "export_frame"]
