"""No output of a whole session holds a credential, whether whole, half or encoded."""

from __future__ import annotations

import contextlib
import gzip
import io
import logging
import pickle
import traceback
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from secrets_in import forms_of, variables_of

import kloudless_data as kd
from kloudless_data import audit, exceptions
from kloudless_data.archive import Archive
from kloudless_data.credentials.profiles import Profile, save_profile
from kloudless_data.sandbox import FaultPlan, Sandbox
from kloudless_data.signin.session import LoginSession

from .fault_server import FaultServer, answer


class Limit:
    """Answers with one event per page, and after some pages with an error that quotes the token."""

    def __init__(self, token: str, pages: int) -> None:
        self.token, self.pages = token, pages

    def __call__(self, head: bytes) -> list[bytes]:
        if b"/events" not in head:
            return [answer(b'{"id": 1, "account": "a@b.test", "service": "box"}')]
        self.pages -= 1
        if self.pages < 0:
            return [answer(self.token.encode(), "403 No", "text/plain")]
        event = f'{{"id": "{self.pages}", "account": 1, "type": "add"}}'
        return [answer(f'{{"objects": [{event}], "cursor": "{self.pages}"}}'.encode())]


class Session:
    """An analyst's day, with all of its output."""

    def __init__(self, folder: Path, server: Sandbox) -> None:
        self.folder = folder
        self.server = server
        self.outputs: dict[str, str] = {}
        self.account = kd.Account(token=server.accounts[0].token, base_url=server.base_url)
        self.client = kd.Client(api_key=server.api_key, base_url=server.base_url)
        self.meta = kd.Client(token=server.meta_token, base_url=server.base_url)

    @property
    def secrets(self) -> set[str]:
        tokens = {account.token for account in self.server.accounts}
        return {*tokens, self.server.api_key, self.server.meta_token}

    def show(self, name: str, thing: object) -> object:
        shown = [repr(thing), str(thing), repr(pickle.dumps(thing))]
        shown += [str(getattr(thing, how)()) for how in ("_repr_html_", "_repr_mimebundle_")
                  if hasattr(thing, how)]  # fmt: skip
        self.outputs[name] = "\n".join(shown)
        return thing

    def fail(self, name: str, does: object) -> None:
        try:
            does()  # type: ignore[operator]
        except Exception as error:
            printed = "".join(traceback.format_exception(error))
            self.outputs[name] = "\n".join(
                [printed, variables_of(error), repr(error.__dict__), repr(pickle.dumps(error))]
            )
        else:
            raise AssertionError(f"{name} did not fail")

    def read(self) -> None:
        for name in ("account", "client", "meta"):
            self.show(name, getattr(self, name))
        self.show("auth", self.account.auth)
        self.show("settings", self.account.settings)
        self.show("object", self.account.get())
        self.show("list", self.account.get("storage/folders/root/contents"))
        self.show("accounts", kd.list_accounts(self.client))
        self.show("applications", kd.list_applications(self.meta, include=("apikeys",)))
        self.show("stream", self.account.events())
        self.show("frame", self.account.events().to_frame())

    def export(self) -> None:
        events = self.account.events(page_size=50)
        self.show("manifest", events.to_csv(self.folder / "events.csv"))
        events.to_excel(self.folder / "events.xlsx")
        events.to_jsonl(self.folder / "events.jsonl.gz")
        limit = Limit(self.server.accounts[0].token, 4)
        with FaultServer(limit) as hostile:
            account = kd.Account(token=limit.token, base_url=hostile.base_url)
            with contextlib.suppress(exceptions.KloudlessException):
                account.events().to_csv(self.folder / "half.csv", checkpoint_rows=1)

    def keep(self) -> None:
        archive = Archive(self.folder / "archive")
        self.show("sync", archive.sync(self.client, progress=False))
        self.show("archive", archive)
        frame = archive.events()
        report = audit.report(frame, progress=False, client="An Office")
        (self.folder / "report.html").write_text(report.to_html())
        (self.folder / "report.md").write_text(report.to_markdown())
        access = kd.Access(self.folder / "access")
        self.show("access", access.snapshot(self.account, progress=False))
        save_profile(Profile("mine", self.server.base_url, "token"))

    def sign_in(self) -> None:
        session = LoginSession()
        session.sign_in("token", self.server.accounts[0].token, base_url=self.server.base_url)
        self.outputs["session"] = repr(session) + repr(session.identity)

    def go_wrong(self) -> None:
        url = self.server.base_url
        for secret in sorted(self.secrets):
            refused = [answer(f"no: {secret}".encode(), f"401 {secret}", X_Echo=secret)]
            cookie = [answer(b"{}", Set_Cookie=f"t={secret}; path=/")]
            with FaultServer(lambda head, refused=refused: refused) as hostile:
                account = kd.Account(token=secret, base_url=hostile.base_url)
                self.fail(f"refused {secret}", lambda account=account: account.get("x"))
                self.fail(f"listed {secret}", lambda account=account: kd.list_folder(account))
            with FaultServer(lambda head, cookie=cookie: cookie) as hostile:
                account = kd.Account(token=secret, base_url=hostile.base_url)
                account.get("x")
                self.show(f"cookie {secret}", account)
            self.fail(f"malformed {secret}", lambda secret=secret: kd.Account(token=f"{secret} x"))
            self.fail(f"elsewhere {secret}", lambda account=account: account.get("http://a.test/"))
        self.fail("not found", lambda: self.account.get("nothing/there"))
        self.fail("no server", lambda: kd.Account(token="x" * 9, base_url=url[:-1] + "x"))

    def files(self) -> dict[str, str]:
        """Return what is in every file, decompressed."""
        return {str(path.relative_to(self.folder)): _text_of(path)
                for path in self.folder.rglob("*") if path.is_file()}  # fmt: skip


def _text_of(path: Path) -> str:
    data = path.read_bytes()
    if path.suffix == ".parquet":
        return pd.read_parquet(io.BytesIO(data)).to_csv()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            data = b"\n".join(parts.read(name) for name in parts.namelist())
    return data.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Return a session after its day, with the DEBUG log of every logger."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    folder = tmp_path_factory.mktemp("session")
    with (
        pytest.MonkeyPatch.context() as patch,
        Sandbox(
            seed=7, accounts=3, events=400, faults=FaultPlan(seed=1, rate_limit=0.05)
        ) as server,
    ):
        patch.setenv("KLOUDLESS_CONFIG_DIR", str(folder / "config"))
        patch.setattr("kloudless_data.http.retry.RetryPolicy.backoff_unit", 0.001)
        session = Session(folder, server)
        for part in (session.read, session.export, session.keep, session.sign_in, session.go_wrong):
            part()
        secrets = session.secrets
    root.removeHandler(handler)
    root.setLevel(level)
    session.outputs["log"] = log.getvalue()
    return session, secrets


def test_the_session_left_something_of_each_kind(swept):
    session, _ = swept
    names = " ".join(session.files())
    for part in ("events.csv", "half.csv", "_delta_log", "report.html", "config", "access"):
        assert part in names
    assert "GET http" in session.outputs["log"]
    assert "[redacted]" in session.outputs["log"] + "".join(session.outputs.values())


def test_no_text_of_the_session_holds_a_credential(swept):
    session, secrets = swept
    forms = {form for secret in secrets for form in forms_of(secret)}
    texts = {**session.outputs, **session.files()}
    found = {name[:8]: form for name, text in texts.items() for form in forms if form in text}
    assert not found
