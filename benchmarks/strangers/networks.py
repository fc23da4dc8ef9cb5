"""Where people connect from, and how often their address changes.

Home lines: some providers renumber after a multiple of 24 hours, others only after an outage, and
almost half of the changes lead to another routed prefix [1]_. Mobile carriers put many customers
behind a small pool [2]_. Devices with IPv6 use a new temporary interface identifier about every
day [3]_. Attackers rent hosts, or hide behind residential proxies in the victim's country [4]_.

.. [1] R. Padmanabhan et al., "Reasons Dynamic Addresses Change", IMC 2016.
.. [2] P. Richter et al., "A Multi-perspective Analysis of Carrier-Grade NAT Deployment", IMC 2016.
.. [3] RFC 8981, "Temporary Address Extensions for SLAAC in IPv6".
.. [4] Microsoft Threat Intelligence, "Midnight Blizzard: Guidance for responders", January 2024.
"""

from __future__ import annotations

from .draws import Draws

__all__ = ["Fixed", "Home", "Mobile", "Networks", "Pool", "Provider"]

_DAY = 86400.0
# First octets of unicast space that is in public use; none of it is private, shared or reserved.
_OCTETS = tuple(
    map(
        int,
        "2 5 24 31 37 45 46 62 67 71 77 78 79 81 84 87 89 91 93 95 98 109 113 121 151 163 176 178 "
        "185 188 193 194 195 201 203 212 213 217".split(),
    )
)


class Provider:
    """A network with several prefixes: an access provider, a carrier or a host."""

    def __init__(self, draws: Draws, prefixes: int, bits: int) -> None:
        self._draws = draws
        self._size = 1 << (32 - bits)
        octet = draws.choice
        self._blocks = [
            ((octet(_OCTETS) << 24) | (draws.getrandbits(24))) & ~(self._size - 1)
            for _ in range(prefixes)
        ]
        self._v6 = (draws.choice((0x2003, 0x2600, 0x2804, 0x2A00, 0x2A02)), draws.getrandbits(16))

    def block(self, other_than: int | None = None) -> int:
        """Draw a prefix; if possible not the one that is given."""
        blocks = [b for b in self._blocks if b != other_than]
        return self._draws.choice(blocks or self._blocks)

    def host(self, block: int | None = None) -> str:
        """Draw an address, in one prefix or in any."""
        number = (self.block() if block is None else block) + self._draws.randrange(1, self._size)
        return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))

    def v6_prefix(self) -> str:
        """Draw the /64 of a customer."""
        high, low = self._v6
        site, net = self._draws.randrange(1, 1 << 16), self._draws.randrange(1, 256)
        return f"{high:x}:{low:x}:{site:x}:{net:x}"


def _interface(draws: Draws) -> str:
    return ":".join(f"{draws.randrange(1, 1 << 16):x}" for _ in range(4))


class Fixed:
    """Addresses that stay: an office's egress, a VPN's gateways, a server."""

    def __init__(self, draws: Draws, addresses: list[str]) -> None:
        self._draws = draws
        self.addresses = addresses

    def address(self, at: float) -> str:
        """Return the address of a session that begins at a moment."""
        return self._draws.choice(self.addresses)


class Pool:
    """A new address out of a few prefixes in each session: hotels, proxies, hosting."""

    def __init__(self, draws: Draws, provider: Provider) -> None:
        self._draws = draws
        self._provider = provider

    def address(self, at: float) -> str:
        """Return the address of a session that begins at a moment."""
        return self._provider.host()


class Mobile:
    """A carrier's translated pool; with IPv6, a prefix that lives as long as the connection."""

    def __init__(self, draws: Draws, carrier: Provider) -> None:
        self._draws = draws
        self._carrier = carrier
        self._block = carrier.block()
        self._v6 = draws.choice((0.0, 0.0, 0.5, 0.9))

    def address(self, at: float) -> str:
        """Return the address of a session that begins at a moment."""
        if self._draws.chance(self._v6):
            return f"{self._carrier.v6_prefix()}:{_interface(self._draws)}"
        if self._draws.chance(0.1):  # another gateway of the carrier
            self._block = self._carrier.block()
        return self._carrier.host(self._block)


class Home:
    """A household's line: renumbered every day, every week, by outages, or hardly ever."""

    def __init__(self, draws: Draws, provider: Provider) -> None:
        self._draws = draws
        self._provider = provider
        self._period = draws.choice((1.0, 1.0, 7.0, 30.0, 30.0, 200.0)) * _DAY
        self._strict = self._period <= 7 * _DAY  # by the clock, else by outages
        self._v6 = draws.choice((0.0, 0.0, 0.3, 0.7, 0.95))
        self._block = provider.block()
        self._phase = draws.random() * _DAY
        self._until = 0.0
        self._interface_until = 0.0
        self._renumber(0.0)

    def _renumber(self, at: float) -> None:
        if self._draws.chance(0.47):
            self._block = self._provider.block(self._block)
        self._v4 = self._provider.host(self._block)
        self._prefix = self._provider.v6_prefix()
        self._interface_until = 0.0
        if self._strict:
            periods = (at - self._phase) // self._period + 1
            self._until = periods * self._period + self._phase
        else:
            self._until = at + self._draws.expovariate(1 / self._period)

    def address(self, at: float) -> str:
        """Return the address of a session that begins at a moment."""
        if at >= self._until:
            self._renumber(at)
        if not self._draws.chance(self._v6):
            return self._v4
        if at >= self._interface_until:
            self._suffix = _interface(self._draws)
            self._interface_until = at + _DAY
        return f"{self._prefix}:{self._suffix}"


class Networks:
    """The providers of the countries where an organisation's people live, and of others."""

    def __init__(self, draws: Draws, countries: list[str]) -> None:
        self._draws = draws
        self._access = {
            c: [Provider(draws, draws.randint(2, 6), draws.choice((14, 15, 16))) for _ in range(4)]
            for c in countries
        }
        self._carriers = {c: [Provider(draws, 3, 23) for _ in range(3)] for c in countries}
        self._hosts = [Provider(draws, 3, 20) for _ in range(5)]
        self._abroad = [Provider(draws, 4, 18) for _ in range(6)]

    def home(self, country: str) -> Home:
        """Return a household's line."""
        return Home(self._draws, self._draws.choice(self._access[country]))

    def mobile(self, country: str) -> Mobile:
        """Return a phone's connection."""
        return Mobile(self._draws, self._draws.choice(self._carriers[country]))

    def fixed(self, addresses: int) -> Fixed:
        """Return an office's or a gateway's addresses, near each other in one or two prefixes."""
        provider = Provider(self._draws, 1 + (addresses > 3), 28)
        return Fixed(self._draws, [provider.host() for _ in range(addresses)])

    def hosting(self) -> Pool:
        """Return a rented network."""
        return Pool(self._draws, Provider(self._draws, 1, 24))

    def server(self) -> Fixed:
        """Return a rented server."""
        return Fixed(self._draws, [self._draws.choice(self._hosts).host()])

    def hotel(self) -> Pool:
        """Return a guest network."""
        return Pool(self._draws, Provider(self._draws, 1, 29))

    def abroad(self) -> Fixed:
        """Return a line in a country where nobody of the organisation lives."""
        return Fixed(self._draws, [self._draws.choice(self._abroad).host()])

    def residential(self, country: str) -> Pool:
        """Return a proxy service's exits among the country's households."""
        return Pool(self._draws, self._draws.choice(self._access[country]))
