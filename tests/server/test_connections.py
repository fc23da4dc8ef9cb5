"""TLS, certificates, proxies, forks: errors name the problem at once, and nothing is mixed up."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
import ssl
import subprocess
import threading

import pytest
import requests
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.http.cancellation import Cancellation, Cancelled

from .fault_server import FaultServer

TOKEN = "tok-secret-0123456789"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.endswith("CA_BUNDLE"):
            monkeypatch.delenv(name)


def refused(url, kind, says, **settings):
    client = kd.Client(token=TOKEN, base_url=url).with_options(**settings)
    with pytest.raises(kind, match=says) as caught:
        client.get("accounts")
    assert TOKEN not in str(caught.value)
    return caught.value


# --- TLS -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("openssl is needed")
    folder = tmp_path_factory.mktemp("tls")
    key, pem = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key,
         "-out", pem, "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, pem


@pytest.fixture
def tls_server(certificate):
    """A server with its own certificate; yields its URL and the number of connections."""
    key, pem = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    listener = socket.create_server(("127.0.0.1", 0))
    tried = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
                tried.append(1)
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(65536)
                    secure.sendall(
                        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        b"Content-Length: 9\r\nConnection: close\r\n\r\n" + b'{"id": 1}'
                    )
            except ssl.SSLError:
                continue
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}", tried
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_an_untrusted_certificate_is_reported_at_once(tls_server):
    url, tried = tls_server
    error = refused(url, exceptions.TLSFailed, "certificate is not trusted.*REQUESTS_CA_BUNDLE")
    assert len(tried) == 1
    assert isinstance(error, requests.exceptions.SSLError)


def test_the_bundle_that_the_remedy_names_helps(tls_server, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    assert kd.Client(token=TOKEN, base_url=tls_server[0]).get("x").data == {"id": 1}


def test_the_home_folder_of_a_bundle(tls_server, certificate, monkeypatch):
    monkeypatch.setenv("HOME", str(certificate[1].parent))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", f"~/{certificate[1].name}")
    assert kd.Client(token=TOKEN, base_url=tls_server[0]).get("x").data == {"id": 1}


def test_a_server_without_tls_is_not_blamed_on_certificates(serve):
    server = serve(Answer())
    url = server.base_url.replace("http:", "https:")
    error = refused(url, exceptions.TLSFailed, "does not speak TLS at this port")
    assert "http://" in error.message
    assert "certificate" not in error.message


@pytest.mark.parametrize("setting", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "verify"])
@pytest.mark.parametrize("content", [None, "no certificate\n"])
def test_a_missing_bundle_names_its_setting(tmp_path, monkeypatch, serve, setting, content):
    bundle = tmp_path / "bundle.pem"
    if content:
        bundle.write_text(content)
    url = serve(Answer()).base_url.replace("http:", "https:")
    client = kd.Client(token=TOKEN, base_url=url)
    if setting == "verify":
        client.verify = str(bundle)
    else:
        monkeypatch.setenv(setting, str(bundle))
    with pytest.raises(
        exceptions.LocalSetupFailed, match=f"{setting}.*was not sent|{setting}"
    ) as e:
        client.get("x")
    assert str(bundle) in e.value.message


@pytest.mark.parametrize(
    "content",
    ["", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", "\x00\x01\x02", "half",
     "key"],
)  # fmt: skip
def test_an_unreadable_bundle_names_its_setting(
    tmp_path, monkeypatch, tls_server, certificate, content
):
    bundle = tmp_path / "bundle.pem"
    text = {"half": certificate[1].read_text()[:300], "key": certificate[0].read_text()}
    bundle.write_text(text.get(content, content))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    error = refused(
        tls_server[0], exceptions.LocalSetupFailed, "set by REQUESTS_CA_BUNDLE, holds no certif"
    )
    assert str(bundle) in error.message


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ("/nowhere/c.pem", "client certificate /nowhere/c.pem, set by cert, is not there"),
        (("{pem}", "/nowhere/k.pem"), "client certificate /nowhere/k.pem, set by cert"),
        ("{key}", "client certificate, set by cert, holds no certificate with its key"),
        ("{pem}", "client certificate, set by cert, holds no certificate with its key"),
    ],
)
def test_a_client_certificate_that_cannot_be_used_is_not_the_servers(
    tls_server, certificate, monkeypatch, own, says
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    url, _ = tls_server
    client = kd.Client(token=TOKEN, base_url=url)
    paths = {"key": certificate[0], "pem": certificate[1]}
    parts = [part.format(**paths) for part in ([own] if isinstance(own, str) else own)]
    client.cert = parts[0] if len(parts) == 1 else tuple(parts)
    with pytest.raises(exceptions.LocalSetupFailed, match=says):
        client.get("x")


def test_plain_http_to_a_server_with_tls():
    alert = b"\x15\x03\x03\x00\x02\x02\x16"
    with FaultServer(lambda head: [alert]) as server:
        error = refused(server.base_url, exceptions.TLSFailed, "speaks TLS at this port")
        assert len(server.heads) == 1
    assert error.message.endswith("Start base_url with https://.")


# --- Proxies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxy", "kind", "says"),
    [
        (
            "http://127.0.0.1:1",
            exceptions.ProxyFailed,
            "proxy http://127.0.0.1:1, set by HTTP_PROXY",
        ),
        ("http://user:pw-secret@127.0.0.1:1", exceptions.ProxyFailed, "set by HTTP_PROXY"),
        ("ftp://127.0.0.1:1", exceptions.LocalSetupFailed, "set by HTTP_PROXY"),
        ("http://", exceptions.LocalSetupFailed, "set by HTTP_PROXY"),
        ("http://[::1", exceptions.LocalSetupFailed, "set by HTTP_PROXY"),
        ("http://host:port", exceptions.LocalSetupFailed, "set by HTTP_PROXY"),
        ("socks5://127.0.0.1:1", exceptions.LocalSetupFailed, "set by HTTP_PROXY"),
    ],
)
def test_a_proxy_that_does_not_work_names_its_setting(monkeypatch, proxy, kind, says):
    if proxy.startswith("socks") and shutil.which("pysocks"):
        pytest.skip("SOCKS is supported here")
    monkeypatch.setenv("HTTP_PROXY", proxy)
    error = refused("http://kloudless.example", kind, says)
    assert "pw-secret" not in error.message


# --- Forks ---------------------------------------------------------------------------------------


def _read(account: kd.Account) -> list[str]:
    return sorted(set(account.events().to_frame()["account"]))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_clients_made_before_a_fork_do_not_share_its_connections(serve):
    import json

    def respond(request):
        account = request.path.split("/")[3]
        events = [{"id": f"{account}-{n}", "account": int(account)} for n in range(40)]
        ended = "cursor=" in request.path
        return Answer(body=json.dumps({"objects": [] if ended else events, "cursor": "z"}).encode())

    server = serve(respond)
    client = kd.Client(api_key="key-secret-0123456789", base_url=server.base_url)
    accounts = [client.account(n) for n in range(101, 105)]
    accounts[0].events().to_frame()  # connections are open now
    with multiprocessing.get_context("fork").Pool(4) as pool:
        found = pool.map_async(_read, accounts * 4, chunksize=1).get(timeout=100)
    assert found == [[str(n)] for n in range(101, 105)] * 4


# --- Redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["http://[::1", "http://[", "//[::1/x", "http://a b/"])
def test_a_redirect_to_something_that_is_not_a_url(serve, target):
    server = serve(Answer(302, headers={"Location": target}))
    kinds = (exceptions.InvalidResponse, exceptions.UntrustedURL, exceptions.InvalidParameter)
    refused(server.base_url, kinds, "redirects to|not a URL")


def test_a_timeout_means_the_same_as_in_the_sdk(serve):
    answering = threading.Event()

    def never(request):
        answering.wait(20)
        return Answer()

    server = serve(never)
    try:
        with pytest.raises(requests.ReadTimeout):
            kd.Client(token=TOKEN, base_url=server.base_url).with_options(
                read_timeout=0.1, max_retries=0
            ).get("x")
    finally:
        answering.set()


def test_a_request_that_is_cancelled_while_it_connects_ends_at_once(serve, monkeypatch):
    released, cancellation, connect = threading.Event(), Cancellation(), socket.socket.connect

    def connect_and_cancel(sock, address):
        cancellation.cancel()
        connect(sock, address)

    def stuck(request):
        released.wait(60)
        return Answer()

    server = serve(stuck)
    account = kd.Account(token=TOKEN, base_url=server.base_url)
    monkeypatch.setattr(socket.socket, "connect", connect_and_cancel)
    with cancellation.active(), pytest.raises(Cancelled):
        account.get()
    assert not released.is_set()
    released.set()
