"""A server whose answers nobody should trust."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import kloudless_data as kd

EVENT = {"id": "e1", "account": 1, "type": "add", "modified": "2026-03-01T00:00:00Z"}


class Hostile:
    """Answers with what it is told to: the list of accounts, and each one's only page.

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
        return kd.Client(api_key="k", base_url=self.url)

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
    """Serve on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = "page=" in self.path.partition("?")[2].replace("page_size=", "")
            found = {"objects": []} if page else server.told.answer(self.path.partition("?")[0])
            body = json.dumps(found).encode()
            self.send_response_only(200)
            if server.told.date is not None:
                self.send_header("Date", server.told.date)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.told = Hostile(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
