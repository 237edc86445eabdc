"""What those who settle how a meeting runs do with the group's run-sheets from within the room.

A sheet that is kept names nobody: a member's number means nothing at the next sitting, and who read last
week is nothing to keep.
"""

import msgspec
from msgspec.structs import replace

from rooms.ids import NO_MEMBER
from rooms.limits import SHEET_MAX_BYTES, SHEETS_MAX
from rooms.model import Cue, Room, Sheet
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability, may
from rooms.sheet import read_sheet
from server.gateway.connection import Seat
from server.group_ports import StoredSheet
from server.groups import GroupBook
from server.logs import log_for
from server.ports import StoreError
from server.room_service import RoomService
from signaling import from_host as host
from signaling.to_browser import Accepted, Answer, SavedSheet, Sheets

SheetMessage = host.ListSheets | host.SaveSheet | host.RemoveSheet

BUSY_RETRY_MS = 1_000

_cues = msgspec.json.Decoder(tuple[Cue, ...])
_log = log_for("gateway")


class SheetDesk:
    """Answers for one node."""

    def __init__(self, book: GroupBook, rooms: RoomService) -> None:
        """Take the parts."""
        self._book = book
        self._rooms = rooms

    async def answer(self, message: SheetMessage, seat: Seat) -> Answer:
        """Return the answer: whoever may not ask is refused, whatever is asked."""
        refusal = _refusal(self._rooms.open_room(seat.room), seat)
        if refusal is not None:
            return Refusal(code=refusal)
        try:
            match message:
                case host.ListSheets():
                    kept = await self._book.sheets_of(seat.room)
                    return Sheets(sheets=tuple(sheet for one in kept if (sheet := _shown(one)) is not None))
                case host.SaveSheet():
                    return await self._save(message, seat)
                case host.RemoveSheet(sheet_id=sheet_id):
                    await self._book.remove_sheet(seat.room, sheet_id)
                    return self._accepted(seat)
        except StoreError:
            return Refusal(code=RefusalCode.BUSY, retry_ms=BUSY_RETRY_MS)

    async def _save(self, message: host.SaveSheet, seat: Seat) -> Answer:
        cues = tuple(replace(cue, member_id=NO_MEMBER) for cue in message.cues)
        sheet = read_sheet(Sheet(title=message.title, cues=cues))
        if isinstance(sheet, Refusal):
            return sheet
        if len(msgspec.json.encode(sheet)) > SHEET_MAX_BYTES:
            return Refusal(code=RefusalCode.TEXT_TOO_LONG)
        kept = {one.sheet_id for one in await self._book.sheets_of(seat.room)}
        if message.sheet_id not in kept and len(kept) >= SHEETS_MAX:
            return Refusal(code=RefusalCode.OUT_OF_BOUNDS)
        text = msgspec.json.encode(sheet.cues).decode()
        await self._book.keep_sheet(seat.room, message.sheet_id, sheet.title, text)
        return self._accepted(seat)

    def _accepted(self, seat: Seat) -> Accepted:
        return Accepted(revision=self._rooms.record(seat.room).revision)


def _refusal(room: Room | None, seat: Seat) -> RefusalCode | None:
    member = room.members.get(seat.member_id) if room else None
    if member is None:
        return RefusalCode.NOT_A_MEMBER
    return None if may(member.role, Ability.SET_RULES) else RefusalCode.NOT_ALLOWED


def _shown(stored: StoredSheet) -> SavedSheet | None:
    """Return what hosts are shown; one that is damaged does not hide the others."""
    try:
        cues = _cues.decode(stored.cues)
    except msgspec.DecodeError:
        _log.warning("sheet_damaged", sheet_id=stored.sheet_id)
        return None
    return SavedSheet(sheet_id=stored.sheet_id, title=stored.title, cues=cues)
