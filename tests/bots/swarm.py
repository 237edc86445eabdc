"""Many bots in one process: join some at a time, let some speak, count."""

import asyncio
import collections
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from tests.bots.bot import Bot, BotOptions, RefusedError
from tests.bots.chat import write_line
from tests.bots.ground import Ground, open_ground
from tests.bots.link import LinkError
from tests.bots.media import MediaError
from tests.bots.offer import OfferError
from tests.bots.opus import PTIME_MS, tone_frames
from tests.bots.report import Report, Spoken, write_report
from tests.bots.speech import DEFAULT_LEVEL_DBOV
from tests.bots.targets import Network, TargetError

_SETTLE_LOOKS: Final = 20  # at most, for what is still on its way when the speakers have stopped
_LOOK_EVERY_S: Final = 0.05
_EXPECTED: Final = (RefusedError, LinkError, MediaError, OfferError, TargetError)


class SwarmPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to start.

    Attributes:
        seconds: how long the speakers speak.
        hz: tone of the first speaker; each further one is a third higher.
        level_dbov: what the speakers' headers claim.
        dtx_ms: (talk, pause) where speakers pause.
        sample: decrypt one packet in so many.
        probes: so many listeners keep delays, with the kernel's receive stamps.
        joins_at_once: joins in flight.
        chat_per_s: marked lines a second, written by all in turn.
        drain_ms: look at the sockets every so many ms instead of being woken; 0: be woken.
        keep_room: bots follow the room; many in one process are cheaper without.
    """

    url: str
    room: str = "talk"
    speakers: int = 1
    listeners: int = 9
    seconds: float = 10.0
    hz: int = 440
    level_dbov: int = DEFAULT_LEVEL_DBOV
    dtx_ms: tuple[int, int] | None = None
    sample: int = 1
    probes: int = 20
    joins_at_once: int = 10
    chat_per_s: float = 0.0
    drain_ms: float = 0.0
    keep_room: bool = False
    with_media: bool = True
    nets: tuple[Network, ...] = ()
    name: str = "Bot"


class Swarm:
    """The bots of one plan. Made by `Swarm.open`.

    Attributes:
        plan: what was asked for.
        ground: what all its bots share.
        speakers, listeners: those that joined.
        errors: what went wrong, counted by its words.
        chat_sent: marked lines that the server accepted.
    """

    def __init__(self, plan: SwarmPlan, ground: Ground, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.speakers: list[Bot] = []
        self.listeners: list[Bot] = []
        self.errors: collections.Counter[str] = collections.Counter()
        self.chat_sent = 0
        self.ground, self._say = ground, say
        self._suffix = random.getrandbits(16)  # two swarms in a room have different names
        self._named = 0
        self._asked = 0
        self._spoken = Spoken()
        self._started = Spoken()

    @classmethod
    @asynccontextmanager
    async def open(cls, plan: SwarmPlan, say: Callable[[str], None] | None = None) -> AsyncIterator["Swarm"]:
        """Open the ground for the plan; all bots are closed at the end. `say` gets lines for people.

        Raises:
            TargetError: if the server is not one that bots may send to.
        """
        async with open_ground(plan.url, plan.nets, drain_ms=plan.drain_ms) as ground:
            yield cls(plan, ground, say or _say_nothing)

    @property
    def bots(self) -> list[Bot]:
        """All that joined."""
        return self.speakers + self.listeners

    async def run(self) -> Report:
        """Join, speak, stop, and return what was heard."""
        await self.join_all()
        await self.start_speaking()
        await self.chat_for(self.plan.seconds)
        await self.stop_speaking()
        return self.report()

    async def join_all(self) -> None:
        """Let all of the plan join. Who cannot is counted in `errors`."""
        for number in range(self.plan.speakers):
            tone_frames(self._tone_hz(number))  # made now, since it takes a while
        await self.join_more(self.plan.speakers, self.plan.listeners)

    async def join_more(self, speakers: int, listeners: int) -> None:
        """Let so many more join, `joins_at_once` at a time."""
        started_s = time.monotonic()
        self._asked += speakers + listeners
        probes = max(0, self.plan.probes - len(self.listeners))
        places = asyncio.Semaphore(self.plan.joins_at_once)
        async with asyncio.TaskGroup() as tasks:
            for number in range(speakers + listeners):
                is_probe = speakers <= number < speakers + probes
                where = self.speakers if number < speakers else self.listeners
                tasks.create_task(self._try(self._join_one(places, where, is_probe=is_probe)))
        took_s = time.monotonic() - started_s
        self._say(
            f"{len(self.bots)} of {self._asked} joined, the last {speakers + listeners} in {took_s:.2f} s"
        )

    async def start_speaking(self) -> None:
        """Turn the speakers' microphones on, their packets spread evenly over 20 ms.

        Those who pause are spread over the whole of talk and pause, so that they take turns.
        """
        turn_ms = sum(self.plan.dtx_ms) if self.plan.dtx_ms else PTIME_MS
        self._started = Spoken(time.monotonic(), time.process_time())
        for number, bot in enumerate(self.speakers):
            if bot.media is not None:
                bot.media.speech.level_dbov = self.plan.level_dbov
            phase_s = number / len(self.speakers) * turn_ms / 1_000
            await self._try(bot.speak(self._tone_hz(number), dtx_ms=self.plan.dtx_ms, phase_s=phase_s))
        self._say(f"{len(self.speakers)} speaking")

    async def chat_for(self, seconds: float) -> None:
        """Let this time pass; bots write lines meanwhile if the plan says so."""
        if not self.plan.chat_per_s or not self.bots:
            await asyncio.sleep(seconds)
            return
        loop = asyncio.get_running_loop()
        numbers: collections.Counter[int] = collections.Counter()
        origin_s = loop.time()
        async with asyncio.TaskGroup() as tasks:
            for line in range(int(seconds * self.plan.chat_per_s)):
                await asyncio.sleep(origin_s + line / self.plan.chat_per_s - loop.time())
                bot = self.bots[line % len(self.bots)]
                numbers[bot.member_id] += 1
                tasks.create_task(self._try(self._write(bot, numbers[bot.member_id])))

    async def stop_speaking(self) -> None:
        """Stop the packets, and wait until what is on its way has come."""
        for bot in self.speakers:
            if bot.media is not None:
                bot.media.speech.stop()
        self._spoken = Spoken(
            time.monotonic() - self._started.seconds, time.process_time() - self._started.cpu_s
        )
        for _ in range(_SETTLE_LOOKS):
            await asyncio.sleep(_LOOK_EVERY_S)  # once in any case, for what should not come: duplicates
            if not self.report().lost:
                return

    def forget(self) -> None:
        """Count packets from here on."""
        for bot in self.bots:
            if bot.media is not None and bot.media.hearing is not None:
                bot.media.hearing.forget()

    def report(self) -> Report:
        """What was heard so far."""
        return write_report(
            asked=self._asked,
            speakers=self.speakers,
            listeners=self.listeners,
            chat_sent=self.chat_sent,
            errors=dict(self.errors),
            spoken=self._spoken,
        )

    def _tone_hz(self, number: int) -> int:
        return self.plan.hz + self.plan.hz // 3 * number

    async def _join_one(self, places: asyncio.Semaphore, where: list[Bot], *, is_probe: bool) -> None:
        options = BotOptions(
            with_media=self.plan.with_media,
            sample=self.plan.sample,
            probes=is_probe,
            keep_room=self.plan.keep_room,
        )
        async with places:
            self._named += 1
            name = f"{self.plan.name} {self._suffix:04x} {self._named}"
            where.append(await Bot.enter(self.ground, self.plan.room, name, options))

    async def _write(self, bot: Bot, number: int) -> None:
        await bot.say(write_line(bot.member_id, number))
        self.chat_sent += 1

    async def _try(self, step: Coroutine[None, None, None]) -> None:
        """Do a step; what may go wrong in a crowd is counted."""
        try:
            await step
        except _EXPECTED as error:
            self.errors[f"{type(error).__name__}: {error}"] += 1


def _say_nothing(_: str) -> None:
    return


def say_on_stderr(line: str) -> None:
    """Lines for people, beside the result on standard output."""
    sys.stderr.write(line + "\n")
