"""The form of `settings`."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets

from ..config import configuration
from .panel import Panel, field, message, notice, row
from .setting import SETTINGS, Setting, apply, example_html

__all__ = ["SettingsForm"]

_NOTE = (
    "A change applies to accounts and clients created from now on. Existing ones stay "
    "unchanged, and a login session keeps its server."
)


class SettingsForm(Panel):
    """One line per setting, with space for the reason if a value is rejected.

    Attributes
    ----------
    inputs : dict of str to ipywidgets.Widget
        The input for each setting, by key.
    """

    def __init__(self) -> None:
        self.inputs: dict[str, Any] = {}
        self._refusals: dict[str, Any] = {}
        self._request = ipywidgets.HTML()
        self._reset = ipywidgets.Button(
            description="Back to the defaults",
            tooltip="Values from the environment, else the package's defaults",
            layout={"width": "auto", "align_self": "flex-start"},
        )
        self._reset.on_click(lambda _: self._back())
        self._filling = False
        lines = [self._line(setting) for setting in SETTINGS]
        super().__init__(
            "Settings",
            [
                ipywidgets.HTML(f'<div class="kd-note">{html.escape(_NOTE)}</div>'),
                *lines,
                ipywidgets.HTML('<div class="kd-note">What a request would look like:</div>'),
                self._request,
                self._reset,
            ],
        )
        self._fill()

    def _line(self, setting: Setting) -> Any:
        # A text is applied once it is complete: on Enter, or when the focus leaves.
        entry = field(
            ipywidgets.Dropdown(
                options=[label for label, _ in setting.choices], description=setting.label
            )
            if setting.choices
            else ipywidgets.Text(description=setting.label, continuous_update=False)
        )
        entry.layout.max_width = "420px"
        entry.layout.flex = "1 1 280px"
        self.inputs[setting.key], self._refusals[setting.key] = entry, message()
        entry.observe(lambda change: self._changed(setting, change["new"]), "value")
        about = ipywidgets.HTML(
            f'<div class="kd-note">{html.escape(setting.affects)}</div>',
            layout={"flex": "1 1 240px", "margin": "0 0 0 8px"},
        )
        line = row(entry, about)
        return ipywidgets.VBox([line, self._refusals[setting.key]])

    def _changed(self, setting: Setting, value: Any) -> None:
        if self._filling:
            return
        refused = apply(setting, value)
        self._refusals[setting.key].value = (
            notice(refused, "Not changed", "error") if refused else ""
        )
        if not refused:
            self._fill(setting.key)

    def _fill(self, only: str = "") -> None:
        """Show the values as the configuration normalises them: 60 for 60.0, and so on."""
        self._filling = True
        try:
            for setting in SETTINGS:
                if only in ("", setting.key):
                    self.inputs[setting.key].value = setting.shown(configuration[setting.key])
        finally:
            self._filling = False
        self._request.value = example_html()

    def _back(self) -> None:
        for setting in SETTINGS:
            del configuration[setting.key]
            self._refusals[setting.key].value = ""
        self._fill()
