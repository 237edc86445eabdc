"""Groups as a running node knows them, on both databases."""

from collections.abc import AsyncIterator

import pytest

from rooms.ids import RoomSlug
from rooms.model import Ban, BanReason
from rooms.roles import Role
from server.group_ports import GroupSlug, StoredBan, StoredGroup
from server.groups import GroupBook, hash_of
from server.ports import StoreError
from server.store.sql_store import SqlStore, open_store
from tests.server.clock import FakeClock
from tests.server.store.conftest import Place, place, postgresql, postgresql_url

__all__ = ["place", "postgresql", "postgresql_url"]

TALK, NIGHT, FAR = RoomSlug("talk"), RoomSlug("night"), RoomSlug("far")
HARBOUR = GroupSlug("harbour")
HOUR_MS = 3_600_000


@pytest.fixture
async def store(place: Place) -> AsyncIterator[SqlStore]:
    async with open_store(place.url, place.folder) as store:
        yield store


@pytest.fixture
async def book(store: SqlStore) -> GroupBook:
    book = GroupBook(FakeClock())
    await book.read(store, {TALK: HARBOUR, NIGHT: HARBOUR, FAR: GroupSlug(FAR)})
    return book


def _ban(ban_id: str, until_ms: int) -> Ban:
    return Ban(ban_id=ban_id, reason=BanReason.HATE, placed_ms=1, until_ms=until_ms, device="d" * 64)


async def test_a_room_without_a_group_is_one_by_itself(book: GroupBook) -> None:
    assert book.group_of(TALK) == book.group_of(NIGHT) == HARBOUR
    assert book.group_of(FAR) == "far"
    assert book.group_of(RoomSlug("unheard-of")) == "unheard-of"
    assert set(book.rooms_of(HARBOUR)) == {TALK, NIGHT}


async def test_bans_hold_in_every_room_of_the_group_until_their_time(book: GroupBook) -> None:
    now_ms = FakeClock().wall_ms()
    assert book.note_ban(HARBOUR, _ban("one", now_ms + HOUR_MS))
    assert not book.note_ban(HARBOUR, _ban("one", now_ms + HOUR_MS))
    book.note_ban(HARBOUR, _ban("over", now_ms))
    assert [ban.ban_id for ban in book.bans_of(TALK)] == ["one"]
    assert book.bans_of(NIGHT) == book.bans_of(TALK)
    assert book.bans_of(FAR) == ()
    assert book.forget_ban(HARBOUR, "one")
    assert not book.forget_ban(HARBOUR, "one")
    assert book.bans_of(TALK) == ()


async def test_what_the_store_has_is_read(store: SqlStore, book: GroupBook) -> None:
    now_ms = FakeClock().wall_ms()
    stored = StoredBan("two", HARBOUR, "e" * 64, "", "no such reason", now_ms, now_ms + HOUR_MS)
    await store.bans.add(stored)
    await store.groups.add(StoredGroup(HARBOUR, "Harbour", "", ""), now_ms)
    await store.groups.set_appeal(HARBOUR, "Write to the harbour.")
    await book.read(store, {})
    assert [(ban.device, ban.reason) for ban in book.bans_of(NIGHT)] == [("e" * 64, BanReason.OTHER)]
    assert (book.appeal_of(TALK), book.appeal_of(FAR)) == ("Write to the harbour.", "")


async def test_an_invite_grows_from_its_makers_branch_and_ends_with_it(book: GroupBook) -> None:
    root = await book.make_invite(TALK, "", Role.MEMBER, 5, 24)
    assert root is not None
    child = await book.make_invite(NIGHT, root.invite.branch, Role.MEMBER, 1, 24)
    assert child is not None
    assert child.invite.branch == f"{root.invite.invite_id}/{child.invite.invite_id}"
    assert (await book.use_invite(child.secret)) is not None
    shown = {one.invite_id: one.uses for one in await book.invites_of(NIGHT)}
    assert shown == {root.invite.invite_id: 0, child.invite.invite_id: 1}
    assert await book.revoke_invite(TALK, root.invite.invite_id) == 2
    assert await book.use_invite(root.secret) is None
    assert await book.make_invite(TALK, root.invite.branch, Role.MEMBER, 1, 24) is None
    assert await book.revoke_invite(TALK, "unheard-of") == 0


async def test_the_secret_is_kept_nowhere(book: GroupBook) -> None:
    made = await book.make_invite(TALK, "", Role.MEMBER, 1, 1)
    assert made is not None
    assert made.invite.secret_hash == hash_of(made.secret)
    assert made.secret not in str(await book.invites_of(TALK))


async def test_without_a_store_there_are_no_invites() -> None:
    book = GroupBook(FakeClock())
    assert await book.use_invite("s" * 22) is None
    assert await book.invites_of(TALK) == ()
    with pytest.raises(StoreError):
        await book.make_invite(TALK, "", Role.MEMBER, 1, 1)
