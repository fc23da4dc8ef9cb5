"""Organisations as a server would show them, with whatever goes wrong in them.

Everything follows from the seed. Sizes are uneven: most organisations are small, some have sixty
people and four hundred items. What is unusual is drawn for each organisation on its own, so that
some have a lot of it and most a little.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

__all__ = ["NOW", "Account", "Grant", "Group", "Item", "Link", "Organisation", "Target", "User",
           "organisation", "together"]  # fmt: skip

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)

#: Services whose list of permissions names inherited rights (docs/access.md), and others.
SERVICES = {
    "sharepoint": True, "onedrivebiz": True, "gdrive": True,
    "egnyte": False, "box": False, "dropbox": False,
}  # fmt: skip

#: What services call whom a link is for, and whom it lets in. A word that nobody knows is anyone.
SCOPES: dict[str | None, str | None] = {
    "anyone": "anyone", "company": "company", "organization": "company", "people": None,
    None: "anyone", "galaxy": "anyone",
}  # fmt: skip
#: What the API calls a right, and what it means: (role or capabilities, level).
ROLES = {"reader": 2, "writer": 3, "owner": 5}
CAPABILITIES: dict[tuple[str, ...], int] = {
    (): 0,
    ("preview",): 1,
    ("list", "preview"): 1,
    ("preview", "download"): 2,
    ("preview", "download", "list"): 2,
    ("preview", "download", "edit"): 3,
    ("preview", "download", "list", "edit", "add"): 3,
    ("preview", "download", "list", "edit", "add", "share", "manage"): 4,
}


@dataclass(frozen=True)
class Target:
    """Whom a right or a membership names."""

    type: str  # user, group, domain
    id: str | None
    name: str | None
    email: str | None


@dataclass(frozen=True)
class User:
    id: str
    name: str
    email: str | None
    active: bool | None


@dataclass
class Group:
    id: str
    name: str
    members: list[Target] = field(default_factory=list)


@dataclass
class Item:
    id: str
    parent: str  # "root", or the id of a folder, which may be missing
    type: str
    name: str
    owner: Target | None


@dataclass(frozen=True)
class Grant:
    item: str
    target: Target
    role: str | None
    capabilities: tuple[str, ...]
    level: int


@dataclass(frozen=True)
class Link:
    id: str
    item: str
    scope: str | None
    password: bool | None
    active: bool | None
    created: datetime
    expires: datetime | None

    @property
    def lets_in(self) -> str | None:
        """Whom it lets in: anyone, company, or nobody but those with a right."""
        return SCOPES[self.scope]

    @property
    def opens(self) -> bool:
        """Whether it lets anybody in now."""
        current = self.expires is None or self.expires > NOW
        return self.active is not False and current and self.lets_in is not None


@dataclass
class Account:
    id: str
    service: str
    version: int
    users: list[User]
    groups: list[Group]
    items: list[Item]
    lists: dict[str, list[Grant]]  # of the items whose permissions were read
    links: list[Link]

    @property
    def complete(self) -> bool:
        """Whether lists of permissions name inherited rights too."""
        return SERVICES[self.service]


@dataclass
class Organisation:
    seed: int
    accounts: list[Account]

    def people(self) -> list[str]:
        """Return every address that appears anywhere, as written."""
        found: dict[str, None] = {}
        for account in self.accounts:
            named = [one.email for one in account.users]
            named += [member.email for group in account.groups for member in group.members]
            named += [item.owner.email for item in account.items if item.owner]
            named += [grant.target.email for rows in account.lists.values() for grant in rows]
            found.update(dict.fromkeys(email for email in named if email))
        return list(found)


class _Maker:
    """Draws an organisation; what is unusual happens as often as the organisation's own rates."""

    def __init__(self, seed: int, largest: int) -> None:
        self.rng = random.Random(seed)
        self.largest = largest
        self.rates: dict[str, float] = {}
        self.domains = ["acme.example"] + (["acme-labs.example"] if self.rng.random() < 0.3 else [])

    def happens(self, what: str) -> bool:
        """Draw whether something unusual happens; how often is the organisation's own."""
        if what not in self.rates:
            self.rates[what] = self.rng.choice((0, 0, 0.03, 0.1, 0.3))
        return self.rng.random() < self.rates[what]

    def case(self, email: str) -> str:
        """Write an address with capitals here and there."""
        if not self.happens("case"):
            return email
        return self.rng.choice((str.upper, str.title, str.capitalize))(email)

    # People

    def staff(self) -> tuple[list[str], list[str], list[str]]:
        """Return addresses: of the team, of who has left it, of people outside."""
        count = min(60, max(1, int(self.rng.lognormvariate(1.9, 0.9))), self.largest)
        team = [f"p{n}@{self.rng.choice(self.domains)}" for n in range(count)]
        left = [f"left{n}@{self.domains[0]}" for n in range(self.rng.randint(0, 1 + count // 6))]
        outside = [f"x{n}@{self.rng.choice(('partner.example', 'mail.example'))}"
                   for n in range(self.rng.randint(0, 2 + count // 4))]  # fmt: skip
        return team, left, outside

    def users(self, prefix: str, team: list[str]) -> list[User]:
        found = []
        for n, place in enumerate(team):
            email = f"guest{n}@partner.example" if self.happens("guest") else place
            active = False if self.happens("inactive") else self.rng.choice((None, True))
            address = None if self.happens("no address") else self.case(email)
            found.append(User(f"{prefix}u{n}", f"Person {n}", address, active))
        return found

    def named(self, user: User) -> Target:
        """Name a user as rights do: by id and address, or one of them."""
        if user.email is None:
            return Target("user", user.id, user.name, None)
        way = self.rng.random()
        if self.happens("another address"):
            return Target("user", user.id, user.name, f"formerly-{user.email.lower()}")
        return Target(
            "user",
            None if way < 0.1 else user.id,
            user.name,
            None if way > 0.9 else self.case(user.email.lower()),
        )

    def target(self, users: list[User], others: list[str], groups: list[Group]) -> Target:
        """Draw whom a right or a membership names."""
        draw = self.rng.random()
        if others and draw < 0.2:
            email = self.rng.choice(others)
            left = email.startswith("left") and self.rng.random() < 0.7
            return Target("user", f"gone-{email}" if left else None, email[:5], self.case(email))
        if groups and draw < 0.45:
            group = self.rng.choice(groups)
            return Target("group", group.id, group.name, None)
        if self.happens("nobody knows the id"):
            kind = self.rng.choice(("user", "group"))
            return Target(kind, f"unknown-{kind}-{self.rng.randrange(3)}", "Somebody", None)
        return self.named(self.rng.choice(users))

    def groups(self, prefix: str, users: list[User], others: list[str]) -> list[Group]:
        count = self.rng.choice((0, 1, 2, 3, 5, max(1, len(users) // 4)))
        groups = [
            Group(f"{prefix}g{n}", "Twins" if self.happens("same name") else f"Group {n}")
            for n in range(count)
        ]
        for group in groups:
            if self.happens("empty group"):
                continue
            size = min(len(users) * 2, int(self.rng.lognormvariate(1, 0.9)))
            group.members = [self.target(users, others, groups) for _ in range(size)]
            if self.happens("circle"):
                group.members.append(Target("group", group.id, group.name, None))
        return groups

    # Items

    def items(self, prefix: str, users: list[User], others: list[str]) -> list[Item]:
        count = min(400, int(self.rng.lognormvariate(2.6, 1.5)), self.largest * 8)
        items: list[Item] = []
        folders = ["root"]
        deep = self.rng.random() < 0.3
        for n in range(count):
            kind = "folder" if self.rng.random() < 0.4 else "file"
            parent = self.rng.choice(folders[-3:] if deep else folders)
            if self.happens("missing parent"):
                parent = f"{prefix}gone{self.rng.randrange(3)}"
            name = "Same" if self.happens("same name") else f"{kind.title()} {n}"
            items.append(Item(f"{prefix}i{n}", parent, kind, name, self.owner(users, others)))
            if kind == "folder":
                folders.append(items[-1].id)
        if items:
            self.move(items)
        return items

    def owner(self, users: list[User], others: list[str]) -> Target | None:
        if self.happens("no owner"):
            return None
        if others and self.happens("owner not in the team"):
            email = self.rng.choice(others)
            return Target("user", None, email[:5], self.case(email))
        return self.named(self.rng.choice(users))

    def move(self, items: list[Item]) -> None:
        """Put some items elsewhere, once in a while a folder into itself."""
        folders = [item for item in items if item.type == "folder"]
        parents = {item.id: item.parent for item in items}
        for item in items:
            if not folders or not self.happens("moved"):
                continue
            place = self.rng.choice(folders).id
            above, steps = place, 0
            while above in parents and above != item.id and steps <= len(items):
                above, steps = parents[above], steps + 1
            if above != item.id and steps <= len(items):
                item.parent = parents[item.id] = place

    # Rights

    def word(self, version: int) -> tuple[str | None, tuple[str, ...], int]:
        """Return a right in a version's words, and its level."""
        if version == 2:
            capabilities = self.rng.choice(list(CAPABILITIES))
            return None, capabilities, CAPABILITIES[capabilities]
        if self.happens("unknown role"):
            return "quartermaster", (), 2
        role = self.rng.choice(list(ROLES))
        return role, (), ROLES[role]

    def list_of(
        self, item: Item, version: int, users: list[User], others: list[str], groups: list[Group]
    ) -> list[Grant]:
        found = []
        for _ in range(self.rng.choice((0, 1, 1, 2, 3, 6))):
            target = self.target(users, others, groups)
            if self.happens("domain"):
                domain = self.rng.choice((*self.domains, "partner.example"))
                kind = "domain" if version == 2 else "group"
                target = Target(kind, domain, domain, None)
            for _ in range(2 if self.happens("twice") else 1):
                found.append(Grant(item.id, target, *self.word(version)))
        if item.owner and self.rng.random() < 0.7:
            role, capabilities, level = (
                (None, tuple(CAPABILITIES)[-1], 4) if version == 2 else ("owner", (), 5)
            )
            found.append(Grant(item.id, item.owner, role, capabilities, level))
        self.rng.shuffle(found)
        return found

    def link(self, prefix: str, number: int, item: Item) -> Link:
        created = NOW - timedelta(days=self.rng.randrange(1, 300))
        expires = created + timedelta(days=self.rng.choice((7, 30, 400, 900)), minutes=1)
        return Link(
            f"{prefix}l{number}",
            item.id,
            self.rng.choice(list(SCOPES) if self.happens("other scope") else ["anyone", "company"]),
            self.rng.choice((True, False, None)),
            self.rng.choice((True, True, None, False)),
            created,
            expires if self.rng.random() < 0.4 else None,
        )

    def account(self, number: int, team: list[str], others: list[str]) -> Account:
        prefix = f"a{number}-" if number else ""
        service = self.rng.choice(list(SERVICES))
        version = self.rng.choice((1, 2))
        users = self.users(prefix, team)
        groups = self.groups(prefix, users, others)
        items = self.items(prefix, users, others)
        rate = self.rng.choice((0.05, 0.2, 0.5, 1))
        lists = {
            item.id: self.list_of(item, version, users, others, groups)
            for item in items
            if self.rng.random() < rate
        }
        chosen = [self.rng.choice(items) for _ in range(self.rng.randint(0, 6))] if items else []
        links = [self.link(prefix, n, item) for n, item in enumerate(chosen)]
        return Account(f"{100 + number}", service, version, users, groups, items, lists, links)


def organisation(seed: int, largest: int = 60) -> Organisation:
    """Return an organisation of up to `largest` people."""
    maker = _Maker(seed, largest)
    team, left, outside = maker.staff()
    accounts = []
    for number in range(maker.rng.choice((1, 1, 1, 2, 3))):
        some = [one for one in team if number == 0 or maker.rng.random() < 0.7] or team[:1]
        here = left + outside + [one for one in team if one not in some]
        accounts.append(maker.account(number, some, here))
    return Organisation(seed, accounts)


def together(organisations: Iterable[Organisation]) -> Organisation:
    """Return all accounts of some organisations as those of one: faster to ask, as hard."""
    accounts = [
        replace(account, id=f"{number}{account.id}")
        for number, one in enumerate(organisations, 1)
        for account in one.accounts
    ]
    return Organisation(len(accounts), accounts)
