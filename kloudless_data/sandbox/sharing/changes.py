"""Changes as the clock runs: shares, roles, links, moves, new items, group members."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from ..world.timetext import text
from .rights import Rights
from .staff import Principal, Staff
from .tree import ROOT, Tree

__all__ = ["Change", "apply", "draw", "event_metadata"]

Json = dict[str, Any]
_KINDS = (
    *(["share"] * 6 + ["permission_change"] * 4 + ["unshare"] * 2 + ["shared_link"] * 3),
    *(["add"] * 8 + ["move"] * 4 + ["delete"] * 2 + ["group_add_member"] * 2),
    *("group_remove_member", "group_add_member"),
)


@dataclass(slots=True)
class Change:
    """One change.

    Attributes
    ----------
    kind
        A word of `kloudless_data.sandbox.world.vocabulary.KINDS`.
    slot
        The changed item, or the number of the changed group.
    number
        The event's number, from which its id follows, even if another is recorded before it.
    """

    kind: str
    time: int
    actor: int
    slot: int
    principal: Principal | None = None
    role: str | None = None
    parent: int = ROOT
    folder: bool = False
    link: Any = None
    number: int = 0


def draw(rng: random.Random, time: int, staff: Staff, tree: Tree, rights: Rights) -> Change | None:
    """Return a change that happens now; None if the chosen one is impossible.

    Parameters
    ----------
    rng : random.Random
        The source of the choices.
    time : int
        Microseconds since 1970.
    staff : Staff
        The people and groups of the organisation.
    tree : Tree
        The files and folders of the organisation.
    rights : Rights
        The rights on the tree.
    """
    kind = rng.choice(_KINDS)
    if kind.startswith("group"):
        return _of_group(rng, time, kind, staff)
    if kind in ("permission_change", "unshare"):
        slot = rng.choice(rights.shared) if rights.shared else 0
        if not rights.grants.get(slot):
            return None
    else:
        slot = rng.randrange(len(tree))
    if not tree.exists(slot):
        return None
    change = Change(kind, time, tree.owner(slot), slot)
    if kind == "share":
        change.principal, change.role = rights.somebody(rng), rights.some_role(rng)
        return None if change.principal == ("user", change.actor) else change
    if kind in ("permission_change", "unshare"):
        change.principal = rng.choice(list(rights.grants[slot]))
        change.role = None if kind == "unshare" else rights.some_role(rng)
    elif kind == "shared_link":
        change.link = rights.new_link(rng, slot, len(rights.links), time)
    elif kind in ("add", "move"):
        return _placed(rng, change, tree)
    return change


def _placed(rng: random.Random, change: Change, tree: Tree) -> Change | None:
    """Choose a destination: a folder of the item's owner that is not below the item."""
    folders = tree.folders()
    for _ in range(20):
        parent = int(folders[rng.randrange(len(folders))])
        inside = change.kind == "move" and change.slot in tree.chain(parent)
        if tree.exists(parent) and not inside and parent != tree.parent(change.slot):
            change.parent = parent
            if change.kind == "add":
                change.actor, change.slot = tree.owner(parent), len(tree)
                change.folder = rng.random() < 0.15
                return change
            if tree.owner(parent) == tree.owner(change.slot):
                return change
    return None


def _of_group(rng: random.Random, time: int, kind: str, staff: Staff) -> Change | None:
    group = rng.choice(staff.groups)
    people = [one for one in group.members if one[0] == "user"]
    if kind == "group_remove_member":
        return Change(kind, time, 0, group.number, rng.choice(people)) if people else None
    somebody: Principal = ("user", rng.randrange(len(staff.people)))
    if somebody in group.members or somebody[1] in staff.departed:
        return None
    return Change(kind, time, 0, group.number, somebody)


def apply(change: Change, staff: Staff, tree: Tree, rights: Rights) -> None:
    """Apply a change.

    Parameters
    ----------
    change : Change
        The change to sharing.
    staff : Staff
        The people and groups of the organisation.
    tree : Tree
        The files and folders of the organisation.
    rights : Rights
        The rights on the tree.
    """
    principal = change.principal or ("user", 0)
    match change.kind:
        case "share" | "permission_change":
            rights.grant(change.slot, principal, change.role or "reader")
        case "unshare":
            rights.revoke(change.slot, principal)
        case "shared_link":
            rights.add_link(change.link)
        case "shared_link_change" | "shared_link_remove":
            rights.replace_link(change.link)
        case "move":
            tree.move(change.slot, change.parent)
        case "add":
            tree.add(change.parent, change.actor, folder=change.folder)
        case "delete":
            tree.deleted.add(change.slot)
        case "group_add_member":
            staff.groups[change.slot].members.append(principal)
        case "group_remove_member":
            staff.groups[change.slot].members.remove(principal)


def event_metadata(change: Change, staff: Staff, tree: Tree, account: int) -> Json:
    """Return the changed object as its event shows it: in its state after the change.

    Parameters
    ----------
    change : Change
        The change to sharing.
    staff : Staff
        The people and groups of the organisation.
    tree : Tree
        The files and folders of the organisation.
    account : int
        The account's id.
    """
    if change.kind.startswith("group"):
        group = staff.group(change.slot) | {"account": account}
        member = staff.shown(change.principal or ("user", 0)) | {"api": "team"}
        return group | {"member": member}
    slot, owner = change.slot, staff.people[tree.owner(change.slot)]
    parent = tree.parent(slot)
    shown: Json = {
        "id": tree.id_of(slot),
        "raw_id": "1" + tree.id_of(slot)[1:],
        "type": "folder" if tree.is_folder(slot) else "file",
        "name": tree.name(slot),
        "size": tree.size(slot),
        "path": tree.path(slot),
        "modified": text(change.time),
        "account": account,
        "parent": {
            "id": "root" if parent == ROOT else tree.id_of(parent),
            "name": None if parent == ROOT else tree.name(parent),
        },
        "owner": {
            "api": "team",
            "type": "user",
            "id": staff.user_id(owner.number),
            "email": owner.email,
            "id_type": "login",
        },
    }
    if change.principal:
        whom = staff.shown(change.principal)
        outside = change.principal[0] == "outside"
        shown["shared_with"] = {k: whom[k] for k in ("type", "id", "name", "email")}
        shown["shared_with"]["external"] = outside
        shown["role"] = change.role
    if change.link:
        shown["link"] = {"scope": change.link.scope, "active": change.link.active}
    return shown
