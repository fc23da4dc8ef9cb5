"""``kloudless-data verify``."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ..text.counts import count
from ..util import one_line
from .echo import echo
from .options import DEBUG, JSON, examples

__all__ = ["verify"]


@click.command(
    epilog=examples(
        "kloudless-data verify events.parquet",
        "kloudless-data verify exports/ --json",
    )
)
@click.argument("path")
@JSON
@DEBUG
def verify(path: str, as_json: bool) -> None:
    """Check that exported files are present, complete and unchanged, by their manifests.

    PATH is a file, a folder of parts, or a folder of several exports. Exits 1 if a file is missing
    or differs from what was exported.
    """
    from ..export.verify import verify as verify_files

    manifests = verify_files(path)
    if as_json:
        echo(json.dumps([asdict(manifest) for manifest in manifests], indent=2))
        return
    for manifest in manifests:
        state = "complete" if manifest.finished else "interrupted; its finished parts are unchanged"
        echo(f"{one_line(manifest.file)}: {count(manifest.rows, 'row')}, {state}")
