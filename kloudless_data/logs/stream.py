"""`read_log`: a service's own log as a stream of events, with a list of what was not understood."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ..display.progress import progress_bar
from ..events.executors import executor_of
from ..exceptions import InvalidParameter
from ..text.counts import count
from .batches import EventBatches
from .exporting import export_log
from .files import LogFile, Paths, UnreadableLog, files_of
from .inputs import Damaged, LogInput
from .mixed import OtherRecords
from .recognise import Recognised, recognise
from .specs import Spec, spec_named
from .split import elements, lines
from .tabular import TableRecords, column_of_json, json_rows, read_csv
from .texts import Texts
from .workers import Part, converted

if TYPE_CHECKING:
    import pyarrow as pa

    from ..export.manifest import Manifest

__all__ = ["LogStream", "read_log"]

#: The number of records to read at a time.
_ROWS = 8_192
#: The number of rows of CSV whose JSON is read together: each part costs some milliseconds.
_TOGETHER = 4_000
#: The number of damaged records to keep in memory; all are counted.
_KEPT = 1_000
_MB = 1_000_000
#: The number of unknown words that a manifest lists.
_WORDS = 1_000


class LogStream(EventBatches):
    """A service's log; each iteration reads it from the beginning.

    Arrow, pandas, Polars and DuckDB accept it as a table (``__arrow_c_stream__``).

    Attributes
    ----------
    inputs : list of LogInput
        The files, and what has been read from them.
    damaged : list of Damaged
        The parts that the last reading could not read as events; the first 1,000.
    damaged_count : int
        The number of all such parts.
    unknown : Counter of str
        Words that no table has, with their numbers of events.
    """

    def __init__(
        self,
        files: Sequence[tuple[LogFile, Recognised | None]],
        strange: Sequence[LogInput],
        *,
        account: str | None,
        progress: bool | None,
        executor: Executor | None = None,
        among: Sequence[Spec] | None = None,
    ) -> None:
        self._files, self._strange = list(files), list(strange)
        self._account, self._progress, self._executor = account, progress, executor
        self._among = among
        self._spill: Callable[[Damaged], object] | None = None
        self._start()

    def _start(self) -> None:
        self.inputs = [
            LogInput(file.name, found.spec.name if found else "empty", file.size)
            for file, found in self._files
        ] + self._strange
        self.damaged: list[Damaged] = []
        self.damaged_count = 0
        self.unknown: Counter[str] = Counter()

    @property
    def unreadable(self) -> list[LogInput]:
        """The files and folders that the system does not let us read, and archives."""
        return [one for one in self.inputs if one.reason is not None]

    @property
    def unrecognised(self) -> list[LogInput]:
        """The files in folders that are not logs of a known format."""
        return [one for one in self.inputs if one.format == "unknown"]

    @property
    def whole(self) -> bool:
        """True if every log could be read, and every record in what was read so far."""
        return not self.unreadable and not self.damaged_count

    @property
    def services(self) -> set[str]:
        """The services whose logs these are, by each file's first record."""
        return {found.spec.service for _, found in self._files if found is not None}

    def __repr__(self) -> str:
        formats = ", ".join(sorted({one.format for one in self.inputs}))
        size = sum(one.bytes for one in self.inputs)
        return f"<LogStream of {count(len(self.inputs), 'file')}, {count(size, 'byte')}: {formats}>"

    def _repr_html_(self) -> str:
        from ..display.html import card

        size = sum(one.bytes for one in self.inputs)
        read = sum(one.events for one in self.inputs)
        facts = {
            "Formats": ", ".join(sorted({one.format for one in self.inputs})),
            "Files": f"{len(self.inputs):,}",
            "Bytes": f"{size:,}",
            "Events read": f"{read:,}" if read else None,
            "Damaged": f"{self.damaged_count:,}" if self.damaged_count else None,
            "Unreadable": ", ".join(one.name for one in self.unreadable[:10]) or None,
        }
        return card("Log", facts.items(), name=self.inputs[0].name if self.inputs else "")

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self.batches()

    def batches(self, spill: Callable[[Damaged], object] | None = None) -> Iterator[pa.RecordBatch]:
        """Read the log; `spill` gets every damaged part, and `damaged` keeps some."""
        self._start()
        self._spill = spill
        total = -(-sum(file.size for file, _ in self._files) // _MB)
        with progress_bar("Reading logs", unit="MB", total=total, show=self._progress) as bar:
            parts = self._parts(bar)
            with contextlib.closing(converted(parts, self._account, self._executor)) as done:
                others = OtherRecords(self._account, self._among)
                for part, (events, damaged) in done:
                    mixed = others.read(part, damaged)
                    for record, why in mixed.damaged:
                        place, text = part.place_of(record)
                        self._note(part.source, place, why, text)
                    part.source.sha256 = part.ends
                    part.source.add_formats(mixed.formats)
                    for batch in (events, *mixed.events):
                        self._count(part.source, batch)
                        if batch.num_rows:
                            yield batch

    def _count(self, read: LogInput, events: pa.RecordBatch) -> None:
        read.events += events.num_rows
        read.timeless += events["modified"].null_count
        self._count_unknown(events)

    def _count_unknown(self, batch: pa.RecordBatch) -> None:
        import pyarrow.compute as pc

        if batch["event_type"].null_count:
            words = batch["event_subtype"].filter(pc.is_null(batch["event_type"]))
            for counted in words.value_counts().to_pylist():
                self.unknown[counted["values"]] += counted["counts"]

    def _parts(self, bar: Any) -> Iterator[Part]:
        """Yield the parts of all files."""
        for (file, found), read in zip(self._files, self.inputs, strict=False):
            if found is None:
                read.sha256 = hashlib.sha256(b"").hexdigest() if not file.size else None
                continue
            digest, last = _Digest(bar), None
            for part in self._of_file(file, found, read, digest):
                if last is not None:
                    yield last
                last = part
            if last is None:
                read.sha256 = digest.hexdigest()
            else:
                yield replace(last, ends=digest.hexdigest())

    def _of_file(
        self, file: LogFile, found: Recognised, read: LogInput, digest: _Digest
    ) -> Iterator[Part]:
        damage = partial(self._note, read)

        def part(unit: str, records: Texts | TableRecords) -> Part:
            return Part(read, found.spec, unit, found.within, records)

        blocks = file.blocks(damage, digest.update)
        if found.kind == "csv":
            batches = read_csv(blocks, found.delimiter, damage, headers=found.headers)
            if found.inside is None:
                tables: Iterable[TableRecords | Texts] = _tables(batches)
                if found.spec.is_nested:
                    tables = _some(Texts.of(one.texts(), one.first) for one in _tables(batches))
                yield from map(partial(part, "row"), tables)
            else:
                yield from map(partial(part, "row"), _some(_inside(batches, found.inside)))
        elif found.kind == "parquet":
            for _ in blocks:
                pass  # for the digest: Parquet is read from its end
            with file.storage.open(file.path) as opened:
                yield from map(partial(part, "record"), _some(_numbered(json_rows(opened))))
        elif found.layout.depth is None:
            some = lines(blocks, damage)
            some = map(Texts.within_braces, some) if found.layout.prefixed else some
            yield from map(partial(part, "line"), _some(some))
        else:
            some = _some(elements(blocks, found.layout, damage))
            yield from map(partial(part, "record"), some)

    def _note(self, read: LogInput, place: str, reason: str, text: bytes) -> None:
        read.damaged += 1
        self.damaged_count += 1
        of_file = not text  # such as a wrong checksum, which is found last
        if len(self.damaged) < _KEPT or self._spill is not None or of_file:
            shown = text[:1_000_000].decode("utf-8", "replace")
            one = Damaged(read.name, place, reason, shown)
            if len(self.damaged) < _KEPT:
                self.damaged.append(one)
            elif of_file:
                self.damaged[-1] = one
            if self._spill is not None:
                self._spill(one)

    def _frame_facts(self) -> dict[str, Any]:
        return {
            "inputs": [asdict(one) for one in self.inputs],
            "damaged": self.damaged_count,
            "unknown": dict(self.unknown.most_common(_WORDS)),
        }

    def export(self, path: str | os.PathLike[str], format: str, **options: Any) -> Manifest:
        """Write the events to a file with a manifest, in bounded memory.

        Unreadable parts go to ``….damaged.jsonl`` next to it: nothing is lost.

        Parameters
        ----------
        path, format, **options
            As for `kloudless_data.export.api.export_batches`.

        Returns
        -------
        Manifest
            ``options["inputs"]`` lists the files, with their SHA-256 and what was read from them.
        """
        return export_log(
            self.batches,
            self._manifest_facts,
            (self.schema, self.schema_name),
            path,
            format,
            **options,
        )

    def _manifest_facts(self) -> dict[str, Any]:
        services = sorted({one.format for one in self.inputs} - {"unknown", "unreadable"})
        return {"service": ", ".join(services), "options": self._frame_facts()}


def _some(texts: Iterable[Texts]) -> Iterator[Texts]:
    """Yield records in parts of at most `_ROWS`, without blank ones."""
    for some in texts:
        for start in range(0, len(some), _ROWS):
            yield some[start : start + _ROWS].stripped()


def _tables(batches: Iterable[pa.RecordBatch]) -> Iterator[TableRecords]:
    """Yield a table's rows, numbered in the file: the headers are its first row."""
    before = 2
    for batch in batches:
        yield TableRecords(batch, before)
        before += batch.num_rows


def _inside(batches: Iterable[pa.RecordBatch], header: str) -> Iterator[Texts]:
    """Yield the records in a table's column, numbered by their rows."""
    before, waiting, rows = 1, list[Texts](), 0
    for batch in batches:
        waiting.append(column_of_json(batch, header, before))
        before, rows = before + batch.num_rows, rows + batch.num_rows
        if rows >= _TOGETHER:
            yield Texts.joined(waiting)
            waiting, rows = [], 0
    if waiting:
        yield Texts.joined(waiting)


def _numbered(some: Iterable[list[bytes]]) -> Iterator[Texts]:
    """Yield records that are separate texts, with their numbers in the file."""
    before = 1
    for records in some:
        yield Texts.of(records, before)
        before += len(records)


def _left_out(file: LogFile, error: InvalidParameter) -> LogInput:
    if isinstance(error, UnreadableLog):
        return LogInput(file.name, "unreadable", file.size, reason=error.why)
    return LogInput(file.name, "unknown", file.size)


def _no_log(errors: Mapping[str, InvalidParameter]) -> InvalidParameter:
    """Return the exception for a folder without a log that could be read, by its files' errors."""
    for error in errors.values():
        if isinstance(error, UnreadableLog):
            return error
    return InvalidParameter(
        f"None of the {count(len(errors), 'file')} there has a known log format, such as "
        f"{next(iter(errors))}. Name a file to see what is wrong with it."
    )


class _Digest:
    """The SHA-256 of the bytes read, which also move the progress bar."""

    def __init__(self, bar: Any) -> None:
        self._bar, self._bytes, self._shown = bar, 0, 0
        self._sha256 = hashlib.sha256()

    def update(self, data: bytes) -> None:
        self._sha256.update(data)
        self._bytes += len(data)
        ahead = self._bytes // _MB - self._shown
        if ahead:
            self._bar.update(ahead)
            self._shown += ahead

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()


def read_log(
    paths: Paths,
    *,
    format: str | None = None,
    account: str | None = None,
    progress: bool | None = None,
    executor: Any = None,
) -> LogStream:
    """Read a service's own log: Box, Google Workspace, Microsoft 365, Dropbox, CloudTrail, OCSF.

    The content tells which service it is from.

    Parameters
    ----------
    paths : path, or sequence of paths
        A file, a folder (with everything below it), a pattern with ``*``, or a URL as for `export`.
        The files may be JSON (a list, the service's answers, or one record per line), CSV, or for
        OCSF Parquet, gzipped or not.
    format : str, optional
        The format's name, if it should not be detected; records of other formats are damaged then.
    account : str, optional
        The log's account. Defaults to the organisation that the records name, else the service.
    progress : bool, optional
        Show a progress bar. Defaults to showing one where it is visible.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Its workers turn JSON into events, such as ``ProcessPoolExecutor(8)`` on eight processors;
        it must be open while the log is read. Defaults to a thread for each processor.

    Returns
    -------
    LogStream
        Only the beginning of each file has been read yet.

    Raises
    ------
    InvalidParameter
        There is no file, or a named file has no known format or cannot be read. Files in a folder
        that are not logs are skipped, and listed in ``inputs``, as are unreadable ones, to which
        archives such as ZIP belong.

    Examples
    --------
    >>> import json, tempfile, pathlib
    >>> record = {"event_id": "e1", "event_type": "ITEM_TRASH", "created_at": "2026-03-01"}
    >>> record |= {"created_by": {"login": "ann@a.example"}, "source": {"item_name": "a.txt"}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "box-events.json")
    ...     _ = path.write_text(json.dumps({"entries": [record]}))
    ...     df = read_log(path).to_frame()
    >>> df[["service", "event_type", "event_subtype", "user_email"]].values.tolist()
    [['box', 'delete', 'ITEM_TRASH', 'ann@a.example']]
    """
    files: list[tuple[LogFile, Recognised | None]] = []
    strange: list[LogInput] = []
    errors: dict[str, InvalidParameter] = {}
    for file in files_of(paths):
        try:
            files.append((file, recognise(file, format)))
        except InvalidParameter as error:
            if file.named:
                raise
            strange.append(_left_out(file, error))
            errors[file.name] = error
    if errors and not files:
        raise _no_log(errors)
    workers = None if executor is None else executor_of(executor)
    among = None if format is None else [spec_named(format)]
    return LogStream(
        files, strange, account=account, progress=progress, executor=workers, among=among
    )
