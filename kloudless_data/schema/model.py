"""What a schema is: a flat list of typed columns.

A column's name is the path of its field joined by ``_``:
``metadata.owner.email`` is ``metadata_owner_email``. Unknown fields are not lost:
:mod:`kloudless_data.decode` keeps them as JSON text in the column ``extra``.

A column has one of these kinds:

==========  ==========================  =====================================================
kind        Arrow type                  values that fit
==========  ==========================  =====================================================
id          string                      strings, and integers (their digits)
string      string                      strings
int64       int64                       integers, and strings of canonical digits (``"123"``)
float64     double                      numbers that a double holds exactly as written
bool        bool                        ``true``, ``false``
timestamp   timestamp[us, tz=UTC]       ISO 8601 date and time; seconds and milliseconds since 1970
json        string                      anything, as compact JSON text
==========  ==========================  =====================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EXTRA", "RAW", "Column", "Schema", "schema_of"]

#: Columns that every schema may end with; no field of an object is stored under these names.
EXTRA, RAW = "extra", "raw"


@dataclass(frozen=True)
class Column:
    """One column of a schema.

    Attributes
    ----------
    name : str
        The path joined by ``_``.
    path : tuple of str
        The keys that lead to the field, outermost first.
    kind : str
        ``"id"``, ``"string"``, ``"int64"``, ``"float64"``, ``"bool"``, ``"timestamp"`` or
        ``"json"``.
    """

    name: str
    path: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Schema:
    """The columns of one object type.

    Attributes
    ----------
    name : str
        For example ``"events.v1"`` or ``"accounts"``.
    version : int
        Increases whenever the columns change; written into exported files.
    columns : tuple of Column
        In the order of the frame.
    """

    name: str
    version: int
    columns: tuple[Column, ...]

    def arrow(self, *, raw: bool = False, columns: Sequence[str] | None = None) -> pa.Schema:
        """Return the Arrow schema of a record batch of this type.

        Parameters
        ----------
        raw : bool, default False
            Add the column ``raw``: the upstream service's own object, as JSON text.
        columns : sequence of str, optional
            Only these columns, in this order. ``"raw"`` may be among them without `raw`.

        Returns
        -------
        pyarrow.Schema
            This type's columns, then ``extra`` (string, JSON text), then ``raw`` if requested.

        Raises
        ------
        InvalidParameter
            For an unknown or repeated column, or an empty list.

        Examples
        --------
        >>> from kloudless_data.schema import events_schema
        >>> events_schema(1).arrow(columns=["id", "modified"])
        id: string
        modified: timestamp[us, tz=UTC]
        """
        import pyarrow as pa

        types = {
            "int64": pa.int64(),
            "float64": pa.float64(),
            "bool": pa.bool_(),
            "timestamp": pa.timestamp("us", tz="UTC"),
        }
        fields = {c.name: pa.field(c.name, types.get(c.kind, pa.string())) for c in self.columns}
        fields[EXTRA] = pa.field(EXTRA, pa.string())
        if raw or (columns is not None and RAW in columns):
            fields[RAW] = pa.field(RAW, pa.string())
        if columns is None:
            return pa.schema(list(fields.values()))
        self._check_names(columns, fields)
        return pa.schema([fields[name] for name in columns])

    def _check_names(self, columns: Sequence[str], fields: Mapping[str, Any]) -> None:
        from ..exceptions import InvalidParameter

        unknown = [name for name in column_names(columns) if name not in fields]
        if unknown:
            raise InvalidParameter(
                f"{self.name} has no column {', '.join(map(repr, unknown))}. "
                f"Its columns are: {', '.join(fields)}."
            )
        if len(set(columns)) < len(columns):
            raise InvalidParameter(f"A column is named twice in {list(columns)}.")


def column_names(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names in an argument ``columns``.

    Raises
    ------
    InvalidParameter
        It is no list, or empty.

    Examples
    --------
    >>> column_names(["id", "modified"])
    ('id', 'modified')
    """
    from ..exceptions import InvalidParameter

    if isinstance(columns, str):
        raise InvalidParameter(f"must be a list: [{columns!r}].", parameter="columns")
    if not (names := tuple(columns)):
        raise InvalidParameter("must name at least one column.", parameter="columns")
    return names


def schema_of(name: str, text: str, version: int = 1) -> Schema:
    """Read a schema from text.

    Parameters
    ----------
    name : str
    text : str
        One column per line, ``path.to.field kind``; ``#`` starts a comment.
    version : int, default 1

    Returns
    -------
    Schema

    Examples
    --------
    >>> schema_of("files", "parent.id id  # S").columns[0].name
    'parent_id'
    """
    columns = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words:
            path = tuple(words[0].split("."))
            columns.append(Column("_".join(path), path, words[1]))
    return Schema(name, version, tuple(columns))
