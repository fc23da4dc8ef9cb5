"""Settings are fixed, clients are derived in one place, and pickles do not contain the secret."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions

TOKEN, KEY = "tok-secret-0123456789", "key-secret-0123456789"


def test_settings_cannot_be_changed():
    client = kd.Client(api_key=KEY)
    with pytest.raises(dataclasses.FrozenInstanceError):
        client.settings.max_retries = 3


def test_a_client_is_derived_with_other_settings_and_the_first_stays_as_it_is():
    client = kd.Client(api_key=KEY, base_url="http://localhost:1")
    client.headers["X-Mine"] = "1"
    other = client.with_options(max_retries=0, api_version=2, raw_data=True)
    assert (other.settings.max_retries, other.url) == (0, "http://localhost:1/v2")
    assert other.headers["X-Mine"] == "1"
    assert other.headers["X-Kloudless-Raw-Data"] == "true"
    assert (client.settings.max_retries, client.url) == (5, "http://localhost:1/v1")
    assert "X-Kloudless-Raw-Data" not in client.headers
    other.headers["X-Mine"] = "2"
    assert client.headers["X-Mine"] == "1"
    assert "X-Kloudless-Raw-Data" not in other.with_options(raw_data=False).headers
    with pytest.raises(exceptions.UnknownSetting):
        client.with_options(max_retrys=0)
    with pytest.raises(exceptions.InvalidParameter, match="max_retries must be"):
        client.with_options(max_retries=-1)


def test_an_account_is_derived_with_everything_its_client_has():
    client = kd.Client(api_key=KEY, base_url="http://localhost:1", api_version=2)
    client = client.with_options(max_retries=1, read_timeout=3.0, impersonate_user_id="u1")
    account = client.account(7)
    assert isinstance(account, kd.Account)
    assert account.url == "http://localhost:1/v2/accounts/7"
    assert account.settings == client.settings
    assert account.api_key == KEY
    assert account.account_id == 7
    assert account.headers["X-Kloudless-As-User"] == "u1"
    assert account.with_options(max_retries=0).url == account.url
    assert account.account(8).url == "http://localhost:1/v2/accounts/8"
    with pytest.raises(exceptions.InvalidParameter, match="none was named.*account_id"):
        client.account()
    assert kd.Client(token=TOKEN).account().account_id == "me"


def test_a_session_and_a_picker_keep_their_clients_settings(sandbox):
    from kloudless_data.signin.session import LoginSession

    kd.configuration["max_retries"] = 2
    session = LoginSession()
    session.sign_in("token", sandbox.accounts[0].token, base_url=sandbox.base_url)
    assert session.account().settings.max_retries == 2
    client = kd.Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    client = client.with_options(max_retries=1, read_timeout=9.0)
    picked = kd.pick_account(client).choose(sandbox.accounts[1].id)
    assert picked.settings == client.settings


# --- A server behind a gateway -------------------------------------------------------------------

GATEWAY = "https://gw.example/kloudless"


def test_the_path_of_a_gateway_is_part_of_every_url(serve):
    pages = [
        {"type": "object_list", "next_page": "b", "objects": [{"id": 1}]},
        {"type": "object_list", "next_page": None, "objects": []},
    ]
    server = serve(*(Answer(body=json.dumps(page).encode()) for page in pages))
    client = kd.Client(token=TOKEN, base_url=f"{server.base_url}/kloudless/")
    page = client.get("accounts", api_version=2)
    list(page.get_paging_iterator())
    assert page.objects[0].url == f"{server.base_url}/kloudless/v2/accounts/1"
    assert [r.path.partition("?")[0] for r in server.requests] == ["/kloudless/v2/accounts"] * 2


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/kloudless/v1/elsewhere", True),
        ("/kloudless", True),
        ("/v1/elsewhere", False),
        ("/kloudless-other/v1", False),
        ("/kloudless/../other", False),
        ("/kloudless/%2e%2e/other", False),
        ("/kloudless/%252e%252e/other", False),
        ("/kloudless/a%2f..%2f..%2f..%2fother", False),
        ("/kloudless/a/../b", True),
    ],
)
def test_credentials_do_not_go_to_what_else_a_gateway_serves(serve, path, sent):
    for how in ("redirect", "absolute"):
        server = serve(Answer(302, headers={"Location": path}), Answer())
        client = kd.Client(token=TOKEN, base_url=f"{server.base_url}/kloudless")
        url = "accounts" if how == "redirect" else f"{server.base_url}{path}"
        if sent:
            server.answers[:] = server.answers if how == "redirect" else [Answer()]
            client.get(url)
            assert server.requests[-1].path.startswith("/kloudless")
        else:
            with pytest.raises(exceptions.UntrustedURL):
                client.get(url)
            assert len(server.requests) == (how == "redirect")


def test_an_href_outside_of_the_gateways_path_is_not_followed(serve):
    server = serve()
    href = f"{server.base_url}/other/v1/loot"
    body = {"id": "a", "href": href}
    server.answers.append(Answer(body=json.dumps(body).encode()))
    client = kd.Client(token=TOKEN, base_url=f"{server.base_url}/kloudless")
    assert client.get("x").url == f"{server.base_url}/kloudless/v1/x/a"


# --- No server -----------------------------------------------------------------------------------


def test_nothing_is_sent_to_a_server_that_nobody_chose(monkeypatch):
    account = kd.Account(token=TOKEN)
    assert account.url == "https://api.kloudless.com/v1/accounts/me"
    with pytest.raises(exceptions.NoServer, match=r"No server is set\. Set KLOUDLESS_BASE_URL"):
        account.get()
    monkeypatch.setenv("KLOUDLESS_BASE_URL", "http://127.0.0.1:1")
    assert kd.Account(token=TOKEN).settings.server_is_set
    monkeypatch.delenv("KLOUDLESS_BASE_URL")
    kd.configuration["base_url"] = "https://api.kloudless.com"
    assert kd.Account(token=TOKEN).settings.server_is_set
    del kd.configuration["base_url"]
    assert kd.Account(token=TOKEN, base_url="https://api.kloudless.com").settings.server_is_set


# --- Copies and pickles --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))]
)
def test_a_copy_of_a_client_works_and_a_pickle_holds_no_credential(sandbox, again):
    account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    account = account.with_options(max_retries=1)
    account.headers["X-Mine"] = "1"
    copied = again(account)
    assert (copied.url, copied.settings, copied.auth) == (
        account.url,
        account.settings,
        account.auth,
    )
    assert copied.headers["X-Mine"] == "1"
    assert len(copied.events(limit=5).to_frame()) == 5
    assert sandbox.accounts[0].token.encode() not in pickle.dumps(account)
    copied.headers["X-Mine"] = "2"
    assert account.headers["X-Mine"] == "1"


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))]
)
def test_a_copy_of_an_answer_works_and_holds_no_credential(sandbox, again):
    account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    page = account.get("events", params={"page_size": 3}, get_raw_data=True)
    copied = again(page)
    assert copied.data == page.data
    assert [r.url for r in copied] == [r.url for r in page]
    assert copied.get_next_page().data["objects"][0]["raw"]
    assert sandbox.accounts[0].token.encode() not in pickle.dumps(page)


def test_a_download_that_was_not_read_says_that_it_cannot_be_copied(serve):
    server = serve(Answer(body=b"x" * 100, content_type="application/pdf"))
    account = kd.Account(token=TOKEN, base_url=server.base_url)
    with (
        account.get("storage/files/f/contents") as response,
        pytest.raises(TypeError, match="unread download"),
    ):
        pickle.dumps(response)


# --- What is refused before anything is sent -----------------------------------------------------


def test_a_header_that_http_cannot_send_is_named_and_not_quoted(serve):
    server = serve(Answer())
    account = kd.Account(token=TOKEN, base_url=server.base_url)
    with pytest.raises(exceptions.InvalidParameter, match="The header X-Mine") as caught:
        account.get("x", headers={"X-Mine": "snow ☃"})
    assert "☃" not in caught.value.message
    assert server.requests == []


def test_the_uri_of_an_upstream_request_may_have_any_character(serve):
    server = serve(Answer())
    account = kd.Account(token=TOKEN, base_url=server.base_url)
    account.raw("GET", "/files/Grüße ☃/%C3%A9?q=a b&r=1")
    sent = server.requests[0].headers["X-Kloudless-Raw-URI"]
    assert sent == "/files/Gr%C3%BC%C3%9Fe%20%E2%98%83/%C3%A9?q=a%20b&r=1"


HALF = "x\ud800"
NOT_FOUND = Answer(404, body=b'{"error_code": "not_found", "message": "no"}')


@pytest.mark.parametrize(
    "ask",
    [
        lambda client, account: client.account(HALF).get(""),
        lambda client, account: account.get(f"storage/files/{HALF}"),
        lambda client, account: account.raw("GET", f"/{HALF}"),
        lambda client, account: account.events(subscription=HALF).to_frame(),
        lambda client, account: kd.list_folder(account, HALF),
        lambda client, account: kd.list_memberships(account, groups=[HALF]),
        lambda client, account: kd.raw_frame(account, f"/{HALF}?a={HALF}"),
    ],
)
def test_ids_with_half_a_surrogate_pair_are_requested_and_not_found(serve, ask):
    """A server's JSON may hold such ids; one of them must not stop the reading of the others."""
    server = serve(NOT_FOUND)
    client = kd.Client(api_key=TOKEN, base_url=server.base_url)
    account = kd.Account(token=TOKEN, base_url=server.base_url)
    with pytest.raises(exceptions.KloudlessException) as caught:
        ask(client, account)
    assert "surrogates not allowed" not in str(caught.value)
    asked = server.requests[-1]
    assert "%ED%A0%80" in asked.path + asked.headers.get("X-Kloudless-Raw-URI", "")


@pytest.mark.parametrize(
    "ask",
    [
        lambda client, account: client.account("..").get(""),
        lambda client, account: account.events(subscription="..").to_frame(),
        lambda client, account: kd.list_folder(account, ".."),
        lambda client, account: kd.list_memberships(account, groups=["."]),
    ],
)
def test_an_id_that_would_lead_to_another_path_is_not_requested(serve, ask):
    server = serve(NOT_FOUND)
    client = kd.Client(api_key=TOKEN, base_url=server.base_url)
    account = kd.Account(token=TOKEN, base_url=server.base_url)
    with pytest.raises(exceptions.KloudlessException, match="in a URL it names another path"):
        ask(client, account)
    assert server.requests == []


def test_a_subscription_is_one_segment_of_the_path(serve):
    server = serve(Answer(body=b'{"cursor": "a", "objects": []}'))
    account = kd.Account(token=TOKEN, base_url=server.base_url)
    account.events(subscription="../../../meta/applications?x=").to_frame()
    path = server.requests[0].path.partition("?")[0]
    assert path == (
        "/v1/accounts/me/subscriptions/..%2F..%2F..%2Fmeta%2Fapplications%3Fx=/activity"
    )


def test_a_body_that_is_not_json_is_the_callers_mistake(serve):
    server = serve(Answer())
    account = kd.Account(token=TOKEN, base_url=server.base_url)
    with pytest.raises(exceptions.InvalidParameter, match="JSON"):
        account.post("x", json={"size": float("nan")})
    with pytest.raises(exceptions.InvalidParameter, match="cannot be sent"):
        account.post("x", data="text", files={"f": b"x"})
    assert server.requests == []


def test_notebook_displays_quote_no_credential(serve):
    body = {"id": "a", "name": f"got {TOKEN}", "href": f"/x?q={TOKEN}"}
    page = {"type": "object_list", "objects": [body]}
    for data in (body, page):
        server = serve(Answer(body=json.dumps(data).encode()))
        account = kd.Account(token=TOKEN, base_url=server.base_url)
        found = account.get("x", params={"q": TOKEN})
        shown = repr(found) + repr(account) + found._repr_html_() + account._repr_html_()
        assert TOKEN not in shown
        assert "[redacted]" in shown
