from rooms.ids import MemberId, RoomSlug
from rooms.voice.drops import DropReason
from rooms.voice.packet import AudioPacket
from server.media.media_room import MediaRoom
from tests.server.media.test_peer import make_peer

VOICE = MemberId(7)
PACKET = AudioPacket(111, False, 1, 960, 5, 20, True, b"sound")  # noqa: FBT003 -- as the reader makes it


def heard(room: MediaRoom) -> bool:
    return not isinstance(room.forwarder.receive(VOICE, PACKET, 0.0), DropReason)


async def test_permission_is_kept_without_a_peer() -> None:
    room, peer = MediaRoom(RoomSlug("talk")), make_peer()
    assert room.is_empty

    room.allow(VOICE, allowed=True)
    assert not room.is_empty
    room.add(peer)
    assert heard(room)
    room.remove(peer)
    assert not room.is_empty

    room.allow(VOICE, allowed=False)
    assert room.is_empty
    peer.close()


async def test_a_mute_reaches_the_forwarder() -> None:
    room, peer = MediaRoom(RoomSlug("talk")), make_peer()
    room.add(peer)
    assert not heard(room)

    room.allow(VOICE, allowed=True)
    assert heard(room)
    room.allow(VOICE, allowed=False)
    assert not heard(room)
    peer.close()


async def test_only_connected_peers_listen() -> None:
    room, peer = MediaRoom(RoomSlug("talk")), make_peer()
    room.add(peer)

    room.group_listeners()

    assert (room.listeners4, room.listeners6) == ((), ())
    peer.close()
