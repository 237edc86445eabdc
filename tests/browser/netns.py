"""A network of its own for a server and a browser, which can be switched off. Needs root, ip and iptables.

Browsers' own offline switches leave sound alone; dropping packets in a network namespace stops everything,
and no program is told about it: what a tunnel does to a phone.

Both ends of the cable are in namespaces. A new interface of the machine itself would be noticed by the
browsers of all other tests, and each would break off what it is loading (net::ERR_NETWORK_CHANGED).
"""

import asyncio
import ctypes
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

# From the block for benchmarks of devices (RFC 2544): no home or office uses it.
NEAR_END: Final = "198.18.0.1"
FAR_END: Final = "198.18.0.2"

_CLONE_NEWNET: Final = 0x40000000  # setns(2)
_FOLDER: Final = Path("/run/netns")  # ip-netns(8)


def is_possible() -> bool:
    """Whether this machine lets us make network namespaces."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return os.geteuid() == 0 and all(shutil.which(program, path=path) for program in ("ip", "iptables"))


async def run(*command: str) -> None:
    """Run a program that must succeed."""
    child = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, words = await child.communicate()
    assert child.returncode == 0, f"{' '.join(command)}: {words.decode(errors='replace').strip()}"


def _enter(namespace: int) -> None:
    """Let this thread open its sockets, and start its children, in a namespace (a file descriptor of it)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def entered(name: str) -> Iterator[None]:
    """Be in a namespace: what this thread opens and starts meanwhile is there."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(_FOLDER / name, os.O_RDONLY)
    try:
        _enter(there)
        try:
            yield
        finally:
            _enter(before)
    finally:
        os.close(there)
        os.close(before)


class Network:
    """Two namespaces with one cable between them: the near one for the server, the far one for a browser."""

    def __init__(self, name: str) -> None:
        self.near = f"{name}n"
        self.far = f"{name}f"

    def write_launcher(self, path: Path, namespace: str, program: str) -> str:
        """Write a script that starts a program in a namespace with its arguments; returns its path."""
        path.write_text(f'#!/bin/sh\nexec ip netns exec {namespace} {program} "$@"\n', "utf-8")
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
        await run("ip", "netns", "exec", self.far, *rule)


@asynccontextmanager
async def own_network() -> AsyncIterator[Network]:
    """Make two namespaces and the cable; all are gone afterwards."""
    made = Network(f"lamp{os.getpid()}")
    ends = ((made.near, "near", NEAR_END), (made.far, "far", FAR_END))
    try:
        for namespace, _, _ in ends:
            await run("ip", "netns", "add", namespace)
            await run("ip", "-n", namespace, "link", "set", "lo", "up")
        cable = ("link", "add", "near", "type", "veth", "peer", "name", "far", "netns", made.far)
        await run("ip", "-n", made.near, *cable)
        for namespace, device, address in ends:
            await run("ip", "-n", namespace, "address", "add", f"{address}/30", "dev", device)
            await run("ip", "-n", namespace, "link", "set", device, "up")
        await run("ip", "-n", made.far, "route", "add", "default", "via", NEAR_END)
        yield made
    finally:
        # The cable goes with its ends.
        for namespace, _, _ in ends:
            if (_FOLDER / namespace).exists():
                await run("ip", "netns", "delete", namespace)
