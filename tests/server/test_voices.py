from rooms.commands import (
    LeaveRoom,
    LiftMute,
    MuteMember,
    RemoveMember,
    RenameSelf,
    SetMicrophone,
    StrandMember,
)
from rooms.ids import MemberId, RoomSlug
from rooms.model import empty_record
from server.voices import Voices
from tests.rooms.story import JO, MAYA, TOM, Story, peopled_story

TALK = RoomSlug("talk")


class FakeGate:
    def __init__(self) -> None:
        self.calls: list[tuple[str, int, bool]] = []

    def allow_voice(self, room: RoomSlug, voice_id: int, allowed: bool) -> None:  # noqa: FBT001
        assert room == TALK
        self.calls.append(("allow", voice_id, allowed))

    def close_peer(self, room: RoomSlug, voice_id: int) -> None:
        assert room == TALK
        self.calls.append(("close", voice_id, False))

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
