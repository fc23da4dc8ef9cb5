"""Nothing that is joined, named or decoded leads out of a gateway's path."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import requests
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from kloudless_data.exceptions import UntrustedURL
from kloudless_data.http.urls import is_within, path_segment, url_join, version_in, with_version

BASE = "https://gw.example/a/kloudless"
SEGMENTS = st.lists(
    st.sampled_from(
        ["", ".", "..", "%2e%2e", "%2E.", "..%2f..", "%252e%252e", "..\\..", "x", "v1", "é", ";",
         "..;", "%5c..%5c..", "?q", "#f", "%00"]
    ),
    max_size=8,
)  # fmt: skip


def resolved(path: str) -> list[str]:
    """Return the segments of a path as the most eager server would decode it."""
    left: list[str] = []
    for segment in unquote(unquote(path)).replace("\\", "/").split("/"):
        if segment == "..":
            left = left[:-1]
        elif segment not in ("", "."):
            left.append(segment)
    return left


@given(SEGMENTS)
@example(["..", "..", "other"])
@example(["x", "%252e%252e", "..", "other"])
def test_urls_accepted_as_within_stay_there_however_they_are_decoded(segments):
    url = f"{BASE}/{'/'.join(segments)}"
    prepared = requests.Request("GET", url).prepare().url
    if not is_within(prepared, BASE):
        return
    seen = parse_url(prepared)
    assert (seen.scheme, seen.host) == ("https", "gw.example")
    assert resolved(urlsplit(prepared).path)[:2] == ["a", "kloudless"]


@given(SEGMENTS.map("/".join), st.sampled_from(["https://gw.example", BASE, "http://gw.example/a"]))
def test_an_absolute_url_is_accepted_only_from_within(path, server):
    url = f"{server}/{path}"
    try:
        assert url_join(f"{BASE}/v1", url, BASE) == url
    except UntrustedURL:
        assert not is_within(url, BASE)
    else:
        assert is_within(url, BASE)


@given(st.text(min_size=1, max_size=20).filter(lambda t: t.isprintable()))
def test_an_id_never_leads_out(identifier):
    url = f"{BASE}/v1/accounts/{path_segment(identifier)}/events"
    assert is_within(requests.Request("GET", url).prepare().url, BASE)


@given(st.integers(0, 99), st.integers(0, 99))
def test_the_version_of_a_request_behind_a_gateway(old, new):
    url = f"{BASE}/v{old}/accounts/v1?x=/v3"
    changed = with_version(url, BASE, new)
    assert changed == f"{BASE}/v{new}/accounts/v1?x=/v3"
    assert version_in(changed, BASE) == new
    assert version_in(BASE, BASE) is None
