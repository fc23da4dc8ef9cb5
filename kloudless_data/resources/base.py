"""What requests return: `Response`, `ResponseJson`, `Resource` and `ResourceList`."""

from __future__ import annotations

from .. import exceptions
from ..re_patterns import events_pattern, full_account_pattern, primary_calendar_alias
from ..util import url_join
from .lists import ResourceList
from .objects import Resource
from .responses import Empty, Response, ResponseJson, empty

__all__ = [
    "Empty",
    "Resource",
    "ResourceList",
    "Response",
    "ResponseJson",
    "empty",
    "events_pattern",
    "exceptions",
    "full_account_pattern",
    "primary_calendar_alias",
    "url_join",
]
