"""Each object type of the API as typed columns."""

from .columns import SCHEMAS, Column, Schema, events_schema, infer_schema, schema_for

__all__ = ["SCHEMAS", "Column", "Schema", "events_schema", "infer_schema", "schema_for"]
