"""The requests that would carry out a review's decisions; nothing here sends one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameter
from ..http.urls import path_segment
from ..util import logger, one_line
from .picture import Picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["revocations_of"]

_COLUMNS = ["account", "location", "whom", "method", "path", "body", "as_user"]
_LINKS = ("anyone", "company")
_NEEDED = frozenset({"decision", "account", "item", "type", "location", "whom", "kind", "key"})


def revocations_of(review: pd.DataFrame, picture: Picture) -> pd.DataFrame:
    """Return the revoking requests; see `Access.revocations`.

    Parameters
    ----------
    review : pandas.DataFrame
        The review as filled in by its owner.
    picture : Picture
        Who can see what at one time.
    """
    import pandas as pd

    if not hasattr(review, "columns") or not set(review.columns) >= _NEEDED:
        raise InvalidParameter("Pass a frame from read_review.")
    decided = review[review["decision"] == "revoke"]
    rows: list[list[Any]] = []
    # A PUT names the rights that remain: two for one item would each restore what the other
    # revoked.
    for (account, item), rights in decided.groupby(["account", "item"], sort=False):
        user = _who_may_change(picture, account, item)
        for whom, method, path, body in _requests(picture, account, item, rights):
            rows.append([account, rights["location"].iloc[0], whom, method,
                         f"accounts/{account}/storage/{path}",
                         None if body is None else json.dumps(body), user])  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)


def _requests(
    picture: Picture, account: str, item: str, rights: pd.DataFrame
) -> Iterator[tuple[str, str, str, dict[str, Any] | None]]:
    """Yield the subject of each request, its method, path and body."""
    by_link = rights["kind"].isin(_LINKS)
    for link in rights[by_link].itertuples():
        yield link.whom, "PATCH", f"links/{path_segment(link.key)}", {"active": False}
    named = dict(zip(rights.loc[~by_link, "key"], rights.loc[~by_link, "whom"], strict=True))
    if not named:
        return
    path = f"{rights['type'].iloc[0]}s/{path_segment(item)}/permissions"
    stay, go = _listed(picture, account, item, named)
    found = {right["key"] for right in go}
    for key, whom in named.items():
        if key not in found:
            logger.warning(
                "%s has no right on %s any more that could be revoked there.",
                one_line(str(whom)), one_line(str(rights["location"].iloc[0])),
            )  # fmt: skip
    named = {key: whom for key, whom in named.items() if key in found}
    if not named:
        return
    if any(right["role"] for right in (*stay, *go)):
        body = {"permissions": [{n: right[n] for n in ("id", "email", "type", "role")}
                                for right in stay]}  # fmt: skip
        yield ", ".join(named.values()), "PUT", path, body
        return
    # v2's rights are capabilities, of which the snapshot keeps only the level. That is too little
    # to write the remaining ones again, so each revoked right is deleted at its own URL.
    for right in go:
        if right["permission"]:
            whom = named[right["key"]]
            yield whom, "DELETE", f"{path}/{path_segment(right['permission'])}", None


def _listed(
    picture: Picture, account: str, item: str, named: dict[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rights in an item's list that remain, and those to revoke."""
    found = picture.connection.execute(
        """select p.id, p.target_id, p.target_email, p.target_type, p.role,
            coalesce(ids.person, lower(nullif(p.target_email, '')), 'id:' || p.target_id),
            lower(coalesce(p.target_id, p.target_name))
        from kept_permissions as p
        left join ids on ids.account = p.account and ids.id = p.target_id
        where p.account = $1 and p.item_id = $2""",
        [account, item],
    ).fetchall()
    stay: list[dict[str, Any]] = []
    go: list[dict[str, Any]] = []
    for permission, identifier, email, kind, role, person, domain in found:
        key = next((one for one in (person, identifier, domain) if one in named), None)
        right = {"permission": permission, "id": identifier, "email": email, "type": kind,
                 "role": role, "key": key}  # fmt: skip
        (stay if key is None else go).append(right)
    return stay, go


def _who_may_change(picture: Picture, account: str, item: str) -> str | None:
    """Return the user to act as: the owner if readable, else the user who found the item.

    None if the administrator's account sees it as itself.
    """
    row = picture.first(
        """select coalesce((select any_value(o.id) from ids as o
                join entries as e on e.account = o.account and e.unit = 'folder:root:' || o.id
                where o.account = i.account and o.person = i.owner), i.as_user)
        from items as i where i.account = $1 and i.id = $2 and coalesce(i.as_user, '') <> ''""",
        [account, item],
    )
    return str(row[0]) if row else None
