"""Networks of addresses."""

from __future__ import annotations

import ipaddress
import re
import socket
from contextlib import suppress
from functools import lru_cache

__all__ = ["network_of", "pool_of"]

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"({_OCTET}\.{_OCTET}\.{_OCTET})\.{_OCTET}")

_MAPPED = bytes(10) + b"\xff\xff"  # how an IPv4 address begins as an IPv6 one

# Some services append the port, which differs for each connection.
_WITH_PORT = re.compile(r"(\d+\.\d+\.\d+\.\d+):\d+|\[([0-9a-fA-F:.]+)\](?::\d+)?")


def network_of(ip: str) -> str:
    """Return the network of an address: /24 for IPv4, /48 for IPv6; other text is unchanged.

    These are the smallest networks routed on the internet, so one provider's customer or one office
    is seldom in two of them by chance. An IPv4 address written as IPv6 counts as IPv4.

    Examples
    --------
    >>> network_of("203.0.113.77"), network_of("2001:db8:3::1")
    ('203.0.113.0/24', '2001:db8:3::/48')
    >>> network_of("::ffff:203.0.113.77"), network_of("203.0.113.77:50312"), network_of("office")
    ('203.0.113.0/24', '203.0.113.0/24', 'office')
    """
    text = ip.strip()
    plain = _IPV4.fullmatch(text)
    if plain:  # nearly all addresses
        return f"{plain[1]}.0/24"
    found = _WITH_PORT.fullmatch(text)
    bare = (found[1] or found[2]) if found else text.partition("%")[0]
    with suppress(OSError, ValueError):
        # Ten times as fast as `ipaddress`: devices change their IPv6 addresses daily.
        packed = socket.inet_pton(socket.AF_INET6, bare)
        if packed.startswith(_MAPPED):
            return ".".join(map(str, packed[12:15])) + ".0/24"
        return _ipv6_network(packed[:6])
    plain = _IPV4.fullmatch(bare)
    return f"{plain[1]}.0/24" if plain else ip


def _ipv6_network(begin: bytes) -> str:
    # Several times as fast as `ipaddress`, which writes networks the same way.
    written = socket.inet_ntop(socket.AF_INET6, begin.ljust(16, b"\0"))
    return f"{written}/{8 * len(begin)}"


def pool_of(ip: str) -> str:
    """Return an address's neighbourhood, such as a provider's pool: /16 for IPv4, /32 for IPv6.

    Homes and telephones get changing addresses from their provider's pool.

    Examples
    --------
    >>> pool_of("203.0.113.77"), pool_of("2001:db8:3::1"), pool_of("office")
    ('203.0.0.0/16', '2001:db8::/32', 'office')
    """
    plain = _IPV4.fullmatch(ip.strip())
    if plain:
        return f"{plain[1].rpartition('.')[0]}.0.0/16"
    network = network_of(ip)
    if network.endswith("/48") and network != ip:  # an IPv6 address
        return _ipv6_network(socket.inet_pton(socket.AF_INET6, network[:-3])[:4])
    return _pool_of_network(network)


@lru_cache(maxsize=65_536)
def _pool_of_network(network: str) -> str:
    with suppress(ValueError):
        whole = ipaddress.ip_network(network)
        return str(whole.supernet(new_prefix=16 if whole.version == 4 else 32))
    return network
