"""A raid on a room in which nine people meet, and the one press that ends it.

`python -m tests.bots.raid` starts a server of its own and raiders in a process of theirs, presses freeze
once, and prints what those in the room still got of the raid: lines for people, and one JSON object.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from rooms.facts import ChatPosted, Commit, MemberJoined, RoomFrozen
from rooms.ids import MemberId
from rooms.roles import Role
from signaling.from_browser import SetFreeze
from tests.bots import raiders
from tests.bots.acts import trust
from tests.bots.bot import Bot, BotOptions, RefusedError
from tests.bots.ground import Ground, open_ground
from tests.bots.hearing import Hearing
from tests.bots.lag import LagWatch
from tests.bots.served import ROOT, CrowdServer, crowd_server
from tests.bots.swarm import say_on_stderr

ROOM: Final = "talk"
SEATED: Final = 9  # the host, a reader who is trusted, and seven more
CALM_GOAL_MS: Final = 250.0
GAP_GOAL_MS: Final = 200.0

_LINE_EVERY_S: Final = 3.0  # of each well-behaved member
_TURN_MS: Final = (600, 2_400)  # how long each of them speaks and listens
_GO_ON: Final = "We go on."
LATE_COMERS: Final = 10
_LOUD_NS: Final = 60_000_000  # three packets of one voice
_LOUD_WITHIN_S: Final = 30.0
_LOOK_EVERY_S: Final = 0.005
_RAIDERS_MAX: Final = 1_000
_ENDS_WITHIN_S: Final = 90.0  # beside the raid's own times


class RaidPlan(msgspec.Struct, frozen=True, kw_only=True):
    """So many raiders, `voices` of them with sound, come in `within_s`; `raid_s` later comes the press, when
    their words and their sound have just been heard.
    """

    raiders: int = 200
    voices: int = 40
    within_s: float = 10.0
    raid_s: float = 3.0
    after_s: float = 3.0


class RaidReport(msgspec.Struct, frozen=True, kw_only=True):
    """What it was like. Times are in ms and, where nothing else is said, begin at the press.

    Attributes:
        plan: what was asked for.
        raid: what the raiders did, also after the press.
        lines_per_s, packets_per_s: of raiders, at each seated member, from when all had come until the press.
        answered_ms: until the host was told that it is done.
        calm_voice_ms, calm_lines_ms, calm_ms: until the last packet and the last line of a raider at any
            seated member; 0 where none came any more.
        packets_after: of raiders, at any seated member after that one had read of the freeze.
        lines_after: of raiders, at any seated member, that follow the freeze in the room's order.
        seats_after: taken after the freeze, as the host saw it.
        late_comers: what became of those who came after it.
        gap_ms: the longest silence of a trusted voice at any seated member, from the press on.
        gap_before_ms: the same before the press, while all raiders shouted.
        server_lag_ms, bots_lag_ms: the longest lateness from the press on.
    """

    plan: RaidPlan
    raid: raiders.Tally
    lines_per_s: float
    packets_per_s: float
    answered_ms: float
    calm_voice_ms: float
    calm_lines_ms: float
    calm_ms: float
    packets_after: int
    lines_after: int
    seats_after: int
    late_comers: dict[str, int]
    gap_ms: float
    gap_before_ms: float
    server_lag_ms: float
    bots_lag_ms: float


class Seat:
    """What one well-behaved member gets. Times are CLOCK_MONOTONIC in ns, packets by the kernel's stamp.

    Attributes:
        bot: the member.
        frozen_ns, frozen_seq: when the member read of the freeze, and its place; 0 before.
        packets_ns: when packets of raiders came: of any voice that is none of the nine.
        lines: lines of raiders that came: when, and their seq.
        seats_seq: seats taken by raiders.
    """

    def __init__(self, bot: Bot, friends: frozenset[MemberId], trusted: frozenset[MemberId]) -> None:
        self.bot = bot
        self.frozen_ns = self.frozen_seq = 0
        self.packets_ns: list[int] = []
        self.lines: list[tuple[int, int]] = []
        self.seats_seq: list[int] = []
        self._friends = friends
        self._trusted_ns: dict[int, list[int]] = {who: [] for who in trusted - {bot.member_id}}
        self._hearing = hearing_of(bot)
        self._hearing.listeners.append(self._on_packet)
        bot.view.listeners.append(self._on_commit)

    def _on_packet(self, voice_id: int) -> None:
        heard = self._hearing.voices.get(voice_id)
        at_ns = time.monotonic_ns() if heard is None else heard.at_ns
        if voice_id not in self._friends:
            self.packets_ns.append(at_ns)
        elif voice_id in self._trusted_ns:
            self._trusted_ns[voice_id].append(at_ns)

    def _on_commit(self, commit: Commit) -> None:
        match commit.fact:
            case MemberJoined(member=member) if member.member_id not in self._friends:
                self.seats_seq.append(commit.seq)
            case ChatPosted(member_id=author) if author not in self._friends:
                self.lines.append((time.monotonic_ns(), commit.seq))
            case RoomFrozen(on=True):
                self.frozen_ns, self.frozen_seq = time.monotonic_ns(), commit.seq
            case _:
                pass

    def lines_after(self) -> int:
        """Lines of raiders that follow the freeze, as told or as still shown."""
        shown = {line.seq for line in self.bot.room.chat if line.member_id not in self._friends}
        return sum(seq > self.frozen_seq for seq in shown | {seq for _, seq in self.lines})

    def packets_after(self) -> int:
        """Packets of raiders that came after the freeze was read: the server silences before it tells."""
        return sum(at_ns > self.frozen_ns for at_ns in self.packets_ns)

    def last_ns(self) -> tuple[int, int]:
        """When the last packet and the last line of a raider came; 0 for never."""
        return self.packets_ns[-1] if self.packets_ns else 0, self.lines[-1][0] if self.lines else 0

    def gap_ns(self, begin_ns: int, end_ns: int) -> int:
        """Return the longest silence of a trusted voice between two moments."""
        longest_ns = 0
        for times_ns in self._trusted_ns.values():
            within = (at_ns for at_ns in times_ns if begin_ns < at_ns < end_ns)
            gaps = (after - before for before, after in pairwise((begin_ns, *within, end_ns)))
            longest_ns = max(longest_ns, *gaps)
        return longest_ns


def hearing_of(bot: Bot) -> Hearing:
    """Return what a connected bot hears."""
    assert bot.media is not None
    assert bot.media.hearing is not None
    return bot.media.hearing


class Party:
    """The raiders' process. Made by `Party.of`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def of(cls, url: str, plan: RaidPlan) -> AsyncIterator["Party"]:
        """Send them; they are ended by their own process id, whatever happens."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bots.raiders", "--url", url, "--room", ROOM),
            *("--count", str(plan.raiders), "--voices", str(plan.voices), "--within", str(plan.within_s)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield cls(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def tally(self) -> raiders.Tally:
        """Read what they did: once when all have come, once when they have stopped."""
        assert self._process.stdout is not None
        return msgspec.json.decode(await self._process.stdout.readline(), type=raiders.Tally)

    async def stop(self) -> raiders.Tally:
        """Let them stop."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await self.tally()


class Raid:
    """The nine, and how they live through it."""

    def __init__(self, server: CrowdServer, ground: Ground, plan: RaidPlan) -> None:
        self._server, self._ground, self._plan = server, ground, plan
        self._seats: list[Seat] = []

    async def run(self) -> RaidReport:
        """Live through it.

        Raises:
            TimeoutError: if it takes much longer than planned.
        """
        plan = self._plan
        async with (
            asyncio.timeout(plan.within_s + plan.raid_s + plan.after_s + _ENDS_WITHIN_S),
            asyncio.TaskGroup() as tasks,
        ):
            await self._sit_down()
            lives = [
                tasks.create_task(self._behave(seat.bot, number)) for number, seat in enumerate(self._seats)
            ]
            try:
                ears = self._seats[-1].bot.media
                assert ears is not None
                async with LagWatch.over(ears) as lag, Party.of(self._server.url, plan) as party:
                    return await self._live_through(party, lag)
            finally:
                for life in lives:
                    life.cancel()

    async def _sit_down(self) -> None:
        """Seat the nine: the host, a reader who is trusted, and seven more who take turns."""
        bots = [await Bot.enter(self._ground, ROOM, "Tom", invite=self._server.host_invite())]
        for number in range(1, SEATED):
            bots.append(await Bot.enter(self._ground, ROOM, f"Friend {number}"))  # noqa: PERF401 - in order
        host, reader, *others = bots
        await trust(host, reader, Role.READER)
        friends = frozenset(bot.member_id for bot in bots)
        trusted = frozenset((host.member_id, reader.member_id))
        await host.speak(330)
        await reader.speak(440)
        for number, bot in enumerate(others):
            await bot.speak(550, dtx_ms=_TURN_MS, phase_s=number * sum(_TURN_MS) / 1_000 / len(others))
        self._seats = [Seat(bot, friends, trusted) for bot in bots]

    async def _behave(self, bot: Bot, number: int) -> None:
        """Write a line now and then; being refused is no reason to try harder."""
        await asyncio.sleep(number * _LINE_EVERY_S / SEATED)
        while True:
            with suppress(RefusedError):
                await bot.say("thank you for sharing that")
            await asyncio.sleep(_LINE_EVERY_S)

    async def _live_through(self, party: Party, lag: LagWatch) -> RaidReport:
        plan, host = self._plan, self._seats[0].bot
        await party.tally()
        began_ns = time.monotonic_ns()
        await asyncio.sleep(plan.raid_s)
        await self._until_loud(with_voices=plan.voices > 0)
        pressed_ns = time.monotonic_ns()
        frozen = await host.command("set_freeze", lambda n: SetFreeze(n=n, on=True))
        answered_ns = time.monotonic_ns()
        await host.say(_GO_ON)
        late_comers = await self._come_late()
        await asyncio.sleep(plan.after_s)
        for seat in self._seats:
            await seat.bot.until(lambda room: any(line.text == _GO_ON for line in room.chat))
            if not seat.frozen_seq:  # it was told by a snapshot
                seat.frozen_ns, seat.frozen_seq = answered_ns, frozen.revision.seq
        ended_ns = time.monotonic_ns()
        last_ns = [seat.last_ns() for seat in self._seats]
        voice_ms = _ms_after(pressed_ns, max(voice_ns for voice_ns, _ in last_ns))
        lines_ms = _ms_after(pressed_ns, max(line_ns for _, line_ns in last_ns))
        late = lag.since(pressed_ns)
        raid_s = (pressed_ns - began_ns) / 1e9 * SEATED
        return RaidReport(
            plan=plan,
            raid=await party.stop(),
            lines_per_s=round(
                sum(began_ns < at_ns < pressed_ns for seat in self._seats for at_ns, _ in seat.lines)
                / raid_s,
                1,
            ),
            packets_per_s=round(
                sum(began_ns < at_ns < pressed_ns for seat in self._seats for at_ns in seat.packets_ns)
                / raid_s,
                1,
            ),
            answered_ms=_ms_after(pressed_ns, answered_ns),
            calm_voice_ms=voice_ms,
            calm_lines_ms=lines_ms,
            calm_ms=max(voice_ms, lines_ms),
            packets_after=sum(seat.packets_after() for seat in self._seats),
            lines_after=sum(seat.lines_after() for seat in self._seats),
            seats_after=sum(seq > self._seats[0].frozen_seq for seq in self._seats[0].seats_seq),
            late_comers=late_comers,
            gap_ms=max(seat.gap_ns(pressed_ns, ended_ns) for seat in self._seats) / 1e6,
            gap_before_ms=max(seat.gap_ns(began_ns, pressed_ns) for seat in self._seats) / 1e6,
            server_lag_ms=round(late.server_ms, 3),
            bots_lag_ms=round(late.bots_ms, 3),
        )

    async def _until_loud(self, *, with_voices: bool) -> None:
        """Wait until words and sound of the raiders have just come: a press into a pause would prove nothing.

        Raises:
            TimeoutError: if that does not happen, since this machine is too busy for them.
        """
        async with asyncio.timeout(_LOUD_WITHIN_S):
            while True:
                recent_ns = time.monotonic_ns() - _LOUD_NS
                last_ns = [seat.last_ns() for seat in self._seats]
                has_lines = max(line_ns for _, line_ns in last_ns) > recent_ns
                has_voices = max(voice_ns for voice_ns, _ in last_ns) > recent_ns
                if has_lines and (has_voices or not with_voices):
                    return
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _come_late(self) -> dict[str, int]:
        """Try to come after the press; return what became of each, counted."""
        fates: Counter[str] = Counter()
        for number in range(LATE_COMERS):
            try:
                late = await Bot.enter(self._ground, ROOM, f"Late {number}", BotOptions(with_media=False))
            except RefusedError as error:
                fates[error.refusal.code.value] += 1
            else:
                fates["waits" if late.is_guest else "seated"] += 1
        return dict(fates)


def _ms_after(begin_ns: int, at_ns: int) -> float:
    return round(max(0, at_ns - begin_ns) / 1e6, 3)


async def measure(server: CrowdServer, plan: RaidPlan) -> RaidReport:
    """Let one raid come over a server's room."""
    async with open_ground(server.url) as ground:
        return await Raid(server, ground, plan).run()


def write_table(report: RaidReport) -> str:
    """Lines for people."""
    plan, raid = report.plan, report.raid
    came = f"{plan.raiders} raiders, {plan.voices} with sound, in {plan.within_s:g} s: {raid.came} seats, "
    came += f"{raid.lines} lines, {raid.opened} microphones opened"
    raided = (
        f"each seated member got {report.lines_per_s} of their lines and {report.packets_per_s} of their "
    )
    raided += f"packets a second; longest gap in a trusted voice {report.gap_before_ms:.0f} ms"
    calm = f"calm {report.calm_ms:.1f} ms after the press (voice {report.calm_voice_ms:.1f}, lines "
    calm += f"{report.calm_lines_ms:.1f}; goal {CALM_GOAL_MS:g}); answered after {report.answered_ms:.1f} ms"
    after = f"after the freeze: {report.packets_after} packets, {report.lines_after} lines, "
    after += f"{report.seats_after} seats of raiders; late comers: {report.late_comers}"
    gap = f"longest gap in a trusted voice after the press {report.gap_ms:.0f} ms (goal {GAP_GOAL_MS:g})"
    late = f"late from the press on: server {report.server_lag_ms:.1f} ms, bots {report.bots_lag_ms:.1f} ms"
    return "\n".join((came, raided, calm, after, gap, late))


def is_kept(report: RaidReport) -> bool:
    """Whether all was as promised."""
    nothing_after = report.packets_after == report.lines_after == report.seats_after == 0
    in_time = report.calm_ms <= CALM_GOAL_MS and report.gap_ms <= GAP_GOAL_MS
    return nothing_after and in_time and "seated" not in report.late_comers


async def _main(plan: RaidPlan) -> RaidReport:
    with tempfile.TemporaryDirectory() as folder:
        async with crowd_server(Path(folder)) as server:
            return await measure(server, plan)


def main() -> int:
    """Measure and print; 1 if something was not as promised."""
    parser = argparse.ArgumentParser(prog="python -m tests.bots.raid", description=__doc__)
    parser.add_argument("--raiders", type=int, default=200)
    parser.add_argument("--voices", type=int, default=40, help="raiders with sound")
    parser.add_argument("--within", type=float, default=10.0, help="seconds in which they come")
    asked = parser.parse_args()
    if not 0 < asked.raiders <= _RAIDERS_MAX or not 0 <= asked.voices <= asked.raiders:
        parser.error(f"there can be 1 to {_RAIDERS_MAX} raiders, and no more voices than raiders")
    plan = RaidPlan(raiders=asked.raiders, voices=asked.voices, within_s=asked.within)
    report = asyncio.run(_main(plan))
    say_on_stderr(write_table(report))
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    return 0 if is_kept(report) else 1


if __name__ == "__main__":
    sys.exit(main())
