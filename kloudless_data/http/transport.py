"""Send one request once, over connections shared by all clients of the process."""

from __future__ import annotations

import http.client
import os
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.retry import Retry

from ..text.logs import redact_records_of
from .body import read_body
from .cancellation import Cancellation
from .deadline import Deadline

__all__ = ["LIMIT", "Transport", "shared_transport"]

_IDLE = 64  # idle connections kept per server; more may be open

#: The attribute of a prepared request that limits the bytes of its answer.
LIMIT = "max_body_bytes"


class _FinalResponse(http.client.HTTPResponse):
    """Skips interim answers, such as 103 Early Hints, as RFC 9110 (section 15.2) asks for.

    `http.client` skips only 100. It would mistake any other for the answer, and the real answer,
    which arrives later, for that to the connection's next request, perhaps of another account.
    """

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if not 102 <= found[1] <= 199:
                return found
            http.client.parse_headers(self.fp)


class _TrackedPool:
    """Registers each connection with whatever can end its request."""

    def _new_conn(self) -> Any:
        connection = super()._new_conn()  # type: ignore[misc]
        connect = connection.connect

        def connect_and_remember() -> None:
            connect()
            connection.latest_sock = getattr(connection, "sock", None)
            # Who cancelled while it was connecting found no socket to shut down.
            if (cancellation := Cancellation.current()) is not None:
                cancellation.uses(connection)

        # Not a subclass: recorders and tests substitute theirs.
        connection.connect = connect_and_remember
        connection.response_class = _FinalResponse
        return connection

    def _get_conn(self, *args: Any, **kwargs: Any) -> Any:
        connection = super()._get_conn(*args, **kwargs)  # type: ignore[misc]
        for watcher in (Cancellation.current(), Deadline.current()):
            if watcher is not None:
                watcher.uses(connection)
        return connection

    def _put_conn(self, connection: Any) -> None:
        for watcher in (Cancellation.current(), Deadline.current()):
            if watcher is not None:
                watcher.leaves(connection)
        super()._put_conn(connection)  # type: ignore[misc]


class _HTTPPool(_TrackedPool, HTTPConnectionPool):
    pass


class _HTTPSPool(_TrackedPool, HTTPSConnectionPool):
    pass


class Transport(HTTPAdapter):
    """A ``requests`` adapter that sends once and reads no more than the limit.

    It never repeats a request; `kloudless_data.http.retry` does, knowing more about the answer.
    """

    def __init__(self) -> None:
        super().__init__(max_retries=Retry(0, read=False, redirect=0), pool_maxsize=_IDLE)
        self._process = os.getpid()
        #: The base URLs of servers that have answered this process, whatever they said.
        self.answered: set[str] = set()

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, stream: bool = False, **kwargs: Any
    ) -> requests.Response:
        """Send a request, and read the answer's body unless it is streamed.

        Parameters
        ----------
        request : requests.PreparedRequest
            The prepared request.
        stream : bool, default False
            Leave the body of a successful answer unread.
        **kwargs
            As for ``requests.adapters.HTTPAdapter.send``.
        """
        if self._process != os.getpid():
            self._leave_connections_to_the_parent()
        response = super().send(request, stream=True, **kwargs)
        if response.status_code < 200:  # 101: the connection speaks another protocol from now on
            response.close()
            raise requests.exceptions.ChunkedEncodingError("the answer changes the protocol")
        # A redirect or an error is never worth streaming.
        if not stream or response.is_redirect or response.status_code >= 400:
            read_body(response, getattr(request, LIMIT))
            _check_head(response)
        return response

    def _leave_connections_to_the_parent(self) -> None:
        """Forget the connections that were open when this process was forked.

        If two processes write to one connection, one gets the other's answer.
        """
        self._process = os.getpid()
        self.proxy_manager = {}
        self.init_poolmanager(self._pool_connections, self._pool_maxsize, block=self._pool_block)  # type: ignore[attr-defined]

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create connection pools whose waiting requests can be ended.

        Parameters
        ----------
        *args, **kwargs
            As for ``requests.adapters.HTTPAdapter.init_poolmanager``.
        """
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Do the same for connections through a proxy.

        Parameters
        ----------
        proxy, **proxy_kwargs
            As for ``requests.adapters.HTTPAdapter.proxy_manager_for``.
        """
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
        return manager

    def close(self) -> None:
        """Keep idle connections for the remaining clients."""


redact_records_of("urllib3.connectionpool")  # it logs URLs, whose query may contain a credential
_SHARED = Transport()


def shared_transport() -> Transport:
    """Return the transport that all clients share.

    A thousand accounts on one server then need only as many connections as there are concurrent
    requests. Connections carry no credential.
    """
    return _SHARED


def _check_head(response: requests.Response) -> None:
    """Reject an answer that ended in the middle of its head.

    `http.client` does not treat that as an error: it takes the headers as complete and misses the
    one that announces a body.
    """
    if response.content or response.request.method != "GET" or response.status_code != 200:
        return
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "")
    if not (chunked or response.headers.get("Content-Length", "").strip()):
        raise requests.exceptions.ChunkedEncodingError("the answer broke off in its head")
