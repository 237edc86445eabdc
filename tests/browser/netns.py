"""A network of its own for one browser, that can be switched off under it. Needs root, ip and iptables.

Browsers' own offline switches leave sound alone; dropping packets in a network namespace stops everything,
and no program is told about it: what a tunnel does to a phone.
"""

import asyncio
import os
import shutil
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

# From the block for benchmarks of devices (RFC 2544): no home or office uses it.
# By process, so that two runs on one machine do not meet.
OUR_END: Final = f"198.18.{os.getpid() % 256}.1"
THEIR_END: Final = f"198.18.{os.getpid() % 256}.2"


def is_possible() -> bool:
    """Whether this machine lets us make network namespaces."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return os.geteuid() == 0 and all(shutil.which(program, path=path) for program in ("ip", "iptables"))


async def _run(*command: str) -> None:
    child = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, words = await child.communicate()
    assert child.returncode == 0, f"{' '.join(command)}: {words.decode(errors='replace').strip()}"


class Network:
    """A namespace behind one cable, whose other end (`OUR_END`) is with us."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write_launcher(self, path: Path, program: str) -> str:
        """Write a script that starts a program inside, with the script's arguments; returns its path."""
        path.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {program} "$@"\n', "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    async def switch_off(self) -> None:
        """Lose every packet from now on, in silence."""
        for chain, side in (("INPUT", "-i"), ("OUTPUT", "-o")):
            await self._rule("-A", chain, side)

    async def switch_on(self) -> None:
        """Let packets through again."""
        for chain, side in (("INPUT", "-i"), ("OUTPUT", "-o")):
            await self._rule("-D", chain, side)

    async def lose_sound(self) -> None:
        """Lose every datagram from now on, as a narrow network does; TCP, and with it the link, goes on."""
        for chain, side in (("INPUT", "-i"), ("OUTPUT", "-o")):
            await self._rule("-A", chain, side, "-p", "udp")

    async def find_sound(self) -> None:
        """Let datagrams through again."""
        for chain, side in (("INPUT", "-i"), ("OUTPUT", "-o")):
            await self._rule("-D", chain, side, "-p", "udp")

    async def _rule(self, verb: str, chain: str, side: str, *which: str) -> None:
        # Loopback inside stays: the browser's own processes may use it.
        rule = ("iptables", "-w", verb, chain, "!", side, "lo", *which, "-j", "DROP")
        await _run("ip", "netns", "exec", self.name, *rule)


@asynccontextmanager
async def own_network() -> AsyncIterator[Network]:
    """Make a namespace with a cable to us; both are gone afterwards."""
    name = f"lamp{os.getpid()}"
    ours, theirs = f"{name}a", f"{name}b"
    await _run("ip", "netns", "add", name)
    try:
        inside = ("ip", "-n", name)
        await _run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        await _run("ip", "address", "add", f"{OUR_END}/30", "dev", ours)
        await _run("ip", "link", "set", ours, "up")
        await _run(*inside, "address", "add", f"{THEIR_END}/30", "dev", theirs)
        await _run(*inside, "link", "set", theirs, "up")
        await _run(*inside, "link", "set", "lo", "up")
        await _run(*inside, "route", "add", "default", "via", OUR_END)
        yield Network(name)
    finally:
        # The cable goes with its end inside.
        await _run("ip", "netns", "delete", name)
