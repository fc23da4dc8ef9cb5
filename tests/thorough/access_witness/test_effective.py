"""Who can see what is what a second witness says, over generated organisations.

Nothing of the witness is from the evaluator: it was written from docs/access.md, before the
evaluator was read.
"""

from __future__ import annotations

import tempfile
from collections import Counter

import pytest

import kloudless_data as kd

from .comparing import differences
from .feeding import Known, responder
from .organisations import NOW, organisation, together
from .witness import Witness


def asked_of_tables(seeds, asked):
    """Return what differs in a snapshot's tables that hold all organisations with these seeds."""
    one = together(organisation(seed) for seed in seeds)
    return Counter(differences(one, Known(one), asked))


def asked_of_snapshot(seed, serve, asked):
    """Return what differs after an organisation was read from a server that shows it."""
    one = organisation(seed, largest=15)
    server = serve(responder(one))
    admins = [
        kd.Account(
            api_key="key",
            account_id=account.id,
            base_url=server.base_url,
            api_version=account.version,
        )
        for account in one.accounts
    ]
    with tempfile.TemporaryDirectory() as folder:
        access = kd.Access(folder, now=lambda: NOW)
        report = access.snapshot(admins, progress=False)
        assert (report.failures, report.left) == ({}, 0)
        return Counter(differences(one, access, asked))


def test_the_organisations_contain_every_irregularity():
    seen = Counter()
    for one in (organisation(seed) for seed in range(150)):
        witness = Witness(one)
        seen["several accounts"] += len(one.accounts) > 1
        for account in one.accounts:
            team = witness.teams[account.id]
            known = {item.id for item in account.items}
            seen["few people"] += len(account.users) < 3
            seen["many people"] += len(account.users) > 30
            seen["many items"] += len(account.items) > 200
            for group in account.groups:
                inner = [member.id for member in group.members if member.type == "group"]
                seen["empty group"] += not group.members
                seen["group in itself"] += group.id in inner
                seen["nested group"] += any(g in team.groups for g in inner)
                seen["unknown group in a group"] += any(g not in team.groups for g in inner)
            for item in account.items:
                seen["parent unknown"] += item.parent not in {*known, "root"}
                seen["no owner"] += item.owner is None
                seen["deep"] += len(witness.path_up(account.id, item.id)) > 8
                cut = witness.counts(account.id, item.id)
                seen["broken inheritance"] += len(cut) < len(witness.path_up(account.id, item.id))
            for grants in account.lists.values():
                keys = [(grant.target.type, grant.target.id) for grant in grants]
                seen["named twice"] += len(set(keys)) < len(keys)
                for grant in grants:
                    target = grant.target
                    seen["no right"] += grant.level == 0
                    seen["unknown role"] += grant.role == "quartermaster"
                    seen["capitals"] += (target.email or "").lower() != (target.email or "")
                    seen["domain"] += team.is_domain(target)
                    if target.type == "user":
                        seen[team.state(team.key(target))] += 1
                    if target.type == "group" and target.id not in team.groups:
                        seen["unknown group"] += not team.is_domain(target)
            for link in account.links:
                seen["link to nobody else", link.lets_in is None] += 1
                seen["expired link"] += link.expires is not None and link.expires <= NOW
    assert {what for what, count in seen.items() if count < 5} == set()


def test_every_answer_from_tables_is_the_witnesss():
    assert asked_of_tables(range(40), asked=12) == {}


@pytest.mark.parametrize("seed", range(3))
def test_every_answer_after_reading_from_a_server_is_the_witnesss(seed, serve):
    assert asked_of_snapshot(seed, serve, asked=3) == {}


@pytest.mark.soak
@pytest.mark.parametrize("batch", range(100))
def test_thousands_of_organisations_from_tables(batch):
    seeds = range(1_000 + 40 * batch, 1_040 + 40 * batch)
    assert asked_of_tables(seeds, asked=15) == {}


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1_000, 1_200))
def test_hundreds_of_organisations_read_from_a_server(seed, serve):
    assert asked_of_snapshot(seed, serve, asked=8) == {}
