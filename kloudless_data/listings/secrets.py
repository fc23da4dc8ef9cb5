"""Keep the meta API's secrets out of frames and files."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from ..util import redact_url

__all__ = ["mask_secrets"]

# Fields of the meta API's objects that hold secrets (S: an API key's `key`; A: the others), without
# word separators, which upstream services spell in every way.
_SECRET_FIELDS = frozenset(
    "key secret clientsecret apikey oauthsecret password privatekey token accesstoken "
    "refreshtoken accesskey secretkey secretaccesskey consumersecret webhooksecret signingsecret "
    "signingkey licensekey".split()
)


def mask_secrets(value: Any) -> Any:
    """Return a copy of a JSON value in which secrets are masked.

    Secrets are fields with telling names, and the user name, password and secret parameters of a
    URL, such as a webhook's.

    Examples
    --------
    >>> mask_secrets({"name": "prod", "key": "0123456789abcdef"})
    {'name': 'prod', 'key': '****cdef'}
    >>> mask_secrets({"url": "https://hooks.example/in?token=s3cret&team=7"})
    {'url': 'https://hooks.example/in?token=[redacted]&team=7'}
    """
    if isinstance(value, dict):
        return {
            name: _masked(item)
            if isinstance(item, str) and re.sub("[^a-z0-9]", "", name.lower()) in _SECRET_FIELDS
            else mask_secrets(item)
            for name, item in value.items()
        }
    if isinstance(value, str) and "://" in value:
        return _without_secrets(value)
    return [mask_secrets(item) for item in value] if isinstance(value, list) else value


def _masked(secret: str) -> str:
    if re.fullmatch(r"\*{4}.{0,4}", secret):  # already masked
        return secret
    return "****" + (secret[-4:] if len(secret) >= 12 else "")


def _without_secrets(url: str) -> str:
    try:
        urlsplit(url)
    except ValueError:  # unparsable, so it may hold anything
        return "****"
    return redact_url(url)
