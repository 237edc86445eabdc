"""R5: Redis dies, is away, fails over, freezes, and cuts off its listeners, under rooms that go on."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from rooms.refusals import RefusalCode
from tests.chaos.counts import IS_FULL, trials
from tests.chaos.harm import KEPT, converged_ms
from tests.chaos.meeting import Meeting, Plan, open_meeting, rooms_text, slug_of
from tests.chaos.report import Sheet, open_sheet
from tests.integration.nodes import running_nodes
from tests.integration.redis_server import RedisServer, running_redis
from tests.integration.test_sentinel import sentinel
from tests.server.bus.clustered import eventually

PLAN: Final = Plan(rooms=3, bots=trials(full=6, short=4), speakers=1, writers=1, pause_s=1.1, together=2)
ALONE: Final = frozenset(slug_of(number) for number in range(PLAN.together))
SETTING: Final = (
    f"2 nodes; 2 rooms of {PLAN.bots} bots on one node each, and one on both; "
    "in each one speaks and one writes. Redis as deploy/ sets it up"
)
GAP: Final = "gap in a room on one node"
GAP_BETWEEN: Final = "gap between nodes"
GONE: Final = "Redis takes no writes for"
CONVERGED: Final = "converged after the return"
CONVERGED_MS: Final = 3_000.0
REPLICAS: Final = 2
WATCHED: Final = (
    *("--min-replicas-to-write", "1", "--min-replicas-max-lag", "2"),
    *("--repl-diskless-sync-delay", "0"),
)
"""As deploy/redis/redis.conf says for servers that Sentinels watch over: a master that came back takes
nothing that would be lost."""


class Servers(NamedTuple):
    """The Redis that is harmed, and what takes over; `url` is where nodes look, `watcher` the Sentinel."""

    all: list[RedisServer]
    url: str
    watcher: RedisServer | None = None


Fault = Callable[[Servers], Awaitable[int]]
"""Does harm, and ends it; returns CLOCK_MONOTONIC in ns at the end of it."""


async def kill(servers: Servers) -> int:
    """SIGKILL, and a start two seconds later."""
    return await _be_away(servers.all[0], 2.0)


async def be_away(servers: Servers) -> int:
    """A minute without Redis."""
    return await _be_away(servers.all[0], 60.0 if IS_FULL else 5.0)


async def _be_away(redis: RedisServer, seconds: float) -> int:
    await redis.kill()
    await asyncio.sleep(seconds)
    await redis.start()
    return time.monotonic_ns()


async def freeze(servers: Servers) -> int:
    """SIGSTOP: connections stay, and nothing answers."""
    servers.all[0].freeze()
    await asyncio.sleep(10.0 if IS_FULL else 3.0)
    servers.all[0].resume()
    return time.monotonic_ns()


async def cut_off(servers: Servers) -> int:
    """Every subscription's connection is closed."""
    await servers.all[0].command("CLIENT", "KILL", "TYPE", "pubsub")
    return time.monotonic_ns()


async def _ask(server: RedisServer, *words: str) -> bytes:
    """Return an answer; empty where the server hangs up, as it does on all when it becomes a replica."""
    try:
        return await server.command(*words)
    except OSError:
        return b""


async def fail_over(servers: Servers) -> int:
    """The master is killed; another server becomes it. The dead one comes back as if nothing had been."""
    old, *others = servers.all
    await old.kill()
    found: list[RedisServer] = []

    async def has_another() -> bool:
        found.extend([one for one in others if b"role:master" in await _ask(one, "INFO", "replication")])
        return bool(found)

    async def takes_writes() -> bool:
        told = await _ask(found[0], "INFO", "replication")
        return b"min_slaves_good_slaves:" in told and b"min_slaves_good_slaves:0" not in told

    await eventually(has_another, within_s=30)
    servers.all.sort(key=lambda one: one is not found[0])
    await old.start()
    await eventually(takes_writes, within_s=30)
    return time.monotonic_ns()


async def _can_fail_over(servers: Servers) -> bool:
    """Whether the Sentinel, which asks every ten seconds, knows of two replicas that follow."""
    assert servers.watcher is not None
    if (await _ask(servers.all[0], "INFO", "replication")).count(b"state=online") < REPLICAS:
        return False
    known = await _ask(servers.watcher, "SENTINEL", "REPLICAS", "lamplit")
    master = await _ask(servers.watcher, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "lamplit")
    is_followed = known.count(b"master-link-status\r\n$2\r\nok") == REPLICAS and b"s_down" not in known
    return is_followed and f"{servers.all[0].port}".encode() in master


class Kind(NamedTuple):
    """One fault, and how often a full run has it."""

    fault: Fault
    times: int
    pause_s: float = 1.0


FAULTS: Final = {
    "killed": Kind(kill, 10),
    "away for a minute": Kind(be_away, 10),
    "frozen": Kind(freeze, 10),
    "listeners cut off": Kind(cut_off, 10),
    "failed over": Kind(fail_over, 10),
}
SHORT: Final = ("killed", "listeners cut off")  # `tests.integration.test_redis_faults` has more


@asynccontextmanager
async def servers_for(fault: Fault, folder: Path) -> AsyncIterator[Servers]:
    """Run one Redis, or three and a Sentinel."""
    async with AsyncExitStack() as stack:
        if fault is not fail_over:
            first = await stack.enter_async_context(running_redis(*KEPT))
            yield Servers([first], first.url)
            return
        first = await stack.enter_async_context(running_redis(*KEPT, *WATCHED))
        replica = ("--replicaof", "127.0.0.1", str(first.port))
        others = [
            await stack.enter_async_context(running_redis(*KEPT, *WATCHED, *replica)) for _ in range(REPLICAS)
        ]
        watcher = await stack.enter_async_context(sentinel(first, folder))
        servers = Servers([first, *others], f"redis+sentinel://127.0.0.1:{watcher.port}/lamplit", watcher)
        await eventually(lambda: _can_fail_over(servers), within_s=40)
        yield servers


async def try_fault(kind: Kind, servers: Servers, meeting: Meeting, sheet: Sheet) -> None:
    meeting.begin()
    began_ns = time.monotonic_ns()
    at_ns = await kind.fault(servers)
    sheet.measure(GONE, (at_ns - began_ns) / 1e6)
    sheet.measure(CONVERGED, await converged_ms(meeting, at_ns))
    await meeting.settle()
    trial = meeting.end()
    for page, voice in meeting.pairs():
        gap_ms = page.ear.gaps_ns.get(voice.bot.member_id, 0) / 1e6
        sheet.measure(GAP if page.slug in ALONE else GAP_BETWEEN, gap_ms)
    for what, number in trial.figures.items():
        sheet.count(what, number)
    await asyncio.sleep(kind.pause_s)
    if servers.watcher is not None:
        await eventually(lambda: _can_fail_over(servers), within_s=40)


@pytest.mark.parametrize("names", [[name] for name in FAULTS] if IS_FULL else [list(SHORT)], ids=",".join)
async def test_rooms_outlive_redis(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("redis")
    with open_sheet("R5", "Redis dies", setting=SETTING, piece=", ".join(names)) as sheet:
        sheet.bar(GAP, most=100)
        sheet.bar(GAP_BETWEEN)
        sheet.bar(GONE)
        sheet.bar(CONVERGED, most=CONVERGED_MS, short_most=2 * CONVERGED_MS)
        async with (
            servers_for(FAULTS[names[0]].fault, folder) as servers,
            running_nodes(folder, 2, extra=rooms_text(PLAN.rooms), redis_url=servers.url) as cluster,
            open_meeting(cluster, PLAN) as meeting,
        ):
            meeting.start_writing()
            for name in names:
                kind = FAULTS[name]
                for _ in range(kind.times if IS_FULL else 1):
                    await try_fault(kind, servers, meeting, sheet)
            await meeting.stop_writing()
            for what, count in meeting.count_lines().items():
                sheet.count(what, count)
            sheet.count("rooms that differ from the server's", await meeting.count_differences())
            ended = sum(node.child is None or node.child.returncode is not None for node in cluster.nodes)
            sheet.count("nodes that ended by themselves", ended)
            refusals = [code for page in meeting.pages for code in page.bot.refusals]
            sheet.count("refusals with another word", sum(code is not RefusalCode.BUSY for code in refusals))
            sheet.tell("lines written", str(meeting.lines_acknowledged()))
            sheet.tell("refused for now", str(sum(sum(p.bot.refusals.values()) for p in meeting.pages)))
            sheet.tell("a speaker was late by at most", f"{meeting.late_max_ms():.0f} ms")
    sheet.check()
