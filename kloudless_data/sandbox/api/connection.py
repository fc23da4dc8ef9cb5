"""The TCP connection below a request, for what HTTP has no words for."""

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
    """uvicorn's own, which tells the application what the connection is."""

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Remember the connection where every request's scope gets it from."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def transport_of(request: Request) -> asyncio.Transport:
    """Return the connection that a request came on."""
    transport: asyncio.Transport = request.scope["state"]["transport"]
    return transport


async def end(request: Request, receive: Receive, *, abruptly: bool) -> None:
    """End the connection now, by a reset (RST) or in good order (FIN); return when it has ended."""
    transport = transport_of(request)
    if abruptly:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        transport.abort()
    else:
        transport.close()
    # uvicorn has to know before the application returns, or it takes that for a mistake.
    while (await receive())["type"] != "http.disconnect":
        pass
