"""A bot that does what a page does: it moves when asked to, and comes back by itself when it is cut off."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Final

from rooms.facts import ChatPosted, Commit
from rooms.model import Room
from rooms.refusals import RefusalCode
from signaling.from_browser import FromBrowser, PostChat
from signaling.to_browser import Accepted, EndReason
from tests.bots.bot import Bot, RefusedError
from tests.bots.chat import read_line, write_line
from tests.bots.ground import Ground
from tests.bots.link import LinkError
from tests.bots.marks import Mark
from tests.bots.media import MediaError
from tests.bots.opus import PTIME_MS
from tests.integration.nodes import NodeProcess

FIRST_WAIT_S: Final = 0.4  # web/src/net/backoff.ts
LONGEST_WAIT_S: Final = 5.0
BUSY_WAIT_S: Final = 0.5
CROSS_AGAIN_S: Final = 0.3  # web/src/net/crossing.ts
DIAL_S: Final = 1.0  # of the balancer, until it takes another node
LONG_NS: Final = 200_000_000  # a silence that is noted with its beginning and end

_FAILURES: Final = (RefusedError, LinkError, MediaError, OSError, TimeoutError)
_GONE: Final = frozenset(
    {RefusalCode.TICKET_UNUSABLE, RefusalCode.NOT_A_MEMBER, RefusalCode.WAS_REMOVED, RefusalCode.NO_ROOM}
)
_PTIME_NS: Final = PTIME_MS * 1_000_000

Step = Callable[[], Coroutine[None, None, None]]


class Balancer:
    """Finds a node that answers, as the proxy of a place does: one that refuses is passed over at once."""

    def __init__(self, nodes: Sequence[NodeProcess]) -> None:
        self.nodes = tuple(nodes)

    async def choose(self, but: str = "") -> str:
        """Return the address of a node that takes connections, in no order.

        Args:
            but: the address of a node that is not wanted.

        Raises:
            LinkError: none does.
        """
        for node in random.sample(self.nodes, len(self.nodes)):
            if node.url != but and await self._takes(node):
                return node.url
        raise LinkError("no node answers")

    @staticmethod
    async def _takes(node: NodeProcess) -> bool:
        try:
            async with asyncio.timeout(DIAL_S):
                return await node.reasons() == ()
        except (TimeoutError, OSError):
            return False


class Ear:
    """When packets of each voice came, over all transports of one listener.

    Attributes:
        gaps_ns: the longest time without a packet, by voice, since `forget`.
        silences: each long one: voice, beginning and end, since `forget`.
        last_ns: when the newest packet came, by voice.
    """

    def __init__(self) -> None:
        self.gaps_ns: dict[int, int] = {}
        self.silences: list[tuple[int, int, int]] = []
        self.last_ns: dict[int, int] = {}
        self._marks: dict[int, tuple[int, int]] = {}

    def forget(self) -> None:
        """Begin anew; what is silent now goes on being so."""
        self.gaps_ns.clear()
        self.silences.clear()

    def take(self, mark: Mark, now_ns: int) -> None:
        """Take a packet. What the speaker itself was late is left out of a gap."""
        voice_id, number, sent_ns = mark
        last_ns = self.last_ns.get(voice_id)
        if last_ns is not None:
            gap_ns = now_ns - last_ns
            before, before_ns = self._marks[voice_id]
            if number == before + 1:
                gap_ns -= max(0, sent_ns - before_ns - _PTIME_NS)
            if gap_ns > self.gaps_ns.get(voice_id, 0):
                self.gaps_ns[voice_id] = gap_ns
            if gap_ns >= LONG_NS:
                self.silences.append((voice_id, last_ns, now_ns))
        self.last_ns[voice_id] = max(now_ns, last_ns or 0)
        self._marks[voice_id] = (number, sent_ns)


class Reader:
    """Which marked lines one bot was shown, in which order, live or in a snapshot.

    Attributes:
        order: the lines as author and number.
        doubled: lines that were shown a second time as if they were new.
        disordered: lines that appeared before one that had been there already.
    """

    def __init__(self) -> None:
        self.order: list[tuple[int, int]] = []
        self.doubled = 0
        self.disordered = 0
        self._seen: set[tuple[int, int]] = set()

    def take(self, commit: Commit) -> None:
        """Take a fact."""
        if isinstance(commit.fact, ChatPosted):
            line = read_line(commit.fact.text)
            if line is None:
                return
            if line in self._seen:
                self.doubled += 1
                return
            self._seen.add(line)
            self.order.append(line)

    def take_room(self, room: Room) -> None:
        """Take a snapshot: of its window, what is new must come after what was known."""
        lines = [line for line in (read_line(one.text) for one in room.chat) if line is not None]
        self.doubled += len(lines) - len(set(lines))
        known = [place for place, line in enumerate(lines) if line in self._seen]
        last = known[-1] if known else -1
        for place, line in enumerate(lines):
            if line not in self._seen:
                self.disordered += place < last
                self._seen.add(line)
                self.order.append(line)


class Page:
    """One bot in one room.

    Attributes:
        bot: the bot.
        hz: of the tone that it speaks whenever it is connected; 0: it listens.
        ear: what it hears.
        reader: what it reads.
        acknowledged: how many lines it wrote that were accepted; their numbers are 1 to this.
        is_lost: the seat is gone.
        came_back_s: of each return after a break, how long it took.
    """

    def __init__(self, bot: Bot, slug: str, balancer: Balancer) -> None:
        """Take a bot that has just entered."""
        self.bot, self.slug, self.hz = bot, slug, 0
        self.ear, self.reader = Ear(), Reader()
        self.acknowledged = 0
        self.is_lost = False
        self.came_back_s: list[float] = []
        self.troubles: list[str] = []
        self._balancer = balancer
        self._is_busy = False
        self._is_here = asyncio.Event()
        self._is_here.set()
        bot.view.listeners.append(self.reader.take)
        bot.view.on_snapshot = self.reader.take_room
        bot.on_arrival = bot._hearing.on_arrival = self.ear.take

    @classmethod
    async def enter(
        cls, ground: Ground, slug: str, name: str, balancer: Balancer, invite: str = ""
    ) -> "Page":
        """Take a seat at the ground's node."""
        return cls(await Bot.enter(ground, slug, name, invite=invite), slug, balancer)

    @property
    def node_port(self) -> int:
        """Of the node that the bot is connected with, or was last."""
        return self.bot._site.port

    @property
    def is_well(self) -> bool:
        """Whether it is connected and has sound, and is not on its way."""
        return not (self.is_lost or self._is_busy or self.bot.is_cut)

    def next_step(self) -> Step | None:
        """Return what a page would do now, or None; it is to be run as a task."""
        bot = self.bot
        if self._is_busy or self.is_lost:
            return None
        if bot.link.ended.is_set():
            self._is_busy = True
            self._is_here.clear()
            return self._come_back
        if bot.move is not None:
            self._is_busy = True
            return self._move
        if bot.media is not None and bot.media.closed.is_set():
            self._is_busy = True
            return self._mend
        return None

    async def here(self) -> None:
        """Wait until the connection is there (again)."""
        if self.bot.link.ended.is_set():
            self._is_here.clear()
        await self._is_here.wait()
        if self.is_lost:
            raise AssertionError(f"{self.bot.name} lost the seat: {self.troubles}")

    async def insist(self, event: str, build: Callable[[int], FromBrowser]) -> Accepted:
        """Carry out a command under one number, whatever happens to the connection in between.

        Raises:
            RefusedError: if the server says no, and not only for now.
        """
        bot = self.bot
        async with bot._turn:
            bot._n += 1
            message = build(bot._n)
            while True:
                try:
                    answer = await bot._ask(event, message)
                except LinkError:
                    await self.here()
                except RefusedError as error:
                    if not error.refusal.retry_ms:
                        raise
                    await asyncio.sleep(error.refusal.retry_ms / 1_000)
                else:
                    assert isinstance(answer, Accepted), answer
                    return answer

    async def write(self) -> None:
        """Write the next line and wait until it is accepted, however often the connection breaks."""
        number = self.acknowledged + 1
        text = write_line(self.bot.member_id, number)
        await self.insist("post_chat", lambda n: PostChat(n=n, text=text))
        self.acknowledged = number

    async def _come_back(self) -> None:
        began_s = time.monotonic()
        bot = self.bot
        if bot.ended is not None and bot.ended.reason is not EndReason.RESTARTING:
            self._lose(f"ended: {bot.ended.reason}")
            return
        attempt = 0
        wait_s = 0.0
        if bot.ended is not None and bot.ended.retry_ms:
            wait_s = bot.ended.retry_ms / 1_000 * (0.5 + random.random())
        while True:
            longest_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt)
            await asyncio.sleep(wait_s or longest_s * (0.4 + 0.6 * random.random()))
            attempt, wait_s = attempt + 1, 0.0
            try:
                bot.move = None
                await bot.come(await self._balancer.choose())
                break
            except RefusedError as error:
                self._note(error)
                if error.refusal.code in _GONE:
                    self._lose(error.refusal.code.value)
                    return
                wait_s = max(BUSY_WAIT_S, error.refusal.retry_ms / 1_000)
            except _FAILURES as error:
                self._note(error)
        self._speak_on()
        self.came_back_s.append(time.monotonic() - began_s)
        self._is_busy = False
        self._is_here.set()

    async def _move(self) -> None:
        bot = self.bot
        move, bot.move = bot.move, None
        if move is not None:
            until_s = time.monotonic() + move.within_ms / 1_000
            url = move.url
            while not bot.link.ended.is_set():
                try:
                    await bot.go_to(url or await self._balancer.choose())
                    break
                except _FAILURES as error:
                    self._note(error)
                if time.monotonic() >= until_s:
                    break
                await asyncio.sleep(CROSS_AGAIN_S * (0.5 + random.random()))
                url = ""
        if not bot.link.ended.is_set():
            bot.ended = None  # what the older connection was told is over
        self._is_busy = False

    async def _mend(self) -> None:
        """Ask for sound anew, as a page does when the node has closed the transport."""
        try:
            await self.bot.open_media()
            self._speak_on()
        except _FAILURES as error:
            self._note(error)
            await asyncio.sleep(BUSY_WAIT_S)
        self._is_busy = False

    def _speak_on(self) -> None:
        media = self.bot.media
        if self.hz and media is not None and not media.speech.is_on:
            media.speech.start(self.hz, self.bot.member_id)

    def _lose(self, why: str) -> None:
        self.troubles.append(why)
        self.is_lost = True
        self._is_busy = False
        self._is_here.set()

    def _note(self, error: BaseException) -> None:
        self.troubles.append(f"{type(error).__name__}: {error}")
