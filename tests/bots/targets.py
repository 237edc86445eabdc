"""Where bots may send: this machine, and networks that were named on purpose."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

import msgspec

Network = IPv4Network | IPv6Network


class TargetError(Exception):
    """The target is elsewhere: bots are a load, and nobody else asked for it."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A server's address, taken apart.

    Attributes:
        netloc: address and port as the URL has them, for the Host header.
        origin: as a browser on the server's own page sends it.
        socket_path: where the WebSocket is.
    """

    host: str
    port: int
    netloc: str
    origin: str
    socket_path: str
    is_tls: bool


def read_site(url: str, nets: Sequence[Network] = ()) -> Site:
    """Read http(s)://ADDRESS[:PORT], where ADDRESS is an IP address or `localhost`.

    Raises:
        TargetError: if it is no such address, or not one that bots may send to.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise TargetError(f"{url!r} is not an address like http://127.0.0.1:8080")
    if parts.hostname != "localhost":
        try:
            host = str(ip_address(parts.hostname))
        except ValueError:
            raise TargetError(f"{parts.hostname!r} is a name: bots want an IP address or localhost") from None
        if not (ip_address(host).is_loopback or _is_within(host, nets)):
            raise TargetError(f"{host} is not a loopback address; --allow-net names more")
    is_tls = parts.scheme == "https"
    return Site(
        host="127.0.0.1" if parts.hostname == "localhost" else parts.hostname,
        port=parts.port or (443 if is_tls else 80),
        netloc=parts.netloc,
        origin=f"{parts.scheme}://{parts.netloc}",
        socket_path="/socket.io/?EIO=4&transport=websocket",
        is_tls=is_tls,
    )


def choose_candidate(candidates: Sequence[tuple[str, int]], nets: Sequence[Network] = ()) -> tuple[str, int]:
    """Return the first media address that stays on this machine or within `nets`.

    A server bound to all addresses announces the machine's own ones rather than loopback: what is sent
    there does not leave the machine either.

    Raises:
        TargetError: if there is none.
    """
    for host, port in candidates:
        if ip_address(host).is_loopback or _is_within(host, nets) or _is_own(host):
            return host, port
    raise TargetError("the offer has no media address that bots may send to")


def _is_within(host: str, nets: Sequence[Network]) -> bool:
    return any(ip_address(host) in net for net in nets)


def _is_own(host: str) -> bool:
    """Whether the address is one of this machine: only then can a socket be bound to it."""
    family = socket.AF_INET if ip_address(host).version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True
