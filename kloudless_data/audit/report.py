"""`Report`: an audit to read, save and hand over."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from html import escape

from ..exceptions import ExportFailed, InvalidParameter, OutputExists, Remedy
from ..export.formats import check_ending
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage, not_written
from ..text.counts import count
from .document import Document
from .render import html_page, json_text, markdown, workbook

__all__ = ["Report", "check_target"]

_FORMATS = ("html", "md", "xlsx", "json")


@dataclass(frozen=True, repr=False)
class Report(Document):
    """An audit to read, save and hand over. Its attributes are those of `Document`."""

    def __repr__(self) -> str:
        found = ", ".join(f"{number} {severity}" for severity, number in self.counts.items())
        return f"<Report on {count(self.profile.summary['events'], 'event')}: {found}>"

    def to_html(self, evidence_in: str | None = None) -> str:
        """Return one page: no network, no script, printable.

        Parameters
        ----------
        evidence_in : str, optional
            The name of the JSON file with all evidence, for the page to mention.
        """
        return html_page(self, evidence_in)

    def to_markdown(self, evidence_in: str | None = None) -> str:
        """Return the report as Markdown, without charts; see `to_html`."""
        return markdown(self, evidence_in)

    def to_json(self) -> str:
        """Return the whole report as JSON, with the ids of all evidence."""
        return json_text(self)

    def to_excel(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the report as an Excel workbook, and all evidence beside it as JSON.

        Its sheets are the summary, the findings, their first events, and the completeness. Times
        are Excel times in UTC, and nothing runs as a formula. Needs ``pip install
        'kloudless-data[excel]'``.

        Parameters
        ----------
        path : str or path
            A file or URL.
        force : bool
            Replace existing files. Defaults to False.

        Raises
        ------
        MissingPackage
            XlsxWriter is not installed.
        OutputExists, ExportFailed
            As for `save`.
        """
        self.save(path, "xlsx", force=force)

    def save(
        self, path: str | os.PathLike[str], format: str | None = None, *, force: bool = False
    ) -> None:
        """Write the report to a file, atomically, and all evidence beside it as JSON.

        Parameters
        ----------
        path : str or path
            A file or URL.
        format : {"html", "md", "xlsx", "json"}, optional
            Defaults to the path's extension. All but JSON come with ``PATH.evidence.json``, which
            the report mentions.
        force : bool
            Replace existing files. Defaults to False.

        Raises
        ------
        InvalidParameter
            There is no such format, or the path's ending says another one.
        OutputExists
            A file exists, and `force` is False.
        ExportFailed
            The file cannot be written.
        """
        chosen = check_target(path, format, force)
        if chosen == "json":
            _write((path, self.to_json()))
            return
        beside = evidence_path(path)
        made = self._made(chosen, beside.replace("\\", "/").rpartition("/")[2])
        _write((path, made), (beside, self.to_json()))

    def _made(self, format: str, evidence_in: str) -> str | bytes:
        if format == "xlsx":
            return workbook(self, evidence_in)
        return (self.to_html if format == "html" else self.to_markdown)(evidence_in)

    def _repr_html_(self) -> str:
        # A frame keeps the page's style out of the notebook. The base makes links within the
        # page stay there; without it they would point into the notebook.
        page = self.to_html().replace("<head>", '<head><base href="about:srcdoc">', 1)
        return (
            f'<iframe sandbox title="{escape(self.title)}" srcdoc="{escape(page)}" '
            'style="width:100%;height:80vh;border:1px solid #8888"></iframe>'
        )


def evidence_path(path: str | os.PathLike[str]) -> str:
    """Return the path of a report's evidence file.

    Examples
    --------
    >>> evidence_path("audits/report.html")
    'audits/report.html.evidence.json'
    """
    return f"{os.fspath(path)}.evidence.json"


def _write(*files: tuple[str | os.PathLike[str], str | bytes]) -> None:
    """Write files that belong together: they appear once all of them are written, the first last.

    Parameters
    ----------
    *files : (path, content)
    """
    path = files[0][0]
    try:
        with ExitStack() as stack:
            for path, content in files:
                file = stack.enter_context(AtomicFile(*Storage.of(path)))
                # JSON may have a lone surrogate, which a file cannot hold.
                if isinstance(content, str):
                    content = content.encode(errors="backslashreplace")
                file.write(content)
    except OSError as error:
        raise not_written(path, error) from None


def check_target(path: str | os.PathLike[str], format: str | None, force: bool) -> str:
    """Return the format to write, after checking that the target can be written.

    Parameters
    ----------
    path : str or path
        A file or URL.
    format : {"html", "md", "xlsx", "json"} or None
        None for the path's extension.
    force : bool
        Replace existing files.

    Raises
    ------
    InvalidParameter
        There is no such format, or the path's ending says another one.
    OutputExists
        The report or its evidence file exists, and `force` is False.
    ExportFailed
        The target is a folder, or its folder cannot be used.
    """
    chosen = format or os.fspath(path).rpartition(".")[2].lower()
    if chosen not in _FORMATS:
        raise InvalidParameter(f"There is no format {chosen!r}.", remedy=Remedy.NAME_REPORT)
    check_ending(os.fspath(path), chosen, report=True)
    for one in (path, *([] if chosen == "json" else [evidence_path(path)])):
        _check_free(one, force)
    return chosen


def _check_free(path: str | os.PathLike[str], force: bool) -> None:
    storage, inner = Storage.of(path)
    shown = storage.shown(inner)
    if storage.is_folder(inner):
        raise ExportFailed(f"{shown} is a folder. Name a file in it, such as report.html.")
    if storage.is_special(inner):
        raise ExportFailed(
            f"{shown} is a pipe, a device, a socket, or a link to one or to nothing, and is not "
            "replaced. Name a file."
        )
    storage.check_folder(storage.split(inner)[0])
    if not force and storage.size(inner) is not None:
        raise OutputExists(f"{shown} already exists.", remedy=Remedy.REPLACE_OUTPUT)
