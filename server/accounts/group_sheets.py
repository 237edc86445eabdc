"""What hosts do with the group's run-sheets before a meeting; within one, see `server.gateway.sheet_desk`."""

import msgspec
from msgspec.structs import replace

from rooms.ids import NO_MEMBER
from rooms.limits import SHEET_MAX_BYTES, SHEETS_MAX
from rooms.model import Sheet
from rooms.refusals import Refusal
from rooms.sheet import read_sheet
from server.accounts.group_messages import GroupRefusal, KeepSheet, SheetLine
from server.accounts.group_rights import DeclinedError, Own
from server.group_ports import StoredSheet
from server.store.sql_store import SqlStore


class GroupSheets:
    """Keeps run-sheets."""

    def __init__(self, store: SqlStore) -> None:
        """Keep them here."""
        self._store = store

    async def keep(self, own: Own, asked: KeepSheet) -> str:
        """Keep a run-sheet, without the members that its steps may name; returns its id.

        Raises:
            DeclinedError: it cannot be kept.
        """
        cues = tuple(replace(cue, member_id=NO_MEMBER) for cue in asked.cues)
        sheet = read_sheet(Sheet(title=asked.title, cues=cues))
        if isinstance(sheet, Refusal) or len(msgspec.json.encode(sheet)) > SHEET_MAX_BYTES:
            raise DeclinedError(GroupRefusal.BAD_SHEET)
        kept = {one.sheet_id for one in await self._store.sheets.of_group(own.group)}
        if asked.sheet_id not in kept and len(kept) >= SHEETS_MAX:
            raise DeclinedError(GroupRefusal.FULL)
        text = msgspec.json.encode(sheet.cues).decode()
        await self._store.sheets.put(StoredSheet(asked.sheet_id, own.group, sheet.title, text, own.now_ms))
        return asked.sheet_id

    async def lines(self, own: Own) -> tuple[SheetLine, ...]:
        """Return what is kept, by title."""
        kept = await self._store.sheets.of_group(own.group)
        return tuple(SheetLine(sheet_id=one.sheet_id, title=one.title) for one in kept)
