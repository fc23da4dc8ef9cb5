"""The sandbox is faithful enough for the official SDK, kloudless 2.0.1, which is unaware of it.

The programs are those of its documentation's "Core Concepts" and of its storage and calendar
chapters, with another base_url.
"""

from __future__ import annotations

import json
import logging

import pytest

from kloudless_data.sandbox import Sandbox

kloudless = pytest.importorskip("kloudless")


@pytest.fixture(scope="module")
def sdk_server():
    with Sandbox(seed=5, accounts=5, events=430) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _configured(sdk_server, monkeypatch):
    monkeypatch.setitem(kloudless.configuration, "base_url", sdk_server.base_url)
    monkeypatch.setitem(kloudless.configuration, "api_version", "1")


@pytest.fixture
def account(sdk_server):
    return kloudless.Account(token=sdk_server.accounts[0].token)


@pytest.fixture
def calendar_account(sdk_server):
    return kloudless.Account(token=sdk_server.accounts[2].token)


def test_the_logger_tells_of_requests(account, caplog):
    from kloudless.util import logger

    with caplog.at_level(logging.DEBUG, logger=logger.name):
        account.get()
    assert f"{account.url}" in caplog.text


def test_verifying_a_token(sdk_server):
    token = sdk_server.accounts[0].token
    assert kloudless.verify_token(sdk_server.app_id, token)["client_id"] == sdk_server.app_id
    verified = kloudless.get_verified_account(sdk_server.app_id, token)
    assert verified.get().data["id"] == sdk_server.accounts[0].id


def test_another_applications_token_fails_verification(sdk_server):
    with pytest.raises(kloudless.exceptions.TokenVerificationFailed):
        kloudless.verify_token(sdk_server.app_id, sdk_server.foreign_token)
    with pytest.raises(kloudless.exceptions.TokenVerificationFailed):
        kloudless.verify_token("another app", sdk_server.accounts[0].token)


def test_a_wrong_token_is_an_api_exception(sdk_server):
    with pytest.raises(kloudless.exceptions.APIException) as caught:
        kloudless.verify_token(sdk_server.app_id, "nonsense")
    assert caught.value.status == 401
    assert caught.value.error_data["error_code"] == "invalid_token"


@pytest.mark.parametrize(
    ("status", "path", "error"),
    [
        (403, "accounts/1/events", "ForbiddenException"),
        (404, "nowhere", "NotFoundException"),
        (400, "accounts/me/events?page_size=0", "APIException"),
    ],
)
def test_errors_are_understood(sdk_server, status, path, error):
    client = kloudless.Client(token=sdk_server.accounts[0].token)
    with pytest.raises(getattr(kloudless.exceptions, error)) as caught:
        client.get(path)
    assert caught.value.error_data["status_code"] == status


def test_the_oauth_flow(sdk_server):
    import requests

    url, state = kloudless.get_authorization_url(sdk_server.app_id, "https://app.example/cb")
    answer = requests.get(url, allow_redirects=False, timeout=5)
    location = requests.utils.urlparse(answer.headers["Location"])
    params = dict(part.split("=", 1) for part in location.query.split("&"))
    token = kloudless.get_token_from_code(
        sdk_server.app_id,
        sdk_server.api_key,
        state,
        "https://app.example/cb",
        **{key: requests.utils.unquote(value) for key, value in params.items()},
    )
    assert token == sdk_server.accounts[0].token


def test_the_version_of_everything_and_of_one_request(sdk_server, account, monkeypatch):
    assert account.url == f"{sdk_server.base_url}/v1/accounts/me"
    one = account.get("events", params={"page_size": 1})
    two = account.get("events", params={"page_size": 1}, api_version=2)
    assert "type" in one.data["objects"][0]
    assert "event_type" in two.data["objects"][0]
    monkeypatch.setitem(kloudless.configuration, "api_version", "2")
    later = kloudless.Account(token=sdk_server.accounts[0].token)
    assert later.url.endswith("/v2/accounts/me")
    assert isinstance(later.get("events/latest").data["cursor"], str)


def test_raw_data_of_one_request_and_of_all(account, calendar_account):
    calendar = calendar_account.get("cal/calendars/primary", get_raw_data=True)
    assert calendar.data["raw"]["kind"].startswith("calendar#")
    assert "raw" not in calendar_account.get("cal/calendars/primary").data
    account.headers["X-Kloudless-Raw-Data"] = "true"
    events = account.get("events", params={"page_size": 40})
    assert all("raw" in event.data for event in events.get_paging_iterator(max_resources=90))


@pytest.mark.parametrize("version", [0, 1, 2])
def test_events_to_the_end(sdk_server, account, version):
    latest = account.get("events/latest", api_version=version).data["cursor"]
    events = account.get("events", params={"page_size": 50}, api_version=version)
    read = [event.data for event in events.get_paging_iterator()]
    assert read == [sdk_server.history(0).event(n, version) for n in range(430)]
    assert events.latest_cursor == latest
    later = account.get("events", params={"cursor": latest, "page_size": 50}, api_version=version)
    assert later.objects == []
    with pytest.raises(kloudless.exceptions.NoNextPage):
        later.get_next_page()


def test_events_after_a_cursor(sdk_server, account):
    first = account.get("events", params={"page_size": 50})
    second = first.get_next_page()
    again = account.get("events", params={"cursor": first.cursor, "page_size": 50})
    assert [e.data for e in second] == [e.data for e in again]
    assert [e.data for e in second] == [sdk_server.history(0).event(n) for n in range(50, 100)]


def test_the_pass_through(account):
    response = account.raw("GET", "/drive/v2/about")
    assert response.status_code == 200
    assert response.json()["kind"] == "drive#about"
    with pytest.raises(kloudless.exceptions.NotFoundException) as caught:
        account.raw("GET", "/drive/v2/nothing")
    assert caught.value.error_data["error"]["errors"][0]["reason"] == "notFound"


def test_applications_and_accounts(sdk_server):
    developer = kloudless.Client(token=sdk_server.meta_token)
    applications = developer.get("meta/applications")
    assert applications.objects[0].data["id"] == sdk_server.app_id
    keys = applications.objects[0].get("apikeys")
    assert keys.objects[0].data["key"] == sdk_server.api_key
    application = kloudless.Client(api_key=sdk_server.api_key)
    accounts = application.get("accounts", params={"page_size": 2})
    found = [account.data["id"] for account in accounts.get_paging_iterator()]
    assert found == [account.id for account in sdk_server.accounts]
    known = sdk_server.accounts[3]
    one = kloudless.Account(api_key=sdk_server.api_key, account_id=known.id)
    assert one.get().data["account"] == known.account
    assert one.get("events").data["count"] == 430


def test_listing_and_downloading_files(account):
    contents = account.get("storage/folders/root/contents", params={"page_size": 4})
    entries = list(contents.get_paging_iterator())
    assert len(entries) > 8
    folder = next(entry for entry in entries if entry.data["type"] == "folder")
    assert folder.get("contents").data["objects"]
    first = next(entry for entry in entries if entry.data["type"] == "file")
    response = first.get("contents")
    received = b"".join(response.iter_content(8192))
    assert len(received) == first.data["size"] > 0
    before = dict(first.data)
    first.refresh()
    assert first.data == before


def test_uploading_renaming_and_deleting_a_file(account):
    headers = {"X-Kloudless-Metadata": json.dumps({"parent_id": "root", "name": "sdk.txt"})}
    file = account.post("storage/files", data=b"from the SDK", headers=headers)
    assert file.data["size"] == 12
    assert file.get("contents").content == b"from the SDK"
    assert file.patch(json={"name": "renamed.txt"}).data["name"] == "renamed.txt"
    file.delete()
    with pytest.raises(kloudless.exceptions.NotFoundException):
        file.refresh()


def test_calendars(calendar_account):
    calendars = calendar_account.get("cal/calendars")
    assert len(calendars.objects) >= 5
    calendar = calendar_account.get("cal/calendars/primary")
    assert calendar.data["id"] == calendars.objects[0].data["id"]
    page = calendar.get("events?page_size=5")
    assert len(page.objects) == 5
    following = page.get_next_page()
    assert following.objects
    assert not ({e.data["id"] for e in page} & {e.data["id"] for e in following})
    count = len(list(page.get_paging_iterator()))
    made = calendar.get("events").post(
        json={"start": "2026-03-09T09:00:00Z", "end": "2026-03-09T09:30:00Z", "name": "By the SDK"}
    )
    assert made.data["name"] == "By the SDK"
    assert len(list(calendar.get("events?page_size=5").get_paging_iterator())) == count + 1
    assert made.get().data == made.data


def test_subscriptions(account):
    default = account.get("subscriptions/default")
    activity = default.get("activity?page_size=50")
    assert len(activity.objects) == 50
    assert account.post("subscriptions").data["subscription_type"] == "changes"
