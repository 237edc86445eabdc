import socket

import pytest

from rooms.ids import MemberId, RoomSlug
from rooms.voice.downlink import Downlink
from rooms.voice.drops import DropReason
from rooms.voice.packet import AudioPacket
from rooms.voice.slot import Forward, Slot
from server.media.addresses import Address
from server.media.listener import Listener
from server.media.media_room import MediaRoom
from server.media.packet_out import PacketOut
from server.media.srtp_gcm import SessionKeys
from tests.server.media.ear import KeptCopies, draw_master
from tests.server.media.test_peer import make_peer

VOICE, OTHER, THIRD = MemberId(7), MemberId(8), MemberId(9)
PACKET = AudioPacket(111, False, 1, 960, 5, 20, True, b"sound")  # noqa: FBT003 -- as the reader makes it

HOME = ("192.0.2.1", 5_000)
NEXT = ("192.0.2.2", 5_000)
FAR = ("198.51.100.1", 5_001)
SIX = ("2001:db8::1", 5_000, 0, 0)


def make_listener(address: Address, voice_id: MemberId = VOICE) -> Listener:
    downlink = Downlink([Slot(index) for index in range(3)], (1, 2, 3), (0, 0, 0))
    return Listener(voice_id, downlink, SessionKeys.derive(draw_master()), address)


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


def reached(room: MediaRoom, speaker: MemberId, counter: int) -> tuple[list[Address], list[Address]]:
    """Where a packet of a voice goes, over IPv4 and over IPv6."""
    forward = Forward(0, counter, 1, 960 * counter, False, speaker, 30, False, b"sound")  # noqa: FBT003
    four, six = KeptCopies(), KeptCopies(socket.AF_INET6)
    packet = PacketOut(forward, room.skipped_by(speaker))
    for _ in room.send(packet, (four, six)):
        pass
    return [address for _, address in four.sent], [address for _, address in six.sent]


def test_listeners_are_grouped_by_the_family_of_their_path() -> None:
    room = MediaRoom(RoomSlug("talk"))
    listener, other = make_listener(HOME), make_listener(NEXT, OTHER)
    room.add_listener(listener)
    room.add_listener(other)
    assert reached(room, THIRD, 1) == ([HOME, NEXT], [])

    room.move_listener(listener, SIX)
    assert reached(room, THIRD, 2) == ([NEXT], [SIX])
    assert listener.address == SIX

    room.move_listener(listener, HOME)
    assert reached(room, THIRD, 3) == ([NEXT, HOME], [])
    room.move_listener(listener, FAR)
    assert reached(room, THIRD, 4) == ([NEXT, FAR], [])
    room.remove_listener(listener)
    assert reached(room, THIRD, 5) == ([NEXT], [])
    assert room.listener_count == 1


def test_a_pair_is_kept_apart_on_both_sockets_and_both_ways() -> None:
    room = MediaRoom(RoomSlug("talk"))
    first, six, third = make_listener(HOME), make_listener(SIX, OTHER), make_listener(NEXT, THIRD)
    room.set_apart(VOICE, OTHER, apart=True)
    for listener in (first, six, third):
        room.add_listener(listener)

    assert reached(room, VOICE, 1) == ([NEXT], [])
    assert reached(room, OTHER, 2) == ([NEXT], [])
    assert reached(room, THIRD, 3) == ([HOME], [SIX])
    room.set_apart(THIRD, OTHER, apart=True)
    assert reached(room, OTHER, 4) == ([], [])

    room.set_apart(OTHER, VOICE, apart=False)
    assert reached(room, VOICE, 5) == ([NEXT], [SIX])
    assert reached(room, THIRD, 6) == ([HOME], [])


def test_listeners_who_come_move_and_go_stay_apart() -> None:
    room = MediaRoom(RoomSlug("talk"))
    other = make_listener(HOME, OTHER)
    room.set_apart(VOICE, OTHER, apart=True)
    room.add_listener(other)
    assert reached(room, VOICE, 1) == ([], [])
    assert room.skipped_by(VOICE) is room.skipped_by(VOICE)  # not made again for each packet
    room.move_listener(other, SIX)
    assert reached(room, VOICE, 2) == ([], [])
    room.remove_listener(other)
    assert room.listener_count == 0


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
