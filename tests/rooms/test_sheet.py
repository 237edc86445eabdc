import pytest

from rooms.commands import (
    CallNext,
    Command,
    EndShare,
    GiveFloor,
    GiveRole,
    JoinRoom,
    RaiseHand,
    SetFloor,
    SetFreeze,
    SetMicrophone,
    StrandMember,
)
from rooms.facts import (
    AllMuted,
    ChatSet,
    CueReached,
    FloorSet,
    ReadingShown,
    ShareBegan,
    ShareEnded,
    SheetSet,
)
from rooms.host_commands import AssignCue, MarkReading, SetSheet, ShowCue, ShowReading
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import (
    CUES_MAX,
    MINUTE_MS,
    READING_MAX_CHARS,
    SHARE_LIMIT_MAX_MS,
    SHARE_LIMIT_MIN_MS,
    SHARE_LIMIT_MS,
    TITLE_MAX_CHARS,
)
from rooms.live_facts import ReadingMarked
from rooms.model import ChatMode, Cue, FloorMode, Lane, Reading, Sheet
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, Story, code_of, peopled_story

ADA, NOBODY = MemberId(44), MemberId(99)
WELCOME = Cue(title="Welcome", text="Good evening.")
READ = Cue(
    title="How it works", text="Rarely have we seen.", mutes=True, member_id=MAYA, limit_ms=5 * MINUTE_MS
)
SPEAK = Cue(title="Speaker", floor=FloorMode.HANDS, member_id=JO)
NEWS = Cue(title="Announcements", chat=ChatMode.EVERYONE)
SHEET = Sheet(title="Tuesday", cues=(WELCOME, READ, SPEAK, NEWS))


def sheet_story(*cues: Cue) -> Story:
    """Maya, Tom who is a host, and Jo, with a run-sheet."""
    story = peopled_story()
    story.do(SetSheet(by=TOM, sheet=Sheet(title="Tuesday", cues=cues) if cues else SHEET))
    return story


# --- taking a sheet -------------------------------------------------------------------------


def test_a_sheet_is_taken_and_put_away() -> None:
    story = peopled_story()
    assert story.do(SetSheet(by=TOM, sheet=SHEET)) == (SheetSet(sheet=SHEET),)
    assert story.do(SetSheet(by=TOM, sheet=SHEET)) == ()
    assert story.do(SetSheet(by=TOM, sheet=None)) == (SheetSet(sheet=None),)
    assert story.do(SetSheet(by=TOM, sheet=None)) == ()


def test_its_texts_are_written_down_as_they_will_be_shown() -> None:
    cue = Cue(title=" How\u200b it\nworks ", text="\u202e one\r\ntwo ")
    story = sheet_story(cue, Cue(title="Quiet", text=" \n"))
    assert story.room.sheet == Sheet(
        title="Tuesday", cues=(Cue(title="How it works", text="one\ntwo"), Cue(title="Quiet"))
    )


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        (Sheet(title="", cues=(WELCOME,)), "empty_text"),
        (Sheet(title="x" * (TITLE_MAX_CHARS + 1), cues=(WELCOME,)), "text_too_long"),
        (Sheet(title="x", cues=()), "out_of_bounds"),
        (Sheet(title="x", cues=(WELCOME,) * (CUES_MAX + 1)), "out_of_bounds"),
        (Sheet(title="x", cues=(WELCOME,), at=-2), "out_of_bounds"),
        (Sheet(title="x", cues=(WELCOME,), at=2), "out_of_bounds"),
        (Sheet(title="x", cues=(WELCOME, Cue(title="\u200b"))), "empty_text"),
        (Sheet(title="x", cues=(Cue(title="x", text="y" * (READING_MAX_CHARS + 1)),)), "text_too_long"),
        (Sheet(title="x", cues=(Cue(title="x", limit_ms=SHARE_LIMIT_MIN_MS - 1),)), "out_of_bounds"),
        (Sheet(title="x", cues=(Cue(title="x", limit_ms=SHARE_LIMIT_MAX_MS + 1),)), "out_of_bounds"),
        (Sheet(title="x", cues=(Cue(title="x", limit_ms=-1),)), "out_of_bounds"),
    ],
)
def test_a_sheet_has_bounds(sheet: Sheet, code: str) -> None:
    assert code_of(peopled_story().try_(SetSheet(by=TOM, sheet=sheet))) == code


def test_a_text_is_mended_on_the_way() -> None:
    story = sheet_story()
    story.do(ShowCue(by=TOM, at=0))
    mended = Sheet(title="Tuesday", cues=(Cue(title="Welcome", text="Good morning."), *SHEET.cues[1:]), at=0)
    story.do(SetSheet(by=TOM, sheet=mended))
    assert story.room.sheet == mended
    assert story.do(ShowCue(by=TOM, at=0)) == ()


# --- who may --------------------------------------------------------------------------------

OF_THE_SHEET: tuple[Command, ...] = (
    SetSheet(by=MAYA, sheet=None),
    AssignCue(by=MAYA, at=0, member_id=JO),
    ShowCue(by=MAYA, at=0),
    ShowReading(by=MAYA, title="x", text="y"),
    MarkReading(by=MAYA, line=0),
)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("command", OF_THE_SHEET, ids=lambda command: type(command).__name__)
def test_the_sheet_is_run_by_those_who_run_the_floor(command: Command, role: Role) -> None:
    story = sheet_story()
    story.do(JoinRoom(member_id=ADA, name="Ada", role=role))
    command = type(command)(
        **{**{name: getattr(command, name) for name in command.__struct_fields__}, "by": ADA}
    )
    may = role in {Role.COHOST, Role.HOST, Role.SECRETARY}
    may = may or (role is Role.READER and isinstance(command, ShowReading | MarkReading))
    assert code_of(story.try_(command)) == ("" if may else "not_allowed")


@pytest.mark.parametrize("command", OF_THE_SHEET, ids=lambda command: type(command).__name__)
def test_whoever_has_no_seat_has_no_say(command: Command) -> None:
    story = sheet_story()
    command = type(command)(
        **{**{name: getattr(command, name) for name in command.__struct_fields__}, "by": NOBODY}
    )
    assert code_of(story.try_(command)) == "not_a_member"


def test_without_a_sheet_there_are_no_cues() -> None:
    story = peopled_story()
    assert code_of(story.try_(ShowCue(by=TOM, at=0))) == "no_sheet"
    assert code_of(story.try_(AssignCue(by=TOM, at=0, member_id=JO))) == "no_sheet"


# --- assigning ------------------------------------------------------------------------------


def test_a_cue_is_assigned() -> None:
    story = sheet_story()
    story.do(AssignCue(by=TOM, at=0, member_id=JO))
    assert story.do(AssignCue(by=TOM, at=0, member_id=JO)) == ()
    story.do(AssignCue(by=TOM, at=1, member_id=NO_MEMBER))
    sheet = story.room.sheet
    assert sheet is not None
    assert [cue.member_id for cue in sheet.cues] == [JO, NO_MEMBER, JO, NO_MEMBER]
    assert code_of(story.try_(AssignCue(by=TOM, at=0, member_id=NOBODY))) == "no_such_member"
    for at in (-1, len(SHEET.cues)):
        assert code_of(story.try_(AssignCue(by=TOM, at=at, member_id=JO))) == "no_such_cue"


# --- going to a cue -------------------------------------------------------------------------


def test_a_cue_is_a_text_that_everybody_reads() -> None:
    story = sheet_story()
    assert story.do(ShowCue(by=TOM, at=0)) == (
        CueReached(at=0),
        ReadingShown(title="Welcome", text="Good evening."),
    )
    assert story.room.reading == Reading(title="Welcome", text="Good evening.")
    assert story.do(ShowCue(by=TOM, at=0)) == ()  # two hosts pressed


def test_the_reader_gets_the_floor_and_others_are_muted() -> None:
    story = sheet_story()
    for who in (MAYA, JO, TOM):
        story.do(SetMicrophone(by=who, on=True))
    assert story.do(ShowCue(by=TOM, at=1)) == (
        CueReached(at=1),
        ReadingShown(title="How it works", text="Rarely have we seen."),
        AllMuted(members=(JO,)),
        ShareBegan(member_id=MAYA, lane=Lane.SHARE, limit_ms=5 * MINUTE_MS),
    )
    assert [story.is_heard(who) for who in (MAYA, JO, TOM)] == [True, False, True]


def test_the_share_of_before_is_over_and_its_microphone_closed() -> None:
    story = sheet_story()
    story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=SHARE_LIMIT_MS))
    story.do(GiveFloor(by=TOM, member_id=JO))
    story.do(SetMicrophone(by=JO, on=True))
    story.do(ShowCue(by=TOM, at=3))
    assert (story.room.floor.share, story.room.floor.shared) == (None, (JO,))
    assert not story.is_heard(JO)


def test_reading_out_is_no_turn_and_speaking_is_one() -> None:
    story = sheet_story()
    story.do(ShowCue(by=TOM, at=1))
    assert story.do(ShowCue(by=TOM, at=2)) == (
        CueReached(at=2),
        ReadingShown(title="", text=""),
        ShareEnded(member_id=MAYA, had_turn=False),
        FloorSet(mode=FloorMode.HANDS, limit_ms=SHARE_LIMIT_MS),
        ShareBegan(member_id=JO, lane=Lane.SHARE, limit_ms=0),
    )
    story.do(ShowCue(by=TOM, at=3))
    assert story.room.floor.shared == (JO,)


@pytest.mark.parametrize("end", [CallNext(by=TOM), EndShare(by=MAYA, passed=False)], ids=("next", "own"))
def test_reading_out_is_no_turn_however_it_ends(end: Command) -> None:
    story = sheet_story()
    story.do(ShowCue(by=TOM, at=1))
    story.do(RaiseHand(by=JO, lane=Lane.SHARE))
    story.do(end)
    assert story.room.floor.shared == ()
    story.do(GiveFloor(by=TOM, member_id=JO))  # not the reader: a turn, at this cue too
    story.do(EndShare(by=TOM, passed=False))
    assert story.room.floor.shared == (JO,)


def test_who_reads_on_keeps_the_microphone_open() -> None:
    story = sheet_story(READ, Cue(title="Traditions", text="One.", member_id=MAYA, mutes=True))
    story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=SHARE_LIMIT_MS))
    story.do(ShowCue(by=TOM, at=0))
    story.do(SetMicrophone(by=MAYA, on=True))
    story.now_ms += MINUTE_MS
    assert story.do(ShowCue(by=TOM, at=1)) == (
        CueReached(at=1),
        ReadingShown(title="Traditions", text="One."),
        ShareBegan(member_id=MAYA, lane=Lane.SHARE, limit_ms=0),
    )
    assert story.is_heard(MAYA)
    share = story.room.floor.share
    assert share is not None
    assert share.since_ms == story.now_ms


@pytest.mark.parametrize("mutes", [False, True])
def test_another_mode_closes_what_it_does_not_hear(*, mutes: bool) -> None:
    story = sheet_story(Cue(title="Listen", floor=FloorMode.LISTEN, mutes=mutes))
    story.do(GiveFloor(by=TOM, member_id=JO))
    for who in (MAYA, JO, TOM):
        story.do(SetMicrophone(by=who, on=True))
    assert story.do(ShowCue(by=TOM, at=0)) == (
        CueReached(at=0),
        ShareEnded(member_id=JO, had_turn=True),
        FloorSet(mode=FloorMode.LISTEN, limit_ms=SHARE_LIMIT_MS),
        AllMuted(members=(MAYA, JO)),
    )


@pytest.mark.parametrize("before", [FloorMode.OPEN, FloorMode.LISTEN])
@pytest.mark.parametrize("mutes", [False, True])
def test_an_open_cue_closes_microphones_only_where_it_says_so(before: FloorMode, *, mutes: bool) -> None:
    story = sheet_story(Cue(title="Fellowship", floor=FloorMode.OPEN, mutes=mutes))
    story.do(SetMicrophone(by=MAYA, on=True))
    story.commit(FloorSet(mode=before, limit_ms=0))  # without closing what it does not hear
    turned = () if before is FloorMode.OPEN else (FloorSet(mode=FloorMode.OPEN, limit_ms=0),)
    muted = (AllMuted(members=(MAYA,)),) if mutes else ()
    assert story.do(ShowCue(by=TOM, at=0)) == (CueReached(at=0), *turned, *muted)


def test_chat_is_as_the_cue_says() -> None:
    quiet = Cue(title="Quiet", chat=ChatMode.OFF)
    story = sheet_story(quiet, Cue(title="As it is"), quiet, NEWS)
    facts = [story.do(ShowCue(by=TOM, at=at))[1:] for at in range(4)]
    assert facts == [
        (ChatSet(mode=ChatMode.OFF, slow_ms=0),),
        (),
        (),
        (ChatSet(mode=ChatMode.EVERYONE, slow_ms=0),),
    ]


def _strand(story: Story) -> None:
    story.do(StrandMember(member_id=MAYA))


def _freeze(story: Story) -> None:
    story.do(SetFreeze(by=TOM, on=True))


@pytest.mark.parametrize("hinder", [_strand, _freeze])
def test_a_reader_who_cannot_be_heard_is_not_called(hinder: object) -> None:
    story = sheet_story()
    assert callable(hinder)
    hinder(story)
    story.do(ShowCue(by=TOM, at=1))
    assert story.room.floor.share is None
    assert story.room.reading is not None


def test_while_frozen_a_trusted_reader_reads() -> None:
    story = sheet_story()
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.READER))
    _freeze(story)
    story.do(ShowCue(by=TOM, at=1))
    assert story.room.floor.share is not None


def test_before_the_first_and_past_the_last_nothing_is_read() -> None:
    story = sheet_story(WELCOME, READ)
    story.do(ShowCue(by=TOM, at=1))
    assert story.do(ShowCue(by=TOM, at=2)) == (
        CueReached(at=2),
        ReadingShown(title="", text=""),
        ShareEnded(member_id=MAYA, had_turn=False),
    )
    story.do(ShowCue(by=TOM, at=0))
    assert story.do(ShowCue(by=TOM, at=-1)) == (CueReached(at=-1), ReadingShown(title="", text=""))
    for at in (-2, 3):
        assert code_of(story.try_(ShowCue(by=TOM, at=at))) == "no_such_cue"


# --- readings of their own ------------------------------------------------------------------


def test_a_reading_is_shown_and_taken_away() -> None:
    story = peopled_story()
    shown = ShowReading(by=TOM, title=" Just for\ntoday ", text="Line one\r\nline two")
    assert story.do(shown) == (ReadingShown(title="Just for today", text="Line one\nline two"),)
    assert story.do(shown) == ()
    away = ShowReading(by=TOM, title="whatever", text=" ")
    assert story.do(away) == (ReadingShown(title="", text=""),)
    assert story.do(away) == ()
    assert story.room.reading is None


def test_the_place_in_a_reading_is_marked_by_whoever_reads() -> None:
    story = sheet_story()
    assert story.do(MarkReading(by=TOM, line=0)) == ()  # nothing is shown
    story.do(ShowReading(by=TOM, title="Opening", text="One.\n\nTwo."))
    assert story.do(MarkReading(by=TOM, line=2)) == (ReadingMarked(line=2),)
    assert story.room.reading is not None
    assert story.room.reading.line == 2
    assert story.do(MarkReading(by=TOM, line=2)) == ()
    assert story.do(MarkReading(by=TOM, line=3)) == ()  # past its end: of another text
    assert code_of(story.try_(MarkReading(by=MAYA, line=0))) == "not_allowed"
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    assert story.do(MarkReading(by=MAYA, line=0)) == (ReadingMarked(line=0),)
    # The same text again stays where it is; another begins at its beginning.
    story.do(MarkReading(by=MAYA, line=2))
    assert story.do(ShowReading(by=TOM, title="Opening", text="One.\n\nTwo.")) == ()
    story.do(ShowReading(by=TOM, title="Closing", text="One.\n\nTwo."))
    assert story.room.reading.line == 0


@pytest.mark.parametrize(
    ("title", "text", "code"),
    [
        ("x", "y" * (READING_MAX_CHARS + 1), "text_too_long"),
        ("x" * (TITLE_MAX_CHARS + 1), "y", "text_too_long"),
        ("", "y", "empty_text"),
    ],
)
def test_a_reading_has_bounds(title: str, text: str, code: str) -> None:
    assert code_of(peopled_story().try_(ShowReading(by=TOM, title=title, text=text))) == code
