r"""Keep credentials hidden: every text that leaves the program goes through `redact`.

A message from a server, proxy or library may quote a credential: whole or truncated, plain,
escaped, in hexadecimal or in base64. Every credential of the process is therefore remembered here
from the moment an authorization is made of it, and taken out of log lines, exceptions and each
``repr``.

Escapes in the text are resolved up to four times, so it does not matter how often or by whom a
credential was quoted. Neither does the case of its letters.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit, urlunsplit

from .escapes import views
from .percent import query_of
from .terminal import one_line

__all__ = ["REDACTED", "redact", "redact_url", "redacted_data", "remember", "shown"]

REDACTED = "[redacted]"

# This many characters at either end give a credential away; a shorter text could be a word of a
# message. No server issues shorter credentials. One that a test passes is removed only from the
# answer to its own request, as a whole word; never "t" or "at", which would garble the message.
_CUT = 8
_SHORTEST = 3

# Query parameters that carry secrets in OAuth (RFC 6749) and in signed URLs of other services.
_SECRET_PARAMETERS = frozenset(
    "access_token api_key apikey client_secret code key password refresh_token secret "
    "sig signature token x-amz-credential x-amz-security-token x-amz-signature".split()
)


class _Credentials:
    """Finds credentials in text, in time independent of their number."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        # Tuples, since another thread may search while this one adds.
        self._beginnings: dict[str, tuple[str, ...]] = {}
        self._ends: dict[str, tuple[str, ...]] = {}

    def add(self, credential: str) -> None:
        # Several tokens may be sent at once, comma-separated.
        for each in {credential, *credential.split(",")}:
            if len(each) >= _CUT and each not in self._known:
                self._known.add(each)
                for form in {_folded(form) for form in _forms(each)}:
                    begin, end = form[:_CUT], form[-_CUT:]
                    self._beginnings[begin] = (*self._beginnings.get(begin, ()), form)
                    self._ends[end] = (*self._ends.get(end, ()), form)

    def taken_out_of(self, text: str) -> str:
        if not self._known:
            return text
        spans = [
            (view.at(start), view.at(end))
            for view in views(text)
            for start, end in self._spans(_folded(view.text))
        ]
        return _without(text, spans) if spans else text

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        for start in range(len(text) - _CUT + 1):
            part = text[start : start + _CUT]
            for form in self._beginnings.get(part, ()):
                yield start, start + _common(form, text[start : start + len(form)])
            for form in self._ends.get(part, ()):
                end = start + _CUT
                before = text[max(0, end - len(form)) : end]
                yield end - _common(form[::-1], before[::-1]), end


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _folded(text: str) -> str:
    """Return text in which case makes no difference; hosts and hexadecimal digits have none."""
    return text.translate(_LOWER)  # not lower(), which changes the length of some texts


def _common(one: str, other: str) -> int:
    """Return the length of the common prefix of two texts."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Replace spans of a text, overlapping ones together."""
    kept, done = [], 0
    merged: list[list[int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    for start, end in merged:
        kept += [text[done:start], REDACTED]
        done = end
    return "".join(kept) + text[done:]


def _forms(credential: str) -> set[str]:
    """Return the ways in which a credential may be written."""
    encoded = {quote(credential, safe=""), quote(credential), quote_plus(credential)}
    escaped = credential.replace("\\", "\\\\")
    quoted = {escaped, credential.replace("/", "\\/"), escaped.replace("'", "\\'"),
              escaped.replace('"', '\\"')}  # fmt: skip
    # A credential may itself hold what looks like an escape.
    resolved = {view.text for view in views(credential)}
    return {*resolved, *encoded, *quoted, credential.encode().hex(), *_in_base64(credential)}


def _in_base64(credential: str) -> Iterator[str]:
    """Yield its base64 for every offset at which it may begin."""
    data = credential.encode()
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data).decode()
        # The characters at both ends also depend on the neighbouring bytes.
        kept = text[(0, 2, 3)[before] : (len(data) + before) * 8 // 6]
        yield kept
        yield kept.replace("+", "-").replace("/", "_")


_CREDENTIALS = _Credentials()


def remember(credential: str) -> None:
    """Redact a credential from every text that leaves this process from now on.

    Parameters
    ----------
    credential : str
        A token or key, or several, comma-separated. Ignored if shorter than eight characters.
    """
    _CREDENTIALS.add(credential)


def redact(text: str, authorization: str | bytes | None = None) -> str:
    """Return text without the credentials of this process.

    Parameters
    ----------
    text : str
        Text that may quote a credential, such as a server's error message.
    authorization : str, bytes or None
        The value of an ``Authorization`` header, ``"Bearer …"`` or ``"APIKey …"``, whose credential
        is removed too: as a word, if it has three to seven characters.

    Returns
    -------
    str
        The text with every occurrence replaced by ``[redacted]``: the whole credential, or at least
        eight characters of its beginning or end; plain, escaped for a URL, JSON or HTML, in
        hexadecimal or in base64.

    Examples
    --------
    >>> redact("token s3cret is not valid", "Bearer s3cret")
    'token [redacted] is not valid'
    """
    if authorization:
        if isinstance(authorization, bytes):
            authorization = authorization.decode("latin-1")
        credential = authorization.partition(" ")[2] or authorization
        for secret in sorted({credential, *credential.split(",")}, key=len, reverse=True):
            text = _without_word(text, secret.strip())
    return _CREDENTIALS.taken_out_of(text)


def _without_word(text: str, secret: str) -> str:
    if len(secret) >= _CUT:
        return text.replace(secret, REDACTED)
    if len(secret) < _SHORTEST:
        return text
    return re.sub(rf"(?<![^\W_]){re.escape(secret)}(?![^\W_])", REDACTED, text)


def redacted_data(data: Any) -> Any:
    """Return a copy of decoded JSON without the credentials of this process."""
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, dict):
        return {redact(str(key)): redacted_data(value) for key, value in data.items()}
    if isinstance(data, list):
        return [redacted_data(value) for value in data]
    return data


def shown(text: object) -> str:
    """Return text for a ``repr`` or a message: one line, without credentials."""
    return one_line(redact(str(text)))


def redact_url(url: str | None) -> str:
    """Return a URL for display: no user name, password or secret query parameters.

    Parameters
    ----------
    url : str or None

    Returns
    -------
    str
        The same text if it contains no secret.

    Examples
    --------
    >>> redact_url("https://user:pw@example.com/a?code=abc&page=2")
    'https://[redacted]@example.com/a?code=[redacted]&page=2'
    """
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:  # it cannot be parsed, so only the part before an @ is known
        return redact(url.rpartition("@")[2])
    netloc, query = parts.netloc, parts.query
    if "@" in netloc:
        netloc = f"{REDACTED}@{netloc.rpartition('@')[2]}"
    if any(name.lower() in _SECRET_PARAMETERS for name, _ in pairs):
        query = query_of(
            [(n, REDACTED if n.lower() in _SECRET_PARAMETERS else v) for n, v in pairs], safe="[]"
        )
    if (netloc, query) != (parts.netloc, parts.query):
        url = urlunsplit(parts._replace(netloc=netloc, query=query))
    return redact(url)
