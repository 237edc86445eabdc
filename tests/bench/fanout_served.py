"""The full measurement: a real server on one core, bots and floor's sinks on another.

The room grows from one number of listeners to the next. At each: the idle server is watched, then one voice
speaks and the floor sends by turns, on the server's core, to as many sockets that are emptied the same way.
The ratio is the median over pairs of neighbouring turns in which no packet was lost. The server's CPU time is
that of all its threads, the idle rate taken off, delivery over loopback included.
Bots look at their sockets every ms rather than wait to be woken: waking them would be the server's cost.
"""

import asyncio
import gc
import json
import os
import platform
import resource
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.floor import PAYLOAD_BYTES
from tests.bots.reception import BUFFER_BYTES, READ_BYTES, Reception
from tests.bots.served import crowd_server
from tests.bots.swarm import Swarm, SwarmPlan, say_on_stderr

IDLE_S = 1.5
SETTLE_S = 0.1  # for what is on its way
TURNS = 6
FLOOR_BURSTS = 15
OTHERS_MAX = 0.1  # of all cores: with more than this used by other programs a row is void
DRAIN_MS = 1.0
SAMPLE = 8  # bots decrypt one packet in so many: the others are counted by their sequence
JOINS_AT_ONCE = 8
FILES_EACH = 4  # a bot's WebSocket and UDP socket, a sink, and room for more
SERVER_CORE, LOAD_CORE = 0, 1

_HEADINGS = (
    "listeners   us/packet   floor   ratio   best turns    idle %   lost   "
    "delay p50/p99 ms   join cpu ms   others %"
)


class Turn(NamedTuple):
    """What one turn of speaking cost."""

    packets: int
    cpu_ns: float
    lost: int

    @property
    def us_per_packet(self) -> float:
        """CPU time per packet that arrived."""
        return self.cpu_ns / 1_000 / max(1, self.packets)


def measure(listener_counts: list[int], seconds: float) -> dict[str, Any]:
    """Measure for each number of listeners; `seconds` is the length of one turn of speaking."""
    counts = sorted(listener_counts)
    _allow_files(FILES_EACH * counts[-1] + 200)
    is_pinned = len(os.sched_getaffinity(0)) > 1
    if is_pinned:
        os.sched_setaffinity(0, {LOAD_CORE})
    rows = asyncio.run(_measure(counts, seconds, is_pinned=is_pinned))
    us_per_incoming, us_per_listener = _fit(rows)
    return {
        "measurement": "fanout",
        "voices": 1,
        "payload_bytes": PAYLOAD_BYTES,
        "cipher": "AEAD_AES_128_GCM",
        "python": platform.python_version(),
        "pinned": is_pinned,
        "load_1min": round(os.getloadavg()[0], 2),
        "us_per_incoming": us_per_incoming,
        "us_per_listener": us_per_listener,
        "rows": rows,
    }


def write_table(report: dict[str, Any]) -> str:
    """Lines for people."""
    where = "one core each" if report["pinned"] else "not pinned"
    lines = [
        f"one voice, {PAYLOAD_BYTES}-byte payloads, {report['cipher']}, {where}, load {report['load_1min']}",
        _HEADINGS,
    ]
    lines.extend(
        f"{row['listeners']:9}   {row['us_per_packet']:9.2f}   {row['floor_us_per_packet']:5.2f}   "
        f"{row['ratio']:5.2f}   {row['best_turn_us']:5.2f}/{row['best_floor_us']:5.2f}   "
        f"{row['idle_percent']:6.2f}   {row['lost']:4}   "
        f"{row['delay_p50_ms'] or 0:7.2f} / {row['delay_p99_ms'] or 0:6.2f}   "
        f"{row['join_cpu_ms']:11.2f}   {row['others_percent']:8.1f}"
        f"{'   void: too busy a machine' if row['is_void'] else ''}"
        for row in report["rows"]
    )
    if report["us_per_incoming"] is not None:
        lines.append(
            f"fitted: {report['us_per_incoming']:.0f} us for each incoming packet, "
            f"{report['us_per_listener']:.2f} us for each of its listeners"
        )
    return "\n".join(lines)


def _fit(rows: list[dict[str, Any]]) -> tuple[float | None, float | None]:
    """Part the cost of an incoming packet into what it costs at all and what each listener adds."""
    if len(rows) == 1:
        return None, None
    counts = [row["listeners"] for row in rows]
    costs = [row["us_per_packet"] * row["listeners"] for row in rows]
    line = statistics.linear_regression(counts, costs)
    return round(line.intercept, 1), round(line.slope, 3)


def cpu_ns_of(pid: int) -> int:
    """User and system time of all threads of a process that are alive (the kernel's schedstat)."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text("ascii").split()[0])
        except FileNotFoundError:  # a thread that has just ended
            continue
    return total


def resident_kib_of(pid: int) -> int:
    """Memory of a process that is in use (the kernel's statm)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() // 1_024


def _pin(pid: int, core: int) -> None:
    """Keep all threads of a process, and those they start, on one core."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


async def _measure(counts: list[int], seconds: float, *, is_pinned: bool) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        async with crowd_server(Path(folder)) as server:
            assert server.process is not None
            pid = server.process.pid
            if is_pinned:
                _pin(pid, SERVER_CORE)
            plan = SwarmPlan(
                url=server.url,
                speakers=1,
                listeners=0,
                sample=SAMPLE,
                joins_at_once=JOINS_AT_ONCE,
                drain_ms=DRAIN_MS,
            )
            async with Swarm.open(plan, say_on_stderr) as swarm:
                await swarm.join_all()
                [speaker] = swarm.speakers
                await speaker.set_microphone(on=True)
                rows = [
                    await _measure_at(count, swarm, pid, seconds, is_pinned=is_pinned) for count in counts
                ]
                await server.kill()  # a thousand goodbyes would take longer than they are worth
                return rows
    raise AssertionError("nothing swallows an error here")


async def _measure_at(
    count: int, swarm: Swarm, pid: int, seconds: float, *, is_pinned: bool
) -> dict[str, Any]:
    joining = count - len(swarm.listeners)
    before_ns = cpu_ns_of(pid)
    await swarm.join_more(0, joining)
    join_cpu_ms = (cpu_ns_of(pid) - before_ns) / 1e6 / max(1, joining)
    if len(swarm.listeners) != count:
        raise SystemExit(f"fanout: not all joined: {dict(swarm.errors)}")
    gc.collect()
    gc.freeze()
    await asyncio.sleep(SETTLE_S)
    idle = await _watch_idle(pid)
    cut = sum(bot.is_cut for bot in swarm.bots)
    if cut:
        raise SystemExit(f"fanout: {cut} bots were cut off: this machine is too busy for them")
    swarm.forget()
    neighbours = Neighbours(pid)
    async with _floor(count, swarm.ground.reception, SERVER_CORE if is_pinned else -1) as floor:
        ours, bare = [], []
        for _ in range(TURNS):
            ours.append(await _speak(swarm, pid, seconds, idle))
            bare.append(await floor.send(FLOOR_BURSTS))
        others = neighbours.part(floor.pid)
    pairs = list(zip(ours, bare, strict=True))
    whole = [pair for pair in pairs if not pair[0].lost and not pair[1].lost]
    us = [one.us_per_packet for one, _ in whole or pairs]
    floor_us = [other.us_per_packet for _, other in whole or pairs]
    report = swarm.report()
    return {
        "listeners": count,
        "us_per_packet": round(statistics.median(us), 3),
        "floor_us_per_packet": round(statistics.median(floor_us), 3),
        "ratio": round(statistics.median(one / other for one, other in zip(us, floor_us, strict=True)), 3),
        "best_turn_us": round(min(us), 3),
        "best_floor_us": round(min(floor_us), 3),
        "turns_counted": len(whole),
        "is_void": len(whole) < TURNS // 2 or others > OTHERS_MAX,
        "idle_percent": round(idle * 100, 3),
        "packets": sum(turn.packets for turn in ours),
        "lost": sum(turn.lost for turn in ours),
        "floor_lost": sum(turn.lost for turn in bare),
        "delay_p50_ms": report.delay_p50_ms,
        "delay_p99_ms": report.delay_p99_ms,
        "late_max_ms": report.late_max_ms,
        "join_cpu_ms": round(join_cpu_ms, 3),
        "resident_kib": resident_kib_of(pid),
        "others_percent": round(others * 100, 1),
    }


async def _watch_idle(pid: int) -> float:
    """The part of a core that the server uses while nobody speaks."""
    before_ns, begin_s = cpu_ns_of(pid), time.monotonic()
    await asyncio.sleep(IDLE_S)
    return (cpu_ns_of(pid) - before_ns) / 1e9 / (time.monotonic() - begin_s)


async def _speak(swarm: Swarm, pid: int, seconds: float, idle: float) -> Turn:
    """Let the voice speak for a while; the microphone stays on, only packets stop."""
    [speaker] = swarm.speakers
    assert speaker.media is not None
    speech = speaker.media.speech
    sent, heard = speech.sent, _heard(swarm)
    before_ns, begin_s = cpu_ns_of(pid), time.monotonic()
    speech.start(swarm.plan.hz, speaker.member_id)
    await asyncio.sleep(seconds)
    speech.stop()
    await asyncio.sleep(SETTLE_S)
    cpu_ns = cpu_ns_of(pid) - before_ns - idle * (time.monotonic() - begin_s) * 1e9
    packets = _heard(swarm) - heard
    return Turn(packets, cpu_ns, (speech.sent - sent) * len(swarm.listeners) - packets)


def _heard(swarm: Swarm) -> int:
    return sum(
        bot.media.hearing.packets
        for bot in swarm.listeners
        if bot.media is not None and bot.media.hearing is not None
    )


class Neighbours:
    """What other programs on this machine use meanwhile: more than a little makes a run void."""

    def __init__(self, server_pid: int) -> None:
        self._server_pid = server_pid
        self._begin_s = time.monotonic()
        self._before_ns = self._theirs_ns(0)

    def part(self, floor_pid: int) -> float:
        """Return how much of all cores others have used since the beginning."""
        used_ns = self._theirs_ns(floor_pid) - self._before_ns
        cores = os.cpu_count() or 1
        return max(0.0, used_ns / 1e9 / (time.monotonic() - self._begin_s) / cores)

    def _theirs_ns(self, floor_pid: int) -> int:
        user, nice, system, _idle, _wait, irq, softirq, steal, *_ = map(
            int, Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:]
        )
        busy_ns = (user + nice + system + irq + softirq + steal) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
        ours_ns = cpu_ns_of(self._server_pid) + cpu_ns_of(os.getpid())
        return busy_ns - ours_ns - (cpu_ns_of(floor_pid) if floor_pid else 0)


class _Floor:
    """The floor's process, and the sockets that it sends to."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.received = 0
        self.pid = process.pid
        self._process = process

    async def send(self, bursts: int) -> Turn:
        """Let it send to each sink so many times."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        before = self.received
        self._process.stdin.write(f"{bursts}\n".encode())
        answer = json.loads(await self._process.stdout.readline())
        await asyncio.sleep(SETTLE_S)
        received = self.received - before
        return Turn(received, answer["cpu_ns"], answer["packets"] - received)


@asynccontextmanager
async def _floor(count: int, reception: Reception, core: int) -> AsyncIterator[_Floor]:
    """Start the floor on a core, with a sink per listener, emptied as the bots' sockets are."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.floor", str(core)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    floor = _Floor(process)
    sinks = [_open_sink() for _ in range(count)]
    try:
        for sink in sinks:
            reception.add(sink, _empty(sink, floor))
        ports = [sink.getsockname()[1] for sink in sinks]
        assert process.stdin is not None
        process.stdin.write(json.dumps(ports).encode() + b"\n")
        yield floor
    finally:
        for sink in sinks:
            reception.remove(sink)
            sink.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


def _open_sink() -> socket.socket:
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    sink.bind(("127.0.0.1", 0))
    sink.setblocking(False)  # noqa: FBT003 - the library's signature
    return sink


def _empty(sink: socket.socket, floor: _Floor) -> Callable[[int], None]:
    def on_ready(_now_ns: int) -> None:
        sink.recv(READ_BYTES)
        floor.received += 1

    return on_ready


def _allow_files(wanted: int) -> None:
    """Raise the limit of open files where it is too low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
