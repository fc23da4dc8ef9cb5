"""Storage endpoints: folders, files, contents, upload, search."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from starlette.responses import Response, StreamingResponse

from ..sharing.holdings import Holdings
from ..world.drive import ROOT, Conflict, Drive
from . import upstream
from .responses import ApiError, invalid, not_found, reply, token_page
from .routing import Call, Route, as_user

__all__ = ["ROUTES", "found"]

Json = dict[str, Any]

#: A single transparent pixel.
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


def _drive(call: Call) -> Drive | Holdings:
    if call.account.details.family != "storage":
        raise ApiError(404, "not_found", f"{call.account.service} has no Storage API.")
    return call.state.holdings(call.account)


def _writable(call: Call) -> Drive:
    """Return the drive, unless it is a company's, which only the clock changes."""
    drive = _drive(call)
    if not isinstance(drive, Drive):
        raise ApiError(501, "not_implemented", "A company's files cannot be changed here.")
    return drive


def _shown(call: Call, entry: Json) -> Json:
    """Return an entry as this caller sees it."""
    entry = entry | {
        "href": f"{call.root}/accounts/{call.account.id}/storage/{entry['type']}s/{entry['id']}"
    }
    if call.wants_raw:
        marks = _drive(call).marks(entry)
        entry["raw"] = upstream.raw_object(call.account.service, entry) | marks
    return entry


def found(call: Call, kind: str) -> Json:
    """Return the file or folder that the URL names, if the caller may see it.

    Parameters
    ----------
    call : Call
        The request.
    kind : str
        ``"file"`` or ``"folder"``.
    """
    entry = _drive(call).find(call.parameters["id"], kind)
    if entry is None or not _visible(call, [entry]):
        raise not_found(f"There is no {kind} {call.parameters['id']!r}.")
    return entry


def _visible(call: Call, entries: list[Json]) -> list[Json]:
    """Return the entries that the caller, or the user whom they act as, may see."""
    return _drive(call).visible_to(entries, as_user(call))


def _page(call: Call, entries: list[Json]) -> Response:
    shown = [_shown(call, entry) for entry in _visible(call, entries)]
    return token_page(shown, call.query, call.state.options.page_size_max, "storage")


def get_folder(call: Call) -> Response:
    """Return a folder; `root` is the root folder."""
    if call.parameters["id"] == ROOT:
        _drive(call)
        root: Json = {
            "id": ROOT,
            "raw_id": ROOT,
            "name": "root",
            "type": "folder",
            "size": None,
            "path": "/",
            "parent": None,
            "owner": None,
            "created": None,
            "modified": None,
            "api": "storage",
            "account": call.account.id,
        }
        return reply(_shown(call, root))
    return reply(_shown(call, found(call, "folder")))


def list_contents(call: Call) -> Response:
    """List a folder's contents."""
    drive = _drive(call)
    if call.parameters["id"] != ROOT:
        found(call, "folder")
    return _page(call, drive.children(call.parameters["id"], as_user(call)))


def create_folder(call: Call) -> Response:
    """Create a folder."""
    return _create(call, "folder", call.json(), None)


def get_file(call: Call) -> Response:
    """Return a file's metadata."""
    return reply(_shown(call, found(call, "file")))


def download(call: Call) -> Response:
    """Return a file's bytes, or the requested range of them."""
    entry, drive = found(call, "file"), _writable(call)
    size = drive.size_of(entry)
    start, stop = _range(call.request.headers.get("range"), size)
    headers = {"Content-Length": str(stop - start), "Accept-Ranges": "bytes"}
    if (start, stop) != (0, size):
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return StreamingResponse(
        drive.read(entry, start, stop),
        206 if "Content-Range" in headers else 200,
        headers,
        media_type=entry["mime_type"] or "application/octet-stream",
    )


def _range(header: str | None, size: int) -> tuple[int, int]:
    """Return the requested range, which must have the form `bytes=first-[last]`."""
    match = re.fullmatch(r"bytes=([0-9]+)-([0-9]*)", header or "")
    if not match:
        return 0, size
    start, stop = int(match[1]), min(size, int(match[2] or size) + 1)
    if start >= stop:
        raise ApiError(
            416,
            "bad_request",
            "The range cannot be satisfied.",
            {"Content-Range": f"bytes */{size}"},
        )
    return start, stop


def thumbnail(call: Call) -> Response:
    """Return the file's thumbnail."""
    found(call, "file")
    return Response(_PIXEL, media_type="image/png")


def upload(call: Call) -> Response:
    """Create a file from the body, named by the header X-Kloudless-Metadata (D)."""
    header = call.request.headers.get("x-kloudless-metadata", "")
    try:
        metadata = json.loads(header.encode("latin-1"))
    except ValueError:
        metadata = None
    if not isinstance(metadata, dict):
        raise invalid("X-Kloudless-Metadata must be a JSON object with parent_id and name.")
    return _create(call, "file", metadata, call.body)


def _create(call: Call, kind: str, metadata: Json, content: bytes | None) -> Response:
    drive = _writable(call)
    name, parent = metadata.get("name"), str(metadata.get("parent_id", ROOT))
    if not isinstance(name, str) or not name:
        raise invalid("name is required.")
    _check_parent(drive, parent)
    mime = call.request.headers.get("content-type", "application/octet-stream")
    try:
        return reply(_shown(call, drive.add(kind, name, parent, content, mime)), 201)
    except Conflict as conflict:
        taken = conflict.args[0]
        if content is not None and taken["type"] == "file" and _flag(call, "overwrite"):
            return reply(_shown(call, drive.write(taken, content)))
        if (
            kind == "folder"
            and taken["type"] == "folder"
            and _flag(call, "conflict_if_exists", "false")
        ):
            return reply(_shown(call, taken))
        raise _conflict(taken) from None


def _flag(call: Call, name: str, value: str = "true") -> bool:
    return call.query.get(name, "").lower() == value


def _conflict(taken: Json) -> ApiError:
    return ApiError(
        409,
        "naming_conflict",
        "The folder already has something with this name.",
        conflicting_resource_id=taken["id"],
    )


def _check_parent(drive: Drive, parent: str) -> None:
    if parent != ROOT and drive.find(parent, "folder") is None:
        raise ApiError(400, "invalid_parent_folder", f"There is no folder {parent!r}.")


def overwrite(call: Call) -> Response:
    """Replace a file's contents."""
    return reply(_shown(call, _writable(call).write(found(call, "file"), call.body)))


def _change(call: Call, kind: str) -> Response:
    entry, drive, wanted = found(call, kind), _writable(call), call.json()
    parent = str(wanted.get("parent_id", entry["parent"]["id"]))
    _check_parent(drive, parent)
    try:
        changed = drive.change(entry, str(wanted.get("name", entry["name"])), parent)
    except Conflict as conflict:
        raise _conflict(conflict.args[0]) from None
    return reply(_shown(call, changed))


def change_file(call: Call) -> Response:
    """Rename or move a file."""
    return _change(call, "file")


def change_folder(call: Call) -> Response:
    """Rename or move a folder."""
    return _change(call, "folder")


def delete_file(call: Call) -> Response:
    """Delete a file."""
    _writable(call).delete(found(call, "file"))
    return Response(status_code=204)


def delete_folder(call: Call) -> Response:
    """Delete a folder; unless it is empty, only with `recursive=true`."""
    entry, drive = found(call, "folder"), _writable(call)
    if drive.children(entry["id"]) and not _flag(call, "recursive"):
        raise ApiError(403, "folder_not_empty", "The folder is not empty.")
    drive.delete(entry)
    return Response(status_code=204)


def search(call: Call) -> Response:
    """List files and folders whose names contain the words."""
    wanted = call.query.get("q", "").casefold()
    if not wanted:
        raise invalid("q is required.")
    found = [one for one in _drive(call).entries() if wanted in one["name"].casefold()]
    return _page(call, found)


def recent(call: Call) -> Response:
    """List files, most recently modified first."""
    files = [one for one in _drive(call).entries() if one["type"] == "file"]
    return _page(call, sorted(files, key=lambda one: str(one["modified"]), reverse=True))


_STORAGE = "accounts/{account}/storage"

ROUTES = [
    Route(f"{_STORAGE}/folders", {"POST": create_folder}),
    Route(
        f"{_STORAGE}/folders/{{id}}",
        {"GET": get_folder, "PATCH": change_folder, "DELETE": delete_folder},
    ),
    Route(f"{_STORAGE}/folders/{{id}}/contents", {"GET": list_contents}),
    Route(f"{_STORAGE}/files", {"POST": upload}),
    Route(
        f"{_STORAGE}/files/{{id}}",
        {"GET": get_file, "PUT": overwrite, "PATCH": change_file, "DELETE": delete_file},
    ),
    Route(f"{_STORAGE}/files/{{id}}/contents", {"GET": download}),
    Route(f"{_STORAGE}/files/{{id}}/thumbnail", {"GET": thumbnail}),
    Route(f"{_STORAGE}/search", {"GET": search}),
    Route(f"{_STORAGE}/recent", {"GET": recent}),
]
