"""Pages of any size hold the same events."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.events.test_stream import truth

import kloudless_data as kd


@settings(max_examples=25, deadline=None)
@given(page_size=st.integers(1, 1500), limit=st.none() | st.integers(0, 3000))
def test_page_size_and_limit_change_nothing_else(sandbox, page_size, limit):
    account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    page_size = max(page_size, 40)
    events = account.events(page_size=page_size, limit=limit, columns=["id"])
    ids = list(events.to_frame()["id"])
    expected = [str(e["id"]) for e in truth(sandbox)]
    assert ids == expected[:limit]
    rest = account.events(cursor=events.latest_cursor, columns=["id"])
    assert ids + list(rest.to_frame()["id"]) == expected
