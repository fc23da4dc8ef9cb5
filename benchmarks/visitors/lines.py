"""Internet connections and the addresses that they have in the course of time."""

from __future__ import annotations

import ipaddress

from .chance import Chance

__all__ = ["DAY", "HOUR", "Internet", "Line"]

HOUR, DAY = 3_600.0, 86_400.0
_FIRST = (24, 31, 37, 45, 51, 62, 71, 77, 79, 81, 84, 86, 88, 91, 93, 98, 109, 134, 151, 176, 188)


class _Provider:
    """Who assigns addresses: some blocks of 65,536, and a block of IPv6."""

    def __init__(self, chance: Chance) -> None:
        self._blocks = [(chance.choice(_FIRST), chance.randrange(1, 255)) for _ in range(3)]
        self._block6 = (0x2A00 + chance.randrange(16)) << 16 | chance.randrange(1, 1 << 16)

    def address(self, key: str) -> str:
        """Return the IPv4 address number `key`, from any of the blocks."""
        chance = Chance(key, self._blocks)
        first, second = chance.choice(self._blocks)
        return f"{first}.{second}.{chance.randrange(256)}.{chance.randrange(1, 255)}"

    def address6(self, network: str, host: str) -> str:
        """Return an address in a network of 64 bits that stays."""
        upper = self._block6 << 32 | Chance(network).getrandbits(32)
        return str(ipaddress.IPv6Address(upper << 64 | Chance(network, host).getrandbits(64)))


class Line:
    """A connection to the internet.

    Parameters
    ----------
    provider : _Provider
    key : str
    hold : float
        Seconds for which it keeps an address.
    pool : int, default 0
        If it leaves through one of so many addresses that others have, too.
    v6 : bool, default False
    """

    def __init__(
        self, provider: _Provider, key: str, hold: float, pool: int = 0, v6: bool = False
    ) -> None:
        self._provider, self._key, self._hold, self._pool, self._v6 = provider, key, hold, pool, v6
        self._phase = Chance(key).random() * hold
        self._known: dict[int, str] = {}

    def at(self, now: float) -> str:
        """Return the address at a time, in seconds."""
        slot = int((now + self._phase) // self._hold)
        if slot not in self._known:
            own = f"{self._key}/{slot}"
            if self._v6:
                self._known[slot] = self._provider.address6(self._key, own)
            elif self._pool:
                own = f"pool/{Chance(own).randrange(self._pool)}"
            self._known.setdefault(slot, self._provider.address(own))
        return self._known[slot]


class Internet:
    """All providers: of homes, telephones, hosting, VPNs, hotels."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._near = [_Provider(chance) for _ in range(5)]
        self._far = [_Provider(chance) for _ in range(9)]
        self._carriers = [_Provider(chance) for _ in range(3)]
        self._hosts = [_Provider(chance) for _ in range(4)]
        self._vpns = [_Provider(chance) for _ in range(3)]

    def _line(
        self, providers: list[_Provider], hold: float, pool: int = 0, v6: bool = False
    ) -> Line:
        return Line(self._chance.choice(providers), self._chance.digits(12), hold, pool, v6)

    def home(self, far: bool = False) -> Line:
        """Return somebody's line: its address changes daily, after weeks or never."""
        hold = self._chance.choice((DAY, self._chance.around(25 * DAY), 1_000 * DAY))
        v6 = self._chance.yes(0.25)
        return self._line(self._far if far else self._near, DAY if v6 else hold, v6=v6)

    def mobile(self, far: bool = False) -> Line:
        """Return a telephone's: its address is of a gateway that thousands share."""
        v6 = self._chance.yes(0.2)
        return self._line(self._far if far else self._carriers, 2 * HOUR, 0 if v6 else 40, v6)

    def fixed(self) -> Line:
        """Return an office's."""
        return self._line(self._near, 1_000 * DAY)

    def hosted(self) -> Line:
        """Return a rented server's."""
        return self._line(self._hosts, 1_000 * DAY)

    def vpn(self) -> Line:
        """Return that of a VPN anybody can buy; it leaves elsewhere after hours."""
        return self._line(self._vpns, 10 * HOUR, 60)

    def proxy(self) -> Line:
        """Return that of strangers' computers at home which are rented out, each for minutes."""
        return self._line(self._near + self._far, 300.0)
