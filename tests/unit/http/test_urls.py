"""URLs are joined without ever leaving the configured server."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from kloudless_data.exceptions import InvalidParameter, UntrustedURL
from kloudless_data.http.urls import (
    check_base_url,
    check_segments,
    origin,
    path_segment,
    same_origin,
    url_join,
    with_version,
)

BASE = "https://api.kloudless.com/v1/accounts/me"
NASTY = st.text(alphabet="abc./\\:@?#%&=+-_ \t\n\x00é{}[]0123456789HTPShtps", max_size=40)


@given(NASTY)
@example("//evil.test/x")
@example("\\\\evil.test/x")
@example("/\\evil.test")
@example("@evil.test/")
@example("https:evil.test")
@example("https:/evil.test")
@example("javascript:alert(1)")
@example("../../../evil")
@example(".evil.test")
@example(":8443/x")
def test_joined_urls_stay_on_the_server(suffix):
    try:
        url = url_join(BASE, suffix)
    except UntrustedURL:
        return
    # As the library that opens the connection sees it, not as we do.
    try:
        prepared = requests.Request("GET", url).prepare().url
    except requests.RequestException:
        return
    seen = parse_url(prepared)
    assert (seen.scheme, seen.host, seen.port) == ("https", "api.kloudless.com", None)


@given(st.sampled_from(["http", "https", "ftp", "HTTPS"]), NASTY)
def test_an_absolute_url_is_accepted_only_from_the_same_origin(scheme, rest):
    url = f"{scheme}://{rest}"
    try:
        assert url_join(BASE, url) == url
    except UntrustedURL:
        return
    assert origin(url) == ("https", "api.kloudless.com", 443)
    assert parse_url(requests.Request("GET", url).prepare().url).host == "api.kloudless.com"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.kloudless.com/v1",  # scheme
        "https://api.kloudless.com:8443/v1",  # port
        "https://api.kloudless.com.evil.test/v1",
        "https://evil.test/https://api.kloudless.com/v1/accounts/me",
        "https://api.kloudless.com@evil.test/v1",
        "https://evil.test?https://api.kloudless.com",
        "https://evil.test#@api.kloudless.com",
        "https://evil.test\\@api.kloudless.com/",
        "HTTPS://EVIL.TEST/",
        "ftp://api.kloudless.com/",
    ],
)
def test_other_servers(url):
    with pytest.raises(UntrustedURL):
        url_join(BASE, url)


def test_the_same_server_in_other_words():
    assert same_origin("HTTPS://API.Kloudless.com:443/x", "https://api.kloudless.com")
    url = "https://API.kloudless.com:443/v1/x"
    assert url_join(BASE, url) == url


@given(st.from_regex(r"[a-z0-9/_=.-]{1,30}", fullmatch=True))
def test_a_path_is_appended(path):
    assert url_join(BASE + "/", path).rstrip("/") == f"{BASE}/{path.lstrip('/')}".rstrip("/")


@pytest.mark.parametrize("identifier", [".", ".."])
def test_an_id_that_is_a_step_in_a_path_is_refused(identifier):
    """Percent-encoded, it would be decoded again before it is sent."""
    encoded = identifier.replace(".", "%2E")
    sent = requests.Request("GET", f"{BASE}/{encoded}").prepare().url
    assert sent == f"{BASE}/{identifier}"
    for url in (f"{BASE}/{path_segment(identifier)}", f"{BASE}/{path_segment(identifier)}/x?a=b"):
        with pytest.raises(InvalidParameter, match="another path"):
            check_segments(url)
    check_segments(f"{BASE}/.{path_segment(identifier)}/a?b=/{path_segment(identifier)}")


@given(st.text(min_size=1, max_size=30).filter(lambda t: t.isprintable() and t not in (".", "..")))
def test_an_id_is_one_segment_whatever_is_in_it(identifier):
    path = urlsplit(requests.Request("GET", f"{BASE}/{path_segment(identifier)}").prepare().url)
    assert path.path.count("/") == urlsplit(BASE).path.count("/") + 1
    assert not path.query
    assert not path.fragment
    assert parse_url(path.geturl()).path.startswith("/v1/accounts/me/")


@pytest.mark.parametrize("identifier", ["\ud800", "a\udfff/b", "\udc80?"])
def test_half_a_surrogate_pair_is_sent_as_in_any_other_path(identifier):
    theirs = requests.Request("GET", f"{BASE}/{identifier[:1]}").prepare().url
    assert f"{BASE}/{path_segment(identifier[:1])}" == theirs
    assert path_segment(identifier).isascii()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://api.kloudless.com", "https://api.kloudless.com"),
        (" http://localhost:8002/ ", "http://localhost:8002"),
        ("HTTPS://Kloudless.Example.COM:8443", "https://kloudless.example.com:8443"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("https://GW.example/Kloudless/", "https://gw.example/Kloudless"),
        ("https://MÜNCHEN.example:8443/k", "https://xn--mnchen-3ya.example:8443/k"),
    ],
)
def test_good_base_urls(value, expected):
    assert check_base_url(value) == expected


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("api.kloudless.com", "no scheme"),
        ("localhost:8002", "no scheme"),
        ("", "is blank"),
        ("  ", "is blank"),
        ("ftp://example.com", "not an absolute http"),
        ("https://", "not an absolute http"),
        ("https://example.com/v1", "ends in a version"),
        ("https://example.com/a/../..", "leads out of itself"),
        ("https://example.com?x=1", "leave out the query"),
        ("https://example.com/#x", "leave out the fragment"),
        ("https://example.com//", "write one slash"),
        ("https://a_ b.example", "characters that a URL cannot contain"),
        ("https://͸.example", "a host name that does not exist"),
        ("https://user:hunter2@example.com", "user name or password"),
        ("https://exa mple.com", "characters that a URL cannot contain"),
        ("https://example.com\\@evil.test", "user name or password"),
        ("https://example.com:99999", "Port out of range"),
        ("https://example.com:port", "not a URL"),
        (None, "must be a string"),
        (8002, "must be a string"),
    ],
)
def test_bad_base_urls_are_named_and_not_quoted_when_secret(value, said):
    with pytest.raises(InvalidParameter, match=said) as caught:
        check_base_url(value, "base_url")
    assert "base_url" in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.test/v1/accounts/me", "https://a.test/v2/accounts/me"),
        ("https://a.test/v10", "https://a.test/v2"),
        ("https://a.test/v1/accounts/me/storage/folders/v1", "https://a.test/v2/accounts/me/storage/folders/v1"),
        ("https://a.test/v1/accounts?path=/v1/x", "https://a.test/v2/accounts?path=/v1/x"),
    ],
)  # fmt: skip
def test_the_version_of_one_request(url, expected):
    assert with_version(url, "https://a.test", 2) == expected
