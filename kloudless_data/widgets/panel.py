"""What the forms look like, and how they say things."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

import ipywidgets

from .where import current_cell

__all__ = ["Panel", "field", "message", "notice", "row"]

# JupyterLab's own variables, so that the forms are light or dark as the rest of the page is. The
# fallbacks are for other frontends.
_STYLE = """<style>
.kd-panel { max-width: 860px; padding: 12px 16px 14px; margin: 4px 0;
  border: 1px solid var(--jp-border-color2, #d0d0d0); border-radius: 4px;
  background: var(--jp-layout-color1, #fff); color: var(--jp-ui-font-color1, #222); }
.kd-panel .kd-title { font-size: 16px; font-weight: 600; line-height: 1.4; }
.kd-panel .kd-note, .kd-panel .kd-note * { color: var(--jp-ui-font-color1, #333);
  line-height: 1.45; white-space: normal; }
.kd-panel .kd-notice { padding: 7px 12px; margin: 4px 0; line-height: 1.45; white-space: normal;
  border-left: 4px solid var(--jp-border-color0, #888); background: var(--jp-layout-color2, #eee);
  color: var(--jp-ui-font-color0, #111); overflow-wrap: anywhere; }
.kd-panel .kd-error { border-left-color: var(--jp-error-color1, #d32f2f); }
.kd-panel .kd-good { border-left-color: var(--jp-success-color1, #388e3c); }
.kd-panel table.kd-facts, .kd-panel table.kd-rows { border-collapse: collapse; line-height: 1.4;
  color: var(--jp-ui-font-color1, #222); font-size: 13px; }
.kd-panel table.kd-facts th { text-align: left; font-weight: 600; padding: 2px 18px 2px 0;
  vertical-align: top; white-space: nowrap; }
.kd-panel table.kd-facts td { padding: 2px 0; overflow-wrap: anywhere; }
.kd-panel table.kd-rows { width: 100%; table-layout: fixed; }
.kd-panel table.kd-rows th { text-align: left; font-weight: 600; padding: 4px 8px 4px 0;
  border-bottom: 1px solid var(--jp-border-color1, #999); }
.kd-panel table.kd-rows td { padding: 3px 8px 3px 0; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; border-bottom: 1px solid var(--jp-border-color3, #e0e0e0); }
.kd-panel table.kd-rows .kd-number { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; }
.kd-panel pre.kd-code { font-family: var(--jp-code-font-family, monospace); font-size: 12.5px;
  line-height: 1.45; padding: 8px 12px; margin: 4px 0; white-space: pre-wrap;
  overflow-wrap: anywhere; background: var(--jp-layout-color2, #f3f3f3);
  color: var(--jp-ui-font-color0, #111); }
.kd-panel .kd-mono select { font-family: var(--jp-code-font-family, monospace); font-size: 12.5px;
  line-height: 1.5; }
.kd-panel :focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2);
  outline-offset: 1px; }
.kd-panel input::placeholder { color: var(--jp-ui-font-color2, #666); opacity: 1; }
.kd-panel svg.kd-chart { display: block; width: 100%; height: auto; }
.kd-panel svg.kd-chart text { fill: var(--jp-ui-font-color1, #333); font-size: 11px;
  font-family: var(--jp-ui-font-family, sans-serif); }
.kd-panel svg.kd-chart line { stroke: var(--jp-border-color2, #ccc); }
.kd-panel svg.kd-chart rect { fill: var(--jp-brand-color1, #1976d2); }
</style>"""


class Panel(ipywidgets.VBox):  # type: ignore[misc]
    """A form with a frame and a title.

    Parameters
    ----------
    title : str
        Escaped.
    children : iterable of ipywidgets.Widget
    """

    def __init__(self, title: str, children: Iterable[Any]) -> None:
        self._title = title
        self._shown_in: int | None = None
        style = ipywidgets.HTML(_STYLE, layout={"display": "none"})
        heading = ipywidgets.HTML(f'<div class="kd-title">{html.escape(title)}</div>')
        super().__init__([style, heading, *children])
        self.add_class("kd-panel")

    def _ipython_display_(self) -> None:
        """Show it once a cell: not again where a cell ends with what has shown it."""
        from IPython.display import display

        cell = current_cell()
        if cell is None or cell != self._shown_in:
            self._shown_in = cell
            display(self._repr_mimebundle_(), raw=True)  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        """Say what it is. The output keeps this text, so it shows no widget's value."""
        return f"<{self._title}: a form, shown where the kernel runs>"


def field(widget: Any, width: str = "132px") -> Any:
    """Give an input with a description the common layout."""
    widget.style.description_width = width
    widget.layout.width = "auto"
    widget.layout.max_width = "640px"
    return widget


def row(*children: Any) -> Any:
    """Put widgets beside each other, or below where there is no room."""
    return ipywidgets.HBox(
        list(children), layout={"flex_flow": "row wrap", "align_items": "center", "grid_gap": "4px"}
    )


def message() -> Any:
    """Return an empty place for `notice`."""
    return ipywidgets.HTML(layout={"margin": "2px"})


def notice(text: str, headline: str = "", kind: str = "") -> str:
    """Return something to say to the user, as HTML that screen readers announce.

    Parameters
    ----------
    text, headline : str
        Escaped.
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
