"""The sandbox in its own process, so that it takes no time from the measured one."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests

from kloudless_data import Account

__all__ = ["Server", "serve"]

PAGE_SIZE = 1_000


@dataclass(frozen=True)
class Server:
    """The sandbox's address and the tokens of its accounts."""

    base_url: str
    tokens: list[str]

    def account(self, number: int = 0) -> Account:
        """Return an account."""
        return Account(token=self.tokens[number], base_url=self.base_url)

    def pages(self, events: int, number: int = 0) -> Iterator[bytes]:
        """Yield an account's pages as `requests` downloads them, almost unprocessed."""
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self.tokens[number]}"
            params: dict[str, Any] = {"page_size": PAGE_SIZE}
            for _ in range(-(-events // PAGE_SIZE)):
                answer = session.get(f"{self.base_url}/v1/accounts/me/events", params=params)
                yield answer.content
                # The cursor is the first member of a page: no need to parse all of it.
                _, _, rest = answer.content.partition(b'"cursor":')
                params["cursor"] = json.JSONDecoder().raw_decode(rest[:200].decode().lstrip())[0]


@contextlib.contextmanager
def serve(**options: Any) -> Iterator[Server]:
    """Run a sandbox that keeps all events.

    Parameters
    ----------
    **options
        Of `Sandbox`.
    """
    options = {"retention_events": None, "retention_hours": None, "accounts": 1} | options
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Server(**json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()


def _main() -> None:
    from kloudless_data.sandbox import Sandbox

    with Sandbox(**json.loads(sys.argv[1])) as sandbox:
        tokens = [account.token for account in sandbox.accounts]
        print(json.dumps({"base_url": sandbox.base_url, "tokens": tokens}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _main()
