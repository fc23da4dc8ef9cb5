"""Each object type of the API as typed columns."""

from .columns import SCHEMAS, events_schema
from .infer import infer_schema
from .lookup import schema_for
from .model import Column, Schema

__all__ = ["SCHEMAS", "Column", "Schema", "events_schema", "infer_schema", "schema_for"]
