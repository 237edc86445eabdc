import stat
from pathlib import Path

from rooms.commands import JoinRoom, StrandMember
from rooms.ids import MemberId, RoomSlug
from rooms.model import FloorMode, RoomSettings
from server.app import Readiness, build_app, group_rooms, make_host_api, make_node
from server.group_ports import GroupSlug, StoredGroup
from server.http.origins import Origins
from server.ports import StoredRoom
from server.store.sql_store import open_store
from tests.server.nodes import node_config, open_stored_rooms


async def test_rooms_are_open_and_shown_once_opened(tmp_path: Path) -> None:
    node = make_node(node_config(tmp_path), Origins([]))
    assert node.lobby.cards() == ()
    await open_stored_rooms(node)
    (card,) = node.lobby.cards()
    assert (card.slug, card.title, card.members) == ("talk", "The talk room", 0)
    room = node.rooms.open_room(RoomSlug("talk"))
    assert room is not None
    assert len(room.meeting_id) == 16


async def test_rooms_of_the_store_come_after_the_configured_and_are_set_as_left(
    tmp_path: Path,
) -> None:
    config = node_config(tmp_path)
    node = make_node(config, Origins([]))
    left = RoomSettings(floor=FloorMode.HANDS, is_locked=True)
    async with open_store("", config.server.data_path) as store:
        await store.add_room(StoredRoom(RoomSlug("night"), "Night", "All night"), 1)
        await store.add_room(StoredRoom(RoomSlug("talk"), "An older talk room", ""), 1)
        await store.add_room(StoredRoom(RoomSlug("gone"), "Gone", ""), 1)
        await store.close_room(RoomSlug("gone"), 2)
        await store.save({RoomSlug("night"): left}, ())
    await open_stored_rooms(node)
    assert [(card.slug, card.title) for card in node.lobby.cards()] == [
        ("talk", "The talk room"),
        ("night", "Night"),
    ]
    night, talk = node.rooms.open_room(RoomSlug("night")), node.rooms.open_room(RoomSlug("talk"))
    assert night is not None
    assert talk is not None
    assert (night.settings, talk.settings) == (left, RoomSettings())


async def test_a_card_counts_who_is_there_and_not_kept_seats(tmp_path: Path) -> None:
    node = make_node(node_config(tmp_path), Origins([]))
    await open_stored_rooms(node)
    slug, maya, jo = RoomSlug("talk"), MemberId(1), MemberId(2)
    await node.rooms.carry_out(slug, JoinRoom(member_id=maya, name="Maya"))
    await node.rooms.carry_out(slug, JoinRoom(member_id=jo, name="Jo"))
    await node.rooms.carry_out(slug, StrandMember(member_id=jo))
    assert [card.members for card in node.lobby.cards()] == [1]


async def test_a_room_without_a_group_is_one_by_itself(tmp_path: Path) -> None:
    config = node_config(tmp_path)
    async with open_store("", config.server.data_path) as store:
        await store.add_room(StoredRoom(RoomSlug("dawn"), "Dawn", "", GroupSlug("lamps")), 1)
        await store.add_room(StoredRoom(RoomSlug("dusk"), "Dusk", ""), 2)
        await store.add_room(StoredRoom(RoomSlug("talk"), "Another", "", GroupSlug("lamps")), 3)
        await store.groups.add(StoredGroup(GroupSlug("lamps"), "Lamps", "", ""), 4)
        assert await group_rooms(config, store) == (
            ("talk", "The talk room", "talk"),
            ("dawn", "Dawn", "lamps"),
            ("dusk", "Dusk", "dusk"),
        )


async def test_every_start_is_another_meeting(tmp_path: Path) -> None:
    meetings = set()
    for _ in range(2):
        node = make_node(node_config(tmp_path), Origins([]))
        await open_stored_rooms(node)
        room = node.rooms.open_room(RoomSlug("talk"))
        assert room is not None
        meetings.add(room.meeting_id)
    assert len(meetings) == 2


async def test_the_data_directory_is_the_owners_alone(tmp_path: Path) -> None:
    make_node(node_config(tmp_path), Origins([]))
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


async def test_the_catch_all_stands_last(tmp_path: Path) -> None:
    node = make_node(node_config(tmp_path), Origins([]))
    async with open_store("", tmp_path) as store:
        origins = Origins([])
        app = build_app(node, make_host_api(node, store, origins), origins)
    paths = [resource.canonical for resource in app.router.resources()]
    assert paths[-1] == "/{path}"
    assert {
        "/socket.io/",
        "/api/rooms",
        "/api/schedule",
        "/api/host/me",
        "/api/leave",
        "/healthz",
        "/readyz",
        "/metrics",
        "/exit",
        "/robots.txt",
        "/",
    } < set(paths)


def test_a_server_is_not_ready_before_it_says_so() -> None:
    readiness = Readiness()
    assert readiness.reasons == ("starting",)
    readiness.say()
    assert readiness.reasons == ()
