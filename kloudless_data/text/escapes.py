"""Undo the escapes in text, and keep track of where each character was."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["View", "views"]


class View:
    """Text whose escapes are resolved, and where its characters were before.

    Attributes
    ----------
    text : str
    places : list of int or None
        The position of each character in the original text, and its end. None if it is that text.
    """

    def __init__(self, text: str, places: list[int] | None = None) -> None:
        self.text = text
        self.places = places

    def at(self, position: int) -> int:
        """Return the position in the original text."""
        return position if self.places is None else self.places[position]

    def resolved(self) -> View | None:
        """Return the text with its escapes resolved once; None if it has none."""
        parts: list[str] = []
        places: list[int] = []
        done = 0
        for match in _ESCAPE.finditer(self.text):
            character = _unescaped(match)
            parts += [self.text[done : match.start()], character]
            places += map(self.at, range(done, match.start()))
            places += [self.at(match.start())] * len(character)
            done = match.end()
        if not done:
            return None
        places += map(self.at, range(done, len(self.text) + 1))
        return View("".join(parts) + self.text[done:], places)


# Percent-encoding, escapes of JSON, Python and HTML, and a line that was wrapped.
_ESCAPE = re.compile(
    r"(?:%|\\u00|\\x|&#x0{0,4})(?P<hex>[0-9a-f]{2});?|&#0{0,4}(?P<decimal>[0-9]{2,3});"
    r"|&(?P<name>amp|lt|gt|quot|apos);|\\(?P<plain>[/\"'\\])|=?(?:[\r\n]|\\[rn])+[ \t]*",
    re.IGNORECASE,
)
_NAMES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
# Each proxy or template on the way may have escaped the text once more.
_MOST_ESCAPED = 4


def _unescaped(match: re.Match[str]) -> str:
    if match["hex"]:
        return chr(int(match["hex"], 16))
    if match["decimal"]:
        return chr(int(match["decimal"]))
    return _NAMES[match["name"].lower()] if match["name"] else match["plain"] or ""


def views(text: str) -> Iterator[View]:
    """Yield a text as it stands, and with its escapes resolved once, twice, up to four times.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> [view.text for view in views("a%252Fb")]
    ['a%252Fb', 'a%2Fb', 'a/b']
    """
    view: View | None = View(text)
    for _ in range(_MOST_ESCAPED + 1):
        if view is None:
            return
        yield view
        view = view.resolved()
