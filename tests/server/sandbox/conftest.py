"""Shared by the sandbox's own tests: servers, and a small client that is not ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from kloudless_data.sandbox import Sandbox


class Caller:
    """requests, with a sandbox's address and one credential."""

    def __init__(self, sandbox: Sandbox, authorization: str | None, version: int = 1) -> None:
        self.sandbox, self.version = sandbox, version
        self.session = requests.Session()
        if authorization:
            self.session.headers["Authorization"] = authorization

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        version = options.pop("version", self.version)
        url = f"{self.sandbox.base_url}/v{version}/{path}"
        return self.session.request(method, url, timeout=30, allow_redirects=False, **options)

    def get(self, path: str, **options: Any) -> Any:
        response = self("GET", path, **options)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Sandbox]:
    """A sandbox for tests that change nothing another test could notice."""
    with Sandbox(seed=11, accounts=10, events=1_500) as sandbox:
        yield sandbox


@pytest.fixture
def own_server() -> Iterator[Callable[..., Sandbox]]:
    """Sandboxes for one test only."""
    running: list[Sandbox] = []

    def start(**options: Any) -> Sandbox:
        running.append(Sandbox(**{"seed": 3, "accounts": 5, "events": 200, **options}).start())
        return running[-1]

    yield start
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def caller() -> Callable[..., Caller]:
    """A client for an account (by number), for the application or for the developer."""

    def make(sandbox: Sandbox, who: int | str = 0, version: int = 1) -> Caller:
        if isinstance(who, int):
            return Caller(sandbox, f"Bearer {sandbox.accounts[who].token}", version)
        credential = {
            "application": f"APIKey {sandbox.api_key}",
            "developer": f"Bearer {sandbox.meta_token}",
            "nobody": None,
        }
        return Caller(sandbox, credential.get(who, who), version)

    return make


def assert_error(response: requests.Response, status: int, code: str) -> dict[str, Any]:
    """The documented error body, and nothing else."""
    body: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, body["error_code"]) == (status, code), response.text
    assert body["status_code"] == status
    assert body["message"]
    assert len(body["id"]) == 36
    return body
