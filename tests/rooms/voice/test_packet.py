import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rooms.voice.drops import DropReason
from rooms.voice.packet import PACKET_MAX_BYTES, AudioPacket, peek_ssrc, read_packet

ONE_BYTE = 0xBEDE
TWO_BYTE = 0x1000
LEVEL_30 = b"\x10\x9e\0\0"  # id 1, one byte, voice flag and level 30


def header(
    flags: int = 0x80, kind: int = 111, seq16: int = 7, time_48k: int = 960, ssrc: int = 0xABCD
) -> bytes:
    return struct.pack("!BBHII", flags, kind, seq16, time_48k, ssrc)


def block(body: bytes, profile: int = ONE_BYTE, words: int | None = None) -> bytes:
    return struct.pack("!HH", profile, len(body) // 4 if words is None else words) + body


def test_plain_packet() -> None:
    assert read_packet(header(kind=0x80 | 111) + b"opus") == AudioPacket(
        111,
        marker=True,
        seq16=7,
        timestamp_48k=960,
        ssrc=0xABCD,
        level_dbov=None,
        voice_flag=False,
        payload=b"opus",
    )


def test_level_csrcs_and_padding() -> None:
    datagram = header(0x80 | 0x20 | 0x10 | 2) + b"csrc" * 2 + block(LEVEL_30) + b"opus" + b"\0\0\3"
    assert read_packet(datagram) == AudioPacket(
        111,
        marker=False,
        seq16=7,
        timestamp_48k=960,
        ssrc=0xABCD,
        level_dbov=30,
        voice_flag=True,
        payload=b"opus",
    )


@pytest.mark.parametrize(
    ("extension", "level", "voice_flag"),
    [
        (block(b"\x10\x1e\0\0"), 30, False),
        (block(b"\x10\x80\0\0"), 0, True),
        (block(b"\x10\x7f\0\0"), 127, False),
        (block(b""), None, False),
        (block(b"\0\0\0\0"), None, False),
        (block(b"\0\0\x10\x1e"), 30, False),  # padding first
        (block(b"\x21ab\x10\x1e\0\0\0"), 30, False),  # another element first
        (block(b"\x21ab\0"), None, False),
        (block(b"\x10\x1e\xf0\x10"), 30, False),  # id 15 ends the reading
        (block(b"\xf0\0\x10\x1e"), None, False),
        (block(b"\1\1\x9e\0", TWO_BYTE), 30, True),
        (block(b"\1\1\x9e\0", TWO_BYTE | 0xF), 30, True),
        (block(b"\2\0\1\1\x1e\0\0\0", TWO_BYTE), 30, False),  # an empty element first
        (block(b"\0\1\1\x1e", TWO_BYTE), 30, False),
        (block(b"\x0f\1\7\1\1\x1e\0\0", TWO_BYTE), 30, False),  # 15 is an id like any other here
        (block(b"\x10\x9e\0\0", 0x1234), None, False),  # some other profile
    ],
)
def test_extension_blocks(extension: bytes, level: int | None, *, voice_flag: bool) -> None:
    packet = read_packet(header(0x90) + extension + b"opus")
    assert isinstance(packet, AudioPacket)
    assert (packet.level_dbov, packet.voice_flag, packet.payload) == (level, voice_flag, b"opus")


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", DropReason.TOO_SHORT),
        (header()[:11], DropReason.TOO_SHORT),
        (header() + bytes(PACKET_MAX_BYTES - 11), DropReason.TOO_LARGE),
        (header(0x00) + b"opus", DropReason.BAD_VERSION),
        (header(0x40) + b"opus", DropReason.BAD_VERSION),
        (header(0xC0) + b"opus", DropReason.BAD_VERSION),
        (header(0x8F), DropReason.BAD_HEADER),  # 15 CSRCs and no room for them
        (header(0x81) + b"csr", DropReason.BAD_HEADER),
        (header(0x90) + b"\xbe\xde\0", DropReason.BAD_HEADER),
        (header(0x90) + block(LEVEL_30, words=2) + b"opu", DropReason.BAD_HEADER),
        (header(0x90) + block(b"", words=65_535), DropReason.BAD_HEADER),
        (header(0xA0) + b"opus\0", DropReason.BAD_HEADER),  # padding of no bytes
        (header(0xA0) + b"opus\6", DropReason.BAD_HEADER),  # more padding than payload
        (header(0xA0) + b"opus\xff", DropReason.BAD_HEADER),
        (header(0xB0) + block(LEVEL_30) + b"\2", DropReason.BAD_HEADER),
        (header(0x90) + block(b"\x13\x9e\0\0") + b"opus", DropReason.BAD_HEADER),  # past the block
        (header(0x90) + block(b"\x11\x9e\0\0") + b"opus", DropReason.BAD_HEADER),  # level of two bytes
        (header(0x90) + block(b"\x10\x9e\x10\x9e") + b"opus", DropReason.BAD_HEADER),  # level twice
        (header(0x90) + block(b"\0\0\0\x10") + b"opus", DropReason.BAD_HEADER),
        (header(0x90) + block(b"\1\0\0\0", TWO_BYTE) + b"opus", DropReason.BAD_HEADER),  # level of no bytes
        (header(0x90) + block(b"\1\2\0\0", TWO_BYTE) + b"opus", DropReason.BAD_HEADER),
        (header(0x90) + block(b"\1\1\5\0\1\1\5\0", TWO_BYTE) + b"opus", DropReason.BAD_HEADER),
        (header(0x90) + block(b"\2\3\0\0", TWO_BYTE) + b"opus", DropReason.BAD_HEADER),
        (header(0x90) + block(b"\0\0\0\2", TWO_BYTE) + b"opus", DropReason.BAD_HEADER),  # id without length
    ],
)
def test_what_is_refused(datagram: bytes, reason: DropReason) -> None:
    assert read_packet(datagram) is reason


def test_largest_packet() -> None:
    packet = read_packet(header() + bytes(PACKET_MAX_BYTES - 12))
    assert isinstance(packet, AudioPacket)
    assert len(packet.payload) == PACKET_MAX_BYTES - 12


@pytest.mark.parametrize("padding", [b"", b"\1", b"\0\0\0\4", bytes(254) + b"\xff"])
def test_nothing_but_padding_is_an_empty_payload(padding: bytes) -> None:
    packet = read_packet(header(0xA0 if padding else 0x80) + padding)
    assert isinstance(packet, AudioPacket)
    assert packet.payload == b""


def test_peek_ssrc() -> None:
    assert peek_ssrc(header(ssrc=0xFFFFFFFF)) == 0xFFFFFFFF
    assert peek_ssrc(header()[:11]) is None


@given(st.binary(max_size=80))
@example(b"\xb0" + bytes(11) + b"\xbe\xde\0\0")
def test_any_bytes_give_a_packet_or_a_reason(datagram: bytes) -> None:
    assert isinstance(read_packet(datagram), AudioPacket | DropReason)


@given(
    st.sampled_from([0x90, 0x91, 0xB0, 0x9F]),
    st.sampled_from([ONE_BYTE, TWO_BYTE, 0]),
    st.integers(0, 8),
    st.binary(max_size=60),
)
def test_any_extension_block_gives_a_packet_or_a_reason(
    flags: int, profile: int, words: int, rest: bytes
) -> None:
    csrcs = bytes(4 * (flags & 15))
    datagram = header(flags) + csrcs + struct.pack("!HH", profile, words) + rest
    packet = read_packet(datagram)
    if isinstance(packet, AudioPacket):
        assert rest[4 * words :].startswith(packet.payload)
        assert packet.level_dbov is None or 0 <= packet.level_dbov <= 127
    else:
        assert packet is DropReason.BAD_HEADER


@given(st.binary(min_size=1, max_size=200))
def test_payload_passes_unread(payload: bytes) -> None:
    packet = read_packet(header(0x90) + block(LEVEL_30) + payload)
    assert isinstance(packet, AudioPacket)
    assert (packet.payload, packet.level_dbov) == (payload, 30)
