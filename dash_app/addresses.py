"""Where somebody asks from, as requests are counted by it."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

#: What one household, or one machine that somebody rents, has of the IPv6 addresses: 2^64 of them.
_ONE_HOLDER = 64


def holder(address: str) -> str:
    """One text for all addresses of one holder: of IPv6 the network, of IPv4 the address itself; anything else as it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), _ONE_HOLDER), strict=False))
