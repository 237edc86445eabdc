"""From a host's click to the last packet and the last line of whom it is about, as another member gets them.

`python -m tests.bots.order --trials 200` starts a server of its own and prints a table, and one JSON object
with every trial. All bots are in one process: the times hold its own lateness too, so that and the server's
are printed beside them. A mute closes a microphone and leaves the chat alone: there is no last line then.
"""

import argparse
import asyncio
import itertools
import random
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from rooms.limits import ACTION_BURST, ACTION_PER_S
from rooms.model import Room
from rooms.pace import Bucket, Pace
from signaling.from_browser import SetMicrophone
from tests.bots.acts import (
    ENDING,
    UNDONE,
    Act,
    ban,
    close_chat,
    freeze,
    mute,
    mute_all,
    order,
    remove,
    undo,
)
from tests.bots.bot import Bot, BotOptions, RefusedError
from tests.bots.ground import Ground, open_ground
from tests.bots.hearing import Hearing
from tests.bots.lag import LagWatch
from tests.bots.link import LinkError
from tests.bots.opus import PTIME_MS
from tests.bots.report import Quantiles, quantiles
from tests.bots.served import CrowdServer, crowd_server
from tests.bots.swarm import say_on_stderr

ROOM: Final = "talk"
HOSTS: Final = 6  # they take turns, so that none is told to slow down
LINES: Final = 10  # what one member may write at once
GOAL_MS: Final = 100.0  # from the click to the last packet or line, at p99 of the trials
CALM_MS: Final = (
    10.0  # trials in which neither the server nor the bots were later than this are counted apart
)

_CLOCK_PACKETS: Final = 8  # of the voice of a host after the act: 160 ms, longer than any act may take
_BETWEEN_LINES_S: Final = 0.01  # all lines together take longer than a host's act
_HOST_PACE: Final = Pace(ACTION_BURST - 4, ACTION_PER_S)  # kept here, so that no act is told to wait
_DEVICE_BYTES: Final = 16

VOICE_ACTS: Final[tuple[Act, ...]] = (mute, mute_all, freeze, remove, ban)
WORD_ACTS: Final[tuple[Act, ...]] = (freeze, close_chat, remove, ban)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One act. `silence_ms` is from the click to the last packet or line, 0 where none came after it.

    `is_cut` says that it ended what would have gone on. The longest lateness of the server and of the bots
    meanwhile stands beside it.
    """

    silence_ms: float
    is_cut: bool
    server_lag_ms: float
    bots_lag_ms: float

    @property
    def is_calm(self) -> bool:
        """Whether everybody was in time."""
        return max(self.server_lag_ms, self.bots_lag_ms) <= CALM_MS


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The trials of one kind. Only those count that ended what would have gone on: `cut` of `trials`."""

    silence_ms: Quantiles
    calm_ms: Quantiles
    server_lag_ms: Quantiles
    bots_lag_ms: Quantiles
    cut: int
    trials: int
    each: tuple[Trial, ...]


class Table:
    """Hosts, of whom the first speaks all the time, and a listener. Made by `Table.laid`."""

    def __init__(self, ground: Ground, hosts: list[Bot], ears: Bot, lag: LagWatch) -> None:
        self.ground, self.hosts, self.ears, self.lag = ground, hosts, ears, lag
        self._turns = itertools.cycle([(host, Bucket(_HOST_PACE)) for host in hosts])
        self._names = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def laid(cls, server: CrowdServer) -> AsyncIterator["Table"]:
        """Seat the hosts and the listener."""
        async with open_ground(server.url) as ground:
            invite = server.host_invite()
            hosts = [
                await Bot.enter(ground, ROOM, f"Leader {number}", BotOptions(with_media=not number), invite)
                for number in range(HOSTS)
            ]
            ears = await Bot.enter(ground, ROOM, "Ears")
            await hosts[0].speak()
            await ears.hears(hosts[0].member_id)
            assert ears.media is not None
            async with LagWatch.over(ears.media) as lag:
                yield cls(ground, hosts, ears, lag)

    async def next_host(self) -> Bot:
        """Return the host whose turn it is, once an act of that host has room in the pace."""
        host, pace = next(self._turns)
        while wait_ms := pace.take(time.monotonic() * 1_000):  # noqa: ASYNC110 -- time is all there is
            await asyncio.sleep(wait_ms / 1_000)
        return host

    async def voice(self) -> Bot:
        """Seat a member who speaks."""
        bot = await self._seat("Voice", with_media=True)
        await bot.speak()
        await self.ears.hears(bot.member_id, 2)
        return bot

    async def silence(self, target: Bot, act: Act) -> Trial:
        """Let the next host act on a member who speaks."""
        assert target.media is not None
        host = await self.next_host()
        heard = await self.ears.hears(target.member_id, 2)
        assert heard is not None
        await asyncio.sleep(random.uniform(0, PTIME_MS / 1_000))  # anywhere between two packets
        asked_ns = await act(host, target)
        said = target.media.speech.sent
        await self.ears.hears(self.hosts[0].member_id, _CLOCK_PACKETS)
        is_cut = target.media.speech.sent > said or target.media.closed.is_set()
        return self._trial(asked_ns, heard.at_ns, is_cut=is_cut)

    async def quiet(self, act: Act) -> Trial:
        """Let the next host act on a member who writes."""
        host = await self.next_host()
        target = await self._seat("Pen", with_media=False)
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
        return self._trial(asked_ns, seen_ns[-1], is_cut=is_cut)

    async def _seat(self, kind: str, *, with_media: bool) -> Bot:
        """Seat a member with a device of its own, so that a ban of one is none of the next."""
        options = BotOptions(with_media=with_media, device=secrets.token_urlsafe(_DEVICE_BYTES))
        return await Bot.enter(self.ground, ROOM, f"{kind} {next(self._names)}", options)

    def _trial(self, asked_ns: int, last_ns: int, *, is_cut: bool) -> Trial:
        lag = self.lag.since(asked_ns)
        return Trial(
            silence_ms=round(max(0, last_ns - asked_ns) / 1e6, 3),
            is_cut=is_cut,
            server_lag_ms=round(lag.server_ms, 3),
            bots_lag_ms=round(lag.bots_ms, 3),
        )


def hearing_of(bot: Bot) -> Hearing:
    """Return what a connected bot hears."""
    assert bot.media is not None
    assert bot.media.hearing is not None
    return bot.media.hearing


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
    found = []
    target = await table.voice()
    for _ in range(trials):
        found.append(await table.silence(target, act))
        if act in ENDING:
            target = await table.voice()
            continue
        if act in UNDONE:
            await undo(await table.next_host(), act, target)
        await order(target, "set_microphone", lambda n: SetMicrophone(n=n, on=True))
    await target.leave()
    return _outcome(found)


async def try_words(table: Table, act: Act, trials: int) -> Outcome:
    """Stop a writing member so many times."""
    found = []
    for _ in range(trials):
        found.append(await table.quiet(act))
        if act in UNDONE:
            host = await table.next_host()
            await undo(host, act, host)
    return _outcome(found)


def _outcome(trials: Sequence[Trial]) -> Outcome:
    cut = [trial for trial in trials if trial.is_cut]
    return Outcome(
        silence_ms=_quantiles(trial.silence_ms for trial in cut),
        calm_ms=_quantiles(trial.silence_ms for trial in cut if trial.is_calm),
        server_lag_ms=_quantiles(trial.server_lag_ms for trial in trials),
        bots_lag_ms=_quantiles(trial.bots_lag_ms for trial in trials),
        cut=len(cut),
        trials=len(trials),
        each=tuple(trials),
    )


def _quantiles(times_ms: Iterable[float]) -> Quantiles:
    return quantiles(time_ms * 1e6 for time_ms in times_ms)


Try = Callable[[Table, Act, int], Awaitable[Outcome]]


async def _measure(trials: int, acts: Sequence[str]) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    kinds: tuple[tuple[str, Try, tuple[Act, ...]], ...] = (
        ("voice", try_voice, VOICE_ACTS),
        ("chat", try_words, WORD_ACTS),
    )
    with tempfile.TemporaryDirectory() as folder:
        async with crowd_server(Path(folder)) as server, Table.laid(server) as table:
            say_on_stderr(HEADINGS)
            for kind, try_, its_acts in kinds:
                for act in its_acts:
                    name = f"{kind}, {act.__name__}"
                    if acts and act.__name__ not in acts:
                        continue
                    found[name] = await try_(table, act, trials)
                    say_on_stderr(_row(name, found[name]))
    return found


HEADINGS: Final = (
    "ms from the click to the last      p50     p95     p99     max   cut/trials   "
    "p99 of those in time   server late p99/max   bots late p99/max"
)


def _row(name: str, outcome: Outcome) -> str:
    silence, calm = outcome.silence_ms, outcome.calm_ms
    server, bots = outcome.server_lag_ms, outcome.bots_lag_ms
    return (
        f"{name:28} {_text(silence.p50)} {_text(silence.p95)} {_text(silence.p99)} {_text(silence.max)}   "
        f"{outcome.cut:5}/{outcome.trials:<6}   {_text(calm.p99)} of {calm.count:<8}   "
        f"{_text(server.p99)} / {_text(server.max)}   {_text(bots.p99)} / {_text(bots.max)}"
    )


def _text(time_ms: float | None) -> str:
    return "      -" if time_ms is None else f"{time_ms:7.2f}"


def main() -> int:
    """Measure and print; 1 if an act took longer than it may."""
    parser = argparse.ArgumentParser(prog="python -m tests.bots.order", description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    names = sorted({act.__name__ for act in (*VOICE_ACTS, *WORD_ACTS)})
    parser.add_argument("--acts", nargs="+", default=[], choices=names, help="only these")
    asked = parser.parse_args()
    outcomes = asyncio.run(_measure(asked.trials, asked.acts))
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(outcomes), indent=2).decode() + "\n")
    times_ms = [outcome.silence_ms.p99 for outcome in outcomes.values()]
    return 0 if all(time_ms is not None and time_ms <= GOAL_MS for time_ms in times_ms) else 1


if __name__ == "__main__":
    sys.exit(main())
