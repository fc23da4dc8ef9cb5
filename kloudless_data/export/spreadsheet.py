r"""Neutralise texts in CSV that a spreadsheet would run as a formula, and restore them.

Such a text begins with ``=``, ``+``, ``-``, ``@`` or their full-width forms, possibly after spaces,
line ends, zero-width characters or byte order marks, or with a tab or a line end (OWASP, "CSV
Injection"). It gets a leading apostrophe.

A spreadsheet that expects another separator than the file's splits cells there, and ends rows at
line ends inside cells (Excel takes the separator from the computer's settings). The text after
``;``, a tab or a line end is therefore treated like the beginning of a cell, as is the text after a
comma if the file has another separator.

A text that already looks neutralised gets another apostrophe, so that `restore_formulas` returns
the exact original::

    =1+1        '=1+1
    '=1+1       ''=1+1
    a;=1+1      a;'=1+1
    'tis        'tis
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "is_formula",
    "neutralise_formulas",
    "neutralised",
    "restore_formulas",
    "restored",
]

#: Texts that are searched at once are copied together.
_MOST_BYTES = 2**24
_TRIGGERS = "=+@\\-＝＋－＠"


def _ranges(*pairs: tuple[int, int]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in pairs)


# Invisible characters: Unicode's categories Cc, Cf, Zs, Zl and Zp, and some fillers.
# Arrow's regular expressions know the categories, Python's do not; both understand this.
_OTHERS = "\u034f\u061c\u1680\u180e\u2800\u3000\u3164\ufeff\uffa0" + _ranges(
    (0x7F, 0xA0), (0xAD, 0xAD), (0x115F, 0x1160), (0x2000, 0x200F), (0x2028, 0x202F),
    (0x205F, 0x206F), (0xFE00, 0xFE0F), (0xFFF9, 0xFFFB), (0xE0000, 0xE007F),
)  # fmt: skip
_INVISIBLE = rf"[\x00-\x20{_OTHERS}]"
_INVISIBLE_INSIDE = rf"[\x00-\x08\x0b\x0c\x0e-\x20{_OTHERS}]"  # except tab and line ends


@dataclass(frozen=True)
class _Patterns:
    """Patterns of texts to neutralise, and of neutralised ones."""

    risky: str
    restorable: str
    inside: re.Pattern[str]
    restorable_inside: re.Pattern[str]


@lru_cache
def _patterns(separator: str) -> _Patterns:
    splits = r"[;\t\n\r]" if separator == "," else r"[,;\t\n\r]"
    begins = rf"(?:{_INVISIBLE}*[{_TRIGGERS}]|[\t\n\r])"
    follows = rf"{_INVISIBLE_INSIDE}*[{_TRIGGERS}]"
    return _Patterns(
        risky=rf"\A'*{begins}|{splits}'*{follows}",
        restorable=rf"\A'+{begins}|{splits}'+{follows}",
        inside=re.compile(rf"({splits})(?='*{follows})"),
        restorable_inside=re.compile(rf"({splits})'(?='*{follows})"),
    )


_HEAD = re.compile(rf"('*)({_INVISIBLE}*)([{_TRIGGERS}]?)")


def _split(text: str) -> tuple[int, bool]:
    """Return the length of the prefix before the first letter, and whether it is risky."""
    quotes, invisible, trigger = _HEAD.match(text).groups()  # type: ignore[union-attr]
    risky = bool(trigger) or invisible.startswith(("\t", "\n", "\r"))
    return len(quotes) + len(invisible), risky


def _neutralised(text: str, patterns: _Patterns) -> str:
    head, risky = _split(text)
    return "'" * risky + text[:head] + patterns.inside.sub(r"\1'", text[head:])


def _restored(text: str, patterns: _Patterns) -> str:
    head, risky = _split(text)
    without = 1 if risky and text.startswith("'") else 0
    return text[without:head] + patterns.restorable_inside.sub(r"\1", text[head:])


def neutralised(text: str) -> str:
    """Return one text of a file with commas as `neutralise_formulas` writes it.

    Examples
    --------
    >>> neutralised("=1+1"), restored(neutralised("=1+1"))
    ("'=1+1", '=1+1')
    """
    patterns = _patterns(",")
    return _neutralised(text, patterns) if re.search(patterns.risky, text) else text


def restored(text: str) -> str:
    """Return one text as it was before `neutralised`."""
    patterns = _patterns(",")
    return _restored(text, patterns) if re.search(patterns.restorable, text) else text


def is_formula(column: pa.Array) -> pa.Array:
    """Return for each text whether a spreadsheet could run it or a part of it.

    Parameters
    ----------
    column : pyarrow.Array
        Strings.

    Returns
    -------
    pyarrow.BooleanArray
    """
    import pyarrow.compute as pc

    return pc.match_substring_regex(column, _patterns(",").risky)


def neutralise_formulas(batch: pa.RecordBatch, separator: str = ",") -> pa.RecordBatch:
    """Put an apostrophe before every text that a spreadsheet would run as a formula.

    This includes the columns' names: those of an inferred schema come from the server.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    separator : str
        The character between cells.

    Returns
    -------
    pyarrow.RecordBatch
        With categories as strings, and otherwise the same.

    Examples
    --------
    >>> import pyarrow as pa
    >>> batch = pa.record_batch({"name": ["=1+1", "plan.xlsx", None], "@size": [1, 2, 3]})
    >>> neutralise_formulas(batch).to_pydict()
    {'name': ["'=1+1", 'plan.xlsx', None], "'@size": [1, 2, 3]}
    """
    return _changed(batch, _patterns(separator), _patterns(separator).risky, _neutralised)


def restore_formulas(batch: pa.RecordBatch, separator: str = ",") -> pa.RecordBatch:
    """Return the texts as they were before `neutralise_formulas`.

    Parameters
    ----------
    batch, separator
        As for `neutralise_formulas`.

    Returns
    -------
    pyarrow.RecordBatch

    Examples
    --------
    >>> import pyarrow as pa
    >>> batch = pa.record_batch({"name": ["'=1+1", "'tis", "''=1"]})
    >>> restore_formulas(batch).to_pydict()
    {'name': ['=1+1', "'tis", "'=1"]}
    """
    return _changed(batch, _patterns(separator), _patterns(separator).restorable, _restored)


def _changed(
    batch: pa.RecordBatch,
    patterns: _Patterns,
    concerned: str,
    change: Callable[[str, _Patterns], str],
) -> pa.RecordBatch:
    """Change the names and texts that match a pattern."""
    import pyarrow as pa

    names = _changed_names(tuple(batch.schema.names), patterns, change)
    columns = [
        # a pandas category
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    for number, found in _matching(columns, concerned):
        columns[number] = _changed_column(columns[number], found, patterns, change)
    return pa.RecordBatch.from_arrays(columns, names=names)


@lru_cache(maxsize=16)
def _changed_names(
    names: tuple[str, ...], patterns: _Patterns, change: Callable[[str, _Patterns], str]
) -> list[str]:
    return [change(name, patterns) for name in names]


def _matching(columns: list[pa.Array], concerned: str) -> Iterator[tuple[int, pa.Array]]:
    """Yield the numbers of the columns with texts that match a pattern, and which texts do.

    Many columns are searched at once: to compile the pattern takes as long as to search some
    hundred cells.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    for numbers in _of_one_type(columns):
        found = pc.match_substring_regex(pa.concat_arrays([columns[n] for n in numbers]), concerned)
        if not pc.any(found).as_py():
            continue
        begin = 0
        for number in numbers:
            mine = found.slice(begin, len(columns[number]))
            begin += len(mine)
            if pc.any(mine).as_py():
                yield number, mine


def _of_one_type(columns: list[pa.Array]) -> Iterator[list[int]]:
    """Yield the numbers of text columns of one type, which together are not too large."""
    import pyarrow as pa

    # A DataFrame's texts are large strings, an event stream's are strings.
    for type_ in (pa.string(), pa.large_string()):
        numbers: list[int] = []
        size = 0
        for number, column in enumerate(columns):
            if column.type != type_:
                continue
            if numbers and size + column.nbytes > _MOST_BYTES:
                yield numbers
                numbers, size = [], 0
            numbers.append(number)
            size += column.nbytes
        if numbers:
            yield numbers


def _changed_column(
    column: pa.Array, found: pa.Array, patterns: _Patterns, change: Callable[[str, _Patterns], str]
) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [change(text, patterns) for text in column.filter(found).to_pylist()]
    return pc.replace_with_mask(column, pc.fill_null(found, False), pa.array(texts, column.type))
