"""R9: neighbours of two versions of the bus work in one room; what is far ahead is dropped and counted."""

import asyncio
import re
from collections.abc import Sequence
from functools import partial
from typing import Final

import aiohttp
import msgspec
import pytest

from rooms.ids import RoomSlug
from rooms.model import FloorMode, Lane
from server.bus.envelope import MAC_BYTES, WRITES, DropKind, Kind, Sealer
from server.bus.keys import PREFIX, room_key
from server.bus.redis_log import SNAPSHOT_COMMITS
from server.clock import SystemClock
from server.cluster_key import ClusterKey
from signaling.from_browser import (
    CallNext,
    EndShare,
    LiftMute,
    MuteMember,
    RaiseHand,
    Rename,
    RetractChat,
    SetFloor,
    SetLock,
    SetMicrophone,
)
from tests.chaos.counts import IS_FULL, trials
from tests.chaos.meeting import Meeting, Plan, open_meeting, rooms_text, slug_of
from tests.chaos.page import Page
from tests.chaos.report import Sheet, open_sheet
from tests.integration.nodes import Cluster, NodeProcess, running_nodes

PLAN: Final = Plan(rooms=2, bots=trials(full=8, short=4), speakers=1, writers=1, pause_s=1.1)
ROUNDS: Final = trials(full=3, short=1)
GAP: Final = "gap at each listener while nodes are drained"
SETTING: Final = (
    f"two nodes, two rooms of {PLAN.bots} bots, {ROUNDS} times all deeds and a drain there and back"
)


def neighbour(*, writes: int, reads: str, has_more: bool) -> tuple[str, ...]:
    """Return what Python is told to run."""
    return ("-m", "tests.chaos.neighbour", "--writes", f"{writes}", "--reads", reads) + ("--more",) * has_more


TREE: Final = ("-m", "server")
NEXT: Final = f"{WRITES},{WRITES + 1}"
PAIRS: Final = {
    "the next release": (TREE, neighbour(writes=WRITES, reads=NEXT, has_more=True)),
    "the release after it": (
        neighbour(writes=WRITES, reads=NEXT, has_more=False),
        neighbour(writes=WRITES + 1, reads=NEXT, has_more=True),
    ),
}


async def drops(node: NodeProcess) -> dict[str, int]:
    """Return what a node's bus has dropped so far, by reason."""
    async with aiohttp.ClientSession() as http, http.get(f"{node.url}/metrics") as answer:
        text = await answer.text()
    found = re.findall(r'^lamplit_bus_drops\w*\{\w+="(\w+)"\} (\d+)', text, re.MULTILINE)
    assert {kind for kind, _ in found} == {kind.value for kind in DropKind}, text
    return {kind: int(number) for kind, number in found}


def one_at(pages: Sequence[Page], node: NodeProcess, but: Sequence[Page] = ()) -> Page:
    """Return a page that is connected with a node, or any where none is."""
    there = [page for page in pages if page not in but]
    return next((page for page in there if page.node_port == node.port), there[-1])


def _lock(on: bool, n: int) -> SetLock:  # noqa: FBT001
    return SetLock(n=n, on=on)


def _turn(on: bool, n: int) -> SetMicrophone:  # noqa: FBT001
    return SetMicrophone(n=n, on=on)


def _retract(seq: int, n: int) -> RetractChat:
    return RetractChat(n=n, seq=seq)


async def live_a_while(meeting: Meeting) -> None:
    """Let people do what they do in a meeting, now at one node and now at the other."""
    pages = meeting.pages_in(slug_of(0))
    host, voice = pages[0], meeting.speakers[0]
    who = voice.bot.member_id
    others = [page for page in pages if page not in (host, voice)]
    await host.insist("mute_member", lambda n: MuteMember(n=n, member_id=who))
    await host.insist("lift_mute", lambda n: LiftMute(n=n, member_id=who))
    up = {hand.member_id for hand in host.bot.room.floor.hands}
    for page in others:
        if page.bot.member_id not in up:
            await page.insist("raise_hand", lambda n: RaiseHand(n=n, lane=Lane.SHARE))
    await host.insist("set_floor", lambda n: SetFloor(n=n, mode=FloorMode.HANDS, limit_ms=0))
    for _ in range(2):
        await host.insist("call_next", lambda n: CallNext(n=n))
    await host.insist("end_share", lambda n: EndShare(n=n, passed=False))
    await host.insist("set_floor", lambda n: SetFloor(n=n, mode=FloorMode.OPEN, limit_ms=0))
    await voice.insist("set_microphone", lambda n: SetMicrophone(n=n, on=True))
    for on in (True, False):
        await host.insist("set_lock", partial(_lock, on))
    page = one_at(pages, meeting.cluster.nodes[1], (host, voice))
    await page.insist("rename", lambda n: Rename(n=n, name=f"{page.bot.name} here"))
    await host.bot.until(lambda room: room.members[page.bot.member_id].name != page.bot.name)
    await page.insist("rename", lambda n: Rename(n=n, name=page.bot.name))
    await host.bot.until(lambda room: room.members[page.bot.member_id].name == page.bot.name)
    mine = [line for line in page.bot.room.chat if line.member_id == page.bot.member_id]
    for line in mine[:1]:  # what is taken back is overwritten where it lies
        await page.insist("retract_chat", partial(_retract, line.seq))


async def fill_log(meeting: Meeting, commits: int) -> None:
    """Let so many commits be made, fast, at both nodes."""
    quiet = [
        page
        for page in meeting.pages
        if not (page.hz or page.bot.room.members[page.bot.member_id].mutes.by_host)
    ]

    async def toggle(page: Page) -> None:
        for number in range(commits // len(quiet)):
            await page.insist("set_microphone", partial(_turn, number % 2 == 0))

    await asyncio.gather(*map(toggle, quiet))


async def drain(node: NodeProcess, meeting: Meeting, sheet: Sheet) -> None:
    meeting.begin()
    node.terminate()
    assert await node.ended() == 0
    await meeting.settle()
    trial = meeting.end()
    sheet.measure(GAP, *trial.gaps_ms)
    for what, number in trial.figures.items():
        sheet.count(what, number)
    await node.start()


class Stranger:
    """A node of a version that nobody here reads, with the cluster's own key."""

    def __init__(self, cluster: Cluster) -> None:
        self.redis = cluster.redis
        key = ClusterKey((cluster.folder / "cluster.key").read_bytes()).derive("bus")
        self._sealer = Sealer(key, "n-far", 2**50)

    def seal(self, kind: Kind, room: str) -> bytes:
        """Return a message in a form of its own."""
        content = msgspec.msgpack.encode([WRITES + 2, {"kind": kind, "room": room, "what": ["else"]}])
        return content + self._sealer._mac(content)[:MAC_BYTES]

    async def say(self, *words: str | bytes) -> bytes:
        """Send a command to Redis."""
        return await self.redis.command(*words)


async def meet_one_far_ahead(meeting: Meeting) -> None:
    """See that what a node far ahead says and writes is dropped and counted, and does no harm."""
    cluster = meeting.cluster
    talk, other = RoomSlug(slug_of(0)), RoomSlug(slug_of(1))
    far = Stranger(cluster)
    meeting.start_writing()
    leases, revisions, alive, told = (
        f"{PREFIX}{{nodes}}:{what}" for what in ("leases", "revisions", "alive", "told")
    )
    await far.say("HSET", leases, "n-far", far.seal(Kind.NODE, "n-far"))
    await far.say("HSET", revisions, "n-far", "1:1")
    await far.say("ZADD", alive, str(SystemClock().wall_ms() + 5_000), "n-far")
    for _ in range(20):
        await far.say("PUBLISH", told, far.seal(Kind.NEWS, ""))
        await far.say("PUBLISH", room_key(talk, "facts"), far.seal(Kind.FACTS, talk))
        await far.say("PUBLISH", room_key(talk, "voice"), far.seal(Kind.VOICE, talk))
    for node in cluster.nodes:
        async with asyncio.timeout(20):
            # Voices besides, where a room has members on both nodes just now: else nobody listens for them.
            while (await drops(node))["version"] < 40:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.1)
    await meeting.stop_writing()  # everybody goes on, and knows the same
    known = meeting.pages_in(talk)[0].bot.room
    assert not any(member.stranded_ms for member in known.members.values())

    await far.say("RPUSH", room_key(talk, "log"), far.seal(Kind.ENTRY, talk))
    seq = meeting.pages_in(talk)[0].bot.view.revision.seq + 1
    await far.say("HSET", room_key(talk, "head"), "seq", str(seq), "mark", "far ahead")
    log = await far.say("LRANGE", room_key(talk, "log"), "0", "-1")
    refused, written = meeting.pages_in(talk)[-1], meeting.pages_in(other)[-1]
    task = meeting.tasks.create_task(refused.write())
    before = sum(refused.bot.refusals.values())
    async with asyncio.timeout(20):
        while sum(refused.bot.refusals.values()) < before + 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await written.write()  # the other room goes on
    assert await far.say("LRANGE", room_key(talk, "log"), "0", "-1") == log  # and nobody touched this one
    assert all([await node.is_ready() for node in cluster.nodes])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("pair", PAIRS if IS_FULL else ["the next release"])
async def test_neighbours_of_two_versions_are_one_place(
    pair: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("versions")
    with open_sheet("R9", "Neighbours of two versions", setting=SETTING, piece=pair) as sheet:
        sheet.bar(GAP, p99=60, most=200)
        async with (
            running_nodes(folder, 2, extra=rooms_text(2), programs=PAIRS[pair]) as cluster,
            open_meeting(cluster, PLAN) as meeting,
        ):
            meeting.start_writing()
            for number in range(ROUNDS):
                await live_a_while(meeting)
                if IS_FULL and number == 0:
                    await fill_log(meeting, 2 * SNAPSHOT_COMMITS)
                for node in reversed(cluster.nodes):
                    await drain(node, meeting, sheet)
            await meeting.stop_writing()
            for what, count in meeting.count_lines().items():
                sheet.count(what, count)
            sheet.count("rooms that differ from the server's", await meeting.count_differences())
            for node in cluster.nodes:
                counted = await drops(node)
                unread = [counted[kind] for kind in ("version", "shape", "unsigned", "size", "elsewhere")]
                sheet.count("messages dropped", sum(unread))
            refused = sum(sum(page.bot.refusals.values()) for page in meeting.pages)
            sheet.tell("commits", str(meeting.pages[0].bot.view.revision.seq))
            sheet.tell("refusals, each mended by trying again", str(refused))
            await meet_one_far_ahead(meeting)
    sheet.check()
