"""What one fact costs, by the number of members in the room, and what it weighs.

In this process, with the room log in memory: deciding and appending (the whole of `RoomService.carry_out`,
where log, author's copy and news are one), applying on another node (`RoomReplica.take`), a write to each
connection (real outboxes over socket pairs that are emptied between the turns), and the second that every
open room costs a node when nothing happens in it (`RoomService.expire` and `keep_time`). CPU time is user
and system time of the process; medians of turns. Bytes are those of the commit as JSON, of a snapshot of
the record as JSON, and of the growth of the resident set for each room that stands open and empty, and for
each that a node of a cluster follows with a tail that is full: replica, tail and the marks of its commits.
"""

import argparse
import asyncio
import gc
import os
import platform
import socket
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from rooms.apply import apply
from rooms.commands import Command, JoinRoom, PostChat, SetMicrophone
from rooms.facts import ChatPosted, Commit, RoomOpened
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.limits import LOG_MAX_COMMITS
from rooms.model import empty_record
from server.bus.memory import MemoryBus, MemoryLog
from server.bus.tail import RoomTail
from server.gateway.outbox import Outbox
from server.room_replica import RoomReplica
from server.room_service import Done, RoomPlan, RoomService
from signaling.codec import write_event
from signaling.to_browser import Commits
from tests.server.clock import FakeClock

SUMMARY = "CPU time and bytes per fact, by members of the room"
ROOM: Final = RoomSlug("bench")
LINE: Final = "Thank you. I needed to hear that today, and I am glad that I came."
DELIVERIES: Final = 100
IDLE_ROOMS: Final = 500
FOLLOWED_ROOMS: Final = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--members", type=int, nargs="+", default=[10, 100, 1_000, 4_900], metavar="N")
    parser.add_argument("--turns", type=int, default=60, metavar="N")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    rows = [asyncio.run(_measure(members, arguments.turns)) for members in sorted(arguments.members)]
    return {
        "measurement": "facts",
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
        "delivery_us": round(asyncio.run(_time_delivery(arguments.turns)), 2),
        **asyncio.run(_measure_idle_rooms()),
        "followed_room_kib": round(_weigh_followed_rooms(), 1),
        "rows": rows,
    }


def write_table(report: dict[str, Any]) -> str:
    lines = [
        f"facts: one room, load {report['load_1min']}",
        "members   chat us   microphone us   join us   apply us   chat bytes   snapshot bytes",
    ]
    lines.extend(
        f"{row['members']:7}   {row['chat_us']:7.0f}   {row['microphone_us']:13.0f}   "
        f"{row['join_us']:7.0f}   {row['apply_us']:8.0f}   {row['chat_bytes']:10}   "
        f"{row['snapshot_bytes']:14}"
        for row in report["rows"]
    )
    lines.append(
        f"a write to one connection: {report['delivery_us']:.1f} us; an open room in which nothing happens: "
        f"{report['idle_room_us_per_s']:.1f} us each second, {report['idle_room_kib']:.1f} KiB; "
        f"KiB per followed room, its tail full: {report['followed_room_kib']:.1f}"
    )
    return "\n".join(lines)


async def _measure(members: int, turns: int) -> dict[str, Any]:
    clock, bus = FakeClock(), MemoryBus()
    log = MemoryLog(bus, clock)
    node = RoomService(log, bus, clock)
    await node.open_rooms([RoomPlan(ROOM, "Bench", "", MeetingId("m"))])
    for number in range(1, members + 1):
        await _carry_out(node, JoinRoom(member_id=MemberId(number), name=f"Member {number}"))
    other = RoomReplica(await log.read(ROOM))
    heard: list[Commit] = []
    bus.follow(ROOM, lambda _slug, _epoch, commits: heard.extend(commits))
    numbers = iter(range(1, 10**9))

    async def post() -> None:
        clock.pass_ms(1_000)
        n = next(numbers)
        await _carry_out(node, PostChat(by=MemberId(1), n=n, text=LINE), MemberId(1), n)

    async def switch() -> None:
        n = next(numbers)
        await _carry_out(node, SetMicrophone(by=MemberId(1), on=n % 2 == 0), MemberId(1), n)

    async def join() -> None:
        n = next(numbers)
        await _carry_out(node, JoinRoom(member_id=MemberId(10**6 + n), name=f"Late {n}"))

    gc.collect()
    gc.freeze()
    chat_us = await _median_us(post, turns)
    line_bytes = len(write_event(Commits(epoch=clock.wall, commits=(heard[-1],))))
    microphone_us = await _median_us(switch, turns)
    join_us = await _median_us(join, turns)
    applied_us = _time_apply(other, heard)
    record = node.record(ROOM)
    assert record.room is not None
    return {
        "members": members,
        "chat_us": round(chat_us, 1),
        "microphone_us": round(microphone_us, 1),
        "join_us": round(join_us, 1),
        "apply_us": round(applied_us, 1),
        "chat_bytes": line_bytes,
        "snapshot_bytes": len(msgspec.json.encode(record.room)),
    }


async def _carry_out(node: RoomService, command: Command, by: MemberId = NO_MEMBER, n: int = 0) -> None:
    outcome = await node.carry_out(ROOM, command, by, n)
    assert isinstance(outcome, Done), outcome


async def _median_us(act: Callable[[], Awaitable[None]], turns: int) -> float:
    found = []
    for _ in range(turns):
        begin = time.process_time_ns()
        await act()
        found.append((time.process_time_ns() - begin) / 1_000)
    return statistics.median(found)


def _time_apply(other: RoomReplica, commits: list[Commit]) -> float:
    found = []
    for commit in commits:
        begin = time.process_time_ns()
        taken = other.take(other.revision.epoch, (commit,))
        found.append((time.process_time_ns() - begin) / 1_000)
        assert taken
    return statistics.median(found)


async def _time_delivery(turns: int) -> float:
    """CPU time in us of one fact's frame for one connection, delivery over a socket pair included."""
    loop = asyncio.get_running_loop()
    readers, outboxes, transports = [], [], []
    for _ in range(DELIVERIES):
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)  # noqa: FBT003 - the library's signature
        transport, _protocol = await loop.connect_accepted_socket(asyncio.Protocol, ours)
        readers.append(theirs)
        transports.append(transport)
        outboxes.append(Outbox(transport))
    frame, found = bytes(220), []
    for _ in range(turns):
        begin = time.process_time_ns()
        for outbox in outboxes:
            outbox.send(frame, 0.0)
        found.append((time.process_time_ns() - begin) / 1_000 / DELIVERIES)
        for reader in readers:
            assert len(reader.recv(4_096)) == len(frame)
    for transport, reader in zip(transports, readers, strict=True):
        transport.abort()
        reader.close()
    await asyncio.sleep(0)
    return statistics.median(found)


async def _measure_idle_rooms() -> dict[str, float]:
    clock, bus = FakeClock(), MemoryBus()
    node = RoomService(MemoryLog(bus, clock), bus, clock)
    gc.collect()
    before_kib = _resident_kib()
    await node.open_rooms(
        RoomPlan(RoomSlug(f"room-{number}"), "Bench", "", MeetingId("m")) for number in range(IDLE_ROOMS)
    )
    gc.collect()
    kib = (_resident_kib() - before_kib) / IDLE_ROOMS
    found = []
    for _ in range(5):
        begin = time.process_time_ns()
        await node.expire()
        await node.keep_time()
        found.append((time.process_time_ns() - begin) / 1_000 / IDLE_ROOMS)
    return {"idle_room_us_per_s": round(statistics.median(found), 1), "idle_room_kib": round(kib, 1)}


def _weigh_followed_rooms() -> float:
    """Memory of one followed room in KiB, its tail full of lines that came one by one, as from the bus."""
    encoded = [
        msgspec.msgpack.encode(
            Commit(
                seq=seq,
                at_ms=seq,
                by=MemberId(1),
                n=seq,
                fact=ChatPosted(member_id=MemberId(1), n=seq, name="Member 1", text=LINE),
            )
        )
        for seq in range(2, LOG_MAX_COMMITS + 2)
    ]
    opened = RoomOpened(slug=ROOM, title="Bench", about="", meeting_id=MeetingId("m"))
    first = apply(empty_record(1), Commit(seq=1, at_ms=0, by=NO_MEMBER, n=0, fact=opened))
    decoder = msgspec.msgpack.Decoder(Commit)
    gc.collect()
    before_kib, kept = _resident_kib(), []
    for _ in range(FOLLOWED_ROOMS):
        tail, marks = RoomTail(first), {}
        for one in encoded:
            commit = decoder.decode(one)
            tail.grow([commit])
            marks[commit.seq] = os.urandom(8)
        kept.append((RoomReplica(tail.record), tail, marks))
    gc.collect()
    return (_resident_kib() - before_kib) / len(kept)


def _resident_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_024
