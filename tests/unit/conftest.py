"""Unit tests open no socket: servers and sandboxes answer in memory; see `memory`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kloudless_data.decode.engine import ENGINE
from kloudless_data.sandbox import Sandbox

from .memory import MemorySandbox, MemoryServer, install


@pytest.fixture(autouse=True)
def _no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


@pytest.fixture(autouse=True)
def _array_operations(monkeypatch: pytest.MonkeyPatch, _clean_settings: None) -> None:
    """Decode with array operations, however much the tests before have read.

    Otherwise Numba starts somewhere on the way, in each worker; `thorough.decode` compares both.
    """
    monkeypatch.setenv(ENGINE, "numpy")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Ten accounts of 2,500 events each. Tests must not change it."""
    with MemorySandbox(seed=7, accounts=10, events=2_500) as running:
        yield running


@pytest.fixture
def serve() -> Iterator[Callable[..., MemoryServer]]:
    """Return a function that starts a scripted server with the given answers."""
    running: list[MemoryServer] = []

    def start(*answers: object) -> MemoryServer:
        running.append(MemoryServer(*answers))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def dead_url() -> str:
    """Return the URL of a port on which nothing listens."""
    return "http://127.0.0.1:1"
