"""Text from a server, made safe for where it is shown."""

from __future__ import annotations

import re

__all__ = ["bounded", "is_text", "json_for_terminal", "one_line"]

# C0 and C1 controls, line and paragraph separators, and what reorders text (bidi) or hides in it.
_UNSAFE = (
    r"\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
    r"\U000e0000-\U000e007f"
)
_CONTROLS = re.compile(f"[{_UNSAFE}]")
_LONGEST = 300


def one_line(text: str) -> str:
    r"""Return text from a server for one line of a log or terminal: no control characters.

    Escape sequences in a file name could otherwise repaint the terminal, and characters that
    reorder text could make one name look like another.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        With each such character written as in a Python string.

    Examples
    --------
    >>> one_line("a\x1b[2Jb\n")
    'a\\x1b[2Jb\\n'
    """
    return _CONTROLS.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def json_for_terminal(text: str, encoding: str = "utf-8") -> str:
    r"""Return JSON text that means the same and cannot steer a terminal.

    Parameters
    ----------
    text : str
        Valid JSON, in which such characters stand only inside strings.
    encoding : str
        The terminal's; what it lacks is escaped too.

    Returns
    -------
    str
        Line feeds between members stay as they are.

    Examples
    --------
    >>> json_for_terminal('{"name": "a\x9b2J"}')
    '{"name": "a\\u009b2J"}'
    """
    text = _CONTROLS.sub(lambda m: m[0] if m[0] in "\n\t" else _json_escape(m), text)
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return re.sub(r"[^\x00-\x7e]", _json_escape, text)
    return text


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def bounded(text: str, longest: int = _LONGEST) -> str:
    """Return text on one line, cut where it is very long.

    Parameters
    ----------
    text : str
    longest : int
        Characters.

    Returns
    -------
    str

    Examples
    --------
    >>> bounded("one  two three", 8)
    'one two…'
    """
    # What is cut away need not be looked at.
    shown = one_line(" ".join(text[: 4 * longest].split()))
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def is_text(value: str) -> bool:
    r"""Tell whether UTF-8 can express a text, which a JSON string need not be.

    Examples
    --------
    >>> is_text("naïve"), is_text("\ud800")
    (True, False)
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
