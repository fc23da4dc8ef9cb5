"""The package's loggers: silent by default, and free of credentials."""

from __future__ import annotations

import logging
import sys
import traceback

from .redaction import redact
from .terminal import one_line

__all__ = ["logger", "logger_of", "redact_records_of"]

_PACKAGE = "kloudless_data"


class _Safe(logging.Filter):
    """Removes credentials and control characters from a record and its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = one_line(redact(record.getMessage())), None
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_text = "\n".join(one_line(redact(line)) for line in text.split("\n"))
        record.exc_info = None  # otherwise it would be formatted again from the exception itself
        return True


class _Redacting(logging.Filter):
    """Removes credentials from a library's records and leaves all others unchanged."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if (redacted := redact(text)) != text:
            record.msg, record.args = redacted, None
        return True


class _Logger(logging.Logger):
    """Prints records of its level to standard error if logging is not configured.

    Python's handler of last resort drops everything below WARNING, so ``setLevel("DEBUG")`` alone
    would print nothing. Our own handler would print every line twice once the program configures
    logging.
    """

    def getEffectiveLevel(self) -> int:
        """Return its own level, else the level of a parent, else the level of `logger`."""
        above: logging.Logger | None = self
        while above is not None and above.name.startswith(f"{_PACKAGE}."):
            if above.level:
                return above.level
            above = above.parent
        return logger.level or super().getEffectiveLevel()

    def callHandlers(self, record: logging.LogRecord) -> None:
        """Pass a record to the program's handlers; if there are none, print it."""
        if self.hasHandlers():
            super().callHandlers(record)
        else:
            sys.stderr.write(f"{record.levelname} {_FORMAT.format(record)}\n")


_FORMAT = logging.Formatter("%(message)s")
_SAFE = _Safe()
_REDACTING = _Redacting()


def _named(name: str) -> logging.Logger:
    found = logging.getLogger(name)
    if type(found) is logging.Logger:  # a program's own class handles records its own way
        found.__class__ = _Logger
    found.addFilter(_SAFE)
    return found


#: The logger of the official SDK's documentation: ``logger.setLevel("DEBUG")`` prints each URL.
logger = _named(f"{_PACKAGE}.util")


def redact_records_of(name: str) -> None:
    """Remove credentials from what a library logs about our requests, such as URLs.

    Parameters
    ----------
    name : str
        The name of the library's logger.
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
