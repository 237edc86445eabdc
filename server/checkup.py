"""`lamplit check`: everything that a start would stumble over, and what it would only get wrong."""

import os
import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final, Literal

import msgspec

from server.clock import SystemClock
from server.config import Config
from server.config_sources import ConfigError
from server.help_lines import read_help_lines
from server.http.listening import ListenError, listen, say_why
from server.http.origins import allowed_origins
from server.http.pages import PageFolder, find_page_folder
from server.http.place import read_place
from server.media.addresses import candidate_addresses
from server.media.udp_port import UdpPort

_DESCRIPTORS_BESIDES: Final = 64  # standard streams, ports, files, libraries


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    Attributes:
        weight: `ok`; `warning` where a start works and something will not; `trouble` where it fails.
        text: what was found and, where it is not fine, what to do.
    """

    weight: Literal["ok", "warning", "trouble"]
    text: str

    @property
    def is_fine(self) -> bool:
        """Whether there is nothing to do."""
        return self.weight == "ok"


def check_up(config: Config) -> Iterator[Finding]:
    """Look at ports, folders, the page and limits, one by one. Ports are taken for a moment only."""
    yield _rooms(config)
    yield from _pages_port(config)
    yield from _media_port(config)
    yield _data_dir(config)
    yield _page(config)
    yield _look(config)
    yield from _help(config)
    yield _descriptors(config)


def _rooms(config: Config) -> Finding:
    return Finding("ok", f"rooms: {', '.join(room.slug for room in config.rooms)}")


def _pages_port(config: Config) -> Iterator[Finding]:
    host, port, is_tls = config.server.host, config.server.port, config.server.dev_tls
    try:
        sockets = listen(host, port)
    except ListenError as error:
        yield Finding("trouble", f"pages: {error}")
        return
    for sock in sockets:
        sock.close()
    yield Finding("ok", f"pages: TCP port {port} at {host} is free")
    origins = allowed_origins(host, port, is_tls=is_tls, configured=config.server.origins)
    yield Finding("ok", f"pages may come from: {', '.join(sorted(origins.allowed))}")


def _media_port(config: Config) -> Iterator[Finding]:
    media = config.media
    hosts = " and ".join(host for host in (media.udp_host4, media.udp_host6) if host)
    try:
        port = UdpPort(media.udp_host4, media.udp_host6, media.udp_port)
    except OSError as error:
        yield Finding("trouble", f"sound: UDP: {say_why(error, hosts, media.udp_port, '--udp-port')}")
        return
    addresses = candidate_addresses(port.hosts, media.public_addresses)
    port.close()
    yield Finding("ok", f"sound: UDP port {media.udp_port} at {hosts} is free")
    if not addresses:
        yield Finding(
            "trouble", "sound: this machine has no address to tell browsers; set media.public_addresses"
        )
    elif config.server.origins and all(ip_address(address).is_private for address in addresses):
        yield Finding(
            "warning",
            f"sound: browsers are told {', '.join(addresses)}, which cannot be reached from elsewhere; "
            "set media.public_addresses to the address that the world sees",
        )
    else:
        yield Finding("ok", f"sound: browsers are told {', '.join(addresses)}")


def _data_dir(config: Config) -> Finding:
    folder = config.server.data_path
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not place.is_dir():
        return Finding("trouble", f"data: {place} is a file; choose another folder with --data-dir")
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding(
            "trouble", f"data: {place} cannot be written to; choose another folder with --data-dir"
        )
    return Finding("ok", f"data: {folder} {'can be written to' if place == folder else 'will be made'}")


def _page(config: Config) -> Finding:
    if PageFolder(find_page_folder(), config.server.place_name).is_built:
        return Finding("ok", "page: it is built")
    return Finding("warning", "page: it is not built; run `python tools/web_build.py`, or `make run`")


def _look(config: Config) -> Finding:
    try:
        icon = read_place(config).icon
    except ConfigError as error:
        return Finding("trouble", f"look: {error}")
    return Finding(
        "ok", f"look: the icon is {'yours' if config.look.icon else 'a lamp'}, {icon.content_type}"
    )


def _help(config: Config) -> Iterator[Finding]:
    try:
        found = read_help_lines(config.server.help_file)
    except ConfigError as error:
        yield Finding("trouble", f"help: {error}")
        return
    if found.is_example:
        yield Finding(
            "warning",
            "help: the crisis lines that came with the program are shown, marked as not checked here; "
            "write a list of your own from deploy/help.example.toml and name it in server.help_file",
        )
    else:
        yield Finding("ok", f"help: {len(found.regions)} regions of yours are shown")
    today = datetime.fromtimestamp(SystemClock().wall_ms() / 1_000, UTC).date()
    for text in found.overdue(today):
        yield Finding("warning", f"help: {text}; look it up, and write down the day")


def _descriptors(config: Config) -> Finding:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = config.limits.connections + _DESCRIPTORS_BESIDES
    if most in {resource.RLIM_INFINITY, -1} or most >= wanted:
        return Finding("ok", f"open files: {most} are allowed")
    return Finding(
        "warning",
        f"open files: {most} are allowed and limits.connections needs {wanted}; "
        "raise what is allowed (ulimit -n) or lower the limit",
    )
