"""Read the tables of words, which have lines of ``label: word, word``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

__all__ = ["key_of", "labelled", "lines_of"]

_PUNCTUATION = re.compile(r"[\W_]+")


def key_of(word: str) -> str:
    """Return a word's look-up key: without case and punctuation.

    Examples
    --------
    >>> key_of("Add user."), key_of("ADD_USER"), key_of("New-InboxRule")
    ('adduser', 'adduser', 'newinboxrule')
    """
    return _PUNCTUATION.sub("", word.casefold())


def lines_of(name: str) -> list[str]:
    """Return the lines of a table, without comments (``#``), joining indented lines to the last."""
    text = (files(__package__) / "data" / f"{name}.txt").read_text(encoding="utf-8")
    lines: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] in " \t" and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    return lines


def labelled(name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the label and the words of each line ``label: word, word``."""
    for line in lines_of(name):
        label, _, words = line.partition(":")
        yield label.strip(), [word.strip() for word in words.split(",") if word.strip()]
