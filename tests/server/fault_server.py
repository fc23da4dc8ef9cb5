"""A server on plain sockets that answers with any bytes, at any pace.

It shares no code with the sandbox or any HTTP library: it is for answers that a library would never
send.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["HOSTILE", "FaultServer", "Hostile", "answer", "dripping"]

#: The parts of an answer, or a function of the request that returns them.
Script = Iterable[bytes]


class FaultServer:
    """Answers each request with a script, on any number of connections.

    Parameters
    ----------
    script : callable
        Maps the request's head, as bytes, to the answer.
    pause : float
        Seconds between two parts of a script, unless the server is stopped.
    """

    def __init__(self, script: Callable[[bytes], Script], pause: float = 0.0) -> None:
        self.script = script
        self.pause = pause
        self.heads: list[bytes] = []
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> FaultServer:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (part := connection.recv(65536)):
                    return
                head += part
            self.heads.append(head)
            for part in self.script(head):
                connection.sendall(part)
                if self.pause and self._stopped.wait(self.pause):
                    return


def answer(
    body: bytes = b"", status: str = "200 OK", kind: str = "application/json", **headers: str
) -> bytes:
    """Return a complete, well-formed answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if not {"Content_Length", "Transfer_Encoding"} & set(headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def dripping(data: bytes) -> Iterator[bytes]:
    """Yield data one byte at a time, and then spaces forever."""
    yield from (data[i : i + 1] for i in range(len(data)))
    while True:
        yield b" "


def _slowly(data: bytes, part: bytes = b" ") -> Iterator[bytes]:
    """Yield the beginning of an answer, and then a little now and then, forever."""
    yield data
    while True:
        yield part


def _endless(data: bytes) -> Iterator[bytes]:
    yield data
    while True:
        yield b" " * 65536


def bomb(size: int) -> Iterator[bytes]:
    """Yield an answer that is small on the wire and `size` bytes when unpacked."""
    packed = gzip.compress(b'{"objects": [' + b" " * size + b"]}")
    yield answer(packed, Content_Encoding="gzip")


def _for_ever(data: bytes, part: bytes) -> Iterator[bytes]:
    """Yield the beginning of an answer, and then as much as fits, forever."""
    yield data
    while True:
        yield part * (65536 // len(part))


@dataclass(frozen=True)
class Hostile:
    """A hostile answer, and the expected error.

    Attributes
    ----------
    name : str
    script : callable
        Maps the credential to the answer.
    error : str
        The name of the exception.
    says : str
        A regular expression that its message matches.
    pause : float
        Seconds between two parts.
    settings : dict
        The client's settings.
    """

    name: str
    script: Callable[[str], Script]
    error: str
    says: str
    pause: float = 0.0
    settings: dict[str, object] = field(default_factory=dict)


_SMALL = {"max_body_bytes": 1 << 20}
_SHORT = {"total_timeout": 0.4, "read_timeout": 5.0}
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_CUT = gzip.compress(b"{}" * 999)[:-12]
_BINARY = bytes(range(128, 256))
_SELF = "/v1/accounts/me/x"
_STEERS = b'{"message": "\\u001b[2J\\u009b2J\\u202eevil"}'

HOSTILE = [
    # --- that quote the credential ---------------------------------------------------------------
    Hostile("status line", lambda s: [f"HTTP/1.1 {s} hello\r\n\r\n".encode()],
            "ConnectionFailed|AnswerBrokeOff", "failed"),
    Hostile("chunk size", lambda s: [_CHUNKED, f"{s}\r\n".encode()],
            "AnswerBrokeOff", "failed"),
    Hostile("location", lambda s: [answer(status="302 Found", Location=f"http://{s}.test/x?y={s}")],
            "UntrustedURL", "redirects to"),
    Hostile("malformed location", lambda s: [answer(status="302 Found", Location=f"http://[::1?{s}")],
            "InvalidResponse", "not a URL"),
    Hostile("reason", lambda s: [answer(status=f"400 {s}")], "APIException", "answered 400"),
    Hostile("web page", lambda s: [answer(f"<html>{s}</html>".encode(), kind="text/html")],
            "InvalidResponse", "web page"),
    Hostile("error text", lambda s: [answer(f"you sent {s}".encode(), "403 No", "text/plain")],
            "ForbiddenException", "you sent"),
    Hostile("cut", lambda s: [answer(("." * 190 + s).encode(), "400 No", "text/plain")],
            "APIException", r"\.\.\."),
    Hostile("JSON string", lambda s: [answer(f'"{s}'.encode())], "InvalidJSON", "damaged or cut"),
    Hostile("encoding", lambda s: [answer(b"{}", Content_Encoding=s)],
            "InvalidResponse", "not asked for"),
    # --- that are too much -----------------------------------------------------------------------
    Hostile("gzip bomb", lambda s: bomb(64 << 20), "AnswerTooLarge", "max_body_bytes",
            settings=_SMALL),
    Hostile("deflate bomb", lambda s: [answer(zlib.compress(b" " * (64 << 20)),
            Content_Encoding="deflate")], "AnswerTooLarge", "max_body_bytes", settings=_SMALL),
    Hostile("gzip in gzip", lambda s: [answer(_CUT, Content_Encoding="gzip, gzip")],
            "InvalidResponse", "not asked for"),
    Hostile("gzips of nothing", lambda s: _for_ever(
            _HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
            "AnswerTooLarge", "max_body_bytes", settings=_SMALL),
    Hostile("chunk extension", lambda s: _for_ever(_CHUNKED + b"1", b";a=b"),
            "AnswerBrokeOff", "more than 65536 bytes"),
    Hostile("chunks", lambda s: _for_ever(_CHUNKED, b"1\r\n \r\n"),
            "AnswerTooLarge", "max_body_bytes", settings=_SMALL),
    Hostile("trailers", lambda s: _for_ever(_CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-T: y\r\n"),
            "DeadlineExceeded", "within 0.4 s", settings=_SHORT),
    Hostile("interim answers", lambda s: _for_ever(b"", b"HTTP/1.1 103 Hints\r\n\r\n"),
            "DeadlineExceeded", "within 0.4 s", settings=_SHORT),
    Hostile("100 Continue", lambda s: _for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
            "DeadlineExceeded", "within 0.4 s", settings=_SHORT),
    Hostile("status line for ever", lambda s: _for_ever(b"HTTP/1.1 200 ", b"OK"),
            "ConnectionFailed", "more than 65536 bytes"),
    Hostile("endless body", lambda s: _endless(_HEAD + b"\r\n"), "AnswerTooLarge",
            "1,048,576 bytes", settings=_SMALL),
    Hostile("endless error", lambda s: _endless(b"HTTP/1.1 500 No\r\n\r\nso sorry"),
            "ServerException", "so sorry", settings=_SMALL),
    Hostile("nested", lambda s: [answer(b"[" * 200_000)], "InvalidJSON", "nested too deeply"),
    Hostile("digits", lambda s: [answer(b'{"objects": [], "page": %s}' % (b"9" * 5_000))],
            "InvalidJSON", "too many digits"),
    Hostile("headers", lambda s: [_HEAD, *[b"X-%d: y\r\n" % i for i in range(500)], b"\r\n{}"],
            "ConnectionFailed|AnswerBrokeOff", "failed"),
    Hostile("header line", lambda s: [_HEAD + b"X: " + b"y" * 200_000 + b"\r\n\r\n{}"],
            "ConnectionFailed|AnswerBrokeOff", "failed"),
    # --- that are too slow -----------------------------------------------------------------------
    Hostile("dripping head", lambda s: dripping(_HEAD), "DeadlineExceeded", "within 0.4 s",
            pause=0.02, settings=_SHORT),
    Hostile("dripping body", lambda s: _slowly(_HEAD + b"\r\n{"), "DeadlineExceeded",
            "within 0.4 s", pause=0.02, settings=_SHORT),
    Hostile("dripping chunks", lambda s: _slowly(_CHUNKED, b"1\r\n \r\n"),
            "DeadlineExceeded", "within 0.4 s", pause=0.02, settings=_SHORT),
    Hostile("dripping and promised", lambda s: _slowly(_HEAD + b"Content-Length: 9999\r\n\r\n"),
            "DeadlineExceeded", "within 0.4 s", pause=0.02, settings=_SHORT),
    Hostile("dripping error", lambda s: _slowly(b"HTTP/1.1 500 No\r\n\r\nsorry"),
            "DeadlineExceeded", "within 0.4 s", pause=0.02, settings=_SHORT),
    Hostile("silence", lambda s: iter([_HEAD, b""]), "ReadTimedOut|AnswerBrokeOff", "GET",
            pause=1.0, settings={"read_timeout": 0.2}),
    # --- that are not what they say --------------------------------------------------------------
    Hostile("two lengths", lambda s: [_HEAD + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}"],
            "InvalidResponse", "contradictory"),
    Hostile("a length of many digits", lambda s: [_HEAD + b"Content-Length: 9%023d\r\n\r\n{}" % 0],
            "AnswerBrokeOff", "ended before it was complete"),
    Hostile("chunk without end", lambda s: [_CHUNKED + b"FFFFFFFFFFFFFFF\r\n{}\r\n"],
            "AnswerBrokeOff", "ended before it was complete"),
    Hostile("another protocol", lambda s: [b"HTTP/1.1 101 Switching Protocols\r\n\r\n{}"],
            "AnswerBrokeOff", "changes the protocol"),
    Hostile("no gzip", lambda s: [answer(b"{}", Content_Encoding="gzip")],
            "InvalidResponse", "is not gzip"),
    Hostile("cut gzip", lambda s: [answer(_CUT, Content_Encoding="gzip")],
            "AnswerBrokeOff", "broke off"),
    Hostile("binary", lambda s: [answer(_BINARY * 2_000)], "InvalidJSON", "damaged"),
    Hostile("binary error", lambda s: [answer(_BINARY * 9_000, "418 No")],
            "APIException", "answered 418"),
    Hostile("no HTTP", lambda s: [b"SSH-2.0-OpenSSH_9.2\r\n"],
            "ConnectionFailed|AnswerBrokeOff", "failed"),
    Hostile("nothing", lambda s: [], "ConnectionFailed", "failed"),
    Hostile("redirect to itself", lambda s: [answer(status="302 Found", Location=_SELF)],
            "RedirectLoop", "circle"),
    Hostile("escape sequences", lambda s: [answer(_STEERS, "409 \x1b[2J")],
            "APIException", r"\\x1b\[2J"),
]  # fmt: skip
