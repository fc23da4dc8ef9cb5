"""Webhooks: the server reports that an account has something new.

It POSTs form data ``account=ID`` (version 2: JSON), signed with the application's API key: the
header ``X-Kloudless-Signature`` is base64(HMAC-SHA256(key, body)). The answer is the application's
id (D). Anybody can reach a receiver, so unsigned requests are refused before they are read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from ..exceptions import InvalidParameter
from ..util import logger_of

__all__ = ["WebhookReceiver", "account_named", "signature"]

logger = logger_of(__name__)

_LONGEST = 64 << 10  # bytes of a body; the documented one has about twenty
_PATIENCE = 10.0  # seconds for a request to arrive


def signature(api_key: str, body: bytes) -> str:
    """Return the signature of a body.

    Parameters
    ----------
    api_key : str
        The application's API key.
    body : bytes
        The body as it is sent.

    Returns
    -------
    str
        base64(HMAC-SHA256(`api_key`, `body`)). (D)

    Examples
    --------
    >>> signature("key", b"account=7")
    '5rdCxWhYw/ydAbg2Ucdz/bZDrXuEULX/9/yzwDXg3KI='
    """
    digest = hmac.new(api_key.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def account_named(body: bytes) -> str | None:
    """Return the id of the account that a webhook is about; None if it names none.

    Examples
    --------
    >>> account_named(b"account=7"), account_named(b'{"account": 7}'), account_named(b"x=1")
    ('7', '7', None)
    """
    try:
        text = body.decode("ascii").strip()
        found = json.loads(text) if text.startswith("{") else parse_qs(text, max_num_fields=100)
    except (ValueError, RecursionError):
        return None
    value = found.get("account")
    value = value[-1] if isinstance(value, list) and value else value
    known = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    return str(value) if known and str(value).isalnum() else None


class WebhookReceiver:
    """A server that receives webhooks and calls a function for each account they name.

    Accounts are handled one after the other; one that is named again while it waits is handled
    once. Use it in a ``with`` statement.

    Parameters
    ----------
    handle : callable or None
        Called with an account's id, in a thread of its own. What it raises is logged, and the next
        account handled. None: the caller handles what `next_account` returns.
    api_key : str
        The application's API key, with which the server signs.
    app_id : str
        The application's id, which is the answer.
    host, port : str, int
        Where to listen; port 0 takes a free one. Put a TLS proxy in front of it.

    Attributes
    ----------
    url : str
        Where it listens.

    Raises
    ------
    InvalidParameter
        The key or the application id is missing, or the port is taken.
    """

    def __init__(
        self,
        handle: Callable[[str], object] | None,
        *,
        api_key: str,
        app_id: str,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        if not api_key or not app_id:
            raise InvalidParameter("A receiver of webhooks needs the API key and application id.")
        self._api_key = api_key
        self._app_id = app_id
        self._due: dict[str, None] = {}  # in order of arrival
        self._changed = threading.Condition()
        self._closed = False
        try:
            self._server = _Server((host, port), self)
        except OSError as error:
            raise InvalidParameter(
                f"Cannot listen on {host}:{port}: {error.strerror}. Choose another port or host."
            ) from None
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._server.server_port}"
        self._threads = [
            threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        ]
        if handle is not None:
            self._threads.append(threading.Thread(target=self._work, args=(handle,), daemon=True))

    def __enter__(self) -> WebhookReceiver:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop listening, after finishing what is under way."""
        self._server.shutdown()
        self._server.server_close()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def answer(self, body: bytes, signed: str | None) -> tuple[int, str]:
        """Accept a webhook, and return the status and body of the answer.

        Parameters
        ----------
        body : bytes
        signed : str or None
            The value of the header ``X-Kloudless-Signature``.
        """
        expected = signature(self._api_key, body)
        given = (signed or "").strip().encode(errors="replace")
        if not hmac.compare_digest(expected.encode(), given):
            return 401, "The signature is missing or wrong."
        account = account_named(body)
        if account is None:
            return 400, "No account is named."
        with self._changed:
            self._due[account] = None
            self._changed.notify_all()
        return 200, self._app_id

    def next_account(self, seconds: float | None = None) -> str | None:
        """Return the id of the account that has waited longest.

        Parameters
        ----------
        seconds : float, optional
            How long to wait for one. Defaults to until the receiver is closed.

        Returns
        -------
        str or None
            None if there was none in time, or the receiver is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._due or self._closed, seconds)
            if self._closed or not self._due:
                return None
            account = next(iter(self._due))
            del self._due[account]
            return account

    def _work(self, handle: Callable[[str], object]) -> None:
        while (account := self.next_account()) is not None:
            try:
                handle(account)
            except Exception as error:
                logger.error("A webhook of account %s failed: %s", account, error)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], receiver: WebhookReceiver) -> None:
        self.receiver = receiver
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that break."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE
    server_version, sys_version = "kloudless-data", ""

    def do_POST(self) -> None:
        """Accept a webhook."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 10):
            return self._answer(411, "A Content-Length is missing.")
        if int(length) > _LONGEST:
            return self._answer(413, "The body is too long.")
        body = self.rfile.read(int(length))
        signed = self.headers.get("X-Kloudless-Signature")
        return self._answer(*self.server.receiver.answer(body, signed))

    def _answer(self, status: int, text: str) -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Log as the package does, not on standard error."""
        logger.debug("webhook: " + format, *args)
