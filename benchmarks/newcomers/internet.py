"""Where people connect from.

Home lines: how long an address lasts is a matter of the provider, from a day (20 of the providers
that Padmanabhan et al., "Reasons dynamic addresses change" (IMC 2016), saw renumber periodically)
to months; IPv6 prefixes last longer than IPv4 addresses (Padmanabhan et al., "DynamIPs", CoNEXT
2020), while hosts change the rest of the address daily (RFC 8981). Mobile and some home networks
share few IPv4 addresses among many (Richter et al., "A multi-perspective analysis of carrier-
grade NAT deployment", IMC 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from .chance import Chance

__all__ = ["Cafe", "Home", "Internet", "Line", "Mobile", "Network", "Office", "Pool", "Server"]

DAY = 86_400.0
_NOT_ORDINARY = {10, 100, 127, 169, 172, 192, 198, 203}


class Network:
    """A provider's addresses: a /16 of IPv4 and a /32 of IPv6."""

    def __init__(self, chance: Chance, first: int, second: int, six: str) -> None:
        self._chance, self._four, self._six = chance, f"{first}.{second}", six

    def four(self, block: int | None = None) -> str:
        """Return an IPv4 address, of one /24 if given."""
        third = self._chance.randrange(256) if block is None else block % 256
        return f"{self._four}.{third}.{self._chance.randrange(1, 255)}"

    def prefix(self) -> str:
        """Return an IPv6 /64, as a customer gets."""
        return f"{self._six}:{self._chance.randrange(1, 65536):x}:{self._chance.randrange(256):x}"


class Internet:
    """All networks; no two share addresses."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._taken: set[tuple[int, int]] = set()

    def network(self) -> Network:
        """Return a network nobody has."""
        while True:
            first, second = self._chance.randrange(2, 223), self._chance.randrange(256)
            if first not in _NOT_ORDINARY and (first, second) not in self._taken:
                break
        self._taken.add((first, second))
        region = self._chance.choice(("2a0", "2a0", "260", "240", "280"))
        six = f"{region}{second % 10}:{self._chance.randrange(1, 65536):x}"
        return Network(self._chance, first, second, six)

    def networks(self, number: int) -> list[Network]:
        """Return several networks."""
        return [self.network() for _ in range(number)]


class Line(Protocol):
    """A way to the internet."""

    def address(self, now: float, device: int) -> str:
        """Return the address that a device has now; time does not run backwards."""


def _host(chance: Chance, prefix: str) -> str:
    """Return a temporary address of a host in a prefix."""
    parts = [f"{chance.randrange(1, 65536):x}" for _ in range(4)]
    return f"{prefix}:{':'.join(parts)}"


class Home:
    """A household's line."""

    HABITS: ClassVar = {
        "kept": 0.34,
        "rebooted": 0.22,
        "daily": 0.16,
        "weekly": 0.08,
        "shared": 0.2,
    }
    _LASTS: ClassVar = {"kept": 400 * DAY, "rebooted": 18 * DAY, "daily": DAY, "weekly": 7 * DAY}

    def __init__(self, chance: Chance, network: Network) -> None:
        self._chance, self._network = chance, network
        self.habit = chance.by_weight(self.HABITS)
        self._six = chance.yes(0.5)
        self._until = self._six_until = 0.0
        self._four, self._prefix = "", ""
        self._block = chance.randrange(256)
        self._hosts: dict[int, tuple[int, str]] = {}

    def address(self, now: float, device: int) -> str:
        """Return the address that a device has now."""
        if self._six and device % 4:
            return self._of_six(now, device)
        if now >= self._until:
            self._four = self._network.four(self._block if self.habit == "shared" else None)
            self._until = now + self._lasts()
        return self._four

    def _lasts(self) -> float:
        if self.habit == "shared":
            return self._chance.heavy(3 * 3600, 1.2)
        lasts = self._LASTS[self.habit]
        periodic = self.habit in ("daily", "weekly")
        return lasts * (self._chance.uniform(0.7, 1.05) if periodic else self._chance.heavy(0.7))

    def _of_six(self, now: float, device: int) -> str:
        if now >= self._six_until:
            self._prefix, self._hosts = self._network.prefix(), {}
            stable = 4.0 if self.habit != "daily" else 1.0
            self._six_until = now + stable * self._LASTS.get(self.habit, 30 * DAY)
        day = int(now // DAY)
        if self._hosts.get(device, (-1, ""))[0] != day:
            self._hosts[device] = (day, _host(self._chance, self._prefix))
        return self._hosts[device][1]


class Mobile:
    """A mobile carrier: a new address at each attachment, shared with strangers."""

    def __init__(self, chance: Chance, network: Network) -> None:
        self._chance, self._network = chance, network
        self._six = chance.yes(0.6)
        self._until, self._now = 0.0, ""

    def address(self, now: float, device: int) -> str:
        """Return the address that a device has now."""
        if now >= self._until:
            self._until = now + self._chance.heavy(2.5 * 3600, 1.3)
            six = self._six and self._chance.yes(0.85)
            self._now = (
                _host(self._chance, self._network.prefix())
                if six
                else self._network.four(self._chance.randrange(6))
            )
        return self._now


class Office:
    """A site's egress: few addresses; now and then the second provider takes over."""

    def __init__(self, chance: Chance, main: Network, second: Network) -> None:
        block = chance.randrange(256)
        self.addresses = [main.four(block) for _ in range(chance.choice((1, 1, 1, 2, 4)))]
        self._spare = second.four()
        self.failed_until = 0.0

    def address(self, now: float, device: int) -> str:
        """Return the address that a device has now."""
        if now < self.failed_until:
            return self._spare
        return self.addresses[device % len(self.addresses)]

    def fail(self, until: float) -> None:
        """Send everybody over the second line until then."""
        self.failed_until = until

    def renumber(self, network: Network) -> None:
        """Move the office to another provider."""
        block = network.four().split(".")[2]
        self.addresses = [network.four(int(block)) for _ in self.addresses]


class Pool:
    """A VPN or proxy: a session gets one of its exits."""

    def __init__(self, chance: Chance, addresses: Sequence[str], lasts: float = 6 * 3600) -> None:
        self._chance, self._addresses, self._lasts = chance, addresses, lasts
        self._held: dict[int, tuple[float, str]] = {}

    def address(self, now: float, device: int) -> str:
        """Return the address that a device has now."""
        until, address = self._held.get(device, (0.0, ""))
        if now >= until:
            address = self._chance.choice(self._addresses)
            self._held[device] = (now + self._chance.heavy(self._lasts, 0.8), address)
        return address


class Cafe:
    """A hotel's, a train's or a conference's network: one address."""

    def __init__(self, network: Network) -> None:
        self._address = network.four()

    def address(self, now: float, device: int) -> str:
        """Return the address that a device has now."""
        return self._address


class Server(Cafe):
    """A machine at a hosting provider."""
