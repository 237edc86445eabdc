"""Which origins (RFC 6454) a WebSocket may come from: an exact list, and no origin means no."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import Final

from server.media.addresses import candidate_addresses

_USUAL_PORTS: Final = {"http": 80, "https": 443}
_EVERY4: Final = "0.0.0.0"  # noqa: S104 -- compared, not bound
LOCAL_HOSTS: Final = ("127.0.0.1", "localhost", "::1")


class Origins:
    """The allow-list, compared as text: browsers write an origin in one form only (RFC 6454 section 6.2)."""

    def __init__(self, allowed: Iterable[str]) -> None:
        """Allow these origins and no others."""
        self.allowed: Final = frozenset(allowed)

    def is_allowed(self, origin: str | None) -> bool:
        """Say whether a request with this Origin header may go on; one without it may not."""
        return origin is not None and origin in self.allowed


def hosts_reached_at(host: str) -> tuple[str, ...]:
    """Under which names and addresses a browser reaches a server that listens at `host`.

    An address of all interfaces stands for this machine's own addresses and for its local names.
    """
    if host == "localhost":
        return LOCAL_HOSTS
    try:
        address = ip_address(host)
    except ValueError:
        return (host,)
    if address.is_unspecified:
        every = (_EVERY4, host) if isinstance(address, IPv6Address) else (_EVERY4,)
        return tuple(dict.fromkeys((*LOCAL_HOSTS, *candidate_addresses(every, ()))))
    return LOCAL_HOSTS if address.is_loopback and host in LOCAL_HOSTS else (host,)


def write_origin(scheme: str, host: str, port: int) -> str:
    """Return an origin as browsers write it: brackets around IPv6, no port where it is the usual one."""
    name = f"[{host}]" if ":" in host else host.lower()
    return f"{scheme}://{name}" if _USUAL_PORTS.get(scheme) == port else f"{scheme}://{name}:{port}"


def allowed_origins(host: str, port: int, *, is_tls: bool, configured: Iterable[str]) -> Origins:
    """Return the configured origins together with those of the listening address itself."""
    scheme = "https" if is_tls else "http"
    own = (write_origin(scheme, name, port) for name in hosts_reached_at(host))
    return Origins((*own, *configured))
