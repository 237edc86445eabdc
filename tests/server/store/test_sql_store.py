import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from rooms.ids import MemberId, RoomSlug
from rooms.model import ChatMode, FloorMode, Revision, RoomSettings
from rooms.roles import Role
from server.group_ports import GroupSlug, StoredBan, StoredInvite, StoredReport
from server.ports import AuditEntry, AuditFrom, SettingsFrom, StoredRoom, StoreError
from server.store.audit_chain import Chain, first_broken
from server.store.engine import SQLITE_FILE, make_engine
from server.store.sql_store import open_store, say_no_store
from tests.server.store.conftest import Place

DAY_MS = 86_400_000
TALK, NIGHT = RoomSlug("talk"), RoomSlug("night")
LEFT = RoomSettings(floor=FloorMode.ROUND, limit_ms=0, chat=ChatMode.OFF, slow_ms=9_000, is_locked=True)


def _entry(at_min: int, slug: RoomSlug = TALK, target: int = 2) -> AuditEntry:
    return AuditEntry(slug, at_min, "member_muted", MemberId(2**31 - 1), MemberId(target))


async def _say(place: Place, statement: str, **values: object) -> None:
    engine = make_engine(place.url, place.folder)
    async with engine.begin() as connection:
        await connection.execute(text(statement), values)
    await engine.dispose()


async def test_rooms_are_made_renamed_closed_and_made_again(place: Place) -> None:
    night = StoredRoom(NIGHT, "Night \u2728", "All night")
    async with open_store(place.url, place.folder) as store:
        assert await store.add_room(night, 2)
        assert await store.add_room(StoredRoom(RoomSlug("dawn"), "Dawn", ""), 1)
        assert not await store.add_room(night, 3)
        assert await store.rename_room(NIGHT, "Late")
    async with open_store(place.url, place.folder) as store:
        assert await store.open_rooms() == (("dawn", "Dawn", "", None), ("night", "Late", "All night", None))
        assert await store.close_room(NIGHT, 4)
        assert not await store.close_room(NIGHT, 5)
        assert not await store.rename_room(NIGHT, "x")
        assert [room.slug for room in await store.open_rooms()] == ["dawn"]
        assert await store.add_room(night, 6)
        assert night in await store.open_rooms()


async def test_the_newest_settings_are_found_again(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        assert await store.settings() == {}
        await store.save({TALK: RoomSettings(), NIGHT: RoomSettings()}, ())
        await store.save({TALK: LEFT}, ())
    async with open_store(place.url, place.folder) as store:
        assert await store.settings() == {TALK: LEFT, NIGHT: RoomSettings()}


async def test_a_room_moves_from_group_to_group(place: Place) -> None:
    dusk = StoredRoom(NIGHT, "Dusk", "", GroupSlug("hall"))
    async with open_store(place.url, place.folder) as store:
        await store.add_room(dusk, 1)
        assert await store.open_rooms() == (dusk,)
        assert await store.move_room(NIGHT, None)
        assert await store.open_rooms() == (dusk._replace(group_slug=None),)
        assert not await store.move_room(TALK, GroupSlug("hall"))


async def test_each_change_of_a_room_is_counted(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        seen = [(await store.changes.numbers())["rooms"]]
        for change in (
            store.add_room(StoredRoom(NIGHT, "Night", ""), 1),
            store.rename_room(NIGHT, "Late"),
            store.move_room(NIGHT, GroupSlug("hall")),
            store.close_room(NIGHT, 2),
        ):
            assert await change
            seen.append((await store.changes.numbers())["rooms"])
        assert not await store.close_room(NIGHT, 3)
        seen.append((await store.changes.numbers())["rooms"])
    assert seen == [0, 1, 2, 3, 4, 4]


@pytest.mark.parametrize("damage", ['{"floor":"shout"}', '{"is_locked":7}', '{"floor":', "", "[]"])
async def test_settings_that_mean_nothing_are_told(place: Place, damage: str) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.save({TALK: LEFT}, ())
        await _say(place, "UPDATE room_settings SET chosen = :damage", damage=damage)
        with pytest.raises(StoreError, match="settings of the room talk are damaged"):
            await store.settings()


async def test_settings_of_another_version_are_read_as_far_as_they_are_known(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.save({TALK: LEFT}, ())
        written = '{"slow_ms":5000,"tea":{"is_hot":true}}'
        await _say(place, "UPDATE room_settings SET chosen = :written", written=written)
        assert await store.settings() == {TALK: RoomSettings(slow_ms=5_000)}


async def test_what_is_over_is_forgotten_in_its_time(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.bans.add(StoredBan("b", GroupSlug("hall"), "d", "", "", 0, DAY_MS))
        await store.reports.add(StoredReport("r", GroupSlug("hall"), TALK, 0, b"", DAY_MS))
        root = StoredInvite("i", GroupSlug("hall"), "", "i", b"i" * 32, Role.MEMBER, 1, 0, DAY_MS, 0)
        await store.invites.add(root)
        await store.drop_old(8 * DAY_MS)
        assert len(await store.bans.all()) == len(await store.invites.of_group(GroupSlug("hall"))) == 1
        await store.drop_old(8 * DAY_MS + 1)
        assert (await store.bans.all(), await store.invites.of_group(GroupSlug("hall"))) == ((), ())
        await store.drop_old(31 * DAY_MS)
        assert len(await store.reports.all()) == 1
        await store.drop_old(31 * DAY_MS + 1)
        assert await store.reports.all() == ()


async def test_each_room_has_a_chain_of_its_own(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        assert await store.audit(TALK) == (Chain(), ())
        await store.save({}, [_entry(10), _entry(11, NIGHT), _entry(12)])
        await store.save({}, [_entry(13)])
        chain, rows = await store.audit(TALK)
        assert [(row.number, row.entry) for row in rows] == [
            (1, _entry(10)),
            (2, _entry(12)),
            (3, _entry(13)),
        ]
        assert first_broken(chain, rows) is None
        assert len((await store.audit(NIGHT))[1]) == 1


async def test_of_nodes_that_bring_the_same_entries_each_makes_a_row_once(place: Place) -> None:
    brought = [AuditFrom(_entry(10 + seq), Revision(7, seq)) for seq in range(1, 6)]
    again = [AuditFrom(_entry(20), Revision(8, 1)), AuditFrom(_entry(20), Revision(8, 1))]
    async with open_store(place.url, place.folder) as one, open_store(place.url, place.folder) as two:
        await asyncio.gather(
            *(store.keep({}, brought[start:]) for store in (one, two) for start in (0, 2)),
            two.keep({}, again),
        )
        chain, rows = await one.audit(TALK)
    assert sorted(row.entry.at_min for row in rows) == [11, 12, 13, 14, 15, 20]
    assert first_broken(chain, rows) is None


async def test_settings_of_an_older_commit_do_not_take_the_place_of_newer_ones(place: Place) -> None:
    late = RoomSettings(slow_ms=1_000)
    async with open_store(place.url, place.folder) as store:
        await store.keep({TALK: SettingsFrom(LEFT, Revision(7, 5))}, ())
        await store.keep({TALK: SettingsFrom(late, Revision(7, 4))}, ())
        await store.keep({TALK: SettingsFrom(late, Revision(6, 9))}, ())
        assert await store.settings() == {TALK: LEFT}
        await store.keep({TALK: SettingsFrom(late, Revision(8, 1))}, ())
        assert await store.settings() == {TALK: late}
        await store.save({TALK: LEFT}, ())  # a host's choice outside of the room
        await store.keep({TALK: SettingsFrom(late, Revision(8, 1))}, ())
        assert await store.settings() == {TALK: LEFT}


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE audit SET target = 3 WHERE number = 2", 2),
        ("UPDATE audit SET action = 'line_erased' WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 3", 3),
        ("DELETE FROM audit", 1),
    ],
)
async def test_whoever_changes_the_audit_is_noticed(place: Place, tampering: str, broken: int) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.save({}, [_entry(10), _entry(11), _entry(12)])
        await _say(place, tampering)
        assert first_broken(*await store.audit(TALK)) == broken


async def test_old_rows_go_from_the_front_and_the_rest_stays_whole(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.save({}, [_entry(10), _entry(20), _entry(15), _entry(30)])
        await store.drop_audit(20)  # the third row is old too, but stands behind one that is kept
        chain, rows = await store.audit(TALK)
        assert [row.number for row in rows] == [2, 3, 4]
        assert first_broken(chain, rows) is None
        await store.drop_audit(20)
        assert await store.audit(TALK) == (chain, rows)
        await store.drop_audit(1_000)
        await store.save({}, [_entry(1_001)])
        chain, rows = await store.audit(TALK)
        assert [row.number for row in rows] == [5]
        assert first_broken(chain, rows) is None


async def test_a_save_is_kept_whole_or_not_at_all(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await _say(place, "DROP TABLE audit")
        with pytest.raises(StoreError):
            await store.save({TALK: LEFT}, [_entry(10)])
        assert await store.settings() == {}


async def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / SQLITE_FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="file is not a database") as error:
        async with open_store("", tmp_path):
            pass
    assert say_no_store("", tmp_path, error.value) == (
        f"The database {tmp_path / SQLITE_FILE} cannot be used: file is not a database"
    )


async def test_a_database_that_nobody_answers_for_is_told(tmp_path: Path) -> None:
    url = f"postgresql://lamplit@/lamplit?host={tmp_path}"
    with pytest.raises(StoreError) as error:
        async with open_store(url, tmp_path):
            pass
    assert "postgresql://" not in say_no_store(url, tmp_path, error.value)


async def test_a_database_that_does_not_exist_is_told(postgresql: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        async with open_store(f"postgresql://lamplit@/nowhere?host={postgresql}", tmp_path):
            pass
