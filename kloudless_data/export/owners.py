"""Whose events an export holds, so that those of two accounts are never taken for one's.

An account's id is what the server says about the credential (``accounts/me``), or the id that was
asked for. Where the server does not say, the events do: in their column ``account``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..decode.decode import decode_page
from ..exceptions import ExportFailed
from ..schema.identity import identifying
from ..schema.model import Schema
from .manifest import Manifest
from .protocol import Page

__all__ = ["Owners", "same_owners"]


class Owners:
    """The accounts of an export under way.

    Parameters
    ----------
    accounts : iterable of mapping
        ``source``, ``id`` and ``service`` of each, as the stream knows them.
    kept : Manifest, optional
        What is kept of an export that is resumed.
    """

    def __init__(self, accounts: Iterable[Mapping[str, Any]], kept: Manifest | None = None) -> None:
        self._ids: dict[str, str | None] = {one["source"]: one["id"] for one in accounts}
        self._kept = {} if kept is None else owners_of(kept)
        self._is_resumed = kept is not None and bool(kept.parts)
        for source, id in self._ids.items():
            self._compare(source, id)

    def settle(self, page: Page, schema: Schema) -> bool:
        """Find out whose events a page holds, if that is not known yet; tell whether it was found.

        Parameters
        ----------
        page : Page
            The page, whose events may name their account.
        schema : Schema
            The columns of the events.

        Raises
        ------
        ExportFailed
            They are not those of the account whose events are kept, or nothing says so.
        """
        if self._ids.get(page.source) is not None or not page.rows:
            return False
        batch = decode_page(page.envelope, schema, columns=["account"])
        found = identifying(batch.column("account")).drop_null().unique().to_pylist()
        if len(found) == 1:
            self._ids[page.source] = found[0]
            self._compare(page.source, found[0])
            return True
        if self._is_resumed:
            raise ExportFailed(
                "The server does not say whose events these are, so they cannot be told from those "
                "of another account. Start again with force=True and without resume (--force)."
            )

        return False

    def _compare(self, source: str, id: str | None) -> None:
        if not self._is_resumed or source not in self._kept or id is None:
            return
        kept = self._kept[source]
        if kept is None:
            raise ExportFailed(
                "The server did not say whose events are kept, so they cannot be gone on with. "
                "Start again with force=True and without resume (--force)."
            )
        if kept != id:
            raise ExportFailed(
                f"The interrupted export was started with account {kept}, not {id}. Use that "
                "account's credential to go on with it, or start again with force=True and "
                "without resume (--force)."
            )

    def entered(self, journal: Manifest) -> Manifest:
        """Return a journal that names the accounts as far as they are known."""
        if journal.accounts is None:
            only = next(iter(self._ids.values()), None)
            return replace(journal, account=only if journal.account is None else journal.account)
        accounts = [
            {**one, "id": self._ids.get(one["source"]) if one["id"] is None else one["id"]}
            for one in journal.accounts
        ]
        return replace(journal, accounts=accounts)


def same_owners(found: Manifest, fresh: Manifest) -> bool:
    """Tell whether a finished export is of the accounts that another one names.

    What one of them could not ask is no difference: nothing is added to what is finished.

    Parameters
    ----------
    found : Manifest
        The manifest of the finished export.
    fresh : Manifest
        The manifest of the other one.
    """
    if (found.accounts is None) != (fresh.accounts is None):
        return False
    if found.accounts is None or fresh.accounts is None:
        return None in (found.account, fresh.account) or found.account == fresh.account
    pairs = zip(found.accounts, fresh.accounts, strict=False)
    return len(found.accounts) == len(fresh.accounts) and all(
        None in (one["id"], other["id"]) or one["id"] == other["id"] for one, other in pairs
    )


def owners_of(manifest: Manifest) -> dict[str, str | None]:
    """Return the account ids of an unfinished export, by their key in ``positions``."""
    if manifest.accounts is not None:
        return {one["source"]: one["id"] for one in manifest.accounts}
    return dict.fromkeys(manifest.positions or {}, manifest.account)
