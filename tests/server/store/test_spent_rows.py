import asyncio

from server.store.sql_store import open_store
from tests.server.store.conftest import Place

KEY, OTHER = b"k" * 32, b"o" * 32
HOUR_MS = 3_600_000


async def test_one_of_many_who_come_at_once_uses_it_up(place: Place) -> None:
    async with open_store(place.url, place.folder) as here, open_store(place.url, place.folder) as there:
        tries = [store.spent.spend(KEY, HOUR_MS) for store in (here, there) for _ in range(4)]
        assert sorted(await asyncio.gather(*tries)) == [False] * 7 + [True]
        assert await there.spent.spend(OTHER, HOUR_MS)


async def test_what_is_given_back_may_be_used_after_all(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        assert await store.spent.spend(KEY, HOUR_MS)
        await store.spent.give_back(KEY)
        assert await store.spent.spend(KEY, HOUR_MS)
        assert not await store.spent.spend(KEY, HOUR_MS)


async def test_it_is_forgotten_an_hour_after_it_ended(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        assert await store.spent.spend(KEY, HOUR_MS)
        await store.drop_old(2 * HOUR_MS)
        assert not await store.spent.spend(KEY, HOUR_MS)
        await store.drop_old(2 * HOUR_MS + 1)
        assert await store.spent.spend(KEY, HOUR_MS)
