"""Short stories of one room for tests: commands in, record and log out."""

from msgspec.structs import replace

from rooms.apply import apply
from rooms.commands import Command, JoinRoom, OpenRoom
from rooms.decide import decide
from rooms.facts import Commit, Fact
from rooms.hearing import is_heard
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.model import Guest, Member, Mutes, Pass, Record, Room, empty_record
from rooms.refusals import Refusal
from rooms.roles import Role

MAYA, TOM, JO = MemberId(11), MemberId(22), MemberId(33)
KNOWN = Pass(is_known=True)
START_MS = 1_700_000_000_000


class Story:
    """One room whose clock stands still until the story moves it."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.record: Record = empty_record(START_MS)
        self.log: list[Commit] = []

    @property
    def room(self) -> Room:
        assert self.record.room is not None
        return self.record.room

    def member(self, member_id: MemberId) -> Member:
        return self.room.members[member_id]

    def waiting(self) -> list[MemberId]:
        """Who is at the door, in the order of coming."""
        return [guest.member_id for guest in self.room.guests]

    def fill(self, members: int = 0, guests: int = 0) -> None:
        """Let so many be inside, or at the door, of whom nobody ever heard."""
        room = self.room
        seat = Member(member_id=NO_MEMBER, name="", role=Role.MEMBER, mutes=Mutes(), joined_ms=0)
        waits = Guest(member_id=NO_MEMBER, name="", since_ms=0, is_new=False)
        more = {MemberId(10**6 + number): seat for number in range(members - len(room.members))}
        outside = (waits,) * (guests - len(room.guests))
        room = replace(room, members={**room.members, **more}, guests=(*room.guests, *outside))
        self.record = replace(self.record, room=room)

    def is_heard(self, member_id: MemberId) -> bool:
        return is_heard(self.room, self.member(member_id))

    def try_(self, command: Command, n: int = 0) -> tuple[Fact, ...] | Refusal:
        """Decide a command and commit what follows."""
        decision = decide(self.record, command, self.now_ms)
        if not isinstance(decision, Refusal):
            for fact in decision:
                self.commit(fact, getattr(command, "by", NO_MEMBER), n)
        return decision

    def commit(self, fact: Fact, by: MemberId = NO_MEMBER, n: int = 0) -> None:
        """Commit a fact that no command of the story leads to."""
        seq = self.record.revision.seq + 1
        commit = Commit(seq=seq, at_ms=self.now_ms, by=by, n=n, fact=fact)
        self.record = apply(self.record, commit)
        self.log.append(commit)

    def do(self, command: Command, n: int = 0) -> tuple[Fact, ...]:
        """Carry out a command that must not be refused."""
        decision = self.try_(command, n)
        assert not isinstance(decision, Refusal), decision
        return decision


def open_story() -> Story:
    """A room that is open and empty."""
    story = Story()
    story.do(OpenRoom(slug=RoomSlug("talk"), title="Talk", about="All day", meeting_id=MeetingId("m1")))
    return story


def peopled_story() -> Story:
    """Maya and Jo are members who were here before, Tom is a host."""
    story = open_story()
    story.do(JoinRoom(member_id=MAYA, name="Maya", pass_=KNOWN))
    story.do(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST))
    story.do(JoinRoom(member_id=JO, name="Jo", pass_=KNOWN))
    return story


def letters(number: int) -> str:
    """A name of its own for each number, without digits: they would not tell it from another's."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number)).title()


def code_of(decision: tuple[Fact, ...] | Refusal) -> str:
    """The refusal's code, or "" where there is none."""
    return decision.code.value if isinstance(decision, Refusal) else ""
