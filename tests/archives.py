"""Compare archives with the true history of a sandbox."""

from __future__ import annotations

import kloudless_data as kd


def client_of(server):
    return kd.Client(api_key=server.api_key, base_url=server.base_url)


def check_against_history(archive, server):
    """Check that nothing is missing or duplicated, and that accounts are in the server's order."""
    frame = archive.events(columns=["account_key", "ordinal", "id"])
    for account in server.accounts:
        history = server.history(account)
        mine = frame[frame["account_key"] == str(account.id)]
        expected = [str(event["id"]) for event in history]
        assert list(mine["id"]) == expected
        assert list(mine["ordinal"]) == list(range(len(expected)))
