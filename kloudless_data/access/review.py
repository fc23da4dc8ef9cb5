"""Write and read the access-review workbook: one sheet per owner, one row per right."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter, MissingPackage, OutputExists, Remedy
from ..export.formats import check_ending
from ..storage.atomic import AtomicFile
from ..storage.filesystem import Storage, not_written, reason
from ..text.files import check_regular
from ..util import one_line
from .levels import MANAGE, word_of
from .picture import Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DECISIONS", "read_review", "rights_to_review", "write_review"]

DECISIONS = ("keep", "revoke")
_NAMES = ("location", "type", "whom", "name", "kind", "state", "right", "decision", "comment",
          "account", "item", "key")  # fmt: skip
_WIDTHS = {"location": 48, "whom": 34, "name": 30, "comment": 40, "account": 14, "item": 22,
           "key": 30}  # fmt: skip
_HIDDEN = ("account", "item", "key")  # for `read_review`
_CONTENTS, _CONTENTS_HEAD = "Contents", ("rights", "sheet")
_HEADER, _NOTE = 2, "Choose keep or revoke in the yellow column, and say why if it helps."


def rights_to_review(picture: Picture) -> pd.DataFrame:
    """Return each right that somebody granted, with the owner who can answer for it.

    A right that a complete list includes because a folder above grants it is reviewed at that
    folder.

    Returns
    -------
    pandas.DataFrame
        ``owner``, ``location``, ``type``, ``whom``, ``name``, ``kind``, ``state``, ``right``,
        ``account``, ``item``, ``key``.
    """
    from .effective import states_sql

    frame = picture.frame(
        f"""
        with recursive up as (
            select i.n as item, f.n, f.parent_n, f.inherits, f.owner
            from (select distinct n from grants) as g join items as i using (n)
            join items as f on f.n = i.parent_n where not i.inherits
            union all
            select u.item, f.n, f.parent_n, f.inherits, f.owner
            from up as u join items as f on f.n = u.parent_n where u.inherits
        ),
        above as (
            select u.item, g.kind, g.key, least(g.level, {MANAGE}) as level
            from up as u join grants as g using (n)
            union all
            select item, 'user', owner, {MANAGE} from up where owner is not null
        )
        select coalesce(i.owner, 'nobody') as owner, i.location, i.type,
               case g.kind when 'anyone' then 'anyone with the link' when 'company'
                    then 'anyone in the organisation with the link'
                    when 'group' then coalesce(gr.name, g.name, g.key) else g.key end as whom,
               coalesce(p.name, g.name) as name, g.kind,
               case when g.kind = 'user' then {states_sql("g.key", "i.account")}
                    when g.kind = 'group' and gr.id is null then 'unknown'
                    when g.kind = 'domain' and d.domain is null then 'outside' end as state,
               g.level, i.account, i.id as item, g.key
        from grants as g join items as i using (n)
        left join people as p on p.account = i.account and p.person = g.key
        left join now_groups as gr on gr.account = i.account and gr.id = g.key
        left join domains as d on d.account = i.account and d.domain = g.key
        anti join above as a on a.item = g.n and a.kind = g.kind and a.key = g.key
            and a.level >= g.level
        where g.kind <> 'user' or g.key is distinct from i.owner
        order by owner, i.location, whom
        """
    )
    frame["right"] = frame["level"].map(word_of)
    return frame.drop(columns="level")


def write_review(
    rights: pd.DataFrame, path: str | os.PathLike[str], *, by: str = "owner", force: bool = False
) -> int:
    """Write the workbook; return the number of rights in it. See `Access.to_excel`.

    Parameters
    ----------
    rights : pandas.DataFrame
        The rights to review.
    path : str or path
        The file to write.
    by : str, default "owner"
        The grouping: ``"owner"`` or ``"whom"``.
    force : bool, default False
        Replace existing files.
    """
    try:
        import xlsxwriter
    except ModuleNotFoundError:
        raise MissingPackage(
            'A workbook needs xlsxwriter. Install: pip install "kloudless-data[excel]"'
        ) from None
    if by not in ("owner", "whom"):
        raise InvalidParameter(f"by must be 'owner' or 'whom', not {by!r}.")
    check_ending(os.fspath(path), "xlsx")
    storage, inner = Storage.of(path)
    if storage.size(inner) is not None and not force:
        raise OutputExists(f"{os.fspath(path)} already exists.", remedy=Remedy.REPLACE_OUTPUT)
    try:
        with AtomicFile(storage, inner) as file:
            # No text from the server may be a formula, a link or a number to a spreadsheet.
            options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                       "strings_to_numbers": False}  # fmt: skip
            workbook = xlsxwriter.Workbook(file, options)
            _fill(workbook, rights, by)
            workbook.close()
    except OSError as error:
        raise not_written(path, error) from None
    return len(rights)


def _fill(workbook: Any, rights: pd.DataFrame, by: str) -> None:
    formats = {
        "text": workbook.add_format({"quote_prefix": True, "text_wrap": True, "valign": "top"}),
        "title": workbook.add_format({"quote_prefix": True, "bold": True, "font_size": 14}),
        "link": workbook.add_format(
            {"quote_prefix": True, "font_color": "#1F4E8C", "underline": 1, "valign": "top"}
        ),
        "head": workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF0F2"}),
        "open": workbook.add_format(
            {
                "locked": False,
                "bg_color": "#FFF6D6",
                "border": 1,
                "border_color": "#DCD9D2",
                "valign": "top",
                "text_wrap": True,
            }
        ),
    }
    # Not a frame per sheet: pandas takes longer to make one than a sheet takes to write.
    columns = {name: rights[name].tolist() for name in _NAMES if name in rights}
    groups = list(rights.groupby(by, sort=True).indices.items())
    taken = {"contents", "history"}  # Excel keeps the second for itself
    names = [_sheet_name(str(who), taken) for who, _ in groups]
    _write_contents(workbook.add_worksheet(_CONTENTS), by, groups, names, formats)
    for name, (who, places) in zip(names, groups, strict=True):
        rows = [{one: values[place] for one, values in columns.items()} for place in places]
        _write_sheet(workbook.add_worksheet(name), str(who), rows, formats)


def _write_contents(
    sheet: Any, by: str, groups: list[tuple[Any, Any]], names: list[str], formats: dict[str, Any]
) -> None:
    """Write the list of sheets, with links to them."""
    sheet.protect()
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(1, 0)
    for column, width in enumerate((48, 10, 36)):
        sheet.set_column(column, column, width)
    sheet.write_row(0, 0, [by, *_CONTENTS_HEAD], formats["head"])
    for number, (name, (who, rows)) in enumerate(zip(names, groups, strict=True), 1):
        sheet.write_string(number, 0, one_line(str(who)), formats["text"])
        sheet.write_number(number, 1, len(rows))
        sheet.write_url(number, 2, f"internal:'{name}'!A1", formats["link"], name)


def _write_sheet(
    sheet: Any, who: str, rows: Sequence[dict[str, Any]], formats: dict[str, Any]
) -> None:
    sheet.protect(options={"autofilter": True, "sort": True, "format_columns": True})
    sheet.write_string(0, 0, one_line(who), formats["title"])
    sheet.write_string(1, 0, _NOTE)
    sheet.freeze_panes(_HEADER + 1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)  # one page wide, any length
    sheet.repeat_rows(_HEADER)
    sheet.set_footer("&L&A&R&P / &N")
    last = _HEADER + len(rows)
    for column, name in enumerate(_NAMES):
        sheet.set_column(column, column, _WIDTHS.get(name, 12),
                         options={"hidden": name in _HIDDEN})  # fmt: skip
        sheet.write_string(_HEADER, column, name, formats["head"])
    sheet.autofilter(_HEADER, 0, last, len(_NAMES) - 1)
    sheet.data_validation(
        _HEADER + 1, _NAMES.index("decision"), last, _NAMES.index("decision"),
        {"validate": "list", "source": list(DECISIONS), "error_title": "keep or revoke",
         "error_message": "Choose keep or revoke, or leave it empty."},
    )  # fmt: skip
    for number, row in enumerate(rows, _HEADER + 1):
        if (lines := _lines(row)) > 1:  # LibreOffice does not adjust the height
            sheet.set_row(number, 15 * min(lines, 20))
        for column, name in enumerate(_NAMES):
            value = row.get(name)
            if name in ("decision", "comment"):
                sheet.write_blank(number, column, None, formats["open"])
            elif isinstance(value, str):
                text = value if name in _HIDDEN else one_line(value)
                sheet.write_string(number, column, text[:32_000], formats["text"])


def _lines(row: dict[str, Any]) -> int:
    """Return the number of lines that a row's longest text takes."""
    shown = [name for name in _NAMES if isinstance(row.get(name), str) and name not in _HIDDEN]
    return max(-(-len(row[name]) // _WIDTHS.get(name, 12)) for name in shown)


def _sheet_name(who: str, taken: set[str]) -> str:
    """Return a valid, unused name for a sheet: at most 31 characters."""
    shortened = re.sub(r"[\[\]:*?/\\']", "_", one_line(who))
    if len(shortened) > 31:  # an address's first part says more than a fragment of it
        shortened = shortened.partition("@")[0]
    shortened = shortened[:31] or "_"
    name, number = shortened, 1
    while name.lower() in taken:
        number += 1
        name = f"{shortened[:26]} {number}"
    taken.add(name.lower())
    return name


def read_review(path: str | os.PathLike[str], access: Any = None) -> pd.DataFrame:
    """Return the decisions of an access-review workbook.

    Parameters
    ----------
    path : str or path
        A workbook from `Access.to_excel` that people have filled in.
    access : Access, optional
        Adds what has changed since.

    Returns
    -------
    pandas.DataFrame
        ``reviewer`` (the sheet), ``location``, ``type``, ``whom``, ``kind``, ``right``,
        ``decision`` (``"keep"``, ``"revoke"`` or null), ``comment``, ``account``, ``item``,
        ``key``; with `access` also ``now``: the current right, null if there is none any more, and
        ``changed`` (bool).

    Raises
    ------
    InvalidParameter
        It is not such a workbook, or a decision is invalid.
    """
    import pandas as pd

    rows = list(_rows_of(path))
    names = ["reviewer", "location", "type", "whom", "kind", "right", "decision", "comment",
             "account", "item", "key"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names)
    if access is None:
        return frame
    current = rights_to_review(access.picture())
    now = {(row.account, row.item, row.kind, row.key): row.right for row in current.itertuples()}
    frame["now"] = [
        now.get((row.account, row.item, row.kind, row.key)) for row in frame.itertuples()
    ]
    frame["changed"] = frame["now"].fillna("") != frame["right"]
    return frame


def _rows_of(path: str | os.PathLike[str]) -> Iterator[list[Any]]:
    try:
        import openpyxl
    except ModuleNotFoundError:
        raise MissingPackage(
            'Reading a workbook needs openpyxl. Install: pip install "kloudless-data[excel]"'
        ) from None
    try:
        check_regular(path)
        workbook = openpyxl.load_workbook(os.fspath(path), read_only=True, data_only=True)
    except Exception as error:
        raise InvalidParameter(
            f"{os.fspath(path)} cannot be read as a workbook: {_why(error)}."
        ) from None
    found, listed = False, _listed(workbook)
    for sheet in workbook.worksheets:
        rows = list(sheet.iter_rows(values_only=True))
        if len(rows) <= _HEADER or tuple(rows[_HEADER][: len(_NAMES)]) != _NAMES:
            if sheet.title in (listed or ()):
                raise InvalidParameter(
                    f"The header of the sheet {sheet.title!r} was changed: its decisions cannot be "
                    f"read. Row {_HEADER + 1} must begin with: {', '.join(_NAMES)}."
                )
            continue
        found = True
        reviewer = str(rows[0][0])
        for values in rows[_HEADER + 1 :]:
            row = dict(zip(_NAMES, values, strict=False))
            row |= {name: _unescaped(row[name]) for name in _HIDDEN}
            if row["item"]:
                yield _decided(row, reviewer)
    if not found and listed is None:
        raise InvalidParameter(
            f"{os.fspath(path)} is not an access-review workbook.",
            remedy=Remedy.WRITE_REVIEW,
        )


def _listed(workbook: Any) -> set[str] | None:
    """Return the names of the sheets that a workbook's contents list; None without contents."""
    rows = (
        workbook[_CONTENTS].iter_rows(values_only=True) if _CONTENTS in workbook.sheetnames else ()
    )
    head, *listed = list(rows) or [()]
    if tuple(head[1:3]) != _CONTENTS_HEAD:
        return None
    return {str(row[2]) for row in listed if row[2]}


def _why(error: Exception) -> str:
    return reason(error) if isinstance(error, OSError) else one_line(str(error)).rstrip(".")


def _unescaped(value: Any) -> Any:
    """Return a cell's text without the escapes of characters that XML forbids."""
    from openpyxl.utils.escape import unescape

    return unescape(value) if isinstance(value, str) else value


def _decided(row: dict[str, Any], reviewer: str) -> list[Any]:
    decision = str(row["decision"] or "").strip().lower() or None
    if decision not in (None, *DECISIONS):
        raise InvalidParameter(
            f"The decision on {row['location']!r} for {row['whom']!r} is {decision!r}: it must be "
            "keep, revoke, or empty."
        )
    row["decision"] = decision
    names = ("location", "type", "whom", "kind", "right", "decision", "comment", "account", "item",
             "key")  # fmt: skip
    return [reviewer, *(row[name] for name in names)]
