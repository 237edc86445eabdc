"""How transports end, and what is left of them: nothing."""

import asyncio
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from rooms.voice.drops import DropReason
from server.media import gcm_rows, threaded_sender
from server.media import plane as plane_module
from server.media.counts import CloseReason
from server.media.plane import CERTIFICATE_MS, CONNECT_MS, FIRST_CHECK_MS, MediaPlane
from server.media.settings import MediaSettings
from tests.server.media.client import WAIT_S, read_line
from tests.server.media.stage import SETTINGS, Stage, open_stage, settle


async def test_a_peer_without_checks_expires(stage: Stage) -> None:
    client, other = await stage.join(1), await stage.join(2)
    stage.clock.now_ms += 29_000
    await other.check()
    stage.tick_round()
    assert stage.plane.peer_id(client.room, 1)

    stage.clock.now_ms += 2_000
    stage.tick_round()

    closed = await stage.next_closed()
    assert (closed.voice_id, closed.reason) == (1, CloseReason.EXPIRED)
    assert not stage.plane.peer_id(client.room, 1)
    assert stage.plane.peer_id(other.room, 2)
    await asyncio.wait_for(client.goodbye.wait(), WAIT_S)


async def test_a_goodbye_ends_the_peer(stage: Stage) -> None:
    client = await stage.join(1)

    client.seam.close()

    assert (await stage.next_closed()).reason is CloseReason.GOODBYE
    assert stage.plane.counts().peers == 0


async def test_closing_says_goodbye_and_tells_nobody_here(stage: Stage) -> None:
    client = await stage.join(1)

    stage.plane.close_peer(client.room, 1)

    await asyncio.wait_for(client.goodbye.wait(), WAIT_S)
    await settle([await stage.join(2)])
    assert stage.closed.empty()


async def test_abandoned_offers_are_gone_and_leave_nothing(stage: Stage) -> None:
    room = stage.client(0).room
    for voice_id in range(1_000):
        stage.plane.open_peer(room, voice_id % 500)
    assert stage.plane.counts().peers == 500

    stage.clock.now_ms += FIRST_CHECK_MS + 1
    stage.tick_round()

    assert stage.plane.counts().peers == 0
    assert stage.plane.counts().closed[CloseReason.NEVER_CONNECTED] == 500
    assert not stage.plane._rooms
    assert not stage.plane._table.by_ufrag
    assert not any(stage.plane._table._turns)


async def test_a_peer_that_is_checked_but_never_keyed_is_gone(stage: Stage) -> None:
    client = stage.client(1)
    client.offer = stage.plane.open_peer(client.room, 1)
    await client.check()
    assert client.accept() is None

    stage.clock.now_ms += CONNECT_MS + 1
    stage.tick_round()

    assert (await stage.next_closed()).reason is CloseReason.NEVER_CONNECTED
    assert not stage.plane._table.by_address


async def test_many_joins_and_ends_leave_nothing(stage: Stage) -> None:
    tasks_before = len(asyncio.all_tasks())
    for _ in range(20):
        client = await stage.join(1)
        client.close()
        stage.clients.remove(client)
        await stage.next_closed()

    assert stage.plane.counts().joins == 20
    assert not stage.plane._rooms
    assert not stage.plane._table.by_ufrag
    assert not stage.plane._table.by_address
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == tasks_before


async def test_a_large_room_is_served_in_chunks_in_order(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gcm_rows, "ROWS", 2)
    monkeypatch.setattr(plane_module, "ROWS", 2)
    monkeypatch.setattr(plane_module, "MAX_WAITING", 12)
    speaker = await stage.speaker(1)
    listeners = [await stage.join(voice_id) for voice_id in range(2, 7)]
    words = [bytes([65 + number]) for number in range(plane_module.MAX_WAITING + 3)]

    for word in words:
        stage.clock.now_ms += 20
        speaker.speak(word)
    await settle([speaker, *listeners])

    # All came in one batch, while nothing could be sent on: the last three found no room.
    assert stage.drops(DropReason.QUEUE_FULL) == 3 * 5  # the speaker would have got none
    for listener in listeners:
        assert [(await listener.hear()).payload for _ in words[:-3]] == words[:-3]
        assert listener.packets.empty()
    assert stage.plane.counts().packets_out == 5 * len(words[:-3])


async def test_a_large_room_loses_nothing_by_a_short_stall(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gcm_rows, "ROWS", 2)
    monkeypatch.setattr(plane_module, "ROWS", 2)
    speakers = [await stage.speaker(voice_id) for voice_id in range(1, 4)]
    listener = await stage.join(4)
    for _ in range(5):  # 100 ms of all three voices, read in one turn of the loop
        stage.clock.now_ms += 20
        for speaker in speakers:
            speaker.speak(b"sound")

    for _ in range(15):
        assert (await listener.hear()).payload == b"sound"
    assert stage.drops(DropReason.QUEUE_FULL) == 0


async def test_threads_send_in_order_and_end_with_the_plane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gcm_rows, "ROWS", 2)
    monkeypatch.setattr(plane_module, "ROWS", 2)
    monkeypatch.setattr(threaded_sender, "ROWS_FOR_A_THREAD", 0)
    before = threading.active_count()
    async with open_stage(structs.replace(SETTINGS, sending_threads=2)) as stage:
        speaker = await stage.speaker(1)
        *listeners, last = [await stage.join(voice_id) for voice_id in range(2, 8)]
        for number in range(30):
            stage.clock.now_ms += 20
            speaker.speak(b"%d" % number)
            assert (await last.hear()).payload == b"%d" % number
        for listener in listeners:
            assert [int((await listener.hear()).payload) for _ in range(30)] == list(range(30))
        stage.plane.on_tick()
        assert stage.plane.counts().packets_out == 30 * 6
        assert threading.active_count() == before + 2 * 2
    assert threading.active_count() == before


async def test_speaking_names_the_loud(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)
    speaker.speak(b"sound", level=25)
    await listener.hear()

    stage.plane.on_tick()

    assert stage.plane.speaking(speaker.room) == [(1, 25)]
    assert stage.plane.speaking(stage.client(9, room="empty").room) == []


async def test_a_handshake_that_stops_half_way_has_a_deadline(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plane_module, "HANDSHAKE_S", 0.05)
    client = stage.client(1)
    client.offer = stage.plane.open_peer(client.room, 1)
    await client.check()

    assert client.accept() is None

    assert (await stage.next_closed()).reason is CloseReason.HANDSHAKE_FAILED


async def test_the_certificate_is_renewed_for_new_peers(stage: Stage) -> None:
    speaker, older = await stage.speaker(1), await stage.join(2)
    stage.clock.now_ms += CERTIFICATE_MS + 1
    for client in (speaker, older):
        await client.check()

    newer = await stage.join(3)

    prints = [read_line(client.offer.sdp, "a=fingerprint:") for client in (older, newer)]
    assert prints[0] != prints[1]
    speaker.speak(b"to both")
    assert (await older.hear()).payload == (await newer.hear()).payload == b"to both"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=30))
async def test_random_datagrams_from_anybody_never_raise(datagrams: list[bytes]) -> None:
    async with open_stage() as stage:
        member = await stage.join(1)
        proven = member.socket.getsockname()

        for datagram in datagrams:
            stage.plane._on_datagram(datagram, ("192.0.2.1", 9))
            stage.plane._on_datagram(bytes([0x80, 111]) + datagram, proven)
            stage.plane._on_datagram(bytes([0x80, 200]) + datagram, proven)

        assert stage.all_drops() == 3 * len(datagrams)
        assert member.is_connected()


async def test_leaving_the_plane_closes_the_port_and_says_goodbye() -> None:
    async with open_stage() as stage:
        client, half_way = await stage.join(1), stage.client(2)
        half_way.offer = stage.plane.open_peer(half_way.room, 2)
        assert half_way.accept() is None
        number = stage.plane.port_number
        await stage.plane.__aexit__(None, None, None)
        await asyncio.wait_for(client.goodbye.wait(), WAIT_S)
        again = MediaPlane(MediaSettings(udp_host4="127.0.0.1", udp_port=number), stage.clock)
        async with again:
            assert again.port_number == number
