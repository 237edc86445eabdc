"""The run-sheet: its steps, and the texts that everybody reads along.

Going to a cue sets the room for it in one act: the text is shown, the reader gets the floor, microphones and
chat are as the cue says. The sheet belongs to the room, so that any host can go on where another one left it;
two who press at the same time ask for the same cue, and it is reached once.
"""

from msgspec.structs import replace

from rooms.facts import ChatSet, CueReached, Fact, FloorSet, ReadingShown, ShareBegan, SheetSet
from rooms.floor import safe_mode_over
from rooms.host_commands import AssignCue, MarkReading, SetSheet, ShowCue, ShowReading
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import (
    CUES_MAX,
    READING_MAX_CHARS,
    SHARE_LIMIT_MAX_MS,
    SHARE_LIMIT_MIN_MS,
    TITLE_MAX_CHARS,
)
from rooms.live_facts import ReadingMarked
from rooms.model import Cue, FloorMode, Lane, Room, Sheet
from rooms.moderation import muted_all
from rooms.names import read_text
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability, Role, may
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for
from rooms.turns import thanked


@rule_for.register
def set_sheet(command: SetSheet, sitting: Sitting) -> Decision:
    """Take a run-sheet, or put it away. Its own place stands, so that a text can be mended on the way."""
    actor = actor_with(sitting, command.by, Ability.RUN_FLOOR)
    if isinstance(actor, Refusal):
        return actor
    sheet = None if command.sheet is None else read_sheet(command.sheet)
    if isinstance(sheet, Refusal):
        return sheet
    return () if sheet == sitting.room.sheet else (SheetSet(sheet=sheet),)


@rule_for.register
def assign_cue(command: AssignCue, sitting: Sitting) -> Decision:
    """Say who has the floor at a cue. At the cue that is on, it counts from the next time it is reached."""
    sheet = _sheet_run_by(command, sitting)
    if isinstance(sheet, Refusal):
        return sheet
    if not 0 <= command.at < len(sheet.cues):
        return refuse(RefusalCode.NO_SUCH_CUE)
    if command.member_id != NO_MEMBER and sitting.seat(command.member_id) is None:
        return refuse(RefusalCode.NO_SUCH_MEMBER)
    cue = replace(sheet.cues[command.at], member_id=command.member_id)
    if cue == sheet.cues[command.at]:
        return ()
    cues = (*sheet.cues[: command.at], cue, *sheet.cues[command.at + 1 :])
    return (SheetSet(sheet=replace(sheet, cues=cues)),)


@rule_for.register
def show_cue(command: ShowCue, sitting: Sitting) -> Decision:
    """Go to a cue: -1 is before the first, one past the last means that the sheet is done."""
    sheet = _sheet_run_by(command, sitting)
    if isinstance(sheet, Refusal):
        return sheet
    if not -1 <= command.at <= len(sheet.cues):
        return refuse(RefusalCode.NO_SUCH_CUE)
    if command.at == sheet.at:
        return ()
    is_on = 0 <= command.at < len(sheet.cues)
    cue = sheet.cues[command.at] if is_on else Cue(title="")
    return (
        CueReached(at=command.at),
        *_shown(sitting.room, cue.title, cue.text),
        *_set_for(sitting, cue),
    )


@rule_for.register
def show_reading(command: ShowReading, sitting: Sitting) -> Decision:
    """Show a text to everybody, or take it away: whoever runs the floor, and readers."""
    actor = sitting.seat(command.by)
    if actor is None or actor.role is not Role.READER:
        refused = actor_with(sitting, command.by, Ability.RUN_FLOOR)
        if isinstance(refused, Refusal):
            return refused
    text = _read_body(command.text)
    if isinstance(text, Refusal):
        return text
    title = _read_title(command.title) if text else ""
    return title if isinstance(title, Refusal) else _shown(sitting.room, title, text)


@rule_for.register
def mark_reading(command: MarkReading, sitting: Sitting) -> Decision:
    """Say where the reading is: whoever has the floor, readers, and those who run the floor.

    A mark in a text that is gone meanwhile, or shorter by now, is late and changes nothing.
    """
    actor = sitting.seat(command.by)
    share = sitting.room.floor.share
    has_floor = share is not None and share.member_id == command.by
    if actor is None or not (has_floor or actor.role is Role.READER):
        refused = actor_with(sitting, command.by, Ability.RUN_FLOOR)
        if isinstance(refused, Refusal):
            return refused
    reading = sitting.room.reading
    if reading is None or command.line == reading.line:
        return ()
    return (ReadingMarked(line=command.line),) if 0 <= command.line <= reading.text.count("\n") else ()


def read_sheet(sheet: Sheet) -> Sheet | Refusal:
    """Return the sheet with its texts as they will be shown, or why it cannot be taken or kept."""
    title = _read_title(sheet.title)
    if isinstance(title, Refusal):
        return title
    if not (0 < len(sheet.cues) <= CUES_MAX and -1 <= sheet.at <= len(sheet.cues)):
        return refuse(RefusalCode.OUT_OF_BOUNDS)
    cues: list[Cue] = []
    for cue in sheet.cues:
        found = _read_cue(cue)
        if isinstance(found, Refusal):
            return found
        cues.append(found)
    return replace(sheet, title=title, cues=tuple(cues))


def _sheet_run_by(command: AssignCue | ShowCue, sitting: Sitting) -> Sheet | Refusal:
    actor = actor_with(sitting, command.by, Ability.RUN_FLOOR)
    if isinstance(actor, Refusal):
        return actor
    return sitting.room.sheet or refuse(RefusalCode.NO_SHEET)


def _set_for(sitting: Sitting, cue: Cue) -> tuple[Fact, ...]:
    """Return what sets the room for a cue. The share of before is over, unless its member goes on."""
    room = sitting.room
    begun = _begun(sitting, cue)
    share = room.floor.share
    goes_on = bool(begun) and share is not None and share.member_id == cue.member_id
    return (
        *_chat_for(room, cue),
        *(() if goes_on else thanked(room)),
        *_turns_for(room, cue, cue.member_id if begun else NO_MEMBER),
        *begun,
    )


def _chat_for(room: Room, cue: Cue) -> tuple[ChatSet, ...]:
    if cue.chat is None or cue.chat is room.order.chat:
        return ()
    return (ChatSet(mode=cue.chat, slow_ms=room.order.slow_ms),)


def _begun(sitting: Sitting, cue: Cue) -> tuple[ShareBegan, ...]:
    """Return what gives a cue's member the floor: if present, and heard while the room is frozen."""
    seat = sitting.seat(cue.member_id)
    is_cut = seat is not None and sitting.room.order.is_frozen and not may(seat.role, Ability.SPEAK_UNASKED)
    if seat is None or seat.stranded_ms or is_cut:
        return ()
    return (ShareBegan(member_id=cue.member_id, lane=Lane.SHARE, limit_ms=cue.limit_ms),)


def _turns_for(room: Room, cue: Cue, reader: MemberId) -> tuple[Fact, ...]:
    """Return how turns are taken at a cue, and whose microphones close with it: all but the reader's."""
    mode = cue.floor or room.floor.mode
    is_turned = mode is not room.floor.mode
    chosen: tuple[Fact, ...] = ()
    if is_turned:
        chosen = (*safe_mode_over(room), FloorSet(mode=mode, limit_ms=room.floor.limit_ms))
    if not cue.mutes and (not is_turned or mode is FloorMode.OPEN):
        return chosen
    return (*chosen, *muted_all(room, keeps_share=False, keeps=reader))


def _shown(room: Room, title: str, text: str) -> tuple[ReadingShown, ...]:
    """Return what shows this text, or with an empty one takes away what is shown, if that is a change."""
    was = None if room.reading is None else (room.reading.title, room.reading.text)
    return (
        ()
        if was == ((title, text) if text else None)
        else (ReadingShown(title=title if text else "", text=text),)
    )


def _read_cue(cue: Cue) -> Cue | Refusal:
    if cue.limit_ms and not SHARE_LIMIT_MIN_MS <= cue.limit_ms <= SHARE_LIMIT_MAX_MS:
        return refuse(RefusalCode.OUT_OF_BOUNDS)
    title = _read_title(cue.title)
    if isinstance(title, Refusal):
        return title
    text = _read_body(cue.text)
    return text if isinstance(text, Refusal) else replace(cue, title=title, text=text)


def _read_title(text: str) -> str | Refusal:
    """Return a title on one line; one is needed."""
    return read_text(" ".join(text.split()), max_chars=TITLE_MAX_CHARS)


def _read_body(text: str) -> str | Refusal:
    """Return a reading, which may be empty."""
    return read_text(text, max_chars=READING_MAX_CHARS) if text.strip() else ""
