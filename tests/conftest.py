"""Shared fixtures: a sandbox, and a server that answers as a test tells it to."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import settings

import kloudless_data as kd
from kloudless_data.config import configuration
from kloudless_data.sandbox import Sandbox
from kloudless_data.text.redaction import redact

# Every worker, kernel and command that the tests start would compile the package again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# jsonschema compiles a grammar of addresses, for three seconds of each worker that imports it. No
# test has it check formats.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

# The duration of an example depends on the machine and is not a property.
settings.register_profile("kloudless-data", deadline=None)
settings.load_profile("kloudless-data")


def pytest_configure() -> None:
    """Let Ctrl-C interrupt the tests and the processes that they start.

    A shell's background jobs ignore it, and what they start inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


_WORDS = " ".join([*kd.exceptions.PYTHON.values(), "of the environment variable", "typed"])


@pytest.fixture(scope="module", autouse=True)
def _no_credential_is_made_of_words() -> Iterator[None]:
    """Fail modules whose credentials share words with messages.

    Credentials are redacted for as long as the process lasts, so later tests would miss the words.
    """
    before = redact(_WORDS)
    yield
    assert redact(_WORDS) == before, "Some credential of this module has a word of the messages."


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[Any]:
    """Collect the tests without the garbage collector, and let it skip what stays until the end.

    Thousands of tests and modules stay. Each full collection would look at all of them again: a
    fifth of the time to collect the tests, and a tenth of that to run the unit tests. What the
    tests leave to full collections is little, so these are rarer than usual.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, 50)
        gc.enable()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return one worker more than processors.

    With as many as processors a fifth of their time is idle: tests wait for browsers, kernels,
    killed processes and the disk.
    """
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _clean_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Keep the settings of other tests, and of the environment, from every test."""
    for name in list(os.environ):
        if name.startswith("KLOUDLESS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KLOUDLESS_CONFIG_DIR", str(tmp_path_factory.getbasetemp() / "no profiles"))
    # Tests cover retries, but do not wait for them.
    monkeypatch.setattr("kloudless_data.http.retry.RetryPolicy.backoff_unit", 0.001)
    # The command sets the loggers' levels for its whole process.
    names = ("kloudless_data", "kloudless_data.util", "urllib3")
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    for key in list(configuration):
        del configuration[key]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A server with ten accounts of 2,500 events each. Tests must not change it."""
    with Sandbox(seed=7, accounts=10, events=2_500) as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> kd.Account:
    return kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)


@pytest.fixture
def meta(sandbox: Sandbox) -> kd.Client:
    return kd.Client(token=sandbox.meta_token, base_url=sandbox.base_url)


@dataclass
class Answer:
    """The scripted server's answer to one request."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    reset: str | None = None  # "before" or "during" the answer
    promised: int | None = None  # a Content-Length that is not kept


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class ScriptedServer:
    """Gives the answers of a list, one per request, and repeats the last one forever."""

    def __init__(self, *answers: Answer | Callable[[Request], Answer]) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = self._chunks()
                request = Request(self.command, self.path, dict(self.headers.items()), body)
                server.requests.append(request)
                number = min(len(server.requests), len(server.answers)) - 1
                answer = server.answers[number]
                self._send(answer(request) if callable(answer) else answer)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer

            def _chunks(self) -> bytes:
                whole = b""
                while size := int(self.rfile.readline(), 16):
                    whole += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return whole

            def _send(self, answer: Answer) -> None:
                if answer.reset == "before":
                    return self._reset()
                self.send_response(answer.status)
                if answer.content_type:
                    self.send_header("Content-Type", answer.content_type)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    length = len(answer.body) if answer.promised is None else answer.promised
                    self.send_header("Content-Length", str(length))
                self.end_headers()
                if self.command != "HEAD" and answer.status != 204:
                    body = answer.body
                    self.wfile.write(body[: len(body) // 2] if answer.reset else body)
                self.wfile.flush()
                if answer.reset or answer.promised is not None:
                    self._reset()
                return None

            def _reset(self) -> None:
                # No lingering: the peer sees a reset, not an orderly end.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                self.close_connection = True

            def handle_one_request(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    super().handle_one_request()

            def finish(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    super().finish()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Return a function that starts a scripted server with the given answers."""
    running: list[ScriptedServer] = []

    def start(*answers: Answer | Callable[[Request], Answer]) -> ScriptedServer:
        running.append(ScriptedServer(*answers))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def dead_url() -> str:
    """Return the URL of a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
