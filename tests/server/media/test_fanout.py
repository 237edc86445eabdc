import os
import socket
import struct
from collections.abc import Iterator

import pytest
from pylibsrtp import Policy, Session

from rooms.ids import MemberId
from rooms.voice.downlink import Downlink
from rooms.voice.packet import AudioPacket, read_packet
from rooms.voice.slot import LATE_MAX_PACKETS, Forward, Slot
from server.media import fanout
from server.media.fanout import CHUNK_LISTENERS, Address, Listener, fan_out, fan_out_in_chunks

ANN = MemberId(0x7FFFFFFF)  # 32 bits of CSRC, highest number there is
SSRCS = (0xFFFFFFFF, 0x1000, 7)
START = 1_000


class Ear:
    """A listener's machine: a socket on loopback and the other end of the SRTP session."""

    def __init__(
        self, voice_id: MemberId, slots: list[Slot], family: socket.AddressFamily = socket.AF_INET
    ) -> None:
        key = os.urandom(28)
        profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
        tx = Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile)
        tx.allow_repeat_tx = True
        self.rx = Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile))
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        self.sock.settimeout(2.0)
        self.listener = Listener(
            voice_id, Downlink(slots, SSRCS, (START,) * 3), Session(tx), self.sock.getsockname()
        )

    def receive(self) -> bytes:
        return self.rx.unprotect(self.sock.recv(2_048))

    def heard_nothing(self) -> bool:
        self.sock.setblocking(False)  # noqa: FBT003 - the library's signature
        try:
            self.sock.recv(2_048)
        except BlockingIOError:
            return True
        return False


class Refusing:
    """A socket whose kernel buffer is full at each second packet."""

    def __init__(self) -> None:
        self.sent: list[Address] = []
        self.calls = 0

    def sendto(self, packet: bytes, address: Address, /) -> int:
        self.calls += 1
        if self.calls % 2 == 0:
            raise BlockingIOError
        self.sent.append(address)
        return len(packet)


@pytest.fixture
def slots() -> list[Slot]:
    slots = [Slot(index) for index in range(3)]
    for slot in slots:
        slot.take(ANN)
    return slots


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)  # noqa: FBT003 - the library's signature
        yield sock


@pytest.fixture
def ears(slots: list[Slot]) -> Iterator[list[Ear]]:
    ears = [Ear(MemberId(1), slots), Ear(ANN, slots), Ear(MemberId(3), slots)]
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


def listeners_of(ears: list[Ear]) -> tuple[Listener, ...]:
    return tuple(ear.listener for ear in ears)


def test_the_packet_as_each_listener_gets_it(slots: list[Slot], ears: list[Ear], sock: socket.socket) -> None:
    forward = forward_on(slots[1], 9)
    assert fan_out(forward, listeners_of(ears), sock) == (2, 0, 0)
    for ear in (ears[0], ears[2]):
        datagram = ear.receive()
        assert datagram == (
            struct.pack("!BBHII", 0x91, 0x80 | 111, START + LATE_MAX_PACKETS + 1, 960, SSRCS[1])
            + struct.pack("!I", ANN)
            + b"\xbe\xde\0\1\x10"
            + bytes([0x80 | 42, 0, 0])
            + b"opus\x09"
        )
        assert ear.heard_nothing()


def test_the_speaker_gets_nothing_and_sees_no_gap(
    slots: list[Slot], ears: list[Ear], sock: socket.socket
) -> None:
    listeners = listeners_of(ears)
    slots[0].take(MemberId(1))
    fan_out(forward_on(slots[0], 1), listeners, sock)
    slots[0].take(ANN)
    for seq16 in (2, 3, 5):
        fan_out(forward_on(slots[0], seq16), listeners, sock)
    slots[0].take(MemberId(1))
    fan_out(forward_on(slots[0], 6), listeners, sock)
    first, second = (read_packet(ears[1].receive()) for _ in range(2))
    assert isinstance(first, AudioPacket)
    assert isinstance(second, AudioPacket)
    assert (second.seq16, second.payload) == (first.seq16 + 1, b"opus\x06")
    assert ears[1].heard_nothing()
    assert ears[1].listener.downlink.packets_sent(0) == 2
    third = [read_packet(ears[2].receive()) for _ in range(5)]
    assert [packet.seq16 - first.seq16 for packet in third if isinstance(packet, AudioPacket)] == [
        0,
        1,
        2,
        4,
        5,
    ]


@pytest.mark.parametrize(
    ("level_dbov", "voice_flag"), [(0, False), (0, True), (127, False), (127, True), (None, False)]
)
def test_level_flag_and_marker_arrive(
    slots: list[Slot], ears: list[Ear], sock: socket.socket, level_dbov: int | None, *, voice_flag: bool
) -> None:
    forward_on(slots[2], 1)
    for marker in (False, True):
        forward = forward_on(
            slots[2], 2 + marker, level_dbov=level_dbov, voice_flag=voice_flag, marker=marker
        )
        fan_out(forward, listeners_of(ears), sock)
        packet = read_packet(ears[0].receive())
        assert isinstance(packet, AudioPacket)
        assert (packet.level_dbov, packet.voice_flag) == (level_dbov, voice_flag)
        assert (packet.marker, packet.payload) == (marker, forward.payload)


def test_any_payload_passes_unchanged(slots: list[Slot], ears: list[Ear], sock: socket.socket) -> None:
    for seq16, payload in enumerate((b"\0", os.urandom(1_150), bytes(range(256)))):
        packet = AudioPacket(111, False, seq16, seq16 * 960, 5, 30, False, payload)  # noqa: FBT003
        forward = slots[0].place(packet, seq16 * 20.0)
        assert isinstance(forward, Forward)
        fan_out(forward, listeners_of(ears), sock)
        received = read_packet(ears[0].receive())
        assert isinstance(received, AudioPacket)
        assert received.payload == payload


def test_what_the_kernel_refuses_is_dropped_and_counted(slots: list[Slot], ears: list[Ear]) -> None:
    full = Refusing()
    listeners = (ears[0].listener, ears[2].listener)
    forward = forward_on(slots[0], 1)
    assert fan_out(forward, listeners, full) == (1, 1, 0)
    assert full.sent == [ears[0].listener.address]
    assert ears[0].listener.downlink.packets_sent(0) == 1
    assert ears[2].listener.downlink.packets_sent(0) == 0
    after = forward_on(slots[0], 2)
    # A refused packet is loss for its listener, and looks like it.
    assert ears[2].listener.downlink.seq16(after) == START + LATE_MAX_PACKETS + 2
    assert full.calls == 2  # never tried again


def test_an_address_that_cannot_be_sent_to_harms_nobody_else(
    slots: list[Slot], ears: list[Ear], sock: socket.socket
) -> None:
    ears[0].listener.address = ("127.0.0.1", 0)
    assert fan_out(forward_on(slots[0], 1), listeners_of(ears), sock) == (1, 1, 0)
    assert read_packet(ears[2].receive())


def test_a_session_without_usable_keys_harms_nobody_else(
    slots: list[Slot], ears: list[Ear], sock: socket.socket
) -> None:
    keyless = Listener(MemberId(8), Downlink(slots, SSRCS, (0, 0, 0)), Session(), ("127.0.0.1", 9))
    assert fan_out(forward_on(slots[0], 1), (keyless, *listeners_of(ears)), sock) == (2, 0, 1)
    assert keyless.downlink.packets_sent(0) == 0


def test_a_path_may_move(slots: list[Slot], ears: list[Ear], sock: socket.socket) -> None:
    ears[0].listener.address = ears[1].sock.getsockname()
    fan_out(forward_on(slots[0], 1), (ears[0].listener,), sock)
    assert ears[1].sock.recv(2_048)
    assert ears[0].heard_nothing()


def test_ipv6(slots: list[Slot]) -> None:
    try:
        ear = Ear(MemberId(1), slots, socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock, ear.sock:
        sock.bind(("::1", 0))
        assert fan_out(forward_on(slots[0], 1), (ear.listener,), sock) == (1, 0, 0)
        assert isinstance(read_packet(ear.receive()), AudioPacket)


def test_nobody_listens(slots: list[Slot], sock: socket.socket) -> None:
    assert fan_out(forward_on(slots[0], 1), (), sock) == (0, 0, 0)
    assert list(fan_out_in_chunks(forward_on(slots[0], 2), (), sock)) == []


def test_chunks_reach_everybody_once(slots: list[Slot], ears: list[Ear], sock: socket.socket) -> None:
    ear = ears[0]
    tx = ear.listener.tx
    crowd = tuple(
        Listener(MemberId(100 + index), Downlink(slots, SSRCS, (index * 3, 0, 0)), tx, ear.listener.address)
        for index in range(2 * CHUNK_LISTENERS)
    )
    listeners = (*crowd, ears[1].listener, ears[2].listener)
    forward = forward_on(slots[0], 1)
    arrived = []
    sizes = []
    for sent in fan_out_in_chunks(forward, listeners, sock):
        sizes.append(sent)
        for _ in range(sent.sent - (len(sizes) == 3)):
            arrived.append(struct.unpack_from("!H", ear.sock.recv(2_048), 2)[0])  # noqa: PERF401
    assert sizes == [(CHUNK_LISTENERS, 0, 0), (CHUNK_LISTENERS, 0, 0), (1, 0, 0)]
    assert arrived == [LATE_MAX_PACKETS + 1 + index * 3 for index in range(2 * CHUNK_LISTENERS)]
    assert ears[1].listener.downlink.packets_sent(0) == 0
    assert isinstance(read_packet(ears[2].receive()), AudioPacket)


def test_a_path_that_moves_to_the_other_family_between_chunks_stops_nothing(
    slots: list[Slot], ears: list[Ear], sock: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "CHUNK_LISTENERS", 1)
    listeners = (ears[0].listener, ears[2].listener)
    chunks = fan_out_in_chunks(forward_on(slots[0], 1), listeners, sock)
    next(chunks)
    ears[2].listener.address = ("::1", 5_000, 0, 0)
    assert list(chunks) == [(1, 0, 0)]
    assert isinstance(read_packet(ears[2].receive()), AudioPacket)  # at its old address


@pytest.mark.parametrize("in_chunks", [False, True])
def test_who_is_apart_gets_nothing_and_sees_no_gap(
    slots: list[Slot], ears: list[Ear], sock: socket.socket, *, in_chunks: bool
) -> None:
    near, far = ears[0], ears[2]

    def send(seq16: int, *, apart: bool) -> None:
        listeners = (near.listener,) if apart else listeners_of([near, far])
        kept = (far.listener,) if apart else ()
        forward = forward_on(slots[0], seq16)
        if in_chunks:
            assert sum(sent.sent for sent in fan_out_in_chunks(forward, listeners, sock, kept)) == 2 - apart
        else:
            assert fan_out(forward, listeners, sock, kept) == (2 - apart, 0, 0)

    for seq16, apart in ((1, False), (2, True), (3, True), (5, True), (6, False)):
        send(seq16, apart=apart)
    heard = [read_packet(far.receive()) for _ in range(2)]
    first, second = (packet for packet in heard if isinstance(packet, AudioPacket))
    assert (first.payload, second.payload) == (b"opus\x01", b"opus\x06")
    assert second.seq16 == first.seq16 + 1
    assert (second.timestamp_48k - first.timestamp_48k) == 5 * 960
    assert far.heard_nothing()
    assert far.listener.downlink.packets_sent(0) == 2
    near_seqs = [
        packet.seq16 for _ in range(5) if isinstance(packet := read_packet(near.receive()), AudioPacket)
    ]
    assert [seq16 - near_seqs[0] for seq16 in near_seqs] == [0, 1, 2, 4, 5]
