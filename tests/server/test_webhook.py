"""The webhook receiver accepts signed webhooks and syncs the accounts they name."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest
import requests

import kloudless_data as kd
from kloudless_data.events.webhook import WebhookReceiver, account_named, signature
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.sandbox import Sandbox

KEY, APP = "the-api-key", "the-app"


@contextlib.contextmanager
def receiver(handle=lambda account: None, **kwargs):
    with WebhookReceiver(handle, api_key=KEY, app_id=APP, **kwargs) as running:
        yield running


def post(url, body, signed=None, key=KEY):
    headers = {"X-Kloudless-Signature": signature(key, body) if signed is None else signed}
    return requests.post(url, data=body, headers=headers, timeout=10)


def test_the_signature_is_that_of_another_implementation():
    body = b"account=123456789"
    found = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", KEY, "-binary"], input=body, capture_output=True,
        check=True,
    )  # fmt: skip
    import base64

    assert signature(KEY, body) == base64.b64encode(found.stdout).decode()


def test_a_signed_webhook_is_answered_with_the_application_and_handled():
    handled, done = [], threading.Event()

    def handle(account):
        handled.append(account)
        done.set()

    with receiver(handle) as running:
        answer = post(running.url, b"account=123")
        assert done.wait(10)
    assert (answer.status_code, answer.text) == (200, APP)
    assert handled == ["123"]


@pytest.mark.parametrize("signed", ["", "wrong", signature("other", b"account=123"), "é", "=" * 9])
def test_unsigned_webhooks_are_refused(signed):
    handled = []
    with receiver(handled.append) as running:
        answer = post(running.url, b"account=123", signed.encode().decode("latin-1"))
    assert answer.status_code == 401
    assert APP not in answer.text
    assert handled == []


@pytest.mark.parametrize(
    ("body", "account"),
    [(b"account=7", "7"), (b"account=7&x=1", "7"), (b'{"account": 7}', "7"),
     (b'{"account": "a7"}', "a7"), (b"", None), (b"account=", None), (b"account=../1", None),
     (b'{"account": true}', None), (b'{"account": {}}', None), (b"{", None), (b"\xff", None),
     (b'{"account": []}', None), (b"[" * 60_000, None), (b'{"a":' * 10_000, None)],
)  # fmt: skip
def test_forms_that_name_an_account(body, account):
    assert account_named(body) == account
    with receiver() as running:
        assert post(running.url, body).status_code == (400 if account is None else 200)


def test_an_account_named_repeatedly_is_handled_once_more():
    handled, started, go_on = [], threading.Event(), threading.Event()

    def handle(account):
        handled.append(account)
        started.set()
        assert go_on.wait(10)

    with receiver(handle) as running:
        post(running.url, b"account=1")
        assert started.wait(10)
        for name in (b"1", b"2", b"1", b"1", b"2"):
            post(running.url, b"account=" + name)
        go_on.set()
        waiting = threading.Event()
        for _ in range(1_000):
            if len(handled) == 3:
                break
            waiting.wait(0.01)
    assert handled == ["1", "1", "2"]


def test_a_failure_does_not_end_the_receiver():
    handled, both = [], threading.Semaphore(0)

    def handle(account):
        handled.append(account)
        both.release()
        raise RuntimeError("no")

    with receiver(handle) as running:
        post(running.url, b"account=1")
        assert both.acquire(timeout=10)
        post(running.url, b"account=2")
        assert both.acquire(timeout=10)
    assert handled == ["1", "2"]


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [("GET", {}, 501), ("POST", {"Content-Length": "70000"}, 413),
     ("POST", {"Content-Length": "x"}, 411), ("POST", {"Transfer-Encoding": "chunked"}, 411),
     ("POST", {"Content-Length": "9" * 5000}, 411)],
)  # fmt: skip
def test_other_requests_are_refused_before_they_are_read(method, headers, status):
    with receiver() as running:
        connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=10)
        connection.putrequest(method, "/")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()


def test_a_port_that_is_taken_and_a_key_that_is_missing():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InvalidParameter, match="another port"):
            WebhookReceiver(print, api_key=KEY, app_id=APP, port=taken.getsockname()[1])
    with pytest.raises(InvalidParameter, match="API key"):
        WebhookReceiver(print, api_key="", app_id=APP)


def test_without_a_thread_the_caller_takes_the_accounts_in_their_order():
    with receiver(None) as running:
        assert running.next_account(0) is None
        for name in (b"2", b"1", b"2"):
            post(running.url, b"account=" + name)
        assert [running.next_account(10) for _ in range(2)] == ["2", "1"]
        assert running.next_account(0) is None
    assert running.next_account() is None


def command(archive, app_id, api_key, base_url):
    """Start the command."""
    return subprocess.Popen(
        [sys.executable, "-m", "kloudless_data", "webhook", str(archive),
         "--app-id", app_id, "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "KLOUDLESS_API_KEY": api_key, "KLOUDLESS_BASE_URL": base_url},
    )  # fmt: skip


def test_a_second_ctrl_c_ends_the_command_though_a_server_never_answers(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        base_url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = command(tmp_path / "activity", APP, KEY, base_url)
        try:
            url = process.stderr.readline().split()[-1]
            assert post(url, b"account=7").status_code == 200
            connection, _ = silent.accept()
            with connection:  # the sync is under way
                for _ in range(2):
                    process.send_signal(signal.SIGINT)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(1)  # two signals at one time are one
                _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Interrupted" in err


def test_idle_connections_do_not_keep_the_command(tmp_path):
    process = command(tmp_path / "activity", APP, KEY, "http://127.0.0.1:1")
    try:
        address = urlsplit(process.stderr.readline().split()[-1])
        with socket.create_connection((address.hostname, address.port)) as idle:
            idle.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0


def test_the_command_syncs_the_account_named(tmp_path):
    """From the server's POST to rows in the archive, and an orderly end."""
    with Sandbox(seed=3, accounts=3, events=150) as sandbox:
        process = command(tmp_path / "activity", sandbox.app_id, sandbox.api_key, sandbox.base_url)
        try:
            url = process.stderr.readline().split()[-1]
            account = str(sandbox.accounts[1].id)
            body = f"account={account}".encode()
            answer = post(url, body, key=sandbox.api_key)
            assert (answer.status_code, answer.text) == (200, sandbox.app_id)
            report = json.loads(process.stdout.readline())
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
        assert report["failures"] == {}
        assert process.returncode == 0
        assert out == ""
        assert sandbox.api_key not in err
        frame = kd.Archive(tmp_path / "activity").events()
        assert len(frame) == 150
        assert set(frame["account"]) == {account}


def test_an_archive_that_cannot_be_made_is_told_before_the_first_webhook(tmp_path):
    (tmp_path / "activity").write_text("a file")
    process = command(tmp_path / "activity", APP, KEY, "http://127.0.0.1:1")
    try:
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 1
    assert "listening" not in err
    assert err.startswith("error: ")


def test_a_sync_that_fails_is_told_in_the_words_of_the_command_line(tmp_path):
    process = command(tmp_path / "activity", APP, KEY, "http://127.0.0.1:1")
    try:
        post(process.stderr.readline().split()[-1], b"account=7")
        told = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert "Connection refused" in str(told)
    assert " base_url" not in str(told)
