from rooms.roles import Role
from server.group_ports import GroupSlug, RosterEntry, StoredBan, StoredGroup, StoredSheet, WholeGroup
from server.store.sql_store import open_store
from tests.server.store.conftest import Place
from tests.server.store.test_invite_rows import invite

HALL, PIER = GroupSlug("hall"), GroupSlug("pier")
GROUP = StoredGroup(HALL, "The hall", "Evenings", "https://hall.example/appeal")


async def test_groups_are_named_renamed_closed_and_opened_again(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        groups = store.groups
        assert await groups.add(GROUP, 2)
        assert await groups.add(StoredGroup(PIER, "The pier", "", ""), 1)
        assert not await groups.add(GROUP, 3)
        assert await groups.rename(HALL, "The great hall")
        assert await groups.set_appeal(HALL, "Ask at the door")
    async with open_store(place.url, place.folder) as store:
        groups = store.groups
        assert await groups.named() == (
            (PIER, "The pier", "", ""),
            (HALL, "The great hall", "Evenings", "Ask at the door"),
        )
        assert await groups.close(PIER, 4)
        assert not await groups.close(PIER, 5)
        assert not await groups.rename(PIER, "x")
        assert not await groups.set_appeal(PIER, "x")
        assert [group.slug for group in await groups.named()] == [HALL]
        assert await groups.add(StoredGroup(PIER, "The long pier", "", ""), 6)
        assert [group.title for group in await groups.named()] == ["The long pier", "The great hall"]
        assert (await store.changes.numbers())["groups"] == 6


async def test_a_whole_group_has_what_is_in_force_and_nothing_of_others(place: Place) -> None:
    entry = RosterEntry(HALL, "a", Role.HOST, "Ann", 1, 5)
    holds = StoredBan("b1", HALL, "d1", "", "flood", 10, 1_000)
    over = StoredBan("b2", HALL, "d2", "", "hate", 10, 100)
    sheet = StoredSheet("s", HALL, "Opening", "[]", 3)
    async with open_store(place.url, place.folder) as store:
        assert await store.groups.whole(HALL, 500) == WholeGroup(None, (), (), (), ())
        await store.groups.add(GROUP, 1)
        for group in (HALL, PIER):
            await store.rosters.put(entry._replace(group_slug=group))
            await store.bans.add(holds._replace(group_slug=group, ban_id=f"b1-{group}"))
            await store.invites.add(invite(f"i-{group}", group_slug=group))
            await store.sheets.put(sheet._replace(group_slug=group, sheet_id=f"s-{group}"))
        await store.bans.add(over)
        assert await store.groups.whole(HALL, 500) == WholeGroup(
            GROUP,
            (entry,),
            (holds._replace(ban_id="b1-hall"),),
            (invite("i-hall"),),
            (sheet._replace(sheet_id="s-hall"),),
        )
        await store.groups.close(HALL, 600)
        assert (await store.groups.whole(HALL, 500)).group is None
