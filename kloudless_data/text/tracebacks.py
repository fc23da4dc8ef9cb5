"""Short tracebacks in IPython: the user's own code, without this package's frames."""

from __future__ import annotations

import sys
import sysconfig
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["short_traceback"]

_OURS = str(Path(__file__).parent.parent) + "/"
_OTHERS = tuple({sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib")})
_HINT = (
    "(Frames inside kloudless_data are hidden; “%xmode Plain”, then “%tb”, shows all of them, and "
    "“%debug” stops where it happened.)"
)


def short_traceback(error: BaseException) -> list[str]:
    """Return the traceback that IPython prints for an exception of this package.

    In IPython's default mode, ``Context``, it ends with the call into this package, without the
    frames below and the exceptions caught on the way. A mode chosen with ``%xmode`` shows
    everything.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    list of str
        Outside IPython, it is Python's own.
    """
    ipython = sys.modules.get("IPython")
    shell: Any = None if ipython is None else ipython.get_ipython()
    if shell is None:
        return traceback.format_exception(error)
    printer, frames = shell.InteractiveTB, error.__traceback__
    if printer.mode != "Context":
        return list(printer.structured_traceback(type(error), error, frames, tb_offset=None))
    kept = _kept(frames)
    shown = _copy(error)
    lines = list(printer.structured_traceback(type(error), shown, _chained(kept), tb_offset=None))
    return lines if len(kept) == _length(frames) else [*lines, "", _HINT]


def _kept(frames: TracebackType | None) -> list[TracebackType]:
    """Return the frames of code outside this package that it did not call by itself."""
    kept, inside = [], False
    while frames is not None:
        path = frames.tb_frame.f_code.co_filename
        ours = path.startswith(_OURS)
        inside = inside or ours
        # A function that the user passed in belongs to the user, so its frames are kept.
        if not inside or not (ours or path.startswith(_OTHERS) or path.startswith("<frozen")):
            kept.append(frames)
        frames = frames.tb_next
    return kept


def _chained(frames: list[TracebackType]) -> TracebackType | None:
    chained: TracebackType | None = None
    for each in reversed(frames):
        chained = TracebackType(chained, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return chained


def _length(frames: TracebackType | None) -> int:
    return sum(1 for _ in traceback.walk_tb(frames))


def _copy(error: BaseException) -> BaseException:
    """Return an equivalent exception, chained only to causes outside this package."""
    shown: BaseException = type(error).__new__(type(error))
    shown.args = error.args
    shown.__dict__.update(error.__dict__)
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and (kept := _kept(before.__traceback__)):
        if hasattr(before, "_render_traceback_"):
            before = _copy(before).with_traceback(_chained(kept))
        shown.__context__ = before
        shown.__cause__ = before if error.__cause__ else None
    shown.__suppress_context__ = error.__cause__ is not None or shown.__context__ is None
    return shown
