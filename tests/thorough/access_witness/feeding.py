"""How an organisation reaches `kloudless_data`: as tables, or read from a server that shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow as pa
from conftest import Answer, Request

from kloudless_data.access.picture import Picture
from kloudless_data.access.questions import ReadableAccess
from kloudless_data.access.tables import TABLES, schema_of

from .organisations import NOW, Account, Grant, Item, Link, Organisation, Target, User

__all__ = ["Known", "responder", "tables_of"]

Json = dict[str, Any]


class Known(ReadableAccess):
    """Access to an organisation whose tables are in memory."""

    def __init__(self, organisation: Organisation) -> None:
        super().__init__("memory", now=lambda: NOW)
        self._known = Picture.of_tables(tables_of(organisation), NOW)

    def picture(self, at: datetime | str | None = None) -> Picture:
        return self._known


def tables_of(organisation: Organisation) -> dict[str, pa.Table]:
    """Return the tables that a complete reading of an organisation leaves."""
    rows: dict[str, list[Json]] = {table: [] for table in TABLES}
    for account in organisation.accounts:
        for table, found in _rows(account).items():
            rows[table] += [{"account": account.id, "batch": "1", **row} for row in found]
    return {table: pa.Table.from_pylist(rows[table], schema_of(table)) for table in TABLES}


def _rows(account: Account) -> dict[str, list[Json]]:
    return {
        "users": [
            {"unit": "users:", "id": one.id, "name": one.name, "email": one.email,
             "active": one.active}
            for one in account.users
        ],
        "groups": [{"unit": "groups:", "id": one.id, "name": one.name} for one in account.groups],
        "memberships": [
            {"unit": f"members:{group.id}", "group_id": group.id, "member_type": one.type,
             "member_id": one.id, "member_name": one.name, "member_email": one.email}
            for group in account.groups for one in group.members
        ],
        "items": [_item_row(one) for one in account.items],
        "permissions": [
            {"unit": f"permissions:{item}", "item_id": item, "target_type": one.target.type,
             "target_id": one.target.id, "target_name": one.target.name,
             "target_email": one.target.email, "role": one.role, "level": one.level}
            for item, grants in account.lists.items() for one in grants
        ],
        "links": [
            {"unit": "links:", "id": one.id, "item_id": one.item, "scope": one.scope,
             "has_password": one.password, "active": one.active, "created": one.created,
             "expires": one.expires, "level": 2}
            for one in account.links
        ],
        "ledger": _ledger(account),
    }  # fmt: skip


def _item_row(item: Item) -> Json:
    owner = item.owner or Target("user", None, None, None)
    return {
        "unit": f"folder:{item.parent}", "id": item.id, "parent_id": item.parent,
        "type": item.type, "name": item.name, "owner_id": owner.id, "owner_name": owner.name,
        "owner_email": owner.email, "gone": False,
    }  # fmt: skip


def _ledger(account: Account) -> list[Json]:
    units = [("users", ""), ("groups", ""), ("links", "")]
    units += [("members", group.id) for group in account.groups]
    units += [("folder", parent) for parent in {item.parent for item in account.items}]
    units += [("permissions", item) for item in account.lists]
    return [
        {"unit": f"{kind}:{key}", "kind": kind, "key": key, "state": "read", "pass": "1",
         "service": account.service, "asked": NOW, "answered": NOW,
         "complete": account.complete if kind == "permissions" else None}
        for kind, key in units
    ]  # fmt: skip


def responder(organisation: Organisation) -> Callable[[Request], Answer]:
    """Return what answers as a server of this organisation would, in memory."""
    return _Server(organisation).answer


class _Server:
    """The endpoints that a snapshot reads, in the words of v1 or v2 (api/README.md)."""

    def __init__(self, organisation: Organisation) -> None:
        self._accounts = {account.id: account for account in organisation.accounts}

    def answer(self, request: Request) -> Answer:
        url = urlsplit(request.path)
        steps = [unquote(step) for step in url.path.strip("/").split("/")][1:]
        as_user = request.headers.get("X-Kloudless-As-User")
        found = self._found(steps, parse_qs(url.query), as_user)
        if found is None:
            return Answer(404, json.dumps({"error_code": "not_found", "status_code": 404}).encode())
        return Answer(body=json.dumps(found).encode())

    def _found(self, steps: list[str], query: Any, as_user: str | None) -> Json | None:
        if steps == ["accounts"]:
            pages = [_account(one) for one in self._accounts.values()]
            return None if query.get("page", ["1"]) != ["1"] else _list(pages)
        account = self._accounts[steps[1]]
        match steps[2:]:
            case []:
                return _account(account)
            case ["events", "latest"]:
                return {"cursor": "1"}
            case ["team", "users"]:
                return _list([_user(one, account.version) for one in account.users])
            case ["team", "groups"]:
                return _list([{"id": one.id, "name": one.name, "type": "group"}
                              for one in account.groups])  # fmt: skip
            case ["team", "groups", group, _]:
                members = next(one.members for one in account.groups if one.id == group)
                return _list([_member(one, account.version) for one in members])
            case ["storage", "folders", folder, "contents"]:
                return _list([_item(account, one) for one in _inside(account, folder, as_user)])
            case ["storage", "folders" | "files", item, "permissions"]:
                return _permissions(account, account.lists.get(item, []))
            case ["storage", "links"]:
                return _list([_link(one) for one in account.links if _shown(account, one, as_user)])
        raise NotImplementedError(steps)


def _list(objects: list[Json]) -> Json:
    return {"count": len(objects), "page": 1, "type": "object_list", "objects": objects,
            "next_page": None, "total": len(objects)}  # fmt: skip


def _account(account: Account) -> Json:
    return {"id": int(account.id), "account": "admin@acme.example", "service": account.service,
            "service_name": account.service, "admin": True, "active": True, "enabled": True,
            "apis": ["storage", "team"], "type": "account", "api": "core"}  # fmt: skip


def _user(user: User, version: int) -> Json:
    shown: Json = {"id": user.id, "name": user.name, "email": user.email, "type": "user"}
    if user.active is not None:
        shown["active"] = user.active
    return shown | ({"role": "user"} if version == 1 else {"ids": {"default": user.id}})


def _named(target: Target) -> Json:
    return {"id": target.id, "name": target.name, "email": target.email}


def _member(target: Target, version: int) -> Json:
    member = _named(target) | {"type": target.type}
    return member if version == 1 else {"id": "m", "type": "membership", "member": member}


def _acts(account: Account) -> bool:
    return account.service not in ("egnyte", "sharepoint")


def _first(account: Account, owner: Target | None) -> str:
    """Return the user in whose first folder something is shown: its owner's, or the first's."""
    for user in account.users:
        if owner and (
            user.id == owner.id or (user.email or "-").lower() == (owner.email or "").lower()
        ):
            return user.id
    return account.users[0].id


def _inside(account: Account, folder: str, as_user: str | None) -> list[Item]:
    known = {item.id for item in account.items}
    parents = {item.id: item.parent if item.parent in known else "root" for item in account.items}
    inside = [item for item in account.items if parents[item.id] == folder]
    if folder == "root" and _acts(account):
        return [item for item in inside if _first(account, item.owner) == as_user]
    return inside


def _shown(account: Account, link: Link, as_user: str | None) -> bool:
    if not _acts(account):
        return True
    owner = next(item.owner for item in account.items if item.id == link.item)
    return _first(account, owner) == as_user


def _item(account: Account, item: Item) -> Json:
    return {
        "id": item.id, "type": item.type, "name": item.name, "account": int(account.id),
        "parent": {"id": item.parent, "name": None}, "api": "storage",
        "owner": None if item.owner is None else _named(item.owner) | {"type": "user"},
        "raw": _raw(account, item),
    }  # fmt: skip


def _raw(account: Account, item: Item) -> Json:
    """Return what a service's own object says of who has a right."""
    if account.service in ("sharepoint", "onedrivebiz"):
        return {"hasUniqueRoleAssignments": item.id in account.lists}
    if account.service == "box":
        return {"has_collaborations": item.id in account.lists}
    if account.service == "gdrive":  # the same ids as the folder's: the same rights
        parents = {one.id: one.parent for one in account.items}
        listed: str | None = item.id
        while listed is not None and listed not in account.lists:
            listed = parents.get(listed)
        return {"shared": listed is not None, "permissionIds": [listed or "owner"]}
    return {}


def _permissions(account: Account, grants: list[Grant]) -> Json:
    if account.version == 1:
        return {
            "permissions": [
                _named(one.target) | {"role": one.role, "type": one.target.type} for one in grants
            ]
        }
    return _list([_permission(number, one) for number, one in enumerate(grants)])


def _permission(number: int, grant: Grant) -> Json:
    can = ("preview", "download", "edit", "share", "manage", "add", "list")
    return {
        "id": f"p{number}",
        "type": "permission",
        "target": _named(grant.target) | {"type": grant.target.type},
        "capabilities": {name: name in grant.capabilities for name in can},
    }


def _link(link: Link) -> Json:
    return {"id": link.id, "file_id": link.item, "active": link.active, "scope": link.scope,
            "created": link.created.isoformat(), "has_password": link.password, "type": "link",
            "expiration": link.expires and link.expires.isoformat()}  # fmt: skip
