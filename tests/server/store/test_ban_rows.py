import pytest

from server.group_ports import GroupSlug, StoredBan
from server.store.sql_store import open_store
from tests.server.store.conftest import Place

HALL, PIER = GroupSlug("hall"), GroupSlug("pier")
DAY_MS = 86_400_000
BAN = StoredBan("b1", HALL, "d" * 64, "", "harassment", 10, 1_000)


async def test_a_ban_holds_until_it_is_over_or_lifted(place: Place) -> None:
    branch = StoredBan("b2", HALL, "", "a/b", "", 5, 1_000)
    async with open_store(place.url, place.folder) as store:
        await store.bans.add(BAN)
        await store.bans.add(branch)
    async with open_store(place.url, place.folder) as store:
        assert await store.bans.in_force(HALL, 999) == (branch, BAN)
        assert await store.bans.in_force(HALL, 1_000) == ()
        assert await store.bans.in_force(PIER, 999) == ()
        assert await store.bans.lift("b1", 500)
        assert not await store.bans.lift("b1", 600)
        assert not await store.bans.lift("b2", 1_000)
        assert not await store.bans.lift("b3", 500)
        assert await store.bans.in_force(HALL, 999) == (branch,)
        assert await store.bans.all() == (branch, BAN._replace(lifted_ms=500))
        assert (await store.changes.numbers())["bans"] == 3


async def test_of_nodes_that_bring_a_ban_one_places_it_and_no_late_one_renews_it(place: Place) -> None:
    async with open_store(place.url, place.folder) as here, open_store(place.url, place.folder) as there:
        assert await here.bans.add(BAN)
        assert not await there.bans.add(BAN)
        assert await there.bans.lift("b1", 500)
        assert not await here.bans.add(BAN)
        assert await here.bans.in_force(HALL, 600) == ()
        assert (await here.changes.numbers())["bans"] == 2


async def test_a_lifted_ban_is_forgotten_a_week_later(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.bans.add(BAN._replace(until_ms=80 * DAY_MS))
        await store.bans.lift("b1", DAY_MS)
        await store.drop_old(8 * DAY_MS)
        assert len(await store.bans.all()) == 1
        await store.drop_old(8 * DAY_MS + 1)
        assert await store.bans.all() == ()


async def test_a_ban_of_nobody_or_for_ever_is_refused(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        with pytest.raises(ValueError, match="a device or a branch"):
            await store.bans.add(BAN._replace(device=""))
        with pytest.raises(ValueError, match="90 days at most"):
            await store.bans.add(BAN._replace(until_ms=BAN.placed_ms + 90 * DAY_MS + 1))
        await store.bans.add(BAN._replace(until_ms=BAN.placed_ms + 90 * DAY_MS))
