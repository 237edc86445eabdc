"""Nodes in network namespaces of their own, each with one cable that can be cut without a word.

Bots and Redis are at the hub, a namespace too: no interface of the machine itself comes or goes, which other
tests' browsers would notice (see tests/browser/netns.py). What is cut is dropped where it comes in, at both
ends: nobody is told that anything failed.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

from tests.browser.netns import entered, run
from tests.integration.nodes import Cluster, NodeProcess, running_cluster
from tests.integration.redis_server import running_redis

# From the block for benchmarks of devices (RFC 2544): no home or office uses it.
NET: Final = IPv4Network("198.18.0.0/15")
HUB: Final = "198.18.0.1"
_FOLDER: Final = Path("/run/netns")  # ip-netns(8)


class Cables:
    """The hub and the cables to so many nodes. Made by `laid_cables`."""

    def __init__(self, name: str, count: int) -> None:
        self.hub = f"{name}h"
        self.nodes = [f"{name}n{number}" for number in range(count)]

    def address(self, number: int) -> str:
        """Return the address of a node, counted from 0."""
        return f"198.18.{number + 1}.2"

    async def cut(self, number: int) -> None:
        """Lose every packet from and to a node from now on, in silence."""
        await self._rule("-A", number)

    async def mend(self, number: int) -> None:
        """Let packets through again."""
        await self._rule("-D", number)

    async def part(self, number: int, port: int) -> None:
        """Lose every packet between a node and what it has at a TCP port of the hub; all else goes on."""
        await self._rule("-A", number, port)

    async def join(self, number: int, port: int) -> None:
        """Let those packets through again."""
        await self._rule("-D", number, port)

    async def _rule(self, verb: str, number: int, port: int = 0) -> None:
        ends = ((self.hub, f"to{number}", "--dport"), (self.nodes[number], "hub", "--sport"))
        for namespace, device, end in ends:
            which = ("-p", "tcp", end, f"{port}") if port else ()
            rule = ("iptables", "-w", verb, "INPUT", "-i", device, *which, "-j", "DROP")
            await run("ip", "netns", "exec", namespace, *rule)

    async def lay(self) -> None:
        """Make the namespaces and the cables."""
        for namespace in (self.hub, *self.nodes):
            await run("ip", "netns", "add", namespace)
            await run("ip", "-n", namespace, "link", "set", "lo", "up")
        await run("ip", "-n", self.hub, "address", "add", f"{HUB}/32", "dev", "lo")
        for number, namespace in enumerate(self.nodes):
            here, there = f"to{number}", "hub"
            cable = ("link", "add", here, "type", "veth", "peer", "name", there, "netns", namespace)
            await run("ip", "-n", self.hub, *cable)
            gate = f"198.18.{number + 1}.1"
            ends = ((self.hub, here, gate), (namespace, there, self.address(number)))
            for end, device, address in ends:
                await run("ip", "-n", end, "address", "add", f"{address}/30", "dev", device)
                await run("ip", "-n", end, "link", "set", device, "up")
            await run("ip", "-n", namespace, "route", "add", "default", "via", gate)

    async def take_away(self) -> None:
        """Delete what is there of all this; cables go with their ends."""
        for namespace in (self.hub, *self.nodes):
            if (_FOLDER / namespace).exists():
                with suppress(AssertionError):
                    await run("ip", "netns", "delete", namespace)


@asynccontextmanager
async def laid_cables(count: int) -> AsyncIterator[Cables]:
    """Lay cables, and be at the hub: what this thread opens meanwhile is there."""
    cables = Cables(f"lamc{os.getpid()}", count)
    try:
        await cables.lay()
        with entered(cables.hub):
            yield cables
    finally:
        await cables.take_away()


@asynccontextmanager
async def running_at_cables(folder: Path, cables: Cables, extra: str) -> AsyncIterator[Cluster]:
    """Run a node at the end of each cable, and Redis at the hub."""
    async with running_redis("--bind", "0.0.0.0", "--protected-mode", "no") as redis:  # noqa: S104
        nodes = [
            NodeProcess(
                folder,
                f"n{number + 1}",
                f"redis://{HUB}:{redis.port}",
                extra,
                host=cables.address(number),
                launcher=("ip", "netns", "exec", namespace),
            )
            for number, namespace in enumerate(cables.nodes)
        ]
        async with running_cluster(folder, redis, nodes) as cluster:
            yield cluster
