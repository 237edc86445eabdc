"""S1 across nodes: what a host orders at one node holds at all of them, also for a member of another one."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from rooms.ids import MemberId
from rooms.model import Room
from signaling.from_browser import FromBrowser, LiftMute, MuteMember, RemoveMember, SetFreeze, SetMicrophone
from tests.bots.ground import Ground, open_ground
from tests.chaos.counts import trials
from tests.chaos.meeting import Meeting
from tests.chaos.page import Balancer, Page
from tests.chaos.report import Sheet, open_sheet

ROUNDS: Final = trials(full=34, short=1)
AWAY_ROUNDS: Final = trials(full=10, short=1)
AWAY_S: Final = 3.0
QUIET_NS: Final = 300_000_000  # after so long without a packet the voice is taken for silent
WITHIN_S: Final = 15.0
ACTS: Final = ("mute", "calm", "remove")
CLICK: Final = "click to the last packet"
HERE: Final = "Redis away: click to the last packet, same node"
THERE: Final = "Redis away: its return to the last packet, another node"
HZ: Final = 700
ACTS_EVERY_S: Final = 0.5  # what a host may do in the long run

Build = Callable[[int], FromBrowser]


class Order:
    """What a host orders of one member, and how it is taken back."""

    def __init__(self, name: str, who: MemberId) -> None:
        builds: dict[str, tuple[str, Build]] = {
            "mute": ("mute_member", lambda n: MuteMember(n=n, member_id=who)),
            "calm": ("set_freeze", lambda n: SetFreeze(n=n, on=True)),
            "remove": ("remove_member", lambda n: RemoveMember(n=n, member_id=who)),
        }
        undoing: dict[str, tuple[str, Build]] = {
            "mute": ("lift_mute", lambda n: LiftMute(n=n, member_id=who)),
            "calm": ("set_freeze", lambda n: SetFreeze(n=n, on=False)),
        }
        self.event, self.build = builds[name]
        self.undoing = undoing.get(name)


def _may_speak(member_id: MemberId, room: Room) -> bool:
    return not (room.members[member_id].mutes.by_host or room.order.is_frozen)


class Stage:
    """A room's host at one node, and visitors who speak at another one."""

    def __init__(self, meeting: Meeting, slug: str, grounds: list[Ground]) -> None:
        self.meeting, self.slug, self.grounds = meeting, slug, grounds
        self.host = meeting.pages_in(slug)[0]
        self._names = (f"Voice {a}{b}" for a, b in itertools.permutations("ABCDEFGHKMNPRSTUVWXYZ", 2))

    async def voice(self, *, is_near: bool) -> Page:
        """Let somebody come in who speaks, at the host's node or at another."""
        port = self.host.node_port
        ground = next(one for one in self.grounds if (one.site.port == port) is is_near)
        page = await Page.enter(ground, self.slug, next(self._names), Balancer(()))
        await page.bot.speak(HZ)
        await self.heard(page, self.listeners())
        return page

    def listeners(self, port: int = 0) -> list[Page]:
        """Return who hears the room, at the node of this port or at all nodes."""
        return [page for page in self.meeting.pages_in(self.slug) if port in {0, page.node_port}]

    async def heard(self, voice: Page, listeners: list[Page]) -> None:
        """Wait until all of them hear the voice."""
        since_ns, who = time.monotonic_ns(), voice.bot.member_id

        def deaf() -> list[str]:
            return [page.bot.name for page in listeners if page.ear.last_ns.get(who, 0) < since_ns]

        try:
            async with asyncio.timeout(WITHIN_S):
                while deaf():  # noqa: ASYNC110 - of many
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{deaf()} do not hear {voice.bot.name}") from None

    async def last_ns(self, voice: Page, listeners: list[Page]) -> int:
        """Wait until none of them hears the voice any more; return when the last packet came."""
        who = voice.bot.member_id
        async with asyncio.timeout(WITHIN_S):
            while True:
                last_ns = max(page.ear.last_ns.get(who, 0) for page in listeners)
                if time.monotonic_ns() - last_ns > QUIET_NS:
                    return last_ns
                await asyncio.sleep(0.02)

    async def _open_microphones(self, voice: Page) -> None:
        """Let everybody speak again who did before: only they themselves can."""
        for page in (voice, *(one for one in self.meeting.speakers if one.slug == self.slug)):
            await page.bot.until(partial(_may_speak, page.bot.member_id))  # a page shows it no sooner
            await page.insist("set_microphone", lambda n: SetMicrophone(n=n, on=True))

    async def order(self, name: str, voice: Page) -> float:
        """Let the host act on a voice, and undo it; return ms from the click to the last packet of all."""
        order = Order(name, voice.bot.member_id)
        asked_ns = time.monotonic_ns()
        await self.host.insist(order.event, order.build)
        last_ns = await self.last_ns(voice, self.listeners())
        assert voice.bot.media is not None
        assert voice.bot.media.speech.is_on or name == "remove", "it fell silent by itself"
        if order.undoing is not None:
            await self.host.insist(*order.undoing)
            await self._open_microphones(voice)
            await self.heard(voice, self.listeners())
        return max(0, last_ns - asked_ns) / 1e6


async def test_an_order_holds_at_every_node(meeting: Meeting) -> None:
    setting = f"host and speaker at two nodes, {ROUNDS} rounds in each room, {meeting.plan.words}"
    with open_sheet("S1", "A host's orders across nodes", setting=setting, piece="all well") as sheet:
        sheet.bar(CLICK, p99=250, short_most=3_000)
        async with _grounds(meeting) as grounds:
            stages = [Stage(meeting, slug, grounds) for slug in meeting.slugs]
            async with asyncio.TaskGroup() as group:
                for stage in stages:
                    group.create_task(_rounds(stage, sheet))
    sheet.check()


async def test_an_order_holds_while_redis_is_away(meeting: Meeting) -> None:
    setting = f"Redis frozen for {AWAY_S:g} s, {AWAY_ROUNDS} times, {meeting.plan.words}"
    with open_sheet("S1 away", "A host's orders while Redis is away", setting=setting) as sheet:
        sheet.bar(HERE, most=100, short_most=1_000)
        sheet.bar(THERE, most=3_000, short_most=3_000)
        async with _grounds(meeting) as grounds:
            stages = [Stage(meeting, slug, grounds) for slug in meeting.slugs]
            for _ in range(AWAY_ROUNDS):
                await _outage(stages, sheet)
    sheet.check()


async def _rounds(stage: Stage, sheet: Sheet) -> None:
    for _ in range(ROUNDS):
        began_s = time.monotonic()
        voice = await stage.voice(is_near=False)
        for name in ACTS:
            sheet.measure(CLICK, await stage.order(name, voice))
        rest_s = began_s + ACTS_EVERY_S * (2 * len(ACTS) - 1) - time.monotonic()
        await asyncio.sleep(max(0, rest_s))  # no act is told to slow down


async def _outage(stages: list[Stage], sheet: Sheet) -> None:
    """Silence one voice in each room while Redis is frozen: in the first near its host, in the others far."""
    redis = stages[0].meeting.cluster.redis
    voices = [await stage.voice(is_near=place == 0) for place, stage in enumerate(stages)]
    redis.freeze()
    try:
        async with asyncio.TaskGroup() as group:
            asked_ns = time.monotonic_ns()
            acts = [
                group.create_task(stage.host.insist(order.event, order.build))
                for stage, order in zip(
                    stages, (Order("mute", voice.bot.member_id) for voice in voices), strict=True
                )
            ]
            last_ns = await stages[0].last_ns(voices[0], stages[0].listeners(stages[0].host.node_port))
            sheet.measure(HERE, max(0, last_ns - asked_ns) / 1e6)
            await asyncio.sleep(max(0, AWAY_S - (time.monotonic_ns() - asked_ns) / 1e9))
            back_ns = time.monotonic_ns()
            redis.resume()
            await asyncio.gather(*acts)
    finally:
        redis.resume()
    for stage, voice in list(zip(stages, voices, strict=True))[1:]:
        last_ns = await stage.last_ns(voice, stage.listeners())
        sheet.measure(THERE, max(0, last_ns - back_ns) / 1e6)
    for stage, voice in zip(stages, voices, strict=True):
        order = Order("remove", voice.bot.member_id)
        await stage.host.insist(order.event, order.build)
    await stages[0].meeting.settle()


@asynccontextmanager
async def _grounds(meeting: Meeting) -> AsyncIterator[list[Ground]]:
    """Grounds for visitors, one at each node."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_ground(node.url)) for node in meeting.cluster.nodes]
