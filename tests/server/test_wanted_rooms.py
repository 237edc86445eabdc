from pathlib import Path

import msgspec

from rooms.ids import RoomSlug
from server.config import RoomConfig
from server.group_ports import GroupSlug
from server.ports import StoredRoom
from server.store.sql_store import open_store
from server.wanted_rooms import group_of, wanted_rooms
from tests.server.nodes import node_config


async def test_rooms_of_the_configuration_come_first_and_hide_those_of_the_store(tmp_path: Path) -> None:
    rooms = (
        RoomConfig(slug=RoomSlug("talk"), title="Talk"),
        RoomConfig(slug=RoomSlug("hall"), title="Hall", about="Large", group="house"),
    )
    config = msgspec.structs.replace(node_config(tmp_path), rooms=rooms)
    night = StoredRoom(RoomSlug("night"), "Night", "", GroupSlug("house"))
    async with open_store("", tmp_path) as store:
        await store.add_room(StoredRoom(RoomSlug("talk"), "Older", "", GroupSlug("house")), 1)
        await store.add_room(night, 2)
        found = await wanted_rooms(config, store)
    assert found == (
        ("talk", "Talk", "", None),
        ("hall", "Hall", "Large", "house"),
        night,
    )
    assert [group_of(room) for room in found] == ["talk", "house", "house"]
