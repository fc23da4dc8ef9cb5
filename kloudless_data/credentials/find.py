"""Look for a credential in arguments, the environment and the keyring."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..exceptions import InvalidParameter
from . import keyring
from .kinds import KINDS, CredentialKind

__all__ = ["Found", "find_credential", "from_environment"]


class Found(NamedTuple):
    """A credential, and where it was found."""

    kind: str
    credential: str
    origin: str

    def __repr__(self) -> str:
        return f"<{KINDS[self.kind].label} from {self.origin}, hidden>"


def from_environment(kinds: Sequence[CredentialKind] = tuple(KINDS.values())) -> Found | None:
    """Return the first credential that the environment holds.

    Parameters
    ----------
    kinds : sequence of CredentialKind
        The kinds to look for, in this order.

    Returns
    -------
    Found or None
    """
    for kind in kinds:
        if value := os.environ.get(kind.variable):
            return Found(kind.name, value, f"the environment variable {kind.variable}")
    return None


def find_credential(given: Mapping[str, str | None], base_url: str) -> Found | None:
    """Look for a credential in arguments, in the environment, and in the keyring.

    Parameters
    ----------
    given : mapping of str to str or None
        Arguments, by kind.
    base_url : str
        The server whose credential the keyring is asked for.

    Returns
    -------
    Found or None

    Raises
    ------
    InvalidParameter
        If several arguments are given.
    """
    arguments = {kind: value for kind, value in given.items() if value is not None}
    if len(arguments) > 1:
        raise InvalidParameter(f"Pass one of {', '.join(KINDS)}, not {' and '.join(arguments)}.")
    for kind, value in arguments.items():
        return Found(kind, value, "the argument")
    if found := from_environment():
        return found
    remembered = keyring.recall(base_url)
    if remembered and remembered[0] in KINDS:
        return Found(*remembered, "the keyring")
    return None
