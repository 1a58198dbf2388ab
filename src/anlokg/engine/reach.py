"""Where numeric addresses lead: to the public network, to this machine, or to a private network.

The tables follow the registries of special-purpose addresses (RFC 6890 and its successors). They
are written out, so that the answer does not depend on the version of a library.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

PUBLIC, LOOPBACK, PRIVATE, RESERVED = "public", "loopback", "private", "reserved"

Network = tuple[str, ...]
LOOPBACKS: Network = ("127.0.0.0/8", "::1/128")
PRIVATES: Network = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
METADATA: Network = (
    "169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32",
    "fd00:ec2::/32", "fd20:ce::/32",
)  # fmt: skip
"""Where clouds tell a machine its keys."""
RESERVEDS: Network = (
    "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
    "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)  # fmt: skip
"""Shared, for documents and tests, multicast, and IPv4 carried in IPv6 (Teredo, 6to4)."""
GLOBAL_V6 = IPv6Network("2000::/3")
"""All else of IPv6 is refused: mapped and translated IPv4, link-local, site-local, multicast."""

TABLE = [
    (ip_network(text), kind)
    for kind, texts in (
        (RESERVED, METADATA), (LOOPBACK, LOOPBACKS), (PRIVATE, PRIVATES), (RESERVED, RESERVEDS)
    )
    for text in texts
]  # fmt: skip


def kind(number: str) -> str:
    """What a numeric address is: public, loopback, private or reserved."""
    address = ip_address(number)
    for network, found in TABLE:
        if address.version == network.version and address in network:
            return found
    if isinstance(address, IPv6Address) and address not in GLOBAL_V6:
        return RESERVED
    return PUBLIC


def canonical(host: str) -> str:
    """A numeric host in the one form it is accepted in; ``ValueError`` for all others."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        raise ValueError(f"{host!r} is not an address such as 192.0.2.1 or 2001:db8::1") from None
    if isinstance(address, IPv6Address) and (address.scope_id or address.ipv4_mapped):
        raise ValueError(f"{host!r} is not a plain IPv6 address")
    return str(address)


def kind_of_literal(host: str) -> str | None:
    """The kind of a host that is a numeric address; ``None`` for a name."""
    try:
        return kind(host)
    except ValueError:
        return None


def leads_to(number: str, host: str) -> bool:
    """Whether a numeric address reaches what listens at a host: itself, or any of the machine."""
    try:
        own = ip_address(host)
    except ValueError:
        return False
    return ip_address(number) == own or (own.is_unspecified and _is_local(number))


def _is_local(number: str) -> bool:
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.bind((number, 0))
    except OSError:
        return False
    return True
