"""The one place that makes progress bars."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from ..config import configuration

__all__ = ["progress_bar"]


def progress_bar(
    description: str, *, unit: str, total: int | None = None, show: bool | None = None
) -> Any:
    """Return a ``tqdm`` bar; a widget in Jupyter. Use it in a ``with`` statement.

    Parameters
    ----------
    description : str
        What is going on, in a word or two.
    unit : str
        What is counted, such as ``"events"``.
    total : int, optional
        How many there will be, if that is known.
    show : bool, optional
        Default: ``configuration["progress"]``; and if that is None, when standard error is a
        terminal or this is a notebook.

    Returns
    -------
    tqdm.auto.tqdm
    """
    if show is None:
        show = configuration["progress"]
    if show is None:
        show = _somebody_watches()
    # A disabled bar needs no widget, and looking for one imports ipywidgets.
    module = import_module("tqdm.auto" if show else "tqdm.std")
    return module.tqdm(
        desc=description,
        unit=f" {unit}",
        total=total,
        disable=not show,
        mininterval=0.2,
        dynamic_ncols=True,
    )


def _somebody_watches() -> bool:
    in_notebook = "ipykernel" in sys.modules and "IPython" in sys.modules
    return in_notebook or bool(getattr(sys.stderr, "isatty", lambda: False)())
