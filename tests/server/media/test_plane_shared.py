"""Two planes of one room: who is on one is heard on the other, by the same rules."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from rooms.ids import MemberId, RoomSlug
from rooms.voice.drops import DropReason
from rooms.voice.packet import AudioPacket, read_packet
from server.media.plane import MediaPlane
from server.ports import SentVoice, VoiceListener
from tests.server.media.client import WAIT_S, Client, FakeClock
from tests.server.media.stage import SETTINGS

ROOM = RoomSlug("talk")
ANN, BEN, CLEO = 11, 22, 33


class Wire:
    """Carries voices at once to every plane but the sender's."""

    def __init__(self) -> None:
        self.listeners: dict[End, VoiceListener] = {}


class End:
    """One plane's end of the wire."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.sent: list[SentVoice] = []

    def publish(self, slug: RoomSlug, voice: SentVoice) -> None:
        self.sent.append(voice)
        for end, listener in self.wire.listeners.items():
            if end is not self:
                listener(slug, voice)

    def follow(self, slug: RoomSlug, listener: VoiceListener) -> Callable[[], None]:
        assert slug == ROOM
        self.wire.listeners[self] = listener
        return lambda: self.wire.listeners.pop(self, None) and None


class Pair:
    """Two planes that share one room, and their clients."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        wire = Wire()
        self.ends = (End(wire), End(wire))
        self.planes = tuple(MediaPlane(SETTINGS, self.clock, voices=end) for end in self.ends)
        self.clients: list[Client] = []
        for plane in self.planes:
            plane.share([ROOM])

    async def join(self, plane: int, voice_id: int) -> Client:
        client = Client(self.planes[plane], ROOM, voice_id)
        self.clients.append(client)
        return await client.join()

    def allow(self, voice_id: int, *, allowed: bool = True) -> None:
        for plane in self.planes:  # each follows the room's record
            plane.allow_voice(ROOM, voice_id, allowed)

    def drops(self, plane: int, reason: DropReason) -> int:
        return self.planes[plane].counts().drops[reason]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        made = Pair()
        for plane in made.planes:
            await stack.enter_async_context(plane)
        yield made
        for client in made.clients:
            client.close()


async def heard(client: Client) -> tuple[int, bytes]:
    """Return who spoke the next packet that the client hears, and its payload."""
    async with asyncio.timeout(WAIT_S):
        packet = await client.packets.get()
    read = read_packet(packet)
    assert isinstance(read, AudioPacket)
    return int.from_bytes(packet[12:16], "big"), read.payload


async def test_two_on_two_nodes_hear_each_other(pair: Pair) -> None:
    ann, ben = await pair.join(0, ANN), await pair.join(1, BEN)
    pair.allow(ANN)
    pair.allow(BEN)
    ann.speak(b"from ann")
    assert await heard(ben) == (ANN, b"from ann")
    ben.speak(b"from ben")
    assert await heard(ann) == (BEN, b"from ben")
    assert pair.planes[0].counts().packets_shared == pair.planes[1].counts().packets_from_nodes == 1


async def test_a_muted_voice_is_not_sent_to_other_nodes_and_not_taken_from_them(pair: Pair) -> None:
    ann, ben = await pair.join(0, ANN), await pair.join(1, BEN)
    ann.speak(b"muted at home")
    await ann.check()
    assert not pair.ends[0].sent
    pair.planes[0].allow_voice(ROOM, ANN, allowed=True)  # the other node has not heard of it yet
    ann.speak(b"muted there")
    await ann.check()
    assert len(pair.ends[0].sent) == 1
    assert pair.drops(1, DropReason.MUTED) == 1
    pair.allow(ANN)
    ann.speak(b"heard")
    assert await heard(ben) == (ANN, b"heard")
    pair.planes[1].allow_voice(ROOM, ANN, allowed=False)
    ann.speak(b"no more")
    await ann.check()
    assert pair.drops(1, DropReason.MUTED) == 2


async def test_nothing_is_sent_while_nobody_is_on_another_node(pair: Pair) -> None:
    ann = await pair.join(0, ANN)
    pair.allow(ANN)
    pair.planes[0].share([])
    ann.speak(b"alone")
    await ann.check()
    assert not pair.ends[0].sent
    assert pair.planes[0].counts().packets_in == 1


async def test_who_is_kept_apart_is_so_across_nodes(pair: Pair) -> None:
    ann, ben, cleo = await pair.join(0, ANN), await pair.join(1, BEN), await pair.join(1, CLEO)
    pair.allow(ANN)
    for plane in pair.planes:
        plane.set_apart(ROOM, ANN, BEN, apart=True)
    ann.speak(b"not for ben")
    assert await heard(cleo) == (ANN, b"not for ben")
    for plane in pair.planes:
        plane.set_apart(ROOM, ANN, BEN, apart=False)
    ann.speak(b"for all")
    assert await heard(ben) == (ANN, b"for all")


async def test_while_a_member_moves_only_the_newer_transport_is_heard(pair: Pair) -> None:
    ben = await pair.join(1, BEN)
    old = await pair.join(0, ANN)
    pair.allow(ANN)
    old.speak(b"old 1")
    assert await heard(ben) == (ANN, b"old 1")
    new = await pair.join(1, ANN)
    old.speak(b"old 2")  # still: the new one has said nothing
    assert await heard(ben) == (ANN, b"old 2")
    new.speak(b"new 1")
    assert await heard(ben) == (ANN, b"new 1")
    old.speak(b"old 3")
    await old.check()
    assert pair.drops(0, DropReason.SUPERSEDED) == 1  # at home already, so that no third node hears both
    new.speak(b"new 2")
    assert await heard(ben) == (ANN, b"new 2")


async def test_an_older_transport_is_heard_again_when_the_newer_one_is_silent(pair: Pair) -> None:
    ben = await pair.join(1, BEN)
    old = await pair.join(0, ANN)
    pair.allow(ANN)
    new = await pair.join(1, ANN)
    new.speak(b"new")
    assert await heard(ben) == (ANN, b"new")
    pair.clock.now_ms += 2_001
    old.speak(b"old")
    assert await heard(ben) == (ANN, b"old")


async def test_a_voice_goes_on_without_its_old_transport(pair: Pair) -> None:
    ben = await pair.join(0, BEN)
    await pair.join(0, ANN)
    pair.allow(ANN)
    new = await pair.join(1, ANN)
    new.speak(b"new 1")
    assert await heard(ben) == (ANN, b"new 1")
    pair.planes[0].retire_peer(ROOM, ANN)
    new.speak(b"new 2")
    assert await heard(ben) == (ANN, b"new 2")
    pair.planes[0].close_peer(ROOM, ANN)
    new.speak(b"left")
    await new.check()
    assert pair.drops(0, DropReason.MUTED) == 1


async def test_a_node_without_members_of_the_room_follows_no_voices(pair: Pair) -> None:
    await pair.join(0, ANN)
    await pair.join(1, BEN)
    assert len(pair.ends[0].wire.listeners) == 2
    pair.planes[1].close_peer(ROOM, BEN)
    assert set(pair.ends[0].wire.listeners) == {pair.ends[0]}
    assert MemberId(BEN) not in dict(pair.planes[1].speaking(ROOM))
