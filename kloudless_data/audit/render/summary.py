"""The sentences of a report's first page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...schema.words import ASSUMED
from ...text.counts import count
from ..account_time import STATES, shares_of
from ..document import Document
from ..profile import EXACT
from ..wording import share_of
from .text import service_name

__all__ = [
    "completeness_sentence",
    "empty_sentence",
    "files_of",
    "left_out_sentence",
    "listed_sentence",
    "misdated_sentence",
    "repeated_sentence",
    "summary_sentence",
    "understanding_sentence",
]

#: What tables list, of which there is only one.
_ONE = {
    "accounts": "account", "people": "person", "people and programs": "person or program",
    "files": "file", "files, about": "file", "networks": "network",
}  # fmt: skip


def listed_sentence(shown: int, total: int, what: str) -> str:
    """Say what a table lists: everything, or the busiest of a number.

    Parameters
    ----------
    shown : int
        The number of different people, files or the like in the table; events that name none, and
        one in several accounts, have rows of their own.
    total : int
        The number of all of them.
    what : str
        The plural noun for the rows.

    Examples
    --------
    >>> listed_sentence(30, 62, "people"), listed_sentence(5, 5, "people")
    ('The busiest 30 of 62 people', 'All 5 people')
    >>> listed_sentence(1, 1, "accounts")
    'The only account'
    """
    if shown < total:
        return f"The busiest {shown:,} of {total:,} {what}"
    if shown == 1:
        return f"The only {_ONE.get(what, what.partition(',')[0])}"
    return f"All {shown:,} {what}" if shown else f"No {what.partition(',')[0]}"


def files_of(totals: Mapping[str, Any]) -> str:
    """Return the plural noun for files, and whether their number is an approximation.

    Parameters
    ----------
    totals : mapping
        `Profile.summary`.
    """
    return "files" if totals["events"] <= EXACT else "files, about"


def empty_sentence(report: Document) -> str:
    """Say what it means that there are no events; return a blank if there are some."""
    if report.profile.summary["events"]:
        return ""
    return (
        "There are no events of this time in the input. Completeness says whether nothing "
        "happened or nothing was read."
    )


def summary_sentence(report: Document) -> str:
    """Sum up the audit in a sentence or two."""
    counts, found = report.counts, report.profile.summary
    if not found["events"] and not sum(counts.values()):
        return "There was nothing to examine."
    serious = counts["high"] + counts["medium"]
    people = count(found["people"], "person or program", "people and programs")
    who = f"{people} in {count(found['accounts'], 'account')}"
    verb = "was" if found["events"] == 1 else "were"
    what = f"{count(found['events'], 'event')} of {who} {verb} examined"
    if not serious:
        return f"{what}. Nothing of medium or high severity stands out."
    high = counts["high"] or "none"
    if serious == 1:
        return (
            f"{what}. 1 finding stands out, of {'high' if counts['high'] else 'medium'} severity."
        )
    return f"{what}. {serious:,} findings stand out, {high} of them of high severity."


def completeness_sentence(report: Document) -> str:
    """Say how much of the accounts' time is covered, and what was left out."""
    said = (
        _covered(report), left_out_sentence(report.left_out), repeated_sentence(report.repeated),
        misdated_sentence(report.misdated),
    )  # fmt: skip
    return " ".join(filter(None, said))


def repeated_sentence(repeated: int) -> str:
    """Say how many rows were there before; return a blank if none.

    Examples
    --------
    >>> repeated_sentence(1204), repeated_sentence(0)
    ('1,204 rows were repeated; each event counts once.', '')
    """
    rows = count(repeated, "row was", "rows were")
    return f"{rows} repeated; each event counts once." if repeated else ""


def misdated_sentence(misdated: Sequence[Mapping[str, Any]]) -> str:
    """Say which events have dates that cannot be right; return a blank if none has.

    Parameters
    ----------
    misdated : sequence of mapping
        See `Document`.

    Examples
    --------
    >>> day = "2100-01-01"
    >>> misdated_sentence([{"events": 3, "first": day, "last": day, "years": 73.8}])
    '3 events are dated 2100-01-01, 73 years after the others; they are not part of the period.'
    """
    parts = []
    for side, word in ((-1, "before"), (1, "after")):
        some = [one for one in misdated if one["years"] * side > 0]
        if some:
            number = sum(one["events"] for one in some)
            first, last = min(one["first"] for one in some), max(one["last"] for one in some)
            days = first if first == last else f"from {first} to {last}"
            years = int(min(abs(one["years"]) for one in some))
            parts.append(
                f"{count(number, 'event is', 'events are')} dated {days}, {years} years "
                f"{'or more ' if len(some) > 1 else ''}{word} the others"
            )
    if not parts:
        return ""
    one = sum(one["events"] for one in misdated) == 1
    return f"{', and '.join(parts)}; {'it is' if one else 'they are'} not part of the period."


def left_out_sentence(left_out: Mapping[str, int]) -> str:
    """Say what imports of logs left out; return a blank if nothing.

    Parameters
    ----------
    left_out : mapping of str to int
        See `Document`.

    Examples
    --------
    >>> left_out_sentence({"damaged": 1, "unreadable": 2})
    'The import left out 1 damaged record and 2 unreadable files, which were not examined.'
    """
    parts = [
        count(left_out[name], noun)
        for name, noun in (
            ("damaged", "damaged record"),
            ("unreadable", "unreadable file"),
            ("unknown", "file without a known log format"),
        )
        if left_out.get(name)
    ]
    if not parts:
        return ""
    listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    which = "which was" if sum(left_out.values()) == 1 else "which were"
    return f"The import left out {listed}, {which} not examined."


def _covered(report: Document) -> str:
    shares = shares_of(report.completeness)
    if not shares:
        return "There is no time to report on."
    if list(shares) == ["unknown"]:
        return (
            "Nothing says whether all events of this time were read: the input has neither a "
            "ledger nor a manifest that covers it. That nothing was found does not mean that "
            "nothing happened."
        )
    parts = [f"{share_of(share)} {state}" for state, share in shares.items() if state in STATES[2:]]
    if not parts:
        rest = "." if any(report.left_out.values()) else ": no event of it should be missing."
        return f"All of the accounts' time is covered{rest}"
    covered = shares.get("covered", 0.0) + shares.get("empty", 0.0)
    return (
        f"{share_of(covered)} of the accounts' time is covered; {', '.join(parts)}. "
        "Where time is not covered, that nothing was found does not mean that nothing happened."
    )


def understanding_sentence(report: Document) -> str:
    """Say what no rule understands, and what rests on an assumption; return a blank if nothing."""
    return " ".join(filter(None, (_not_understood(report), _assumed(report))))


def _not_understood(report: Document) -> str:
    unknown = report.not_understood
    if not unknown or not unknown["events"]:
        return ""
    words = [f"{word} ({events:,})" for word, events in list(unknown["words"].items())[:5]]
    more = len(unknown["words"]) - len(words)
    rest = f" and {count(more, 'more word')}" if more > 0 else ""
    return (
        f"{share_of(unknown['share'])} of the events are of kinds that no rule understands: "
        f"{', '.join(words)}{rest}. They were counted, and not judged."
    )


def _assumed(report: Document) -> str:
    services = sorted(set(report.profile.services["service"].dropna()) & ASSUMED)
    if not services:
        return ""
    return (
        f"What the words of {' and '.join(map(service_name, services))} mean is assumed: no public "
        "list of them was found to check the table against."
    )
