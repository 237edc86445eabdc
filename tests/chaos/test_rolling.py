"""R1: nodes are restarted one after the other, and nobody in any room notices."""

import asyncio
import time
from typing import Final

import pytest

from tests.chaos.counts import trials
from tests.chaos.meeting import Meeting, Plan, open_meeting, rooms_text
from tests.chaos.report import Sheet, open_sheet
from tests.integration.nodes import NodeProcess, running_nodes

RESTARTS: Final = trials(full=20, short=3)
PIECES: Final = trials(full=2, short=1)
PLAN: Final = Plan(
    rooms=trials(full=3, short=2),
    bots=trials(full=10, short=6),
    speakers=1,
    writers=2,
    pause_s=1.1,
)
SETTING: Final = (
    f"{RESTARTS} restarts of 3 nodes by SIGTERM, {PLAN.rooms} rooms of {PLAN.bots} bots, "
    f"{PLAN.speakers} speaking and {PLAN.writers} writing in each"
)
DRAIN: Final = "drain"
GAP: Final = "gap at each listener"


async def restart(node: NodeProcess, meeting: Meeting, sheet: Sheet) -> None:
    meeting.begin()
    began_s = time.monotonic()
    node.terminate()
    assert await node.ended() == 0
    sheet.measure(DRAIN, (time.monotonic() - began_s) * 1_000)
    await meeting.settle()
    trial = meeting.end()
    sheet.measure(GAP, *trial.gaps_ms)
    for what, number in trial.figures.items():
        sheet.count(what, number)
    await node.start()


@pytest.mark.parametrize("piece", range(PIECES))
async def test_rolling_restarts_are_not_heard(piece: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("rolling")
    name = f"part {piece + 1}" if PIECES > 1 else ""
    with open_sheet("R1", "Planned restarts", setting=SETTING, piece=name) as sheet:
        sheet.bar(GAP, p99=60, most=200)
        sheet.bar(DRAIN, most=20_000, short_most=20_000)
        async with (
            running_nodes(folder, 3, extra=rooms_text(PLAN.rooms)) as cluster,
            open_meeting(cluster, PLAN) as meeting,
        ):
            meeting.start_writing()
            for number in range(piece * RESTARTS // PIECES, (piece + 1) * RESTARTS // PIECES):
                await restart(cluster.nodes[number % 3], meeting, sheet)
                await asyncio.sleep(0.5)
            await meeting.stop_writing()
            for what, count in meeting.count_lines().items():
                sheet.count(what, count)
            sheet.count("rooms that differ from the server's", await meeting.count_differences())
            sheet.tell("lines written", str(meeting.lines_acknowledged()))
            sheet.tell("moves", str(sum(page.bot.moves for page in meeting.pages)))
            late_ms = (
                max(page.bot.media.speech.late_max_ns for page in meeting.speakers if page.bot.media) / 1e6
            )
            sheet.tell("a speaker was late by at most", f"{late_ms:.0f} ms")
    sheet.check()
