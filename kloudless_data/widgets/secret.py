"""A password field whose value is never part of a widget's state.

An ipywidgets ``Password`` mirrors what is typed into its model, which JupyterLab can write into
the notebook file ("Save Widget State Automatically"). This field keeps it in the page's input
element, sends it once, as a message, and empties the element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

__all__ = ["SecretField"]

_JAVASCRIPT = """
let count = 0;
function render({ model, el }) {
  const id = `kd-secret-${Date.now()}-${++count}`;
  const form = document.createElement("form");
  form.className = "kd-secret";
  const label = document.createElement("label");
  label.htmlFor = id;
  const input = document.createElement("input");
  Object.assign(input, { id, type: "password", autocomplete: "off", spellcheck: false });
  const button = document.createElement("button");
  button.type = "submit";
  form.append(label, input, button);
  el.append(form);
  const follow = () => {
    label.textContent = model.get("label");
    button.textContent = model.get("busy") ? "Checking …" : model.get("button");
    button.disabled = model.get("busy");
  };
  follow();
  model.on("change", follow);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (model.get("busy")) return;
    const secret = input.value;
    input.value = "";
    model.send({ secret });
  });
  // JupyterLab's shortcuts are for its cells.
  form.addEventListener("keydown", (event) => event.stopPropagation());
  return () => { input.value = ""; };
}
export default { render };
"""
_CSS = """
.kd-secret { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; max-width: 640px;
  margin: 2px; font-size: var(--jp-widgets-font-size, 13px); }
.kd-secret label { width: 132px; text-align: right; box-sizing: border-box;
  color: var(--jp-ui-font-color1, #222); }
.kd-secret input { flex: 1 1 200px; min-width: 0; height: 28px; box-sizing: border-box;
  padding: 4px 8px; font-size: inherit; color: var(--jp-ui-font-color1, #222);
  background: var(--jp-layout-color1, #fff);
  border: 1px solid var(--jp-widgets-input-border-color, #bdbdbd); }
.kd-secret button { height: 28px; padding: 0 16px; font-size: inherit; cursor: pointer;
  border: 0; color: #fff; background: #1565c0; }
.kd-secret button:disabled { cursor: wait; background: #546e7a; }
"""


class SecretField(anywidget.AnyWidget):
    """A password field with its button.

    Parameters
    ----------
    label, button : str
    on_submit : callable
        Called with what was typed, which it must not keep in any widget.
    """

    _esm = _JAVASCRIPT
    _css = _CSS
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
