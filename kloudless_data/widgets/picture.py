"""HTML with clickable parts: a chart's bars, a table's headings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

__all__ = ["Picture"]


class Picture(anywidget.AnyWidget):
    """HTML that reports which of its parts was clicked or chosen with the keyboard.

    Parameters
    ----------
    on_pick : callable
        Called with the part's ``data-pick``, which may be anything: the page sends it.

    Attributes
    ----------
    value : str
        HTML with all text from a server escaped.
    """

    _esm = (Path(__file__).parent / "picture.js").read_text(encoding="utf-8")
    value = traitlets.Unicode().tag(sync=True)

    def __init__(self, on_pick: Callable[[str], None]) -> None:
        super().__init__()
        self._on_pick = on_pick
        self.on_msg(self._received)

    def _received(self, widget: Any, content: Any, buffers: Any) -> None:
        picked = content.get("pick") if isinstance(content, dict) else None
        if isinstance(picked, str):
            self._on_pick(picked)
