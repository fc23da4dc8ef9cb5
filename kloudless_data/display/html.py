"""Show objects in a notebook: small HTML without scripts, styles or secrets.

JupyterLab styles plain tables by its theme, so they need no styles of their own.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from ..util import shown

__all__ = ["card", "escape", "table"]

_LONGEST = 200


def escape(value: object, longest: int = _LONGEST) -> str:
    r"""Return text from a server as HTML: escaped, on one line, truncated.

    Parameters
    ----------
    value : object
        Any object; its text is shown.
    longest : int, optional
        Characters to keep.

    Examples
    --------
    >>> escape("<b>\x1b[2J")
    '&lt;b&gt;\\x1b[2J'
    """
    text = shown(value)
    return html.escape(text if len(text) <= longest else text[: longest - 1] + "…")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return an HTML table; None becomes an empty cell.

    Parameters
    ----------
    header : sequence of str
        The columns' titles.
    rows : iterable of sequence
        The cells of each row, as many as titles.

    Examples
    --------
    >>> "<tr><td>&lt;i&gt;</td><td></td></tr>" in table(["name", "size"], [["<i>", None]])
    True
    """
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{'' if v is None else escape(v)}</td>" for v in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def card(
    title: str,
    facts: Iterable[tuple[str, object]],
    *,
    name: object = "",
    preview: str = "",
    note: str = "",
) -> str:
    """Return an object's summary as HTML.

    Parameters
    ----------
    title : str
        The kind of object.
    facts : iterable of (str, object)
        Facts by name; None values are left out.
    name : object
        The object's name or id.
    preview : str
        HTML that shows its contents; see `table`.
    note : str
        What to do with it.

    Returns
    -------
    str

    Examples
    --------
    >>> card("Account", [("Token", None)], name="<me>")
    '<div><p><strong>Account</strong> &lt;me&gt;</p></div>'
    """
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(key)}</th>'
        f'<td style="text-align:left;overflow-wrap:anywhere">{escape(value)}</td></tr>'
        for key, value in facts
        if value is not None
    )
    parts = [f"<p><strong>{escape(title)}</strong> {escape(name)}</p>"]
    parts += [f"<table><tbody>{rows}</tbody></table>"] if rows else []
    parts += [preview] if preview else []
    parts += [f"<p>{escape(note)}</p>"] if note else []
    return f"<div>{''.join(parts)}</div>"
