"""Rooms full of bots on several nodes: who speaks, who writes, and what each trial did to them.

async with running_nodes(folder, 3, extra=rooms_text(3)) as cluster, open_meeting(cluster, plan) as meeting:
    for _ in range(20):
        meeting.begin()
        await cluster.nodes[0].kill()
        await cluster.nodes[0].start()
        await meeting.settle()
        trial = meeting.end()
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, NamedTuple

import msgspec

from rooms.ids import MemberId
from rooms.model import Lane, Room
from rooms.roles import Role
from signaling.from_browser import CatchUp, MuteMember, RaiseHand
from signaling.to_browser import Snapshot, Synced
from tests.bots.acts import trust
from tests.bots.ground import Ground, open_ground
from tests.bots.opus import tone_frames
from tests.bots.targets import Network
from tests.chaos.page import Balancer, Page
from tests.chaos.report import Sheet
from tests.integration.nodes import Cluster

LOOK_S: Final = 0.01
CALM_MS: Final = 30.0  # a packet and a half
QUIET_NS: Final = 200_000_000  # who was heard so lately is heard
MANY_LINES: Final = "chat_per_s_per_member = 1000\nchat_burst_per_member = 1000\n"  # of `[limits]`
MISSED_S: Final = 0.3  # more than QUIET_NS
FIRST_HZ: Final = 400
FIRST_LETTER: Final = ord("A")  # names that look alike are refused
JOINS_AT_ONCE: Final = 6


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Who is there.

    Attributes:
        nodes: how many, for the words of a report.
        rooms: how many.
        bots: in each room; the first is its host, the second a co-host, the last two have a hand up,
            and one who is no speaker is muted by the host.
        speakers: of each room's bots, beginning with the third.
        writers: of each room's bots, beginning with the last.
        pause_s: between two lines of a writer.
        together: so many of the rooms, beginning with the first, are on one node only.
        nets: networks besides loopback that bots may send to.
    """

    nodes: int = 3
    rooms: int = 3
    bots: int = 10
    speakers: int = 1
    writers: int = 2
    pause_s: float = 1.0
    together: int = 0
    nets: tuple[Network, ...] = ()

    @property
    def words(self) -> str:
        """What is there, for a report."""
        return (
            f"{self.nodes} nodes, {self.rooms} rooms of {self.bots} bots, {self.speakers} speaking and "
            f"{self.writers} writing a line every {self.pause_s:g} s in each"
        )


class Trial(NamedTuple):
    """What happened between `begin` and `end`.

    Attributes:
        gaps_ms: of every listener and voice, the longest time without a packet.
        back_ms: of those that were long without one, when it came back, counted from `harm`.
        figures: what should be 0: lost seats, changed places.
        late_ms: how late the bots' own process was at worst: where it was, nodes and kernel were, too.
    """

    gaps_ms: list[float]
    back_ms: list[float]
    figures: dict[str, int]
    late_ms: float

    @property
    def is_calm(self) -> bool:
        """Whether the machine had time for the bots whenever they needed it."""
        return self.late_ms <= CALM_MS


class Meeting:
    """The bots, by room. Made by `open_meeting`."""

    def __init__(self, cluster: Cluster, plan: Plan, tasks: asyncio.TaskGroup) -> None:
        self.cluster, self.plan, self.tasks = cluster, plan, tasks
        self.balancer = Balancer(cluster.nodes)
        self.pages: list[Page] = []
        self.speakers: list[Page] = []
        self.writers: list[Page] = []
        self.harm_ns = 0
        self.pause_s = plan.pause_s
        self._late_s = 0.0
        self._writes = False
        self._places: dict[str, object] = {}
        self._pens: list[asyncio.Task[None]] = []

    @property
    def slugs(self) -> list[str]:
        """The rooms."""
        return [slug_of(number) for number in range(self.plan.rooms)]

    def pages_in(self, slug: str) -> list[Page]:
        """Return a room's pages; the host first."""
        return [page for page in self.pages if page.slug == slug]

    def pages_at(self, port: int) -> list[Page]:
        """Return the pages that are connected with the node at this port."""
        return [page for page in self.pages if page.node_port == port]

    def pairs(self) -> list[tuple[Page, Page]]:
        """Return each listener with each voice of the room."""
        return [
            (page, voice)
            for voice in self.speakers
            for page in self.pages_in(voice.slug)
            if page is not voice and not (page.is_lost or voice.is_lost)
        ]

    def where(self, page: Page) -> str:
        """Return a page's name, room and node, in words."""
        node = self.cluster.node_at(page.bot._site.origin).name
        return f"{page.bot.name} in {page.slug} at {node}"

    # -- a trial

    def begin(self) -> None:
        """Begin a trial: what is measured is measured from here on."""
        for page in self.pages:
            page.ear.forget()
        self._late_s = 0.0
        self._places = {slug: self._places_in(slug) for slug in self.slugs}
        self.harm()

    def harm(self) -> None:
        """Say that what is tried happens now."""
        self.harm_ns = time.monotonic_ns()

    async def settle(self, within_s: float = 20.0) -> None:
        """Wait until everybody has a seat, hears every voice and knows the same of the room.

        The first look is taken when what was lost just now has been missed.

        Raises:
            TimeoutError: with what is missing.
        """
        await asyncio.sleep(MISSED_S)
        try:
            async with asyncio.timeout(within_s):
                while self.unsettled():  # noqa: ASYNC110 - many things at once
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            ended = [f"{node.name} ended by itself" for node in self.cluster.nodes if node.has_broken]
            raise TimeoutError("; ".join(ended + self.unsettled()) or "settled just now") from None

    def unsettled(self) -> list[str]:
        """Return in words what is not as it should be."""
        now_ns = time.monotonic_ns()
        lacking = [
            f"{page.bot.name} is {'lost' if page.is_lost else 'away'} {page.troubles[-3:]}"
            for page in self.pages
            if not page.is_well
        ]
        lacking += [
            f"{self.where(page)} does not hear {self.where(voice)}"
            for page, voice in self.pairs()
            if now_ns - page.ear.last_ns.get(voice.bot.member_id, 0) > QUIET_NS
        ]
        for slug in self.slugs:
            revisions = {page.bot.view.revision for page in self.pages_in(slug)}
            if len(revisions) > 1 and not self._writes:
                lacking.append(f"{slug} is at {sorted(revisions)}")
            known = self.pages_in(slug)[0].bot.room.members
            lacking += [
                f"{page.bot.name} is stranded"
                for page in self.pages_in(slug)
                if page.bot.member_id in known and known[page.bot.member_id].stranded_ms
            ]
        return lacking

    def end(self) -> Trial:
        """End a trial: count what it did."""
        gaps, back = [], []
        for page, voice in self.pairs():
            voice_id = voice.bot.member_id
            gaps.append(page.ear.gaps_ns.get(voice_id, 0) / 1e6)
            ends = [to for who, since, to in page.ear.silences if who == voice_id and to >= self.harm_ns]
            if ends:
                back.append((max(ends) - self.harm_ns) / 1e6)
        figures = {
            "seats lost": sum(page.is_lost for page in self.pages) + self._missing(),
            "places, roles, hands or mutes changed": sum(
                self._places_in(slug) != self._places[slug] for slug in self.slugs
            ),
        }
        return Trial(gaps, back, figures, self._late_s * 1_000)

    def _places_in(self, slug: str) -> object:
        pages = self.pages_in(slug)
        return places_of(pages[0].bot.room, {page.bot.member_id for page in pages})

    def _missing(self) -> int:
        missing = 0
        for slug in self.slugs:
            pages = self.pages_in(slug)
            known = pages[0].bot.room.members
            missing += sum(page.bot.member_id not in known for page in pages)
        return missing

    def late_max_ms(self) -> float:
        """Return how late a speaker was at worst with a packet: the load's own fault."""
        ends = [page.bot.media for page in self.speakers]
        return max(media.speech.late_max_ns / 1e6 for media in ends if media is not None)

    # -- lines

    def start_writing(self) -> None:
        """Let the writers write, each the next line once the one before is accepted."""
        self._writes = True
        self._pens = [self.tasks.create_task(self._write(page)) for page in self.writers]

    async def stop_writing(self, within_s: float = 30.0) -> None:
        """Wait until every line that is on its way is accepted, and everybody has read it."""
        self._writes = False
        async with asyncio.timeout(within_s):
            await asyncio.gather(*self._pens)
        await self.settle(within_s)

    async def _write(self, page: Page) -> None:
        while self._writes:
            await page.write()
            await asyncio.sleep(self.pause_s)

    def lines_acknowledged(self) -> int:
        """Return how many lines were accepted."""
        return sum(page.acknowledged for page in self.writers)

    def count_lines(self) -> dict[str, int]:
        """Return what happened to all lines so far; only while nobody writes."""
        lost = doubled = disordered = unlike = 0
        for slug in self.slugs:
            pages = self.pages_in(slug)
            acknowledged = {
                (page.bot.member_id, number) for page in pages for number in range(1, page.acknowledged + 1)
            }
            for page in pages:
                lost += len(acknowledged.difference(page.reader.order))
                doubled += page.reader.doubled
                disordered += page.reader.disordered + _steps_back(page.reader.order)
            unlike += sum(page.reader.order != pages[0].reader.order for page in pages)
        return {
            "chat lines lost": lost,
            "chat lines doubled": doubled,
            "chat lines out of order": disordered,
            "readers with another order": unlike,
        }

    async def tell_of_lines(self, sheet: Sheet) -> None:
        """Put what happened to all lines so far on a sheet; only while nobody writes."""
        for what, number in self.count_lines().items():
            sheet.count(what, number)
        sheet.count("rooms that differ from the server's", await self.count_differences())
        sheet.tell("lines acknowledged", str(self.lines_acknowledged()))

    async def count_differences(self) -> int:
        """Return how many bots' rooms, built from facts, differ from what the server would show them now."""
        differing = 0
        for page in self.pages:
            known = page.bot.room  # of before the answer, which replaces it
            answer = await page.bot._ask("catch_up", CatchUp(epoch=0, seq=0))
            assert isinstance(answer, Synced)
            if isinstance(answer.sync, Snapshot):
                differing += answer.sync.room != known
        return differing

    # -- what pages do

    async def watch(self) -> None:
        """Let every page do what it has to, until cancelled."""
        while True:
            for page in self.pages:
                step = page.next_step()
                if step is not None:
                    self.tasks.create_task(step())
            due_s = time.monotonic() + LOOK_S
            await asyncio.sleep(LOOK_S)
            self._late_s = max(self._late_s, time.monotonic() - due_s)


def slug_of(number: int) -> str:
    """Return the name of a room in addresses."""
    return f"room-{number + 1}"


def rooms_text(count: int) -> str:
    """Return what nodes need in their configuration for so many rooms."""
    return "".join(f'[[rooms]]\nslug = "{slug_of(n)}"\ntitle = "Room {n + 1}"\n\n' for n in range(count))


def places_of(room: Room, of: set[MemberId]) -> object:
    """Return what must outlive every node: who is there, in which role, with which mutes and hand."""
    members = {
        member_id: (member.name, member.role, member.mutes, member.joined_ms)
        for member_id, member in room.members.items()
        if member_id in of
    }
    return members, [hand.member_id for hand in room.floor.hands], room.order


@asynccontextmanager
async def open_meeting(cluster: Cluster, plan: Plan) -> AsyncIterator[Meeting]:
    """Let everybody come in, one after the other at each node, and wait until everybody hears every voice."""
    for number in range(plan.speakers):
        tone_frames(FIRST_HZ + 100 * number)  # made now, since it takes a while
    failure: Exception | None = None
    async with AsyncExitStack() as stack:
        grounds = [
            await stack.enter_async_context(open_ground(node.url, plan.nets)) for node in cluster.nodes
        ]
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        meeting = Meeting(cluster, plan, tasks)
        watch = tasks.create_task(meeting.watch())
        try:
            await _fill(meeting, grounds)
            await meeting.settle()
            yield meeting
        except Exception as error:  # noqa: BLE001 - raised below: in here, the task group would wrap it
            failure = error
        finally:
            for task in (watch, *meeting._pens):
                task.cancel()
    if failure is not None:
        raise failure


async def _fill(meeting: Meeting, grounds: Sequence[Ground]) -> None:
    places = asyncio.Semaphore(JOINS_AT_ONCE)
    plan = meeting.plan

    async def seat(room: int, number: int) -> Page:
        slug = slug_of(room)
        ground = grounds[(room + (0 if room < plan.together else number)) % len(grounds)]
        is_speaker = 2 <= number < 2 + plan.speakers
        invite = meeting.cluster.host_invite(slug) if number == 0 else ""
        async with places:
            page = await Page.enter(
                ground, slug, f"Bot {chr(FIRST_LETTER + number)}", meeting.balancer, invite
            )
        page.hz = FIRST_HZ + 100 * (number - 2) if is_speaker else 0
        return page

    async with asyncio.TaskGroup() as group:
        seats = [
            [group.create_task(seat(room, number)) for number in range(plan.bots)]
            for room in range(plan.rooms)
        ]
    for room in seats:
        pages = [task.result() for task in room]
        meeting.pages += pages
        meeting.speakers += [page for page in pages if page.hz]
        meeting.writers += pages[plan.bots - plan.writers :]
        await _arrange(pages)


async def _arrange(pages: Sequence[Page]) -> None:
    """Give a room something that can be lost: roles, a mute, two hands, voices."""
    host, cohost = pages[0].bot, pages[1].bot
    quiet = [page for page in pages[2:] if not page.hz]
    await host.until(lambda room: len(room.members) == len(pages))
    await trust(host, cohost, Role.COHOST)
    if quiet:
        who = quiet[0].bot.member_id
        await pages[0].insist("mute_member", lambda n: MuteMember(n=n, member_id=who))
    for page in quiet[-2:]:
        await page.insist("raise_hand", lambda n: RaiseHand(n=n, lane=Lane.SHARE))
    for place, page in enumerate(page for page in pages if page.hz):
        await page.bot.speak(page.hz, phase_s=place * 0.006)


def _steps_back(order: Sequence[tuple[int, int]]) -> int:
    """Return how many lines come after a later one of the same author."""
    last: dict[int, int] = {}
    steps = 0
    for author, number in order:
        steps += number < last.get(author, 0)
        last[author] = max(number, last.get(author, 0))
    return steps
