"""Lines to the internet, and the addresses that they show.

How long an address stays is a provider's habit: kept until the router restarts, changed once a
day, or shared by many behind one gateway.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from .draws import Draws

__all__ = ["DAY", "HOUR", "Internet", "Line", "Provider"]

HOUR, DAY = 3_600.0, 86_400.0
_NEVER = 1e12


class Provider:
    """Somebody who gives out addresses, from a few prefixes.

    Attributes
    ----------
    key : str
        What its addresses depend on.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        draws = Draws(key)
        self._v4 = [_prefix(draws) for _ in range(draws.randint(1, 5))]
        self._v6 = f"2{draws.choice(('600', '601', 'a00', 'a01', 'a02', 'a04'))}"
        self._v6 += f":{draws.randrange(0x100, 0xFFFF):x}"

    def v4(self, *key: object) -> str:
        """Return the IPv4 address that belongs to a key."""
        draws = Draws(self.key, *key)
        return f"{draws.choice(self._v4)}.{draws.randrange(256)}.{draws.randint(1, 254)}"

    def v6(self, house: object, host: object) -> str:
        """Return the IPv6 address of a host, which changes, in a house's prefix, which stays."""
        prefix, inside = Draws(self.key, "net", house), Draws(self.key, "host", house, host)
        parts = [f"{prefix.randrange(1, 65_535):x}" for _ in range(2)]
        parts += [f"{inside.randrange(1, 65_535):x}" for _ in range(4)]
        return str(ipaddress.ip_address(":".join([self._v6, *parts])))


def _prefix(draws: Draws) -> str:
    while True:
        prefix = f"{draws.randint(11, 217)}.{draws.randrange(256)}"
        if all(ipaddress.ip_address(f"{prefix}.{n}.9").is_global for n in (0, 2, 51, 100, 113)):
            return prefix


class Line:
    """What somebody connects with.

    Parameters
    ----------
    provider : Provider
    key : object
        Lines with the same key are one.
    period : float
        Seconds that an address stays; infinite by default.
    pool : int
        How many addresses a gateway shares out; 0 for no gateway.
    v6 : bool
        Whether it prefers IPv6, with addresses that change daily.
    """

    def __init__(
        self, provider: Provider, key: object, period: float = _NEVER, pool: int = 0,
        v6: bool = False,
    ) -> None:  # fmt: skip
        self._provider, self._key, self._period, self._pool = provider, key, period, pool
        self._v6 = v6
        self._offset = Draws(provider.key, key, "offset").random() * min(period, 9e9)
        self.address = lru_cache(maxsize=4)(self._address)

    def at(self, now: float) -> str:
        """Return the address at a time."""
        return self.address(int((now + self._offset) // self._period), int(now // DAY))

    def _address(self, epoch: int, day: int) -> str:
        if self._v6:
            return self._provider.v6((self._key, epoch), day)
        if self._pool:
            slot = Draws(self._provider.key, self._key, epoch).randrange(self._pool)
            return self._provider.v4("gateway", slot)
        return self._provider.v4(self._key, epoch)


class Internet:
    """The providers of a world."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self.homes, self.carriers, self.hosts, self.vpns, self.hotels = (
            [Provider(f"{draws.random()} {kind} {number}") for number in range(count)]
            for kind, count in
            (("home", 7), ("carrier", 3), ("host", 6), ("vpn", 3), ("hotel", 30))
        )  # fmt: skip

    def home(self, provider: Provider | None = None) -> Line:
        """Draw a line at home: kept for weeks, changed daily, or with IPv6."""
        draws, provider = self._draws, provider or self._draws.choice(self.homes)
        habits = {"kept": 0.3, "restarts": 0.4, "daily": 0.15, "shared": 0.15}
        habit = draws.weighted(habits)
        period = {"kept": _NEVER, "restarts": draws.skewed(30, 0.9, 2, 400) * DAY,
                  "daily": DAY, "shared": 6 * HOUR}[habit]  # fmt: skip
        pool = 24 if habit == "shared" else 0
        return Line(provider, draws.random(), period, pool, v6=draws.yes(0.25))

    def mobile(self, provider: Provider | None = None) -> Line:
        """Draw a telephone's line: a few gateways for all, another one every hour or so."""
        provider = provider or self._draws.choice(self.carriers)
        period = self._draws.uniform(0.5, 6) * HOUR
        return Line(provider, self._draws.random(), period, 60, v6=self._draws.yes(0.3))

    def office(self) -> Line:
        """Draw an office's line, whose address stays."""
        return Line(self._draws.choice(self.homes), self._draws.random())

    def hotel(self) -> Line:
        """Draw a line somewhere on a journey."""
        return Line(self._draws.choice(self.hotels), self._draws.random(), DAY)

    def server(self) -> Line:
        """Draw a rented server."""
        return Line(self._draws.choice(self.hosts), self._draws.random())

    def vpn(self) -> Line:
        """Draw a private VPN, which leaves the internet at some of its servers in turn."""
        period = self._draws.uniform(4, 30) * HOUR
        return Line(self._draws.choice(self.vpns), self._draws.random(), period, 40)

    def proxies(self) -> Line:
        """Draw strangers' home lines for rent, another one every few minutes."""
        return Line(self._draws.choice(self.homes), self._draws.random(), 700.0)
