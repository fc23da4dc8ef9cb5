"""Read a service's own activity through Kloudless' pass-through, in the columns of its log.

======================  ===========================================================  ==============
service                 what is requested                                            paged by
======================  ===========================================================  ==============
box                     ``/2.0/events``, ``admin_logs``                              stream position
gdrive                  Reports API: ``drive``, ``admin``, ``login``, ``token``      page token
dropbox                 ``/2/team_log/get_events`` and ``/continue``                 cursor
onedrivebiz,            Microsoft Graph: ``auditLogs/directoryAudits``, ``signIns``  next link
sharepoint
======================  ===========================================================  ==============

We assume that Kloudless passes these through for an administrator's account (A); the services
document their answers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit, urlunsplit

from ..display.progress import progress_bar
from ..exceptions import InvalidParameter, InvalidResponse, Remedy
from ..export.api import export_batches
from ..schema.times import parse_time
from ..text.percent import query_of
from .batches import EventBatches
from .convert import events_of
from .exporting import Times
from .records import JsonReader
from .specs import spec_named
from .split import Layout, elements
from .workers import WORDLESS

if TYPE_CHECKING:
    import pyarrow as pa

    from ..export.manifest import Manifest

__all__ = ["FEEDS", "UpstreamSource", "UpstreamStream"]


class UpstreamSource(Protocol):
    """Passes requests through to a service, as `kloudless_data.Account` does."""

    def raw(self, raw_method: str, raw_uri: str, **kwargs: Any) -> Any:
        """Send a request to the service's own API.

        Parameters
        ----------
        raw_method, raw_uri, **kwargs
            As for `Account.raw`.
        """


class _Answer(NamedTuple):
    """An answer of a service, the format of its records, and the position after them."""

    format: str
    body: bytes
    position: str | None


Ask = Callable[..., bytes]
#: Sends the requests, starting at a time or a position.
Feed = Callable[[Ask, datetime | None, str | None], Iterator[_Answer]]


def _box(ask: Ask, since: datetime | None, position: str | None) -> Iterator[_Answer]:
    """https://developer.box.com/reference/get-events/."""
    after = {} if since is None else {"created_after": _text(since)}
    while True:
        at = {} if position is None else {"stream_position": position}
        query = {"stream_type": "admin_logs", "limit": 500, **after, **at}
        body = ask("GET", f"/2.0/events?{query_of(query)}")
        answer = _object(body, "/2.0/events")
        following = answer.get("next_stream_position")
        following = None if following is None else str(following)
        yield _Answer("box", body, following or position)
        if not answer.get("entries") or following in (None, position):
            return
        position = following


def _google(ask: Ask, since: datetime | None, position: str | None) -> Iterator[_Answer]:
    """https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list."""
    _no_position("gdrive", position)
    for application in ("drive", "admin", "login", "token"):
        path = f"/admin/reports/v1/activity/users/all/applications/{application}"
        query: dict[str, Any] = {"maxResults": 1000}
        if since is not None:
            query["startTime"] = _text(since)
        while True:
            body = ask("GET", f"{path}?{query_of(query)}")
            yield _Answer("google", body, None)
            token = _object(body, path).get("nextPageToken")
            if not token:
                break
            query["pageToken"] = _other_than(query.get("pageToken"), token)


def _dropbox(ask: Ask, since: datetime | None, position: str | None) -> Iterator[_Answer]:
    """https://www.dropbox.com/developers/documentation/http/teams#team_log-get_events."""
    first: dict[str, Any] = {"limit": 1000}
    if since is not None:
        first["time"] = {"start_time": _text(since)}
    standing = 0
    while True:
        if position is None:
            path, asked = "/2/team_log/get_events", first
        else:
            path, asked = "/2/team_log/get_events/continue", {"cursor": position}
        body = ask("POST", path, json=asked)
        answer = _object(body, path)
        following = answer.get("cursor")
        yield _Answer("dropbox", body, following or position)
        if not answer.get("has_more"):
            return
        # An empty answer may say that there is more, but not forever.
        standing = standing + 1 if following == position and not answer.get("events") else 0
        position = _other_than(position if standing > _STANDING else None, following)


def _graph(ask: Ask, since: datetime | None, position: str | None) -> Iterator[_Answer]:
    """https://learn.microsoft.com/graph/api/directoryaudit-list and …/signin-list."""
    _no_position("onedrivebiz", position)
    for path, time, format in (
        ("/v1.0/auditLogs/directoryAudits", "activityDateTime", "microsoft_graph"),
        ("/v1.0/auditLogs/signIns", "createdDateTime", "microsoft_signins"),
    ):
        query = {} if since is None else {"$filter": f"{time} ge {_text(since)}"}
        uri = f"{path}?{query_of(query)}" if query else path
        while True:
            body = ask("GET", uri)
            yield _Answer(format, body, None)
            link = _object(body, path).get("@odata.nextLink")
            if not link:
                break
            # Kloudless decides which host a service's API is on, not the answer.
            parts = urlsplit(str(link))
            uri = _other_than(uri, urlunsplit(("", "", parts.path, parts.query, "")))


#: Service -> how to request its activity.
FEEDS: Mapping[str, Feed] = {
    "box": _box,
    "gdrive": _google,
    "dropbox": _dropbox,
    "onedrivebiz": _graph,
    "sharepoint": _graph,
}


#: The number of consecutive empty answers with the same cursor that Dropbox may send.
_STANDING = 10


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _object(body: bytes, path: str) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        shown = body[:80].decode("utf-8", "replace")
        raise InvalidResponse(
            f"The upstream service answered {path} with {shown!r}, which is not a JSON object.",
            remedy=Remedy.SEE_UNCHANGED,
        )
    return answer


def _other_than(before: Any, following: Any) -> str:
    """Return where to continue, unless that is the current position."""
    if not following or following == before:
        raise InvalidResponse(
            "The upstream service says that there is more, but names the position that was just "
            "read, so reading would never end."
        )
    return str(following)


def _no_position(service: str, position: str | None) -> None:
    if position is not None:
        raise InvalidParameter(
            f"{service} has no positions to continue from. Begin at the last event's time (since)."
        )


class UpstreamStream(EventBatches):
    """A service's own activity through the pass-through; iterating requests it.

    Attributes
    ----------
    position : str or None
        Where to continue next time (Box, Dropbox), after everything read so far.
    """

    def __init__(
        self,
        account: UpstreamSource,
        service: str | None,
        *,
        account_id: str | None = None,
        since: Any = None,
        position: str | None = None,
        limit: int | None = None,
        progress: bool | None = None,
    ) -> None:
        if service not in FEEDS:
            raise InvalidParameter(
                f"Activity of {service or 'an unknown service'} cannot be requested through the "
                f"pass-through, only that of {', '.join(FEEDS)}."
            )
        self._account, self.service, self._id = account, service, account_id
        self._since = None if since is None else parse_time(since, "since")
        self._begin, self.position = position, position
        self._limit, self._progress = limit, progress

    def __repr__(self) -> str:
        return f"<UpstreamStream of {self.service}>"

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        left = self._limit
        answers = FEEDS[str(self.service)](self._ask, self._since, self._begin)
        with progress_bar("Records", unit="records", total=left, show=self._progress) as bar:
            for answer in answers:
                batch = self._events(answer)
                if left is not None and batch.num_rows >= left:
                    # `position` stays before this answer, which is read again next time.
                    yield batch.slice(0, left)
                    return
                self.position = answer.position
                left = None if left is None else left - batch.num_rows
                bar.update(batch.num_rows)
                if batch.num_rows:
                    yield batch

    def _ask(self, method: str, uri: str, **kwargs: Any) -> bytes:
        return bytes(self._account.raw(method, uri, **kwargs).content)

    def _events(self, answer: _Answer) -> pa.RecordBatch:
        spec = spec_named(answer.format)
        reader, damaged = JsonReader(spec), list[str]()

        def damage(place: str, why: str, text: bytes) -> None:
            damaged.append(f"{place}: {why}")

        (texts,) = elements([answer.body], Layout(2, spec.records), damage)
        records, bad = reader.read(texts)
        events, strange = events_of(spec, records, self._id)
        if damaged or bad or strange:
            first = damaged[0] if damaged else bad[0][1] if bad else WORDLESS

            raise InvalidResponse(
                f"The upstream service's answer contains more than records of {spec.title}: "
                f"{first}.",
                remedy=Remedy.SEE_UNCHANGED,
            )
        return events

    def export(self, path: str | os.PathLike[str], format: str, **options: Any) -> Manifest:
        """Write the events to a file with a manifest; ``cursor_to`` is `position`.

        Parameters
        ----------
        path : str or path
            The file to write.
        format : str
            The format, such as ``"parquet"``.
        **options
            As for `kloudless_data.export.api.export_batches`.
        """
        times = Times()
        return export_batches(
            times.watching(iter(self)), self.schema, path, format,
            name=self.schema_name, **options,
            facts=lambda: {
                "service": self.service, "account": self._id, "cursor_to": self.position,
                **times.facts(),
                "options": {"upstream": True, "limit": self._limit,
                            "since": self._since and self._since.isoformat()},
            },
        )  # fmt: skip
