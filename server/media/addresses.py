"""Which addresses a browser is told to reach the media port at."""

import socket
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

import ifaddr

Address = tuple[str, int] | tuple[str, int, int, int]
"""Where a datagram goes or comes from: as `socket.sendto` takes it, IPv4 or IPv6."""

MAX_CANDIDATES: Final = 8  # each costs a line on every media line of the offer and a check by the browser

# Addresses of documentation networks (RFC 5737, RFC 3849). Connecting a UDP socket sends nothing: the kernel
# only looks up which of our addresses it would use on the way there.
_FAR_AWAY: Final = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
_ANY_PORT: Final = 9


def candidate_addresses(bound_hosts: Iterable[str], public_addresses: Iterable[str]) -> tuple[str, ...]:
    """Addresses to announce, best first, at most `MAX_CANDIDATES`.

    Configured public addresses stand alone. Otherwise a socket bound to one address announces that one, and a
    socket bound to all addresses announces this machine's own: the one of the default route first,
    loopback only when there is nothing else.

    Raises:
        ValueError: for a public address that is not an IP address.
    """
    public = [str(ip_address(address)) for address in public_addresses]
    if public:
        return tuple(dict.fromkeys(public))[:MAX_CANDIDATES]
    found: list[str] = []
    for host in bound_hosts:
        if ip_address(host).is_unspecified:
            found += _own_addresses(ip_address(host).version)
        else:
            found.append(host)
    lasting = [host for host in dict.fromkeys(found) if not ip_address(host).is_loopback]
    loopback = [host for host in dict.fromkeys(found) if ip_address(host).is_loopback]
    return tuple((lasting or loopback)[:MAX_CANDIDATES])


def _own_addresses(version: int) -> list[str]:
    """This machine's addresses of one family: the default route's first, then all others."""
    routed = [_routed_address(family, far) for family, far in _FAR_AWAY if ip_address(far).version == version]
    found = [address for address in routed if address is not None]
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            ip = entry.ip if isinstance(entry.ip, str) else entry.ip[0]
            address = ip_address(ip)
            if address.version == version and not (address.is_link_local or address.is_multicast):
                found.append(ip)
    return found


def _routed_address(family: socket.AddressFamily, far: str) -> str | None:
    """Our address on the way to the rest of the world, if there is one."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, _ANY_PORT))
        except OSError:
            return None
        found: str = probe.getsockname()[0]
    return found
