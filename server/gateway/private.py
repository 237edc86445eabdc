"""Passes private words from one connection to another. Nothing of them is kept, written down or counted."""

from rooms.facts import (
    Commit,
    MemberLeft,
    MemberRemoved,
    MemberSteppedOut,
    ReportMade,
    RoomClosed,
    RoomOpened,
)
from rooms.ids import MemberId, RoomSlug
from rooms.model import Record
from rooms.names import read_text
from rooms.private import Letters, Outcome
from rooms.refusals import Refusal, RefusalCode
from server.gateway.audience import Audience
from server.gateway.connection import Connection
from server.ports import Clock
from server.room_service import RoomService
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


class Relay:
    """One for each room of this node; follows the room, and forgets a meeting with its end."""

    def __init__(self, slug: RoomSlug, rooms: RoomService, audience: Audience, clock: Clock) -> None:
        """Pass words between those whom the audience holds."""
        self._slug = slug
        self._rooms = rooms
        self._audience = audience
        self._clock = clock
        self._letters = Letters()

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take new commits. See `server.room_service.Follower`."""
        if record.room is None:
            self._letters = Letters()
            return
        if not commits:  # who left meanwhile is not told
            self._letters.keep_only(frozenset(record.room.members))
        for commit in commits:
            match commit.fact:
                case RoomOpened() | RoomClosed():
                    self._letters = Letters()
                case MemberLeft(member_id=who) | MemberRemoved(member_id=who):
                    self._letters.forget(who)
                case MemberSteppedOut(guest=guest):
                    self._letters.forget(guest.member_id)
                case ReportMade(report=report):
                    self._letters.note_report(record, commit.by, report.member_id)
                case _:
                    pass

    def respond(self, by: MemberId, message: FromBrowser) -> Answer:
        """Answer one message about private words, and tell the other one what it is to be told.

        Raises:
            TypeError: it is about something else.
        """
        record = self._rooms.record(self._slug)
        match message:
            case said.SetReachable():
                done = self._letters.set_reachable(record, by, on=message.on)
            case said.AskPrivate():
                to, now_ms = MemberId(message.member_id), self._clock.wall_ms()
                done = self._pass_on(self._letters.ask(record, by, to, now_ms), by, to)
            case said.AnswerPrivate():
                to = MemberId(message.member_id)
                done = self._pass_on(self._letters.answer(record, by, to, yes=message.yes), by, to)
            case said.SendPrivate():
                done = self._send(record, by, MemberId(message.member_id), message.text)
            case _:
                msg = f"{type(message).__name__} is not about private words"
                raise TypeError(msg)
        return done or Accepted(revision=record.revision)

    def welcome(self, member_id: MemberId, connection: Connection) -> None:
        """Tell a page that came back who waits for an answer and who has agreed."""
        room = self._rooms.open_room(self._slug)
        if room is None:
            return
        asking, agreed = self._letters.of(room, member_id)
        for other in asking:
            connection.tell(PrivateAsked(member_id=other))
        for other in agreed:
            connection.tell(PrivateAnswered(member_id=other, yes=True))

    def _pass_on(self, outcome: Outcome | Refusal, by: MemberId, to: MemberId) -> Refusal | None:
        match outcome:
            case Refusal():
                return outcome
            case Outcome.ASKED:
                self._tell(to, PrivateAsked(member_id=by))
            case Outcome.AGREED:
                self._tell(to, PrivateAnswered(member_id=by, yes=True))
                self._tell(by, PrivateAnswered(member_id=to, yes=True))
            case Outcome.ENDED:
                self._tell(to, PrivateAnswered(member_id=by, yes=False))
            case Outcome.NOTHING | Outcome.LINE:
                pass
        return None

    def _send(self, record: Record, by: MemberId, to: MemberId, text: str) -> Refusal | None:
        line = read_text(text)
        if isinstance(line, Refusal):
            return line
        outcome = self._letters.send(record, by, to)
        if isinstance(outcome, Refusal):
            return outcome
        if self._audience.holder(to) is None:
            return Refusal(code=RefusalCode.NOT_REACHABLE)
        if outcome is Outcome.LINE:
            self._tell(to, PrivateLine(member_id=by, text=line, sent_ms=self._clock.wall_ms()))
        return None

    def _tell(self, member_id: MemberId, event: ToBrowser) -> None:
        holder = self._audience.holder(member_id)
        if holder is not None:
            holder.tell(event)
