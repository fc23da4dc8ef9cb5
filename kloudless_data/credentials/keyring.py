"""Store a credential in the operating system's keyring, if the user asks for it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from ..exceptions import KeyringUnavailable, Remedy
from .kinds import TOKEN

__all__ = ["forget", "recall", "remember"]

_SERVICE = "kloudless-data"


def remember(base_url: str, kind: str, credential: str) -> None:
    """Store a credential in the keyring, replacing an earlier one for the same server.

    Parameters
    ----------
    base_url : str
        The server it is for; for a profile, its name and server.
    kind : str
        The kind, as in `kloudless_data.credentials.kinds.KINDS`.
    credential : str

    Raises
    ------
    KeyringUnavailable
        There is no keyring, or it is locked, does not encrypt or does not store anything.
    """
    keyring = _keyring()
    _refuse_plain_text(keyring)
    with _readable_errors():
        keyring.set_password(_SERVICE, base_url, f"{kind} {credential}")
        kept = keyring.get_password(_SERVICE, base_url) == f"{kind} {credential}"
    if not kept:  # the "null" backend accepts everything and stores nothing
        raise KeyringUnavailable(
            "The keyring did not keep the credential: keyring is set up with a backend that "
            "stores nothing. Nothing was remembered."
        )


def recall(base_url: str) -> tuple[str, str] | None:
    """Return the kind and the credential stored for a server.

    Parameters
    ----------
    base_url : str

    Returns
    -------
    tuple of str and str, or None
        None also if there is no keyring, since nothing can be stored then.
    """
    try:
        keyring = _keyring()
        with _readable_errors():
            stored = keyring.get_password(_SERVICE, base_url)
    except KeyringUnavailable:
        return None
    kind, _, credential = (stored or "").partition(" ")
    return (kind, credential) if credential else None


def forget(base_url: str) -> bool:
    """Remove the credential stored for a server.

    Parameters
    ----------
    base_url : str

    Returns
    -------
    bool
        True if a credential was removed.

    Raises
    ------
    KeyringUnavailable
        A stored credential cannot be removed.
    """
    if recall(base_url) is None:
        return False
    with _readable_errors():
        _keyring().delete_password(_SERVICE, base_url)
    return True


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        raise KeyringUnavailable(
            "The package keyring is not installed, so nothing can be remembered. "
            'Install it with: pip install "kloudless-data[notebook]"'
        ) from None
    return keyring


def _refuse_plain_text(keyring: Any) -> None:
    """Reject a backend that writes credentials to a file unencrypted."""
    backend = getattr(keyring, "get_keyring", lambda: keyring)()
    # Of several backends, the first one is used.
    used = next(iter(getattr(backend, "backends", ())), backend)
    name = f"{type(used).__module__}.{type(used).__name__}"
    if re.search("plain|unencrypted|uncrypted", name, re.IGNORECASE) or (
        name.startswith("keyrings.alt.") and not re.search("Encrypted|Registry", name)
    ):
        raise KeyringUnavailable(
            f"The keyring on this machine, {name}, writes credentials to a file without "
            "encrypting them, so it was not used.",
            remedy=Remedy.INSTALL_KEYRING,
            variable=TOKEN.variable,
        )


@contextlib.contextmanager
def _readable_errors() -> Iterator[None]:
    from keyring.errors import KeyringError, NoKeyringError

    try:
        yield
    except NoKeyringError:
        raise KeyringUnavailable(
            "This machine has no keyring, as is usual for servers and containers.",
            remedy=Remedy.INSTALL_KEYRING,
            variable=TOKEN.variable,
        ) from None
    except (KeyringError, RuntimeError) as error:
        raise KeyringUnavailable(
            f"The keyring could not be used ({type(error).__name__}). It may be locked: unlock it "
            "and try again."
        ) from None
