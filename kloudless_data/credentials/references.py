"""Name a credential without containing it, so that a client can be pickled safely.

The name is a digest. The process that reads it must already have the credential: as the same
process or a fork of it, in the environment, or in the keyring.
"""

from __future__ import annotations

import hashlib

from ..exceptions import CredentialNotFound
from . import keyring
from .find import from_environment
from .kinds import KINDS

__all__ = ["recalled", "reference_to"]

_known: dict[str, str] = {}


def reference_to(credential: str) -> str:
    """Return the name of a credential, and remember it in this process.

    Parameters
    ----------
    credential : str

    Returns
    -------
    str
        Hexadecimal; the credential cannot be computed from it.
    """
    name = hashlib.sha256(b"kloudless-data credential\0" + credential.encode()).hexdigest()
    _known[name] = credential
    return name


def recalled(name: str, base_url: str | None = None) -> str:
    """Return the credential that a name refers to.

    Parameters
    ----------
    name : str
        From `reference_to`.
    base_url : str, optional
        The server whose credential the keyring is asked for.

    Returns
    -------
    str

    Raises
    ------
    CredentialNotFound
        This process does not have the credential.
    """
    if name in _known:
        return _known[name]
    each = (from_environment([kind]) for kind in KINDS.values())
    candidates = [found.credential for found in each if found is not None]
    if base_url is not None and (remembered := keyring.recall(base_url)):
        candidates.append(remembered[1])
    for credential in candidates:
        if reference_to(credential) == name:
            return credential
    raise CredentialNotFound(
        "A pickled client names its credential but does not contain it, and this process does not "
        "have it: it is neither in the environment nor in the keyring."
    )
