"""``kloudless-data demo``: the whole way from a token to files, against a local server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ..account import Account
from ..application import verify_token
from ..client import Client
from ..display.console import print_table
from ..exceptions import OutputExists, Remedy
from ..export.api import export_frame
from ..export.manifest import Manifest
from ..listings import APPLICATION_ITEMS, list_accounts, list_applications

if TYPE_CHECKING:
    import pandas as pd

    from ..sandbox import Sandbox

__all__ = ["run"]


def run(output: str, *, seed: int = 7, force: bool = False) -> list[Manifest]:
    """Read a simulated week of activity, and the listings beside it, into files.

    Parameters
    ----------
    output : str
        The folder; it is made.
    seed : int
        One seed, one history.
    force : bool
        Replace the files of an earlier run.

    Returns
    -------
    list of Manifest

    Raises
    ------
    OutputExists
        The folder has files in it already.
    """
    folder = Path(output)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not force:
        raise OutputExists(f"{folder} is there already.", remedy=Remedy.REPLACE_OUTPUT)
    from ..sandbox import Sandbox

    folder.mkdir(parents=True, exist_ok=True)
    print("Starting a local Kloudless server with a simulated week of activity …")
    with Sandbox(
        seed=seed, accounts=5, events=10_000, span=timedelta(days=7), retention_hours=None
    ) as sandbox:
        _verify(sandbox)
        manifests = [*_listings(sandbox, folder), *_events(sandbox, folder)]
    _summarise(folder, manifests)
    return manifests


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
    print(f"\nActivity of the first account, {len(frame):,} events; the last three:")
    print_table(frame.tail(3), ["modified", "type", "metadata_name", "metadata_owner_email"])
    counts = frame["type"].value_counts()
    print("By type: " + ", ".join(f"{kind} {count:,}" for kind, count in counts.items()))


def _summarise(folder: Path, manifests: list[Manifest]) -> None:
    print("\nWritten, each with its manifest (rows, SHA-256, cursors):")
    for manifest in manifests:
        path = folder / manifest.file
        print(f"  {path}  {manifest.rows:,} rows, {manifest.bytes:,} bytes")
    print("\nNext:")
    code = f"import pandas; print(pandas.read_parquet({str(folder / 'events.parquet')!r}))"
    print(f'  python -c "{code}"')
    print("  kloudless-data sandbox               # such a server to work with, and its tokens")
    print("  kloudless-data events export --help  # your own server's activity as a file")
