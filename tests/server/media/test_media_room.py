from pylibsrtp import Session

from rooms.ids import MemberId, RoomSlug
from rooms.voice.downlink import Downlink
from rooms.voice.drops import DropReason
from rooms.voice.packet import AudioPacket
from rooms.voice.slot import Slot
from server.media.fanout import Address, Listener
from server.media.media_room import MediaRoom
from tests.server.media.test_peer import make_peer

VOICE = MemberId(7)
PACKET = AudioPacket(111, False, 1, 960, 5, 20, True, b"sound")  # noqa: FBT003 -- as the reader makes it

HOME = ("192.0.2.1", 5_000)
SIX = ("2001:db8::1", 5_000, 0, 0)


def make_listener(address: Address) -> Listener:
    downlink = Downlink([Slot(index) for index in range(3)], (1, 2, 3), (0, 0, 0))
    return Listener(VOICE, downlink, Session(), address)


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


def test_listeners_are_grouped_by_the_family_of_their_path() -> None:
    room = MediaRoom(RoomSlug("talk"))
    listener, other = make_listener(HOME), make_listener(HOME)
    room.add_listener(listener)
    room.add_listener(other)
    before = room.listeners4

    room.move_listener(listener, SIX)
    assert (room.listeners4, room.listeners6) == ((other,), (listener,))
    assert listener.address == SIX
    assert before == (listener, other)  # what a fan-out under way holds stays as it was

    room.move_listener(listener, HOME)
    assert (room.listeners4, room.listeners6) == ((other, listener), ())
    room.remove_listener(listener)
    assert (room.listeners4, room.listeners6) == ((other,), ())
