"""The files of a log: their places, their sizes, and their decompressed text."""

from __future__ import annotations

import codecs
import glob
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from ..exceptions import InvalidParameter
from ..storage.filesystem import Storage, local_path, reason
from ..text.files import is_endless
from .split import Damage

__all__ = ["BLOCK", "LogFile", "Paths", "UnreadableLog", "files_of"]

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

#: The number of bytes of text to read at a time.
BLOCK = 4 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
#: What may hold logs but is not unpacked: the place of its mark, the mark, and what it is.
_PACKED = (
    (0, _ZIP, "a ZIP archive"),
    (0, b"PK\x05\x06", "a ZIP archive"),  # an empty one
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\xfd7zXZ\0", "compressed by xz"),
    (4, b"1AY&SY", "compressed by bzip2"),
    (0, b"\x28\xb5\x2f\xfd", "compressed by Zstandard"),
)
#: How the first entry is named of a ZIP archive that is a document, such as a workbook.
_DOCUMENT = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"word/", b"mimetype")
#: Bytes in a ZIP archive before its first entry's name.
_ENTRY = 30
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
#: What PowerShell's Export-Csv and Excel write before a table's headers.
_PREAMBLE = re.compile(rb"\A(?:#TYPE [^\r\n]*|\"?sep=.\"?)\r?\n")
#: The number of bytes that tell UTF-16 from UTF-8 in a text without a byte order mark.
_TELLING = 16
#: Files beside logs that are not logs: exports' manifests, and CloudTrail's digests.
_BESIDE = (".manifest.json", ".sha256", ".md5", ".crc")
_DIGESTS = "/CloudTrail-Digest/"


class UnreadableLog(InvalidParameter):
    """A file or folder that the system does not let us read, or a file that must be unpacked.

    Attributes
    ----------
    why : str
    """

    def __init__(self, name: str, why: str, advice: str = "Check that you may read it") -> None:
        super().__init__(f"{name} cannot be read: {why}. {advice}, or leave it out.")
        self.why = why


@dataclass(frozen=True)
class LogFile:
    """A file of a log.

    Attributes
    ----------
    storage : Storage
    path : str
        The path in the storage.
    size : int
        The size as stored, in bytes.
    named : bool
        True if the caller named it; False if it was found in a folder.
    unreadable : str or None
        Why a folder could not be listed, if this is one; else None.
    """

    storage: Storage
    path: str
    size: int
    named: bool = True
    unreadable: str | None = None

    @property
    def name(self) -> str:
        """The path as a user would write it."""
        return self.storage.shown(self.path)

    def beginning(self, size: int, damage: Damage | None = None) -> bytes:
        """Return at least so many bytes of the text's beginning, or all of a shorter one.

        Parameters
        ----------
        size : int
        damage : callable, optional
            Called if the file is damaged before that.

        Raises
        ------
        UnreadableLog
            It cannot be read, or is an archive.
        InvalidParameter
            It is a document, such as a workbook.
        """
        found = b""
        for block in self.blocks(damage or _ignored, at_once=size):
            found += block
            if len(found) >= size:
                break
        return found

    def blocks(
        self,
        damage: Damage,
        stored: Callable[[bytes], object] | None = None,
        at_once: int = BLOCK,
    ) -> Iterator[bytes]:
        """Yield the text, as UTF-8 without a byte order mark, decompressed.

        Parameters
        ----------
        damage : callable
            Called if the file ends too early.
        stored : callable, optional
            Called with the bytes as stored.
        at_once : int
            The most bytes to read, and to decompress, at a time.
        """
        bytes_ = self._stored(stored, at_once)
        first = next(bytes_, b"")
        text = _chained(first, bytes_)
        if first.startswith(_GZIP):
            text = _gunzipped(text, damage, at_once)
            first = next(text, b"")
            text = _chained(first, text)
        self._refuse_packed(first)
        yield from _utf8(text)
        for _ in bytes_:
            pass  # after damage: `stored` gets the whole file

    def _refuse_packed(self, first: bytes) -> None:
        """Raise the error that says what to do with a file that is packed, by its first bytes."""
        if first.startswith(_ZIP) and first.startswith(_DOCUMENT, _ENTRY):
            raise InvalidParameter(
                f"{self.name} is a workbook or another document. Save its table as CSV."
            )
        for place, mark, what in _PACKED:
            if first.startswith(mark, place):
                advice = "Unpack it and pass what was in it"
                raise UnreadableLog(self.name, f"it is {what}", advice)

    def _stored(self, stored: Callable[[bytes], object] | None, at_once: int) -> Iterator[bytes]:
        if self.unreadable is not None:
            raise UnreadableLog(self.name, self.unreadable)
        try:
            with closing(self.storage.open(self.path)) as file:
                while block := file.read(at_once):
                    if stored is not None:
                        stored(block)
                    yield block
        except OSError as error:
            raise UnreadableLog(self.name, reason(error)) from None


def _ignored(place: str, why: str, text: bytes) -> None:
    """Ignore damage: reading the whole file will report it."""


def _chained(first: bytes, others: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _gunzipped(blocks: Iterator[bytes], damage: Damage, at_once: int) -> Iterator[bytes]:
    """Decompress as far as possible; a file may have several gzip members."""
    reader = before = zlib.decompressobj(wbits=31)
    begun, data = False, b""
    try:
        for block in blocks:
            data = block
            while data:
                if reader.eof:
                    if not data.strip(b"\0"):
                        break
                    reader = zlib.decompressobj(wbits=31)
                begun, before = True, reader.copy()
                text = reader.decompress(data, at_once)
                data = reader.unconsumed_tail or (reader.unused_data if reader.eof else b"")
                if text:
                    yield text
        if begun and not reader.eof:
            damage("the end", "the compressed file is cut short: its gzip data end early", b"")
    except zlib.error as error:
        yield from _before_error(before, data)
        place, why = _gzip_error(str(error))
        damage(place, f"the compressed file is damaged: {why}", b"")


def _before_error(reader: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """Decompress what precedes an error: zlib returns nothing of the piece that has it."""
    rest = memoryview(data)
    for size in (4_096, 64, 1):
        while rest:
            before = reader.copy()
            try:
                text = reader.decompress(rest[:size])
            except zlib.error:
                reader = before
                break
            rest = rest[size:]
            if text:
                yield text


def _gzip_error(message: str) -> tuple[str, str]:
    """Return where a gzip file is damaged, and what is wrong with it, by zlib's message."""
    if "data check" in message or "length check" in message:
        return (
            "the end",
            "its gzip checksum is wrong, so records may be, too",
        )
    if "header" in message or "compression method" in message:
        return "the rest", "its gzip header is wrong"
    return "the rest", f"its gzip data are wrong ({message.rpartition(': ')[2]})"


def _utf8(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Return text as UTF-8: Windows sometimes exports UTF-16."""
    first = next(blocks, b"")
    while len(first) < _TELLING and (more := next(blocks, None)) is not None:
        first += more  # a gzip member may be that short
    mark, encoding = _encoding(first)
    first = first[len(mark) :]
    if encoding != "utf-8":
        blocks = _decoded(_chained(first, blocks), encoding)
        first = next(blocks)
    yield from _chained(_PREAMBLE.sub(b"", first), blocks)


def _decoded(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _encoding(first: bytes) -> tuple[bytes, str]:
    """Return the byte order mark with which a text begins, and its encoding."""
    for mark, name in _MARKS.items():
        if first.startswith(mark):
            return mark, name
    begin = first[:_TELLING]
    for place, name in enumerate(("utf-16-be", "utf-16-le")):
        # Logs begin with ASCII, which has a zero byte for each character.
        zeros, others = begin[place::2], begin[1 - place :: 2]
        if len(begin) == _TELLING and not zeros.strip(b"\0") and b"\0" not in others:
            return b"", name
    return b"", "utf-8"


def files_of(paths: Paths) -> list[LogFile]:
    """Return the files that paths, folders and patterns name, each once, sorted by name.

    Parameters
    ----------
    paths : path, or sequence of paths
        A file, a folder (with everything below it), a pattern with ``*``, or a URL as for `export`.

    Raises
    ------
    InvalidParameter
        One of them does not exist.
    """
    named = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not named:
        raise InvalidParameter("No log was named. Pass a file, a folder, or a pattern.")
    found: dict[str, LogFile] = {}
    for one in named:
        some = _files_at(os.fspath(one))
        if not some and is_endless(local_path(one)):
            raise InvalidParameter(
                f"{os.fspath(one)} cannot be read: it is a device, a pipe or a socket, not a file."
            )
        if not some:
            raise InvalidParameter(f"There is no log at {os.fspath(one)}.")
        for file in some:
            found.setdefault(file.name, file)
    return list(found.values())


def _files_at(text: str) -> list[LogFile]:
    storage, path = Storage.of(text)
    if storage.is_folder(path):
        return _below(storage, path)
    size = storage.size(path)
    if size is not None:
        return [LogFile(storage, path, size)]
    if "://" not in text and glob.has_magic(text):
        matches = sorted(glob.glob(os.path.expanduser(text), recursive=True))  # noqa: PTH111, PTH207 - one pattern may hold folders
        return [file for match in matches for file in _files_at(match)]
    return []


def _below(storage: Storage, folder: str) -> list[LogFile]:
    from pyarrow.fs import FileSelector

    selector = FileSelector(folder, recursive=True)
    try:
        files = [
            LogFile(storage, info.path, int(info.size), named=False)
            for info in storage.arrow.get_file_info(selector)
            if info.is_file
        ]
    except OSError:  # one folder in it is enough, and the error does not say which
        files = list(_walked(storage, folder))
    return sorted(
        (file for file in files if _is_log(file.path[len(folder) :])), key=lambda file: file.path
    )


def _walked(storage: Storage, folder: str) -> Iterator[LogFile]:
    """Yield the files below a folder, and the folders that cannot be listed."""
    from pyarrow.fs import FileSelector, FileType

    try:
        inside = storage.arrow.get_file_info(FileSelector(folder))
    except OSError as error:
        yield LogFile(storage, folder, 0, named=False, unreadable=reason(error))
        return
    for info in inside:
        if info.is_file:
            yield LogFile(storage, info.path, int(info.size), named=False)
        elif info.type == FileType.Directory:
            yield from _walked(storage, info.path)


def _is_log(path: str) -> bool:
    hidden = any(part[:1] in (".", "_") for part in path.strip("/").split("/"))
    return not hidden and not path.endswith(_BESIDE) and _DIGESTS not in path
