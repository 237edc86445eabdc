"""Carries from the rooms to the store what must last, without ever being in the way of sound or chat.

A follower of every room puts settings and audit entries aside; one task writes them. Settings of a room that
wait are replaced by newer ones. Where the store does not answer, what waits is tried again each second.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from types import TracebackType
from typing import Final, Self, assert_never

from rooms.facts import (
    AllMuted,
    ChatSet,
    Commit,
    FloorSet,
    LineErased,
    MemberMuted,
    MemberRemoved,
    MuteLifted,
    RoleGiven,
    RoomFrozen,
    RoomLocked,
    RoomOpened,
    RulesSet,
    WatchSet,
)
from rooms.ids import NO_MEMBER, MemberId, RoomSlug
from rooms.live_facts import CaptionErased
from rooms.model import Record, Room, RoomSettings
from server.logs import log_for
from server.ports import AuditEntry, Clock, Store, StoreError
from server.room_service import RoomService

WAITING_MAX: Final = 10_000  # entries of the audit; days of moderation in a large place
BATCH_MAX: Final = 500  # entries written in one transaction
AGAIN_S: Final = 1.0
STOP_WITHIN_S: Final = 1.0  # a stop as a whole has five seconds
AUDIT_DAYS: Final = 30  # PRIVACY.md

_SWEEP_S: Final = 3_600.0
_MINUTE_MS: Final = 60_000
_DAY_MIN: Final = 24 * 60

_log = log_for("store")

_Audited = (
    MemberMuted
    | MuteLifted
    | MemberRemoved
    | RoleGiven
    | LineErased
    | CaptionErased
    | RoomLocked
    | RoomFrozen
    | AllMuted
)


class Recorder:
    """One for each node. An async context: leaving it writes what still waits."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Write to this store; nothing happens before the context is entered."""
        self.lost = 0
        """Entries of the audit that found no place."""
        self._store = store
        self._clock = clock
        self._settings: dict[RoomSlug, RoomSettings] = {}
        self._audit: deque[AuditEntry] = deque()
        self._known: dict[RoomSlug, RoomSettings] = {}
        self._followed: set[RoomSlug] = set()
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._work: tuple[asyncio.Task[None], ...] = ()

    def follow(self, rooms: RoomService) -> None:
        """Follow every room that was not followed before; how they are set now counts as saved."""
        for slug in rooms.slugs():
            if slug in self._followed:
                continue
            self._followed.add(slug)
            room = rooms.open_room(slug)
            if room is not None:
                self._known[slug] = room.settings
            rooms.follow(slug, self)

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take new commits. See `server.room_service.Follower`."""
        room = record.room
        if room is None:
            return
        if not commits or any(
            isinstance(commit.fact, RoomOpened | FloorSet | ChatSet | RoomLocked | RulesSet | WatchSet)
            for commit in commits
        ):
            self._keep(room)
        for commit in commits:
            if isinstance(commit.fact, _Audited) and not _is_own(commit.fact):
                self._note(_entry(room, commit, commit.fact))

    def _keep(self, room: Room) -> None:
        if self._known.get(room.slug) != room.settings:
            self._known[room.slug] = self._settings[room.slug] = room.settings
            self._wake.set()

    def _note(self, entry: AuditEntry) -> None:
        if len(self._audit) >= WAITING_MAX:
            self.lost += 1
            if self.lost == 1:
                _log.error("audit_full")
            return
        self._audit.append(entry)
        self._wake.set()

    async def __aenter__(self) -> Self:
        """Start to write, and to forget what is old."""
        await self._tasks.__aenter__()
        self._work = (self._tasks.create_task(self._write()), self._tasks.create_task(self._sweep()))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what waits, for at most `STOP_WITHIN_S`; then say what could not be."""
        self._stop.set()
        self._wake.set()
        writing, sweeping = self._work
        sweeping.cancel()
        await asyncio.wait([writing], timeout=STOP_WITHIN_S)
        writing.cancel()
        await self._tasks.__aexit__(None, None, None)
        if self._settings or self._audit:
            _log.error("not_saved", settings=len(self._settings), audit=len(self._audit))

    async def _write(self) -> None:
        while not self._stop.is_set():
            await self._wake.wait()
            self._wake.clear()
            if not await self._save():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), AGAIN_S)
                self._wake.set()
        await self._save()

    async def _save(self) -> bool:
        """Write one batch after the other until nothing waits; False where the store does not answer."""
        while self._settings or self._audit:
            settings, audit = dict(self._settings), tuple(islice(self._audit, BATCH_MAX))
            try:
                await self._store.save(settings, audit)
            except StoreError as error:
                _log.error("save_failed", exc_info=error)
                return False
            for slug, saved in settings.items():
                if self._settings[slug] is saved:  # else it was set anew meanwhile
                    del self._settings[slug]
            for _ in audit:
                self._audit.popleft()
        return True

    async def _sweep(self) -> None:
        while True:
            now_ms = self._clock.wall_ms()
            try:
                await self._store.drop_audit(now_ms // _MINUTE_MS - AUDIT_DAYS * _DAY_MIN)
                await self._store.drop_old(now_ms)
            except StoreError as error:
                _log.error("sweep_failed", exc_info=error)
            await asyncio.sleep(_SWEEP_S)


def _entry(room: Room, commit: Commit, fact: _Audited) -> AuditEntry:
    """Return the entry of a fact: who did what to whom, in numbers of this sitting."""
    action, target = str(fact.__struct_config__.tag), NO_MEMBER
    match fact:
        case MemberMuted() | MuteLifted() | MemberRemoved() | CaptionErased():
            target = fact.member_id
        case RoleGiven():
            action, target = f"{action}_{fact.role.value}", fact.member_id
        case LineErased():
            target = _author(room, fact.line_seq)
        case RoomLocked() | RoomFrozen():
            action = f"{action}_{'on' if fact.on else 'off'}"
        case AllMuted():
            pass
        case _:
            assert_never(fact)
    return AuditEntry(room.slug, commit.at_ms // _MINUTE_MS, action, commit.by, target)


def _is_own(fact: _Audited) -> bool:
    """Whether somebody took back the own words, which is no act of moderation."""
    return isinstance(fact, CaptionErased) and fact.by == fact.member_id


def _author(room: Room, seq: int) -> MemberId:
    """Return who wrote a line; 0 where it has left the window in the meantime."""
    written: Iterable[MemberId] = (line.member_id for line in room.chat if line.seq == seq)
    return next(iter(written), NO_MEMBER)
