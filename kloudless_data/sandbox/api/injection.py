"""Inject faults, with a hook between the endpoints and the network."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Message, Send

from ..faults.delivery import REPEATS_PAGE
from ..faults.plan import Fault, FaultPlan, Faults
from .connection import end, transport_of
from .responses import ApiError, JsonResponse, error_response
from .server import Hook

__all__ = ["Injection"]

_FAULT = "kloudless.fault"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n"
_PIECES, _PAUSE = 16, 0.002  # of a slow answer; seconds
_ERRORS = {502: "bad_gateway", 503: "service_unavailable", 504: "gateway_timeout"}
_PAGE = "<html><head><title>Please wait</title></head><body>Checking your browser</body></html>"


class Injection(Hook):
    """Injects the faults of a plan into requests, and counts them by kind."""

    def __init__(self, plan: FaultPlan, injected: Counter[str]) -> None:
        self._plan, self._faults, self._injected = plan, Faults(plan), injected

    async def before(self, request: Request) -> Response | None:
        """Pick a fault, then delay the request or refuse it before it takes effect."""
        fault, delay = self._faults.next_of(
            request.method,
            request.scope["path"],
            request.url.query,
            request.headers.get("authorization", ""),
        )
        if delay > 0:
            self._injected["latency"] += 1
            await asyncio.sleep(delay)
        if fault is None:
            return None
        request.scope[_FAULT] = fault
        if fault.kind == "repeated_page":
            request.scope[REPEATS_PAGE] = True  # only the endpoint knows the previous page
        if fault.kind.startswith(("rate_limit", "server_error")):
            self._injected[fault.kind] += 1
            return self._refusal(fault)
        return None

    def _refusal(self, fault: Fault) -> Response:
        wait, headers = self._plan.retry_after, {}
        if fault.kind in ("rate_limit_seconds", "server_error_retry_after"):
            headers = {"Retry-After": str(wait)}
        elif fault.kind == "rate_limit_date":
            moment = datetime.now(UTC) + timedelta(seconds=wait)
            headers = {"Retry-After": format_datetime(moment, usegmt=True)}
        status, code = 429, "too_many_requests"
        if fault.kind.startswith("server_error"):
            status, code = list(_ERRORS.items())[fault.detail % len(_ERRORS)]
        error = ApiError(status, code, "A fault of the sandbox's plan; try again.", headers)
        return error_response(error, f"fault-{fault.detail:016x}")

    def after(self, request: Request, response: Response) -> Response:
        """Replace a good answer with a damaged one.

        Parameters
        ----------
        request : Request
            The client's request.
        response : Response
            The endpoint's answer.
        """
        fault = _fault_of(request, "truncated", "invalid")
        if fault is None or response.status_code != 200 or not isinstance(response, JsonResponse):
            return response
        self._injected[fault.kind] += 1
        body = bytes(response.body)
        if response.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        cut = 1 + int(fault.fraction() * (len(body) - 1))
        if fault.kind == "truncated":
            return JsonResponse(body[: cut - 1])
        if fault.kind == "invalid_html":
            return HTMLResponse(_PAGE)
        if fault.kind == "invalid_json":
            # A control character is invalid both in a string and outside it.
            return JsonResponse(body[: cut - 1] + b"\x01" + body[cut:])
        damaged = JsonResponse(b"\x1f\x8b\x08\x00" + body[:cut])
        damaged.headers["Content-Encoding"] = "gzip"
        return damaged

    async def send(self, request: Request, message: Message, send: Send) -> None:
        """Send an answer slowly or partially.

        Parameters
        ----------
        request : Request
            The client's request.
        message : dict
            The ASGI message to send.
        send : callable
            Sends an ASGI message to the client.
        """
        fault = _fault_of(request, "slow", "reset")
        if fault is None:
            await send(message)
        elif fault.kind == "slow":
            await self._trickle(message, send)
        elif fault.kind == "reset_after":
            await self._close_after(request, message, send)
        else:
            await self._cut(fault, request, message, send)

    async def _trickle(self, message: Message, send: Send) -> None:
        body = message.get("body", b"")
        if len(body) < _PIECES:
            return await send(message)
        self._injected["slow"] += 1
        size = -(-len(body) // _PIECES)
        for start in range(0, len(body), size):
            more = message.get("more_body", False) or start + size < len(body)
            await send({**message, "body": body[start : start + size], "more_body": more})
            await asyncio.sleep(_PAUSE)

    async def _close_after(self, request: Request, message: Message, send: Send) -> None:
        await send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._injected["reset_after"] += 1
            transport_of(request).close()

    async def _cut(self, fault: Fault, request: Request, message: Message, send: Send) -> None:
        body = message.get("body", b"")
        if transport_of(request).is_closing():
            return
        if message["type"] == "http.response.start":
            if fault.kind == "reset_body":
                return await send(message)
            if fault.kind == "reset_head":
                transport_of(request).write(_HEAD[: 1 + int(fault.fraction() * len(_HEAD))])
        elif len(body) > 1:
            await send({**message, "body": body[: int(fault.fraction() * len(body))],
                        "more_body": True})  # fmt: skip
        else:
            return await send(message)
        self._injected[fault.kind] += 1
        await end(request, request.receive, abruptly=bool(fault.detail & 1))


def _fault_of(request: Request, *kinds: str) -> Fault | None:
    fault: Fault | None = request.scope.get(_FAULT)
    return fault if fault is not None and fault.kind.startswith(kinds) else None
