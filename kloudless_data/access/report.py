"""The report of access: scope and completeness first, then what stands out, then who has what."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..audit import SEVERITIES
from ..exceptions import ExportFailed, InvalidParameter, MissingPackage, OutputExists
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage, reason
from ..util import one_line
from ..version import __version__
from .activity import Activity
from .findings import RULES, findings_of
from .marks import rests_on

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AccessReport", "report_of"]

_FORMATS = {"html": "to_html", "md": "to_markdown", "json": "to_json"}
_FINDINGS, _ROWS = 200, 30

_WIDEST = """
select i.account, g.key as whom, g.kind, any_value(coalesce(p.name, gr.name, g.name)) as name,
       count(*) as rights, count(*) filter (i.type = 'folder') as folders
from grants as g join items as i using (n)
left join people as p on p.account = i.account and p.person = g.key
left join now_groups as gr on gr.account = i.account and gr.id = g.key
where g.kind not in ('anyone', 'company') and g.key is distinct from i.owner
group by i.account, g.key, g.kind order by rights desc, whom limit 30
"""
_OWNERS = """
select account, owner, any_value(owner_name) as name, count(*) as items,
       count(*) filter (n in (select n from grants where kind = 'anyone')) as open_to_anyone
from items group by account, owner order by items desc, owner limit 30
"""
_SUMMARY = """
select (select count(*) from people) as users, (select count(*) from now_groups) as groups,
       (select count(*) from items) as items, (select count(*) from grants) as rights,
       (select count(*) from grants where kind in ('anyone', 'company')) as links
"""


@dataclass(frozen=True)
class AccessReport:
    """Who can see what, to be read, saved and handed over.

    Attributes
    ----------
    title : str
    at : datetime
        As of when.
    accounts : pandas.DataFrame
        ``account``, ``service``, ``read`` (units), ``failed``, ``last`` (when it was last read),
        ``rests_on`` (what the choice of what was asked takes for granted).
    gaps : pandas.DataFrame
        See `Access.gaps`.
    summary : dict of str to int
    findings : pandas.DataFrame
    widest, owners : pandas.DataFrame
        Who has the most rights, and who owns the most.
    """

    title: str
    at: datetime
    accounts: pd.DataFrame
    gaps: pd.DataFrame
    summary: dict[str, int]
    findings: pd.DataFrame = field(repr=False)
    widest: pd.DataFrame = field(repr=False)
    owners: pd.DataFrame = field(repr=False)
    package: str = f"kloudless-data {__version__}"

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        found = self.findings["severity"].value_counts()
        return {severity: int(found.get(severity, 0)) for severity in SEVERITIES}

    @property
    def completeness(self) -> str:
        """What is not known, in a sentence."""
        if self.gaps.empty:
            return "Everything that was asked for was read."
        kinds = self.gaps["kind"].value_counts()
        listed = ", ".join(f"{count:,} {_KINDS.get(kind, kind)}" for kind, count in kinds.items())
        return (
            f"Not everything could be read: {listed}. Of what is there nothing can be said; that "
            "nothing was found does not mean that there is nothing."
        )

    def to_html(self) -> str:
        """Return one page: no network, no script, printable."""
        try:
            import jinja2
        except ModuleNotFoundError:
            raise MissingPackage(
                'The report needs jinja2. Install: pip install "kloudless-data[audit]"'
            ) from None
        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("kloudless_data.access", "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )
        page: str = environment.get_template("access.html.j2").render(
            report=self,
            sections=list(self._sections()),
            findings=self.findings.head(_FINDINGS).to_dict("records"),
            more=max(0, len(self.findings) - _FINDINGS),
            rules=RULES,
        )
        return page

    def _sections(self) -> Iterator[tuple[str, list[str], list[list[str]]]]:
        """Yield the tables of the report: title, header, rows."""
        for title, frame in (
            ("Accounts that were read", self.accounts),
            ("What could not be read", self.gaps.head(_ROWS * 10)),
            ("Who has the most rights", self.widest.head(_ROWS)),
            ("Who owns the most", self.owners.head(_ROWS)),
        ):
            if not frame.empty:
                header = [str(name).replace("_", " ") for name in frame.columns]
                yield title, header, [[_text(v) for v in row] for row in frame.to_numpy().tolist()]

    def to_markdown(self) -> str:
        """Return it as Markdown."""
        lines = [f"# {_escaped(self.title)}", "", f"As of {_text(self.at)} UTC.", ""]
        lines += [_escaped(self.completeness), ""]
        lines += [f"- {value:,} {name}" for name, value in self.summary.items()]
        counts = ", ".join(f"{count} {severity}" for severity, count in self.counts.items())
        lines += ["", "## Findings", "", f"{counts}.", ""]
        lines += [
            f"- **{row.severity}** {_escaped(row.sentence)}"
            for row in self.findings.head(_FINDINGS).itertuples()
        ]
        for title, header, rows in self._sections():
            lines += ["", f"## {title}", "", f"| {' | '.join(header)} |"]
            lines += [f"| {' | '.join('---' for _ in header)} |"]
            lines += [f"| {' | '.join(map(_escaped, row))} |" for row in rows]
        lines += ["", "## Method", ""]
        lines += [f"- **{rule.title}**: {rule.method}" for rule in RULES.values()]
        return "\n".join([*lines, "", self.package, ""])

    def to_json(self) -> str:
        """Return everything as JSON."""
        frames = ("accounts", "gaps", "findings", "widest", "owners")
        data = {
            "title": self.title,
            "package": self.package,
            "at": self.at,
            "completeness": self.completeness,
            "summary": self.summary,
            "counts": self.counts,
            **{name: _records(getattr(self, name)) for name in frames},
            "rules": [{"name": r.name, "title": r.title, "method": r.method}
                      for r in RULES.values()],
        }  # fmt: skip
        return json.dumps(data, indent=1, ensure_ascii=True, default=_plain) + "\n"

    def save(
        self, path: str | os.PathLike[str], format: str | None = None, *, force: bool = False
    ) -> None:
        """Write it to a file, whole or not at all.

        Parameters
        ----------
        path : str or path
        format : {"html", "md", "json"}, optional
            By default what the path ends in.
        force : bool
            Replace what is there already.

        Raises
        ------
        InvalidParameter
            There is no such format.
        OutputExists
            There is a file already.
        ExportFailed
            The file cannot be written.
        """
        chosen = format or os.fspath(path).rpartition(".")[2].lower().replace("markdown", "md")
        if chosen not in _FORMATS:
            raise InvalidParameter(f"A report is html, md or json, not {chosen!r}.")
        storage, inner = Storage.of(path)
        if storage.size(inner) is not None and not force:
            raise OutputExists(f"{os.fspath(path)} is there already. Replace it with force=True.")
        text = getattr(self, _FORMATS[chosen])()
        try:
            with AtomicFile(storage, inner) as file:
                file.write(text.encode(errors="backslashreplace"))
        except OSError as error:
            raise ExportFailed(f"{os.fspath(path)} cannot be written: {reason(error)}.") from None

    def _repr_html_(self) -> str:
        from html import escape

        return (
            f'<iframe sandbox title="{escape(self.title)}" srcdoc="{escape(self.to_html())}" '
            'style="width:100%;height:80vh;border:1px solid #8888"></iframe>'
        )


#: What units are called where they are counted.
_KINDS = {
    "users": "lists of users",
    "groups": "lists of groups",
    "members": "groups",
    "folder": "folders or users",
    "permissions": "items' permissions",
    "links": "lists of links",
}


def report_of(access: Any, title: str, activity: Any) -> AccessReport:
    """Make the report; see `Access.report`.

    Parameters
    ----------
    access : object
        The access to report on.
    title : str
        The report's title.
    activity : object
        Events of the same accounts.
    """
    picture, ledger = access.picture(), access.ledger()
    told = None if activity is None else Activity(activity, picture)
    units = ledger[ledger["kind"] != "pass"]
    accounts = (
        units.groupby("account")
        .agg(
            service=("service", "last"),
            read=("state", lambda states: int((states == "read").sum())),
            failed=("state", lambda states: int((states == "failed").sum())),
            last=("answered", "max"),
        )
        .reset_index()
    )
    accounts["rests_on"] = accounts["service"].map(rests_on)
    return AccessReport(
        title=title,
        at=picture.at,
        accounts=accounts,
        gaps=access.gaps(),
        summary={k: int(v) for k, v in picture.frame(_SUMMARY).iloc[0].items()},
        findings=findings_of(picture, activity=told),
        widest=picture.frame(_WIDEST),
        owners=picture.frame(_OWNERS),
    )


def _text(value: Any) -> str:
    import pandas as pd

    if value is None or pd.isna(value):
        return ""
    if hasattr(value, "strftime"):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.0f}"
    return one_line(str(value))


def _escaped(text: str) -> str:
    """Return text that Markdown takes for nothing but text."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+-.!|~&" else c for c in one_line(text))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(frame.columns, row, strict=True)) for row in plain.to_numpy().tolist()]


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)
