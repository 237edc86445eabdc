"""D1: whoever stays reads every acknowledged line once and in the same order, whatever dies meanwhile."""

import asyncio
import random
import time
from typing import Final

import pytest

from tests.chaos.conftest import PLAN
from tests.chaos.counts import IS_FULL, trials
from tests.chaos.meeting import MANY_LINES, Meeting, Plan, open_meeting, rooms_text
from tests.chaos.report import open_sheet
from tests.integration.nodes import running_nodes

LINES: Final = trials(full=100_000, short=400)
PIECES: Final = trials(full=4, short=1)
PAUSE_S: Final = 0.012  # a page that sends 100 frames a second for long is sent away
WRITING: Final = Plan(rooms=3, bots=6, speakers=0, writers=3, pause_s=PAUSE_S)
KILL_EVERY_S: Final = trials(full=15, short=1)
SEED: Final = 20_262
WITHIN_S: Final = trials(full=330, short=40)


async def write_until(meeting: Meeting, wanted: int, seed: int) -> tuple[int, int]:
    """Let the writers write so many lines, nodes die now and then, and Redis once; return how often each."""
    chance = random.Random(seed)
    kills = losses = 0
    before = meeting.lines_acknowledged()
    until_s = time.monotonic() + WITHIN_S
    meeting.start_writing()

    def written() -> float:
        return (meeting.lines_acknowledged() - before) / wanted

    while (written() < 1 or not losses) and time.monotonic() < until_s:
        await asyncio.sleep(KILL_EVERY_S * chance.uniform(0.7, 1.3))
        if kills and not losses:
            losses += 1
            await meeting.cluster.redis.restart()
        else:
            kills += 1
            victim = chance.choice(meeting.cluster.nodes)
            await victim.kill()
            await meeting.settle()
            await victim.start()
    await meeting.stop_writing()
    return kills, losses


async def note_lines(meeting: Meeting, piece: int) -> None:
    name = f"part {piece + 1} of {PIECES}" if PIECES > 1 else ""
    setting = (
        f"{LINES} lines as fast as they are accepted, a kill about every {KILL_EVERY_S} s, "
        f"Redis killed and empty once in each part, 3 nodes, {meeting.plan.rooms} rooms of "
        f"{meeting.plan.bots} bots, {meeting.plan.writers} writing in each"
    )
    with open_sheet("D1", "Acknowledged lines", setting=setting, piece=name) as sheet:
        began_s, before = time.monotonic(), meeting.lines_acknowledged()
        kills, losses = await write_until(meeting, LINES // PIECES, SEED + piece)
        took_s = time.monotonic() - began_s
        written = meeting.lines_acknowledged() - before
        await meeting.tell_of_lines(sheet)
        sheet.count("lines not written", max(0, LINES // PIECES - written))
        sheet.count("seats lost", sum(page.is_lost for page in meeting.pages))
        sheet.tell("written", f"{written} lines, {written / took_s:.0f} a second")
        sheet.tell("kills", str(kills))
        sheet.tell("losses of Redis", str(losses))
    sheet.check()


@pytest.mark.skipif(IS_FULL, reason="the full run has rooms of its own, without sound")
async def test_lines_are_read_once_in_one_order(meeting: Meeting) -> None:
    meeting.pause_s = PAUSE_S
    try:
        await note_lines(meeting, 0)
    finally:
        meeting.pause_s = PLAN.pause_s


@pytest.mark.skipif(not IS_FULL, reason="make chaos runs this")
@pytest.mark.parametrize("piece", range(PIECES))
async def test_many_lines_are_read_once_in_one_order(
    piece: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("lines")
    async with (
        running_nodes(folder, 3, extra=rooms_text(WRITING.rooms), limits=MANY_LINES) as cluster,
        open_meeting(cluster, WRITING) as meeting,
    ):
        await note_lines(meeting, piece)
