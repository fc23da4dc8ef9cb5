"""Public objects can be copied and pickled, or say why not; so do failing workers."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import pickle
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import kloudless_data as kd
from kloudless_data import audit, exceptions
from kloudless_data.archive import Archive
from kloudless_data.sandbox import Sandbox

WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
}


@pytest.fixture(scope="module")
def server():
    with Sandbox(seed=7, accounts=2, events=300) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("copies")


@pytest.fixture(scope="module")
def things(server, folder):
    """Return one of each public kind of object, used before it is copied."""
    account = kd.Account(token=server.accounts[0].token, base_url=server.base_url)
    client = kd.Client(api_key=server.api_key, base_url=server.base_url)
    read = account.events(limit=5)
    frame = read.to_frame()
    archive = Archive(folder / "archive")
    synced = archive.sync(client, progress=False)
    archive.coverage()
    return {
        "account": account, "client": client, "auth": account.auth, "settings": account.settings,
        "configuration": kd.configuration, "stream": account.events(types=["add"]), "read": read,
        "many": kd.read_events([account]), "upstream": account.upstream_events(),
        "list": account.get("storage/folders/root/contents"), "object": account.get(),
        "frame": frame, "listing": kd.list_accounts(client), "archive": archive, "sync": synced,
        "manifest": account.events(limit=5).to_csv(folder / "e.csv"),
        "report": audit.report(frame, progress=False), "profile": audit.profile(frame),
        "ocsf": audit.to_ocsf(frame), "rules": audit.RULES, "cover": audit.Cover(),
        "mark": audit.Mark("by", "why", rule="mass_deletion"),
        "access": kd.Access(folder / "access"), "budget": account.budget(),
        "snapshot": kd.Access(folder / "access").snapshot(account, progress=False),
    }  # fmt: skip


def shown(thing: object) -> str:
    return re.sub("0x[0-9a-f]+", "", repr(thing))


@pytest.mark.parametrize("way", list(WAYS))
def test_whatever_is_public_can_be_copied_and_the_copy_shows_itself_alike(things, way):
    for name, thing in things.items():
        copied = WAYS[way](thing)
        assert type(copied) is type(thing), name
        assert shown(copied) == shown(thing), name
        if hasattr(thing, "_repr_html_"):
            assert copied._repr_html_(), name


def test_no_pickle_holds_a_credential(things, server):
    secrets = {server.api_key, *(account.token for account in server.accounts)}
    for name, thing in things.items():
        pickled = pickle.dumps(thing)
        assert not [secret for secret in secrets if secret.encode() in pickled], name


@pytest.mark.parametrize("way", list(WAYS))
def test_copies_work_as_the_original_does(things, way):
    copied = {name: WAYS[way](thing) for name, thing in things.items()}
    assert len(copied["stream"].to_frame()) == len(things["stream"].to_frame()) > 0
    assert len(copied["many"].to_frame()) > 0
    assert len(copied["archive"].events()) == len(things["archive"].events()) > 0
    assert len(copied["list"].to_frame()) == len(things["list"].to_frame()) > 0
    assert copied["access"].path == things["access"].path
    assert copied["report"].to_html() == things["report"].to_html()


@pytest.mark.parametrize("way", list(WAYS))
def test_a_running_server_names_what_to_pass_on_instead(server, way):
    with pytest.raises(TypeError, match="pass on its base_url"):
        WAYS[way](server)


def _rows(account: kd.Account) -> int:
    return len(account.events(limit=3).to_frame())


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_worker_without_the_credential_fails_with_its_task(server, method):
    """It must not fail while unpickling the task, or `Pool.map` would wait forever."""
    account = kd.Account(token=server.accounts[0].token, base_url=server.base_url)
    context = multiprocessing.get_context(method)
    with (
        context.Pool(1) as pool,
        pytest.raises(exceptions.CredentialNotFound, match="does not contain it"),
    ):
        pool.map_async(_rows, [account]).get(timeout=60)
    with (
        ProcessPoolExecutor(1, mp_context=context) as pool,
        pytest.raises(exceptions.CredentialNotFound),
    ):
        pool.submit(_rows, account).result(timeout=60)


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_a_worker_with_the_credential_reads(server, monkeypatch, method):
    monkeypatch.setenv("KLOUDLESS_TOKEN", server.accounts[0].token)
    account = kd.Account(token=server.accounts[0].token, base_url=server.base_url)
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.map_async(_rows, [account]).get(timeout=60) == [3]


def test_one_client_is_used_by_threads_of_an_event_loop(server):
    account = kd.Account(token=server.accounts[0].token, base_url=server.base_url)

    async def read():
        return await asyncio.gather(*(asyncio.to_thread(_rows, account) for _ in range(8)))

    assert asyncio.run(read()) == [3] * 8
