"""Detect the environment: a notebook or not, with ipywidgets or not."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

from ..exceptions import MissingPackage

__all__ = ["current_cell", "in_notebook", "need_widgets", "show", "variable_of"]

_NEEDED = ("ipywidgets", "anywidget")


def in_notebook() -> bool:
    """Return True if this code runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def current_cell() -> int | None:
    """Return the number of the running cell."""
    return sys.modules["IPython"].get_ipython().execution_count if in_notebook() else None


def need_widgets(name: str) -> None:
    """Check that forms can be shown.

    Parameters
    ----------
    name : str
        The called function, for the message.

    Raises
    ------
    MissingPackage
        A required package is not installed.
    """
    missing = [package for package in _NEEDED if importlib.util.find_spec(package) is None]
    if missing:
        raise MissingPackage(
            f"{name}() shows a form, which needs {' and '.join(missing)}. Install "
            f'{"it" if len(missing) == 1 else "them"} with: pip install "kloudless-data[notebook]" '
            "and restart the kernel and reload the page."
        )


def show(what: Any) -> None:
    """Display an object below the cell, if there is one."""
    if in_notebook():
        from IPython.display import display

        display(what)  # type: ignore[no-untyped-call]


def variable_of(thing: object) -> str | None:
    """Return the name of the notebook variable that holds an object, if any."""
    if not in_notebook():
        return None
    names = sys.modules["IPython"].get_ipython().user_ns
    return next((n for n, v in names.items() if v is thing and not n.startswith("_")), None)
