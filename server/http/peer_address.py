"""Whose address a request counts for, when a proxy may stand between."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

_FORWARDED_FOR = "X-Forwarded-For"
_PROXY_HEADERS = (_FORWARDED_FOR, "Forwarded", "Via", "X-Real-IP")

_NETWORK_BYTES = 8  # of an IPv6 address: what one household or phone is given

_Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]


def peer_address(request: web.Request, trusted_proxies: Networks) -> str:
    """Return the address that limits and permissions of a request go by; empty once the connection is gone.

    X-Forwarded-For is read only if the other end is a trusted proxy, from right to left: each trusted hop
    vouches for the entry to its left. The first entry that is no trusted proxy is the answer; what stands
    left of it anybody could have written. A broken entry ends the reading at the hop before it.
    """
    address = _other_end(request)
    if address is None:
        return ""
    entries = ",".join(request.headers.getall(_FORWARDED_FOR, [])).split(",")
    while entries and is_within(address, trusted_proxies):
        before = _read_entry(entries.pop())
        if before is None:
            break
        address = before
    return str(address)


def came_through_unknown_proxy(request: web.Request, trusted_proxies: Networks) -> bool:
    """Say whether a proxy that nobody told us of seems to stand between, so that the address says nothing."""
    address = _other_end(request)
    has_trust = address is not None and is_within(address, trusted_proxies)
    return not has_trust and any(name in request.headers for name in _PROXY_HEADERS)


def is_within(address: _Address, networks: Networks) -> bool:
    """Say whether the address is in one of the networks."""
    return any(address in network for network in networks)


def network_of(text: str) -> bytes:
    """Return the place that limits go by: an IPv4 address or an IPv6 /64; one for all that is no address."""
    address = read_address(text)
    if address is None:
        return b"unknown"
    return address.packed[:_NETWORK_BYTES] if isinstance(address, IPv6Address) else address.packed


def _other_end(request: web.Request) -> _Address | None:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return read_address(str(peer[0])) if isinstance(peer, tuple) else None


def _read_entry(entry: str) -> _Address | None:
    """Read one hop: an address, perhaps with brackets and a port as some proxies write it."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return read_address(text)


def read_address(text: str) -> _Address | None:
    """Read an address; an IPv4 one in IPv6 clothes (RFC 4291 section 2.5.5.2) is the IPv4 one."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
