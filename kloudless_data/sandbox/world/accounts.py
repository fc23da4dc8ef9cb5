"""The application's accounts and credentials, and which of them are still valid."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .people import team
from .protocols import Tenant
from .services import CYCLE, Service, service_named
from .timetext import DAY, text

__all__ = ["Account", "Directory", "secret"]

_FIRST_ID, _ID_STEP = 125_000_003, 7_919


def secret(seed: int, *name: object, length: int = 30) -> str:
    """Return a made-up credential, useful only in the sandbox with this seed.

    Parameters
    ----------
    seed : int
        The sandbox's seed.
    *name
        What the credential is for.
    length : int, default 30
        Characters.
    """
    text = "\x1f".join(map(str, (seed, *name)))
    return hashlib.blake2b(text.encode(), digest_size=32).hexdigest()[:length]


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account.

    Attributes
    ----------
    id
        The account's id in URLs.
    token
        The Bearer token for it.
    service
        The upstream service, such as `"gdrive"`.
    admin
        True if it may act for its organisation's other users.
    account
        The owner's e-mail address.
    number
        Its index in `Sandbox.accounts`.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> Sandbox(seed=7).accounts[0].service
    'gdrive'
    """

    id: int
    token: str = field(repr=False)
    service: str
    admin: bool
    account: str
    number: int

    @property
    def details(self) -> Service:
        """The behaviour of the account's service."""
        return service_named(self.service)


class Directory:
    """All accounts and credentials of the sandbox's application."""

    def __init__(self, seed: int, count: int, organisations: Sequence[Tenant] = ()) -> None:
        self._seed = seed
        self.accounts = [self._make(number) for number in range(count)]
        self.accounts += [
            self._of(organisation, count + number)
            for number, organisation in enumerate(organisations)
        ]
        self._by_token = {account.token: account for account in self.accounts}
        self.app_id = secret(seed, "app", length=48)
        self.api_key = secret(seed, "api key")
        self.meta_token = secret(seed, "meta")
        self.foreign_app_id = secret(seed, "another app", length=48)
        self.foreign_token = secret(seed, "foreign token")
        #: Keys of the developer's other applications, which have no accounts.
        self.other_api_keys = {secret(seed, "api key", number, 0) for number in range(1, 8)}
        self._void: set[str] = set()
        self._codes: dict[str, Account] = {}
        self._codes_given = 0

    def _make(self, number: int) -> Account:
        service = CYCLE[number % len(CYCLE)]
        return Account(
            id=_FIRST_ID + _ID_STEP * number,
            token=secret(self._seed, "token", number),
            service=service.name,
            admin=service.admin,
            account=team(self._seed, number)[0].email,
            number=number,
        )

    def _of(self, organisation: Tenant, number: int) -> Account:
        return Account(
            id=_FIRST_ID + _ID_STEP * number,
            token=secret(self._seed, "token", number),
            service=organisation.service,
            admin=True,
            account=organisation.people[0].email,
            number=number,
        )

    def by_id(self, identifier: int) -> Account | None:
        """Return the account with this id."""
        number, rest = divmod(identifier - _FIRST_ID, _ID_STEP)
        return None if rest or not 0 <= number < len(self.accounts) else self.accounts[number]

    def by_token(self, token: str) -> Account | None:
        """Return the account of a valid token."""
        return None if token in self._void else self._by_token.get(token)

    def holds(self, credential: str) -> bool:
        """Return True unless a credential was revoked."""
        return credential not in self._void

    def void(self, credential: str) -> None:
        """Make a credential answer 401 from now on."""
        self._void.add(credential)

    def new_code(self, account: Account) -> str:
        """Return an authorization code, to be exchanged once for the account's token."""
        self._codes_given += 1
        code = secret(self._seed, "code", self._codes_given)
        self._codes[code] = account
        return code

    def take_code(self, code: str) -> Account | None:
        """Return the account of a code that was neither used nor revoked."""
        return self._codes.pop(code, None) if self.holds(code) else None


def as_json(account: Account, root: str, created: int, end: int) -> dict[str, Any]:
    """Return an account as the API shows it.

    Parameters
    ----------
    account : Account
    root : str
        The URL that the object's own URL begins with.
    created, end : int
        When it was connected, and when its history ends: microseconds since 1970, UTC.
    """
    return {
        "id": account.id,
        "account": account.account,
        "service": account.service,
        "service_name": account.details.title,
        "admin": account.admin,
        "active": True,
        "enabled": True,
        "apis": list(account.details.apis),
        "created": text(created),
        "modified": text(created + DAY),
        "token_expiry": None if account.number % 3 else text(end),
        "refresh_token_expiry": None,
        "api": "core",
        "type": "account",
        "href": f"{root}/accounts/{account.id}",
    }


def chosen(accounts: Iterable[Account], query: dict[str, str]) -> list[Account]:
    """Return the accounts that pass the documented filters; all are active here.

    Parameters
    ----------
    accounts : iterable of Account
    query : dict of str to str
        The URL's query: ``enabled``, ``active``, ``admin`` and ``service`` filter.
    """
    found = list(accounts)
    for name in ("enabled", "active"):
        if name in query and query[name].lower() not in ("true", "1"):
            return []
    if "admin" in query:
        found = [a for a in found if a.admin == (query["admin"].lower() in ("true", "1"))]
    if "service" in query:
        found = [a for a in found if a.service in query["service"].split(",")]
    return found
