"""A group with every role, one room of the configuration and one of the store; and another group."""

from typing import Final

from rooms.commands import OpenRoom
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import RoomSettings
from rooms.roles import Role
from server.accounts.opaque import draw_secret, hash_secret
from server.bus.memory import MemoryBus, MemoryLog
from server.config import Config, RoomConfig
from server.group_ports import ROSTER_ROLES, GroupSlug, RosterEntry, StoredBan, StoredGroup, StoredReport
from server.ports import AuditEntry, StoredRoom
from server.room_service import RoomService
from server.schedule.keeper import Keeper
from server.schedule.setting import SeriesConfig
from server.store.sql_store import SqlStore
from tests.server.clock import FakeClock

GROUP: Final = GroupSlug("lamps")
OTHER: Final = GroupSlug("talk")
DAWN, DUSK, TALK = RoomSlug("dawn"), RoomSlug("dusk"), RoomSlug("talk")
STRANGER: Final = "stranger"
HOUR_MS: Final = 3_600_000
WEEKLY: Final = SeriesConfig(every="MO", at="07:00", minutes=60, zone="Europe/Lisbon")
CONFIG: Final = Config(
    rooms=(
        RoomConfig(slug=DAWN, title="Dawn", group=GROUP, series=(WEEKLY,)),
        RoomConfig(slug=TALK, title="The talk room"),
    )
)


def account_of(role: Role) -> str:
    """Return who serves the group in this role."""
    return f"a-{role.value}"


def make_rooms(clock: FakeClock) -> tuple[RoomService, Keeper]:
    """Make rooms of a node, all of them round the clock, and who opens them; none is known yet."""
    bus = MemoryBus()
    rooms = RoomService(MemoryLog(bus, clock), bus, clock)
    return rooms, Keeper(rooms, clock, lambda _: (), _opening)


def _opening(slug: RoomSlug, left: RoomSettings | None) -> OpenRoom:
    settings = left or RoomSettings()
    return OpenRoom(slug=slug, title=slug, about="", meeting_id=MeetingId("m"), settings=settings)


async def fill(store: SqlStore, now_ms: int) -> None:
    """Make the place: whoever serves has a recovery code, so that they count as somebody who can come."""
    await store.groups.add(StoredGroup(GROUP, "Lamps", "A light.", "Write to us."), now_ms)
    await store.add_room(StoredRoom(DUSK, "Dusk", "In the evening.", GROUP), now_ms)
    for place, role in enumerate(reversed(ROSTER_ROLES), start=1):
        await add_account(store, account_of(role), now_ms)
        await store.rosters.put(
            RosterEntry(GROUP, account_of(role), role, role.value.title(), place if place < 4 else 0, place)
        )
    await add_account(store, STRANGER, now_ms)
    await store.rosters.put(RosterEntry(OTHER, STRANGER, Role.SECRETARY, "", 1, now_ms))
    for group in (GROUP, OTHER):
        await store.bans.add(
            StoredBan(f"b-{group}", group, "d" * 64, "", "hate", now_ms, now_ms + 24 * HOUR_MS)
        )
        await store.reports.add(StoredReport(f"r-{group}", group, DAWN, now_ms // 60_000, b"sealed"))
    removed = AuditEntry(DAWN, now_ms // 60_000, "member_removed", MemberId(4), MemberId(9))
    await store.save({}, (removed, removed._replace(action="room_locked_on", target=MemberId(0))))


async def add_account(store: SqlStore, account_id: str, now_ms: int) -> None:
    """Make an account whose owner can sign in."""
    await store.accounts.add(account_id, hash_secret(draw_secret()), now_ms)
    await store.accounts.set_codes(account_id, ("digest",))


async def sign_in(store: SqlStore, account_id: str, now_ms: int) -> str:
    """Return the secret of a session."""
    secret = draw_secret()
    await store.accounts.open_session(hash_secret(secret), account_id, now_ms)
    return secret
