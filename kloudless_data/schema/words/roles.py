"""Roles and groups by the services' own names, and which of them are administrative."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from .files import key_of, labelled

__all__ = ["is_administrative", "is_administrative_group", "role_level", "roles"]


@cache
def _levels() -> dict[tuple[str, str], str]:
    """Return the level of each role, by its service (``any`` for all) and its key."""
    found: dict[tuple[str, str], str] = {}
    for label, names in labelled("roles"):
        service, _, level = label.partition(" ")
        found.update({(service, key_of(name)): level.strip() for name in names})
    return found


@cache
def _anywhere() -> dict[str, str]:
    """Return the highest level of each role's key over all services."""
    order = ("administrator", "owner", "editor", "reader")
    found: dict[str, str] = {}
    for (_, key), level in _levels().items():
        found[key] = min(level, found.get(key, level), key=order.index)
    return found


@cache
def _groups() -> frozenset[str]:
    return frozenset(key_of(name) for _, names in labelled("groups") for name in names)


def role_level(role: str | None, service: str | None = None) -> str | None:
    """Return the level of a role.

    Parameters
    ----------
    role : str or None
        The service's own name for it; case and punctuation are ignored.
    service : str, optional
        ``box``, ``dropbox``, ``egnyte``, ``google``, ``microsoft365``, ``sharepoint``,
        ``cloudtrail``; without it, or if it has no such role, the highest role of that name.

    Returns
    -------
    {"administrator", "owner", "editor", "reader"} or None
        ``administrator`` of people, settings or a whole service; ``owner`` for full control of an
        object, including who may use it; None if no table has the role.

    Examples
    --------
    >>> role_level("Global Administrator"), role_level("organizer"), role_level("viewer")
    ('administrator', 'owner', 'reader')
    """
    if not role:
        return None
    key = key_of(role)
    return _levels().get((service or "", key)) or _anywhere().get(key)


def is_administrative(role: str | None, service: str | None = None) -> bool:
    """Return True if a role is an administrator's or gives full control of an object.

    Parameters
    ----------
    role : str or None
        The service's word for a role.
    service : str, optional
        The service that used the word.

    Examples
    --------
    >>> is_administrative("Full Control"), is_administrative("Contribute")
    (True, False)
    """
    return role_level(role, service) in ("administrator", "owner")


def is_administrative_group(name: str | None) -> bool:
    """Return True if a service's built-in group, given by name, has administrators as members.

    A group named by people never counts, whatever its name.

    Examples
    --------
    >>> is_administrative_group("Domain Admins"), is_administrative_group("Security Awareness")
    (True, False)
    """
    return bool(name) and (key_of(str(name)) in _groups() or role_level(name) == "administrator")


def roles() -> Iterator[tuple[str, str, str]]:
    """Yield service, role (without case and punctuation) and level of all roles."""
    for (service, key), level in _levels().items():
        yield service, key, level
