"""A password field whose value is never part of a widget's state.

An ipywidgets ``Password`` mirrors the typed text into its model, which JupyterLab can write into
the notebook file ("Save Widget State Automatically"). This field keeps the text in the page's input
element, sends it once, as a message, and clears the element.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

__all__ = ["SecretField"]

_HERE = Path(__file__).parent


class SecretField(anywidget.AnyWidget):
    """A password field with its button.

    Parameters
    ----------
    label, button : str
    on_submit : callable
        Called with the typed text, which it must not keep in any widget.
    """

    _esm = (_HERE / "secret.js").read_text(encoding="utf-8")
    _css = (_HERE / "secret.css").read_text(encoding="utf-8")
    label = traitlets.Unicode().tag(sync=True)
    button = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(self, label: str, button: str, on_submit: Callable[[str], None]) -> None:
        super().__init__(label=label, button=button)
        self._on_submit = on_submit
        self.on_msg(self._received)

    def _received(self, widget: Any, content: Any, buffers: Any) -> None:
        secret = content.get("secret") if isinstance(content, dict) else None
        if not isinstance(secret, str) or self.busy:
            return
        self.busy = True
        try:
            self._on_submit(secret)
        finally:
            self.busy = False
