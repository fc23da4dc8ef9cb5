"""A server of accounts and events that a test describes in full, independent of the sandbox.

`Served` is a function of requests, so it answers in memory as well as behind a socket.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

from conftest import Answer, Request


def event(id: Any, type: str = "add", **more: Any) -> dict[str, Any]:
    """Return an event of account 77."""
    return {"id": id, "account": 77, "type": type, "modified": "2026-03-01T10:00:00Z", **more}


def refusal(status: int, code: str, message: str) -> Answer:
    """Return an error in the API's form."""
    body = {"error_code": code, "message": message, "status_code": status, "id": "r"}
    return Answer(status, json.dumps(body).encode())


@dataclass
class Served:
    """Accounts with one list of events each; a cursor is an index into it.

    Attributes
    ----------
    events : dict of str to list
        By account.
    listed : list of str or None
        The accounts that are listed; None for all.
    refuse : callable
        Returns an `Answer` that refuses a request for events, or None.
    now : datetime or None
        The server's time; None if it does not send one.
    """

    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    listed: list[str] | None = None
    refuse: Any = None
    now: datetime | None = None
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        path, _, query = request.path.partition("?")
        parameters = {name: values[-1] for name, values in parse_qs(query).items()}
        self.asked.append(request.path)
        answer = self._answer(path, parameters)
        if self.now is not None:
            answer.headers["Date"] = format_datetime(self.now, usegmt=True)
        return answer

    def _answer(self, path: str, parameters: dict[str, str]) -> Answer:
        if path.endswith("/accounts"):
            names = list(self.events) if self.listed is None else self.listed
            first = parameters.get("page", "1") == "1"
            return _json({"page": 1, "objects": [{"id": int(n)} for n in names] if first else []})
        account = path.split("/accounts/")[1].split("/")[0]
        refused = self.refuse and self.refuse(account, parameters.get("cursor"))
        return refused or self._page(account, parameters)

    def _page(self, account: str, parameters: dict[str, str]) -> Answer:
        start = int(parameters.get("cursor", "0"))
        size = int(parameters.get("page_size", "1000"))
        page = self.events[account][start : start + size]
        return _json({"objects": page, "cursor": str(start + len(page))})


def _json(body: Any) -> Answer:
    return Answer(body=json.dumps(body).encode())
