"""Reviewers' marks: findings they dismissed, and behaviour they accept."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter
from ..export.spreadsheet import neutralised, restored
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage, not_written, reason
from ..text.files import read_small

if TYPE_CHECKING:
    from .findings import Finding

__all__ = ["Mark", "mark_of", "read_marks", "unmatched", "write_marks"]


@dataclass(frozen=True)
class Mark:
    """A reviewer's verdict on one finding, or on all findings of a kind.

    Attributes
    ----------
    reason : str
        Why it is nothing to worry about.
    by : str
        The reviewer.
    id : str
        The finding's id. If blank, the mark accepts every finding that the next three match.
    rule, person, account : str
        The findings to match; blank matches any. `rule` does not cover a finding that another rule
        also saw.
    on, until : str
        ISO dates: the day of the decision, and the last day on which it holds.
    """

    reason: str
    by: str
    id: str = ""
    rule: str = ""
    person: str = ""
    account: str = ""
    on: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.by.strip():
            raise InvalidParameter("A mark needs a reason, and its author (by).")
        for name in ("on", "until"):
            if text := getattr(self, name):
                try:
                    date.fromisoformat(text)
                except ValueError:
                    raise InvalidParameter(
                        f"{name} must be a date such as 2026-03-31, not {text!r}."
                    ) from None
        if self.on and self.until and date.fromisoformat(self.on) > date.fromisoformat(self.until):
            raise InvalidParameter(f"until ({self.until}) is before on ({self.on}).")

    def covers(self, finding: Finding) -> bool:
        """Return True if this mark dismisses a finding."""
        if self.until and finding.start >= _end_of(self.until):
            return False
        if self.id:
            return self.id == finding.id
        rules = {self.rule} if self.rule else set(finding.rules)
        return (
            set(finding.rules) <= rules
            and self.person.lower() in ("", (finding.person or "").lower())
            and self.account in ("", finding.account)
        )

    @property
    def matches(self) -> str:
        """Return what it matches, such as ``"id 1f0c2d3e4a5b, until 2026-12-31"``."""
        given = (("id",) if self.id else ("rule", "person", "account")) + ("until",)
        return ", ".join(f"{name} {getattr(self, name)}" for name in given if getattr(self, name))

    @property
    def sentence(self) -> str:
        """Return the reason, with its author and date."""
        when = f", {self.on}" if self.on else ""
        return f"{self.reason} ({self.by}{when})"


def _end_of(day: str) -> datetime:
    found = date.fromisoformat(day)
    return datetime(found.year, found.month, found.day, 23, 59, 59, 999999, tzinfo=UTC)


_NAMES = tuple(one.name for one in fields(Mark))


def read_marks(path: str | os.PathLike[str] | Sequence[Mark] | None) -> list[Mark]:
    """Read reviewers' marks.

    Parameters
    ----------
    path : str, path, sequence of Mark, or None
        A CSV file with the columns ``id``, ``reason``, ``by`` and, optionally, ``rule``,
        ``person``, ``account``, ``on``, ``until``; or a JSON file of a list of such objects.

    Returns
    -------
    list of Mark

    Raises
    ------
    InvalidParameter
        The file cannot be read, or an entry lacks a reason, a reviewer, or the findings it means.
    """
    if path is None:
        return []
    if not isinstance(path, (str, os.PathLike)):
        return list(path)
    name = os.fspath(path)
    try:
        text = read_small(name, "utf-8-sig")
        rows = (
            json.loads(text)
            if name.endswith(".json")
            else _restored(csv.DictReader(io.StringIO(text, newline="")))
        )
        return [_mark(number, row) for number, row in enumerate(rows, 1)]
    except FileNotFoundError:
        raise InvalidParameter(
            f"There is no file {name}. Check the name; `audit dismiss --file` makes such a file."
        ) from None
    except (OSError, ValueError, AttributeError, TypeError, csv.Error) as error:
        why = reason(error) if isinstance(error, OSError) else str(error).rstrip(".")
        raise InvalidParameter(
            f"{name} cannot be read as reviewers' marks: {why}. Pass a CSV file with the columns "
            f"{', '.join(_NAMES)}."
        ) from None


def _restored(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows as they were before `write_marks` made them safe for a spreadsheet."""
    return [{key: restored(value) if isinstance(value, str) else value
             for key, value in row.items()} for row in rows]  # fmt: skip


def _mark(number: int, row: Any) -> Mark:
    values = {key: str(row.get(key) or "").strip() for key in _NAMES}
    if not any(values[key] for key in ("id", "rule", "person", "account")):
        raise InvalidParameter(f"entry {number} names no finding: give its id, or a rule.")
    try:
        return Mark(**values)
    except InvalidParameter as error:
        raise InvalidParameter(f"entry {number}: {error}") from None


def write_marks(path: str | os.PathLike[str], marks: Iterable[Mark]) -> None:
    """Write marks to a CSV file, atomically.

    Parameters
    ----------
    path : str or path
        A file or URL; an existing one is replaced.
    marks : iterable of Mark
        One row each, in this order. Cells that a spreadsheet would run get a leading apostrophe,
        which `read_marks` removes.

    Raises
    ------
    ExportFailed
        The file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_NAMES)
    writer.writerows([neutralised(getattr(mark, name)) for name in _NAMES] for mark in marks)
    storage, inner = Storage.of(path)
    try:
        with AtomicFile(storage, inner) as file:
            # A lone surrogate, which JSON may have, cannot be written to a file.
            file.write(text.getvalue().encode(errors="backslashreplace"))
    except OSError as error:
        raise not_written(path, error) from None


def mark_of(finding: Finding, marks: Iterable[Mark]) -> Mark | None:
    """Return the first mark that covers a finding, if any.

    Parameters
    ----------
    finding : Finding
    marks : iterable of Mark
        Tried in order.
    """
    return next((mark for mark in marks if mark.covers(finding)), None)


def unmatched(marks: Iterable[Mark], findings: Sequence[Finding]) -> list[Mark]:
    """Return the marks that cover no finding: mistyped, expired, or of another period.

    Parameters
    ----------
    marks : iterable of Mark
    findings : sequence of Finding
    """
    return [mark for mark in marks if not any(map(mark.covers, findings))]
