"""Servers without a socket: the client's connections end in this process.

The whole client is used, with its retries, redirects and body reading: only the call that would
open a socket is replaced. There are a scripted server and a sandbox; both have the interface of
those with sockets, so a test does not depend on where it runs::

    server = MemoryServer(Answer(body=b'{"objects": []}'))
    with MemorySandbox(accounts=2, events=100) as sandbox: ...

In ``tests/unit`` the fixtures ``serve``, ``sandbox``, ``account`` and ``meta`` are in memory.
Tests about sockets (timeouts, threads that wait for a server) belong in ``tests/server``.
"""

from __future__ import annotations

import io
import itertools
import threading
from collections.abc import Callable
from http.client import responses
from typing import Any
from urllib.parse import unquote

import urllib3.connection
from conftest import Answer, Request

from kloudless_data.sandbox import Sandbox

__all__ = ["MemorySandbox", "MemoryServer", "install"]

Respond = Callable[[Request], Answer]

_servers: dict[int, Respond] = {}
_ports = itertools.count(10_001)


def install(monkeypatch: Any) -> None:
    """Keep connections inside this process, where this module's servers answer them."""
    monkeypatch.setattr(urllib3.connection.HTTPConnection, "_new_conn", _connect)


def _connect(connection: urllib3.connection.HTTPConnection) -> Any:
    respond = _servers.get(connection.port) if connection.host == "127.0.0.1" else None
    if respond is None:
        raise urllib3.exceptions.NewConnectionError(
            connection, f"Failed to establish a new connection: {connection.host} is not in memory"
        )
    return _Socket(respond)


class _Socket:
    """What `http.client` needs of a socket, for one request."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._sent = bytearray()

    def sendall(self, data: Any) -> None:
        self._sent += data

    def makefile(self, mode: str, *args: Any) -> io.BufferedReader:
        request = _parsed(bytes(self._sent))
        return io.BufferedReader(_Incoming(self._respond(request), request.method))

    def settimeout(self, *_: Any) -> None: ...
    def setsockopt(self, *_: Any) -> None: ...
    def shutdown(self, *_: Any) -> None: ...
    def close(self) -> None: ...


def _parsed(sent: bytes) -> Request:
    head, _, body = sent.partition(b"\r\n\r\n")
    line, _, lines = head.partition(b"\r\n")
    method, target, _ = line.decode("latin-1").split(" ", 2)
    pairs = (one.partition(":") for one in lines.decode("latin-1").split("\r\n") if one)
    headers = {name: value.strip(" \t") for name, _, value in pairs}  # the client folds none
    if headers.get("Transfer-Encoding") == "chunked":
        body = _unchunked(io.BytesIO(body))
    return Request(method, target, headers, body)


def _unchunked(body: io.BytesIO) -> bytes:
    whole = b""
    while size := int(body.readline(), 16):
        whole += body.read(size)
        body.readline()
    return whole


class _Incoming(io.RawIOBase):
    """The bytes of an answer, and then the end of the connection or its reset."""

    def __init__(self, answer: Answer, method: str) -> None:
        self._bytes = io.BytesIO(_sent(answer, method))
        self._broken = answer.reset is not None or answer.promised is not None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._bytes.readinto(buffer)
        if not count and self._broken:
            raise ConnectionResetError(104, "Connection reset by peer")
        return count


def _sent(answer: Answer, method: str) -> bytes:
    if answer.reset == "before":
        return b""
    headers = {**answer.headers, "Connection": "close"}
    if answer.content_type:
        headers["Content-Type"] = answer.content_type
    without_body = method == "HEAD" or answer.status == 204
    if answer.status != 204:
        length = len(answer.body) if answer.promised is None else answer.promised
        headers.setdefault("Content-Length", str(length))
    reason = responses.get(answer.status, "Unknown")
    head = f"HTTP/1.1 {answer.status} {reason}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = b"" if without_body else answer.body
    return head.encode("latin-1") + b"\r\n" + (body[: len(body) // 2] if answer.reset else body)


class MemoryServer:
    """Gives the answers of a list, one per request, and repeats the last one forever."""

    def __init__(self, *answers: Answer | Callable[[Request], Answer]) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self.port = next(_ports)
        self.base_url = f"http://127.0.0.1:{self.port}"
        _servers[self.port] = self._respond

    def _respond(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        return answer(request) if callable(answer) else answer

    def stop(self) -> None:
        _servers.pop(self.port, None)


class MemorySandbox(Sandbox):
    """The sandbox's application, called directly instead of served.

    It compresses its answers only with ``gzip=True``: the sandboxes of ``tests/server`` all do, and
    it would be a tenth of these tests' time.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"gzip": False} | options)

    def start(self) -> MemorySandbox:
        from kloudless_data.sandbox.api.server import Application

        self._application = Application(self._state, self.hooks)
        self._one_at_a_time = threading.Lock()  # it is written for one event loop
        self._port = next(_ports)
        _servers[self._port] = self._respond
        return self

    def stop(self) -> None:
        _servers.pop(self._port, None)

    def _respond(self, request: Request) -> Answer:
        messages: list[dict[str, Any]] = []
        broken = False

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        with self._one_at_a_time:
            answering = self._application(self._scope(request), receive, send)
            try:
                answering.send(None)  # nothing in it waits, so it needs no event loop
                raise NotImplementedError("this needs time to pass: use a Sandbox in tests/server")
            except StopIteration:
                pass
            except ConnectionError:
                broken = True
        return _answer(messages, broken)

    def _scope(self, request: Request) -> dict[str, Any]:
        path, _, query = request.path.partition("?")
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
            "method": request.method, "path": unquote(path), "raw_path": path.encode(),
            "query_string": query.encode(), "root_path": "",
            "headers": [(k.lower().encode("latin-1"), v.encode("latin-1"))
                        for k, v in request.headers.items()],
            "server": (self.host, self._port), "client": (self.host, 1),
        }  # fmt: skip


def _answer(messages: list[dict[str, Any]], broken: bool) -> Answer:
    if not messages:
        return Answer(reset="before")
    start, *rest = messages
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in start["headers"]}
    body = b"".join(message.get("body", b"") for message in rest)
    promised = next((int(v) for k, v in headers.items() if k.lower() == "content-length"), None)
    given_here = ("content-length", "connection")
    own = {k: v for k, v in headers.items() if k.lower() not in given_here}
    cut = broken or (promised is not None and promised != len(body) and start["status"] != 304)
    return Answer(
        status=start["status"],
        body=body,
        headers=own,
        content_type="",
        promised=(promised if promised is not None else len(body) + 1) if cut else None,
    )
