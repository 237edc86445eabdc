from rooms.apply import apply
from rooms.commands import (
    CallNext,
    GiveFloor,
    GiveRole,
    LeaveRoom,
    LiftMute,
    MuteAll,
    MuteMember,
    RemoveMember,
    RenameSelf,
    SetFloor,
    SetFreeze,
    SetMicrophone,
    StrandMember,
)
from rooms.facts import Commit, Fact, MemberBlocked, MemberSteppedOut, MemberUnblocked, RoomClosed, RoomOpened
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.model import FloorMode, Guest, empty_record
from rooms.roles import Role
from server.voices import Voices
from tests.rooms.story import JO, MAYA, TOM, Story, peopled_story

TALK = RoomSlug("talk")


class FakeGate:
    def __init__(self) -> None:
        self.calls: list[tuple[str, int, bool]] = []
        self.apart: set[tuple[int, int]] = set()
        self.told_apart = 0

    def allow_voice(self, room: RoomSlug, voice_id: int, allowed: bool) -> None:  # noqa: FBT001
        assert room == TALK
        self.calls.append(("allow", voice_id, allowed))

    def set_apart(self, room: RoomSlug, one: int, other: int, apart: bool) -> None:  # noqa: FBT001
        assert room == TALK
        assert apart != ((one, other) in self.apart)  # told once
        (self.apart.add if apart else self.apart.remove)((one, other))
        self.told_apart += 1

    def close_peer(self, room: RoomSlug, voice_id: int) -> None:
        assert room == TALK
        self.calls.append(("close", voice_id, False))

    def open(self, story: Story, *commands: object) -> set[int]:
        """Whose packets are forwarded after the commands."""
        allowed: set[int] = set()
        for what, who, is_allowed in self.heard(story, *commands):
            if what == "allow" and is_allowed:
                allowed.add(who)
            else:
                allowed.discard(who)
        return allowed

    def heard(self, story: Story, *commands: object) -> list[tuple[str, int, bool]]:
        voices = Voices(TALK, self)
        for command in commands:
            known = len(story.log)
            story.do(command)  # type: ignore[arg-type]
            voices(story.record, tuple(story.log[known:]))
        return self.calls


def test_a_voice_is_forwarded_while_nobody_has_closed_it() -> None:
    calls = FakeGate().heard(
        peopled_story(),
        SetMicrophone(by=MAYA, on=True),
        MuteMember(by=TOM, member_id=MAYA),
        LiftMute(by=TOM, member_id=MAYA),
        SetMicrophone(by=MAYA, on=True),
        SetMicrophone(by=MAYA, on=False),
    )
    assert calls == [
        ("allow", MAYA, True),
        ("allow", MAYA, False),
        ("allow", MAYA, False),
        ("allow", MAYA, True),
        ("allow", MAYA, False),
    ]


def test_who_is_gone_has_no_transport_and_who_is_stranded_keeps_it() -> None:
    story = peopled_story()
    calls = FakeGate().heard(
        story,
        StrandMember(member_id=MAYA),
        RenameSelf(by=JO, name="Joanna"),
        LeaveRoom(by=MAYA),
        RemoveMember(by=TOM, member_id=JO),
    )
    assert calls == [("close", MAYA, False), ("close", JO, False)]


def test_after_a_jump_everybody_is_set_anew() -> None:
    story = peopled_story()
    story.do(SetMicrophone(by=MAYA, on=True))
    gate = FakeGate()
    Voices(TALK, gate)(story.record, ())
    assert set(gate.calls) == {("allow", MAYA, True), ("allow", TOM, False), ("allow", JO, False)}


def test_a_room_that_is_not_open_has_no_voices() -> None:
    gate = FakeGate()
    Voices(TALK, gate)(empty_record(1), ())
    assert gate.calls == []


def test_somebody_who_left_within_the_same_news_is_closed() -> None:
    story = peopled_story()
    known = len(story.log)
    story.do(SetMicrophone(by=MAYA, on=True))
    story.do(LeaveRoom(by=MAYA))
    gate = FakeGate()
    Voices(TALK, gate)(story.record, tuple(story.log[known:]))
    assert gate.calls == [("allow", MemberId(MAYA), False), ("close", MAYA, False)]


def _all_on(story: Story) -> FakeGate:
    gate = FakeGate()
    assert gate.open(story, *(SetMicrophone(by=who, on=True) for who in (MAYA, TOM, JO))) == {MAYA, TOM, JO}
    return gate


def test_a_freeze_leaves_those_who_are_trusted() -> None:
    story = peopled_story()
    gate = _all_on(story)
    assert gate.open(story, SetFreeze(by=TOM, on=True)) == {TOM}
    assert gate.open(story, SetFreeze(by=TOM, on=False)) == {TOM}
    assert gate.open(story, SetMicrophone(by=JO, on=True)) == {TOM, JO}


def test_mute_all_leaves_those_who_are_trusted_and_the_floor() -> None:
    story = peopled_story()
    gate = _all_on(story)
    assert gate.open(story, GiveFloor(by=TOM, member_id=JO), MuteAll(by=TOM)) == {TOM, JO}


def test_turns_by_call() -> None:
    story = peopled_story()
    gate = _all_on(story)
    assert gate.open(story, SetFloor(by=TOM, mode=FloorMode.ROUND, limit_ms=0)) == {TOM}
    called = CallNext(by=TOM)
    assert gate.open(story, called, SetMicrophone(by=MAYA, on=True)) == {TOM, MAYA}
    assert gate.open(story, called) == {TOM}  # Tom's own turn


def test_a_role_that_ends() -> None:
    story = peopled_story()
    gate = FakeGate()
    listening = SetFloor(by=TOM, mode=FloorMode.LISTEN, limit_ms=0)
    trusted = GiveRole(by=TOM, member_id=MAYA, role=Role.SPEAKER)
    assert gate.open(story, listening, trusted, SetMicrophone(by=MAYA, on=True)) == {MAYA}
    assert gate.open(story, GiveRole(by=TOM, member_id=MAYA, role=Role.MEMBER)) == set()


class Room:
    """A story whose facts are committed as they are, with its voices following."""

    def __init__(self) -> None:
        self.story = peopled_story()
        self.gate = FakeGate()
        self.voices = Voices(TALK, self.gate)
        self.voices(self.story.record, ())
        self.gate.calls.clear()

    def commit(self, *facts: Fact, is_lost: bool = False) -> None:
        """Commit these; `is_lost`: the news of them is not heard, only what they led to."""
        story = self.story
        commits = []
        for fact in facts:
            seq = story.record.revision.seq + 1
            commit = Commit(seq=seq, at_ms=story.now_ms, by=NO_MEMBER, n=0, fact=fact)
            story.record = apply(story.record, commit)
            commits.append(commit)
        self.voices(story.record, () if is_lost else tuple(commits))


def test_a_block_keeps_two_apart_until_both_have_lifted_theirs() -> None:
    room = Room()
    room.commit(MemberBlocked(by=JO, member_id=MAYA))
    assert room.gate.apart == {(MAYA, JO)}
    room.commit(MemberBlocked(by=MAYA, member_id=JO))
    room.commit(MemberUnblocked(by=JO, member_id=MAYA))
    assert room.gate.apart == {(MAYA, JO)}
    room.commit(MemberUnblocked(by=MAYA, member_id=JO))
    assert room.gate.apart == set()
    room.commit(MemberBlocked(by=MAYA, member_id=JO))  # once more: an older one, lifted, is no hindrance
    assert room.gate.apart == {(MAYA, JO)}


def test_a_block_outlives_the_seat_and_comes_before_the_first_packet() -> None:
    room = Room()
    room.commit(MemberBlocked(by=JO, member_id=MAYA))
    room.story.do(LeaveRoom(by=MAYA))
    room.voices(room.story.record, (room.story.log[-1],))
    assert room.gate.apart == {(MAYA, JO)}
    assert room.gate.calls == [("close", MAYA, False)]
    assert room.gate.told_apart == 1


def test_after_a_jump_the_pairs_are_what_the_record_says() -> None:
    room = Room()
    room.commit(MemberBlocked(by=JO, member_id=MAYA), is_lost=True)
    assert room.gate.apart == {(MAYA, JO)}
    room.commit(MemberUnblocked(by=JO, member_id=MAYA), MemberBlocked(by=TOM, member_id=MAYA), is_lost=True)
    assert room.gate.apart == {(MAYA, TOM)}


def test_a_meeting_that_closes_forgets_its_pairs_and_ends_all_sound() -> None:
    room = Room()
    room.commit(MemberBlocked(by=JO, member_id=MAYA))
    room.commit(RoomClosed())
    assert room.gate.apart == set()
    assert set(room.gate.calls) == {("close", who, False) for who in (MAYA, TOM, JO)}
    room.gate.calls.clear()
    room.commit(RoomOpened(slug=TALK, title="Talk", about="", meeting_id=MeetingId("m2")))
    assert room.gate.calls == []


def test_a_meeting_that_closes_and_opens_within_the_same_news() -> None:
    room = Room()
    room.commit(MemberBlocked(by=JO, member_id=MAYA))
    opened = RoomOpened(slug=TALK, title="Talk", about="", meeting_id=MeetingId("m2"))
    room.commit(RoomClosed(), opened)
    assert room.gate.apart == set()
    assert set(room.gate.calls) == {("close", who, False) for who in (MAYA, TOM, JO)}


def test_who_is_asked_to_step_out_has_no_transport() -> None:
    room = Room()
    guest = Guest(member_id=MAYA, name="Maya", since_ms=room.story.now_ms, is_new=True)
    room.commit(MemberSteppedOut(guest=guest, by=TOM))
    assert room.gate.calls == [("close", MAYA, False)]


def test_who_is_gone_after_a_jump_has_no_transport() -> None:
    room = Room()
    room.story.do(LeaveRoom(by=MAYA))
    room.voices(room.story.record, ())
    assert ("close", MAYA, False) in room.gate.calls
    assert ("close", JO, False) not in room.gate.calls
