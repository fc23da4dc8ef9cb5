"""Choose the engine that reads a page: array operations, or a loop that Numba compiles.

Both give the same result. Numba's start pays off only when reading much, so it is not imported
before; `docs/decode.md` has the figures.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from ..exceptions import InvalidParameter, MissingPackage
from ..text.terminal import bounded
from . import structure
from .index import Index

__all__ = ["ENGINE", "indexer"]

#: The environment variable that chooses an engine: "numpy", "numba", or "auto" for the default.
ENGINE = "KLOUDLESS_DECODE"
#: After so many bytes of pages, Numba would have saved the cost of its start, about 0.7 seconds. A
#: process that has read this much is likely to read as much again. If it took longer than so many
#: seconds, it waits for the server, and would wait as long with Numba.
_PAYS_AFTER, _WITHIN = 100_000_000, 10.0

#: Takes the text of each object, and the plan.
Indexer = Callable[..., Index]
_read, _since, _pays = 0, 0.0, False


def indexer(items: Sequence[Any]) -> Indexer:
    """Return the engine for the process's next page, whose size counts.

    Raises
    ------
    InvalidParameter, MissingPackage
        The engine that `ENGINE` names does not exist, or is not installed.
    """
    name, pays = os.environ.get(ENGINE, "auto"), _pays or _start_pays(sum(map(len, items)))
    if name == "numpy" or (name == "auto" and not pays):
        return structure.index_page
    if name == "auto":
        return (None if _is_memory_limited() else _compiled()) or structure.index_page
    if name != "numba":
        said = bounded(repr(name), 40)
        raise InvalidParameter(f"{ENGINE} must be auto, numpy or numba, not {said}.")
    if found := _compiled():
        return found
    raise MissingPackage(
        f"{ENGINE}=numba needs Numba. Install: pip install 'kloudless-data[performance]'"
    )


def _start_pays(size: int) -> bool:
    """Count a page's bytes; return True from when Numba's start pays."""
    global _read, _since, _pays
    now = time.monotonic()
    if now - _since > _WITHIN:
        _read, _since = 0, now
    _read += size  # concurrent threads may lose a page
    _pays = _pays or _read >= _PAYS_AFTER
    return _pays


def _is_memory_limited() -> bool:
    """Return True if the process has a memory limit of its own.

    Numba, and the SciPy it imports, take a hundred megabytes more; and where memory runs out, both
    end or block the process instead of raising `MemoryError`.
    """
    try:
        import resource
    except ImportError:  # Windows
        return False
    limits = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    return any(resource.getrlimit(limit)[0] != resource.RLIM_INFINITY for limit in limits)


@lru_cache(maxsize=1)
def _compiled() -> Indexer | None:
    """Return the loop that Numba compiles, if Numba is installed and can be imported."""
    if find_spec("numba") is None:
        return None
    from . import kernel

    return kernel.index_page if kernel.IS_COMPILED else None
