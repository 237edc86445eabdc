"""What hosts do about the weekly meetings and shifts of the group's rooms."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from rooms.ids import RoomSlug
from server.accounts.group_messages import (
    AddSeries,
    EndSeries,
    GiveShift,
    GroupRefusal,
    HeldOn,
    SeriesLine,
    SkipDate,
)
from server.accounts.group_rights import DeclinedError, Own
from server.accounts.group_texts import read_series as read_asked
from server.group_ports import GROUP_SERIES_MAX, SeriesKind, StoredSeries
from server.schedule.plan import AHEAD_DAYS, Planned
from server.schedule.series import Series, hold_date, occurrences, read_series, skip_date, start_on
from server.store.sql_store import SqlStore

SeriesAsk = AddSeries | SkipDate | EndSeries | GiveShift

COMING_MAX: Final = 4  # dates shown: a month of a weekly meeting
_ID_BYTES: Final = 9
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000


class GroupSeries:
    """Changes when a group's rooms have meetings, and who is on duty."""

    def __init__(self, store: SqlStore, configured: Mapping[RoomSlug, Sequence[Planned]]) -> None:
        """Keep them here; those of the operator's configuration are only shown."""
        self._store = store
        self._configured = configured

    async def change(self, own: Own, asked: SeriesAsk) -> str:
        """Do what is asked; returns the id of the series.

        Raises:
            DeclinedError: it cannot be done.
        """
        if isinstance(asked, AddSeries):
            return await self._add(own, asked)
        found = [one for one in await self._of(own) if one.series_id == asked.series_id]
        if not found:
            raise DeclinedError(GroupRefusal.GONE)
        series = found[0]
        match asked:
            case SkipDate():
                await self._store.series.set_ical(series.series_id, _moved(series, asked))
            case EndSeries():
                await self._store.series.remove(series.series_id)
            case GiveShift(account_id=account_id):
                if account_id:
                    own.somebody(account_id)
                if not await self._store.series.give(series.series_id, account_id):
                    raise DeclinedError(GroupRefusal.GONE)
        return series.series_id

    async def lines(self, own: Own) -> tuple[SeriesLine, ...]:
        """Return what comes again, as the page of the group shows it."""
        lines = [
            _line(own, "", room.slug, planned)
            for room in own.rooms
            for planned in self._configured.get(room.slug, ())
        ]
        for one in await self._of(own):
            planned = Planned(
                read_series(one.ical), one.kind, one.doors_ms, one.fellowship_ms, one.account_id
            )
            lines.append(_line(own, one.series_id, one.room_slug, planned))
        return tuple(lines)

    async def _of(self, own: Own) -> list[StoredSeries]:
        rooms = {room.slug for room in own.rooms}
        return [one for one in await self._store.series.all() if one.room_slug in rooms]

    async def _add(self, own: Own, asked: AddSeries) -> str:
        room = own.room(asked.room)
        series_id = secrets.token_hex(_ID_BYTES)
        planned = read_asked(asked).planned(f"{series_id}@lamplit")
        if asked.account_id:
            own.somebody(asked.account_id)
        if len(await self._of(own)) >= GROUP_SERIES_MAX:
            raise DeclinedError(GroupRefusal.FULL)
        await self._store.series.add(
            StoredSeries(
                series_id=series_id,
                room_slug=room.slug,
                kind=SeriesKind.SHIFT if asked.account_id else SeriesKind.MEETING,
                ical=planned.series.ical,
                doors_ms=planned.doors_ms,
                fellowship_ms=planned.fellowship_ms,
                account_id=asked.account_id,
                created_ms=own.now_ms,
            )
        )
        return series_id


def _moved(series: StoredSeries, asked: SkipDate) -> str:
    """Return the series without a date, or with it again."""
    try:
        day = date.fromisoformat(asked.date)
        return skip_date(series.ical, day) if asked.on else hold_date(series.ical, day)
    except (ValueError, OverflowError):
        raise DeclinedError(GroupRefusal.BAD_DATE) from None


def _line(own: Own, series_id: str, room: str, planned: Planned) -> SeriesLine:
    series = planned.series
    found = occurrences(series, own.now_ms, own.now_ms + AHEAD_DAYS * _DAY_MS)
    coming = (_held(series, one.starts_ms) for one in found[:COMING_MAX])
    left_out = (HeldOn(date=day.isoformat(), starts_ms=start_on(series, day)) for day in series.skipped)
    return SeriesLine(
        series_id=series_id,
        room=room,
        kind=planned.kind,
        days=series.days,
        at=f"{series.at:%H:%M}",
        minutes=series.minutes,
        zone=series.zone,
        doors=planned.doors_ms // _MINUTE_MS,
        fellowship=planned.fellowship_ms // _MINUTE_MS,
        account_id=planned.account_id,
        coming=tuple(coming),
        skipped=tuple(one for one in left_out if one.starts_ms >= own.now_ms),
    )


def _held(series: Series, starts_ms: int) -> HeldOn:
    """Return an occurrence with its date on the clocks of the series."""
    local = datetime.fromtimestamp(starts_ms / 1_000, UTC).astimezone(ZoneInfo(series.zone)).date()
    return HeldOn(date=local.isoformat(), starts_ms=starts_ms)
