"""How objects show themselves in a notebook: small HTML without scripts, styles or secrets.

JupyterLab gives plain tables the colours of its theme, so there is nothing to style.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from ..util import shown

__all__ = ["card", "escape", "table"]

_LONGEST = 200


def escape(value: object, longest: int = _LONGEST) -> str:
    r"""Return text from a server as HTML: escaped, one line, cut where it is very long.

    Examples
    --------
    >>> escape("<b>\x1b[2J")
    '&lt;b&gt;\\x1b[2J'
    """
    text = shown(value)
    return html.escape(text if len(text) <= longest else text[: longest - 1] + "…")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; None is an empty cell.

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
    """Return what an object shows of itself.

    Parameters
    ----------
    title : str
        What it is.
    facts : iterable of (str, object)
        What is known, by name; those that are None are left out.
    name : object
        Which one it is.
    preview : str
        HTML that shows what is in it; see `table`.
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
        f'<td style="text-align:left">{escape(value)}</td></tr>'
        for key, value in facts
        if value is not None
    )
    parts = [f"<p><strong>{escape(title)}</strong> {escape(name)}</p>"]
    parts += [f"<table><tbody>{rows}</tbody></table>"] if rows else []
    parts += [preview] if preview else []
    parts += [f"<p>{escape(note)}</p>"] if note else []
    return f"<div>{''.join(parts)}</div>"
