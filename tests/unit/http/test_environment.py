"""Settings from the environment are looked up once, and again when it changes."""

from __future__ import annotations

import pickle

import pytest
import requests

import kloudless_data as kd

SERVER = "http://kloudless.example:8002"
PROXY = "http://user:pw-secret@proxy.example:3128"


@pytest.fixture
def client(monkeypatch):
    for name in ("HTTP_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return kd.Client(api_key="key-secret-0123456789", base_url=SERVER)


def settings(client, url=f"{SERVER}/v1/accounts", **given):
    given = {"proxies": {}, "stream": None, "verify": None, "cert": None} | given
    return client.merge_environment_settings(url, **given)


@pytest.fixture
def looked_up(monkeypatch):
    """The URLs whose proxies `requests` looked up."""
    urls = []
    look_up = requests.sessions.get_environ_proxies

    def counted(url, **options):
        urls.append(url)
        return look_up(url, **options)

    monkeypatch.setattr(requests.sessions, "get_environ_proxies", counted)
    return urls


def test_the_proxies_of_a_server_are_looked_up_once(client, looked_up):
    for number in range(5):
        settings(client, f"{SERVER}/v1/accounts/{number}")
        settings(client.account(number), f"{SERVER}/v1/accounts/{number}")
    assert len(looked_up) == 1


@pytest.mark.parametrize(
    ("name", "value", "given"),
    [
        ("HTTP_PROXY", PROXY, {"proxies": {"http": PROXY}}),
        ("http_proxy", PROXY, {"proxies": {"http": PROXY}}),
        ("ALL_PROXY", PROXY, {"proxies": {"all": PROXY}}),
        ("REQUESTS_CA_BUNDLE", "/etc/ca.pem", {"verify": "/etc/ca.pem"}),
        ("CURL_CA_BUNDLE", "/etc/ca.pem", {"verify": "/etc/ca.pem"}),
    ],
)
def test_a_variable_counts_from_when_it_is_set_until_it_is_not(
    monkeypatch, client, name, value, given
):
    before = settings(client)
    with monkeypatch.context() as changed:
        changed.setenv(name, value)
        found = settings(client)
    assert {key: found[key] for key in given} == given
    assert settings(client) == before


def test_no_proxy_applies_to_each_server_by_host_and_port(monkeypatch, client):
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "kloudless.example:8002")
    assert settings(client)["proxies"] == {}
    assert settings(client, "http://kloudless.example:9/v1")["proxies"]["http"] == PROXY
    assert settings(client, "http://other.example:8002/v1")["proxies"]["http"] == PROXY
    monkeypatch.delenv("NO_PROXY")
    assert settings(client)["proxies"] == {"http": PROXY}


def test_a_session_that_does_not_trust_the_environment_takes_nothing_from_it(monkeypatch, client):
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    assert settings(client)["proxies"] == {"http": PROXY}
    client.trust_env = False
    assert settings(client)["proxies"] == {}


def test_settings_of_a_session_or_request_take_precedence_over_remembered_ones(monkeypatch, client):
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    settings(client)
    assert settings(client, proxies={"http": "http://own.example"})["proxies"] == {
        "http": "http://own.example"
    }
    assert settings(client, verify=False)["verify"] is False
    assert settings(client, cert=["a.pem", "b.pem"])["cert"] == ["a.pem", "b.pem"]
    client.verify = "/etc/own.pem"
    assert settings(client)["verify"] == "/etc/own.pem"


def test_changing_what_was_returned_changes_no_later_request(monkeypatch, client):
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    settings(client)["proxies"].clear()
    assert settings(client)["proxies"] == {"http": PROXY}


def test_a_pickled_client_does_not_carry_the_proxys_password(monkeypatch, client):
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    settings(client)
    assert b"pw-secret" not in pickle.dumps(client)
    monkeypatch.delenv("HTTP_PROXY")
    assert settings(pickle.loads(pickle.dumps(client)))["proxies"] == {}
