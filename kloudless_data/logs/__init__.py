"""Services' own logs, in the columns of an event stream.

Each format is described by a short text in ``formats/``; see `kloudless_data.logs.specs`.
"""

from .inputs import Damaged, LogInput
from .specs import Spec, spec_named, specs
from .stream import LogStream, read_log

__all__ = ["Damaged", "LogInput", "LogStream", "Spec", "read_log", "spec_named", "specs"]
