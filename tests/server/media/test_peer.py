"""A peer by itself: what it refuses before it has keys, and that its end is final. With keys: test_plane."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from contextlib import suppress

import pytest

from rooms.ids import MemberId, RoomSlug
from rooms.voice.drops import DropReason
from rooms.voice.slot import Slot
from server.media.dtls_seam import QUEUE_DATAGRAMS, Certificate
from server.media.ice_lite import Credentials
from server.media.peer import Peer, PeerPhase, PeerTerms

SLOTS = [Slot(index) for index in range(3)]


def make_peer(sent: list[bytes] | None = None, on_goodbye: Callable[[Peer], object] = print) -> Peer:
    terms = PeerTerms(
        room=RoomSlug("talk"),
        voice_id=MemberId(7),
        peer_id="p",
        session_id=1,
        cname="c",
        slot_ssrcs=(1, 2, 3),
        slot_starts=(0, 0, 0),
        opened_ms=0.0,
    )
    box = sent if sent is not None else []
    certificate = Certificate.generateCertificate()
    credentials = Credentials("u" * 16, "p" * 32)
    return Peer(terms, credentials, certificate, lambda datagram, _: box.append(datagram), on_goodbye)


async def test_nothing_is_read_before_there_are_keys() -> None:
    peer = make_peer()

    assert peer.on_sound(bytes(60), 0.0) is DropReason.NOT_KEYED
    assert peer.on_report(bytes(60), 0.0, 0) is DropReason.NOT_KEYED
    assert peer.write_report(SLOTS, 0.0, 0) is None
    assert peer.listen_to(SLOTS) is None
    peer.close()


async def test_records_that_nobody_takes_are_dropped_in_the_end() -> None:
    peer = make_peer()

    refused = [peer.on_dtls(b"\x16", 0.0) for _ in range(QUEUE_DATAGRAMS + 1)]

    assert refused == [None] * QUEUE_DATAGRAMS + [DropReason.QUEUE_FULL]
    peer.close()


async def test_without_a_path_a_handshake_sends_nothing() -> None:
    sent: list[bytes] = []
    peer = make_peer(sent)
    peer.phase = PeerPhase.CONNECTING

    try:
        async with asyncio.timeout(0.01):
            await peer.connect([("sha-256", "A1")])
    except TimeoutError:
        pass

    peer.close()
    assert sent == []


async def test_the_end_is_final() -> None:
    peer = make_peer()
    stopped: list[bool] = []
    peer.stop_handshake = lambda: stopped.append(True)

    peer.close()
    peer.close()

    assert stopped == [True]
    assert peer.phase is PeerPhase.CLOSED
    assert peer.on_sound(bytes(60), 0.0) is DropReason.NOT_KEYED


class Goodbye:
    """Somebody who is told of a goodbye: held by the peer alone."""

    def __call__(self, _: Peer) -> None:
        raise AssertionError("nobody said goodbye")


@pytest.mark.parametrize("is_answered", [False, True])
async def test_a_closed_peer_is_freed_at_once_and_not_by_the_collector(*, is_answered: bool) -> None:
    goodbye = Goodbye()
    held = weakref.ref(goodbye)
    peer = make_peer(on_goodbye=goodbye)
    del goodbye
    gc.disable()
    try:
        if is_answered:
            peer.phase = PeerPhase.CONNECTING
            with suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    await peer.connect([("sha-256", "A1")])
        assert held() is not None
        peer.close()
        del peer
        assert held() is None
    finally:
        gc.enable()
