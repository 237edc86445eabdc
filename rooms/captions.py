"""Live text by a captioner: what is said, written down for those who read."""

from rooms.commands import EraseCaption, WriteCaption
from rooms.ids import MemberId
from rooms.limits import CAPTION_MAX_CHARS
from rooms.live_facts import CaptionErased, CaptionWritten
from rooms.model import CaptionLine, Room
from rooms.names import read_text
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability, may
from rooms.sitting import Decision, Sitting, actor_with, no_seat, refuse, rule_for


@rule_for.register
def write_caption(command: WriteCaption, sitting: Sitting) -> Decision:
    """Write a line so far, or the newest own one again. Nothing to see in it means that it was taken back.

    A freeze and slow mode leave it alone: those who read must go on reading what is said.
    """
    actor = actor_with(sitting, command.by, Ability.WRITE_CAPTIONS)
    if isinstance(actor, Refusal):
        return actor
    own = [one for one in sitting.room.captions if one.member_id == command.by]
    if command.line <= 0:
        return refuse(RefusalCode.OUT_OF_BOUNDS)
    if own and (command.line < own[-1].line or (command.line == own[-1].line and own[-1].is_erased)):
        return refuse(RefusalCode.NO_SUCH_LINE)
    text = _read(command.text)
    if isinstance(text, Refusal):
        return text
    written = CaptionWritten(member_id=command.by, line=command.line, text=text, is_over=command.is_over)
    old = caption_of(sitting.room, command.by, command.line)
    is_same = old is not None and (old.text, old.is_over) == (text, command.is_over)
    return () if is_same else (written,)


def _read(text: str) -> str | Refusal:
    """Return one line as it will be shown: line breaks are blanks in it, and it may be empty."""
    line = read_text(text.replace("\n", " "), max_chars=CAPTION_MAX_CHARS)
    return "" if isinstance(line, Refusal) and line.code is RefusalCode.EMPTY_TEXT else line


@rule_for.register
def erase_caption(command: EraseCaption, sitting: Sitting) -> Decision:
    """Erase a line everywhere; erasing it twice is the same."""
    actor = sitting.seat(command.by)
    if actor is None:
        return no_seat(sitting, command.by)
    if command.member_id != command.by and not may(actor.role, Ability.KEEP_ORDER):
        return refuse(RefusalCode.NOT_ALLOWED)
    old = caption_of(sitting.room, command.member_id, command.line)
    if old is None:
        return refuse(RefusalCode.NO_SUCH_LINE)
    if old.is_erased:
        return ()
    return (CaptionErased(member_id=command.member_id, line=command.line, by=command.by),)


def caption_of(room: Room, member_id: MemberId, line: int) -> CaptionLine | None:
    """Return one line of live text, if it is still shown."""
    return next((one for one in room.captions if (one.member_id, one.line) == (member_id, line)), None)
