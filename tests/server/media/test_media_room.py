import pytest
from pylibsrtp import Session

from rooms.ids import MemberId, RoomSlug
from rooms.voice.downlink import Downlink
from rooms.voice.drops import DropReason
from rooms.voice.packet import AudioPacket
from rooms.voice.slot import Slot
from server.media.fanout import Address, Listener
from server.media.media_room import MediaRoom, Reach
from tests.server.media.test_peer import make_peer

VOICE, OTHER, THIRD = MemberId(7), MemberId(8), MemberId(9)
PACKET = AudioPacket(111, False, 1, 960, 5, 20, True, b"sound")  # noqa: FBT003 -- as the reader makes it

HOME = ("192.0.2.1", 5_000)
SIX = ("2001:db8::1", 5_000, 0, 0)


def make_listener(address: Address, voice_id: MemberId = VOICE) -> Listener:
    downlink = Downlink([Slot(index) for index in range(3)], (1, 2, 3), (0, 0, 0))
    return Listener(voice_id, downlink, Session(), address)


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


def test_a_pair_is_kept_apart_on_both_sockets_and_both_ways() -> None:
    room = MediaRoom(RoomSlug("talk"))
    first, six, third = make_listener(HOME), make_listener(SIX, OTHER), make_listener(HOME, THIRD)
    everybody = (Reach((first, third)), Reach((six,)))
    room.set_apart(VOICE, OTHER, apart=True)
    for listener in (first, six, third):
        room.add_listener(listener)

    assert room.reach(VOICE) == (Reach((first, third)), Reach((), (six,)))
    assert room.reach(OTHER) == (Reach((third,), (first,)), Reach((six,)))
    assert room.reach(THIRD) == everybody
    room.set_apart(THIRD, OTHER, apart=True)
    assert room.reach(OTHER) == (Reach((), (first, third)), Reach((six,)))

    room.set_apart(OTHER, VOICE, apart=False)
    assert room.reach(VOICE) == everybody
    assert room.reach(THIRD) == (Reach((first, third)), Reach((), (six,)))


def test_listeners_who_come_move_and_go_stay_apart() -> None:
    room = MediaRoom(RoomSlug("talk"))
    other = make_listener(HOME, OTHER)
    room.set_apart(VOICE, OTHER, apart=True)
    assert room.reach(VOICE) == (Reach(()), Reach(()))
    room.add_listener(other)
    assert room.reach(VOICE) == (Reach((), (other,)), Reach(()))
    assert room.reach(VOICE) is room.reach(VOICE)  # not made again for each packet
    room.move_listener(other, SIX)
    assert room.reach(VOICE) == (Reach(()), Reach((), (other,)))
    room.remove_listener(other)
    assert room.reach(VOICE) == (Reach(()), Reach(()))


def test_a_room_with_a_pair_is_kept_until_it_is_taken_back() -> None:
    room = MediaRoom(RoomSlug("talk"))
    room.set_apart(VOICE, OTHER, apart=False)
    assert room.is_empty
    for apart in (True, True):
        room.set_apart(VOICE, OTHER, apart)
        assert not room.is_empty
    room.set_apart(OTHER, VOICE, apart=False)
    assert room.is_empty
    with pytest.raises(ValueError, match="from itself"):
        room.set_apart(VOICE, VOICE, apart=True)
