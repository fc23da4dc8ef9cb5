"""Access to the TCP connection of a request, for faults below HTTP."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from starlette.requests import Request
from starlette.types import Receive
from uvicorn.protocols.http.auto import AutoHTTPProtocol

__all__ = ["Protocol", "end", "transport_of"]

_NO_LINGERING = struct.pack("ii", 1, 0)


class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's protocol, extended to pass the connection to the application."""

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Store the connection where each request's scope finds it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def transport_of(request: Request) -> asyncio.Transport:
    """Return the connection that a request arrived on."""
    transport: asyncio.Transport = request.scope["state"]["transport"]
    return transport


async def end(request: Request, receive: Receive, *, abruptly: bool) -> None:
    """End the connection now, by a reset (RST) or an orderly close (FIN), and wait for that.

    Parameters
    ----------
    request : Request
        The request whose connection to end.
    receive : callable
        The request's ASGI channel.
    abruptly : bool
        Send a reset instead of closing in order.
    """
    transport = transport_of(request)
    if abruptly:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        transport.abort()
    else:
        transport.close()
    # uvicorn must know before the application returns, or it reports an error.
    while (await receive())["type"] != "http.disconnect":
        pass
