from server.group_ports import ACT_KEPT_DAYS, GroupSlug
from server.store.audit_chain import GroupAct, first_broken
from server.store.sql_store import open_store
from tests.server.store.conftest import Place

HALL = GroupSlug("hall")
DAY_MIN = 24 * 60
ACT = GroupAct("hall", 100, "rooms_add", "ann", "night")


async def test_acts_of_each_group_are_a_chain_of_their_own(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        assert await store.acts.of_group(HALL) == ((0, bytes(32), 0, bytes(32)), ())
        await store.acts.add(ACT)
        await store.acts.add(ACT._replace(group_slug="pier"))
        await store.acts.add(ACT._replace(action="rooms_close"))
    async with open_store(place.url, place.folder) as store:
        chain, rows = await store.acts.of_group(HALL)
        assert [(row.number, row.entry.action) for row in rows] == [(1, "rooms_add"), (2, "rooms_close")]
        assert first_broken(chain, rows) is None
        assert first_broken(chain, rows[1:]) == 1
        assert first_broken(chain, (rows[0], rows[1]._replace(entry=ACT))) == 2


async def test_old_acts_go_from_the_front_and_the_rest_is_whole(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        for day in (1, 3, 2, 5):
            await store.acts.add(ACT._replace(at_min=day * DAY_MIN))
        await store.drop_old((3 + ACT_KEPT_DAYS) * DAY_MIN * 60_000)
        chain, rows = await store.acts.of_group(HALL)
        assert [row.number for row in rows] == [2, 3, 4], "what stands behind a row that is kept is kept"
        assert first_broken(chain, rows) is None
        await store.drop_old((90 + ACT_KEPT_DAYS) * DAY_MIN * 60_000)
        await store.acts.add(ACT)
        chain, rows = await store.acts.of_group(HALL)
        assert [row.number for row in rows] == [5]
        assert first_broken(chain, rows) is None
