"""R7: all nodes and Redis are killed together; the meeting is there again with all that was settled in it."""

import asyncio
import time
from typing import Final

from rooms.refusals import RefusalCode
from tests.bots.ground import open_ground
from tests.chaos.counts import trials
from tests.chaos.harm import ban, converged_ms, enter_with, lines_of, lock, unlock, why_not
from tests.chaos.meeting import Meeting, slug_of
from tests.chaos.report import Sheet, open_sheet
from tests.integration.nodes import Cluster

KILLS: Final = trials(full=10, short=1)
USABLE: Final = "usable after the first node is back"
USABLE_MS: Final = 10_000.0
AWAY_S: Final = 1.0


async def kill_everything(cluster: Cluster, number: int, meeting: Meeting, sheet: Sheet) -> None:
    host, other = (meeting.pages_in(slug_of(room))[0] for room in range(2))
    async with open_ground(cluster.nodes[0].url) as ground:
        banned = await enter_with(ground, host.slug, f"Visitor {number}", number)
        await ban(host, banned)
    await lock(other)
    await host.bot.until(lambda room: len(room.bans) == number + 1)
    await other.bot.until(lambda room: room.order.is_locked)
    before = {page.slug: page.bot.room for page in (host, other)}
    meeting.begin()
    await asyncio.gather(cluster.redis.kill(), *(node.kill() for node in cluster.nodes))
    await asyncio.sleep(AWAY_S)
    await cluster.redis.start()
    await cluster.nodes[0].start()
    at_ns = time.monotonic_ns()
    async with asyncio.TaskGroup() as group:
        for node in cluster.nodes[1:]:
            group.create_task(node.start())
        await converged_ms(meeting, at_ns)
        await meeting.settle(40)
        sheet.measure(USABLE, (time.monotonic_ns() - at_ns) / 1e6)
    for what, count in meeting.end().figures.items():
        sheet.count(what, count)
    for page in (host, other):
        was, room = before[page.slug], page.bot.room
        kept = lines_of(room)
        sheet.count("lines of the window lost", sum(line not in kept for line in lines_of(was)[-150:]))
        sheet.count("bans lost", sum(one not in room.bans for one in was.bans))
        sheet.count("locks lost", was.order.is_locked and not room.order.is_locked)
    for node in cluster.nodes:
        assert await why_not(node.url, host.slug, number) is RefusalCode.BANNED
    assert await why_not(cluster.nodes[0].url, other.slug, 900 + number) is RefusalCode.LOCKED
    await unlock(other)


async def test_a_meeting_outlives_everything(meeting: Meeting) -> None:
    harm = f"{KILLS} times all nodes and Redis by SIGKILL at once"
    setting = f"{harm}, Redis as deploy/ sets it up; {meeting.plan.words}"
    with open_sheet("R7", "Everything dies", setting=setting) as sheet:
        sheet.bar(USABLE, most=USABLE_MS, short_most=3 * USABLE_MS)
        meeting.start_writing()
        for number in range(KILLS):
            await kill_everything(meeting.cluster, number, meeting, sheet)
        await meeting.stop_writing()
        await meeting.tell_of_lines(sheet)
    sheet.check()
