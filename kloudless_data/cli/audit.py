"""``kloudless-data audit``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ..text.counts import count
from ..text.terminal import one_line
from .echo import echo
from .numbers import NUMBER
from .options import DEBUG, FORCE, SINCE, UNTIL, examples, retention_options
from .output import OUTPUT, Output, format_of, output_options

if TYPE_CHECKING:
    import pandas as pd

    from ..archive.coverage import Retention

__all__ = ["audit_group"]

_INPUT = click.argument("input", nargs=-1, required=True)
_ACCOUNT = click.option(
    "--account", multiple=True, metavar="ID", help="Only this account; repeatable."
)
_BASELINE = click.option("--baseline", metavar="PATH", help="Earlier events to learn habits from.")
_RULE = click.option("--rule", multiple=True, metavar="NAME", help="Only this rule; repeatable.")


@click.group("audit")
def audit_group() -> None:
    """Find what stands out in account activity, with the evidence.

    INPUT is an archive, or one or more exported Parquet files or folders.
    """


def _cover_options(command: Any) -> Any:
    """Add the options for the cover."""
    for name, what in (
        ("date", "Date of issue, as text; left out by default."),
        ("classification", "Classification, such as Confidential."),
        ("prepared-by", "Who prepared the report."),
        ("period", "The period it covers, in words."),
        ("client", "Who the report is for."),
    ):
        command = click.option(f"--{name}", default="", metavar="TEXT", help=f"Cover: {what}")(
            command
        )
    return command


_BUDGET = click.option(
    "--budget", type=NUMBER, default=1.0, show_default=True,
    help="Findings of medium or high severity you accept per 100 people in a quiet week.",
)  # fmt: skip
_DISMISSED = click.option(
    "--dismissed", metavar="FILE",
    help="CSV or JSON of findings reviewers dismissed and behaviour they accept.",
)  # fmt: skip


@audit_group.command(
    "report",
    epilog=examples(
        "kloudless-data audit report activity --output report.html --since 2026-03-01",
        "kloudless-data audit report monday.parquet tuesday.parquet --output report.md",
        "kloudless-data audit report activity --output findings.xlsx",
        "kloudless-data audit report activity --applications applications.parquet \\",
        "    --output report.html --force",
    ),
)
@_INPUT
@OUTPUT
@click.option(
    "--format",
    type=click.Choice(["html", "md", "xlsx", "json"]),
    help="The file's format.  [default: by its ending]",
)
@click.option("--title", default="Audit of account activity", show_default=True, metavar="TEXT",
              help="The report's heading.")  # fmt: skip
@click.option(
    "--applications",
    metavar="PATH",
    help="Output of applications list --include apikeys,webhooks; secrets are masked.",
)
@_cover_options
@retention_options
@_BUDGET
@_DISMISSED
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
    **options: Any,
) -> None:
    """Write a report as one HTML page without scripts, as Markdown, Excel workbook or JSON.

    OUTPUT.evidence.json, beside all but JSON, holds all findings with all their evidence. The
    first page names the time and accounts that the archive's ledger or the exports' manifests do
    not cover, and the words that no rule understands.
    """
    from ..audit import report
    from ..audit.applications import read_applications
    from ..audit.render import completeness_sentence, understanding_sentence
    from ..audit.report import evidence_path

    made = report(
        _one_or_many(input),
        output,
        format=format,
        title=title,
        rules=rule or None,
        applications=None if applications is None else read_applications(applications),
        retention=retention,
        force=force,
        **_options(**options),
    )
    counts = ", ".join(f"{number} {severity}" for severity, number in made.counts.items())
    echo(f"{count(made.profile.summary['events'], 'event')}; findings: {counts}; in {output}")
    if not output.endswith(".json") and format != "json":
        echo(f"All evidence is in {evidence_path(output)}")
    echo(completeness_sentence(made))
    if understanding := understanding_sentence(made):
        echo(understanding)
    _echo_unmatched(made.findings)


@audit_group.command(
    "find",
    epilog=examples(
        "kloudless-data audit find activity --since 2026-03-01",
        "kloudless-data audit find events.parquet --rule mass_deletion --json",
    ),
)
@_INPUT
@_BUDGET
@_DISMISSED
@_RULE
@_BASELINE
@_ACCOUNT
@SINCE
@UNTIL
@output_options
def audit_find(
    input: tuple[str, ...], rule: tuple[str, ...], output: Output, **options: Any
) -> int:
    """List findings; exit with status 1 if any is of high severity."""
    from ..audit import find
    from ..audit.render import left_out_sentence, misdated_sentence, repeated_sentence

    found = find(_one_or_many(input), rule or None, **_options(**options))
    shown = ["severity", "rule", "start", "person", "sentence", "id"]
    output.show(found, shown, "findings")
    _echo_unexamined(found, options["account"])
    for name, sentence in found.attrs["unjudged"].items():
        echo(f"{name}: {sentence}", err=True)
    if timeless := found.attrs["timeless"]:
        echo(f"without a time, so that no rule judged them: {count(timeless, 'event')}", err=True)
    for sentence in (
        left_out_sentence(found.attrs["left_out"]), repeated_sentence(found.attrs["repeated"]),
        misdated_sentence(found.attrs["misdated"]),
    ):  # fmt: skip
        if sentence:
            echo(sentence, err=True)
    unknown = found.attrs["not_understood"]
    if unknown["events"]:
        words = ", ".join(list(unknown["words"])[:10])
        echo(f"not understood by any rule: {count(unknown['events'], 'event')}: {words}", err=True)
    _echo_unmatched(found)
    return int((found["severity"] == "high").any())


def _echo_unexamined(found: pd.DataFrame, accounts: Sequence[str]) -> None:
    """Say of what time and accounts the input has no event, so that nothing could be found."""
    examined = found.attrs["examined"]
    if not examined:
        echo("no event was examined: the input has none of this time and these accounts", err=True)
    elif missing := sorted(set(accounts) - set(examined)):
        names = ", ".join(map(one_line, missing))
        echo(f"the input has no event of this time and account: {names}", err=True)


def _echo_unmatched(found: pd.DataFrame) -> None:
    """Name the reviewers' marks that match no finding."""
    for mark in found.attrs["unmatched_marks"]:
        echo(f"this mark of --dismissed matches no finding: {one_line(mark)}", err=True)


@audit_group.command(
    "dismiss",
    epilog=examples(
        'kloudless-data audit dismiss 1f0c2d3e4a5b --file marks.csv --by "A. Auditor" \\',
        '    --reason "a planned clean-up"',
        "kloudless-data audit dismiss --rule new_network --person ann@example.com \\",
        '    --file marks.csv --by "A. Auditor" --reason "travels every week" --until 2026-12-31',
    ),
)
@click.argument("finding", nargs=-1)
@click.option("--file", required=True, metavar="FILE", help="The CSV file to add to.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it is harmless.")
@click.option("--by", required=True, metavar="NAME", help="The reviewer.")
@click.option("--rule", default="", metavar="NAME", help="Accept all findings of this rule only.")
@click.option("--person", default="", metavar="ADDRESS", help="Accept findings about this person.")
@click.option("--account", default="", metavar="ID", help="Accept findings of this account.")
@click.option("--on", default="", metavar="DATE", help="Date of the decision.")
@click.option("--until", default="", metavar="DATE", help="Last day on which it holds.")
@DEBUG
def audit_dismiss(finding: tuple[str, ...], file: str, **mark: str) -> None:
    """Dismiss findings, for --dismissed of the next report.

    FINDING is one or more ids of findings. Without one, the mark accepts every finding that
    matches --rule, --person and --account.
    """
    from pathlib import Path

    from ..audit import RULES
    from ..audit.marks import Mark, read_marks, write_marks
    from ..exceptions import InvalidParameter

    made = [Mark(id=one, **mark) for one in finding] or [Mark(**mark)]
    if not finding and not any(mark[name] for name in ("rule", "person", "account")):
        raise InvalidParameter(
            "Name the findings: give their ids, or --rule, --person or --account."
        )
    if (rule := mark["rule"]) and rule not in RULES:
        echo(f"there is no rule {one_line(rule)!r} of this package; `audit rules` lists them",
             err=True)  # fmt: skip
    known = read_marks(file) if Path(file).exists() else []
    write_marks(file, [*known, *made])
    echo(f"{count(len(known) + len(made), 'mark')} in {file}")


@audit_group.command("rules", epilog=examples("kloudless-data audit rules"))
@output_options
def audit_rules(output: Output) -> None:
    """List the rules with their methods, sources and parameters."""
    import json

    import pandas as pd

    from ..audit import RULES

    rows = [
        {"rule": rule.name, "title": rule.title, "method": rule.method, "source": rule.source,
         "parameters": json.dumps(dict(rule.parameters), default=str)}
        for rule in RULES.values()
    ]  # fmt: skip
    output.show(pd.DataFrame(rows), None, "rules")


@audit_group.command(
    "ocsf",
    epilog=examples(
        "kloudless-data audit ocsf activity --output activity.ocsf.jsonl",
        "kloudless-data audit ocsf events.parquet --output events.ocsf.parquet",
    ),
)
@_INPUT
@OUTPUT
@click.option("--format", type=click.Choice(["jsonl", "parquet"]),
              help="The file's format.  [default: by its ending]")  # fmt: skip
@FORCE
@DEBUG
def audit_ocsf(input: tuple[str, ...], output: str, format: str | None, force: bool) -> None:
    """Write events as Open Cybersecurity Schema Framework (OCSF 1.8.0) records.

    INPUT is an archive, or one or more exported Parquet files or folders.
    """
    from ..audit import to_ocsf

    records = to_ocsf(_one_or_many(input))
    write = records.to_parquet if (format_of(output, format)) == "parquet" else records.to_jsonl
    manifest = write(output, force=force)
    echo(f"{count(manifest.rows, 'record')} ({count(manifest.bytes, 'byte')}) in {output}")


def _one_or_many(paths: tuple[str, ...]) -> Any:
    return paths[0] if len(paths) == 1 else list(paths)


def _options(account: tuple[str, ...], **options: Any) -> dict[str, Any]:
    return {**options, "accounts": account or None}
