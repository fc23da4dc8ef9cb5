"""Run uvicorn in a thread, with a signal when it is ready and an immediate stop."""

from __future__ import annotations

import threading
from socket import socket

import uvicorn

from ..state import State
from .connection import Protocol
from .server import Application, Hook

__all__ = ["Server"]


class Server(uvicorn.Server):
    """A server that can be waited for and stopped from another thread."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    @classmethod
    def of(cls, state: State, hooks: list[Hook]) -> Server:
        """Return a quiet server for this state, without costly per-request features.

        Parameters
        ----------
        state : State
            The sandbox's state.
        hooks : list of Hook
            Called for each request, in this order.
        """
        return cls(
            uvicorn.Config(
                Application(state, hooks),
                http=Protocol,
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=1,
            )
        )

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, then signal that the server is ready."""
        await super().startup(sockets=sockets)
        self.ready.set()

    def stop(self) -> None:
        """Stop the server, cutting off requests in progress."""
        self.should_exit = True
        self.force_exit = True
