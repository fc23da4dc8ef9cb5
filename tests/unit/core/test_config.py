"""Settings affect clients created afterwards, and reject values that cannot work."""

from __future__ import annotations

import pytest

import kloudless_data as kd
from kloudless_data import exceptions


def test_the_documentations_program():
    account = kd.Account(token="YOUR_BEARER_TOKEN")
    assert account.url == "https://api.kloudless.com/v1/accounts/me"
    kd.configuration["base_url"] = "http://localhost:8002"
    kd.configuration["api_version"] = "2"
    assert kd.Account(token="YOUR_BEARER_TOKEN").url == "http://localhost:8002/v2/accounts/me"
    assert account.url == "https://api.kloudless.com/v1/accounts/me"
    assert account.settings.base_url == "https://api.kloudless.com"


def test_the_defaults():
    assert dict(kd.configuration) == {
        "base_url": "https://api.kloudless.com",
        "api_version": 1,
        "connect_timeout": 10.0,
        "read_timeout": 60.0,
        "max_retries": 5,
        "max_retry_wait": 120.0,
        "progress": None,
        "total_timeout": 300.0,
        "max_body_bytes": 256 << 20,
        "page_size": 1000,
        "raw_data": False,
        "impersonate_user_id": None,
        "time_zone": "UTC",
    }


@pytest.mark.parametrize("key", ["base_urll", "BASE_URL", "", 3, None, ()])
def test_an_unknown_key_is_named(key):
    with pytest.raises(
        exceptions.InvalidParameter, match=r"no setting .*The settings are: base_url"
    ):
        kd.configuration[key] = "x"
    with pytest.raises(KeyError, match="no setting"):
        kd.configuration[key]
    assert kd.configuration.get(key) is None
    assert key not in kd.configuration
    with pytest.raises(exceptions.InvalidParameter, match="no setting"):
        kd.configuration.update({key: 1})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("base_url", "localhost:8002"),
        ("base_url", "https://example.com/v1"),
        ("base_url", "https://example.com/a/../../b"),
        ("api_version", "latest"),
        ("api_version", 1.5),
        ("api_version", True),
        ("api_version", "²"),
        ("connect_timeout", 0),
        ("read_timeout", -1),
        ("read_timeout", "60"),
        ("read_timeout", float("nan")),
        ("max_retries", -1),
        ("max_retries", 1.0),
        ("max_retry_wait", None),
        ("page_size", 0),
        ("page_size", "many"),
        ("raw_data", "yes"),
        ("impersonate_user_id", "a\r\nb"),
        ("progress", "yes"),
    ],
)
def test_an_invalid_value_is_refused_at_once_and_changes_nothing(key, value):
    before = dict(kd.configuration)
    with pytest.raises(exceptions.InvalidParameter, match=key):
        kd.configuration[key] = value
    assert dict(kd.configuration) == before


@pytest.mark.parametrize("value", [2, "2", "v2", " 2 "])
def test_versions_in_any_spelling(value):
    kd.configuration["api_version"] = value
    assert kd.configuration["api_version"] == value
    assert kd.configuration.settings().api_version == 2


def test_the_environment_fills_in_what_is_not_set(monkeypatch):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", "http://localhost:9")
    monkeypatch.setenv("KLOUDLESS_API_VERSION", "2")
    monkeypatch.setenv("KLOUDLESS_TOKEN", "t0k3n-73af91c2")
    account = kd.Account()
    assert account.url == "http://localhost:9/v2/accounts/me"
    assert account.token == "t0k3n-73af91c2"
    kd.configuration["base_url"] = "http://localhost:10"
    assert kd.Account(token="given").url == "http://localhost:10/v2/accounts/me"
    del kd.configuration["base_url"]
    assert kd.configuration["base_url"] == "http://localhost:9"


def test_a_bad_environment_is_named(monkeypatch):
    monkeypatch.setenv("KLOUDLESS_BASE_URL", "localhost")
    with pytest.raises(exceptions.InvalidParameter, match="KLOUDLESS_BASE_URL"):
        kd.Account(token="x")


def test_one_account_can_be_on_another_server():
    account = kd.Account(token="x", base_url="http://localhost:1", api_version=2)
    assert account.url == "http://localhost:1/v2/accounts/me"
    assert kd.Account(token="x").url == "https://api.kloudless.com/v1/accounts/me"


def test_missing_arguments_are_named():
    with pytest.raises(exceptions.InvalidParameter, match="token=.*api_key="):
        kd.Account()
    with pytest.raises(exceptions.InvalidParameter, match="token=.*api_key="):
        kd.Client()
    with pytest.raises(exceptions.InvalidParameter, match="token=.*api_key="):
        kd.Account(token="")
    with pytest.raises(exceptions.InvalidParameter, match="none was named.*account_id"):
        kd.Account(api_key="key")
    assert kd.Account(api_key="key", account_id=5).url.endswith("/v1/accounts/5")
    assert kd.Account(api_key="key", account_id="5,6").url.endswith("/v1/accounts/5,6")


def test_page_size_raw_data_and_the_impersonated_user_are_what_later_requests_say(sandbox):
    kd.configuration.update(page_size=400, raw_data=True)
    account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    assert "raw" in account.events(limit=1_000).to_frame().columns
    assert "page_size=400" in sandbox.requests[-2].query
    assert sandbox.requests[-1].headers["x-kloudless-raw-data"] == "true"
    assert not account.events(raw=False).raw
    kd.configuration["impersonate_user_id"] = "u7"
    assert "X-Kloudless-As-User" not in account.headers
    assert kd.Account(token="T").headers["X-Kloudless-As-User"] == "u7"
