"""Objects show where they point and what they contain, but never a secret."""

from __future__ import annotations

import html
import re

import pytest
from conftest import Answer

import kloudless_data as kd

HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J"


@pytest.fixture
def shown(account, meta, sandbox, tmp_path):
    events = account.events(limit=3)
    archive = kd.Archive(tmp_path / "archive")
    before = archive._repr_html_()
    archive.sync(account)
    return {
        "account": account,
        "client": meta,
        "resource": account.get(),
        "list": account.get("storage/folders/root/contents"),
        "applications": meta.get("meta/applications"),
        "keys": meta.get(f"meta/applications/{sandbox.app_id}/apikeys"),
        "events": events,
        "manifest": events.to_csv(tmp_path / "e.csv"),
        "archive": archive,
        "empty archive": type("Shown", (), {"_repr_html_": lambda self: before})(),
    }


def test_nothing_shows_a_secret_or_anything_that_runs(shown, sandbox):
    secrets = [sandbox.api_key, sandbox.meta_token, *(a.token for a in sandbox.accounts)]
    for name, thing in shown.items():
        text = thing._repr_html_()
        assert text.startswith("<div>"), name
        assert not re.search(r"<script|<style|onerror=|javascript:", text), name
        assert not [secret for secret in secrets if secret in text + repr(thing)], name


def test_each_says_what_it_is_and_where_it_points(shown, sandbox):
    assert sandbox.base_url in shown["account"]._repr_html_()
    assert "the oldest event kept" in shown["events"]._repr_html_()
    assert "Objects on this page" in shown["list"]._repr_html_()
    assert str(sandbox.accounts[0].id) in shown["resource"]._repr_html_()
    assert "SHA-256" in shown["manifest"]._repr_html_()
    assert repr(shown["manifest"]).startswith("<Manifest of e.csv: 3 rows")
    assert "2,500" in shown["archive"]._repr_html_()


def test_text_from_a_server_is_escaped(serve):
    item = {"id": 1, "name": HOSTILE, HOSTILE: {"client_secret": "hush", "x": HOSTILE}}
    import json

    server = serve(
        Answer(body=json.dumps({"objects": [item], "type": "object_list"}).encode()),
        Answer(body=json.dumps({**item, "type": "file", "api": "storage"}).encode()),
    )
    account = kd.Account(token="t", base_url=server.base_url)
    for thing in (account.get("storage/folders/root/contents"), account.get("storage/files/1")):
        text = thing._repr_html_()
        assert "<img" not in text
        assert "\x1b" not in text
        assert "hush" not in text
        assert html.escape("<img src=x") in text


def test_a_stream_shows_what_it_has_read(account, monkeypatch):
    events = account.events(page_size=100)
    original, pages = events.decode, []

    def decode(page):
        pages.append(page)
        if len(pages) == 3:
            raise KeyboardInterrupt
        return original(page)

    monkeypatch.setattr(events, "decode", decode)
    with pytest.raises(KeyboardInterrupt):
        events.to_frame()
    text = events._repr_html_()
    assert "200" in text
    assert str(events.partial()["type"].iloc[-1]) in text
