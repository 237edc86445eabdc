"""R3: a node loses its cable, and nothing tells anybody: its members find out by themselves."""

import asyncio
import random
from typing import Final

import pytest

from tests.chaos.cables import NET, laid_cables, running_at_cables
from tests.chaos.counts import trials
from tests.chaos.meeting import Plan, open_meeting, rooms_text
from tests.chaos.report import open_sheet

CUTS: Final = trials(full=20, short=1)
PIECES: Final = trials(full=2, short=1)
NODES: Final = trials(full=3, short=2)
PLAN: Final = Plan(
    nodes=NODES,
    rooms=trials(full=3, short=1),
    bots=6,
    speakers=2,
    writers=1,
    pause_s=1.1,
    nets=(NET,),
)
SEED: Final = 20_263
BACK: Final = "audio back"
HEALED_WITHIN_S: Final = 20.0


@pytest.mark.netns
@pytest.mark.parametrize("piece", range(PIECES))
async def test_members_of_a_cut_node_go_on_elsewhere(
    piece: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(SEED + piece)
    folder = tmp_path_factory.mktemp("cut")
    name = f"part {piece + 1} of {PIECES}" if PIECES > 1 else ""
    setting = f"{CUTS} cuts of a node's cable, {PLAN.words}"
    with open_sheet("R3", "Silently cut nodes", setting=setting, piece=name) as sheet:
        sheet.bar(BACK, p95=6_000, most=8_000, short_most=20_000)
        async with (
            laid_cables(NODES) as cables,
            running_at_cables(folder, cables, rooms_text(PLAN.rooms)) as cluster,
            open_meeting(cluster, PLAN) as meeting,
        ):
            meeting.start_writing()
            for _ in range(CUTS // PIECES):
                await asyncio.sleep(chance.uniform(0, 2))
                victim = chance.randrange(NODES)
                meeting.begin()
                await cables.cut(victim)
                await meeting.settle()
                await cables.mend(victim)
                async with asyncio.timeout(HEALED_WITHIN_S):
                    while await cluster.nodes[victim].reasons() != ():  # noqa: ASYNC110 - another process
                        await asyncio.sleep(0.1)
                await meeting.settle()
                trial = meeting.end()
                sheet.measure(BACK, *trial.back_ms)
                for what, number in trial.figures.items():
                    sheet.count(what, number)
            await meeting.stop_writing()
            await meeting.tell_of_lines(sheet)
    sheet.check()
