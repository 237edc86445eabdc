"""R1: nodes are restarted one after the other, and nobody in any room notices."""

import asyncio
import time
from typing import Final

import pytest

from tests.chaos.counts import trials
from tests.chaos.meeting import CALM_MS, Meeting
from tests.chaos.report import Sheet, open_sheet
from tests.integration.nodes import NodeProcess

RESTARTS: Final = trials(full=20, short=1)
PIECES: Final = trials(full=2, short=1)
DRAIN: Final = "drain"
GAP: Final = "gap at each listener, also where the machine was late"
CALM_GAP: Final = f"gap at each listener, bots at most {CALM_MS:.0f} ms late"
LATE: Final = "the bots' own lateness in each trial"
BETWEEN_S: Final = 0.5


async def restart(node: NodeProcess, meeting: Meeting, sheet: Sheet) -> None:
    meeting.begin()
    began_s = time.monotonic()
    node.terminate()
    assert await node.ended() == 0
    sheet.measure(DRAIN, (time.monotonic() - began_s) * 1_000)
    await meeting.settle()
    trial = meeting.end()
    sheet.measure(GAP, *trial.gaps_ms)
    if trial.is_calm:
        sheet.measure(CALM_GAP, *trial.gaps_ms)
    sheet.measure(LATE, trial.late_ms)
    for what, number in trial.figures.items():
        sheet.count(what, number)
    await node.start()


@pytest.mark.parametrize("piece", range(PIECES))
async def test_rolling_restarts_are_not_heard(piece: int, meeting: Meeting) -> None:
    name = f"part {piece + 1} of {PIECES}" if PIECES > 1 else ""
    setting = f"{RESTARTS} restarts by SIGTERM, one node after the other, {meeting.plan.words}"
    with open_sheet("R1", "Planned restarts", setting=setting, piece=name) as sheet:
        sheet.bar(CALM_GAP, p99=60, most=200)
        sheet.bar(DRAIN, most=20_000, short_most=20_000)
        meeting.start_writing()
        for number in range(piece * RESTARTS // PIECES, (piece + 1) * RESTARTS // PIECES):
            await restart(meeting.cluster.nodes[number % 3], meeting, sheet)
            await asyncio.sleep(BETWEEN_S)
        await meeting.stop_writing()
        await meeting.tell_of_lines(sheet)
        sheet.tell("moves", str(sum(page.bot.moves for page in meeting.pages)))
    sheet.check()
