"""What looks odd and is honest, a function each; a script's name is the oddity's kind."""

from collections.abc import Callable

from ..case import Case
from ..scene import Script
from . import files, people, together

__all__ = ["ODDITIES"]

ODDITIES: dict[str, Callable[[Case], Script]] = {
    script.__name__: script
    for module in (people, files, together)
    for script in (getattr(module, name) for name in module.__all__)
}
