"""``kloudless-data demo``: from a token to an audit, against a local server."""

from __future__ import annotations

import shlex
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..application import verify_token
from ..client import Client
from ..display.console import print_table
from ..exceptions import ExportFailed, OutputExists, Remedy
from ..export.api import export_frame
from ..export.manifest import Manifest
from ..listings import APPLICATION_ITEMS, list_accounts, list_applications
from ..text.counts import count
from ..util import bounded, shown
from .incidents import organisation

if TYPE_CHECKING:
    import pandas as pd

    from ..archive import Archive
    from ..sandbox import Sandbox
    from ..sandbox.organisation import Organisation

__all__ = ["run"]

_MARK = ".kloudless-demo"  # marks the demo's folder, which the next run may replace
_PEOPLE, _DAYS = 25, 45
_SHOWN = 5  # findings on the terminal


def run(output: str, *, seed: int = 7, force: bool = False) -> list[Manifest]:
    """Read a simulated week of activity into files, then archive and audit an organisation.

    Parameters
    ----------
    output : str
        The folder to create. A folder from an earlier run is replaced.
    seed : int
        The same seed gives the same history.
    force : bool
        Replace any existing folder.

    Returns
    -------
    list of Manifest

    Raises
    ------
    OutputExists
        The folder contains files that are not the demo's.
    """
    folder = Path(output).expanduser()
    try:
        _prepare(folder, force=force)
    except OSError as error:
        raise ExportFailed(
            f"{bounded(str(folder), 200)} cannot be written: {error.strerror}. Choose another "
            "folder with --output."
        ) from None
    print("Starting a local Kloudless server with a simulated week of activity …")
    with _week(seed) as sandbox:
        _verify(sandbox)
        manifests = [*_listings(sandbox, folder), *_events(sandbox, folder)]
    _show_files(folder, manifests)
    report = _audit(folder, seed)
    _show_next(folder, report)
    return manifests


def _prepare(folder: Path, *, force: bool) -> None:
    """Make the folder, or empty it if an earlier demo made it."""
    strangers = not folder.is_dir() or (any(folder.iterdir()) and not (folder / _MARK).is_file())
    if folder.exists() and strangers and not force:
        raise OutputExists(f"{folder} already exists.", remedy=Remedy.REPLACE_OUTPUT)
    if (folder / _MARK).is_file():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()


def _week(seed: int) -> Sandbox:
    from ..sandbox import Sandbox

    week = timedelta(days=7)
    return Sandbox(seed=seed, accounts=5, events=10_000, span=week, retention_hours=None)


def _verify(sandbox: Sandbox) -> None:
    info = verify_token(sandbox.app_id, sandbox.accounts[0].token, base_url=sandbox.base_url)
    print(f"The token belongs to application {info['client_id']} and is valid.\n")


def _listings(sandbox: Sandbox, folder: Path) -> list[Manifest]:
    client = Client(api_key=sandbox.api_key, base_url=sandbox.base_url)
    accounts = list_accounts(client)
    print("Accounts of the application:")
    print_table(accounts, ["id", "account", "service", "admin"])
    meta = Client(token=sandbox.meta_token, base_url=sandbox.base_url)
    applications = list_applications(meta, include=APPLICATION_ITEMS)
    print("\nApplications of the developer:")
    print_table(applications, ["id", "name", "apikeys_count", "webhooks_count"])
    return [
        export_frame(frame, folder / f"{name}.csv", "csv", name=name, client=client, force=True)
        for name, frame in (("accounts", accounts), ("applications", applications))
    ]


def _events(sandbox: Sandbox, folder: Path) -> list[Manifest]:
    account = Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    events = account.events()
    manifests = [
        events.to_csv(folder / "events.csv", force=True),
        events.to_parquet(folder / "events.parquet", force=True),
    ]
    _preview(events.to_frame())
    return manifests


def _preview(frame: pd.DataFrame) -> None:
    print(f"\nActivity of the first account, {count(len(frame), 'event')}; the last three:")
    print_table(frame.tail(3), ["modified", "type", "metadata_name", "metadata_owner_email"])
    counts = frame["type"].value_counts()
    print("By type: " + ", ".join(f"{kind} {count:,}" for kind, count in counts.items()))


def _show_files(folder: Path, manifests: list[Manifest]) -> None:
    print("\nWritten, each with its manifest (rows, SHA-256, cursors):")
    for manifest in manifests:
        path = folder / manifest.file
        print(f"  {path}  {count(manifest.rows, 'row')}, {count(manifest.bytes, 'byte')}")


def _audit(folder: Path, seed: int) -> Path | None:
    """Archive an organisation with incidents and write the audit's report; return its path."""
    from ..exceptions import MissingPackage

    print(
        f"\nAn organisation of {_PEOPLE} people over {_DAYS} days, with hidden incidents, is being "
        "archived and audited …"
    )
    try:
        archive = _archived(organisation(seed, _PEOPLE, _DAYS, incidents=True), folder / "activity")
        return _reported(archive, folder / "report.html")
    except (ImportError, MissingPackage) as missing:
        print(f"Left out: {missing}")
        return None


def _archived(simulated: Organisation, path: Path) -> Archive:
    from ..archive import Archive
    from ..sandbox import Sandbox

    keeps_all: dict[str, Any] = {"retention_events": None, "retention_hours": None}
    with Sandbox(accounts=1, events=0, organisations=[simulated], **keeps_all) as sandbox:
        account = Account(token=sandbox.accounts[1].token, base_url=sandbox.base_url, api_version=2)
        archive = Archive(path, now=lambda: sandbox.clock.now)
        report = archive.sync([account], moved=True)  # a sandbox has a new port each time
    print(f"Archived {count(report.events, 'event')} in {path}")
    return archive


def _reported(archive: Archive, path: Path) -> Path:
    from ..archive.coverage import Retention
    from ..audit import report

    made = report(archive, path, retention=Retention(events=None, hours=None), force=True)
    findings = made.findings
    print(f"\nThe audit has {len(findings)} findings, the most severe first:")
    for finding in findings.head(_SHOWN).itertuples():
        print(shown(f"  {finding.severity:<6}  {finding.start:%Y-%m-%d %H:%M}  {finding.sentence}"))
    return path


def _show_next(folder: Path, report: Path | None) -> None:
    """Print follow-up commands that run unchanged in the same shell."""
    python, command = shlex.quote(sys.executable), _command()
    code = f"import pandas; print(pandas.read_parquet({str(folder / 'events.parquet')!r}))"
    quoted = shlex.quote(code) if set(code) & set('"$`\\!') else f'"{code}"'
    steps = [(f"{python} -c {quoted}", "the events as a DataFrame")]
    if report is not None:
        archive = shlex.quote(str(folder / "activity"))
        steps += [
            (f"{command} audit find {archive}", "the findings, on the terminal"),
            (f"{command} archive status {archive}", "which periods are complete"),
        ]
    steps += [
        (f"{command} events export --help", "export your own server's activity"),
        (f"{command} sandbox --organisation 25 --incidents", "such a server to try out"),
    ]
    print("\nNext:")
    for line, what in steps:
        print(f"  {line}  # {what}")
    if report is not None:
        print(f"\nOpen the report in a browser: {report.resolve().as_uri()}")


def _command() -> str:
    """Return the command as this shell can run it: it may not be on the path."""
    started = Path(sys.argv[0])
    if started.name.startswith("kloudless-data"):
        return shlex.quote(sys.argv[0])
    return f"{shlex.quote(sys.executable)} -m kloudless_data"
