"""Clients and exceptions that pass to or from another process."""

from __future__ import annotations

import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import kloudless_data as kd
from kloudless_data import exceptions

KEY = "key-secret-0123456789"

READ = """
import pickle, sys
import kloudless_data as kd
try:
    client = pickle.load(open(sys.argv[1], "rb"))
    print(repr(client), client.settings.max_retries)
    print(client.api_key is not None)
except kd.exceptions.CredentialNotFound as error:
    print(error.message)
"""


@pytest.mark.parametrize("there", [True, False])
def test_another_process_needs_the_credential_itself(tmp_path, monkeypatch, there):
    file = tmp_path / "client.pickle"
    client = kd.Client(api_key=KEY, base_url="http://localhost:1").with_options(max_retries=3)
    file.write_bytes(pickle.dumps(client))
    environment = {"KLOUDLESS_API_KEY": KEY} if there else {}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(file)], capture_output=True, text=True, check=True,
        env={**environment, "PYTHONPATH": str(Path(kd.__file__).parents[1])},
    )  # fmt: skip
    assert "hidden)> 3\n" in done.stdout
    last = "True" if there else "names its credential but does not contain it"
    assert last in done.stdout
    assert KEY not in done.stdout + done.stderr


def _token_of(client: kd.Client) -> str | None:
    return client.api_key


def test_a_forked_worker_knows_the_credentials_of_its_parent():
    client = kd.Client(api_key=KEY, base_url="http://localhost:1")
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_token_of, [client]).get(timeout=60) == KEY


def test_an_exception_of_a_worker_process_arrives():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        waiting = pool.apply_async(_refused)
        with pytest.raises(exceptions.AuthorizationException, match="answered 401"):
            waiting.get(timeout=60)


def _refused() -> None:
    response = requests.Response()
    response.status_code = 401
    response.url = "http://127.0.0.1/v1/accounts/me"
    response._content = b"no"
    response.request = requests.Request("GET", response.url, auth=None).prepare()
    response.request.headers["Authorization"] = f"Bearer {KEY}"
    raise exceptions.exception_for(response)
