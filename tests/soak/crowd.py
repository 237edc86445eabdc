"""Who is in the rooms: members who stay and hear each other, and others who come and go all the time."""

import asyncio
import collections
import random
import secrets
import time
from typing import Final

import msgspec

from tests.bots.bot import Bot, BotOptions, RefusedError
from tests.bots.chat import write_line
from tests.bots.ground import Ground
from tests.bots.link import LinkError
from tests.bots.media import MediaError

EXPECTED: Final = (RefusedError, LinkError, MediaError)
_JOINS_AT_ONCE: Final = 4
_DEVICE_BYTES: Final = 16


class CrowdPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes.

    Attributes:
        rooms: slugs.
        steady: members who stay, spread evenly over the rooms; the first of each room speaks.
        joins_per_s: others who come; as many go.
        stay_s: shortest and longest time that these stay.
        rude: of these, the share who close the page without leaving, and who are cut off: their seats are
            held for them for two minutes.
    """

    rooms: tuple[str, ...]
    steady: int
    joins_per_s: float
    stay_s: tuple[float, float] = (2.0, 8.0)
    rude: tuple[float, float] = (0.15, 0.10)


class Crowd:
    """All bots of one soak.

    Attributes:
        steady: who stays.
        visits: how many came and went again.
        errors: what went wrong with visits, counted by its words.
    """

    def __init__(self, plan: CrowdPlan, ground: Ground, seed: int) -> None:
        """Nobody is there yet."""
        self.steady: list[Bot] = []
        self.visits = 0
        self.errors: collections.Counter[str] = collections.Counter()
        self._plan, self._ground = plan, ground
        self._chance = random.Random(seed)
        self._numbers = 0

    async def settle(self) -> None:
        """Let those in who stay, and let the first of each room speak.

        Raises:
            ExceptionGroup: one of them could not come in.
        """
        places = asyncio.Semaphore(_JOINS_AT_ONCE)
        rooms = self._plan.rooms

        async def enter(number: int) -> Bot:
            async with places:
                options = BotOptions(keep_room=False)
                return await Bot.enter(
                    self._ground, rooms[number % len(rooms)], f"Steady {number + 1}", options
                )

        async with asyncio.TaskGroup() as tasks:
            entering = [tasks.create_task(enter(number)) for number in range(self._plan.steady)]
        self.steady = [task.result() for task in entering]
        for number, bot in enumerate(self.steady[: len(rooms)]):
            await bot.speak(440 + 110 * number, phase_s=number / len(rooms) / 50)

    async def churn(self, seconds: float, *, all_polite: bool = False) -> None:
        """Let others come and go for so long; return when all of them have gone."""
        loop = asyncio.get_running_loop()
        begin_s = loop.time()
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(seconds * self._plan.joins_per_s)):
                await asyncio.sleep(begin_s + number / self._plan.joins_per_s - loop.time())
                tasks.create_task(self._visit((0.0, 0.0) if all_polite else self._plan.rude))

    def gap_ms(self) -> float:
        """Return the longest gap that a steady member heard since the last call; silence now counts."""
        now_ns = time.monotonic_ns()
        longest_ns = 0
        for bot in self.steady:
            hearing = bot.media.hearing if bot.media is not None else None
            for heard in hearing.voices.values() if hearing is not None else ():
                longest_ns = max(longest_ns, heard.gap_max_ns, now_ns - heard.at_ns)
                heard.gap_max_ns = 0
                del heard.delays_ns[:]
        return longest_ns / 1e6

    def cut(self) -> int:
        """Return how many steady members have lost their connection or their sound."""
        return sum(bot.is_cut for bot in self.steady)

    async def _visit(self, rude: tuple[float, float]) -> None:
        self._numbers += 1
        room = self._plan.rooms[self._numbers % len(self._plan.rooms)]
        options = BotOptions(keep_room=False, probes=False, device=secrets.token_urlsafe(_DEVICE_BYTES))
        bot: Bot | None = None
        try:
            bot = await Bot.enter(self._ground, room, f"Visitor {self._numbers}", options)
            try:
                await asyncio.sleep(self._chance.uniform(*self._plan.stay_s) / 2)
                await bot.say(write_line(bot.member_id, 1))
                await asyncio.sleep(self._chance.uniform(*self._plan.stay_s) / 2)
            finally:
                await self._go(bot, *rude)
        except EXPECTED as error:
            ended = f" ({bot.ended})" if bot is not None and bot.ended is not None else ""
            where = "inside" if bot is not None else "at the door"
            self.errors[f"{where}: {type(error).__name__}: {error}{ended}"] += 1
        self.visits += 1

    async def _go(self, bot: Bot, closes: float, cut_off: float) -> None:
        """Leave, or close the page or be cut off in these shares."""
        drawn = self._chance.random()
        if drawn < closes:
            await bot.close()
        elif drawn < closes + cut_off:
            bot.drop()
        else:
            await bot.leave()
        self._ground.let_go(bot)
