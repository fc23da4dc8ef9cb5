"""Accounts, OAuth, storage, calendars, CRM, the management API and the raw pass-through."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from kloudless_data.sandbox import Sandbox

from .conftest import assert_error


def token_pages(call, path, size):
    """Return all objects of a list paged by token, and its number of pages."""
    separator = "&" if "?" in path else "?"
    objects, pages, page = [], 0, call.get(f"{path}{separator}page_size={size}")
    while True:
        objects += page["objects"]
        pages += 1
        assert page["count"] == len(page["objects"]) <= size
        if not page["next_page"]:
            return objects, pages
        page = call.get(f"{path}{separator}page_size={size}&page={page['next_page']}")


# --- accounts ---------------------------------------------------------------------------------


def test_accounts_are_paged_by_number_until_a_404(shared_server, caller):
    call = caller(shared_server, "application")
    found = []
    for page in (1, 2, 3, 4):
        body = call.get(f"accounts?page_size=3&page={page}")
        assert (body["total"], body["page"]) == (10, page)
        found += [account["id"] for account in body["objects"]]
    assert found == [account.id for account in shared_server.accounts]
    assert_error(call("GET", "accounts?page_size=3&page=5"), 404, "not_found")
    assert_error(call("GET", "accounts?page=0"), 400, "invalid_parameters")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("admin=True", lambda a: a.admin),
        ("admin=false", lambda a: not a.admin),
        ("service=gdrive", lambda a: a.service == "gdrive"),
        ("enabled=True", lambda a: True),
        ("active=False", lambda a: False),
        ("service=box,dropbox", lambda a: a.service in ("box", "dropbox")),
    ],
)
def test_accounts_are_filtered(shared_server, caller, query, wanted):
    found = caller(shared_server, "application").get(f"accounts?{query}")["objects"]
    assert [a["id"] for a in found] == [a.id for a in shared_server.accounts if wanted(a)]


def test_an_account_is_itself_by_id_and_as_me(shared_server, caller):
    known = shared_server.accounts[1]
    account = caller(shared_server, 1).get("accounts/me")
    assert account == caller(shared_server, 1).get(f"accounts/{known.id}")
    assert account["account"] == known.account
    assert (account["service"], account["admin"]) == (known.service, known.admin)
    assert account["href"] == f"{shared_server.base_url}/v1/accounts/{known.id}"
    assert caller(shared_server, 1).get("accounts")["objects"] == [account]


# --- OAuth ------------------------------------------------------------------------------------


def exchange(call, sandbox, given, **changes):
    form = {
        "grant_type": "authorization_code",
        "code": given,
        "redirect_uri": "https://a.example",
        "client_id": sandbox.app_id,
        "client_secret": sandbox.api_key,
        **changes,
    }
    return call("POST", "oauth/token", data=form)


def test_a_token_is_described(shared_server, caller):
    about = caller(shared_server).get("oauth/token")
    assert about["client_id"] == shared_server.app_id
    assert about["account_id"] == shared_server.accounts[0].id
    assert caller(shared_server, "developer").get("oauth/token")["scope"] == "meta"
    foreign = caller(shared_server, f"Bearer {shared_server.foreign_token}").get("oauth/token")
    assert foreign["client_id"] != shared_server.app_id
    wrong = caller(shared_server, "Bearer wrong")("GET", "oauth/token")
    assert_error(wrong, 401, "invalid_token")


def test_a_code_is_good_for_one_token(shared_server, caller):
    call, account = caller(shared_server, "nobody"), shared_server.accounts[4]
    code = shared_server.code(account)
    answer = exchange(call, shared_server, code)
    assert answer.json()["access_token"] == account.token
    assert answer.json()["account_id"] == account.id
    assert_error(exchange(call, shared_server, code), 400, "invalid_parameters")
    other = shared_server.code(account)
    shared_server.expire(other)
    assert_error(exchange(call, shared_server, other), 400, "invalid_parameters")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "unauthorized"),
        ({"client_id": "x"}, 401, "unauthorized"),
        ({"grant_type": "password"}, 400, "invalid_parameters"),
        ({"code": "never given"}, 400, "invalid_parameters"),
    ],
)
def test_a_wrong_exchange_is_refused(shared_server, caller, changes, status, code):
    given = shared_server.code(shared_server.accounts[0])
    answer = exchange(caller(shared_server, "nobody"), shared_server, given, **changes)
    assert_error(answer, status, code)


def test_the_flow_redirects_with_a_code_or_a_token(shared_server, caller):
    call = caller(shared_server, "nobody")
    query = {
        "client_id": shared_server.app_id,
        "redirect_uri": "https://a.example/cb?x=1",
        "state": "a b&c",
        "scope": "all",
    }
    coded = call("GET", "oauth", params={**query, "response_type": "code"})
    assert coded.status_code == 302
    target = urlsplit(coded.headers["Location"])
    answer = parse_qs(target.query)
    assert (target.netloc, answer["x"], answer["state"]) == ("a.example", ["1"], ["a b&c"])
    token = exchange(call, shared_server, answer["code"][0]).json()["access_token"]
    assert token == shared_server.accounts[0].token
    direct = call("GET", "oauth", params={**query, "response_type": "token"})
    fragment = parse_qs(urlsplit(direct.headers["Location"]).fragment)
    assert (fragment["access_token"], fragment["state"]) == ([token], ["a b&c"])
    for wrong in ({"client_id": "x"}, {"redirect_uri": "nowhere"}, {"response_type": "magic"}):
        response = call("GET", "oauth", params={**query, "response_type": "code", **wrong})
        assert_error(response, 400, "invalid_parameters")


# --- storage ----------------------------------------------------------------------------------


def all_files(call):
    """Every file, by walking the folders."""
    files, folders = [], ["root"]
    while folders:
        found, _ = token_pages(call, f"accounts/me/storage/folders/{folders.pop()}/contents", 50)
        files += [one for one in found if one["type"] == "file"]
        folders += [one["id"] for one in found if one["type"] == "folder"]
    return files


@pytest.mark.parametrize("number", [0, 1, 3])
def test_every_file_is_in_a_folder_and_has_contents_of_its_size(shared_server, caller, number):
    call = caller(shared_server, number)
    files = all_files(call)
    assert len(files) > 150
    assert len({one["id"] for one in files}) == len(files)
    for file in [one for one in files if one["size"] and one["size"] < 300_000][:10]:
        assert call.get(f"accounts/me/storage/files/{file['id']}") == file
        response = call("GET", f"accounts/me/storage/files/{file['id']}/contents")
        assert len(response.content) == file["size"] == int(response.headers["Content-Length"])


def test_the_drive_is_the_result_of_the_history(own_server, caller):
    sandbox = own_server(events=3_000, uneven=False)
    call = caller(sandbox)
    last = {}
    for event in sandbox.history(0):
        last[event["metadata"]["id"]] = event
    present = {one["id"]: one for one in all_files(call)}
    gone = [key for key, event in last.items() if event["type"] == "delete"]
    assert len(gone) > 5
    assert not set(gone) & set(present)
    for key in gone[:5]:
        assert_error(call("GET", f"accounts/me/storage/files/{key}"), 404, "not_found")
    compared = [key for key in present if key in last]
    assert len(compared) > 200
    for key in compared:
        assert present[key]["name"] == last[key]["metadata"]["name"]
        assert present[key]["parent"] == last[key]["metadata"]["parent"]
        if last[key]["modified"]:
            assert present[key]["modified"] == last[key]["modified"]
    for event in list(last.values())[-30:]:
        if event["type"] != "delete":
            found = call.get(f"accounts/me/storage/files/{event['metadata']['id']}")
            assert found["name"] == event["metadata"]["name"]


def test_contents_are_paged_by_token(shared_server, caller):
    path = "accounts/me/storage/folders/root/contents"
    whole, one = token_pages(caller(shared_server), path, 1_000)
    parts, many = token_pages(caller(shared_server), path, 4)
    assert parts == whole
    assert (one, many) == (1, -(-len(whole) // 4))
    wrong = caller(shared_server)("GET", f"{path}?page=nonsense")
    assert_error(wrong, 400, "invalid_parameters")


def test_a_range_of_a_file(shared_server, caller):
    call = caller(shared_server)
    file = next(f for f in all_files(call) if f["size"] and f["size"] > 200_000)
    path = f"accounts/me/storage/files/{file['id']}/contents"
    whole = call("GET", path).content
    part = call("GET", path, headers={"Range": "bytes=65530-131080"})
    assert (part.status_code, part.content) == (206, whole[65530:131081])
    assert part.headers["Content-Range"] == f"bytes 65530-131080/{file['size']}"
    assert call("GET", path, headers={"Range": "bytes=100000-"}).content == whole[100_000:]
    beyond = call("GET", path, headers={"Range": f"bytes={file['size']}-"})
    assert beyond.status_code == 416


def upload(call, content, query="", **metadata):
    return call(
        "POST",
        f"accounts/me/storage/files{query}",
        data=content,
        headers={"X-Kloudless-Metadata": json.dumps(metadata), "Content-Type": "text/plain"},
    )


def test_uploading_reading_renaming_moving_and_deleting(own_server, caller):
    call = caller(own_server())
    made = upload(call, b"one two", parent_id="root", name="späte notiz.txt")
    assert made.status_code == 201
    file = made.json()
    path = f"accounts/me/storage/files/{file['id']}"
    assert (file["size"], file["mime_type"], file["name"]) == (7, "text/plain", "späte notiz.txt")
    assert call("GET", f"{path}/contents").content == b"one two"
    conflict = upload(call, b"three", parent_id="root", name="späte notiz.txt")
    assert assert_error(conflict, 409, "naming_conflict")["conflicting_resource_id"] == file["id"]
    again = upload(call, b"three", "?overwrite=true", parent_id="root", name="späte notiz.txt")
    assert again.json()["id"] == file["id"]
    assert call("GET", f"{path}/contents").content == b"three"
    folder = call("POST", "accounts/me/storage/folders", json={"name": "New", "parent_id": "root"})
    assert folder.status_code == 201
    below = folder.json()["id"]
    moved = call("PATCH", path, json={"name": "b.txt", "parent_id": below}).json()
    assert (moved["name"], moved["parent"]["id"], moved["path"]) == ("b.txt", below, "/New/b.txt")
    assert call.get(f"accounts/me/storage/folders/{below}/contents")["objects"] == [moved]
    blocked = call("DELETE", f"accounts/me/storage/folders/{below}")
    assert_error(blocked, 403, "folder_not_empty")
    assert call("DELETE", path).status_code == 204
    assert_error(call("GET", path), 404, "not_found")
    assert call("DELETE", f"accounts/me/storage/folders/{below}").status_code == 204


@pytest.mark.parametrize(
    ("metadata", "status", "code"),
    [
        ({"parent_id": "root"}, 400, "invalid_parameters"),
        ({"parent_id": "Fnowhere", "name": "x"}, 400, "invalid_parent_folder"),
    ],
)
def test_a_wrong_upload_is_refused(shared_server, caller, metadata, status, code):
    assert_error(upload(caller(shared_server), b"x", **metadata), status, code)


def test_an_upload_without_metadata_is_refused(shared_server, caller):
    response = caller(shared_server)("POST", "accounts/me/storage/files", data=b"x")
    assert_error(response, 400, "invalid_parameters")


def test_searching_and_the_most_recent(shared_server, caller):
    call = caller(shared_server)
    found, _ = token_pages(call, "accounts/me/storage/search?q=FINANCE", 10)
    assert found
    assert all("finance" in one["name"].lower() for one in found)
    assert_error(call("GET", "accounts/me/storage/search"), 400, "invalid_parameters")
    times = [one["modified"] for one in token_pages(call, "accounts/me/storage/recent", 50)[0]]
    assert len(times) > 100
    assert times == sorted(times, reverse=True)


def test_a_thumbnail_is_a_picture(shared_server, caller):
    call = caller(shared_server)
    file = all_files(call)[0]
    picture = call("GET", f"accounts/me/storage/files/{file['id']}/thumbnail")
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


def test_an_administrator_sees_a_users_files_only(shared_server, caller):
    call, history = caller(shared_server, 1), shared_server.history(1)
    person = history.world.people[3]
    call.session.headers["X-Kloudless-As-User"] = person.email
    files = all_files(call)
    assert files
    assert {one["owner"]["email"] for one in files} == {person.email}


def test_a_calendar_account_has_no_storage(shared_server, caller):
    response = caller(shared_server, 2)("GET", "accounts/me/storage/folders/root")
    assert_error(response, 404, "not_found")
    assert_error(caller(shared_server)("GET", "accounts/me/cal/calendars"), 404, "not_found")


# --- calendars and CRM ------------------------------------------------------------------------


def test_calendars_and_their_events(own_server, caller):
    call = caller(own_server(), 2)
    calendars = call.get("accounts/me/cal/calendars")["objects"]
    assert call.get("accounts/me/cal/calendars/primary") == calendars[0]
    path = "accounts/me/cal/calendars/primary/events"
    whole, _ = token_pages(call, path, 1_000)
    parts, pages = token_pages(call, path, 5)
    assert parts == whole
    assert pages > 1
    made = call(
        "POST",
        path,
        json={
            "start": "2026-03-09T09:00:00Z",
            "name": "Review",
            "end": "2026-03-09T10:00:00Z",
            "id": "mine",
        },
    )
    assert made.status_code == 201
    event = made.json()
    assert (event["name"], event["calendar_id"]) == ("Review", calendars[0]["id"])
    assert event["id"] != "mine"
    assert call.get(f"{path}/{event['id']}") == event
    changed = call("PATCH", f"{path}/{event['id']}", json={"name": "Late review"}).json()
    assert changed["name"] == "Late review"
    assert len(token_pages(call, path, 100)[0]) == len(whole) + 1
    assert call("DELETE", f"{path}/{event['id']}").status_code == 204
    assert_error(call("GET", f"{path}/{event['id']}"), 404, "not_found")
    assert_error(call("POST", path, json={"name": "never"}), 400, "invalid_parameters")
    assert_error(call("GET", "accounts/me/cal/calendars/nobody"), 404, "not_found")


def test_crm_records(shared_server, caller):
    for kind, word in (("contacts", "contact"), ("accounts", "account")):
        found, _ = token_pages(caller(shared_server, 4), f"accounts/me/crm/{kind}", 10)
        assert {record["type"] for record in found} == {word}
    assert_error(caller(shared_server, 4)("GET", "accounts/me/crm/whales"), 404, "not_found")


@pytest.mark.parametrize(
    ("number", "path"),
    [
        (0, "storage/folders/root/contents"),
        (2, "cal/calendars"),
        (4, "crm/leads"),
        (2, "cal/calendars/primary/events"),
        (3, "storage/recent"),
    ],
)
def test_raw_data_is_added_to_every_object(shared_server, caller, number, path):
    call = caller(shared_server, number)
    plain = call.get(f"accounts/me/{path}")
    raw = call.get(f"accounts/me/{path}", headers={"X-Kloudless-Raw-Data": "true"})
    assert plain["objects"]
    assert all(one.pop("raw") for one in raw["objects"])
    assert raw == plain


# --- pass-through -----------------------------------------------------------------------------


def raw(call, method, uri):
    return call(
        "POST",
        "accounts/me/raw",
        headers={"X-Kloudless-Raw-Method": method, "X-Kloudless-Raw-URI": uri},
    )


def test_the_upstream_answers_for_itself(shared_server, caller):
    drive = raw(caller(shared_server), "GET", "/drive/v2/about")
    assert drive.json()["kind"] == "drive#about"
    assert drive.headers["Server"] == "ESF"
    calendar = raw(caller(shared_server, 2), "GET", "/calendars/primary")
    assert calendar.json()["kind"] == "calendar#calendar"
    dropbox = raw(caller(shared_server, 3), "POST", "/2/users/get_current_account")
    assert dropbox.json()["account_id"].startswith("dbid:")


def test_the_upstreams_own_paging(shared_server, caller):
    call, titles, token = caller(shared_server), [], ""
    while True:
        page = raw(call, "GET", f"/drive/v2/files?maxResults=60{token}").json()
        titles += [item["id"] for item in page["items"]]
        if "nextPageToken" not in page:
            break
        token = f"&pageToken={page['nextPageToken']}"
    assert len(titles) == len(set(titles)) == len(all_files(call))


def test_the_upstreams_own_errors(shared_server, caller):
    google = raw(caller(shared_server), "GET", "/nowhere")
    assert (google.status_code, google.json()["error"]["code"]) == (404, 404)
    dropbox = raw(caller(shared_server, 3), "GET", "/nowhere")
    assert (dropbox.status_code, dropbox.headers["Content-Type"][:10]) == (404, "text/plain")
    missing = caller(shared_server)("POST", "accounts/me/raw")
    assert_error(missing, 400, "invalid_parameters")
    assert_error(raw(caller(shared_server), "GET", "https://evil.example/"), 400, "bad_request")


# --- management -------------------------------------------------------------------------------


def numbered_pages(call, path, size=2):
    objects, number = [], 1
    while True:
        response = call("GET", f"{path}?page_size={size}&page={number}")
        if response.status_code == 404:
            return objects
        page = response.json()
        assert (page["page"], page["type"]) == (number, "object_list")
        if not page["objects"]:
            assert page["total"] == 0
            return objects
        objects += page["objects"]
        number += 1


def test_applications_and_what_is_below_them(shared_server, caller):
    call = caller(shared_server, "developer")
    applications = numbered_pages(call, "meta/applications")
    assert len(applications) > 1
    assert applications[0]["id"] == shared_server.app_id
    for application in applications:
        path = f"meta/applications/{application['id']}"
        assert call.get(path) == application
        for kind in (
            "apikeys",
            "trusted_domains",
            "webhooks",
            "service_keys",
            "redirect_uris",
            "fe_upload_locations",
        ):
            for found in numbered_pages(call, f"{path}/{kind}"):
                assert call.get(f"{path}/{kind}/{found['id']}") == found
    keys = numbered_pages(call, f"meta/applications/{shared_server.app_id}/apikeys")
    assert keys[0]["key"] == shared_server.api_key
    assert numbered_pages(call, f"meta/applications/{applications[1]['id']}/webhooks") == []
    assert_error(call("GET", "meta/applications/nobody"), 404, "not_found")
    assert_error(call("GET", f"meta/applications/{shared_server.app_id}/x"), 404, "not_found")


@pytest.mark.parametrize(
    "kind",
    [
        "developers",
        "usage_reports",
        "licenses",
        "invoices",
        "analytics/api_requests",
        "kloudless_ids",
    ],
)
def test_the_other_lists_of_the_management_api(shared_server, caller, kind):
    call = caller(shared_server, "developer")
    found = numbered_pages(call, f"meta/{kind}")
    assert found
    assert len({str(one["id"]) for one in found}) == len(found)


def test_a_licence_is_bytes(shared_server, caller):
    response = caller(shared_server, "developer")("GET", "meta/licenses/71/contents")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert len(response.content) > 2_000
    assert_error(
        caller(shared_server, "developer")("GET", "meta/licenses/1/contents"), 404, "not_found"
    )


def test_without_the_server_the_error_names_the_package_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "uvicorn", None)
    with pytest.raises(ImportError, match=r"pip install .kloudless-data\[sandbox\]"):
        Sandbox()
