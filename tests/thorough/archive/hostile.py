"""A server whose answers must not be trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conftest import Answer, Request
from unit.memory import MemoryServer

import kloudless_data as kd

EVENT = {"id": "e1", "account": 1, "type": "add", "modified": "2026-03-01T00:00:00Z"}


class Hostile:
    """Answers as instructed: the list of accounts, and each account's only page.

    Attributes
    ----------
    accounts : list
    pages : dict of str to dict
        Members of an account's page that differ from an ordinary one's.
    date : str or None
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.accounts: list[Any] = [{"id": 1}, {"id": 2}]
        self.pages: dict[str, dict[str, Any]] = {}
        self.date: str | None = None

    def client(self) -> kd.Client:
        """Return a client with an API key."""
        return kd.Client(api_key="an-api-key", base_url=self.url)

    def answer(self, path: str) -> Any:
        """Return the answer to a request."""
        if path.rstrip("/").endswith("/accounts"):
            return {"page": 1, "count": len(self.accounts), "objects": self.accounts}
        if path.endswith("/accounts/me"):
            return self.accounts[0]
        account = path.split("/accounts/")[1].split("/")[0]
        return self.pages.get(account, {"cursor": "-1", "objects": [EVENT]})


@contextmanager
def hostile() -> Iterator[Hostile]:
    """Serve in memory."""

    def respond(request: Request) -> Answer:
        path, _, query = request.path.partition("?")
        later = "page=" in query.replace("page_size=", "")
        found = {"objects": []} if later else told.answer(path)
        headers = {} if told.date is None else {"Date": told.date}
        return Answer(body=json.dumps(found).encode(), headers=headers)

    server = MemoryServer(respond)
    told = Hostile(server.base_url)
    try:
        yield told
    finally:
        server.stop()
