"""Passes private words from one connection to another, also at another node.

Nothing of them is kept, written down or counted. Each node decides for its own members by what it knows of
who may write to whom, tells the other nodes what has changed, and its own members what others have told.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from rooms.facts import (
    Commit,
    MemberLeft,
    MemberRemoved,
    MemberSteppedOut,
    ReportMade,
)
from rooms.ids import MemberId, RoomSlug
from rooms.model import Record, Room
from rooms.names import read_text
from rooms.private import Letters, LettersNews, Outcome
from rooms.refusals import Refusal, RefusalCode
from server.gateway.audience import Audience
from server.gateway.connection import Connection
from server.ports import (
    Clock,
    LetterBus,
    LetterListener,
    LetterMessage,
    PassedOn,
    SentWords,
    SharedLetters,
)
from server.room_service import RoomService
from server.seats import Seats
from signaling import from_host as said
from signaling.from_browser import FromBrowser
from signaling.to_browser import (
    Accepted,
    Answer,
    PrivateAnswered,
    PrivateAsked,
    PrivateLine,
    ToBrowser,
)

PASSED_WITHIN_S: Final = 1.5  # by another node; then its member counts as not reachable
_WORD_ID_BYTES: Final = 12


class Relay:
    """One for each room of this node; follows the room, and forgets a meeting with its end."""

    def __init__(
        self,
        slug: RoomSlug,
        rooms: RoomService,
        audience: Audience,
        clock: Clock,
        seats: Seats,
        bus: LetterBus,
    ) -> None:
        """Pass words between those whom the audience holds, and to other nodes by the bus."""
        self._slug = slug
        self._rooms = rooms
        self._audience = audience
        self._clock = clock
        self._seats = seats
        self._bus = bus
        self._letters = Letters()
        self._sitting = ""
        self._stop: Callable[[], None] | None = None
        self._has_asked = False  # the other nodes what they know, since the last gap
        self._on_way: dict[str, asyncio.Event] = {}

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take new commits. See `server.room_service.Follower`."""
        room = record.room
        if self._sitting != _sitting_of(room):
            self._sitting = _sitting_of(room)
            self._letters = Letters()
        self._listen(is_wanted=room is not None and room.rules.has_private)
        if room is None:
            return
        if not commits:  # who left meanwhile is not told
            self._letters.keep_only(frozenset(room.members))
        for commit in commits:
            match commit.fact:
                case MemberLeft(member_id=who) | MemberRemoved(member_id=who):
                    self._letters.forget(who)
                case MemberSteppedOut(guest=guest):
                    self._letters.forget(guest.member_id)
                case ReportMade(report=report):
                    self._letters.note_report(record, commit.by, report.member_id)
                case _:
                    pass

    async def respond(self, by: MemberId, message: FromBrowser) -> Answer:
        """Answer one message about private words, and tell the other one what it is to be told.

        Raises:
            TypeError: it is about something else.
        """
        record, now_ms = self._rooms.record(self._slug), self._clock.wall_ms()
        match message:
            case said.SetReachable():
                done = self._letters.set_reachable(record, by, now_ms, on=message.on)
                self._share(by)
            case said.AskPrivate():
                to = MemberId(message.member_id)
                done = self._pass_on(self._letters.ask(record, by, to, now_ms), by, to)
            case said.AnswerPrivate():
                to = MemberId(message.member_id)
                done = self._pass_on(self._letters.answer(record, by, to, yes=message.yes), by, to)
            case said.SendPrivate():
                done = await self._send(record, by, MemberId(message.member_id), message.text)
            case _:
                msg = f"{type(message).__name__} is not about private words"
                raise TypeError(msg)
        return done or Accepted(revision=record.revision)

    def welcome(self, member_id: MemberId, connection: Connection) -> None:
        """Tell a page that came back who waits for an answer and who has agreed."""
        room = self._rooms.open_room(self._slug)
        if room is None:
            return
        if not self._has_asked:
            self._ask_others()
        asking, agreed = self._letters.of(room, member_id)
        for other in asking:
            connection.tell(PrivateAsked(member_id=other))
        for other in agreed:
            connection.tell(PrivateAnswered(member_id=other, yes=True))

    def _pass_on(self, outcome: Outcome | Refusal, by: MemberId, to: MemberId) -> Refusal | None:
        if isinstance(outcome, Refusal):
            return outcome
        self._share(by, to)
        self._tell_outcome(to, by, outcome)
        if outcome is Outcome.AGREED:
            self._tell_outcome(by, to, outcome)
        return None

    def _tell_outcome(self, to: MemberId, about: MemberId, outcome: Outcome) -> None:
        match outcome:
            case Outcome.ASKED:
                self._tell(to, PrivateAsked(member_id=about))
            case Outcome.AGREED | Outcome.ENDED:
                self._tell(to, PrivateAnswered(member_id=about, yes=outcome is Outcome.AGREED))
            case Outcome.NOTHING | Outcome.LINE:
                pass

    async def _send(self, record: Record, by: MemberId, to: MemberId, text: str) -> Refusal | None:
        line = read_text(text)
        if isinstance(line, Refusal):
            return line
        outcome = self._letters.send(record, by, to)
        if isinstance(outcome, Refusal):
            return outcome
        sent_ms = self._clock.wall_ms()
        is_here = self._audience.holder(to) is not None and not self._seats.is_elsewhere(self._slug, to)
        if is_here and outcome is Outcome.LINE:
            self._tell(to, PrivateLine(member_id=by, text=line, sent_ms=sent_ms))
        if is_here or await self._is_passed_on(by, to, line, sent_ms):
            return None
        return Refusal(code=RefusalCode.NOT_REACHABLE)

    async def _is_passed_on(self, by: MemberId, to: MemberId, line: str, sent_ms: int) -> bool:
        """Hand a line to whichever node the receiver is connected with; whether one has told them."""
        if not self._seats.others or self._stop is None:
            return False
        word_id = secrets.token_urlsafe(_WORD_ID_BYTES)
        passed = self._on_way[word_id] = asyncio.Event()
        words = SentWords(sitting=self._sitting, word_id=word_id, by=by, to=to, text=line, sent_ms=sent_ms)
        self._bus.publish(self._slug, words)
        try:
            async with asyncio.timeout(PASSED_WITHIN_S):
                await passed.wait()
        except TimeoutError:
            return False
        finally:
            del self._on_way[word_id]
        return True

    def _tell(self, member_id: MemberId, event: ToBrowser) -> None:
        holder = self._audience.holder(member_id)
        if holder is not None:
            holder.tell(event)

    # --- other nodes --------------------------------------------------------------------------

    def _listen(self, *, is_wanted: bool) -> None:
        """Hear other nodes while the room has private words."""
        if is_wanted and self._stop is None:
            self._stop = self._bus.follow(self._slug, LetterListener(self._hear, self._ask_others))
        elif not is_wanted and self._stop is not None:
            self._stop()
            self._stop = None

    def _share(self, *members: MemberId) -> None:
        """Tell other nodes what has changed of members and between them."""
        self._publish(self._letters.news(members))

    def _ask_others(self) -> None:
        """Tell what is known here; for those who are here, ask what is known elsewhere."""
        self._has_asked = len(self._audience) > 0
        self._publish(self._letters.news(), asks_back=self._has_asked)

    def _publish(self, news: LettersNews, *, asks_back: bool = False) -> None:
        if self._stop is not None and (asks_back or news != LettersNews()):
            self._bus.publish(
                self._slug, SharedLetters(sitting=self._sitting, news=news, asks_back=asks_back)
            )

    def _hear(self, message: LetterMessage) -> None:
        match message:
            case SharedLetters(sitting=self._sitting):
                for word in self._letters.take(self._rooms.record(self._slug), message.news):
                    self._tell_outcome(*word)
                if message.asks_back:
                    self._publish(self._letters.news())
            case SentWords(sitting=self._sitting):
                self._hear_words(message)
            case PassedOn():
                passed = self._on_way.get(message.word_id)
                if passed is not None:
                    passed.set()
            case _:  # of another sitting
                pass

    def _hear_words(self, words: SentWords) -> None:
        outcome = self._letters.send(self._rooms.record(self._slug), words.by, words.to)
        if isinstance(outcome, Refusal) or self._audience.holder(words.to) is None:
            return  # whoever sent it is told that it did not arrive
        if outcome is Outcome.LINE:
            self._tell(words.to, PrivateLine(member_id=words.by, text=words.text, sent_ms=words.sent_ms))
        self._bus.publish(self._slug, PassedOn(word_id=words.word_id))


def _sitting_of(room: Room | None) -> str:
    return f"{room.meeting_id}:{room.opened_ms}" if room is not None else ""
