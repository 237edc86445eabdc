import os
import socket
import struct
from collections.abc import Iterator

import pytest
from pylibsrtp import Session

from rooms.ids import MemberId
from rooms.voice.downlink import Downlink
from rooms.voice.packet import AudioPacket, read_packet
from rooms.voice.slot import LATE_MAX_PACKETS, Forward, Slot
from server.media.kernel_lists import ROWS
from server.media.listener import CopySender, Listener
from server.media.packet_out import PacketOut
from server.media.senders import SendtoSender
from server.media.srtp_gcm import SessionKeys
from server.media.udp_port import open_sender
from tests.server.media.ear import SSRCS, START, Cipher, Ear, KeptCopies, draw_master, listeners_of, send

ANN = MemberId(0x7FFFFFFF)  # 32 bits of CSRC, highest number there is


@pytest.fixture
def slots() -> list[Slot]:
    slots = [Slot(index) for index in range(3)]
    for slot in slots:
        slot.take(ANN)
    return slots


@pytest.fixture(params=["ours", "libsrtp"])
def cipher(request: pytest.FixtureRequest) -> Cipher:
    found: Cipher = request.param
    return found


@pytest.fixture(params=["all at once", "one by one"])
def sender(request: pytest.FixtureRequest) -> Iterator[CopySender]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)  # noqa: FBT003 - the library's signature
        yield open_sender(sock) if request.param == "all at once" else SendtoSender(sock)


@pytest.fixture
def ears(slots: list[Slot], cipher: Cipher) -> Iterator[list[Ear]]:
    ears = [Ear(voice_id, slots, cipher=cipher) for voice_id in (MemberId(1), ANN, MemberId(3))]
    yield ears
    for ear in ears:
        ear.sock.close()


def forward_on(
    slot: Slot, seq16: int, *, level_dbov: int | None = 42, voice_flag: bool = True, marker: bool = False
) -> Forward:
    packet = AudioPacket(111, marker, seq16, seq16 * 960, 5, level_dbov, voice_flag, b"opus" + bytes([seq16]))
    forward = slot.place(packet, seq16 * 20.0)
    assert isinstance(forward, Forward)
    return forward


def test_the_packet_as_each_listener_gets_it(slots: list[Slot], ears: list[Ear], sender: CopySender) -> None:
    listeners = listeners_of(*(ear.listener for ear in ears))
    assert send(forward_on(slots[1], 9), listeners, sender) == (2, 0, 0, 0)
    for ear in (ears[0], ears[2]):
        assert ear.receive() == (
            struct.pack("!BBHII", 0x91, 0x80 | 111, START + LATE_MAX_PACKETS + 1, 960, SSRCS[1])
            + struct.pack("!I", ANN)
            + b"\xbe\xde\0\1\x10"
            + bytes([0x80 | 42, 0, 0])
            + b"opus\x09"
        )
        assert ear.heard_nothing()


def test_the_speaker_gets_nothing_and_sees_no_gap(
    slots: list[Slot], ears: list[Ear], sender: CopySender
) -> None:
    listeners = listeners_of(*(ear.listener for ear in ears))
    slots[0].take(MemberId(1))
    send(forward_on(slots[0], 1), listeners, sender)
    slots[0].take(ANN)
    for seq16 in (2, 3, 5):
        send(forward_on(slots[0], seq16), listeners, sender)
    slots[0].take(MemberId(1))
    send(forward_on(slots[0], 6), listeners, sender)
    first, second = ears[1].hear(), ears[1].hear()
    assert (second.seq16, second.payload) == (first.seq16 + 1, b"opus\x06")
    assert ears[1].heard_nothing()
    assert ears[1].listener.downlink.packets_sent(0) == 2
    assert [ears[2].hear().seq16 - first.seq16 for _ in range(5)] == [0, 1, 2, 4, 5]


@pytest.mark.parametrize(
    ("level_dbov", "voice_flag"), [(0, False), (0, True), (127, False), (127, True), (None, False)]
)
def test_level_flag_and_marker_arrive(
    slots: list[Slot], ears: list[Ear], sender: CopySender, level_dbov: int | None, *, voice_flag: bool
) -> None:
    listeners = listeners_of(*(ear.listener for ear in ears))
    forward_on(slots[2], 1)
    for marker in (False, True):
        forward = forward_on(
            slots[2], 2 + marker, level_dbov=level_dbov, voice_flag=voice_flag, marker=marker
        )
        send(forward, listeners, sender)
        packet = ears[0].hear()
        assert (packet.level_dbov, packet.voice_flag) == (level_dbov, voice_flag)
        assert (packet.marker, packet.payload) == (marker, forward.payload)


def test_any_payload_passes_unchanged(slots: list[Slot], ears: list[Ear], sender: CopySender) -> None:
    listeners = listeners_of(*(ear.listener for ear in ears))
    for seq16, payload in enumerate((b"\0", os.urandom(1_150), os.urandom(1_200), bytes(range(256)), b"\1")):
        packet = AudioPacket(111, False, seq16, seq16 * 960, 5, 30, False, payload)  # noqa: FBT003
        forward = slots[0].place(packet, seq16 * 20.0)
        assert isinstance(forward, Forward)
        send(forward, listeners, sender)
        for ear in (ears[0], ears[2]):
            assert ear.receive()[24:] == payload


def test_what_the_kernel_refuses_is_dropped_and_counted(slots: list[Slot], ears: list[Ear]) -> None:
    class Full(KeptCopies):
        def sendto(self, datagram: bytes | memoryview, address: object, /) -> int:
            self.calls += 1
            raise BlockingIOError

    first, second = ears[0].listener, ears[2].listener
    listeners = listeners_of(first, second)
    full = Full(refused_rows=(0, 1))
    assert send(forward_on(slots[0], 1), listeners, full) == (0, 2, 0, 0)
    assert first.downlink.packets_sent(0) == second.downlink.packets_sent(0) == 0
    assert full.calls <= 2  # never tried again
    after = forward_on(slots[0], 2)
    # A refused packet is loss for its listener, and looks like it.
    assert second.downlink.seq16(after) == START + LATE_MAX_PACKETS + 2


def test_an_address_that_cannot_be_sent_to_harms_nobody_else(
    slots: list[Slot], ears: list[Ear], sender: CopySender
) -> None:
    listeners = listeners_of(*(ear.listener for ear in ears))
    listeners.move(ears[0].listener, ("127.0.0.1", 0))
    assert send(forward_on(slots[0], 1), listeners, sender) == (1, 1, 0, 0)
    assert ears[0].listener.downlink.packets_sent(0) == 0
    assert ears[2].hear().payload == b"opus\x01"


def test_a_session_without_usable_keys_harms_nobody_else(
    slots: list[Slot], ears: list[Ear], sender: CopySender
) -> None:
    keyless = Listener(MemberId(8), Downlink(slots, SSRCS, (0, 0, 0)), Session(), ("127.0.0.1", 9))
    listeners = listeners_of(keyless, *(ear.listener for ear in ears))
    assert send(forward_on(slots[0], 1), listeners, sender) == (2, 0, 1, 0)
    assert keyless.downlink.packets_sent(0) == 0


def test_a_path_may_move(slots: list[Slot], ears: list[Ear], sender: CopySender) -> None:
    listeners = listeners_of(ears[0].listener)
    listeners.move(ears[0].listener, ears[1].sock.getsockname())
    send(forward_on(slots[0], 1), listeners, sender)
    assert ears[1].sock.recv(2_048)
    assert ears[0].heard_nothing()
    assert ears[0].listener.address == ears[1].sock.getsockname()


@pytest.mark.parametrize("at_once", [True, False])
def test_ipv6(slots: list[Slot], cipher: Cipher, *, at_once: bool) -> None:
    try:
        ear = Ear(MemberId(1), slots, socket.AF_INET6, cipher)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock, ear.sock:
        sock.bind(("::1", 0))
        sender = open_sender(sock) if at_once else SendtoSender(sock)
        listeners = listeners_of(ear.listener)
        assert send(forward_on(slots[0], 1), listeners, sender) == (1, 0, 0, 0)
        assert ear.hear().payload == b"opus\x01"


def test_nobody_listens(slots: list[Slot]) -> None:
    assert send(forward_on(slots[0], 1), listeners_of(), KeptCopies()) == (0, 0, 0, 0)


def test_both_ciphers_may_be_in_one_room(slots: list[Slot], sender: CopySender) -> None:
    mixed = [Ear(MemberId(1), slots, cipher="ours"), Ear(MemberId(2), slots, cipher="libsrtp")]
    listeners = listeners_of(*(ear.listener for ear in mixed))
    assert send(forward_on(slots[0], 1), listeners, sender) == (2, 0, 0, 0)
    for ear in mixed:
        assert ear.hear().payload == b"opus\x01"
        listeners.remove(ear.listener)
        ear.sock.close()
    assert listeners.count == 0
    assert send(forward_on(slots[0], 2), listeners, sender) == (0, 0, 0, 0)


def test_a_crowd_is_reached_part_by_part_once_each(slots: list[Slot], ears: list[Ear]) -> None:
    crowd = [
        Listener(
            MemberId(100 + index),
            Downlink(slots, SSRCS, (index * 3, 0, 0)),
            SessionKeys.derive(draw_master()),
            ("127.0.0.1", 10_000 + index),
        )
        for index in range(2 * ROWS)
    ]
    listeners = listeners_of(*crowd, *(ear.listener for ear in ears))
    kept = KeptCopies()
    packet = PacketOut(forward_on(slots[0], 1), frozenset({ANN}))
    sizes = [sent.sent for sent in listeners.send(packet, kept)]
    assert sizes == [ROWS, ROWS, 2]
    assert [address[1] for _, address in kept.sent[: 2 * ROWS]] == [
        10_000 + index for index in range(2 * ROWS)
    ]
    assert [struct.unpack_from("!H", datagram, 2)[0] for datagram, _ in kept.sent[: 2 * ROWS]] == [
        LATE_MAX_PACKETS + 1 + index * 3 for index in range(2 * ROWS)
    ]
    assert ears[1].listener.downlink.packets_sent(0) == 0
    assert isinstance(read_packet(ears[2].rx.unprotect(kept.sent[-1][0])), AudioPacket)


def test_who_comes_and_goes_between_parts(slots: list[Slot], cipher: Cipher) -> None:
    ears = [Ear(MemberId(1 + index), slots, cipher=cipher) for index in range(4)]
    first, second, third, fourth = (ear.listener for ear in ears)
    listeners = listeners_of(first, second, third)
    packet = PacketOut(forward_on(slots[0], 1), frozenset({ANN}))
    parts = listeners.send(packet, kept := KeptCopies())
    listeners.remove(first)
    listeners.add(fourth)
    packet.absent.add(fourth.voice_id)
    assert sum(sent.sent for sent in parts) == 2
    assert {address for _, address in kept.sent} == {second.address, third.address}
    assert [one.downlink.packets_sent(0) for one in (second, third)] == [1, 1]
    kept.sent.clear()
    assert send(forward_on(slots[0], 2), listeners, kept)[0] == 3
    assert {address for _, address in kept.sent} == {one.address for one in (second, third, fourth)}
    for ear in ears:
        ear.sock.close()


def test_a_voice_is_in_a_room_once(slots: list[Slot], ears: list[Ear]) -> None:
    listeners = listeners_of(ears[0].listener)
    with pytest.raises(ValueError, match="no place"):
        listeners.add(ears[0].listener)
    listeners.remove(ears[0].listener)
    listeners.remove(ears[0].listener)
    assert listeners.count == 0


def test_who_is_apart_gets_nothing_and_sees_no_gap(
    slots: list[Slot], ears: list[Ear], sender: CopySender
) -> None:
    near, far = ears[0], ears[2]
    listeners = listeners_of(near.listener, far.listener)
    for seq16, apart in ((1, False), (2, True), (3, True), (5, True), (6, False)):
        kept = (far.listener.voice_id,) if apart else ()
        assert send(forward_on(slots[0], seq16), listeners, sender, kept) == (2 - apart, 0, 0, 0)
    first, second = far.hear(), far.hear()
    assert (first.payload, second.payload) == (b"opus\x01", b"opus\x06")
    assert second.seq16 == first.seq16 + 1
    assert (second.timestamp_48k - first.timestamp_48k) == 5 * 960
    assert far.heard_nothing()
    assert far.listener.downlink.packets_sent(0) == 2
    near_seqs = [near.hear().seq16 for _ in range(5)]
    assert [seq16 - near_seqs[0] for seq16 in near_seqs] == [0, 1, 2, 4, 5]
