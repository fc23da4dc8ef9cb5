"""Where a credential could hide: its written forms, and the variables of a traceback."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

__all__ = ["forms_of", "variables_of"]

_TESTS = str(Path(__file__).parent)


def forms_of(secret: str) -> set[str]:
    """Return the forms of a credential that no output may hold: whole, halves, and encoded."""
    half = len(secret) // 2
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    forms = {
        secret, secret[:half], secret[half:], secret.lower(), secret.encode().hex(),
        quote(secret, safe=""), quote(quote(secret, safe=""), safe=""), secret.replace("/", "\\/"),
        encoded, encoded[: len(encoded) // 2], encoded.replace("+", "-").replace("/", "_"),
    }  # fmt: skip
    assert min(map(len, forms)) >= 8
    return forms


def variables_of(error: BaseException) -> str:
    """Return the variables of an exception's frames except those of tests, two levels deep.

    Include what IPython prints of them.
    """
    from IPython.core.ultratb import VerboseTB

    parts = []
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if not frame.f_code.co_filename.startswith(_TESTS):
            parts += [f"{name} = {text}" for name, value in frame.f_locals.items()
                      for text in _texts(value, 2)]  # fmt: skip
    own = error.__traceback__
    while own is not None and own.tb_frame.f_code.co_filename.startswith(_TESTS):
        own = own.tb_next
    parts.append(VerboseTB(include_vars=True).text(type(error), error, own))
    return "\n".join(parts)


def _texts(value: object, depth: int) -> Iterator[str]:
    try:
        yield repr(value)
    except Exception as error:  # as a traceback's printer does
        yield f"<{type(error).__name__}>"
    if depth and isinstance(value, Mapping):
        for key in value:
            yield from _texts(value[key], depth - 1)
    elif depth and isinstance(value, list | tuple | set):
        for each in value:
            yield from _texts(each, depth - 1)
