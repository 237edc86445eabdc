"""A place with one group of two rooms, and hosts who enrol there."""

from typing import Final

from rooms.ids import RoomSlug
from rooms.roles import Role
from server.accounts.challenges import Challenges
from server.accounts.host_desk import GroupRoom, HostDesk
from server.accounts.opaque import draw_secret, hash_secret
from server.group_ports import GroupSlug, RosterEntry
from server.store.sql_store import SqlStore
from server.tickets import TicketOffice
from tests.server.clock import FakeClock

ANN: Final = "k7dm2x9q"
BEN: Final = "v3np8c0w"
GROUP: Final = GroupSlug("lamps")
ROOMS: Final = (
    GroupRoom(RoomSlug("talk"), "The talk room", GroupSlug("talk")),
    GroupRoom(RoomSlug("dawn"), "Dawn", GROUP),
    GroupRoom(RoomSlug("dusk"), "Dusk", GROUP),
)


async def rooms() -> tuple[GroupRoom, ...]:
    return ROOMS


def make_desk(store: SqlStore, office: TicketOffice, clock: FakeClock) -> HostDesk:
    challenges = Challenges(b"c" * 32, store.spent)
    return HostDesk(store.accounts, store, rooms, office, clock, place_name="Hall", challenges=challenges)


async def invite(store: SqlStore, account_id: str, now_ms: int, *, serves: bool = True) -> str:
    """Make an account as the operator's command does; returns the secret of its link."""
    secret = draw_secret()
    assert await store.accounts.add(account_id, hash_secret(secret), now_ms)
    if serves:
        await store.rosters.put(RosterEntry(GROUP, account_id, Role.SECRETARY, "Ann", 1, now_ms))
    return secret
