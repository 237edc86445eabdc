"""Carries from the rooms to the store what must last, without ever being in the way of sound or chat.

Settings and audit entries are put aside, and written together. Settings of a room that wait are replaced by
newer ones. See `server.lasting` for where they come from, `server.store_writer` for how they are written.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable, Mapping
from itertools import islice
from typing import Final, assert_never

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
from rooms.model import Record, Revision, Room, RoomSettings
from server.logs import log_for
from server.ports import AuditEntry, AuditFrom, Clock, SettingsFrom, Store, StoreError
from server.store_writer import WAITING_MAX, StoreWriter

BATCH_MAX: Final = 500  # entries written in one transaction
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


class Recorder(StoreWriter):
    """One for each node."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Write to this store; nothing happens before the context is entered."""
        super().__init__()
        self.lost = 0
        """Entries of the audit that found no place."""
        self._store = store
        self._clock = clock
        self._settings: dict[RoomSlug, SettingsFrom] = {}
        self._audit: deque[AuditFrom] = deque()
        self._known: dict[RoomSlug, RoomSettings] = {}

    def know(self, stored: Mapping[RoomSlug, RoomSettings]) -> None:
        """Learn how the store has rooms, before they are followed."""
        for slug, settings in stored.items():
            self._known.setdefault(slug, settings)

    def hear(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        """See `server.lasting.Keeps`."""
        if record.room is not None and any(
            isinstance(commit.fact, RoomOpened | FloorSet | ChatSet | RoomLocked | RulesSet | WatchSet)
            for commit in commits
        ):
            self._keep(record.room, record.revision)
        for commit in commits:
            if isinstance(commit.fact, _Audited) and not _is_own(commit.fact):
                entry = _entry(slug, record.room, commit, commit.fact)
                self._note(AuditFrom(entry, Revision(record.revision.epoch, commit.seq)))

    def find(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        """See `server.lasting.Keeps`."""
        if record.room is not None:
            self._keep(record.room, record.revision)
        self.hear(slug, record, commits)

    def _keep(self, room: Room, revision: Revision) -> None:
        if self._known.get(room.slug) != room.settings:
            self._known[room.slug] = room.settings
            self._settings[room.slug] = SettingsFrom(room.settings, revision)
            self.wake()

    def _note(self, entry: AuditFrom) -> None:
        if len(self._audit) >= WAITING_MAX:
            self.lost += 1
            if self.lost == 1:
                _log.error("audit_full")
            return
        self._audit.append(entry)
        self.wake()

    def besides(self) -> tuple[Coroutine[None, None, None], ...]:
        """Forget what is old, too."""
        return (self._sweep(),)

    def waiting(self) -> Mapping[str, int]:
        """See `StoreWriter.waiting`."""
        return {"settings": len(self._settings), "audit": len(self._audit)}

    async def write(self) -> None:
        """See `StoreWriter.write`: one batch after the other."""
        while self._settings or self._audit:
            settings, audit = dict(self._settings), tuple(islice(self._audit, BATCH_MAX))
            await self._store.keep(settings, audit)
            for slug, saved in settings.items():
                if self._settings[slug] is saved:  # else it was set anew meanwhile
                    del self._settings[slug]
            for _ in audit:
                self._audit.popleft()

    async def _sweep(self) -> None:
        while True:
            now_ms = self._clock.wall_ms()
            try:
                await self._store.drop_audit(now_ms // _MINUTE_MS - AUDIT_DAYS * _DAY_MIN)
                await self._store.drop_old(now_ms)
            except StoreError as error:
                _log.error("sweep_failed", exc_info=error)
            await asyncio.sleep(_SWEEP_S)


def _entry(slug: RoomSlug, room: Room | None, commit: Commit, fact: _Audited) -> AuditEntry:
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
    return AuditEntry(slug, commit.at_ms // _MINUTE_MS, action, commit.by, target)


def _is_own(fact: _Audited) -> bool:
    """Whether somebody took back the own words, which is no act of moderation."""
    return isinstance(fact, CaptionErased) and fact.by == fact.member_id


def _author(room: Room | None, seq: int) -> MemberId:
    """Return who wrote a line; 0 where it has left the window in the meantime."""
    chat = room.chat if room else ()
    written: Iterable[MemberId] = (line.member_id for line in chat if line.seq == seq)
    return next(iter(written), NO_MEMBER)
