"""The package's loggers: silent until they are asked, and never quoting a credential."""

from __future__ import annotations

import logging
import sys
import traceback

from .redaction import redact
from .terminal import one_line

__all__ = ["logger", "logger_of", "redact_records_of"]

_PACKAGE = "kloudless_data"


class _Safe(logging.Filter):
    """Takes credentials and control characters out of a record, its traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = one_line(redact(record.getMessage())), None
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_text = "\n".join(one_line(redact(line)) for line in text.split("\n"))
        record.exc_info = None  # it would be formatted again from the exception itself
        return True


class _Redacting(logging.Filter):
    """Takes credentials out of the records of a library, and leaves all others as they are."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if (redacted := redact(text)) != text:
            record.msg, record.args = redacted, None
        return True


class _Logger(logging.Logger):
    """Prints to standard error what its level lets pass, where nobody has set up logging.

    Python's handler of last resort drops everything below WARNING, so ``setLevel("DEBUG")`` alone
    would print nothing. A handler of our own would print every line twice as soon as the program
    sets up logging for itself.
    """

    def getEffectiveLevel(self) -> int:
        """Return its level: its own, or of what its name is below; else that of `logger`."""
        above: logging.Logger | None = self
        while above is not None and above.name.startswith(f"{_PACKAGE}."):
            if above.level:
                return above.level
            above = above.parent
        return logger.level or super().getEffectiveLevel()

    def callHandlers(self, record: logging.LogRecord) -> None:
        """Hand a record to the program's handlers; if it has none, print it."""
        if self.hasHandlers():
            super().callHandlers(record)
        else:
            sys.stderr.write(f"{record.levelname} {_FORMAT.format(record)}\n")


_FORMAT = logging.Formatter("%(message)s")
_SAFE = _Safe()
_REDACTING = _Redacting()


def _named(name: str) -> logging.Logger:
    found = logging.getLogger(name)
    if type(found) is logging.Logger:  # a program's own class knows what it does with records
        found.__class__ = _Logger
    found.addFilter(_SAFE)
    return found


#: The logger of the official SDK's documentation: ``logger.setLevel("DEBUG")`` prints each URL.
logger = _named(f"{_PACKAGE}.util")


def redact_records_of(name: str) -> None:
    """Take credentials out of what a library logs of our requests, such as their URLs.

    Parameters
    ----------
    name : str
        Of the library's logger.
    """
    logging.getLogger(name).addFilter(_REDACTING)


def logger_of(module: str) -> logging.Logger:
    """Return a module's logger.

    Its level is its own, else that of `logger`, else that of ``kloudless_data``.

    Parameters
    ----------
    module : str
        Its ``__name__``.

    Returns
    -------
    logging.Logger
    """
    return _named(module)
