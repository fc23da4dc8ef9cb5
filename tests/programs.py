"""Small programs against a server whose every event is known, recorded and replayed.

``python tests/programs.py`` records them again: it starts the sandbox on the port in the cassettes,
and removes every credential from the recordings.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import vcr

import kloudless_data as kd
from kloudless_data.sandbox import Sandbox

PORT = 8002
CASSETTES = Path(__file__).parent / "cassettes"


def world() -> Sandbox:
    """Return the server of the recordings; even unstarted, it knows its history and its secrets."""
    return Sandbox(seed=11, accounts=5, events=120, port=PORT)


def secrets(sandbox: Sandbox) -> list[str]:
    return [sandbox.api_key, sandbox.meta_token, *(a.token for a in sandbox.accounts)]


def verify(sandbox: Sandbox) -> Any:
    return kd.verify_token(sandbox.app_id, sandbox.accounts[0].token)["client_id"]


def events(sandbox: Sandbox) -> Any:
    page = kd.Account(token=sandbox.accounts[0].token).get("events", params={"page_size": 50})
    ids = [event.data["id"] for event in page.get_paging_iterator()]
    return [ids, page.latest_cursor]


def frame(sandbox: Sandbox) -> Any:
    return list(kd.Account(token=sandbox.accounts[0].token).events(page_size=50).to_frame()["id"])


def upstream(sandbox: Sandbox) -> Any:
    return kd.Account(token=sandbox.accounts[0].token).raw("GET", "/drive/v2/about").json()["kind"]


def applications(sandbox: Sandbox) -> Any:
    meta = kd.Client(token=sandbox.meta_token)
    first = meta.get("meta/applications").objects[0]  # vcrpy cannot record requests in parallel
    return [list(kd.list_applications(meta)["id"]), len(first.get("apikeys"))]


def accounts(sandbox: Sandbox) -> Any:
    return list(kd.list_accounts(kd.Client(api_key=sandbox.api_key))["id"])


def refused(sandbox: Sandbox) -> Any:
    try:
        kd.Account(token="0123456789wrong").get("events")
    except kd.exceptions.AuthorizationException as error:
        return [error.status, error.error_code]


def oauth(sandbox: Sandbox) -> Any:
    code = sandbox.code(sandbox.accounts[0]) if sys.argv[0].endswith("programs.py") else "code"
    token = kd.get_token_from_code(
        sandbox.app_id, sandbox.api_key, "s", "http://127.0.0.1/callback", state="s", code=code
    )
    return bool(token)


PROGRAMS: dict[str, Callable[[Sandbox], Any]] = {
    program.__name__: program
    for program in (verify, events, frame, upstream, applications, accounts, refused, oauth)
}

_SECRET_MEMBER = re.compile(
    r'("(?:access_token|refresh_token|key|secret|client_secret|token|private_key|password)"\s*:\s*)'
    r'"[^"]*"'
)


def _scrubbed(response: dict[str, Any]) -> dict[str, Any]:
    text = response["body"]["string"].decode("utf-8")
    response["body"]["string"] = _SECRET_MEMBER.sub(r'\1"REDACTED"', text).encode()
    return response


def recorder() -> vcr.VCR:
    return vcr.VCR(
        cassette_library_dir=str(CASSETTES),
        path_transformer=vcr.VCR.ensure_suffix(".yaml"),
        match_on=["method", "uri"],
        decode_compressed_response=True,
        filter_headers=[("authorization", "REDACTED")],
        filter_post_data_parameters=[("client_secret", "REDACTED"), ("code", "REDACTED")],
        before_record_response=_scrubbed,
    )


@contextmanager
def configured() -> Iterator[None]:
    kd.configuration["base_url"] = f"http://127.0.0.1:{PORT}"
    try:
        yield
    finally:
        del kd.configuration["base_url"]


def record() -> None:
    for old in CASSETTES.glob("*"):
        old.unlink()
    results = {}
    with world() as sandbox, configured():
        for name, program in PROGRAMS.items():
            with recorder().use_cassette(name, record_mode="all"):
                results[name] = program(sandbox)
    (CASSETTES / "results.json").write_text(json.dumps(results, default=int, indent=1) + "\n")


if __name__ == "__main__":
    record()
