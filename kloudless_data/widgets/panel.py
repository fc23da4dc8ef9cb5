"""The look of the forms, and their messages."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from ..display.html import card
from .environment import current_cell

__all__ = ["Panel", "field", "message", "notice", "row"]

_HERE = Path(__file__).parent
# A second output, because JupyterLab shows only an error for an output whose widget it cannot find.
# While the page knows the widget, panel.css hides one of the two. The style here hides the errors,
# those of progress bars too; JupyterLab removes it from notebooks that it does not trust.
_LEFT = (
    '<div class="kd-static">{}<style>.jp-OutputArea-child:has(~ .jp-OutputArea-child .kd-static) '
    ".jp-OutputArea-output.jupyter-widgets:not(:has(*)) {{ display: none; }}</style></div>"
)


class _Frame(anywidget.AnyWidget):
    """Turns the surrounding box into a panel: style, name and keys."""

    _esm = (_HERE / "panel.js").read_text(encoding="utf-8")
    _css = (_HERE / "panel.css").read_text(encoding="utf-8")
    title = traitlets.Unicode().tag(sync=True)


class Panel(ipywidgets.VBox):  # type: ignore[misc]
    """A form with a frame and a title.

    Parameters
    ----------
    title : str
        Escaped when shown.
    children : iterable of ipywidgets.Widget
    """

    def __init__(self, title: str, children: Iterable[Any]) -> None:
        self._title = title
        self._shown_in: int | None = None
        frame = _Frame(title=title)
        heading = ipywidgets.HTML(f'<div class="kd-title">{html.escape(title)}</div>')
        super().__init__([frame, heading, *children])
        self.add_class("kd-panel")

    def _ipython_display_(self) -> None:
        """Display once per cell, even if the cell ends with an expression already displayed."""
        from IPython.display import display

        cell = current_cell()
        if cell is None or cell != self._shown_in:
            self._shown_in = cell
            display(self._repr_mimebundle_(), raw=True)  # type: ignore[no-untyped-call]
            left = {"text/html": _LEFT.format(self.static()), "text/plain": ""}
            display(left, raw=True)  # type: ignore[no-untyped-call]

    def static(self) -> str:
        """Return what stays in the notebook when the form's kernel is gone, as HTML.

        It needs no kernel, no script and no widget state.
        """
        return card(self._title, [], note="This form ended with its kernel. Run this cell again.")

    def __repr__(self) -> str:
        """Name the form only: the notebook stores this text, so it contains no widget's value."""
        return f"<{self._title}: a form, shown where the kernel runs>"


def field(widget: Any, width: str = "132px") -> Any:
    """Give a labelled input the common layout.

    Parameters
    ----------
    widget : object
        The input.
    width : str, default "132px"
        The width of its label, in CSS.
    """
    widget.style.description_width = width
    widget.layout.width = "auto"
    widget.layout.max_width = "640px"
    return widget


def row(*children: Any) -> Any:
    """Put widgets side by side, wrapping where necessary."""
    return ipywidgets.HBox(
        list(children), layout={"flex_flow": "row wrap", "align_items": "center", "grid_gap": "4px"}
    )


def message() -> Any:
    """Return an empty placeholder for `notice`."""
    return ipywidgets.HTML(layout={"margin": "2px"})


def notice(text: str, headline: str = "", kind: str = "") -> str:
    """Return a message to the user as HTML that screen readers announce.

    Parameters
    ----------
    text, headline : str
        Escaped when shown.
    kind : {"", "good", "error"}
        Errors interrupt what a screen reader is saying.

    Returns
    -------
    str
    """
    role = "alert" if kind == "error" else "status"
    bold = f"<strong>{html.escape(headline)}.</strong> " if headline else ""
    css = f"kd-notice kd-{kind}" if kind else "kd-notice"
    return f'<div class="{css}" role="{role}">{bold}{html.escape(text)}</div>'
