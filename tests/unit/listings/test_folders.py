"""A folder and everything below it: complete and in order, whatever the server does."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data import exceptions
from kloudless_data.schema import SCHEMAS

from ..memory import MemorySandbox

COLUMNS = ["folder_id", "depth", "location", *SCHEMAS["files"].arrow().names]


@pytest.fixture
def own():
    """A server whose files a test may change."""
    with MemorySandbox(seed=7, accounts=1, events=50) as running:
        yield running


def account_of(sandbox, number=0):
    return kd.Account(token=sandbox.accounts[number].token, base_url=sandbox.base_url)


@pytest.fixture
def tree(serve):
    """Return a function that serves folders: id -> names of folders (``x/``) and files in it."""

    def start(folders, **special):
        def answer(request):
            found = re.search("/folders/([^/]+)/contents", request.path)
            folder = unquote(found[1])
            if folder in special:
                return special[folder]
            objects = [
                {"id": name.rstrip("/"), "name": name.rstrip("/"),
                 "type": "folder" if name.endswith("/") else "file"}
                for name in folders[folder]
            ]  # fmt: skip
            return Answer(body=json.dumps({"objects": objects, "next_page": None}).encode())

        server = serve(answer)
        return server, kd.Account(token="t0ken", base_url=server.base_url)

    return start


def test_everything_below_the_root_is_listed_once(account):
    df = kd.list_folder(account)
    expected = []

    def walk(folder):
        objects = [r.data for r in folder.get("contents").get_paging_iterator()]
        expected.extend(o["id"] for o in objects)
        for resource in folder.get("contents").get_paging_iterator():
            if resource.data["type"] == "folder":
                walk(resource)

    walk(account.get("storage/folders/root"))
    assert list(df["id"]) == expected
    assert df["id"].is_unique
    assert list(df.columns) == COLUMNS
    assert str(df["modified"].dtype) == "datetime64[us, UTC]"
    assert str(df["depth"].dtype) == "Int64"


def test_where_things_are_found(account):
    df = kd.list_folder(account)
    folders = df[df["type"] == "folder"].set_index("id")
    inside = df[df["depth"] > 0]
    above = folders.loc[inside["folder_id"]]
    assert list(inside["location"]) == [
        f"{location}/{name}"
        for location, name in zip(above["location"], inside["name"], strict=True)
    ]
    assert list(inside["depth"]) == list(above["depth"] + 1)
    assert list(df["location"]) == list(df["path"])  # the sandbox knows the paths too


def test_many_small_pages_give_the_same(account):
    assert kd.list_folder(account, page_size=3).equals(kd.list_folder(account))


def test_one_folder_alone(account):
    df = kd.list_folder(account, recursive=False)
    assert set(df["depth"]) == {0}
    folder = df[df["type"] == "folder"]["id"].iloc[0]
    below = kd.list_folder(account, folder, recursive=False)
    assert set(below["folder_id"]) == {folder}


def test_an_empty_folder_has_the_columns(own):
    account = account_of(own)
    folder = account.post("storage/folders", json={"name": "Empty", "parent_id": "root"})
    df = kd.list_folder(account, folder.data["id"])
    assert df.empty
    assert list(df.columns) == COLUMNS
    assert df.dtypes.equals(kd.list_folder(account).dtypes)


def test_columns(account):
    df = kd.list_folder(account, columns=["name", "depth", "raw"])
    assert list(df.columns) == ["name", "depth", "raw"]
    assert df["raw"].notna().all()


@pytest.mark.parametrize("columns", [["colour"], ["depth", "depth"], [], "name"])
def test_a_wrong_column_is_refused_before_any_request(account, sandbox, columns):
    asked = len(sandbox.requests)
    with pytest.raises(exceptions.InvalidParameter):
        kd.list_folder(account, columns=columns)
    assert len(sandbox.requests) == asked


def test_raw_objects(account):
    df = kd.list_folder(account, recursive=False, raw=True)
    assert json.loads(df["raw"][0])["kind"] == "drive#file"


def test_hostile_names_are_kept_and_lead_nowhere(own, capsys):
    from kloudless_data.cli import main

    account = account_of(own)
    names = ["../../etc", "a/b", "<script>alert(1)</script>", "\x1b[2J\x1b]0;x\x07", "=1+1", " "]
    parent = "root"
    for name in names:
        folder = account.post("storage/folders", json={"name": name, "parent_id": parent})
        parent = folder.data["id"]
    df = kd.list_folder(account)
    deepest = df[df["name"] == " "].iloc[0]
    assert deepest["location"] == "/" + "/".join(names)
    assert deepest["depth"] == len(names) - 1
    main(["folder", "list", "--token", account.token, "--base-url", own.base_url])
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", capsys.readouterr().out)


def test_hostile_ids_stay_one_segment_of_the_path(tree):
    ids = ["a/../b", "x?y#z", "..a", "Ünï"]
    server, account = tree({"root": [f"{i}/" for i in ids], **{i: ["f"] for i in ids}})
    df = kd.list_folder(account)
    assert list(df["folder_id"]) == ["root"] * 4 + ids
    assert all(r.path.startswith("/v1/accounts/me/storage/folders/") for r in server.requests)


@pytest.mark.parametrize("step", [".", ".."])
def test_a_folder_whose_id_is_a_path_step_is_named_and_not_requested(tree, step):
    """The request would turn into one for another path."""
    server, account = tree({"root": [f"{step}/", "b/"], step: ["f"], "b": ["g"]})
    with pytest.raises(exceptions.ListingIncomplete, match="names another path") as caught:
        kd.list_folder(account)
    assert list(caught.value.frame["folder_id"]) == ["root", "root", "b"]
    assert list(caught.value.failures) == [f"folder {step}"]
    assert not any("/./" in r.path or "/../" in r.path for r in server.requests)


def test_circles_end(tree):
    server, account = tree({"root": ["a/", "b/"], "a": ["root/", "a/", "c/"], "b": ["c/"],
                            "c": ["a/", "b/", "f"]})  # fmt: skip
    df = kd.list_folder(account)
    assert len(server.requests) == 4
    assert list(df["location"]) == [
        "/a", "/b", "/a/root", "/a/a", "/a/c", "/a/c/a", "/a/c/b", "/a/c/f", "/b/c"
    ]  # fmt: skip


def test_a_server_that_invents_folders_is_not_followed_forever(serve, monkeypatch):
    monkeypatch.setattr("kloudless_data.listings.folders._DEEPEST", 20)

    def endless(request):
        number = len(request.path) + len(server.requests)
        folder = {"id": f"f{number}-{len(server.requests)}", "name": "x", "type": "folder"}
        return Answer(body=json.dumps({"objects": [folder]}).encode())

    server = serve(endless)
    with pytest.raises(exceptions.ListingIncomplete, match="20 folders deep") as caught:
        kd.list_folder(kd.Account(token="t0ken", base_url=server.base_url))
    assert len(caught.value.frame) == 21


def test_folders_without_an_id_are_reported(serve):
    server = serve(Answer(body=b'{"objects": [{"type": "folder"}, {"type": "folder", "id": ""}]}'))
    with pytest.raises(exceptions.ListingIncomplete, match="2 folders in root"):
        kd.list_folder(kd.Account(token="t0ken", base_url=server.base_url))


FORBIDDEN = Answer(status=403, body=b'{"error_code": "forbidden", "message": "Not yours"}')


def test_a_folder_that_cannot_be_read_does_not_affect_the_others(tree):
    _, account = tree(
        {"root": ["a/", "b/", "c/"], "a": ["1", "d/"], "c": ["2"], "d": ["3"]}, b=FORBIDDEN
    )
    with pytest.raises(exceptions.ListingIncomplete, match=r"folder b: .*Not yours") as caught:
        kd.list_folder(account)
    assert list(caught.value.failures) == ["folder b"]
    assert isinstance(caught.value.failures["folder b"], exceptions.ForbiddenException)
    df = kd.list_folder(account, on_error="collect")
    assert df.equals(caught.value.frame)
    assert list(df["name"]) == ["a", "b", "c", "1", "d", "3", "2"]
    assert list(df.attrs["failures"]) == ["folder b"]


def test_collected_events_can_be_written(tree, tmp_path):
    _, account = tree({"root": ["a/", "b/"], "a": ["1"]}, b=FORBIDDEN)
    df = kd.list_folder(account, on_error="collect")
    df.to_parquet(tmp_path / "files.parquet")


def test_the_first_folders_failure_is_raised_unchanged(tree, account):
    with pytest.raises(exceptions.NotFoundException, match="no folder 'nowhere'"):
        kd.list_folder(account, "nowhere")
    _, forbidden = tree({}, root=FORBIDDEN)
    with pytest.raises(exceptions.ForbiddenException):
        kd.list_folder(forbidden, on_error="collect")


def test_a_token_that_expires_on_the_way_ends_the_walk(tree):
    expired = Answer(status=401, body=b'{"error_code": "invalid_token"}')
    names = [f"a{n}" for n in range(300)]
    server, account = tree({"root": [f"{n}/" for n in names]}, **dict.fromkeys(names, expired))
    with pytest.raises(exceptions.ListingIncomplete) as caught:
        kd.list_folder(account)
    assert len(caught.value.frame) == 300
    assert len(server.requests) < 150


def test_another_service_has_no_folders(sandbox):
    calendar = next(a for a in sandbox.accounts if a.service == "google_calendar")
    account = kd.Account(token=calendar.token, base_url=sandbox.base_url)
    with pytest.raises(exceptions.NotFoundException, match="no Storage API"):
        kd.list_folder(account)


@pytest.mark.parametrize("folder", ["", None])
def test_an_empty_id_is_refused(account, folder):
    with pytest.raises(exceptions.InvalidParameter, match="root"):
        kd.list_folder(account, folder)


def test_an_unknown_on_error_is_refused(account):
    with pytest.raises(exceptions.InvalidParameter, match="'raise' or 'collect'"):
        kd.list_folder(account, on_error="ignore")


def test_a_pause_that_the_server_requests_is_observed(serve):
    folder = b'{"objects": [{"id": "a", "type": "folder"}, {"id": "b", "type": "folder"}]}'
    busy = Answer(status=429, headers={"Retry-After": "0"})
    server = serve(Answer(body=folder), busy, busy, Answer(body=b'{"objects": [{"id": "f"}]}'))
    df = kd.list_folder(kd.Account(token="t0ken", base_url=server.base_url))
    assert len(df) == 4
    assert len(server.requests) == 5
