"""Writes order.json: doors, order, trust and the run-sheet, as each of those concerned is shown them.

Run `python -m tests.vectors.make_order` after a change of commands or facts; a test compares. A viewer whose
place or role a case changes is left out of that case: they are shown the room anew.
"""

from pathlib import Path
from typing import Final

import msgspec

from rooms.commands import (
    CloseRoom,
    Command,
    ExpireChat,
    GiveRole,
    JoinRoom,
    KeepTime,
    LeaveRoom,
    PostChat,
    RaiseHand,
    RenameSelf,
    SetFreeze,
    SetPhase,
    StrandMember,
)
from rooms.host_commands import (
    AdmitAll,
    AdmitGuest,
    AssignCue,
    BanMember,
    BlockMember,
    DeclineLead,
    DropLine,
    ForgetBan,
    HoldGuest,
    LearnBan,
    LiftBan,
    LiftRemoval,
    MarkReading,
    NoteTry,
    ReleaseLine,
    RemoveBurst,
    ReportMember,
    SetRules,
    SetSheet,
    SettleReport,
    ShowCue,
    ShowReading,
    StepOut,
    TakeLead,
    TellGuest,
    TurnAway,
    UnblockMember,
)
from rooms.ids import MemberId
from rooms.limits import BLOCKS_MAX_OF_ONE, CHAT_WINDOW_MS, LEAD_ASK_MS, LEAD_LOST_MS, LEAD_SAFE_MS
from rooms.model import (
    Ban,
    BanReason,
    ChatMode,
    Cue,
    DoorMode,
    FloorMode,
    Lane,
    Pass,
    Phase,
    ReportReason,
    Room,
    Rules,
    Sheet,
)
from rooms.project import Viewer, is_move_of, project, project_room, viewer_of
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, Story, peopled_story
from tests.vectors.cases import Case, text

PATH: Final = Path(__file__).with_name("order.json")
GREET, ANN = MemberId(44), MemberId(55)
SAM, DAN, LEO = MemberId(66), MemberId(77), MemberId(88)
RAIDERS: Final = tuple(MemberId(n) for n in range(901, 906))
WATCHED: Final = {"host": TOM, "greeter": GREET, "member": MAYA, "other member": JO, "guest": SAM}
STRANGERS_WAIT: Final = Rules(door=DoorMode.STRANGERS, holds_contacts=True)
SHEET: Final = Sheet(
    title="Tuesday",
    cues=(
        Cue(
            title="Welcome", text="Welcome, everybody.", floor=FloorMode.HANDS, chat=ChatMode.OFF, mutes=True
        ),
        Cue(title="Reading", text="One page.", limit_ms=60_000),
        Cue(title="Announcements", chat=ChatMode.EVERYONE),
    ),
)

Step = tuple[str, int, list[tuple[Command, int]]]
"""A case: its name, how far the clock moves before it, and its commands with their numbers."""


def steps() -> list[Step]:
    """Return every case in order. Lines are named by the seq that this order gives, see `LINES`."""
    return [*_door(), *_words(), *_sheet(), *_trust(), *_shut_out(), *_lead()]


def _came(who: MemberId, name: str, device: str = "", role: Role = Role.MEMBER, **more: object) -> JoinRoom:
    pass_ = Pass(device=device * 64, **more)  # type: ignore[arg-type] - the fields of a pass
    return JoinRoom(member_id=who, name=name, role=role, pass_=pass_)


def _door() -> list[Step]:
    return [
        ("a greeter comes", 10, [(_came(GREET, "Gretel", role=Role.GREETER), 0)]),
        ("strangers are to wait", 10, [(SetRules(by=TOM, rules=STRANGERS_WAIT), 1)]),
        ("guests arrive", 10, [(_came(SAM, "Sam", "a"), 0), (_came(DAN, "Dan", "b"), 0)]),
        ("a guest is held", 10, [(HoldGuest(by=GREET, member_id=DAN), 1)]),
        ("words at the door", 10, [
            (TellGuest(by=SAM, member_id=SAM, text="May I come in?"), 1),
            (TellGuest(by=GREET, member_id=SAM, text="In a moment."), 2),
        ]),
        ("a guest is turned away", 10, [(TurnAway(by=GREET, member_id=DAN), 3)]),
        ("a guest is let in", 10, [(AdmitGuest(by=GREET, member_id=SAM), 4)]),
        ("a member is sent back to the door", 10, [(StepOut(by=TOM, member_id=SAM), 2)]),
        ("let in again, and all others", 10, [
            (AdmitGuest(by=TOM, member_id=SAM), 3),
            (_came(LEO, "Leo", "c"), 0),
            (AdmitAll(by=TOM), 4),
        ]),
        ("a guest goes", 10, [(_came(ANN, "Ann", "e"), 0), (LeaveRoom(by=ANN), 0)]),
        ("another name is remembered for hosts", 10, [(RenameSelf(by=SAM, name="Samuel"), 3)]),
    ]  # fmt: skip


def _words() -> list[Step]:
    call = "Call me on 0170 1234567"
    return [
        ("a line is held", 10, [(PostChat(by=MAYA, n=1, text=call), 1)]),
        ("a held line is let through", 10, [(_Held(ReleaseLine, TOM), 5)]),
        ("a held line is dropped", 10, [
            (PostChat(by=JO, n=1, text=call), 1),
            (_Held(DropLine, JO), 2),
        ]),
        ("a block", 10, [
            (PostChat(by=JO, n=3, text="before the block"), 3),
            (BlockMember(by=MAYA, member_id=JO), 2),
            (PostChat(by=JO, n=4, text="unread by Maya"), 4),
            (PostChat(by=MAYA, n=3, text="unread by Jo"), 3),
        ]),
        ("a block is lifted", 10, [
            (UnblockMember(by=MAYA, member_id=JO), 4),
            (PostChat(by=JO, n=5, text="read again"), 5),
        ]),
        ("a report", 10, [
            (
                ReportMember(
                    by=MAYA, member_id=LEO, report_id="r1", reason=ReportReason.UNWANTED, words="He asks."
                ),
                5,
            )
        ]),
        ("a report is settled", 10, [(SettleReport(by=TOM, report_id="r1"), 6)]),
        ("old lines, also those that wait, are forgotten", CHAT_WINDOW_MS + 1, [
            (ExpireChat(), 0),
        ]),
    ]  # fmt: skip


def _sheet() -> list[Step]:
    return [
        ("a run-sheet", 10, [
            (SetSheet(by=TOM, sheet=SHEET), 7),
            (AssignCue(by=TOM, at=1, member_id=JO), 8),
        ]),
        ("the first cue", 10, [(ShowCue(by=TOM, at=0), 9)]),
        ("the reader's cue", 10, [(ShowCue(by=TOM, at=1), 10)]),
        ("the chat opens", 10, [(ShowCue(by=TOM, at=2), 11)]),
        ("the sheet is done", 10, [(ShowCue(by=TOM, at=3), 12)]),
        ("a reading by itself", 10, [(ShowReading(by=TOM, title="A page", text="A book.\nAnd on."), 13)]),
        ("its second line", 10, [(MarkReading(by=TOM, line=1), 18)]),
        ("no reading and no sheet", 10, [
            (ShowReading(by=TOM, title="", text=""), 14),
            (SetSheet(by=TOM, sheet=None), 15),
        ]),
        ("the meeting passes into fellowship", 10, [
            (SetPhase(by=TOM, phase=Phase.FELLOWSHIP, ends_ms=0), 16),
            (SetPhase(phase=Phase.ON, ends_ms=0), 0),
        ]),
    ]  # fmt: skip


def _trust() -> list[Step]:
    return [
        ("a second host is asked for", 10, [
            (_came(ANN, "Ann", "f", Role.SECRETARY), 0),
            (GiveRole(by=TOM, member_id=LEO, role=Role.HOST), 17),
        ]),
        ("the second host agrees", 10, [(GiveRole(by=ANN, member_id=LEO, role=Role.HOST), 1)]),
        ("and takes it back", 10, [(LeaveRoom(by=LEO), 0)]),
    ]  # fmt: skip


def _shut_out() -> list[Step]:
    raid: list[tuple[Command, int]] = [
        (_came(who, name, device), 0)
        for who, name, device in zip(
            RAIDERS, ("Uwe", "Vera", "Willi", "Xenia", "Yves"), ("1", "2", "3", "4", "5"), strict=True
        )
    ]
    shut = Ban(ban_id="far", reason=BanReason.HATE, placed_ms=1, until_ms=2**51, device="5" * 64)
    return [
        ("the door stands open, and five come at once", 10, [
            (SetRules(by=TOM, rules=Rules(has_private=True, probation_ms=60_000)), 18),
            *raid,
        ]),
        ("a freeze", 10, [(SetFreeze(by=TOM, on=True), 19)]),
        ("one of them is banned", 10, [
            (BanMember(by=TOM, member_id=RAIDERS[0], ban_id="b1", reason=BanReason.FLOOD, hours=24), 20)
        ]),
        ("the banned one tries again", 70_000, [(NoteTry(pass_=Pass(device="1" * 64)), 0)]),
        ("another room's ban is learned", 10, [(LearnBan(ban=shut), 0)]),
        ("the others are removed at once", 10, [
            (RemoveBurst(by=TOM, ban_id="b2", reason=BanReason.HATE, hours=168), 21)
        ]),
        ("it goes on, and bans are lifted", 10, [
            (SetFreeze(by=TOM, on=False), 22),
            (LiftBan(by=TOM, ban_id="b1"), 23),
            (ForgetBan(ban_id="far"), 0),
            (LiftRemoval(by=TOM, member_id=DAN), 24),
        ]),
    ]  # fmt: skip


def _lead() -> list[Step]:
    return [
        ("somebody leads", 1_000, [(KeepTime(), 0)]),
        ("those who lead are gone", 1_000, [
            (LeaveRoom(by=ANN), 0),
            (StrandMember(member_id=TOM), 0),
            (KeepTime(), 0),
        ]),
        ("somebody is asked", LEAD_LOST_MS, [(KeepTime(), 0)]),
        ("they would rather not", LEAD_ASK_MS // 2, [(DeclineLead(by=GREET), 5)]),
        ("safe mode", LEAD_SAFE_MS, [(KeepTime(), 0)]),
        ("the queue goes by the timer", 1_000, [(RaiseHand(by=JO, lane=Lane.SHARE), 6), (KeepTime(), 0)]),
        ("somebody of the roster leads", 1_000, [
            (_came(ANN, "Annemarie", "g", is_known=True, may_be=Role.HOST, place=1, account="a2"), 0),
            (TakeLead(by=ANN), 1),
            (KeepTime(), 0),
        ]),
        ("a shift begins", 1_000, [(KeepTime(on_duty=("a1", "a2")), 0)]),
        ("a shift is over", 1_000, [(KeepTime(), 0)]),
        ("more blocks than one has places for", 10, [
            step
            for n in range(BLOCKS_MAX_OF_ONE + 1)
            for step in (
                (BlockMember(by=JO, member_id=MAYA), 7 + 2 * n),
                (UnblockMember(by=JO, member_id=MAYA), 8 + 2 * n),
            )
        ]),
        ("the meeting is over", 1_000, [(CloseRoom(by=ANN), 2)]),
    ]  # fmt: skip


class _Held(msgspec.Struct, frozen=True):
    """A command about the line that waits, whose seq is known only in the story."""

    kind: type[ReleaseLine] | type[DropLine]
    by: MemberId

    def of(self, story: Story) -> Command:
        return self.kind(by=self.by, seq=story.room.held[-1].seq)


def cases() -> list[Case]:
    """Return each case for each viewer whose place and role stay what they are."""
    story = peopled_story()
    found: list[Case] = []
    for name, later_ms, moves in steps():
        before, known = story.record.room, len(story.log)
        story.now_ms += later_ms
        for command, n in moves:
            story.do(command.of(story) if isinstance(command, _Held) else command, n)
        new = story.log[known:]
        for label, who in WATCHED.items():
            if before is None or not _is_there(before, who) or any(is_move_of(who, c.fact) for c in new[:-1]):
                continue
            viewer = viewer_of(story.record.room or before, who)
            if story.record.room is not None and _place(before, who) != _place(story.record.room, who):
                continue
            if story.record.room is None:
                viewer = viewer_of(before, who)
            found.append(
                Case(
                    name=name,
                    viewer=label,
                    before=project_room(before, viewer),
                    commits=tuple(project(commit, viewer) for commit in new),
                    after=_shown(story.record.room, viewer),
                )
            )
    return found


def _shown(room: Room | None, viewer: Viewer) -> Room | None:
    return None if room is None else project_room(room, viewer)


def _is_there(room: Room, who: MemberId) -> bool:
    return who in room.members or any(guest.member_id == who for guest in room.guests)


def _place(room: Room, who: MemberId) -> tuple[bool, Role | None]:
    member = room.members.get(who)
    return member is not None, member.role if member else None


if __name__ == "__main__":
    PATH.write_bytes(text(cases()))
