"""Promise: for every command and every viewer, state + facts = a fresh snapshot.

A Hypothesis machine plays every command in any order, also wrong ones.
"""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rooms.apply import apply, change_room
from rooms.commands import (
    Command,
    ExpireChat,
    ExpireSeat,
    JoinRoom,
    LeaveRoom,
    LiftMute,
    MuteMember,
    PostChat,
    RemoveMember,
    RenameSelf,
    ResumeSeat,
    RetractChat,
    SetMicrophone,
    StrandMember,
)
from rooms.hearing import is_heard
from rooms.ids import MemberId
from rooms.limits import CHAT_WINDOW_MS, GRACE_MS
from rooms.model import Record, Room, empty_record
from rooms.project import Viewer, project, project_room
from rooms.refusals import Refusal
from rooms.roles import Role
from tests.rooms.story import START_MS, open_story

WHO = st.integers(1, 6).map(MemberId)
NAMES = st.sampled_from(["Maya", "maya", "Tom", "Jo", "", "Zo\u00eb", "\u200b", "A" * 41])
TEXTS = st.sampled_from(["hello", "", " \n", "a\nb", "x" * 2_001, "\U0001f49a"])
VIEWERS = (Viewer(MemberId(1), Role.HOST), Viewer(MemberId(2), Role.MEMBER))


class RoomMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.story = open_story()
        self.shown: dict[Viewer, Room | None] = dict.fromkeys(VIEWERS)
        self.told = 0
        self.n = 0

    def play(self, command: Command) -> None:
        self.n += 1
        before = self.story.record
        decision = self.story.try_(command, self.n)
        if isinstance(decision, Refusal):
            assert self.story.record is before

    @rule(who=WHO, name=NAMES, role=st.sampled_from(Role))
    def join(self, who: MemberId, name: str, role: Role) -> None:
        self.play(JoinRoom(member_id=who, name=name, role=role))

    @rule(who=WHO, name=NAMES, role=st.sampled_from(Role))
    def resume(self, who: MemberId, name: str, role: Role) -> None:
        self.play(ResumeSeat(by=who, name=name, role=role))

    @rule(who=WHO)
    def leave(self, who: MemberId) -> None:
        self.play(LeaveRoom(by=who))

    @rule(who=WHO)
    def strand(self, who: MemberId) -> None:
        self.play(StrandMember(member_id=who))

    @rule(who=WHO)
    def expire_seat(self, who: MemberId) -> None:
        seat = self.story.room.members.get(who)
        self.play(ExpireSeat(member_id=who, stranded_ms=seat.stranded_ms if seat else 1))

    @rule(who=WHO, name=NAMES)
    def rename(self, who: MemberId, name: str) -> None:
        self.play(RenameSelf(by=who, name=name))

    @rule(who=WHO, on=st.booleans())
    def microphone(self, who: MemberId, on: bool) -> None:  # noqa: FBT001 - Hypothesis names it
        self.play(SetMicrophone(by=who, on=on))

    @rule(who=WHO, text=TEXTS)
    def post(self, who: MemberId, text: str) -> None:
        self.play(PostChat(by=who, n=self.n + 1, text=text))

    @rule(who=WHO, back=st.integers(0, 5))
    def retract(self, who: MemberId, back: int) -> None:
        self.play(RetractChat(by=who, seq=max(0, self.story.record.revision.seq - back)))

    @rule()
    def expire_chat(self) -> None:
        self.play(ExpireChat())

    @rule(who=WHO, other=WHO)
    def mute(self, who: MemberId, other: MemberId) -> None:
        self.play(MuteMember(by=who, member_id=other))

    @rule(who=WHO, other=WHO)
    def lift(self, who: MemberId, other: MemberId) -> None:
        self.play(LiftMute(by=who, member_id=other))

    @rule(who=WHO, other=WHO)
    def remove(self, who: MemberId, other: MemberId) -> None:
        self.play(RemoveMember(by=who, member_id=other))

    @rule(later_ms=st.sampled_from([1, GRACE_MS, CHAT_WINDOW_MS + 1]))
    def wait(self, later_ms: int) -> None:
        self.story.now_ms += later_ms

    @precondition(lambda self: self.story.log)
    @invariant()
    def shown_and_fresh_agree(self) -> None:
        for viewer in VIEWERS:
            room = self.shown[viewer] or open_story().room
            for commit in self.story.log[self.told :]:
                room = change_room(room, project(commit, viewer))
            self.shown[viewer] = room
            assert room == project_room(self.story.room, viewer)
        self.told = len(self.story.log)

    @invariant()
    def the_record_survives_the_wire(self) -> None:
        wire = msgspec.json.encode(self.story.record)
        assert msgspec.json.decode(wire, type=Record) == self.story.record

    @invariant()
    def nobody_is_heard_against_a_rule(self) -> None:
        for member in self.story.room.members.values():
            assert not (is_heard(self.story.room, member) and (member.mutes.by_host or member.mutes.by_self))
            assert member.member_id not in self.story.record.ledger.removed
        names = [member.name for member in self.story.room.members.values()]
        assert len(names) == len(set(names))

    def teardown(self) -> None:
        record = empty_record(START_MS)
        for commit in self.story.log:
            record = apply(record, commit)
        assert record == self.story.record


RoomMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestRoom = RoomMachine.TestCase
