"""`Report`: an audit to be read, saved and handed over."""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape

from ..exceptions import ExportFailed, InvalidParameter, OutputExists, Remedy
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage
from .document import Document
from .render import html_page, json_text, markdown

__all__ = ["Report", "check_target"]

_FORMATS = {"html": "to_html", "md": "to_markdown", "json": "to_json"}


@dataclass(frozen=True, repr=False)
class Report(Document):
    """An audit, to be read, saved and handed over. Its attributes are those of `Document`."""

    def __repr__(self) -> str:
        found = ", ".join(f"{number} {severity}" for severity, number in self.counts.items())
        return f"<Report on {self.profile.summary['events']:,} events: {found}>"

    def to_html(self, evidence_in: str | None = None) -> str:
        """Return one page: no network, no script, printable.

        Parameters
        ----------
        evidence_in : str, optional
            The name of the JSON file with all evidence, to be named in it.
        """
        return html_page(self, evidence_in)

    def to_markdown(self, evidence_in: str | None = None) -> str:
        """Return it as Markdown, without charts; see `to_html`."""
        return markdown(self, evidence_in)

    def to_json(self) -> str:
        """Return everything as JSON, with all ids of evidence."""
        return json_text(self)

    def save(
        self, path: str | os.PathLike[str], format: str | None = None, *, force: bool = False
    ) -> None:
        """Write it to a file, whole or not at all, and all evidence beside it as JSON.

        Parameters
        ----------
        path : str or path
        format : {"html", "md", "json"}, optional
            By default what the path ends in. Beside HTML and Markdown, ``PATH.evidence.json`` is
            written, which the report names.
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
        chosen = check_target(path, format, force)
        if chosen == "json":
            _write(path, self.to_json())
            return
        beside = evidence_path(path)
        text = self.to_html if chosen == "html" else self.to_markdown
        _write(beside, self.to_json())
        _write(path, text(beside.replace("\\", "/").rpartition("/")[2]))

    def _repr_html_(self) -> str:
        # In a frame of its own: the page's style must not be the notebook's. Its links lead to
        # places in it, which a frame would take for places in the notebook.
        page = self.to_html().replace("<head>", '<head><base href="about:srcdoc">', 1)
        return (
            f'<iframe sandbox title="{escape(self.title)}" srcdoc="{escape(page)}" '
            'style="width:100%;height:80vh;border:1px solid #8888"></iframe>'
        )


def evidence_path(path: str | os.PathLike[str]) -> str:
    """Return where all evidence is written beside a report.

    Examples
    --------
    >>> evidence_path("audits/report.html")
    'audits/report.html.evidence.json'
    """
    return f"{os.fspath(path)}.evidence.json"


def _write(path: str | os.PathLike[str], text: str) -> None:
    storage, inner = Storage.of(path)
    try:
        with AtomicFile(storage, inner) as file:
            # A lone surrogate, which JSON may have, is no text that a file can hold.
            file.write(text.encode(errors="backslashreplace"))
    except OSError as error:
        raise ExportFailed(f"{os.fspath(path)} cannot be written: {error}.") from None


def check_target(path: str | os.PathLike[str], format: str | None, force: bool) -> str:
    """Return the format to write; raise when nothing could be written there."""
    chosen = format or os.fspath(path).rpartition(".")[2].lower()
    if chosen not in _FORMATS:
        raise InvalidParameter(
            f"There is no format {chosen!r}: let the name end in .html, .md or .json, or give "
            "format (--format)."
        )
    for one in (path, *([] if chosen == "json" else [evidence_path(path)])):
        _check_free(one, force)
    return chosen


def _check_free(path: str | os.PathLike[str], force: bool) -> None:
    storage, inner = Storage.of(path)
    shown = storage.shown(inner)
    if storage.is_folder(inner):
        raise ExportFailed(f"{shown} is a folder. Name a file in it, such as report.html.")
    storage.check_folder(storage.split(inner)[0])
    if not force and storage.size(inner) is not None:
        raise OutputExists(f"{shown} is there already.", remedy=Remedy.REPLACE_OUTPUT)
