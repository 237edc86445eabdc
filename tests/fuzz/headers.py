"""The readers of single datagrams: STUN, RTP, RTCP. Each is read alone, and beside another's reader."""

import struct
import zlib
from functools import cache
from hmac import digest
from typing import Final

from aiortc.rtp import RtcpPacket, RtcpRrPacket, RtcpSrPacket, RtpPacket

from rooms.voice.drops import DropReason
from rooms.voice.packet import PACKET_MAX_BYTES, peek_ssrc, read_packet
from server.media.addresses import Address
from server.media.ice_lite import MAX_ADDRESSES, Credentials, IceLite
from server.media.rtcp import MAX_REPORT_BLOCKS, ReceiverStats, is_rtcp, read_reports, round_trip_ms
from server.media.stun import has_integrity, read_check, write_role_conflict, write_success
from tests.fuzz.target import NUMBER_WORDS, Target

PWD: Final = b"0123456789abcdef01234567"
UFRAG: Final = "ours"
_COOKIE: Final = bytes.fromhex("2112a442")
_HOME: Final[Address] = ("192.0.2.1", 40_000)
_FAR: Final[Address] = ("2001:db8::1", 40_000, 0, 0)


# --- STUN -----------------------------------------------------------------------------------------


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def signed_check(body: bytes, transaction_id: bytes = b"t" * 12, pwd: bytes = PWD) -> bytes:
    """A Binding request of any attributes, with a right signature and a right fingerprint."""
    size = len(body) + 24
    message = struct.pack("!HH", 1, size & 0xFFFF) + _COOKIE + transaction_id + body
    message += attribute(8, digest(pwd, message, "sha1"))
    message = message[:2] + struct.pack("!H", size + 8 & 0xFFFF) + message[4:]
    return with_fingerprint(message + attribute(0x8028, bytes(4)))


def with_fingerprint(message: bytes) -> bytes:
    """The same with the right last four bytes."""
    crc = zlib.crc32(message[:-8]) ^ 0x5354554E
    return message[:-4] + crc.to_bytes(4, "big")


USERNAME: Final = attribute(6, f"{UFRAG}:theirs".encode())
PRIORITY: Final = attribute(0x24, bytes(4))
LEADS: Final = attribute(0x802A, bytes(8))
FOLLOWS: Final = attribute(0x8029, bytes(8))
NOMINATES: Final = attribute(0x25, b"")
GOOD_CHECK: Final = signed_check(USERNAME + PRIORITY + LEADS + NOMINATES)


@cache
def _agent() -> IceLite:
    return IceLite(Credentials(ufrag=UFRAG, pwd=PWD.decode()))


def take_stun(content: bytes) -> None:
    """Read it as it is, with its fingerprint mended, and as the attributes of a signed check."""
    padded = content[: len(content) // 4 * 4]
    for datagram in (content, with_fingerprint(content), signed_check(padded)):
        check = read_check(datagram)
        if isinstance(check, DropReason):
            continue
        answers = [write_success(check, _HOME[0], 1, PWD), write_success(check, _FAR[0], 65_535, PWD)]
        answers.append(write_role_conflict(check, PWD))
        assert all(len(answer) <= len(datagram) for answer in answers), "an answer is longer than its check"
        assert not has_integrity(check, b"another password")
        _take_check(datagram)


def _take_check(datagram: bytes) -> None:
    check = read_check(datagram)
    assert not isinstance(check, DropReason)
    agent = _agent()
    for address in (_HOME, _FAR):
        path = agent.path
        answer = agent.on_check(check, address, 0.0)
        assert len(agent.addresses) <= MAX_ADDRESSES
        if answer is None or answer.datagram is None or check.controlled:
            assert agent.path == path, "what is not proved moves the path"


_STUN_SEEDS: Final = (
    GOOD_CHECK,
    signed_check(USERNAME + PRIORITY + FOLLOWS),
    USERNAME + PRIORITY + LEADS,
    USERNAME + attribute(0x8022, b"a program's name") + PRIORITY + LEADS + NOMINATES,
    b"\0\3\0\0" + _COOKIE + b"t" * 12,  # Allocate
    b"\1\1\0\0" + _COOKIE + b"t" * 12,  # an answer to nothing
    b"\0\1\0\0" + _COOKIE + b"t" * 12,
)


# --- RTP ------------------------------------------------------------------------------------------


def rtp(body: bytes, *, flags: int = 0x80, kind: int = 111, seq16: int = 7, ssrc: int = 9) -> bytes:
    return struct.pack("!BBHII", flags, kind, seq16, 960, ssrc) + body


def take_rtp(content: bytes) -> None:
    """What is read is in the packet, and another reader that can read it says the same."""
    packet = read_packet(content)
    if isinstance(packet, DropReason):
        return
    assert len(content) <= PACKET_MAX_BYTES
    assert peek_ssrc(content) == packet.ssrc
    assert packet.level_dbov is None or 0 <= packet.level_dbov <= 127
    assert packet.payload in content[12:]
    try:
        other = RtpPacket.parse(content)
    except (ValueError, IndexError, struct.error):
        return
    same = (other.ssrc, other.sequence_number, other.timestamp, other.payload_type, other.marker)
    assert same == (packet.ssrc, packet.seq16, packet.timestamp_48k, packet.payload_type, int(packet.marker))
    assert other.payload == packet.payload


_RTP_SEEDS: Final = (
    rtp(b"opus"),
    rtp(bytes.fromhex("bede0001 10140000") + b"opus", flags=0x90),
    rtp(bytes.fromhex("bede0002 10a02201 02030000") + b"opus", flags=0x90, kind=0xEF),
    rtp(bytes.fromhex("10000001 01012200") + b"opus", flags=0x90),
    rtp(bytes.fromhex("12340001 00000000") + b"opus", flags=0x90),
    rtp(bytes(4) * 15 + b"opus", flags=0x8F),
    rtp(b"opus\0\0\0\4", flags=0xA0),
    rtp(bytes.fromhex("bede0001 f0140000"), flags=0xB0),
    rtp(bytes(1_188)),
    rtp(bytes(1_189)),
)


# --- RTCP -----------------------------------------------------------------------------------------


def rtcp(kind: int, body: bytes, count: int = 0) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


_BLOCK: Final = struct.pack("!IIIIII", 9, 0x10_000005, 70_000, 480, 1 << 16, 6_554)


def take_rtcp(content: bytes) -> None:
    """Numbers stay in their ranges, and another reader that can read it finds the same reports."""
    if len(content) > 1:
        assert is_rtcp(content) == (192 <= content[1] <= 223)
    reports = read_reports(content)
    if isinstance(reports, DropReason):
        return
    assert len(reports.blocks) <= MAX_REPORT_BLOCKS
    assert len(reports.senders) <= MAX_REPORT_BLOCKS
    stats = ReceiverStats(9, 0)
    for ssrc, ntp_middle in reports.senders:
        assert 0 <= ssrc < 1 << 32
        stats.on_sender_report(ntp_middle, 5.0)
    for block in reports.blocks:
        way_ms = round_trip_ms(block, 0xE000_0000_8000_0000)
        assert way_ms is None or 0 <= way_ms < 32_000
        assert -(1 << 23) <= block.lost < 1 << 23
        stats.on_packet(block.highest_seq & 0xFFFF, block.jitter_48k, 10.0)
        assert len(stats.write_block(11.0)) == 24
    try:
        packets = RtcpPacket.parse(content)
    except (ValueError, IndexError, struct.error):
        return
    found = [one.reports for one in packets if isinstance(one, RtcpRrPacket | RtcpSrPacket)]
    theirs = [(one.ssrc, one.fraction_lost, one.highest_sequence) for some in found for one in some]
    assert theirs == [(one.ssrc, one.fraction_lost, one.highest_seq) for one in reports.blocks]


_RTCP_SEEDS: Final = (
    rtcp(200, struct.pack("!IQIII", 9, 1 << 63, 960, 1, 100) + _BLOCK, 1) + rtcp(202, b"\0\0\0\t\1\1a\0", 1),
    rtcp(201, bytes(4) + _BLOCK * 2, 2),
    rtcp(201, bytes(4)),
    rtcp(203, bytes(4), 1),
    rtcp(204, bytes(4) + b"name"),
    rtcp(205, bytes(8) + b"\0\1\xff\xff", 1),
    rtcp(206, bytes(8) + b"REMB\xff\0\0\0", 15),
    rtcp(206, bytes(8), 1),
    rtcp(207, bytes(4)),
    rtcp(201, bytes(4) + _BLOCK * 31, 31) + rtcp(201, bytes(4) + _BLOCK, 1),
)

TARGETS: Final = (
    Target(
        "stun",
        take_stun,
        _STUN_SEEDS,
        (
            "server.media.stun:read_,_read,_is,_has,_with,_signed,write_,has_",
            "server.media.ice_lite:IceLite.on_check,IceLite._",
        ),
        (
            USERNAME,
            PRIORITY,
            LEADS,
            FOLLOWS,
            NOMINATES,
            _COOKIE,
            b"\0\6\0\x0b",
            b"\x80\x28\0\4",
            *NUMBER_WORDS,
        ),
    ),
    Target(
        "rtp",
        take_rtp,
        _RTP_SEEDS,
        ("rooms.voice.packet",),
        (bytes.fromhex("bede0001"), bytes.fromhex("10000001"), b"\x10\x14", b"\xf0", *NUMBER_WORDS),
    ),
    Target(
        "rtcp",
        take_rtcp,
        _RTCP_SEEDS,
        ("server.media.rtcp:is_rtcp,read_,_read,round_trip_ms,ReceiverStats",),
        (_BLOCK, b"\x81\xc8", b"\x81\xc9", *NUMBER_WORDS),
    ),
)
