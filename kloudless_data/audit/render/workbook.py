"""The report as an Excel workbook: its first page, the findings, and their evidence."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...export.api import table_of
from ...export.rows import rows_of
from ...export.workbook import WorkbookWriter
from ...util import one_line
from ..document import Document
from .summary import (
    completeness_sentence,
    empty_sentence,
    summary_sentence,
    understanding_sentence,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["workbook"]

#: The columns of `findings_frame` in the sheet of findings.
_FINDING = ("severity", "rule", "start", "end", "person", "account", "sentence", "events",
            "decades", "rules", "numbers", "dismissed", "id")  # fmt: skip
_EVIDENCE = ("time", "kind", "person", "name", "path", "ip", "target", "event_id")


def workbook(report: Document, evidence_in: str | None = None) -> bytes:
    """Return a report as an Excel workbook; the same report gives the same bytes.

    Parameters
    ----------
    report : Document
    evidence_in : str, optional
        The name of the JSON file with all evidence, for the first sheet to mention.

    Returns
    -------
    bytes
        Sheets: ``summary``, ``findings``, ``evidence`` (a finding's first events), and
        ``completeness``.
    """
    summary, *others = _tables(report, evidence_in).items()
    file = io.BytesIO()
    source = {"schema": summary[0], "title": report.title, "created": _naive(report.until)}
    writer = WorkbookWriter(file, summary[1].schema, source)
    _write(writer, summary[1])
    for name, table in others:
        writer.next_table(table.schema, name)
        _write(writer, table)
    writer.close(None)
    return file.getvalue()


def _write(writer: WorkbookWriter, table: pa.Table) -> None:
    for batch in table.to_batches():
        writer.write(rows_of(batch))


def _tables(report: Document, evidence_in: str | None) -> dict[str, pa.Table]:
    frames = {
        "summary": _summary(report, evidence_in),
        "findings": _findings(report.findings),
        "evidence": _evidence(report.evidence),
        "completeness": report.completeness,
    }
    return {name: table_of(_without_controls(frame)) for name, frame in frames.items()}


def _without_controls(frame: pd.DataFrame) -> pd.DataFrame:
    """Escape control characters in texts, as the page does: some reorder what is read."""
    texts = frame.select_dtypes(["object", "string", "str"]).columns
    return frame.assign(
        **{name: frame[name].map(_one_line).astype(frame[name].dtype) for name in texts}
    )


def _one_line(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def _summary(report: Document, evidence_in: str | None) -> pd.DataFrame:
    import pandas as pd

    counts = ", ".join(f"{number} {severity}" for severity, number in report.counts.items())
    rows = [
        ("Title", report.title),
        *report.cover.lines,
        ("Summary", summary_sentence(report)),
        ("Completeness", completeness_sentence(report)),
        ("Not understood", understanding_sentence(report)),
        ("Note", empty_sentence(report)),
        ("Findings", counts),
        ("From", _iso(report.since)),
        ("To", _iso(report.until)),
        ("Accounts", ", ".join(report.accounts)),
        ("Servers", ", ".join(report.servers)),
        ("All evidence", evidence_in or ""),
        ("Made by", report.package),
    ]
    return pd.DataFrame([row for row in rows if row[1]], columns=["what", "which"], dtype="string")


def _findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings, with lists and mappings as text."""
    frame = findings[list(_FINDING)].copy()
    frame["rules"] = frame["rules"].map(_listed).astype("string")
    frame["numbers"] = frame["numbers"].map(_as_json).astype("string")
    return frame


def _evidence(evidence: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    parts = [
        frame[[name for name in _EVIDENCE if name in frame]].assign(finding=finding)
        for finding, frame in evidence.items()
        if len(frame)
    ]
    if not parts:
        return pd.DataFrame(columns=["finding", *_EVIDENCE], dtype="string")
    return pd.concat(parts, ignore_index=True).reindex(columns=["finding", *_EVIDENCE])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _as_json(numbers: Mapping[str, Any]) -> str:
    return json.dumps(numbers, default=str, ensure_ascii=False)


def _naive(moment: Any) -> Any:
    """Return a time in UTC, in the form that a workbook's properties need."""
    import pandas as pd

    return pd.Timestamp(moment).tz_convert("UTC").tz_localize(None).to_pydatetime()


def _iso(moment: Any) -> str:
    return f"{_naive(moment).isoformat(sep=' ', timespec='seconds')} UTC"
