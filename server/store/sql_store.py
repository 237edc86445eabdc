"""The store in tables. One transaction for each call; what the database says no to is a `StoreError`."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Row, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from rooms.ids import MemberId, RoomSlug
from rooms.model import Revision, RoomSettings
from server.group_ports import ChangeKind, GroupSlug
from server.ports import AuditEntry, AuditFrom, SettingsFrom, StoredRoom, StoreError
from server.store.account_rows import AccountRows, drop_old_secrets
from server.store.act_rows import ActRows, drop_old_acts
from server.store.audit_chain import AuditRow, Chain, digest_of
from server.store.ban_rows import BanRows, drop_old_bans
from server.store.change_rows import ChangeRows, note_change
from server.store.database import Database, in_words, insert_once
from server.store.engine import SQLITE_FILE, make_engine
from server.store.group_rows import GroupRows
from server.store.invite_rows import InviteRows, drop_old_invites
from server.store.report_rows import ReportRows, drop_old_reports
from server.store.roster_rows import RosterRows
from server.store.schema import bring_up_to_date
from server.store.series_rows import SeriesRows
from server.store.sheet_rows import SheetRows
from server.store.spent_rows import SpentRows, drop_old_spent
from server.store.tables import AUDIT, AUDIT_CHAINS, ROOM_SETTINGS, ROOMS

_CHAIN_COLUMNS: Final = (
    AUDIT_CHAINS.c.start_number,
    AUDIT_CHAINS.c.start_digest,
    AUDIT_CHAINS.c.end_number,
    AUDIT_CHAINS.c.end_digest,
)


@asynccontextmanager
async def open_store(url: str, data_dir: Path) -> AsyncIterator["SqlStore"]:
    """Open the store and bring its tables up to date; an empty `url` means SQLite in the data directory.

    Raises:
        StoreError: it cannot be reached, is damaged, or belongs to a newer version.
    """
    with in_words():
        engine = make_engine(url, data_dir)
    try:
        with in_words():
            async with engine.begin() as connection:
                await connection.run_sync(bring_up_to_date)
        yield SqlStore(engine)
    finally:
        await engine.dispose()


def say_no_store(url: str, data_dir: Path, error: StoreError) -> str:
    """Say which store cannot be used and why, in one sentence for the operator; a URL is not repeated."""
    where = "The database at store.url" if url else f"The database {data_dir / SQLITE_FILE}"
    return f"{where} cannot be used: {error}"


class SqlStore:
    """Implements `server.ports.Store` and `server.group_ports.GroupStore`, and what commands need besides.

    Attributes:
        database: for what has queries of its own.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """Use tables that are up to date."""
        self.database = Database(engine)
        self.groups = GroupRows(self.database)
        self.rosters = RosterRows(self.database)
        self.bans = BanRows(self.database)
        self.invites = InviteRows(self.database)
        self.series = SeriesRows(self.database)
        self.reports = ReportRows(self.database)
        self.sheets = SheetRows(self.database)
        self.changes = ChangeRows(self.database)
        self.accounts = AccountRows(self.database)
        self.acts = ActRows(self.database)
        self.spent = SpentRows(self.database)

    def together(self) -> AbstractAsyncContextManager[None]:
        """See `Database.together`."""
        return self.database.together()

    # --- what a running server asks -----------------------------------------------------------

    async def open_rooms(self) -> tuple[StoredRoom, ...]:
        """See `server.ports.Store.open_rooms`."""
        query = (
            select(ROOMS.c.slug, ROOMS.c.title, ROOMS.c.about, ROOMS.c.group_slug)
            .where(ROOMS.c.closed_ms.is_(None))
            .order_by(ROOMS.c.created_ms, ROOMS.c.slug)
        )
        async with self._transaction() as connection:
            return tuple(StoredRoom(*row) for row in await connection.execute(query))

    async def settings(self) -> dict[RoomSlug, RoomSettings]:
        """See `server.ports.Store.settings`."""
        async with self._transaction() as connection:
            rows = (await connection.execute(select(ROOM_SETTINGS))).all()
        return {RoomSlug(row.slug): _settings(row.slug, row.chosen) for row in rows}

    async def keep(self, settings: Mapping[RoomSlug, SettingsFrom], audit: Sequence[AuditFrom]) -> None:
        """See `server.ports.Store.keep`."""
        async with self._transaction() as connection:
            for slug, (chosen, revision) in settings.items():
                await _set(connection, slug, chosen, revision)
            for slug, entries in groupby(sorted(audit, key=_slug_of), key=_slug_of):
                await _append(connection, slug, entries)

    async def save(self, settings: Mapping[RoomSlug, RoomSettings], audit: Sequence[AuditEntry]) -> None:
        """Keep all of it, or none: what is of no commit of a room.

        Raises:
            StoreError: nothing was kept, as far as is known.
        """
        async with self._transaction() as connection:
            for slug, chosen in settings.items():
                await _set(connection, slug, chosen, None)
            if settings:
                await note_change(connection, ChangeKind.SETTINGS)
            for slug, entries in groupby(sorted(audit, key=attrgetter("slug")), key=attrgetter("slug")):
                await _append(connection, slug, (AuditFrom(entry, None) for entry in entries))

    async def drop_audit(self, before_min: int) -> None:
        """See `server.ports.Store.drop_audit`.

        Rows go from the front only, so that what stays is whole: a row behind one that is kept is
        kept as well.
        """
        async with self._transaction() as connection:
            for slug in (await connection.execute(select(AUDIT_CHAINS.c.slug))).scalars().all():
                await _drop(connection, slug, before_min)

    async def drop_old(self, now_ms: int) -> None:
        """See `server.ports.Store.drop_old`."""
        async with self._transaction() as connection:
            await drop_old_bans(connection, now_ms)
            await drop_old_invites(connection, now_ms)
            await drop_old_reports(connection, now_ms)
            await drop_old_secrets(connection, now_ms)
            await drop_old_acts(connection, now_ms)
            await drop_old_spent(connection, now_ms)

    # --- what operators ask -------------------------------------------------------------------

    async def add_room(self, room: StoredRoom, now_ms: int) -> bool:
        """Make a room, or open a closed one again under this title. Returns False where it is open."""
        async with self._transaction() as connection:
            found = await connection.execute(select(ROOMS.c.closed_ms).where(ROOMS.c.slug == room.slug))
            row = found.one_or_none()
            if row is None:
                made = insert(ROOMS).values(**room._asdict(), created_ms=now_ms, closed_ms=None)
                await connection.execute(made)
            elif row.closed_ms is None:
                return False
            else:
                opened = {**room._asdict(), "closed_ms": None}
                await connection.execute(update(ROOMS).where(ROOMS.c.slug == room.slug).values(opened))
            await note_change(connection, ChangeKind.ROOMS)
            return True

    async def close_room(self, slug: RoomSlug, now_ms: int) -> bool:
        """Close a room. Returns False where none is open."""
        return await self._change_open(slug, {"closed_ms": now_ms})

    async def rename_room(self, slug: RoomSlug, title: str) -> bool:
        """Give a room another title. Returns False where none is open."""
        return await self._change_open(slug, {"title": title})

    async def set_room_words(self, slug: RoomSlug, title: str, about: str) -> bool:
        """Give a room another title and description. Returns False where none is open."""
        return await self._change_open(slug, {"title": title, "about": about})

    async def closed_room(self, slug: RoomSlug) -> StoredRoom | None:
        """Return a room that was closed."""
        query = select(ROOMS.c.slug, ROOMS.c.title, ROOMS.c.about, ROOMS.c.group_slug).where(
            ROOMS.c.slug == slug, ROOMS.c.closed_ms.is_not(None)
        )
        async with self._transaction() as connection:
            row = (await connection.execute(query)).one_or_none()
        return StoredRoom(*row) if row else None

    async def move_room(self, slug: RoomSlug, group_slug: GroupSlug | None) -> bool:
        """Give a room to a group, or make it one by itself. Returns False where no such room is open."""
        return await self._change_open(slug, {"group_slug": group_slug})

    async def audit(self, slug: RoomSlug) -> tuple[Chain, tuple[AuditRow, ...]]:
        """Return a room's chain and its rows, oldest first; both empty where nothing was ever written."""
        query = select(AUDIT).where(AUDIT.c.slug == slug).order_by(AUDIT.c.number)
        async with self._transaction() as connection:
            chain = await _chain(connection, slug)
            rows = (await connection.execute(query)).all()
        return chain or Chain(), tuple(_audit_row(row) for row in rows)

    async def _change_open(self, slug: RoomSlug, values: Mapping[str, object]) -> bool:
        change = update(ROOMS).where(ROOMS.c.slug == slug, ROOMS.c.closed_ms.is_(None)).values(**values)
        async with self._transaction() as connection:
            if not (await connection.execute(change)).rowcount:
                return False
            await note_change(connection, ChangeKind.ROOMS)
            return True

    def _transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self.database.transaction()


def _settings(slug: str, chosen: str) -> RoomSettings:
    """Read settings. Fields that another version wrote are passed over, missing ones have their defaults."""
    try:
        return msgspec.json.decode(chosen, type=RoomSettings)
    except msgspec.DecodeError as error:  # a value that means nothing as well
        raise StoreError(f"the settings of the room {slug} are damaged: {error}") from None


async def _chain(connection: AsyncConnection, slug: RoomSlug) -> Chain | None:
    query = select(*_CHAIN_COLUMNS).where(AUDIT_CHAINS.c.slug == slug).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return Chain(*row) if row else None


def _slug_of(audited: AuditFrom) -> RoomSlug:
    return audited.entry.slug


async def _set(
    connection: AsyncConnection, slug: RoomSlug, chosen: RoomSettings, revision: Revision | None
) -> None:
    """Keep how a room is set, unless newer settings are there; what is of no commit counts as newest."""
    values: dict[str, object] = {"chosen": msgspec.json.encode(chosen).decode()}
    is_due = [ROOM_SETTINGS.c.slug == slug]
    if revision is not None:
        values |= {"epoch": revision.epoch, "seq": revision.seq}
        at = tuple_(ROOM_SETTINGS.c.epoch, ROOM_SETTINGS.c.seq)
        is_due.append(at < (revision.epoch, revision.seq))
    if not await insert_once(connection, ROOM_SETTINGS, {"slug": slug, **values}):
        await connection.execute(update(ROOM_SETTINGS).where(*is_due).values(values))


async def _append(connection: AsyncConnection, slug: RoomSlug, entries: Iterable[AuditFrom]) -> None:
    """Append what is new; of two nodes with the same one waits until the other has written."""
    await insert_once(connection, AUDIT_CHAINS, {"slug": slug, **Chain()._asdict()})
    chain = await _chain(connection, slug) or Chain()
    number, digest = chain.end_number, chain.end_digest
    brought = tuple(entries)
    written = await _written(connection, slug, {revision.epoch for _, revision in brought if revision})
    for entry, revision in brought:
        if revision in written:
            continue
        number += 1
        digest = digest_of(digest, number, entry)
        row = {"number": number, "digest": digest, **entry._asdict()}
        if revision is not None:
            row |= {"epoch": revision.epoch, "seq": revision.seq}
            written.add(revision)
        await connection.execute(insert(AUDIT).values(row))
    ended = {"end_number": number, "end_digest": digest}
    await connection.execute(update(AUDIT_CHAINS).where(AUDIT_CHAINS.c.slug == slug).values(ended))


async def _written(connection: AsyncConnection, slug: RoomSlug, epochs: set[int]) -> set[Revision | None]:
    """Return the commits of these epochs that have a row."""
    query = select(AUDIT.c.epoch, AUDIT.c.seq).where(AUDIT.c.slug == slug, AUDIT.c.epoch.in_(epochs))
    return {Revision(*row) for row in await connection.execute(query)}


async def _drop(connection: AsyncConnection, slug: RoomSlug, before_min: int) -> None:
    await _chain(connection, slug)  # nobody appends meanwhile
    of_room = AUDIT.c.slug == slug
    kept = select(func.min(AUDIT.c.number)).where(of_room, AUDIT.c.at_min >= before_min)
    first = (await connection.execute(kept)).scalar_one()
    old = [of_room] if first is None else [of_room, AUDIT.c.number < first]
    query = select(AUDIT.c.number, AUDIT.c.digest).where(*old).order_by(AUDIT.c.number.desc()).limit(1)
    last = (await connection.execute(query)).one_or_none()
    if last is None:
        return
    await connection.execute(delete(AUDIT).where(*old))
    start = {"start_number": last.number, "start_digest": last.digest}
    await connection.execute(update(AUDIT_CHAINS).where(AUDIT_CHAINS.c.slug == slug).values(start))


def _audit_row(row: Row[tuple[object, ...]]) -> AuditRow:
    entry = AuditEntry(RoomSlug(row.slug), row.at_min, row.action, MemberId(row.actor), MemberId(row.target))
    return AuditRow(row.number, entry, row.digest)
