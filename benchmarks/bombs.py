"""The memory taken by answers that are meant to exhaust it.

Three servers on loopback answer with a small gzip stream that unpacks to a gigabyte and a half,
with a body that never ends, and with an error of a gigabyte. A separate process makes each request
and must end with a clear error; the system reports its highest memory.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator

from .report import Goal, Report

LIMIT_MB = 600
_HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n%s\r\n"
_PART = b" " * (1 << 20)

_PROGRAM = """
import json, sys
import kloudless_data as kd
from benchmarks.memory import _peak
client = kd.Client(token="a-token-of-a-benchmark", base_url=sys.argv[1])
account = client.with_options(max_retries=0).account()
said = ""
try:
    {ask}
except kd.exceptions.KloudlessException as error:
    said = type(error).__name__
print(json.dumps([said, _peak() / 1e6]))
"""
WAYS = {
    "a stream": "account.events().to_frame()",
    "accounts/me": "account.get()",
}


def _packed(megabytes: int) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9) as file:
        file.write(b'{"objects": [')
        for _ in range(megabytes):
            file.write(_PART)
    return buffer.getvalue()


def _gzip_bomb() -> Iterable[bytes]:
    packed = _packed(1_500)
    yield _HEAD % (b"200 OK", b"Content-Encoding: gzip\r\n") + packed


def _endless() -> Iterable[bytes]:
    yield _HEAD % (b"200 OK", b"") + b'{"objects": ['
    while True:
        yield _PART


def _large_error() -> Iterable[bytes]:
    yield _HEAD % (b"400 Bad Request", b"Content-Length: 1073741824\r\n")
    for _ in range(1024):
        yield _PART


BOMBS: dict[str, Callable[[], Iterable[bytes]]] = {
    "gzip bomb, 1.5 GB": _gzip_bomb,
    "endless body": _endless,
    "error body, 1 GB": _large_error,
}


@contextlib.contextmanager
def _serving(script: Callable[[], Iterable[bytes]]) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.recv(65536)
                    for part in script():
                        connection.sendall(part)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def run(*, quick: bool = False) -> Report:
    """Request each, in both ways."""
    report = Report("bombs", "Highest memory of a process that asks once, by what is answered.")
    for bomb in BOMBS:
        for way in list(WAYS)[: 1 if quick else None]:
            said, peak = _measure(bomb, way)
            report.add(f"{bomb}, {way}", peak, "MB", said)
            report.goals.append(
                Goal(f"{bomb}, {way}: refused", float(bool(said)), 1, at_least=True)
            )
    worst = max(row.figure for row in report.rows)
    report.goals.append(Goal("the highest of all", worst, LIMIT_MB, unit="MB"))
    return report


def _measure(bomb: str, way: str) -> tuple[str, float]:
    """Return the exception that a process ended with, and its highest memory in MB."""
    with _serving(BOMBS[bomb]) as url:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM.format(ask=WAYS[way]), url],
            check=True, stdout=subprocess.PIPE, timeout=600,
        )  # fmt: skip
    said, peak = json.loads(done.stdout)
    return said, peak
