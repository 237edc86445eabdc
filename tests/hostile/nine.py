"""Nine well-behaved members in a process of their own: one speaks, eight hear, all write in turn.

`python -m tests.hostile.nine URL ROOM` prints one line of JSON when all are there, and one `Look` for each
line that it reads; the end of its input is the end of it. A process of its own: whoever attacks is busy, and
these would seem to be cut off.
"""

import asyncio
import sys
from typing import Final

import msgspec

from tests.bots.bot import Bot
from tests.bots.ground import Ground, open_ground

NINE: Final = 9
HEARS_PACKETS: Final = 3  # of the voice, until a look is over: it goes on
WITHIN_S: Final = 20.0
STILL_HERE: Final = "still here"


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """All are there; the number of the voice."""

    voice_id: int


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How the nine are, since the last look.

    Attributes:
        wrong: in words, what should not be; empty: all is well.
        gap_ms: the longest time without a packet at a listener, the speaker's own lateness left out.
        packets: that the listener with the fewest heard.
        lost: that the listener with the most did not; on a machine that is too busy some come too late.
        line_ms: how long a line of chat took until all nine had it.
    """

    wrong: tuple[str, ...] = ()
    gap_ms: float = 0.0
    packets: int = 0
    lost: int = 0
    line_ms: float = 0.0


class Nine:
    """The nine."""

    def __init__(self, bots: list[Bot]) -> None:
        self._speaker, *self._listeners = self._bots = bots
        self._looks = 0

    @classmethod
    async def enter(cls, ground: Ground, room: str) -> "Nine":
        """Let them come, one speaking."""
        nine = cls([await Bot.enter(ground, room, f"Guest {number}") for number in range(1, NINE + 1)])
        await nine._speaker.speak()
        await nine.look()
        return nine

    @property
    def voice_id(self) -> int:
        """Whose voice it is."""
        return self._speaker.member_id

    async def look(self) -> Look:
        """Wait until all hear the voice and read a new line; say how it was since the last time."""
        wrong: list[str] = []
        line_ms = 0.0
        try:
            async with asyncio.TaskGroup() as group:
                chat = group.create_task(self._talk())
                for bot in self._listeners:
                    group.create_task(self._hear(bot))
            line_ms = chat.result()
        except* Exception as errors:  # noqa: BLE001 - whatever went wrong is what a look is for
            wrong += [f"{type(error).__name__} {error}".strip() for error in errors.exceptions]
        wrong += [
            f"{bot.name} was cut off{f' ({bot.ended.reason})' if bot.ended else ''}"
            for bot in self._bots
            if bot.is_cut
        ]
        heard = [self._of(bot, wrong) for bot in self._listeners]
        return Look(
            wrong=tuple(wrong),
            gap_ms=max(gap_ms for gap_ms, _, _ in heard),
            packets=min(packets for _, packets, _ in heard),
            lost=max(lost for _, _, lost in heard),
            line_ms=line_ms,
        )

    async def _talk(self) -> float:
        """One of them writes a line; return how long it took until all nine had it, in ms."""
        self._looks += 1
        text = f"{STILL_HERE} {self._looks}"
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        async with asyncio.TaskGroup() as group:
            for bot in self._bots:
                group.create_task(
                    bot.until(
                        lambda room: any(line.text == text for line in reversed(room.chat)),
                        WITHIN_S,
                    )
                )
            await self._bots[self._looks % NINE].say(text)
        return (loop.time() - begun_s) * 1_000

    async def _hear(self, bot: Bot) -> None:
        await bot.hears(self.voice_id, HEARS_PACKETS, WITHIN_S)

    def _of(self, bot: Bot, wrong: list[str]) -> tuple[float, int, int]:
        """Return the longest gap in ms, the packets and those lost; begin to count anew."""
        heard, hearing = bot.heard(self.voice_id), bot.media.hearing if bot.media else None
        if heard is None or hearing is None:
            wrong.append(f"{bot.name} heard nothing")
            return 0.0, 0, 0
        spoiled = {
            "late": sum(slot.late for slot in hearing.slots.values()),
            "twice": heard.duplicates,
            "unreadable": hearing.unreadable,
            "stray": hearing.stray,
            "of a wrong voice": hearing.wrong_csrc,
        }
        wrong += [f"{bot.name} got {count} packets {what}" for what, count in spoiled.items() if count]
        if bot.view.holes:
            wrong.append(f"{bot.name} missed {bot.view.holes} facts")
        lost = sum(slot.lost for slot in hearing.slots.values())
        hearing.forget()
        bot.view.holes = 0
        return heard.gap_max_ns / 1e6, heard.packets, lost


async def main(url: str, room: str) -> None:
    """Come, look whenever a line is read, and go at its end."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with open_ground(url) as ground:
        nine = await Nine.enter(ground, room)
        _print(Present(voice_id=nine.voice_id))
        while await lines.readline():
            _print(await nine.look())


def _print(message: Present | Look) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
