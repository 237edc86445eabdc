"""A ban from the room where it was placed to the store and the group's other rooms."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from rooms.commands import JoinRoom
from rooms.facts import BanPlaced, MemberRemoved
from rooms.host_commands import BanMember, LiftBan
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import BanReason, Pass
from rooms.refusals import Refusal
from rooms.roles import Role
from server.ban_keeper import BanKeeper
from server.bus.memory import MemoryBus, MemoryLog
from server.group_ports import GroupSlug, StoredInvite
from server.groups import GroupBook, hash_of
from server.lasting import Lasting
from server.ports import StoreError
from server.room_service import Done, RoomPlan, RoomService
from server.store.sql_store import SqlStore, open_store
from tests.server.clock import FakeClock

TALK, NIGHT, FAR = RoomSlug("talk"), RoomSlug("night"), RoomSlug("far")
HARBOUR = GroupSlug("harbour")
TOM, SAM, SAM_TOO = MemberId(1), MemberId(2), MemberId(3)
DEVICE = "d" * 64
EDGE_S = 5.0


class Place:
    """Three rooms, two of one group; Tom is host in Talk, where Sam sits."""

    def __init__(self, store: SqlStore) -> None:
        self.clock = FakeClock()
        bus = MemoryBus()
        self.rooms = RoomService(MemoryLog(bus, self.clock), bus, self.clock)
        self.book = GroupBook(self.clock)
        self.store = store
        self.keeper = BanKeeper(self.book, self.rooms, store, self.clock)
        self.lasting = Lasting(self.rooms, self.clock, (self.keeper,))

    async def open(self) -> None:
        await self.book.read(self.store, {TALK: HARBOUR, NIGHT: HARBOUR, FAR: GroupSlug(FAR)})
        await self.rooms.open_rooms(
            [RoomPlan(slug, slug, "", MeetingId(slug)) for slug in (TALK, NIGHT, FAR)]
        )
        self.lasting.follow()
        await self.come(TALK, TOM, "Tom", Role.HOST)
        await self.come(TALK, SAM, "Sam", device=DEVICE, branch="root/one")

    async def come(
        self, room: RoomSlug, who: MemberId, name: str, role: Role = Role.MEMBER, **known: str
    ) -> Done | Refusal:
        command = JoinRoom(member_id=who, name=name, role=role, pass_=Pass(**known))
        return await self.rooms.carry_out(room, command)

    async def ban(self) -> None:
        command = BanMember(by=TOM, member_id=SAM, ban_id="b1", reason=BanReason.FLOOD, hours=24)
        assert isinstance(await self.rooms.carry_out(TALK, command, TOM, 1), Done)

    async def stored(self) -> list[str]:
        return [ban.ban_id for ban in await self.store.bans.in_force(HARBOUR, self.clock.wall_ms())]

    def bans(self, slug: RoomSlug) -> list[str]:
        room = self.rooms.open_room(slug)
        assert room is not None
        return [ban.ban_id for ban in room.bans]


async def _until(ask: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(EDGE_S):
        while not await ask():  # noqa: ASYNC110 - a database says nothing by itself
            await asyncio.sleep(0.005)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with open_store("", tmp_path) as store:
        place = Place(store)
        await place.open()
        yield place


async def test_a_ban_reaches_the_store_and_the_groups_other_rooms(place: Place) -> None:
    told: list[object] = []
    place.rooms.follow(NIGHT, lambda _, commits: told.extend(commit.fact for commit in commits))
    await place.come(NIGHT, SAM_TOO, "Samuel", device=DEVICE)
    async with place.keeper:
        await place.ban()

        async def is_everywhere() -> bool:
            return await place.stored() == ["b1"] and place.bans(NIGHT) == ["b1"]

        await _until(is_everywhere)
    assert place.bans(FAR) == []
    assert [type(fact) for fact in told[-2:]] in ([BanPlaced, MemberRemoved], [MemberRemoved, BanPlaced])
    refused = await place.come(NIGHT, MemberId(9), "Somebody", device=DEVICE)
    assert isinstance(refused, Refusal)
    assert refused.code.value == "banned"
    assert isinstance(await place.come(FAR, MemberId(9), "Somebody", device=DEVICE), Done)


async def test_the_invite_that_led_here_is_paused_with_its_branch(place: Place) -> None:
    now_ms = place.clock.wall_ms()
    for invite_id, parent, branch in (("root", "", "root"), ("one", "root", "root/one")):
        made = StoredInvite(
            invite_id, HARBOUR, parent, branch, hash_of(invite_id), Role.MEMBER, 9, 0, now_ms + 10_000, now_ms
        )
        assert await place.store.invites.add(made)
    async with place.keeper:
        await place.ban()

        async def is_stored() -> bool:
            return await place.stored() == ["b1"]

        await _until(is_stored)
    assert await place.book.use_invite("one") is None
    assert await place.book.use_invite("root") is not None


async def test_a_lifted_ban_is_over_everywhere(place: Place) -> None:
    async with place.keeper:
        await place.ban()

        async def is_everywhere() -> bool:
            return await place.stored() == ["b1"] and place.bans(NIGHT) == ["b1"]

        await _until(is_everywhere)
        await place.rooms.carry_out(TALK, LiftBan(by=TOM, ban_id="b1"), TOM, 2)

        async def is_over() -> bool:
            return await place.stored() == [] and place.bans(NIGHT) == []

        await _until(is_over)
    assert isinstance(await place.come(NIGHT, SAM_TOO, "Samuel", device=DEVICE), Done)


async def test_what_an_operator_lifts_is_taken_up(place: Place) -> None:
    async with place.keeper:
        await place.ban()

        async def is_stored() -> bool:
            return await place.stored() == ["b1"] and place.bans(NIGHT) == ["b1"]

        await _until(is_stored)
        await place.store.bans.lift("b1", place.clock.wall_ms())
        await place.book.read(place.store, {})
        await place.keeper.take_up()
    assert place.bans(TALK) == place.bans(NIGHT) == []


async def test_a_store_that_is_away_gets_it_later_and_nothing_is_undone_meanwhile(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = place.store.bans.add
    tries: list[object] = []

    async def away(ban: object) -> None:
        tries.append(ban)
        raise StoreError("away")

    monkeypatch.setattr(place.store.bans, "add", away)
    async with place.keeper:
        await place.ban()

        async def was_tried() -> bool:
            return bool(tries)

        await _until(was_tried)
        await place.book.read(place.store, {})  # the store knows nothing of it
        await place.keeper.take_up()
        assert place.bans(TALK) == place.bans(NIGHT) == ["b1"]
        monkeypatch.setattr(place.store.bans, "add", add)
    assert await place.stored() == ["b1"]  # written at the stop at the latest
