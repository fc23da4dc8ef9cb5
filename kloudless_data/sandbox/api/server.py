"""The server: one ASGI application that answers and records requests."""

from __future__ import annotations

import asyncio
import gzip
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ..state import RequestRecord, State
from . import calendars, core, events, meta, oauth, sharing, storage, team
from .authorization import identify
from .responses import ApiError, JsonResponse, error_response
from .routing import Call, Router

__all__ = ["Application", "Hook", "Latency"]

_ROUTES = [
    *oauth.ROUTES,
    *core.ROUTES,
    *events.ROUTES,
    *team.ROUTES,
    *sharing.ROUTES,
    *storage.ROUTES,
    *calendars.ROUTES,
    *meta.ROUTES,
]
_WORTH_COMPRESSING = 1_000


class Hook:
    """Intercepts requests: the only place to add latency, limits and faults.

    Hooks are called in order; every method is optional.
    """

    async def before(self, request: Request) -> Response | None:
        """Answer in place of the endpoint, or wait."""
        return None

    def after(self, request: Request, response: Response) -> Response:
        """Change or replace the answer.

        Parameters
        ----------
        request : Request
            The client's request.
        response : Response
            The endpoint's answer.
        """
        return response

    async def send(self, request: Request, message: Message, send: Send) -> None:
        """Send one ASGI message of the answer, changed, cut, slowly or not at all.

        Raising `ConnectionError` here closes the connection.

        Parameters
        ----------
        request : Request
            The client's request.
        message : dict
            The ASGI message to send.
        send : callable
            Sends an ASGI message to the client.
        """
        await send(message)


class Latency(Hook):
    """Delays every request by a number of seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def before(self, request: Request) -> Response | None:
        """Wait."""
        await asyncio.sleep(self.seconds)
        return None


class Application:
    """The sandbox as an ASGI application.

    Endpoints are plain functions that run in the event loop: they never wait, and handing a page to
    a thread would cost more than making it.
    """

    def __init__(self, state: State, hooks: list[Hook]) -> None:
        self._state, self._hooks = state, hooks
        self._router = Router(_ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        body = await request.body()
        response = await self._instead(request) or self._answer(request, body)
        for hook in self._hooks:
            response = hook.after(request, response)
        response.headers["Date"] = format_datetime(self._state.clock.now, usegmt=True)
        self._record(request, response)
        for hook in reversed(self._hooks):
            send = _through(hook, request, send)
        await response(scope, receive, send)

    async def _instead(self, request: Request) -> Response | None:
        for hook in self._hooks:
            response = await hook.before(request)
            if response is not None:
                return response
        return None

    def _answer(self, request: Request, body: bytes) -> Response:
        try:
            match = self._router.find(request.method, request.scope["path"])
            call = Call(self._state, request, match.version, match.parameters, body)
            if match.needs_identity and request.method != "OPTIONS":
                # Authentication errors take precedence over all others.
                _ = call.identity
            response = match.handler(call)
        except ApiError as error:
            response = error_response(error, self._state.request_id())
        return self._compressed(request, response)

    def _compressed(self, request: Request, response: Response) -> Response:
        """Compress large JSON if the client accepts it, at the fastest level, as servers do."""
        accepted = request.headers.get("accept-encoding", "")
        if (
            self._state.options.gzip
            and isinstance(response, JsonResponse)
            and "gzip" in accepted
            and len(response.body) >= _WORTH_COMPRESSING
        ):
            response.body = gzip.compress(response.body, compresslevel=1, mtime=0)
            response.headers["Content-Length"] = str(len(response.body))
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Vary"] = "Accept-Encoding"
        return response

    def _record(self, request: Request, response: Response) -> None:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.startswith("x-kloudless-")
        }
        self._state.requests.append(
            RequestRecord(
                request.method,
                request.scope["path"],
                request.url.query,
                response.status_code,
                self._authorized(request),
                headers,
                getattr(response, "objects", None),
            )
        )

    def _authorized(self, request: Request) -> bool | None:
        header = request.headers.get("authorization")
        if header is None:
            return None
        try:
            identify(self._state.directory, header)
        except ApiError:
            return False
        return True


def _through(hook: Hook, request: Request, send: Send) -> Send:
    async def through(message: Message) -> None:
        await hook.send(request, message, send)

    return through
