"""Naming a credential without holding it, so that a pickle of a client can be written anywhere.

The name is a digest. Where it is read, the credential must be there already: in the same process
or one that was forked from it, in the environment, or in the keyring.
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
    """Return the name of a credential, and remember in this process what it stands for.

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
    """Return the credential that a name stands for.

    Parameters
    ----------
    name : str
        From `reference_to`.
    base_url : str, optional
        Which server's credential the keyring is asked for.

    Returns
    -------
    str

    Raises
    ------
    CredentialNotFound
        This process does not have it.
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
        "A pickled client names its credential and does not hold it, and this process does not "
        "have it: it is neither in the environment nor in the keyring."
    )
