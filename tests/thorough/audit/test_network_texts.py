"""Networks of addresses are those that Python's own `ipaddress` finds, however they are written."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kloudless_data.audit.networks import network_of, pool_of


def by_ipaddress(text: str) -> tuple[str, str]:
    """Return the network and the pool of an address; the text itself if it is none."""
    bare = text.strip().partition("%")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return text, text
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix, pool = (24, 16) if address.version == 4 else (48, 32)
    network = ipaddress.ip_network((address, prefix), strict=False)
    return str(network), str(network.supernet(new_prefix=pool))


ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


@given(ADDRESSES, st.sampled_from(["compressed", "exploded"]))
def test_any_address(address: ipaddress.IPv4Address, form: str) -> None:
    text = getattr(address, form)
    assert (network_of(text), pool_of(text)) == by_ipaddress(text)


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "::{}", "64:ff9b::{}", " {} "]))
def test_an_ipv4_address_inside_another(address: ipaddress.IPv4Address, form: str) -> None:
    text = form.format(address)
    assert (network_of(text), pool_of(text)) == by_ipaddress(text)


@given(st.text(alphabet="0123456789abcdefABCDEF:.%[]/ x", max_size=45))
def test_what_is_none_stays_as_it_is(text: str) -> None:
    if "[" not in text and text.count(":") != 1:  # those may have a port
        assert (network_of(text), pool_of(text)) == by_ipaddress(text)


@pytest.mark.parametrize(
    "text",
    ["", "::", "1.2.3", "01.2.3.4", "1.2.3.256", "::ffff:01.2.3.4", "12345::", "1::2::3", ":1",
     "fe80::1%eth0", "2001:DB8::1", "::ffff:0:1.2.3.4", "1.2.3.4%5", "\x00", "office"],
)  # fmt: skip
def test_the_same_as_ipaddress(text: str) -> None:
    assert (network_of(text), pool_of(text)) == by_ipaddress(text)


@pytest.mark.parametrize(
    ("text", "network"),
    [("203.0.113.7:443", "203.0.113.0/24"), ("[2001:db8:3::1]:443", "2001:db8:3::/48"),
     ("[2001:db8:3::1]", "2001:db8:3::/48")],
)  # fmt: skip
def test_a_port_is_no_part_of_it(text: str, network: str) -> None:
    assert network_of(text) == network
