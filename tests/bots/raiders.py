"""Bots who come together to shout everybody down: they open microphones and write as fast as they are let.

`python -m tests.bots.raiders` is their own process, so that those who measure are not late for their sake.
It lives until its standard input is closed, and writes what they did as a line of JSON: when all have come,
and at the end.
"""

import argparse
import asyncio
import itertools
import os
import sys
from collections.abc import Coroutine
from typing import Final

import msgspec

from tests.bots.bot import Bot, BotOptions, RefusedError
from tests.bots.ground import Ground, open_ground
from tests.bots.link import LinkError
from tests.bots.media import MediaError
from tests.bots.opus import tone_frames

NAME: Final = "Stranger"
HZ: Final = 330
LOUDEST_DBOV: Final = 10  # what they claim, so that they take the slots from everybody else

_BETWEEN_TRIES_S: Final = 0.02  # of one raider: the server's own pace is what holds them back
_REFUSED_PAUSE_S: Final = 0.25  # where the server does not say when to try again
_COMES_AGAIN_S: Final = 1.0
_LIVES_MAX_S: Final = 300.0
_DRAIN_MS: Final = 5.0
_NICE: Final = 2
_SAMPLE: Final = 16  # they listen to few of the packets they are sent


class Tally(msgspec.Struct, kw_only=True):
    """What the raiders did until now.

    Attributes:
        came: seats taken.
        waiting: at the door.
        kept_out: tries to come that were refused.
        lines: lines that the server took.
        opened: microphones that the server took as open.
        refused: other noes, by code.
        broken: ends of connections and of sound.
    """

    came: int = 0
    waiting: int = 0
    kept_out: int = 0
    lines: int = 0
    opened: int = 0
    refused: dict[str, int] = {}
    broken: dict[str, int] = {}


class Raiders:
    """So many who come within a time and go on for as long as the task group lives.

    Attributes:
        tally: what they did.
        all_came: set when each has tried to come.
    """

    def __init__(self, ground: Ground, room: str, count: int, voices: int) -> None:
        """`count` who write, of whom `voices` have sound, too."""
        self.tally = Tally()
        self.all_came = asyncio.Event()
        self._ground, self._room = ground, room
        self._count, self._voices = count, voices
        self._tried: set[int] = set()

    async def come(self, tasks: asyncio.TaskGroup, within_s: float) -> list[asyncio.Task[None]]:
        """Start them evenly over the time; each goes on until it is cancelled."""
        tone_frames(HZ)  # made now, since it takes a while
        begin_s = asyncio.get_running_loop().time()
        lives = []
        for number in range(self._count):
            due_s = begin_s + number * within_s / self._count
            await asyncio.sleep(max(0.0, due_s - asyncio.get_running_loop().time()))
            lives.append(tasks.create_task(self._live(number)))
        await self.all_came.wait()
        return lives

    async def _live(self, number: int) -> None:
        """Come, and come again wherever that ends, also under another name."""
        options = BotOptions(with_media=number < self._voices, sample=_SAMPLE, probes=False, keep_room=False)
        for name in itertools.chain(
            (f"{NAME} {number}",), (f"{NAME} {number} again {n}" for n in itertools.count(1))
        ):
            try:
                bot = await Bot.enter(self._ground, self._room, name, options)
            except (RefusedError, LinkError, MediaError) as error:
                self.tally.kept_out += 1
                self._note(error)
                bot = None
            self._count_in(number)
            if bot is None:
                await asyncio.sleep(_COMES_AGAIN_S)
                continue
            if bot.is_guest:
                self.tally.waiting += 1
                await bot.link.ended.wait()
                continue
            self.tally.came += 1
            async with asyncio.TaskGroup() as both:
                both.create_task(self._write(bot))
                both.create_task(self._shout(bot))
            _count(self.tally.broken, "seat")
            await asyncio.sleep(_COMES_AGAIN_S)

    def _count_in(self, number: int) -> None:
        self._tried.add(number)
        if len(self._tried) == self._count:
            self.all_came.set()

    async def _write(self, bot: Bot) -> None:
        """Write line after line."""
        number = 0
        while not bot.link.ended.is_set():
            number += 1
            if await self._try(bot.say(f"a line that hurts, {number}")):
                self.tally.lines += 1

    async def _shout(self, bot: Bot) -> None:
        """Send sound, heard or not, and open the microphone again whenever it is closed."""
        if bot.media is not None:
            bot.media.speech.level_dbov = LOUDEST_DBOV
            bot.media.speech.start(HZ, bot.member_id)
        while not bot.link.ended.is_set():
            if await self._try(bot.set_microphone(on=True)):
                self.tally.opened += 1
            await asyncio.sleep(_REFUSED_PAUSE_S)

    async def _try(self, step: Coroutine[None, None, object]) -> bool:
        """Do one thing; where it is refused, wait for as long as the server says."""
        pause_s, is_done = _BETWEEN_TRIES_S, False
        try:
            await step
            is_done = True
        except RefusedError as error:
            self._note(error)
            pause_s = error.refusal.retry_ms / 1_000 or _REFUSED_PAUSE_S
        except LinkError as error:
            self._note(error)
        await asyncio.sleep(pause_s)
        return is_done

    def _note(self, error: Exception) -> None:
        if isinstance(error, RefusedError):
            _count(self.tally.refused, error.refusal.code.value)
        else:
            _count(self.tally.broken, type(error).__name__)


def _count(counts: dict[str, int], what: str) -> None:
    counts[what] = counts.get(what, 0) + 1


async def _raid(asked: argparse.Namespace) -> None:
    encode = msgspec.json.Encoder().encode

    def say(tally: Tally) -> None:
        sys.stdout.write(encode(tally).decode() + "\n")
        sys.stdout.flush()

    loop = asyncio.get_running_loop()
    stop = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stop), sys.stdin)
    async with open_ground(asked.url, drain_ms=_DRAIN_MS) as ground, asyncio.TaskGroup() as tasks:
        raiders = Raiders(ground, asked.room, asked.count, asked.voices)
        lives = await raiders.come(tasks, asked.within)
        say(raiders.tally)
        try:
            async with asyncio.timeout(_LIVES_MAX_S):
                await stop.read()
        finally:
            for life in lives:
                life.cancel()
            say(raiders.tally)


def main() -> None:
    """Raid until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.bots.raiders", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--room", default="talk")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--voices", type=int, default=40)
    parser.add_argument("--within", type=float, default=10.0, help="seconds in which they come")
    asked = parser.parse_args()
    os.nice(_NICE)  # real ones have machines of their own
    asyncio.run(_raid(asked))


if __name__ == "__main__":
    main()
