"""The access report: scope and completeness first, then what stands out, then who has what."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..audit import SEVERITIES
from ..exceptions import InvalidParameter, MissingPackage, OutputExists, Remedy
from ..export.formats import check_ending
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage, not_written
from ..text.counts import count
from ..util import one_line
from ..version import __version__
from .activity import Activity
from .findings import RULES, findings_of
from .gaps import accounts_of, completeness_of, kinds_of
from .marks import rests_on
from .unused import UNUSED, UNUSED_METHOD, UNUSED_TITLE

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
    """A report on who can see what, to read, save and hand over.

    Attributes
    ----------
    title : str
    at : datetime
        The time that it describes.
    accounts : pandas.DataFrame
        ``account``, ``service``, ``read`` (units), ``failed`` (its gaps), ``last`` (when it was
        last read),
        ``rests_on`` (the assumption behind the choice of items).
    gaps : pandas.DataFrame
        See `Access.gaps`; ``person`` is the owner of the data, if known.
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
        """The number of findings of each severity."""
        found = self.findings["severity"].value_counts()
        return {severity: int(found.get(severity, 0)) for severity in SEVERITIES}

    @property
    def methods(self) -> list[tuple[str, str, str]]:
        """The name, title and method of each rule that was applied."""
        rules = [(rule.name, rule.title, rule.method) for rule in RULES.values()]
        with_activity = "since" in self.findings.columns
        return rules + ([(UNUSED, UNUSED_TITLE, UNUSED_METHOD)] if with_activity else [])

    @property
    def completeness(self) -> str:
        """A sentence on what is not known."""
        return completeness_of(self.gaps)

    def to_html(self) -> str:
        """Return one page: no network, no script, printable."""
        try:
            import jinja2
        except ModuleNotFoundError:
            raise MissingPackage(
                'The report needs jinja2. Install: pip install "kloudless-data[audit]"'
            ) from None
        packages = (("kloudless_data.access", "templates"),
                    ("kloudless_data.audit.render", "templates"))  # fmt: skip
        environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader([jinja2.PackageLoader(*one) for one in packages]),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        page: str = environment.get_template("access.html.j2").render(
            report=self,
            accounts=[f"{row.account} ({row.service})" for row in self.accounts.itertuples()],
            numbers=self._numbers(),
            sections=list(self._sections()),
            findings=[_shown_finding(row) for row in self.findings.head(_FINDINGS).itertuples()],
            more=max(0, len(self.findings) - _FINDINGS),
            rests_on=[(one, rests_on(one)) for one in self.accounts["service"].unique()],
        )
        return page

    def _numbers(self) -> list[tuple[str, int]]:
        links = f"granted rights, {self.summary['links']:,} of them by link"
        return [(_NUMBERS.get(name, links), number)
                for name, number in self.summary.items() if name != "links"]  # fmt: skip

    @property
    def headline(self) -> str:
        """A sentence on what is most worth knowing."""
        counts = {one: self.counts[one] for one in ("high", "medium") if self.counts[one]}
        items, found = f"{self.summary['items']:,} folders and files", sum(counts.values())
        if not found:
            return f"Nothing of high or medium severity stands out in {items}."
        listed = " and ".join(f"{number:,} of {one} severity" for one, number in counts.items())
        return f"{count(found, 'finding')} to look at in {items}: {listed}."

    def _sections(self) -> Iterator[tuple[str, str, list[str], list[list[Any]]]]:
        """Yield the tables of the report: title, note, header, rows."""
        for title, note, frame in (
            ("What could not be read", "Nothing is known about these.", _shown_gaps(self.gaps)),
            ("Who has the most rights", "Granted rights; one on a folder counts once.",
             _shown_widest(self.widest)),
            ("Who owns the most", "", self.owners.head(_ROWS).rename(columns=_HEADINGS)),
            ("Accounts read", "", self.accounts.drop(columns="rests_on")
             .rename(columns=_HEADINGS)),
        ):  # fmt: skip
            if not frame.empty:
                header = [str(name) for name in frame.columns]
                yield (
                    title,
                    note,
                    header,
                    [[_cell(v) for v in r] for r in frame.to_numpy().tolist()],
                )

    def to_markdown(self) -> str:
        """Return the report as Markdown."""
        lines = [f"# {_escaped(self.title)}", "", f"As of {_text(self.at)} UTC.", ""]
        lines += [_escaped(self.headline), ""]
        lines += [_escaped(self.completeness), ""]
        lines += [f"- {value:,} {name}" for name, value in self._numbers()]
        counts = ", ".join(f"{count} {severity}" for severity, count in self.counts.items())
        lines += ["", "## Findings", "", f"{counts}.", ""]
        lines += [
            f"- **{row.severity}** {_escaped(row.sentence)}"
            for row in self.findings.head(_FINDINGS).itertuples()
        ]
        for title, note, header, rows in self._sections():
            lines += ["", f"## {title}", "", *([note, ""] if note else [])]
            lines += [f"| {' | '.join(header)} |", f"| {' | '.join('---' for _ in header)} |"]
            lines += [f"| {' | '.join(_escaped(_text(cell)) for cell in row)} |" for row in rows]
        lines += ["", "## Method", ""]
        lines += [f"- **{title}**: {method}" for _, title, method in self.methods]
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
            "rules": [dict(zip(("name", "title", "method"), one, strict=True))
                      for one in self.methods],
        }  # fmt: skip
        return json.dumps(data, indent=1, ensure_ascii=True, default=_json_value) + "\n"

    def save(
        self, path: str | os.PathLike[str], format: str | None = None, *, force: bool = False
    ) -> None:
        """Write the report to a file that appears whole or not at all.

        Parameters
        ----------
        path : str or path
        format : {"html", "md", "json"}, optional
            Defaults to the path's extension.
        force : bool
            Replace an existing file.

        Raises
        ------
        InvalidParameter
            There is no such format, or the path's ending says another one.
        OutputExists
            The file already exists.
        ExportFailed
            The file cannot be written.
        """
        ending = os.fspath(path).rpartition(".")[2].lower().replace("markdown", "md")
        chosen = format or ending
        if chosen not in _FORMATS:
            raise InvalidParameter(f"A report's format must be html, md or json, not {chosen!r}.")
        check_ending(os.fspath(path), chosen, report=True)
        storage, inner = Storage.of(path)
        if storage.size(inner) is not None and not force:
            raise OutputExists(f"{os.fspath(path)} already exists.", remedy=Remedy.REPLACE_OUTPUT)
        text = getattr(self, _FORMATS[chosen])()
        try:
            with AtomicFile(storage, inner) as file:
                file.write(text.encode(errors="backslashreplace"))
        except OSError as error:
            raise not_written(path, error) from None

    def _repr_html_(self) -> str:
        from html import escape

        return (
            f'<iframe sandbox title="{escape(self.title)}" srcdoc="{escape(self.to_html())}" '
            'style="width:100%;height:80vh;border:1px solid #8888"></iframe>'
        )


_REQUEST = re.compile(r"^[A-Z]+ \S+ answered ")
#: The name of one unit, or of several where they are counted.
_ONE = {
    "users": "the list of users", "groups": "the list of groups", "members": "group",
    "folder": "folder", "item": "the folder of item", "permissions": "permissions of item",
    "links": "links of user", "activity": "changes since the last update",
    "pass": "the rest of the account",
}  # fmt: skip
_NUMBERS = {"users": "users", "groups": "groups", "items": "folders and files"}
_HEADINGS = {"open_to_anyone": "open to anyone", "last": "last read"}


def _shown_finding(row: Any) -> dict[str, str]:
    title = RULES[row.rule].title if row.rule in RULES else UNUSED_TITLE
    since, by = getattr(row, "since", None), getattr(row, "by", None)
    known = isinstance(by, str) and since is not None and since == since
    shared = f"Shared by {by}, {since:%Y-%m-%d}." if known else ""
    return {"severity": row.severity, "title": title, "sentence": one_line(row.sentence),
            "shared": one_line(shared)}  # fmt: skip


def _shown_gaps(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return the gaps in words, without the URLs of requests."""
    import pandas as pd

    rows = []
    shown = gaps.head(_ROWS * 10)
    for row, kind in zip(shown.itertuples(), kinds_of(shown), strict=True):
        whole = kind == "user"
        what = (
            f"the data of {row.person or f'user {row.as_user}'}"
            if whole
            else f"{_ONE[row.kind]} {row.key}".strip()
        )
        why = _REQUEST.sub("", str(row.reason or ""))
        rows.append([row.account, what, row.answered, why])
    return pd.DataFrame(rows, columns=["account", "what", "asked", "why"])


def _shown_widest(widest: pd.DataFrame) -> pd.DataFrame:
    """Return who has the most rights, groups by name instead of id."""
    frame = widest.head(_ROWS)
    who = frame["name"].where(frame["kind"].eq("group") & frame["name"].notna(), frame["whom"])
    return (
        frame[["account", "kind", "rights", "folders"]]
        .assign(who=who)[["account", "who", "kind", "rights", "folders"]]
        .rename(columns={"folders": "of folders"})
    )


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
    picture = access.picture()
    events = None if activity is None else Activity(activity, picture)
    accounts = accounts_of(access.store)
    gaps, ids = access.gaps(), picture.frame("select id, person from ids")
    named = dict(zip(ids["id"], ids["person"], strict=True))
    gaps["person"] = [named.get(user) for user in gaps["as_user"]]
    missing = gaps["account"].value_counts()
    accounts.insert(3, "failed", accounts["account"].map(missing).fillna(0).astype("int64"))
    accounts["rests_on"] = accounts["service"].map(rests_on)
    return AccessReport(
        title=title,
        at=picture.at,
        accounts=accounts,
        gaps=gaps,
        summary={k: int(v) for k, v in picture.frame(_SUMMARY).iloc[0].items()},
        findings=findings_of(picture, activity=events),
        widest=picture.frame(_WIDEST),
        owners=picture.frame(_OWNERS),
    )


def _cell(value: Any) -> Any:
    """Return a number unchanged, and anything else as text."""
    return value if isinstance(value, int) and not isinstance(value, bool) else _text(value)


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
    """Escape text for Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+-.!|~&" else c for c in one_line(text))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    objects = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(frame.columns, row, strict=True)) for row in objects.to_numpy().tolist()]


def _json_value(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)
