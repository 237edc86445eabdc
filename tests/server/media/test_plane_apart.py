"""Two voices that are kept apart: neither is sent the other, nobody else notices, and nothing undoes it."""

from itertools import pairwise

import pytest

from rooms.voice.packet import AudioPacket, read_packet
from server.media import gcm_rows
from server.media import plane as plane_module
from tests.server.media.client import Client
from tests.server.media.stage import Stage, settle

ANN, BEN, CAT = 1, 2, 3


async def all_speakers(stage: Stage) -> tuple[Client, Client, Client]:
    return await stage.speaker(ANN), await stage.speaker(BEN), await stage.speaker(CAT)


def heard_by(client: Client) -> list[AudioPacket]:
    """What arrived until now."""
    packets = []
    while not client.packets.empty():
        packet = read_packet(client.packets.get_nowait())
        assert isinstance(packet, AudioPacket)
        packets.append(packet)
    return packets


def words_of(client: Client) -> list[bytes]:
    return [packet.payload for packet in heard_by(client)]


async def all_speak(stage: Stage, *clients: Client) -> None:
    stage.clock.now_ms += 20
    for client in clients:
        client.speak(b"from %d" % client.voice_id)
    await settle(clients)


async def test_neither_hears_the_other_and_the_third_hears_both(stage: Stage) -> None:
    ann, ben, cat = await all_speakers(stage)
    stage.plane.set_apart(ann.room, ANN, BEN, apart=True)

    await all_speak(stage, ann, ben, cat)

    assert words_of(ann) == [b"from 3"]
    assert words_of(ben) == [b"from 3"]
    assert sorted(words_of(cat)) == [b"from 1", b"from 2"]
    assert stage.all_drops() == 0  # it is nobody's loss, and no operator sees it in a counter
    assert stage.plane.counts().packets_out == 4


async def test_it_ends_when_told(stage: Stage) -> None:
    ann, ben, cat = await all_speakers(stage)
    stage.plane.set_apart(ann.room, ANN, BEN, apart=True)
    stage.plane.set_apart(ann.room, BEN, ANN, apart=False)

    await all_speak(stage, ann, ben, cat)

    assert sorted(words_of(ann)) == [b"from 2", b"from 3"]
    assert sorted(words_of(ben)) == [b"from 1", b"from 3"]


async def test_it_holds_before_they_come_and_over_new_transports(stage: Stage) -> None:
    stage.plane.set_apart(stage.client(9).room, ANN, BEN, apart=True)
    ann, ben, cat = await all_speakers(stage)
    await all_speak(stage, ann, ben, cat)
    for voice_id in (ANN, BEN):  # the older transport ends
        again = await stage.join(voice_id)
        ann, ben = (again, ben) if voice_id == ANN else (ann, again)
        await all_speak(stage, ann, ben, cat)
        assert set(words_of(ann)) == {b"from 3"}
        assert set(words_of(ben)) == {b"from 3"}
    stage.plane.close_peer(ann.room, ANN)
    ann = await stage.speaker(ANN)
    await all_speak(stage, ann, ben, cat)
    assert words_of(ann) == [b"from 3"]
    assert words_of(ben) == [b"from 3"]
    assert set(words_of(cat)) == {b"from 1", b"from 2"}


async def test_it_holds_over_a_restart_of_ice_and_a_move(stage: Stage) -> None:
    ann, ben, cat = await all_speakers(stage)
    stage.plane.set_apart(ann.room, ANN, BEN, apart=True)
    offer = stage.plane.restart_peer(ben.room, BEN)
    assert offer is not None
    ben.rebind()
    await ben.check(offer=offer)

    await all_speak(stage, ann, cat)

    assert words_of(ben) == [b"from 3"]


async def test_the_room_is_forgotten_with_its_last_pair(stage: Stage) -> None:
    room = stage.client(9).room
    stage.plane.set_apart(room, ANN, BEN, apart=False)
    assert not stage.plane._rooms
    stage.plane.set_apart(room, ANN, BEN, apart=True)
    assert stage.plane._rooms
    stage.plane.set_apart(room, ANN, BEN, apart=False)
    assert not stage.plane._rooms
    with pytest.raises(ValueError, match="from itself"):
        stage.plane.set_apart(room, ANN, ANN, apart=True)


async def test_another_room_is_not_touched(stage: Stage) -> None:
    stage.plane.set_apart(stage.client(9, room="night").room, ANN, BEN, apart=True)
    ann, ben = await stage.speaker(ANN), await stage.join(BEN)
    await all_speak(stage, ann)
    assert words_of(ben) == [b"from 1"]


async def test_a_slot_that_passes_to_another_voice_goes_on_without_a_gap(stage: Stage) -> None:
    ann, ben, cat = await all_speakers(stage)
    room = ann.room
    stage.plane.set_apart(room, ANN, BEN, apart=True)
    for speaker in (cat, ann, cat, ann, cat):  # in turn, all on one slot
        for other in (ann, cat):
            stage.plane.allow_voice(room, other.voice_id, allowed=other is speaker)
        for _ in range(4):
            await all_speak(stage, speaker)

    heard = heard_by(ben)
    assert [packet.payload for packet in heard] == [b"from 3"] * 12
    assert len({packet.ssrc for packet in heard}) == 1
    steps = [after.seq16 - before.seq16 & 0xFFFF for before, after in pairwise(heard)]
    assert steps == [1] * 11
    times_ms = [(after.timestamp_48k - before.timestamp_48k) / 48 for before, after in pairwise(heard)]
    assert times_ms == [20, 20, 20, 100, 20, 20, 20, 100, 20, 20, 20]
    assert [packet.marker for packet in heard] == [True, False, False, False] * 3


async def test_what_is_blocked_and_freed_in_the_middle_of_a_word(stage: Stage) -> None:
    ann, ben, cat = await all_speakers(stage)

    async def speak_late() -> None:
        """Three packets of which the network delivers the second last; at that moment it ends."""
        packets = [ann.protect(ann.write_packet(word)) for word in (b"one", b"two", b"three")]
        stage.clock.now_ms += 60
        ann.send(packets[0])
        ann.send(packets[2])
        await settle([ann])
        stage.plane.set_apart(ann.room, ANN, BEN, apart=False)
        ann.send(packets[1])
        await settle([ann])

    await all_speak(stage, ann)
    stage.plane.set_apart(ann.room, ANN, BEN, apart=True)
    await speak_late()
    await all_speak(stage, ann)
    await settle([ben, cat])

    heard = heard_by(ben)
    assert [packet.payload for packet in heard] == [b"from 1", b"from 1"]
    assert heard[1].seq16 == heard[0].seq16 + 1  # and no number was given twice
    assert words_of(cat) == [b"from 1", b"one", b"three", b"from 1"]


async def test_a_large_room_keeps_them_apart_in_order(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gcm_rows, "ROWS", 2)
    monkeypatch.setattr(plane_module, "ROWS", 2)
    ann, ben, cat = await all_speakers(stage)
    others = [await stage.join(voice_id) for voice_id in range(4, 8)]
    for number in range(12):
        stage.clock.now_ms += 20
        stage.plane.set_apart(ann.room, ANN, BEN, apart=3 <= number < 8)
        ann.speak(b"%d" % number)
        await ann.check()
    await settle([ann, ben, cat, *others])

    heard = heard_by(ben)
    assert [int(packet.payload) for packet in heard] == [0, 1, 2, 8, 9, 10, 11]
    assert [after.seq16 - before.seq16 & 0xFFFF for before, after in pairwise(heard)] == [1] * 6
    for other in (cat, *others):
        assert [int(word) for word in words_of(other)] == list(range(12))
