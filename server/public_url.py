"""Under which address browsers find the place, for links that commands print."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from server.config import Config
from server.http.origins import LOCAL_HOSTS, hosts_reached_at, write_origin


def public_url(asked: str | None, config: Config) -> str:
    """Return the address of the place without a slash at the end: as asked for, else as configured."""
    if asked:
        return asked.rstrip("/")
    if config.server.origins:
        return config.server.origins[0]
    host = hosts_reached_at(config.server.host)[0]
    return write_origin("https" if config.server.dev_tls else "http", host, config.server.port)


def passkey_url(asked: str | None, config: Config) -> str | None:
    """Return the same with a name for a host; None for a number: browsers make no passkeys for those."""
    url = public_url(asked, config)
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in LOCAL_HOSTS:
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://localhost{port}"
    try:
        ip_address(host)
    except ValueError:
        return url if host else None
    return None
