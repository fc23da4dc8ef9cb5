"""An account whose server sends a byte now and then does not delay the others' rows."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import kloudless_data as kd
from kloudless_data.archive import Archive, writer
from kloudless_data.exceptions import KloudlessException


class Dripping:
    """Serves accounts 1 and 2; answers to 1 arrive one byte at a time until `released`."""

    def __init__(self) -> None:
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                account = path.split("/accounts/")[1].split("/")[0]
                first = "cursor=" not in self.path
                event = {"id": f"e{account}", "account": int(account), "type": "add"}
                body = {"objects": [event] if first else [], "cursor": "1"}
                self._send(json.dumps(body).encode(), slowly=account == "1")

            def _send(self, body: bytes, *, slowly: bool) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                while slowly and len(body) > 1 and not outer.released.is_set():
                    self.wfile.write(body[:1])
                    self.wfile.flush()
                    body = body[1:]
                    outer.released.wait(0.4)
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def dripping() -> Iterator[Dripping]:
    running = Dripping()
    yield running
    running.stop()


def test_the_others_are_committed_while_it_is_stuck(dripping, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "_LONGEST", 0.2)
    archive, reports = Archive(tmp_path / "a"), []
    archive.init()
    accounts = [
        kd.Account(token="a-token", account_id=id, base_url=dripping.url) for id in ("1", "2")
    ]
    syncing = threading.Thread(target=lambda: reports.append(archive.sync(accounts)))
    syncing.start()
    try:
        committed = threading.Event()
        while syncing.is_alive() and not committed.wait(0.05):
            if archive.events(columns=["id"])["id"].tolist() == ["e2"]:
                committed.set()
        assert committed.is_set()
        assert syncing.is_alive()
        assert reports == []
    finally:
        dripping.released.set()
        syncing.join(60)
    (report,) = reports
    assert (report.events, report.failures) == (2, {})
    assert sorted(archive.events()["id"]) == ["e1", "e2"]
    archive.verify()


def test_a_failed_commit_ends_the_sync(dripping, tmp_path, monkeypatch):
    from kloudless_data.archive.delta.tables import Tables

    def full(*args: Any, **kwargs: Any) -> None:
        dripping.released.set()
        raise KloudlessException("The disk is full.")

    monkeypatch.setattr(writer, "_LONGEST", 0.2)
    archive = Archive(tmp_path / "a")
    archive.init()
    monkeypatch.setattr(Tables, "write", full)
    accounts = [
        kd.Account(token="a-token", account_id=id, base_url=dripping.url) for id in ("1", "2")
    ]
    with pytest.raises(KloudlessException, match="disk is full"):
        archive.sync(accounts)


def test_a_request_has_an_end(dripping, tmp_path):
    """Bytes keep arriving, so no timeout between two of them ever ends the request."""
    archive = Archive(tmp_path / "a")
    accounts = [
        kd.Client(token="a-token", base_url=dripping.url)
        .with_options(total_timeout=2.0, max_retries=0)
        .account(id)
        for id in ("1", "2")
    ]
    report = archive.sync(accounts)
    assert (list(report.failures), report.events) == (["1"], 1)
    assert archive.events()["id"].tolist() == ["e2"]
