"""Programs of user agents: family and system, without versions."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["program_of"]

# "Chrome 109 / Linux", "python-requests/2.32", "OneDrive 24.1.2 (Build 7)": without the versions.
_VERSION = re.compile(r"[/ _-]?\b[vV]?\d+(?:[._]\d+)*\b")


def program_of(agent: str) -> str:
    """Return the program of a user agent: its family, and the system if named.

    A new version of a browser is not another program. The patterns of `ua-parser` recognise
    browsers; any other program is its name without the version.

    Examples
    --------
    >>> program_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36")
    'Chrome, Windows'
    >>> program_of("python-requests/2.32"), program_of("Chrome 109 / Linux"), program_of("V")
    ('python-requests', 'Chrome / Linux', 'V')
    """
    if agent.startswith("Mozilla/"):
        known = _parsed(agent)
        if known:
            return known
    bare = _VERSION.sub("", agent.partition(" (")[0] if "/" in agent[:24] else agent)
    return " ".join(bare.split()).strip(" /;,") or agent


@lru_cache(maxsize=4096)
def _parsed(agent: str) -> str | None:
    from ua_parser import parse

    found = parse(agent[:1000])
    families = [one.family for one in (found.user_agent, found.os) if one is not None]
    return ", ".join(families) or None
