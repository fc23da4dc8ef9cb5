"""Responses: objects, lists with the three kinds of paging, and the documented errors."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from ..world.templates import dumps

__all__ = [
    "ApiError",
    "JsonResponse",
    "error_response",
    "numbered_page",
    "page_size",
    "reply",
    "token_page",
]

_DEFAULT_PAGE = 100


class ApiError(Exception):
    """A request that is answered with an error.

    Parameters
    ----------
    status, error_code, message
        The contents of the error's body.
    headers
        Additional headers of the response.
    more
        Additional fields of the body, such as `conflicting_resource_id`.
    """

    def __init__(
        self,
        status: int,
        error_code: str,
        message: str,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.error_code, self.message = status, error_code, message
        self.headers, self.more = headers, more


class JsonResponse(Response):
    """A JSON response, with the number of objects in it.

    Attributes
    ----------
    objects
        The number of objects in a list; None if it is not a list.
    """

    media_type = "application/json"

    def __init__(self, body: bytes, status: int = 200, objects: int | None = None) -> None:
        super().__init__(body, status)
        self.objects = objects


def reply(data: Any, status: int = 200, objects: int | None = None) -> JsonResponse:
    """Return data as a JSON response.

    Parameters
    ----------
    data : object
        The JSON value.
    status : int, default 200
        The HTTP status.
    objects : int, optional
        The number of objects, for a list.
    """
    return JsonResponse(dumps(data), status, objects)


def error_response(error: ApiError, request_id: str) -> Response:
    """Return the documented body of an error (D, S).

    Parameters
    ----------
    error : ApiError
        The error.
    request_id : str
        The id that the body and the headers report.
    """
    body = {
        "error_code": error.error_code,
        "message": error.message,
        "id": request_id,
        "status_code": error.status,
        **error.more,
    }
    response = reply(body, error.status)
    response.headers.update(error.headers or {})
    return response


def invalid(message: str) -> ApiError:
    """Return the error for an invalid parameter."""
    return ApiError(400, "invalid_parameters", message)


def not_found(message: str = "The requested resource does not exist.") -> ApiError:
    """Return the error for something that does not exist."""
    return ApiError(404, "not_found", message)


def page_size(query: dict[str, str], largest: int, default: int = _DEFAULT_PAGE) -> int:
    """Return the requested page size; one out of range is an error (S; the range: A).

    Parameters
    ----------
    query : dict of str to str
        The query parameters.
    largest : int
        The largest size allowed.
    default : int, optional
        The size if none is requested.
    """
    asked = query.get("page_size")
    if asked is None:
        return min(default, largest)
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:9]) <= largest:
        raise invalid(f"page_size must be an integer from 1 to {largest}.")
    return int(asked)


def numbered_page(
    objects: Sequence[Any], query: dict[str, str], largest: int, api: str
) -> JsonResponse:
    """Return a page of a list with numbered pages; one beyond the last is a 404 (S).

    Parameters
    ----------
    objects : sequence
        All objects of the list.
    query : dict of str to str
        The query parameters.
    largest : int
        The largest page size.
    api : str
        The list's ``api`` member.
    """
    size, page = page_size(query, largest), query.get("page", "1")
    if not page.isascii() or not page.isdigit() or int(page[:9]) < 1:
        raise invalid("page must be a positive integer.")
    first = (int(page[:9]) - 1) * size
    if first and first >= len(objects):
        raise not_found("That page contains no results.")
    found = objects[first : first + size]
    return reply(
        {
            "total": len(objects),
            "count": len(found),
            "page": int(page),
            "api": api,
            "type": "object_list",
            "objects": found,
        },
        objects=len(found),
    )


def token_page(
    objects: Sequence[Any], query: dict[str, str], largest: int, api: str
) -> JsonResponse:
    """Return a page of a list whose pages are linked by opaque tokens.

    Parameters
    ----------
    objects : sequence
        All objects of the list.
    query : dict of str to str
        The query parameters.
    largest : int
        The largest page size.
    api : str
        The list's ``api`` member.
    """
    size, first = page_size(query, largest, default=largest), _start_of(query.get("page"))
    found = objects[first : first + size]
    body: dict[str, Any] = {
        "count": len(found),
        "page": query.get("page", 1),
        "api": api,
        "type": "object_list",
        "objects": found,
    }
    following = first + size
    more = following < len(objects)
    body["next_page"] = _token_of(following) if more else None
    return reply(body, objects=len(found))


def _token_of(first: int) -> str:
    return base64.urlsafe_b64encode(f"page:{first}".encode()).decode()


def _start_of(token: str | None) -> int:
    if token is None or token in ("", "1"):
        return 0
    try:
        word, _, first = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if word == "page" and first.isascii() and first.isdigit():
            return int(first[:12])
    except (ValueError, binascii.Error):
        pass
    raise invalid("page is not a valid page token.")
