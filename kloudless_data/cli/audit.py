"""``kloudless-data audit``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from .options import (
    DEBUG,
    FORCE,
    JSON,
    SINCE,
    TIME_ZONE,
    UNTIL,
    examples,
    format_of,
    retention_options,
    show_frame,
)

if TYPE_CHECKING:
    from ..archive.coverage import Retention

__all__ = ["audit_group"]

_INPUT = click.argument("input", nargs=-1, required=True)
_ACCOUNT = click.option("--account", multiple=True, metavar="ID", help="Only these; repeatable.")
_BASELINE = click.option("--baseline", metavar="PATH", help="Earlier events, to learn habits from.")
_RULE = click.option("--rule", multiple=True, metavar="NAME", help="Only these rules; repeatable.")


@click.group("audit")
def audit_group() -> None:
    """What stands out in account activity, on which evidence.

    INPUT is an exported Parquet file or folder, or several, or an archive.
    """


@audit_group.command(
    "report",
    epilog=examples(
        "kloudless-data audit report activity --output report.html --since 2026-03-01",
        "kloudless-data audit report monday.parquet tuesday.parquet --output report.md",
        "kloudless-data audit report activity --applications applications.parquet \\",
        "    --output report.html --force",
    ),
)
@_INPUT
@click.option("--output", required=True, metavar="PATH", help="The file to write.")
@click.option("--format", type=click.Choice(["html", "md", "json"]), help="Default: by the name.")
@click.option("--title", default="Audit of account activity", show_default=True)
@click.option(
    "--applications",
    metavar="PATH",
    help="What applications list --include apikeys,webhooks --output wrote; secrets are masked.",
)
@retention_options
@_RULE
@_BASELINE
@_ACCOUNT
@SINCE
@UNTIL
@FORCE
@DEBUG
def audit_report(
    input: tuple[str, ...],
    output: str,
    format: str | None,
    title: str,
    applications: str | None,
    retention: Retention,
    rule: tuple[str, ...],
    force: bool,
    **window: Any,
) -> None:
    """Write a report: one page without scripts, Markdown, or JSON.

    Its first page says for which time and accounts nothing can be said: by an archive's ledger, or
    by the manifests of exports.
    """
    from ..audit import report
    from ..audit.applications import read_applications
    from ..audit.plain import completeness_sentence

    made = report(
        _one_or_many(input),
        output,
        format=format,
        title=title,
        rules=rule or None,
        applications=None if applications is None else read_applications(applications),
        retention=retention,
        force=force,
        **_window(**window),
    )
    counts = ", ".join(f"{number} {severity}" for severity, number in made.counts.items())
    click.echo(f"{made.profile.summary['events']:,} events; findings: {counts}; in {output}")
    click.echo(completeness_sentence(made))


@audit_group.command(
    "find",
    epilog=examples(
        "kloudless-data audit find activity --since 2026-03-01",
        "kloudless-data audit find events.parquet --rule mass_deletion --json",
    ),
)
@_INPUT
@_RULE
@_BASELINE
@_ACCOUNT
@SINCE
@UNTIL
@JSON
@TIME_ZONE
@DEBUG
def audit_find(input: tuple[str, ...], rule: tuple[str, ...], as_json: bool, **window: Any) -> int:
    """List findings; exit status 1 if there is one of high severity."""
    from ..audit import find

    found = find(_one_or_many(input), rule or None, **_window(**window))
    shown = ["severity", "rule", "start", "person", "sentence"]
    show_frame(found, list(found.columns) if as_json else shown, as_json)
    for name, sentence in found.attrs["unjudged"].items():
        click.echo(f"{name}: {sentence}", err=True)
    if timeless := found.attrs["timeless"]:
        click.echo(f"{timeless:,} events have no time, so no rule could judge them.", err=True)
    return int((found["severity"] == "high").any())


@audit_group.command("rules", epilog=examples("kloudless-data audit rules"))
@JSON
@DEBUG
def audit_rules(as_json: bool) -> None:
    """List the rules with their methods, sources and parameters."""
    import json

    import pandas as pd

    from ..audit import RULES

    rows = [
        {"rule": rule.name, "title": rule.title, "method": rule.method, "source": rule.source,
         "parameters": json.dumps(dict(rule.parameters), default=str)}
        for rule in RULES.values()
    ]  # fmt: skip
    show_frame(pd.DataFrame(rows), list(rows[0]), as_json)


@audit_group.command(
    "ocsf",
    epilog=examples(
        "kloudless-data audit ocsf activity --output activity.ocsf.jsonl",
        "kloudless-data audit ocsf events.parquet --output events.ocsf.parquet",
    ),
)
@_INPUT
@click.option("--output", required=True, metavar="PATH", help="The file to write.")
@click.option("--format", type=click.Choice(["jsonl", "parquet"]), help="Default: by the name.")
@FORCE
@DEBUG
def audit_ocsf(input: tuple[str, ...], output: str, format: str | None, force: bool) -> None:
    """Write events in the Open Cybersecurity Schema Framework (OCSF 1.8.0).

    INPUT is an exported Parquet file or folder, or several, or an archive.
    """
    from ..audit import to_ocsf

    records = to_ocsf(_one_or_many(input))
    write = records.to_parquet if (format or format_of(output)) == "parquet" else records.to_jsonl
    manifest = write(output, force=force)
    click.echo(f"{manifest.rows:,} records ({manifest.bytes:,} bytes) in {output}")


def _one_or_many(paths: tuple[str, ...]) -> Any:
    return paths[0] if len(paths) == 1 else list(paths)


def _window(
    baseline: str | None, account: tuple[str, ...], since: datetime | None, until: datetime | None
) -> dict[str, Any]:
    return {"baseline": baseline, "accounts": account or None, "since": since, "until": until}
