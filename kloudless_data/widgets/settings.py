"""`settings`: the configuration as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .environment import need_widgets, show

if TYPE_CHECKING:
    from .settings_form import SettingsForm

__all__ = ["settings"]


def settings() -> SettingsForm:
    """Show the configuration as a form: server, version, page size, timeouts, and so on.

    A change applies to `configuration` immediately and affects accounts and clients created
    afterwards; a login session keeps its server. An invalid value is rejected in place and changes
    nothing.

    Returns
    -------
    SettingsForm

    Raises
    ------
    MissingPackage
        ipywidgets is not installed.

    Examples
    --------
    >>> settings()
    <Settings: a form, shown where the kernel runs>
    """
    need_widgets("settings")
    from .settings_form import SettingsForm

    form = SettingsForm()
    show(form)
    return form
