"""From a host's command to the last packet or line of whom it is about, as a listener gets them.

`python -m tests.bots.order --trials 200` starts a server of its own and prints one JSON object.
All bots are in one process: the times hold its own delays too, so the server's share is less.
"""

import argparse
import asyncio
import itertools
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import ACTION_BURST, ACTION_PER_S
from rooms.model import ChatMode, Room
from rooms.pace import Bucket, Pace
from signaling.from_browser import (
    FromBrowser,
    LiftMute,
    MuteAll,
    MuteMember,
    RemoveMember,
    SetChat,
    SetFreeze,
    SetMicrophone,
)
from tests.bots.bot import Bot, BotOptions, RefusedError
from tests.bots.ground import Ground, open_ground
from tests.bots.hearing import Hearing
from tests.bots.link import LinkError
from tests.bots.opus import PTIME_MS
from tests.bots.report import Quantiles, quantiles
from tests.bots.served import CrowdServer, crowd_server

ROOM: Final = "talk"
HOSTS: Final = 3  # they take turns, so that none is told to slow down
LINES: Final = 10  # what one member may write at once
_CLOCK_PACKETS: Final = 8  # of the voice of a host after the act: 160 ms, longer than any act may take
_BETWEEN_LINES_S: Final = 0.01  # all lines together take longer than a host's act
_HOST_PACE: Final = Pace(ACTION_BURST - 4, ACTION_PER_S)  # kept here, so that no act is told to wait
_WORDS_ONLY: Final = BotOptions(with_media=False)

Act = Callable[[Bot, Bot], Awaitable[int]]
"""A host acts on a member; returns CLOCK_MONOTONIC in ns from just before the command that was accepted."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The trials of one kind. Only those count that ended what would have gone on: `cut` of `trials`."""

    silence_ms: Quantiles
    cut: int
    trials: int


class Table:
    """Three hosts, of whom the first speaks all the time, and a listener. Made by `Table.laid`."""

    def __init__(self, ground: Ground, hosts: list[Bot], ears: Bot) -> None:
        self.ground, self.hosts, self.ears = ground, hosts, ears
        self._turns = itertools.cycle([(host, Bucket(_HOST_PACE)) for host in hosts])
        self._names = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def laid(cls, server: CrowdServer) -> AsyncIterator["Table"]:
        """Seat the hosts and the listener."""
        async with open_ground(server.url) as ground:
            invite = server.host_invite()
            hosts = [
                await Bot.enter(ground, ROOM, f"Host {number}", BotOptions(with_media=not number), invite)
                for number in range(HOSTS)
            ]
            ears = await Bot.enter(ground, ROOM, "Ears")
            await hosts[0].speak()
            await ears.hears(hosts[0].member_id)
            yield cls(ground, hosts, ears)

    async def next_host(self) -> Bot:
        """Return the host whose turn it is, once an act of that host has room in the pace."""
        host, pace = next(self._turns)
        while wait_ms := pace.take(time.monotonic() * 1_000):  # noqa: ASYNC110 -- time is all there is
            await asyncio.sleep(wait_ms / 1_000)
        return host

    async def voice(self) -> Bot:
        """Seat a member who speaks."""
        bot = await Bot.enter(self.ground, ROOM, f"Voice {next(self._names)}")
        await bot.speak()
        await self.ears.hears(bot.member_id, 2)
        return bot

    async def silence_ns(self, target: Bot, act: Act) -> tuple[int, bool]:
        """Let the next host act on a member who speaks.

        Returns how long after the act the member was still heard, and whether more was said then.
        """
        assert target.media is not None
        host = await self.next_host()
        heard = await self.ears.hears(target.member_id, 2)
        assert heard is not None
        await asyncio.sleep(random.uniform(0, PTIME_MS / 1_000))  # anywhere between two packets
        asked_ns = await act(host, target)
        said = target.media.speech.sent
        await self.ears.hears(self.hosts[0].member_id, _CLOCK_PACKETS)
        is_cut = target.media.speech.sent > said or target.media.closed.is_set()
        return max(0, heard.at_ns - asked_ns), is_cut

    async def quiet_ns(self, act: Act) -> tuple[int, bool]:
        """Let the next host act on a member who writes.

        Returns how long after the act a line still came, and whether more would have been written.
        """
        host = await self.next_host()
        target = await Bot.enter(self.ground, ROOM, f"Pen {next(self._names)}", _WORDS_ONLY)
        seen_ns: list[int] = []

        def note(room: Room) -> bool:
            lines = sum(line.member_id == target.member_id for line in room.chat)
            if lines > len(seen_ns):
                seen_ns.append(time.monotonic_ns())
            return target.member_id not in room.members

        await self.ears.until(lambda room: target.member_id in room.members)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.ears.until(note))
            writing = tasks.create_task(_write(target))
            await self.ears.until(lambda _: len(seen_ns) > 1)  # in the middle of it
            asked_ns = await act(host, target)
            is_cut = await writing
            await target.leave()
        return max(0, seen_ns[-1] - asked_ns), is_cut


def hearing_of(bot: Bot) -> Hearing:
    """Return what a connected bot hears."""
    assert bot.media is not None
    assert bot.media.hearing is not None
    return bot.media.hearing


async def order(host: Bot, event: str, build: Callable[[int], FromBrowser]) -> int:
    """Let a host command, again where told to slow down; return CLOCK_MONOTONIC in ns from just before."""
    while True:
        asked_ns = time.monotonic_ns()
        try:
            await host.command(event, build)
        except RefusedError as error:
            if not error.refusal.retry_ms:
                raise
            await asyncio.sleep(error.refusal.retry_ms / 1_000)
        else:
            return asked_ns


async def mute(host: Bot, target: Bot) -> int:
    """Mute one member."""
    who = target.member_id
    return await order(host, "mute_member", lambda n: MuteMember(n=n, member_id=who))


async def mute_all(host: Bot, _: Bot) -> int:
    """Mute everybody who is not trusted."""
    return await order(host, "mute_all", lambda n: MuteAll(n=n))


async def freeze(host: Bot, _: Bot) -> int:
    """Freeze the room."""
    return await order(host, "set_freeze", lambda n: SetFreeze(n=n, on=True))


async def remove(host: Bot, target: Bot) -> int:
    """Take a member out."""
    who = target.member_id
    return await order(host, "remove_member", lambda n: RemoveMember(n=n, member_id=who))


async def close_chat(host: Bot, _: Bot) -> int:
    """Let only hosts write."""
    return await order(host, "set_chat", lambda n: SetChat(n=n, mode=ChatMode.HOSTS, slow_ms=0))


async def _undo(table: Table, act: Act, who: MemberId) -> None:
    if act is remove or act is mute_all:
        return
    host = await table.next_host()
    if act is mute:
        await order(host, "lift_mute", lambda n: LiftMute(n=n, member_id=who))
    elif act is freeze:
        await order(host, "set_freeze", lambda n: SetFreeze(n=n, on=False))
    elif act is close_chat:
        await order(host, "set_chat", lambda n: SetChat(n=n, mode=ChatMode.EVERYONE, slow_ms=0))


async def _write(author: Bot) -> bool:
    """Write line after line; True if that was ended, False if the author came to the end."""
    for number in range(LINES):
        try:
            await author.say(f"line {number}")
        except (LinkError, RefusedError):
            return True
        await asyncio.sleep(_BETWEEN_LINES_S)
    return False


async def try_voice(table: Table, act: Act, trials: int) -> Outcome:
    """Silence a speaking member so many times."""
    times_ns: list[int] = []
    target = await table.voice()
    for _ in range(trials):
        silence_ns, is_cut = await table.silence_ns(target, act)
        if is_cut:
            times_ns.append(silence_ns)
        if act is remove:
            target = await table.voice()
            continue
        await _undo(table, act, target.member_id)
        await order(target, "set_microphone", lambda n: SetMicrophone(n=n, on=True))
    await target.leave()
    return Outcome(silence_ms=quantiles(times_ns), cut=len(times_ns), trials=trials)


async def try_words(table: Table, act: Act, trials: int) -> Outcome:
    """Stop a writing member so many times."""
    times_ns: list[int] = []
    for _ in range(trials):
        quiet_ns, is_cut = await table.quiet_ns(act)
        if is_cut:
            times_ns.append(quiet_ns)
        await _undo(table, act, NO_MEMBER)
    return Outcome(silence_ms=quantiles(times_ns), cut=len(times_ns), trials=trials)


VOICE_ACTS: Final[tuple[Act, ...]] = (mute, mute_all, freeze, remove)
WORD_ACTS: Final[tuple[Act, ...]] = (freeze, remove, close_chat)


async def _measure(trials: int) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with crowd_server(Path(folder)) as server, Table.laid(server) as table:
            for act in VOICE_ACTS:
                found[f"voice, {act.__name__}"] = await try_voice(table, act, trials)
            for act in WORD_ACTS:
                found[f"chat, {act.__name__}"] = await try_words(table, act, trials)
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bots.order", description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    outcomes = asyncio.run(_measure(parser.parse_args().trials))
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(outcomes), indent=2).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
