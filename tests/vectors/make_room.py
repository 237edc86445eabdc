"""Writes room.json: what each viewer is shown of one long story, for every reducer there is.

Run `python -m tests.vectors.make_room` after a change of commands or facts; a test compares.
"""

from pathlib import Path
from typing import Final

from msgspec.structs import replace

from rooms.commands import (
    AddTime,
    CallNext,
    Command,
    EndShare,
    EraseCaption,
    EraseLine,
    ExpireChat,
    ExpireSeat,
    GiveFloor,
    GiveRole,
    JoinRoom,
    LeaveRoom,
    LiftMute,
    LowerAllHands,
    LowerHand,
    MoveHand,
    MuteAll,
    MuteMember,
    OpenRoom,
    PostChat,
    RaiseHand,
    React,
    RemoveMember,
    RenameSelf,
    ResumeSeat,
    RetractChat,
    SetChat,
    SetFloor,
    SetFreeze,
    SetLock,
    SetMicrophone,
    SetPhase,
    StrandMember,
    WriteCaption,
    WriteShare,
)
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import (
    ADD_TIME_MS,
    CAPTION_LINES,
    CAPTION_WINDOW_MS,
    CHAT_WINDOW_MS,
    GRACE_MS,
    REACTIONS_QUIET_MS,
    SHARE_LIMIT_MS,
)
from rooms.model import ChatMode, FloorMode, Lane, Phase, Reaction, RoomSettings
from rooms.project import Viewer, project, project_room
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, Story, open_story
from tests.vectors.cases import Case, text

PATH: Final = Path(__file__).with_name("room.json")
SLUG: Final = RoomSlug("talk")
NEWCOMER: Final = MemberId(2_147_483_647)
ERASED_SEQ: Final = 58  # a line of the story below
VIEWERS: Final = {
    "host": Viewer(TOM, Role.HOST),
    "member": Viewer(MAYA, Role.MEMBER),
    "removed member": Viewer(JO, Role.MEMBER),
}


Step = tuple[str, int, list[tuple[Command, int]]]
"""A case: its name, how far the clock moves before it, and its commands with their numbers."""


def steps() -> list[Step]:
    """Return every case in order; the numbers of lines below are the seqs that this order gives."""
    return [*_coming(), *_turns(), *_order(), *_live(), *_going()]


def _coming() -> list[Step]:
    return [
        ("joining", 0, [(JoinRoom(member_id=MAYA, name="Maya"), 0)]),
        ("a host joins", 1_000, [(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST), 0)]),
        ("two more join", 1_000, [
            (JoinRoom(member_id=JO, name="Jo \u00d8 \U0001f331"), 0),
            (JoinRoom(member_id=NEWCOMER, name="\u0633\u0644\u0627\u0645"), 0),
        ]),
        ("microphone on", 500, [(SetMicrophone(by=MAYA, on=True), 1)]),
        ("microphone off", 500, [(SetMicrophone(by=MAYA, on=False), 2)]),
        ("chat", 10, [
            (PostChat(by=MAYA, n=3, text="Hello, I am new here."), 3),
            (PostChat(by=TOM, n=1, text="Welcome \U0001f49a\nKeep coming."), 1),
        ]),
        ("taking a line back", 10, [(RetractChat(by=MAYA, seq=8), 4)]),
        ("renaming", 10, [(RenameSelf(by=JO, name="Joanna"), 1)]),
        ("a line keeps its old name", 10, [
            (PostChat(by=JO, n=2, text="one"), 2),
            (RenameSelf(by=JO, name="Jo"), 3),
        ]),
        ("a host mutes", 10, [
            (SetMicrophone(by=JO, on=True), 4),
            (MuteMember(by=TOM, member_id=JO), 2),
        ]),
        ("a host lifts the mute", 10, [(LiftMute(by=TOM, member_id=JO), 3)]),
    ]  # fmt: skip


def _turns() -> list[Step]:
    hand = Lane.SHARE
    return [
        ("turns by hand close the open microphones", 10, [
            (SetMicrophone(by=MAYA, on=True), 5),
            (SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=SHARE_LIMIT_MS), 4),
        ]),
        ("hands go up", 1_000, [
            (RaiseHand(by=MAYA, lane=hand), 6),
            (RaiseHand(by=JO, lane=Lane.MINUTE), 5),
            (RaiseHand(by=NEWCOMER, lane=Lane.BURNING), 1),
        ]),
        ("a hand goes down", 10, [(LowerHand(by=JO, member_id=JO), 6)]),
        ("the first hand is called", 10, [(CallNext(by=TOM), 5)]),
        ("a microphone of the floor", 10, [(SetMicrophone(by=NEWCOMER, on=True), 2)]),
        ("more time", 60_000, [(AddTime(by=TOM, more_ms=ADD_TIME_MS), 6)]),
        ("a member passes", 10, [(EndShare(by=NEWCOMER, passed=True), 3)]),
        ("one minute only", 10, [
            (RaiseHand(by=JO, lane=Lane.MINUTE), 7),
            (GiveFloor(by=TOM, member_id=JO), 7),
        ]),
        ("thanks, and the next", 30_000, [(CallNext(by=TOM), 8)]),
        ("a share in writing", 5_000, [
            (WriteShare(by=MAYA, text="I would rather"), 7),
            (WriteShare(by=MAYA, text="I would rather write.\nThank you."), 8),
        ]),
        ("the share in writing is over", 5_000, [(EndShare(by=MAYA, passed=False), 9)]),
        ("whoever has not shared comes first", 10, [
            (RaiseHand(by=MAYA, lane=hand), 10),
            (RaiseHand(by=JO, lane=Lane.BURNING), 8),
            (RaiseHand(by=NEWCOMER, lane=hand), 4),
        ]),
        ("a hand moves", 10, [(MoveHand(by=TOM, member_id=MAYA, place=0), 9)]),
        ("every hand goes down", 10, [(LowerAllHands(by=TOM), 10)]),
        ("a round begins anew", 10, [
            (SetFloor(by=TOM, mode=FloorMode.ROUND, limit_ms=0), 11),
            (CallNext(by=TOM), 12),
            (CallNext(by=TOM), 13),
        ]),
        ("a turn ends with its microphone", 10, [
            (CallNext(by=TOM), 14),
            (SetMicrophone(by=JO, on=True), 9),
            (CallNext(by=TOM), 15),
        ]),
        ("only listening", 10, [(SetFloor(by=TOM, mode=FloorMode.LISTEN, limit_ms=0), 16)]),
        ("open again", 10, [(SetFloor(by=TOM, mode=FloorMode.OPEN, limit_ms=0), 17)]),
    ]  # fmt: skip


def _order() -> list[Step]:
    return [
        ("trust", 10, [(GiveRole(by=TOM, member_id=MAYA, role=Role.TIMEKEEPER), 18)]),
        ("mute all", 10, [
            (SetMicrophone(by=MAYA, on=True), 11),
            (SetMicrophone(by=JO, on=True), 10),
            (MuteAll(by=TOM), 19),
        ]),
        ("trust ends", 10, [(GiveRole(by=TOM, member_id=MAYA, role=Role.MEMBER), 20)]),
        ("hosts write, slowly", 10, [(SetChat(by=TOM, mode=ChatMode.HOSTS, slow_ms=30_000), 21)]),
        ("a line is erased", 10, [
            (SetChat(by=TOM, mode=ChatMode.EVERYONE, slow_ms=0), 22),
            (PostChat(by=JO, n=11, text="Buy this"), 11),
            (EraseLine(by=TOM, seq=ERASED_SEQ), 23),
        ]),
        ("the room is locked", 10, [(SetLock(by=TOM, on=True), 24)]),
        ("the room is frozen", 10, [
            (SetMicrophone(by=JO, on=True), 12),
            (SetFreeze(by=TOM, on=True), 25),
        ]),
        ("calm again", 10, [(SetFreeze(by=TOM, on=False), 26), (SetLock(by=TOM, on=False), 27)]),
        ("who leaves the floor", 10, [
            (GiveFloor(by=TOM, member_id=JO), 28),
            (RaiseHand(by=NEWCOMER, lane=Lane.SHARE), 5),
        ]),
    ]  # fmt: skip


def _live() -> list[Step]:
    window_ms = CAPTION_WINDOW_MS // 2
    return [
        ("somebody writes live text", 10, [
            (GiveRole(by=TOM, member_id=MAYA, role=Role.CAPTIONER), 29),
            (WriteCaption(by=MAYA, line=1, text="good eve", is_over=False), 12),
            (WriteCaption(by=MAYA, line=1, text="Good evening.", is_over=True), 13),
        ]),
        ("the last line is corrected", 10, [
            (WriteCaption(by=MAYA, line=2, text="My name is Johanna.", is_over=True), 14),
            (WriteCaption(by=MAYA, line=2, text="My name is Jo.", is_over=True), 15),
        ]),
        ("a line of live text is erased", 10, [(EraseCaption(by=TOM, member_id=MAYA, line=2), 30)]),
        ("only the last lines are shown", 10, [
            (WriteCaption(by=MAYA, line=line, text=f"line {line}", is_over=True), 13 + line)
            for line in range(3, 3 + CAPTION_LINES)
        ]),
        ("old live text is forgotten", window_ms, [
            (WriteCaption(by=MAYA, line=20, text="", is_over=False), 33),
        ]),
        ("and the newest stays", window_ms + 1, [(ExpireChat(), 0)]),
        ("signs are counted", 10, [
            (React(by=JO, kind=Reaction.THANKS), 20),
            (React(by=MAYA, kind=Reaction.THANKS), 34),
            (React(by=TOM, kind=Reaction.WELCOME), 31),
        ]),
        ("the next share begins without signs", 10, [(GiveFloor(by=TOM, member_id=MAYA), 32)]),
        ("signs after a share", REACTIONS_QUIET_MS + 1, [
            (React(by=JO, kind=Reaction.WITH_YOU), 21),
            (EndShare(by=MAYA, passed=False), 35),
            (React(by=JO, kind=Reaction.APPLAUSE), 22),
        ]),
        ("after a quiet time they are counted anew", REACTIONS_QUIET_MS + 1, [
            (React(by=JO, kind=Reaction.THANKS), 23),
        ]),
        ("fellowship begins without signs", 10, [
            (SetPhase(phase=Phase.FELLOWSHIP, ends_ms=0, by=TOM), 33),
        ]),
    ]  # fmt: skip


def _going() -> list[Step]:
    return [
        ("a connection is lost", 10, [(StrandMember(member_id=MAYA), 0)]),
        ("and is back", 30_000, [(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER), 0)]),
        ("a seat expires", GRACE_MS, [(StrandMember(member_id=NEWCOMER), 0)]),
        ("expired", GRACE_MS, [(ExpireSeat(member_id=NEWCOMER, stranded_ms=0), 0)]),
        ("a host removes", 10, [(RemoveMember(by=TOM, member_id=JO), 40)]),
        ("chat expires", CHAT_WINDOW_MS - 3 * GRACE_MS, [(PostChat(by=MAYA, n=40, text="young"), 40)]),
        ("old lines are forgotten", 3 * GRACE_MS, [(ExpireChat(), 0)]),
        ("leaving", 10, [(LeaveRoom(by=MAYA), 41)]),
    ]  # fmt: skip


def cases() -> list[Case]:
    """Return every case as seen by every viewer, from a fresh snapshot to the next."""
    story = open_story()
    found = [_opening(label, viewer) for label, viewer in VIEWERS.items()]
    for name, later_ms, moves in steps():
        before, known = story.room, len(story.log)
        story.now_ms += later_ms
        for command, n in moves:
            if isinstance(command, ExpireSeat):
                stranded_ms = story.member(command.member_id).stranded_ms
                command = replace(command, stranded_ms=stranded_ms)  # noqa: PLW2901 - known only now
            story.do(command, n)
        for label, viewer in VIEWERS.items():
            found.append(
                Case(
                    name=name,
                    viewer=label,
                    before=project_room(before, viewer),
                    commits=tuple(project(commit, viewer) for commit in story.log[known:]),
                    after=project_room(story.room, viewer),
                )
            )
    return found


def _opening(label: str, viewer: Viewer) -> Case:
    """Return the case of a room that was left set otherwise than a new one is."""
    left = RoomSettings(
        floor=FloorMode.ROUND, limit_ms=0, chat=ChatMode.HOSTS, slow_ms=30_000, is_locked=True
    )
    story = Story()
    story.do(OpenRoom(slug=SLUG, title="Talk", about="", meeting_id=MeetingId("m0"), settings=left))
    return Case(
        name="opening",
        viewer=label,
        before=None,
        commits=tuple(project(commit, viewer) for commit in story.log),
        after=project_room(story.room, viewer),
    )


if __name__ == "__main__":
    PATH.write_bytes(text(cases()))
