"""Keeping the meta API's secrets out of frames and files."""

from __future__ import annotations

from typing import Any

__all__ = ["mask_secrets"]

# Fields of the meta API's objects that hold secrets (S: an API key's `key`; A: the others).
_SECRET_FIELDS = frozenset(
    "key secret client_secret api_key apikey oauth_secret password private_key token "
    "access_token refresh_token access_key secret_key secret_access_key consumer_secret "
    "webhook_secret signing_secret signing_key license_key".split()
)


def mask_secrets(value: Any) -> Any:
    """Return a copy of a JSON value in which fields that hold secrets are masked.

    Examples
    --------
    >>> mask_secrets({"name": "prod", "key": "0123456789abcdef"})
    {'name': 'prod', 'key': '****cdef'}
    """
    if isinstance(value, dict):
        return {
            name: _masked(item)
            if name.lower() in _SECRET_FIELDS and isinstance(item, str)
            else mask_secrets(item)
            for name, item in value.items()
        }
    return [mask_secrets(item) for item in value] if isinstance(value, list) else value


def _masked(secret: str) -> str:
    return "****" + (secret[-4:] if len(secret) >= 12 else "")
