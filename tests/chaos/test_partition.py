"""R8: two nodes no longer reach each other, and one of them not Redis; afterwards there is one order.

Nodes speak to each other through Redis only, so what parts one of them from Redis parts it from the others.
"""

import asyncio
import time
from typing import Final

import pytest

from rooms.ids import MemberId
from rooms.model import Room
from rooms.refusals import RefusalCode
from signaling.from_browser import LiftMute, MuteMember
from tests.bots.ground import open_ground
from tests.chaos.cables import NET, Cables, laid_cables, running_at_cables
from tests.chaos.counts import IS_FULL, trials
from tests.chaos.harm import ban, converged_ms, enter_with, lock, unlock, why_not
from tests.chaos.meeting import Meeting, Plan, open_meeting, rooms_text, slug_of
from tests.chaos.page import Page
from tests.chaos.report import Sheet, open_sheet
from tests.integration.nodes import Cluster

PARTINGS: Final = trials(full=5, short=1)
PARTED_S: Final = 30.0 if IS_FULL else 6.0
PLAN: Final = Plan(
    nodes=2, rooms=2, bots=trials(full=8, short=6), speakers=1, writers=2, pause_s=1.1, nets=(NET,)
)
ONE_ORDER: Final = "one order after healing"
ONE_ORDER_MS: Final = 3_000.0
NOTICED_WITHIN_S: Final = 10.0
ONE, OTHER = 0, 1  # the node that keeps Redis, and the one that loses it


class Side:
    """Who keeps order in room 1 on either side, and whom each of them acts against."""

    def __init__(self, meeting: Meeting) -> None:
        pages = meeting.pages_in(slug_of(0))
        self.host, self.cohost, self.voice = pages[0], pages[1], pages[2]
        self.muted, self.loud = pages[3], pages[5]  # the first is muted by the host from the beginning
        ports = [node.port for node in meeting.cluster.nodes]
        assert [self.host.node_port, self.cohost.node_port] == ports


def is_muted(room: Room, member_id: MemberId) -> bool:
    return room.members[member_id].mutes.by_host


async def mute(host: Page, page: Page) -> None:
    who = page.bot.member_id
    await host.insist("mute_member", lambda n: MuteMember(n=n, member_id=who))


async def lift(host: Page, page: Page) -> None:
    who = page.bot.member_id
    await host.insist("lift_mute", lambda n: LiftMute(n=n, member_id=who))


async def part(number: int, cables: Cables, cluster: Cluster, meeting: Meeting, sheet: Sheet) -> None:
    side = Side(meeting)
    slugs = [slug_of(0), slug_of(1)]
    nodes, port = cluster.nodes, cluster.redis.port
    locked = meeting.pages_in(slugs[1])[1]  # the cohost of room 2; of room 1 all is said by its own
    async with (
        open_ground(nodes[ONE].url, PLAN.nets) as here,
        open_ground(nodes[OTHER].url, PLAN.nets) as there,
    ):
        first = await enter_with(here, slugs[0], f"Visitor {number}", 2 * number)
        second = await enter_with(there, slugs[0], f"Guest {number}", 2 * number + 1)
        await side.cohost.bot.until(lambda room: {first.member_id, second.member_id} <= room.members.keys())
        meeting.begin()
        await cables.part(OTHER, port)
        async with asyncio.timeout(NOTICED_WITHIN_S):
            while "redis" not in (await nodes[OTHER].reasons() or ()):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        began_s = time.monotonic()
        await mute(side.host, side.loud)
        await lift(side.host, side.muted)
        await ban(side.host, first)
        async with asyncio.TaskGroup() as group:
            for act in (
                mute(side.cohost, side.muted),
                mute(side.cohost, side.voice),
                ban(side.cohost, second),
                lock(locked),
            ):
                group.create_task(act)
            await asyncio.sleep(PARTED_S - (time.monotonic() - began_s))
            assert side.cohost.bot.refusals.get(RefusalCode.BUSY)
            await cables.join(OTHER, port)
            at_ns = time.monotonic_ns()
            await converged_ms(meeting, at_ns)
            sheet.measure(ONE_ORDER, (time.monotonic_ns() - at_ns) / 1e6)
    await stand_as_said(side, meeting, sheet)
    room = meeting.pages_in(slugs[1])[0].bot
    await room.until(lambda room: room.order.is_locked)
    for node in nodes:
        for which in (2 * number, 2 * number + 1):
            assert await why_not(node.url, slugs[0], which, PLAN.nets) is RefusalCode.BANNED
        assert await why_not(node.url, slugs[1], 900, PLAN.nets) is RefusalCode.LOCKED
    await unlock(locked)
    await lift(side.host, side.voice)
    await lift(side.host, side.loud)
    await side.voice.bot.set_microphone(on=True)
    await meeting.settle(30)
    sheet.count("seats lost", meeting.end().figures["seats lost"])


async def stand_as_said(side: Side, meeting: Meeting, sheet: Sheet) -> None:
    """See that everybody is shown every mute that either side gave."""
    muted = [page.bot.member_id for page in (side.muted, side.voice, side.loud)]
    for page in meeting.pages_in(slug_of(0)):
        await page.bot.until(lambda room: all(is_muted(room, who) for who in muted))
    await asyncio.sleep(1)  # and none of them ends by what comes later
    for page in meeting.pages_in(slug_of(0)):
        sheet.count("mutes lost", sum(not is_muted(page.bot.room, who) for who in muted))


@pytest.mark.netns
async def test_a_split_is_harmless(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("partition")
    setting = f"{PARTINGS} times {PARTED_S:g} s apart, by dropped packets; {PLAN.words}"
    with open_sheet("R8", "A split is harmless", setting=setting) as sheet:
        sheet.bar(ONE_ORDER, most=ONE_ORDER_MS, short_most=2 * ONE_ORDER_MS)
        async with (
            laid_cables(2) as cables,
            running_at_cables(folder, cables, rooms_text(2)) as cluster,
            open_meeting(cluster, PLAN) as meeting,
        ):
            meeting.start_writing()
            for number in range(PARTINGS):
                await part(number, cables, cluster, meeting, sheet)
            await meeting.stop_writing()
            ended = sum(node.child is None or node.child.returncode is not None for node in cluster.nodes)
            sheet.count("nodes that ended by themselves", ended)
            await meeting.tell_of_lines(sheet)
    sheet.check()
