"""The addresses that people come from: homes, offices, carriers, VPNs, hotels, and attackers'.

Sources
-------
- Homes change their IPv4 address: at some providers every 24 hours or a multiple of it, at others
  after months; almost half of the changes lead to another routed prefix. Padmanabhan et al.,
  "Reasons Dynamic Addresses Change" (ACM IMC 2016, doi:10.1145/2987443.2987461).
- IPv6 prefixes of homes last longer than IPv4 addresses, often for months: Padmanabhan et al.,
  "DynamIPs" (ACM CoNEXT 2020).
- Within a prefix the host's part changes daily: temporary addresses, RFC 8981 (preferred lifetime
  one day).
- Carriers and some providers put many customers behind few addresses: Richter et al., "A
  Multi-perspective Analysis of Carrier-Grade NAT Deployment" (ACM IMC 2016, arXiv:1605.05606); a
  phone's address changes within minutes: Balakrishnan et al., "Where's That Phone?" (ACM IMC 2009).
- Attackers come from hosting, from the VPNs that honest people use too, and from proxies in the
  same homes' networks: Microsoft on Midnight Blizzard's residential proxies (January 2024),
  https://www.microsoft.com/en-us/security/blog/2024/01/25/midnight-blizzard-guidance-for-responders-on-nation-state-attack/.

The addresses are random numbers outside of the reserved ranges; whom they belong to in reality
means nothing.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import numpy as np

from .organisation import DAY

__all__ = ["Networks", "Place", "mix"]

_RESERVED = {10, 100, 127, 169, 172, 192, 198, 203}
_FIRST = [n for n in range(5, 223) if n not in _RESERVED]
_MASK = (1 << 64) - 1


def mix(*numbers: int) -> int:
    """Return 64 well-mixed bits of some integers, the same everywhere (splitmix64)."""
    state = 0
    for number in numbers:
        state = (state + (number & _MASK) + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def _fraction(*numbers: int) -> float:
    return mix(*numbers) / 2**64


def _v4(number: int) -> str:
    return str(ipaddress.IPv4Address(number))


def _v6(prefix: int, host: int) -> str:
    return str(ipaddress.IPv6Address((prefix << 64) | host))


@dataclass(frozen=True)
class _Provider:
    """Who gives people their addresses.

    Each customer has one of `blocks` for as long as `lease` says, or some of `shared` with others.
    """

    blocks: list[int]
    lease: str
    shared: list[int]
    prefix: int | None


class Place:
    """Where somebody is: `at` gives the address seen at a time.

    Parameters
    ----------
    key : int
        Makes what the place does at random its own.
    pool : list of int
        IPv4 addresses as numbers; one of them is used for `hold` seconds.
    hold : float
        Seconds after which another address of the pool may be used.
    prefix : int or None
        The upper 64 bits of IPv6 addresses, if there are any.
    share6 : float
        Share of connections by IPv6.
    changes : numpy.ndarray, optional
        Times at which the next address of the pool is given; IPv6 prefixes change less often.
    roams : bool
        Whether the IPv6 prefix changes every few hours, as a phone's does.
    """

    def __init__(
        self,
        key: int,
        pool: list[int],
        hold: float = 1e12,
        prefix: int | None = None,
        share6: float = 0.0,
        changes: np.ndarray | None = None,
        roams: bool = False,
    ) -> None:
        self.key, self.pool, self.hold = key, pool, hold
        self.prefix, self.share6, self.changes = prefix, share6, changes
        self.roams = roams

    def at(self, time: float, device: int = 0) -> str:
        """Return the address that a device has at a time, seconds since the world's start."""
        if self.prefix is not None and _fraction(self.key, device, int(time // 5400)) < self.share6:
            return self._temporary(time, device)
        if self.changes is not None:  # an address after the other
            number = int(np.searchsorted(self.changes, time))
            return _v4(self.pool[number % len(self.pool)])
        slot = int(time // self.hold)
        return _v4(self.pool[mix(self.key, slot, device) % len(self.pool)])

    def _temporary(self, time: float, device: int) -> str:
        assert self.prefix is not None
        epoch = int(time // (4 * 3600)) if self.roams else 0
        if self.changes is not None:
            epoch = int(np.searchsorted(self.changes, time)) // 3
        net = self.prefix + (mix(self.key, 6, epoch) % 4096 << 8)
        return _v6(net, mix(self.key, device, int((time + self.key % 80_000) // DAY)))


class Networks:
    """The networks of one world.

    Parameters
    ----------
    rng : numpy.random.Generator
    days : int
    zones : int
        Countries, one a time zone.
    """

    def __init__(self, rng: np.random.Generator, days: int, zones: int) -> None:
        self.rng, self.span = rng, days * DAY
        self.providers = [[self._provider() for _ in range(4)] for _ in range(zones)]
        self.carriers = [[self._carrier() for _ in range(3)] for _ in range(zones)]
        self.corporate = Place(self._key(), self._run(int(rng.integers(1, 4))), hold=DAY)
        # Three sellers of VPNs; each has exits in many blocks of hosting.
        self.vpns = [
            Place(self._key(), self._spread(int(rng.integers(20, 200)), 12), hold=4 * 3600)
            for _ in range(3)
        ]
        self.offices = [self.office() for _ in range(zones)]
        self._homes: dict[int, Place] = {}
        self._phones: dict[int, Place] = {}

    def _key(self) -> int:
        return int(self.rng.integers(0, 2**62))

    def _block(self) -> int:
        """Return the first address of a random /16."""
        rng = self.rng
        return (int(rng.choice(_FIRST)) << 24) | (int(rng.integers(0, 256)) << 16)

    def _run(self, count: int) -> list[int]:
        """Return neighbouring addresses."""
        first = self._block() + int(self.rng.integers(256, 60_000))
        return [first + i for i in range(count)]

    def _spread(self, count: int, blocks: int) -> list[int]:
        """Return addresses in several blocks."""
        bases = [self._block() for _ in range(blocks)]
        return [
            int(self.rng.choice(bases)) + int(self.rng.integers(1, 65_000)) for _ in range(count)
        ]

    def _prefix(self) -> int:
        """Return a /40 or so as the upper 64 bits."""
        first = int(self.rng.integers(0x2001, 0x2C10))
        return (first << 48) | (int(self.rng.integers(0x0400, 0xFFFF)) << 32)

    def _provider(self) -> _Provider:
        rng = self.rng
        return _Provider(
            blocks=[self._block() for _ in range(int(rng.integers(2, 7)))],
            lease=str(rng.choice(["daily", "weeks", "months", "shared"], p=[0.2, 0.3, 0.35, 0.15])),
            shared=self._spread(48, 2),
            prefix=self._prefix() if rng.random() < 0.55 else None,
        )

    def _carrier(self) -> _Provider:
        return _Provider(
            blocks=[],
            lease="shared",
            shared=self._spread(int(self.rng.integers(24, 120)), 4),
            prefix=self._prefix() if self.rng.random() < 0.5 else None,
        )

    def office(self) -> Place:
        """Return an office: one to four addresses for everybody in it."""
        prefix = self._prefix() if self.rng.random() < 0.25 else None
        return Place(self._key(), self._run(int(self.rng.integers(1, 5))), 1800, prefix, 0.5)

    def home(self, person: int, zone: int) -> Place:
        """Return where a person lives; always the same home."""
        if person not in self._homes:
            self._homes[person] = self.new_home(zone)
        return self._homes[person]

    def new_home(self, zone: int) -> Place:
        """Return a connection of a household, also of one that serves as a proxy."""
        rng = self.rng
        provider = self.providers[zone][int(rng.choice(4, p=[0.45, 0.3, 0.15, 0.1]))]
        prefix = provider.prefix
        if prefix is not None:
            prefix += int(rng.integers(0, 2**20)) << 8
        share6 = float(rng.uniform(0.4, 0.8))
        if provider.lease == "shared":
            return Place(self._key(), provider.shared, hold=6 * 3600, prefix=prefix, share6=share6)
        changes = self._changes(provider.lease)
        blocks = provider.blocks
        pool, base = [], int(rng.choice(blocks))
        for _ in range(len(changes) + 1):
            if rng.random() < 0.5:
                base = int(rng.choice(blocks))
            pool.append(base + int(rng.integers(1, 65_000)))
        return Place(self._key(), pool, prefix=prefix, share6=share6, changes=changes)

    def _changes(self, lease: str) -> np.ndarray:
        """Return the times at which a home gets another address."""
        rng = self.rng
        if lease == "daily":
            nights: np.ndarray = np.arange(0, self.span, DAY) + rng.uniform(2, 5) * 3600
            nights += rng.normal(0, 120, nights.size).cumsum()
            return nights
        median = 7 if lease == "weeks" else 55
        gaps = rng.lognormal(np.log(median * DAY), 0.9, 4 + int(self.span / (median * DAY) * 4))
        times: np.ndarray = np.cumsum(gaps) - rng.uniform(0, median * DAY)
        return times

    def phone(self, person: int, zone: int) -> Place:
        """Return a person's mobile connection: one of the carrier's few addresses, for minutes."""
        if person not in self._phones:
            self._phones[person] = self.new_phone(zone)
        return self._phones[person]

    def new_phone(self, zone: int) -> Place:
        """Return a mobile connection with one of a country's carriers."""
        rng = self.rng
        carrier = self.carriers[zone][int(rng.choice(3, p=[0.5, 0.3, 0.2]))]
        prefix = carrier.prefix
        if prefix is not None:
            prefix += int(rng.integers(0, 2**28))
        hold = float(rng.choice([600, 1800, 7200]))
        return Place(self._key(), carrier.shared, hold, prefix, 0.6, roams=True)

    def hotel(self) -> Place:
        """Return a hotel, an airport or a café: new each time."""
        return Place(self._key(), self._run(2), hold=6 * 3600)

    def hosting(self, servers: int = 1) -> Place:
        """Return a rented server, or some."""
        return Place(self._key(), self._run(servers), hold=3600)

    def proxies(self, count: int) -> Place:
        """Return a proxy service: homes of the same providers, another every few minutes."""
        rng = self.rng
        pool = []
        for _ in range(count):
            zone = self.providers[int(rng.integers(0, len(self.providers)))]
            blocks = zone[int(rng.integers(0, 4))].blocks
            pool.append(int(rng.choice(blocks)) + int(rng.integers(1, 65_000)))
        return Place(self._key(), pool, hold=300)
