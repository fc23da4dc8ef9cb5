"""Standard output as the destination ``-``: rows are streamed to the next program in a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..exceptions import ExportFailed, InvalidParameter
from ..storage.filesystem import reason
from ..storage.hashed import HashedOutput
from .formats import Format
from .rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["STANDARD_OUTPUT", "StandardOutput", "check_standard_output", "write_standard_output"]

STANDARD_OUTPUT = "-"


class StandardOutput(HashedOutput):
    """A binary file for writers that passes its bytes to standard output."""

    def __init__(self) -> None:
        super().__init__()
        binary = getattr(sys.stdout, "buffer", None)
        if binary is None:  # a notebook
            raise InvalidParameter("Standard output accepts no files here: name a file, not -.")
        sys.stdout.flush()
        self._raw: Any = binary

    def _put(self, view: memoryview) -> bool:
        self._raw.write(view)
        return True

    def flush(self) -> None:
        """Flush standard output."""
        self._raw.flush()


def check_standard_output(path: str | os.PathLike[str], format: Format, **options: Any) -> bool:
    """Return True if a path means standard output.

    Parameters
    ----------
    path : str or path
    format : Format
    **options
        Options of files only, which are refused if true.

    Raises
    ------
    InvalidParameter
        It does, but does not allow the format or an option.
    """
    if os.fspath(path) != STANDARD_OUTPUT:
        return False
    if not format.is_text:
        raise InvalidParameter(
            f"- is standard output, which accepts CSV and JSON Lines, not {format.name}. Name a "
            "file (./- if that is its name)."
        )
    given = [name for name, value in options.items() if value]
    if given:
        raise InvalidParameter(f"- is standard output, which supports no {' and no '.join(given)}.")
    return True


def write_standard_output(
    rows: Iterable[Rows], schema: pa.Schema, format: Format
) -> tuple[int, StandardOutput]:
    """Stream rows to standard output.

    Parameters
    ----------
    rows : iterable of Rows
    schema : pyarrow.Schema
    format : Format

    Returns
    -------
    tuple of (int, StandardOutput)
        The number of rows, and the output with its size and hash.

    Raises
    ------
    ExportFailed
        Standard output cannot be written, such as on a full disk.
    BrokenPipeError
        Nobody reads it any more.
    """
    output, count = StandardOutput(), 0
    try:
        writer = format.writer(output, schema, {})
        for some in rows:
            writer.write(some)
            output.flush()
            count += some.batch.num_rows
        writer.close(None)
        output.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno is None:
            raise
        raise ExportFailed(f"Standard output could not be written: {reason(error)}.") from None
    return count, output
