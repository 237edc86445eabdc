"""One bot: a seat in a room, a media end, and a view of the room that follows the commits."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import msgspec

from rooms.ids import NO_MEMBER, MemberId
from rooms.model import Member, Room
from rooms.refusals import Refusal, RefusalCode
from signaling.from_browser import (
    AnswerMedia,
    CatchUp,
    Fingerprint,
    FromBrowser,
    Join,
    Leave,
    MuteMember,
    OpenMedia,
    PostChat,
    Rename,
    RestartMedia,
    Resume,
    SetMicrophone,
)
from signaling.to_browser import (
    Accepted,
    Answer,
    Commits,
    Elsewhere,
    Ended,
    Joined,
    MediaClosed,
    Move,
    Moved,
    Offer,
    Offered,
    Resumed,
    Resync,
    Synced,
    ToBrowser,
    Waits,
)
from tests.bots.ground import Ground, open_ground
from tests.bots.hearing import Arrival, Heard, Hearing
from tests.bots.link import Link, LinkError, open_elsewhere
from tests.bots.media import MediaEnd
from tests.bots.offer import read_offer
from tests.bots.targets import choose_candidate, read_site
from tests.bots.view import PATIENCE_S, RoomView

_GOODBYE_WITHIN_S: Final = 2.0
_MAX_TRIES: Final = 20
_OLD_LINK_S: Final = 1.0  # web/src/net/link.ts: until the old node has heard of the new one
_QUIET_S: Final = 3.0  # so long a page waits for a first packet


class RefusedError(Exception):
    """The server said no where the bot needed a yes."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code.value)
        self.refusal = refusal


class BotOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a bot lives.

    Attributes:
        with_media: False: no answer to the offer, so no sound.
        sample: decrypt one packet in so many; the others are counted by their sequence number.
        probes: keep every packet's and line's delay.
        keep_room: follow the room; without it only revisions and marked chat lines are read.
        device: the browser's own token, which tells a device from another; empty: it shows none.
        roams: go to the node that is named when it comes in, as pages do.
    """

    with_media: bool = True
    sample: int = 1
    probes: bool = True
    keep_room: bool = True
    device: str = ""
    roams: bool = False


class Bot:
    """A member of a room who is a program.

    Attributes:
        name: as the room knows it.
        member_id: the seat's number, also the voice's.
        media: the media end.
        view: what it knows of the room.
        is_guest: whether it waits at the door.
        ended: why the server ended the connection, if it said so.
        refusals: how often it said no, by code.
        join_ms: from opening the socket to the first keys.
        move: the last request to go to another node.
        moves: how often it went.
        on_arrival: told of each packet with a mark, by whichever transport; to be set before sound begins.
    """

    def __init__(self, ground: Ground, name: str, options: BotOptions) -> None:
        self.name = name
        self.member_id = NO_MEMBER
        self.ticket = ""
        self.media: MediaEnd | None = None
        self.peer_id = ""
        self.view = RoomView(self._start_catching_up, keeps_room=options.keep_room, probes=options.probes)
        self.is_guest = False
        self.ended: Ended | None = None
        self.refusals: dict[RefusalCode, int] = {}
        self.resyncs = self.moves = self.join_started_ns = self._n = 0
        self.join_ms = 0.0
        self._ground, self._options = ground, options
        self.on_arrival: Arrival | None = None
        self.move: Move | None = None
        self._site = ground.site
        self._link: Link | None = None
        self._turn = asyncio.Lock()
        self._unanswered: tuple[str, FromBrowser] | None = None
        self._peer_id = ""
        self._catches_up = False

    # -- coming and going

    @classmethod
    @asynccontextmanager
    async def join(
        cls, url: str, room: str, name: str, options: BotOptions | None = None, invite: str = ""
    ) -> AsyncIterator["Bot"]:
        """A bot alone on its own ground; several share one: see `open_ground` and `enter`."""
        async with open_ground(url) as ground:
            yield await cls.enter(ground, room, name, options, invite)

    @classmethod
    async def enter(
        cls, ground: Ground, room: str, name: str, options: BotOptions | None = None, invite: str = ""
    ) -> "Bot":
        """Take a seat and connect the sound; or wait at the door, where a host looks first.

        Raises:
            RefusedError, LinkError, MediaError: if that did not work.
        """
        bot = cls(ground, name, options or BotOptions())
        ground.keep(bot)
        bot.join_started_ns = time.monotonic_ns()
        bot._link = await Link.open_in_time(bot._site, bot._on_message, roams=bot._options.roams)
        join = Join(room=room, name=name, invite=invite, device=bot._options.device)
        joined = await bot._insist("join", lambda: join)
        if not isinstance(joined, Joined | Waits):
            raise TypeError(f"join was answered with {type(joined).__name__}")
        bot.member_id, bot.ticket = joined.member_id, joined.ticket
        bot.is_guest = isinstance(joined, Waits)
        if isinstance(joined, Joined) and bot._options.with_media:
            await bot._answer(joined.offer)
        bot.join_ms = (time.monotonic_ns() - bot.join_started_ns) / 1e6
        return bot

    async def leave(self) -> None:
        """Give up the seat, if the connection is still there, and close."""
        try:
            if self._link is not None and not self._link.ended.is_set() and self.member_id != NO_MEMBER:
                async with asyncio.timeout(_GOODBYE_WITHIN_S):
                    await self._ask("leave", Leave())
        except (LinkError, RefusedError, TimeoutError):
            pass  # then the seat's grace time ends it
        await self.close()

    async def close(self) -> None:
        """Close the page: goodbye to both transports, the seat is not given up."""
        if self.media is not None:
            self.media.close()
        if self._link is not None:
            if self._link.fault is not None:
                raise self._link.fault
            try:
                async with asyncio.timeout(_GOODBYE_WITHIN_S):
                    await self._link.close()
            except TimeoutError:
                self._link.drop()

    def drop(self, *, media: bool = True) -> None:
        """Be cut off without goodbye; with `media=False` the sound goes on."""
        if media and self.media is not None:
            self.media.close(goodbye=False)
        if self._link is not None:
            self._link.drop()

    async def resume(self) -> Resumed:
        """Come back with the ticket, catch up, repeat a command that was not answered, mend the sound.

        Raises:
            RefusedError: if the ticket is not taken.
        """
        if self._link is not None:
            self._link.drop()
            await self._link.ended.wait()
        self.ended = None
        await self._connect()
        resumed = await self._ask(
            "resume", Resume(ticket=self.ticket, epoch=self.view.revision.epoch, seq=self.view.revision.seq)
        )
        if not isinstance(resumed, Resumed):
            raise TypeError(f"resume was answered with {type(resumed).__name__}")
        self.ticket, self._n = resumed.ticket, max(self._n, resumed.last_n)
        unanswered, self._unanswered = self._unanswered, None
        if unanswered is not None:
            await self._ask(*unanswered)
        if self._options.with_media and (
            resumed.peer_id != self._peer_id or self.media is None or self.media.closed.is_set()
        ):
            await self.open_media()
        return resumed

    async def go_to(self, url: str) -> None:
        """Come to another node as a page does that was asked to move: there before it leaves.

        The voice goes out both ways until the new transport has brought a packet, or for `_QUIET_S`.

        Raises:
            RefusedError, LinkError, MediaError: if that did not work; all is as it was.
        """
        site = read_site(url, self._ground.nets)
        link = await Link.open(site, self._on_message)
        revision = self.view.revision
        resume = Resume(ticket=self.ticket, epoch=revision.epoch, seq=revision.seq)
        answer = await link.ask("resume", resume)
        if not isinstance(answer, Resumed):
            link.drop()
            raise LinkError(f"resume was answered with {type(answer).__name__}")
        old_link, old_media = self._link, self.media
        self._link, self._site, self.ticket = link, site, answer.ticket
        if self._options.with_media:
            await self._take_sound_along(old_media)
        else:
            await asyncio.sleep(_OLD_LINK_S)
        if old_link is not None:
            await old_link.close()
        self.moves += 1

    async def come(self, url: str) -> Resumed:
        """Come back with the ticket by another node, after the connection was lost."""
        self._site = read_site(url, self._ground.nets)
        return await self.resume()

    async def _take_sound_along(self, old: MediaEnd | None) -> None:
        offered = await self._ask("open_media", OpenMedia())
        if not isinstance(offered, Offered):
            raise TypeError(f"open_media was answered with {type(offered).__name__}")
        await self._answer(offered.offer)
        new = self._end
        if old is None:
            return
        new.take_over(old)
        first = asyncio.Event()
        self._hearing.listeners.append(lambda _: first.set())
        with suppress(TimeoutError):
            async with asyncio.timeout(_QUIET_S):
                await first.wait()
        self._hearing.take_over(old.hearing)
        old.close()

    # -- speaking and hearing

    async def speak(
        self, hz: int = 440, *, dtx_ms: tuple[int, int] | None = None, phase_s: float = 0.0
    ) -> None:
        """Turn the microphone on and send a tone."""
        await self.set_microphone(on=True)
        self._end.speech.start(hz, self.member_id, dtx_ms=dtx_ms, phase_s=phase_s)

    async def mute(self) -> None:
        """Turn the microphone off and send nothing more."""
        self._end.speech.stop()
        await self.set_microphone(on=False)

    async def set_microphone(self, *, on: bool) -> None:
        """Only say so; what is being sent goes on."""
        await self.command("set_microphone", lambda n: SetMicrophone(n=n, on=on))

    def heard(self, voice_id: int) -> Heard | None:
        """What was heard of a voice; None: nothing yet."""
        return self._hearing.voices.get(voice_id)

    async def hears(self, voice_id: int, packets: int = 5, within_s: float = PATIENCE_S) -> Heard | None:
        """Wait for so many more packets of a voice, marked or not; return what was heard of it.

        Raises:
            TimeoutError: if they do not come.
        """
        done = asyncio.Event()
        left = packets

        def on_packet(csrc: int) -> None:
            nonlocal left
            left -= csrc == voice_id
            if left <= 0:
                done.set()

        self._hearing.listeners.append(on_packet)
        try:
            async with asyncio.timeout(within_s):
                await done.wait()
        finally:
            self._hearing.listeners.remove(on_packet)
        return self.heard(voice_id)

    async def open_media(self) -> None:
        """Ask for a new media transport in place of the one there was."""
        offered = await self._ask("open_media", OpenMedia())
        if not isinstance(offered, Offered):
            raise TypeError(f"open_media was answered with {type(offered).__name__}")
        if self.media is not None:
            self.media.close(goodbye=False)
        await self._answer(offered.offer)

    async def restart_media(self) -> None:
        """Restart ICE: new user name and password, same keys."""
        offered = await self._ask("restart_media", RestartMedia())
        if not isinstance(offered, Offered):
            raise TypeError(f"restart_media was answered with {type(offered).__name__}")
        await self._accept(offered.offer, self._end.fingerprint)
        self._end.restart(read_offer(offered.offer.sdp))

    # -- the room

    @property
    def room(self) -> Room:
        """The room as this bot sees it."""
        return self.view.room

    def member(self, name: str) -> Member:
        """The member of this name; LookupError if nobody has it."""
        return self.view.member(name)

    async def until(self, is_so: Callable[[Room], bool], within_s: float = PATIENCE_S) -> Room:
        """Wait until the room is as wanted, or raise TimeoutError; return it."""
        return await self.view.until(is_so, within_s)

    async def say(self, text: str) -> Accepted:
        """Write a line of chat."""
        return await self.command("post_chat", lambda n: PostChat(n=n, text=text))

    async def rename(self, name: str) -> Accepted:
        """Take another name."""
        accepted = await self.command("rename", lambda n: Rename(n=n, name=name))
        self.name = name
        return accepted

    async def mute_other(self, member_id: MemberId) -> Accepted:
        """As a host, close a member's microphone."""
        return await self.command("mute_member", lambda n: MuteMember(n=n, member_id=member_id))

    async def command(self, event: str, build: Callable[[int], FromBrowser]) -> Accepted:
        """Carry out a numbered command: one at a time, the next one after the answer.

        Raises:
            RefusedError: if the server says no.
            LinkError: if the connection ends first; `resume` repeats the command.
        """
        async with self._turn:
            self._n += 1
            message = build(self._n)
            self._unanswered = (event, message)
            answer = await self._ask(event, message, on_no=self._forget_unanswered)
            self._unanswered = None
        if not isinstance(answer, Accepted):
            raise TypeError(f"{event} was answered with {type(answer).__name__}")
        return answer

    @property
    def link(self) -> Link:
        """The connection, for tests that say what no page would."""
        if self._link is None:
            raise LinkError("never connected")
        return self._link

    @property
    def is_cut(self) -> bool:
        """Whether a connection or the sound is gone."""
        link, media = self._link, self.media
        return (link is not None and link.ended.is_set()) or (media is not None and media.closed.is_set())

    # -- inside

    @property
    def _end(self) -> MediaEnd:
        if self.media is None:
            raise RuntimeError(f"{self.name} has no sound")
        return self.media

    @property
    def _hearing(self) -> Hearing:
        if self._end.hearing is None:
            raise RuntimeError(f"{self.name} is not connected")
        return self._end.hearing

    async def _connect(self) -> None:
        self._link = await Link.open(self._site, self._on_message, roams=self._options.roams)

    async def _insist(self, event: str, build: Callable[[], FromBrowser]) -> Answer:
        """Ask again, where the server says when to."""
        for _ in range(_MAX_TRIES):
            try:
                return await self._ask(event, build())
            except RefusedError as error:
                if not error.refusal.retry_ms:
                    raise
                await asyncio.sleep(error.refusal.retry_ms / 1_000)
        raise LinkError("told to try again too often")

    async def _ask(self, event: str, message: FromBrowser, on_no: Callable[[], None] | None = None) -> Answer:
        answer = await self.link.ask(event, message)
        if isinstance(answer, Elsewhere):
            named = read_site(answer.url, self._ground.nets)
            self._link, self._site = await open_elsewhere(self.link, named, self._site)
            return await self._ask(event, message, on_no)
        if isinstance(answer, Refusal):
            self.refusals[answer.code] = self.refusals.get(answer.code, 0) + 1
            if on_no is not None:
                on_no()
            raise RefusedError(answer)
        return answer

    def _forget_unanswered(self) -> None:
        self._unanswered = None

    async def _answer(self, offer: Offer) -> None:
        offered = read_offer(offer.sdp)
        media = MediaEnd(
            offered,
            choose_candidate(offered.candidates, self._ground.nets),
            self._ground.certificate,
            self._ground.reception,
            sample=self._options.sample,
            probes=self._options.probes,
        )
        self.media, self._peer_id = media, offer.peer_id
        await self._accept(offer, media.fingerprint)
        await media.connect(self.on_arrival)

    async def _accept(self, offer: Offer, fingerprint: str) -> None:
        self.peer_id = offer.peer_id
        fingerprints = (Fingerprint(algorithm="sha-256", value=fingerprint),)
        await self._ask(
            "answer_media", AnswerMedia(peer_id=offer.peer_id, fingerprints=fingerprints, setup="active")
        )

    def _on_message(self, message: ToBrowser | Refusal) -> None:
        match message:
            case Commits():
                self.view.take_commits(message)
            case Joined() | Resumed() | Synced() | Waits():
                self.view.take_sync(message.sync)
            case Moved():
                self._move(message)
            case Resync():
                self.resyncs += 1
                self._start_catching_up()
            case MediaClosed():
                if self.media is not None and message.peer_id == self.peer_id:
                    self.media.close(goodbye=False)
            case _:
                self._note(message)

    def _note(self, message: ToBrowser | Refusal) -> None:
        """Keep what somebody may want to know; other answers only matter to who asked."""
        if isinstance(message, Ended):
            self.ended = message
        elif isinstance(message, Move):
            self.move = message

    def _move(self, moved: Moved) -> None:
        """Take another place: let in, sent back to the door, or shown more or less than before."""
        self.view.take_sync(moved.sync)
        self.is_guest = self.member_id not in moved.sync.room.members
        if self.is_guest and self.media is not None:
            self.media.close(goodbye=False)
        if moved.offer is not None and self._options.with_media:
            self._ground.tasks.create_task(self._answer(moved.offer))

    def _start_catching_up(self) -> None:
        if not self._catches_up:
            self._catches_up = True
            self._ground.tasks.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            await self._insist(
                "catch_up",
                lambda: CatchUp(epoch=self.view.revision.epoch, seq=self.view.revision.seq),
            )
        except LinkError:
            return  # resuming catches up, too
        finally:
            self._catches_up = False
