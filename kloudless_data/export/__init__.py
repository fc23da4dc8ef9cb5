"""Event streams as CSV, Parquet and JSON Lines: one file or a folder of parts, with a manifest."""

from .api import FORMATS, export, export_batches, export_frame

__all__ = ["FORMATS", "export", "export_batches", "export_frame"]
