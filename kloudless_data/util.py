"""The package's logger, and keeping secrets out of text."""

from __future__ import annotations

import logging
import re
import sys
from typing import TextIO
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

__all__ = ["REDACTED", "logger", "redact", "redact_url"]

REDACTED = "[redacted]"

# Query parameters that carry secrets in OAuth (RFC 6749) and in URLs that other services sign.
_SECRET_PARAMETERS = frozenset(
    "access_token api_key apikey client_secret code key password refresh_token secret "
    "sig signature token x-amz-credential x-amz-security-token x-amz-signature".split()
)


class _FallbackHandler(logging.StreamHandler[TextIO]):
    """Prints to standard error, but only while nobody has set up logging.

    Python's own handler of last resort drops everything below WARNING, so
    ``logger.setLevel("DEBUG")`` alone would print nothing; a plain handler would print every line
    twice as soon as the program sets up logging for itself.
    """

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # standard error may be replaced later
        return sys.stderr

    def emit(self, record: logging.LogRecord) -> None:
        others = [h for h in (*logging.root.handlers, *logger.handlers) if h is not self]
        if not others:
            super().emit(record)


logger = logging.getLogger("kloudless_data")
if not any(isinstance(handler, _FallbackHandler) for handler in logger.handlers):
    logger.addHandler(_FallbackHandler())


def redact(text: str, authorization: str | bytes | None) -> str:
    """Return `text` without the credential of an ``Authorization`` header.

    Parameters
    ----------
    text : str
        Text that may quote the credential, such as a server's error message.
    authorization : str, bytes or None
        The header's value, ``"Bearer …"`` or ``"APIKey …"``.

    Returns
    -------
    str
        The text with every occurrence replaced by ``[redacted]``.

    Examples
    --------
    >>> redact("token s3cret is not valid", "Bearer s3cret")
    'token [redacted] is not valid'
    """
    if not authorization:
        return text
    if isinstance(authorization, bytes):
        authorization = authorization.decode("latin-1")
    credential = authorization.partition(" ")[2] or authorization
    # Several tokens may be sent at once, comma-separated.
    for secret in sorted({credential, *credential.split(",")}, key=len, reverse=True):
        if secret.strip():
            text = text.replace(secret.strip(), REDACTED)
    return text


def redact_url(url: str | None) -> str:
    """Return a URL that can be shown: no user and password, no secret query parameters.

    Parameters
    ----------
    url : str or None

    Returns
    -------
    str
        The very same text when it holds no secret.

    Examples
    --------
    >>> redact_url("https://user:pw@example.com/a?code=abc&page=2")
    'https://[redacted]@example.com/a?code=[redacted]&page=2'
    """
    if not url:
        return ""
    parts = urlsplit(url)
    netloc, query = parts.netloc, parts.query
    if "@" in netloc:
        netloc = f"{REDACTED}@{netloc.rpartition('@')[2]}"
    pairs = parse_qsl(query, keep_blank_values=True)
    if any(name.lower() in _SECRET_PARAMETERS for name, _ in pairs):
        query = urlencode(
            [(n, REDACTED if n.lower() in _SECRET_PARAMETERS else v) for n, v in pairs], safe="[]"
        )
    if (netloc, query) == (parts.netloc, parts.query):
        return url
    return urlunsplit(parts._replace(netloc=netloc, query=query))


def one_line(text: str) -> str:
    r"""Return text from a server for one line of a log or terminal: no control characters.

    Escape sequences in a file name could otherwise repaint the terminal.

    Examples
    --------
    >>> one_line("a\x1b[2Jb\n")
    'a\\x1b[2Jb\\n'
    """
    return re.sub(
        r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]",
        lambda match: match[0].encode("unicode_escape").decode("ascii"),
        text,
    )


def is_text(value: str) -> bool:
    r"""Tell whether UTF-8 can express a text, which a JSON string need not be.

    Examples
    --------
    >>> is_text("naïve"), is_text("\ud800")
    (True, False)
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
