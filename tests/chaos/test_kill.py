"""R2: a node dies at any moment, and its members go on by another one as they were."""

import asyncio
import random
from contextlib import suppress
from typing import Final

import pytest

from signaling.from_browser import LiftMute, MuteMember
from tests.bots.bot import Bot, RefusedError
from tests.bots.ground import Ground, open_ground
from tests.bots.link import LinkError
from tests.bots.media import MediaError
from tests.chaos.counts import trials
from tests.chaos.meeting import Meeting
from tests.chaos.report import Sheet, open_sheet
from tests.integration.nodes import NodeProcess

KILLS: Final = trials(full=50, short=2)
PIECES: Final = trials(full=5, short=1)
SEED: Final = 20_261
BACK: Final = "audio back"
DRAIN_MAX_S: Final = 3.0  # by then a node with a third of the members is empty
PHASES: Final = ("while a host acts", "while somebody joins", "while it drains", "at rest")


class Killing:
    """One kill after another, each at a moment that the seed decides."""

    def __init__(self, meeting: Meeting, sheet: Sheet, seed: int) -> None:
        self.meeting, self.sheet = meeting, sheet
        self.chance = random.Random(seed)
        self.visits = 0
        self.kinds: dict[str, int] = dict.fromkeys(PHASES, 0)

    async def run(self, phase: str) -> None:
        """Kill a node in this phase, wait until all is well, and start it again."""
        meeting = self.meeting
        victim = self.chance.choice(meeting.cluster.nodes)
        self.kinds[phase] += 1
        await asyncio.sleep(self.chance.uniform(0, 1))
        meeting.begin()
        match phase:
            case "while a host acts":
                await self._while_a_host_acts(victim)
            case "while somebody joins":
                await self._while_somebody_joins(victim)
            case "while it drains":
                victim.terminate()
                await asyncio.sleep(self.chance.uniform(0, DRAIN_MAX_S))
                await self._kill(victim)
            case _:
                await self._kill(victim)
        await meeting.settle()
        trial = meeting.end()
        self.sheet.measure(BACK, *trial.back_ms)
        for what, number in trial.figures.items():
            self.sheet.count(what, number)
        await victim.start()

    async def _kill(self, victim: NodeProcess) -> None:
        self.meeting.harm()
        await victim.kill()

    async def _while_a_host_acts(self, victim: NodeProcess) -> None:
        """A host mutes somebody: once it is accepted it holds for everybody."""
        pages = self.meeting.pages_in(self.chance.choice(self.meeting.slugs))
        host, target = pages[0], pages[-1]
        who = target.bot.member_id
        async with asyncio.TaskGroup() as group:
            act = group.create_task(host.insist("mute_member", lambda n: MuteMember(n=n, member_id=who)))
            await asyncio.sleep(self.chance.uniform(0, 0.01))
            await self._kill(victim)
            await act
        await self.meeting.settle()
        unmuted = [page for page in pages if not page.bot.room.members[who].mutes.by_host]
        self.sheet.count("acts of hosts lost", len(unmuted))
        await host.insist("lift_mute", lambda n: LiftMute(n=n, member_id=who))

    async def _while_somebody_joins(self, victim: NodeProcess) -> None:
        """Who was half inside is in or not; everybody else must not notice."""
        self.visits += 1
        name = f"Visitor {chr(ord('A') + self.visits % 26)}{chr(ord('A') + self.visits // 26)}"
        async with open_ground(victim.url) as ground:
            slug = self.chance.choice(self.meeting.slugs)
            async with asyncio.TaskGroup() as group:
                visit = group.create_task(_try_to_enter(ground, slug, name))
                await asyncio.sleep(self.chance.uniform(0, 0.15))
                await self._kill(victim)
                await visit


async def _try_to_enter(ground: Ground, slug: str, name: str) -> None:
    with suppress(LinkError, RefusedError, MediaError, OSError):
        await Bot.enter(ground, slug, name)


@pytest.mark.parametrize("piece", range(PIECES))
async def test_members_of_a_killed_node_go_on_elsewhere(piece: int, meeting: Meeting) -> None:
    name = f"part {piece + 1} of {PIECES}" if PIECES > 1 else ""
    setting = f"{KILLS} kills by SIGKILL, {meeting.plan.words}"
    with open_sheet("R2", "Killed nodes", setting=setting, piece=name) as sheet:
        sheet.bar(BACK, p50=1_500, p95=3_000, most=5_000, short_most=15_000)
        killing = Killing(meeting, sheet, SEED + piece)
        meeting.start_writing()
        for number in range(piece * KILLS // PIECES, (piece + 1) * KILLS // PIECES):
            await killing.run(PHASES[number % len(PHASES)])
        await meeting.stop_writing()
        await meeting.tell_of_lines(sheet)
        sheet.tell("kills", ", ".join(f"{count} {phase}" for phase, count in killing.kinds.items() if count))
    sheet.check()
