"""The only place that creates progress bars."""

from __future__ import annotations

import sys
from importlib import import_module
from time import monotonic
from typing import Any

from ..config import configuration
from ..text.counts import noun_for

__all__ = ["ProgressBar", "progress_bar"]


class ProgressBar:
    """A ``tqdm`` bar that ends with a summary: ``Events: 120,000 events, 7 s``.

    Use it in a ``with`` statement. After an exception, the bar stays as it was.

    Parameters
    ----------
    bar : tqdm.auto.tqdm
    description, unit, nothing : str
        As for `progress_bar`.
    """

    def __init__(self, bar: Any, description: str, unit: str, nothing: str) -> None:
        self._bar = bar
        self._description = description  # of the whole, which the summary names
        self._unit = unit
        self._nothing = nothing
        self._began_with = int(bar.n)
        self._began = monotonic()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc_info: object) -> None:
        if kind is None:
            self.close()
        else:
            self._bar.close()

    def close(self) -> None:
        """End the bar with a summary."""
        if not self._bar.disable:
            self._bar.bar_format = "{desc}"
            self._bar.set_description_str(f"{self._description}: {self.summary}")
        self._bar.close()

    @property
    def n(self) -> int:
        """The number done, including those before the bar started."""
        return int(self._bar.n)

    @property
    def total(self) -> Any:
        """The expected number, if known."""
        return self._bar.total

    @property
    def summary(self) -> str:
        """A summary of what was done."""
        if self.n == self._began_with == 0:
            return self._nothing
        seconds = monotonic() - self._began
        new = f" ({self.n - self._began_with:,} new)" if self._began_with else ""
        return f"{self.n:,} {noun_for(self.n, self._unit)}{new}, {_duration(seconds)}"

    def update(self, count: int = 1) -> None:
        """Add to the count."""
        self._bar.update(count)

    def expect(self, more: int) -> None:
        """Raise the expected number, from which the bar estimates the time left."""
        self._bar.total = (self._bar.total or self._bar.n) + more
        self._bar.refresh()

    def set_description_str(self, text: str) -> None:
        """Show what is being done now; the summary names the whole."""
        self._bar.set_description_str(f"{text}: ")

    def set_postfix_str(self, text: str) -> None:
        """Show a text after the count."""
        self._bar.set_postfix_str(text)


def progress_bar(
    description: str,
    *,
    unit: str,
    total: int | None = None,
    initial: int = 0,
    nothing: str = "nothing to do",
    show: bool | None = None,
) -> ProgressBar:
    """Return a progress bar, which is a widget in Jupyter.

    Parameters
    ----------
    description : str
        The activity, in a word or two.
    unit : str
        What is counted, such as ``"events"``.
    total : int, optional
        The expected number, if known.
    initial : int
        The number already done before resuming.
    nothing : str
        The summary if nothing was counted.
    show : bool, optional
        Defaults to ``configuration["progress"]``. If that is None, bars appear in a notebook or if
        standard error is a terminal.

    Returns
    -------
    ProgressBar
    """
    if show is None:
        show = configuration["progress"]
    if show is None:
        show = _somebody_watches()
    # A disabled bar needs no widget, and looking for one imports ipywidgets.
    module = import_module("tqdm.auto" if show else "tqdm.std")
    bar = module.tqdm(
        desc=description,
        unit=f" {unit}",
        total=total,
        initial=initial,
        disable=not show,
        mininterval=0.2,
        dynamic_ncols=True,
    )
    return ProgressBar(bar, description, unit, nothing)


def _duration(seconds: float) -> str:
    """Return a time in words.

    Examples
    --------
    >>> _duration(0.4), _duration(7.3), _duration(187), _duration(7265)
    ('0.4 s', '7 s', '3 min 7 s', '2 h 1 min')
    """
    if seconds < 1:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _somebody_watches() -> bool:
    # Programs that only import ipykernel are no notebooks: the shell of one has its kernel.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    in_notebook = getattr(shell, "kernel", None) is not None
    return in_notebook or bool(getattr(sys.stderr, "isatty", lambda: False)())
