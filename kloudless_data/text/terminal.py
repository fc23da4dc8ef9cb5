"""Make text from a server safe to display."""

from __future__ import annotations

import re

__all__ = ["bounded", "is_text", "json_for_terminal", "one_line"]

# C0 and C1 controls, line and paragraph separators, and bidi or invisible characters.
_UNSAFE = (
    r"\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
    r"\U000e0000-\U000e007f"
)
_CONTROLS = re.compile(f"[{_UNSAFE}]")
_LONGEST = 300


def one_line(text: str) -> str:
    r"""Return a server's text on one line, without control characters.

    Escape sequences in a file name could otherwise repaint the terminal, and characters that
    reorder text could make one name look like another.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Each such character is escaped as in a Python string.

    Examples
    --------
    >>> one_line("a\x1b[2Jb\n")
    'a\\x1b[2Jb\\n'
    """
    return _CONTROLS.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def json_for_terminal(text: str, encoding: str = "utf-8") -> str:
    r"""Return equivalent JSON text that cannot control a terminal.

    Parameters
    ----------
    text : str
        Valid JSON, in which control characters occur only inside strings.
    encoding : str
        The terminal's encoding; characters that it lacks are escaped too.

    Returns
    -------
    str
        Line feeds between members are kept.

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
    """Return text on one line, truncated to a length.

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
    # The part that is cut off need not be examined.
    shown = one_line(" ".join(text[: 4 * longest].split()))
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def is_text(value: str) -> bool:
    r"""Return True if UTF-8 can encode the text; a JSON string need not be encodable.

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
