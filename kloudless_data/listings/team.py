"""List the members of groups, and the permissions on files and folders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..account import Account
from ..exceptions import InvalidParameter
from ..http.urls import path_segment
from ..interchange.frame import DtypeBackend
from ..paging.pages import PageSource
from ..schema.columns import SCHEMAS
from .lists import list_groups
from .parallel import OnError
from .read import ListRequest, read_lists

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["list_memberships", "list_permissions", "members_request", "permissions_request"]


def list_memberships(
    account: Account,
    groups: str | Sequence[str] | None = None,
    *,
    users: str | Sequence[str] | None = None,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    on_error: OnError = "raise",
    **filters: Any,
) -> pd.DataFrame:
    """Return the members of a team's groups, or the groups of its users, in parallel.

    Parameters
    ----------
    account : Account
        An administrator's account.
    groups : str or sequence of str, optional
        Ids of groups. Defaults to all.
    users : str or sequence of str, optional
        Ids of users whose groups to return, instead of groups' members.
    raw, columns, progress, dtype_backend
        As for `list_users`.
    on_error : {"raise", "collect"}
        What to do, after reading all others, about groups or users that could not be read.
    **filters
        Query parameters, such as ``page_size=100``.

    Returns
    -------
    pandas.DataFrame
        One row per member: ``group_id``, ``group_name``, ``member_id``, ``member_name``,
        ``member_email``, ``member_type`` (``"user"``, or ``"group"`` for a group in a group),
        ``role``, …; the same for v1's members and v2's memberships. Of `users`, without the groups
        that contain their groups, and without their names.

    Raises
    ------
    InvalidParameter
        For an unknown column, an invalid id, or both groups and users.
    APIException
        The groups, or the only one of them, could not be read.
    ListingIncomplete
        Some of several groups could not be read.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=2, events=10) as sandbox:
    ...     admin = Account(token=sandbox.accounts[1].token, base_url=sandbox.base_url)
    ...     df = list_memberships(admin)
    >>> df.groupby("group_name").size().to_dict()
    {'Contractors': 5, 'Everyone': 8, 'Finance approvers': 2}
    """
    SCHEMAS["memberships"].arrow(raw=raw, columns=columns)  # before any request
    version = int(account.settings.api_version)
    if users is not None:
        if groups is not None:
            raise InvalidParameter("Pass either groups or users.")
        named = _texts([users] if isinstance(users, str) else users, "users")
        requests = [_groups_request(account, user) for user in dict.fromkeys(named)]
    else:
        requests = [
            members_request(account, version, group, name)
            for group, name in _groups_to_read(account, groups).items()
        ]
    return read_lists(
        requests, "memberships", filters=filters, raw=raw, columns=columns, progress=progress,
        dtype_backend=dtype_backend, on_error=on_error,
    )  # fmt: skip


def _groups_to_read(account: Account, groups: str | Sequence[str] | None) -> dict[str, str | None]:
    """Return ids and names of the given groups, or of all; of given ones the names are unknown."""
    if groups is not None:
        return dict.fromkeys(_texts([groups] if isinstance(groups, str) else groups, "groups"))
    found = list_groups(account, columns=["id", "name"], progress=False)
    pairs = zip(found["id"], found["name"], strict=True)
    return {i: n if isinstance(n, str) else None for i, n in pairs if isinstance(i, str)}


def members_request(
    source: PageSource, api_version: int, group: str, name: str | None = None
) -> ListRequest:
    """Return the request for a group's members (D for v1; the path of v2: A).

    Parameters
    ----------
    source : PageSource
        Sends the requests.
    api_version : int
        The API version, which decides the path.
    group : str
        The group's id.
    name : str, optional
        The list's name for messages.
    """
    newer = api_version >= 2
    known = {"group_id": group} | ({"group_name": name} if name else {})
    return ListRequest(
        f"group {group}",
        source,
        f"team/groups/{path_segment(group)}/{'memberships' if newer else 'members'}",
        known,
        shape=_membership,
    )


def _groups_request(source: PageSource, user: str) -> ListRequest:
    """Return the request for a user's groups (D; v2's objects: A)."""
    return ListRequest(
        f"user {user}",
        source,
        f"team/users/{path_segment(user)}/memberships",
        {"member_id": user, "member_type": "user"},
        shape=_group_membership,
    )


def _group_membership(group: Any) -> Any:
    """Return a group of a user as v2's membership."""
    if not isinstance(group, dict) or "group" in group or "member" in group:
        return group
    fields = {name: group[name] for name in ("id", "name", "type") if name in group}
    rest = {name: value for name, value in group.items() if name not in fields}
    return rest | {"group": fields}


def _membership(member: Any) -> Any:
    """Return v1's member of a group as v2's membership."""
    if not isinstance(member, dict) or "member" in member:
        return member
    fields = {name: member[name] for name in ("id", "name", "email", "type") if name in member}
    rest = {name: value for name, value in member.items() if name not in fields}
    return rest | {"member": fields}


def list_permissions(
    account: Account,
    items: pd.DataFrame | Mapping[str, str] | Sequence[str] | str,
    *,
    as_user: Mapping[str, str] | None = None,
    raw: bool = False,
    columns: Sequence[str] | None = None,
    progress: bool | None = None,
    dtype_backend: DtypeBackend | None = None,
    on_error: OnError = "raise",
    **filters: Any,
) -> pd.DataFrame:
    """Return the permissions on files and folders, with one request per item, in parallel.

    Parameters
    ----------
    account : Account
    items : DataFrame, mapping or sequence of str
        From `list_folder`, or with columns ``id`` and ``type``; or id -> ``"file"`` or
        ``"folder"``; or ids of files.
    as_user : mapping of str to str, optional
        Item id -> id of the user to act as. By default, for a frame that was read with
        ``as_users``, its column ``as_user``.
    raw, columns, progress, dtype_backend
        As for `list_users`.
    on_error : {"raise", "collect"}
        What to do, after reading all others, about items whose permissions could not be read.
    **filters
        Query parameters.

    Returns
    -------
    pandas.DataFrame
        One row per right: ``item_id``, ``item_type``; ``target_type`` (``"user"``, ``"group"``,
        ``"domain"``), ``target_id``, ``target_name``, ``target_email``; ``role`` (v1) and
        ``capabilities_preview``, ``_download``, ``_edit``, ``_share``, ``_manage``, ``_add``,
        ``_list`` (boolean, v2); …

    Raises
    ------
    InvalidParameter
        For an unknown column, or an invalid item.
    APIException
        The only item's permissions could not be read.
    ListingIncomplete
        The permissions of some of several items could not be read.

    Examples
    --------
    >>> from kloudless_data.listings import list_folder
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=2, events=10) as sandbox:
    ...     admin = Account(token=sandbox.accounts[1].token, base_url=sandbox.base_url)
    ...     folders = list_folder(admin, recursive=False).query("type == 'folder'")
    ...     df = list_permissions(admin, folders)
    >>> df["role"].value_counts().sort_index().to_dict() == {"owner": len(folders),
    ...     "writer": len(folders)}
    True
    """
    SCHEMAS["permissions"].arrow(raw=raw, columns=columns)  # before any request
    kinds, readers = _kinds(items), dict(as_user or _readers(items))
    version = int(account.settings.api_version)
    requests = [
        permissions_request(_acting(account, readers.get(item)), version, item, kind)
        for item, kind in kinds.items()
    ]
    return read_lists(
        requests, "permissions", filters=filters, raw=raw, columns=columns, progress=progress,
        dtype_backend=dtype_backend, on_error=on_error,
    )  # fmt: skip


def permissions_request(source: PageSource, api_version: int, item: str, kind: str) -> ListRequest:
    """Return the request for an item's permissions: v1's object, or v2's list (D).

    Parameters
    ----------
    source : PageSource
        Sends the requests.
    api_version : int
        The API version, which decides the path.
    item : str
        The id of the file or folder.
    kind : str
        ``"file"`` or ``"folder"``.
    """
    newer = api_version >= 2
    return ListRequest(
        f"{kind} {item}",
        source,
        f"storage/{kind}s/{path_segment(item)}/permissions",
        {"item_id": item, "item_type": kind},
        member="objects" if newer else "permissions",
        shape=_permission,
    )


def _permission(right: Any) -> Any:
    """Return v1's permission with its user or group under ``target``, as in v2."""
    if not isinstance(right, dict) or "target" in right:
        return right
    named = ("id", "name", "email", "type")
    rest = {name: value for name, value in right.items() if name not in named}
    return rest | {"target": {name: right[name] for name in named if name in right}}


def _acting(account: Account, user: str | None) -> Account:
    return account.with_options(impersonate_user_id=user) if user else account


def _kinds(items: Any) -> dict[str, str]:
    """Return the type of each item, by its id."""
    if isinstance(items, Mapping):
        pairs = list(items.items())
    elif hasattr(items, "columns"):
        if not {"id", "type"} <= set(items.columns):
            raise InvalidParameter("items must have the columns id and type.")
        pairs = list(zip(items["id"], items["type"], strict=True))
    else:
        pairs = [(item, "file") for item in ([items] if isinstance(items, str) else items)]
    wrong = [pair for pair in pairs if not _is_item(*pair)]
    if wrong:
        raise InvalidParameter(f"{wrong[0]!r} is not an id with the type 'file' or 'folder'.")
    return dict(pairs)


def _is_item(identifier: Any, kind: Any) -> bool:
    return isinstance(identifier, str) and bool(identifier) and kind in ("file", "folder")


def _readers(items: Any) -> dict[str, str]:
    """Return the user as whom each item of a listing was found."""
    if not hasattr(items, "columns") or "as_user" not in items.columns:
        return {}
    pairs = zip(items["id"], items["as_user"], strict=True)
    return {item: user for item, user in pairs if isinstance(user, str) and user}


def _texts(values: Iterable[Any], name: str) -> list[str]:
    texts = list(values)
    if not all(isinstance(one, str) and one for one in texts):
        raise InvalidParameter(f"{name} must be ids, not {texts!r}.")
    return texts
