"""Track whose events an export holds, so that two accounts are never mixed up.

An account's id is the one that the server gives for the credential (``accounts/me``), or the
requested one. If the server does not say, the events' column ``account`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..decode import decode_page
from ..exceptions import ExportFailed, Remedy
from ..schema.identity import identifying
from ..schema.model import Schema
from .manifest import Manifest
from .protocol import Page

__all__ = ["Owners", "same_owners"]


class Owners:
    """The accounts of an unfinished export.

    Parameters
    ----------
    accounts : iterable of mapping
        ``source``, ``id`` and ``service`` of each, from the stream.
    kept : Manifest, optional
        The journal of a resumed export.
    """

    def __init__(self, accounts: Iterable[Mapping[str, Any]], kept: Manifest | None = None) -> None:
        self._ids: dict[str, str | None] = {one["source"]: one["id"] for one in accounts}
        self._kept = {} if kept is None else owners_of(kept)
        self._is_resumed = kept is not None and bool(kept.parts)
        for source, id in self._ids.items():
            self._compare(source, id)

    def settle(self, page: Page, schema: Schema) -> bool:
        """Determine whose events a page holds, if still unknown; return True if it was found.

        Parameters
        ----------
        page : Page
            The page, whose events may name their account.
        schema : Schema
            The columns of the events.

        Raises
        ------
        ExportFailed
            The events belong to another account than the saved ones, or to an unknown one.
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
                "The server does not say whose events these are, so they might belong to another "
                "account.",
                remedy=Remedy.RESTART_EXPORT,
            )

        return False

    def _compare(self, source: str, id: str | None) -> None:
        if not self._is_resumed or source not in self._kept or id is None:
            return
        kept = self._kept[source]
        if kept is None:
            raise ExportFailed(
                "The server did not say whose events are kept, so the export cannot be resumed.",
                remedy=Remedy.RESTART_EXPORT,
            )
        if kept != id:
            raise ExportFailed(
                f"The interrupted export was started with account {kept}, not {id}. Only that "
                "account's credential resumes it.",
                remedy=Remedy.RESTART_EXPORT,
            )

    def entered(self, journal: Manifest) -> Manifest:
        """Return the journal with the accounts that are known."""
        if journal.accounts is None:
            only = next(iter(self._ids.values()), None)
            return replace(journal, account=only if journal.account is None else journal.account)
        accounts = [
            {**one, "id": self._ids.get(one["source"]) if one["id"] is None else one["id"]}
            for one in journal.accounts
        ]
        return replace(journal, accounts=accounts)


def same_owners(found: Manifest, fresh: Manifest) -> bool:
    """Return True if a finished export has the accounts of another one.

    Unknown accounts are no difference, since nothing is added to a finished export.

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
