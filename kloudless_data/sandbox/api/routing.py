"""Map a URL to the function that answers it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..state import State
from ..world.accounts import Account
from .authorization import Identity, account_of, identify
from .responses import ApiError, invalid, not_found

__all__ = ["Call", "Handler", "Route", "Router", "as_user"]


@dataclass
class Call:
    """A request being answered."""

    state: State
    request: Request
    version: int
    parameters: dict[str, str]
    body: bytes = b""
    query: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.query = dict(self.request.query_params)

    @cached_property
    def identity(self) -> Identity:
        """The caller; a wrong or missing credential raises a 401."""
        return identify(self.state.directory, self.request.headers.get("authorization"))

    @cached_property
    def account(self) -> Account:
        """The account that the URL names, if the caller may access it."""
        return account_of(self.state.directory, self.identity, self.parameters["account"])

    @property
    def root(self) -> str:
        """The API's root URL, for the href of objects."""
        return f"{self.request.url.scheme}://{self.request.url.netloc}/v{self.version}"

    @property
    def wants_raw(self) -> bool:
        """True if objects should include the upstream's own under `raw`."""
        return self.request.headers.get("x-kloudless-raw-data", "").lower() == "true"

    def json(self) -> dict[str, Any]:
        """Return the request's body as an object; a missing body is an empty object."""
        try:
            data = json.loads(self.body or b"{}")
        except ValueError:
            raise ApiError(400, "bad_request", "The body is not valid JSON.") from None
        if not isinstance(data, dict):
            raise invalid("The body must be a JSON object.")
        return data


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """A path below the version, such as `accounts/{account}/events`, and its handler.

    An `open` route accepts requests without credentials.
    """

    path: str
    methods: dict[str, Handler]
    versions: tuple[int, ...] = (0, 1, 2)
    open: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """The route that a URL matches."""

    version: int
    parameters: dict[str, str]
    handler: Handler
    needs_identity: bool


class Router:
    """Finds a request's handler."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [
            (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path)), route)
            for route in routes
        ]

    def find(self, method: str, path: str) -> Match:
        """Find the handler for a request.

        Parameters
        ----------
        method : str
            HTTP method.
        path : str
            The URL's path, from the version on.

        Raises
        ------
        ApiError
            404 or 405.
        """
        match = re.fullmatch(r"/v([0-9])/(.*)", path)
        if not match:
            raise not_found("The URL is not valid. It starts with the API's version, as in /v1/.")
        version, rest = int(match[1]), match[2].strip("/")
        for pattern, route in self._routes:
            found = pattern.fullmatch(rest)
            if found and version in route.versions:
                handler = _handler(route, method)
                return Match(version, found.groupdict(), handler, needs_identity=not route.open)
        raise not_found("The URL is not valid: there is no such endpoint.")


def _handler(route: Route, method: str) -> Handler:
    """Return the function for a method; GET's also serves HEAD, without the body."""
    allowed = {*route.methods, "OPTIONS", *(["HEAD"] if "GET" in route.methods else [])}
    headers = {"Allow": ", ".join(sorted(allowed))}
    if method == "OPTIONS":
        return lambda call: Response(status_code=204, headers=headers)
    handler = route.methods.get("GET" if method == "HEAD" else method)
    if handler is None:
        raise ApiError(405, "method_not_allowed", f"{method} is not allowed here.", headers)
    return handler


def as_user(call: Call) -> int | None:
    """Return the index of the person that an administrator acts as, or None.

    Raises
    ------
    ApiError
        403 if the account is not an administrator's, 404 if there is no such user.
    """
    wanted = call.request.headers.get("x-kloudless-as-user")
    if not wanted:
        return None
    if not call.account.admin:
        raise ApiError(403, "forbidden", "Only an administrator's account can act as a user.")
    sharing = call.state.sharing(call.account)
    if sharing.manners is not None and not sharing.manners.as_user:
        raise ApiError(
            403, "forbidden", f"{call.account.service} does not support X-Kloudless-As-User."
        )
    people = call.state.history(call.account).world.people
    for index, person in enumerate(people):
        if wanted in (str(person.user_id), f"u{person.user_id:x}", person.email):
            if sharing.refuses(index):
                raise ApiError(403, "service_forbidden", "The service refuses to act as this user.")
            return index
    raise not_found("There is no such user.")
