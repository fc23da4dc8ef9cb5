"""Programs written for the official SDK find all of its names and parameters."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import kloudless
import pytest

import kloudless_data as kd
from kloudless_data import util
from kloudless_data.auth import APIKeyAuth, BaseAuth, BearerTokenAuth
from kloudless_data.resources.base import Empty, empty

SECRET = "sEcReT-tOkEn-0123456789"
MODULES = [
    "kloudless",
    *(found.name for found in pkgutil.walk_packages(kloudless.__path__, "kloudless.")),
]


def _is_theirs(value: object, module: str) -> bool:
    return (getattr(value, "__module__", None) or module).startswith("kloudless")


def _names() -> Iterator[tuple[str, str]]:
    """Yield the SDK's public names, and the public members of its classes, by module."""
    for module in MODULES:
        for name, value in vars(importlib.import_module(module)).items():
            if name.startswith("_") or inspect.ismodule(value) or not _is_theirs(value, module):
                continue
            yield module, name
            if inspect.isclass(value):
                own = {n for c in value.__mro__ if _is_theirs(c, "") for n in vars(c)}
                yield from ((module, f"{name}.{n}") for n in own if not n.startswith("_"))


NAMES = sorted(set(_names()))


def _ours(module: str, path: str) -> object:
    value: object = importlib.import_module(module.replace("kloudless", "kloudless_data", 1))
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _theirs(module: str, path: str) -> object:
    value: object = importlib.import_module(module)
    for name in path.split("."):
        value = getattr(value, name)
    return value


def test_the_sdks_logger_is_in_each_module_that_has_it_there():
    modules = [module for module in MODULES if "logger" in vars(importlib.import_module(module))]
    assert "kloudless.client" in modules
    for module in modules:
        assert _ours(module, "logger") is util.logger


def test_the_sdk_has_as_many_names_as_were_counted():
    assert len(NAMES) >= 149


@pytest.mark.parametrize(("module", "path"), NAMES, ids=".".join)
def test_each_name_is_where_the_sdk_has_it_and_takes_what_it_takes(module, path):
    theirs, ours = _theirs(module, path), _ours(module, path)
    if not callable(theirs):
        return
    assert callable(ours)
    wanted = _parameters(theirs)
    given = _parameters(ours)
    for position, (name, kind) in enumerate(wanted):
        if kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            continue
        assert given[position] == (name, kind)


def _parameters(value: object) -> list[tuple[str, object]]:
    if inspect.isclass(value):
        value = value.__init__
        if value is object.__init__:
            return []
    return [(p.name, p.kind) for p in inspect.signature(value).parameters.values()]


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("events_pattern", "https://a.test/v1/accounts/me/events?page_size=5"),
        ("full_account_pattern", "https://a.test/v1/accounts/123/storage/files"),
        ("download_file_patterns", "storage/files/F1/contents"),
        ("primary_calendar_alias", "cal/calendars/primary"),
    ],
)
def test_the_patterns_of_urls_find_what_the_sdks_find(pattern, url):
    import kloudless.re_patterns

    import kloudless_data.re_patterns

    assert set(kloudless_data.re_patterns.__all__) >= {
        name for name, value in vars(kloudless.re_patterns).items() if isinstance(value, re.Pattern)
    }
    for module in (kloudless, kloudless_data):
        assert getattr(module.re_patterns, pattern).search(url)
    assert not getattr(kloudless_data.re_patterns, pattern).search("https://a.test/v1/other")


def test_the_version_has_the_sdks_name():
    assert kd.__version__ == kd.VERSION


@pytest.mark.parametrize(("kind", "word"), [(BearerTokenAuth, "Bearer"), (APIKeyAuth, "APIKey")])
def test_an_authorization_has_the_sdks_attributes_and_does_not_show_them(kind, word):
    auth = kind(key=SECRET)
    assert isinstance(auth, BaseAuth)
    assert (auth.scheme, auth.key, auth.auth_header) == (word, SECRET, f"{word} {SECRET}")
    assert SECRET not in repr(auth)
    with pytest.raises(NotImplementedError):
        BaseAuth(SECRET).scheme  # noqa: B018


def test_missing_members_are_empty_and_not_none(serve, sandbox):
    account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    page = account.get("events", params={"page_size": 5})
    assert page.page is empty
    assert not empty
    assert isinstance(empty, Empty)
    assert page.cursor


def test_times_of_the_util_module():
    moment = datetime(2019, 6, 26, 21, 15, 22, tzinfo=UTC)
    assert util.to_datetime("2019-06-26T21:15:22Z") == moment
    assert util.to_datetime(moment) is moment
    assert util.to_datetime(None) is None
    assert util.to_iso(moment.replace(tzinfo=None)) == "2019-06-26T21:15:22Z"
    assert util.to_iso("as it is") == "as it is"
    with pytest.raises(TypeError):
        util.to_iso(5)


def test_settings_and_endpoints_of_the_util_module():
    kd.configuration["base_url"] = "https://gw.example/kloudless"
    assert util.get_config("base_url") == "https://gw.example/kloudless"
    assert util.get_config("base_url", "other") == "other"
    assert util.get_config("no such setting") is None
    made = util.construct_kloudless_endpoint("accounts/me", api_version=2)
    assert made == "https://gw.example/kloudless/v2/accounts/me"
    assert util.url_join("https://a.test/v1", "https://a.test/v1/x") == "https://a.test/v1/x"
    assert util.url_join("https://a.test/v1", "https://evil.test/x").startswith("https://a.test/")


def test_the_configuration_is_a_mapping():
    assert kd.configuration.get("no such setting") is None
    assert "no such setting" not in kd.configuration
    copied = kd.configuration.copy()
    copied["max_retries"] = 99
    assert kd.configuration["max_retries"] == 5
    kd.configuration["api_version"] = "2"
    assert kd.configuration["api_version"] == "2"


def test_credentials_and_positions_can_be_assigned(serve, sandbox):
    account = kd.Account(token=SECRET, base_url=sandbox.base_url)
    account.token = sandbox.accounts[0].token
    events = account.get("events", params={"page_size": 3})
    events.latest_cursor = "mine"
    assert events.latest_cursor == "mine"


def test_an_account_id_is_as_it_was_given():
    assert kd.Account(api_key=SECRET, account_id=123).account_id == 123
    assert kd.Account(token=SECRET).account_id == "me"


@pytest.mark.parametrize(
    ("option", "parameter"),
    [
        ({"get_raw_data": "false"}, "get_raw_data"),
        ({"raw_headers": "text"}, "raw_headers"),
    ],
)
def test_an_option_that_is_not_of_its_kind_is_named(serve, option, parameter):
    server = serve()
    account = kd.Account(token=SECRET, base_url=server.base_url)
    with pytest.raises(kd.exceptions.InvalidParameter, match=parameter):
        account.get("x", **option)
    assert server.requests == []


def test_a_user_id_of_zero_means_none_as_in_the_sdk(serve):
    from conftest import Answer

    server = serve(Answer())
    kd.Account(token=SECRET, base_url=server.base_url).get("x", impersonate_user_id=0)
    assert "X-Kloudless-As-User" not in server.requests[0].headers
