"""One peer's transport as a whole: what anybody may do to it with any datagrams in any order."""

import asyncio
import struct
from contextlib import suppress
from functools import cache
from typing import Final

from OpenSSL import SSL
from pylibsrtp import Error as SrtpError
from pylibsrtp import Policy, Session

from rooms.ids import RoomSlug
from rooms.voice.drops import DropReason
from rooms.voice.packet import AudioPacket
from server.media.addresses import Address
from server.media.dtls_seam import QUEUE_DATAGRAMS, Certificate, DtlsSeam
from server.media.gate import MAX_SOURCES, SOURCE_SILENCE_MS
from server.media.peer import Peer, PeerPhase
from server.media.plane import MediaPlane
from server.media.settings import MediaSettings
from server.media.srtp_gcm import SessionKeys
from server.media.srtp_opener import GcmOpener
from tests.fuzz.headers import LEADS, NOMINATES, PRIORITY, attribute, rtcp, rtp, signed_check
from tests.fuzz.target import NUMBER_WORDS, Target, chunks, run, step
from tests.server.clock import FakeClock

ROOM: Final = RoomSlug("talk")
_KEY: Final = bytes(range(28))
_OWN_SSRC: Final = 0xC0FFEE
_OWN_SEQ: Final = 40_000
_PROFILE: Final = Policy.SRTP_PROFILE_AEAD_AES_128_GCM


# --- a connected peer: gate, decryption, readers ----------------------------------------------------


@cache
def _plane() -> MediaPlane:
    """A plane without sockets: what it would send is counted by `_Port`."""
    plane = MediaPlane(MediaSettings(), FakeClock())
    plane._candidates = (("192.0.2.1", 9),)
    return plane


def _sessions() -> tuple[Session, Session]:
    """The server's receiving session, and the member's sending one."""
    policies = [
        Policy(key=_KEY, ssrc_type=kind, srtp_profile=_PROFILE)
        for kind in (Policy.SSRC_ANY_INBOUND, Policy.SSRC_ANY_OUTBOUND)
    ]
    policies[1].allow_repeat_tx = True
    return Session(policies[0]), Session(policies[1])


def _connected() -> tuple[Peer, Session]:
    plane = _plane()
    plane.open_peer(ROOM, 1)
    peer = plane._peer(ROOM, 1)
    assert peer is not None
    peer._rx, member = _sessions()
    peer._opener = GcmOpener(SessionKeys.derive(_KEY))
    peer.phase = PeerPhase.CONNECTED
    return peer, member


def take_srtp(content: bytes) -> None:
    """Whatever a member sends, few sources reach decryption, and the member is heard again after a pause."""
    peer, member = _connected()
    now_ms, last, heard = 0.0, b"", set[int]()
    assert isinstance(peer.on_sound(member.protect(_own(_OWN_SEQ)), now_ms), AudioPacket)
    for kind, body in chunks(content):
        if kind % 8 == 7:
            now_ms += 20.0 * sum(body)
            continue
        last = _datagram(kind % 8, body, last, member)
        if kind & 8:
            assert isinstance(peer.on_report(last, now_ms, int(now_ms) << 32), DropReason | None)
            continue
        packet = peer.on_sound(last, now_ms)
        assert isinstance(packet, AudioPacket | DropReason)
        if isinstance(packet, AudioPacket):
            assert packet.payload_type == 111
            heard.add(packet.ssrc)
        assert len(peer._gate._sources | heard) <= MAX_SOURCES
    packet = peer.on_sound(member.protect(_own(_OWN_SEQ + 1)), now_ms + SOURCE_SILENCE_MS)
    assert isinstance(packet, AudioPacket), packet
    _plane().close_peer(ROOM, 1)


def _own(seq: int) -> bytes:
    return rtp(b"opus", seq16=seq, ssrc=_OWN_SSRC)


def _datagram(how: int, body: bytes, last: bytes, member: Session) -> bytes:
    """Plain bytes, authentic ones, authentic ones with a turned bit, or the last ones again."""
    if how == 0:
        return body
    if how == 6:
        return last
    plain = bytearray(body)
    if plain[8:12] == _OWN_SSRC.to_bytes(4, "big"):
        plain[8] ^= 1  # the own source is what the end asks about
    try:
        sent = member.protect(bytes(plain)) if how < 4 else member.protect_rtcp(bytes(plain))
    except SrtpError:
        return bytes(plain)
    if how in {2, 5}:
        at = sum(body) % len(sent)
        return sent[:at] + bytes((sent[at] ^ 1 << at % 8,)) + sent[at + 1 :]
    return sent


_REPORT: Final = rtcp(201, struct.pack("!7I", 9, 1, 0, 0, 0, 0, 0), 1)
_SRTP_SEEDS: Final = (
    step(1, rtp(b"opus")) + step(1, rtp(b"opus", seq16=8)) + step(6, b""),
    step(7, b"\xff") + b"".join(step(1, rtp(b"opus", ssrc=n)) + step(7, b"\x7f") for n in range(10)),
    step(0, rtp(b"not protected" * 3)) + step(2, rtp(b"opus", seq16=8)),
    step(8 + 4, _REPORT) + step(8 + 5, _REPORT) + step(8 + 6, b""),
    b"".join(step(8 + 4, rtcp(201, n.to_bytes(4, "big"))) for n in range(10)),
    step(7, b"\xff") + step(1, rtp(bytes.fromhex("bede0001 10140000") + b"opus", flags=0x90, ssrc=5)),
    step(1, rtp(bytes.fromhex("bede0001 11141400") + b"opus", flags=0x90, ssrc=5)),
    step(7, b"\xff") + step(1, rtp(b"opus", seq16=65_535)) + step(1, rtp(b"opus", seq16=0)) + step(6, b""),
)


# --- any datagrams from anybody ---------------------------------------------------------------------

_ADDRESSES: Final[tuple[Address, ...]] = (
    ("192.0.2.9", 1),
    ("192.0.2.9", 2),
    ("2001:db8::9", 3, 0, 0),
    ("192.0.2.7", 4),
)
"""The last one is the member's, proved by a check."""


class _Port:
    """What `server.media.udp_port.UdpPort` is to a plane, without sockets."""

    number = 9
    socket4 = socket6 = None

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Address]] = []

    def send(self, datagram: bytes, address: Address) -> bool:
        self.sent.append((datagram, address))
        return True


def take_datagrams(content: bytes) -> None:
    """A stranger gets no byte and is never known; nobody gets more bytes than he sent; all is counted."""
    plane, port = _plane(), _Port()
    plane._port = port  # type: ignore[assignment]
    plane.open_peer(ROOM, 2)
    peer = plane._peer(ROOM, 2)
    assert peer is not None
    pwd, name = peer.ice.credentials.pwd.encode(), peer.ice.credentials.ufrag.encode()
    proved = _ADDRESSES[3]
    plane._on_datagram(signed_check(attribute(6, name + b":them") + PRIORITY + LEADS, b"1" * 12, pwd), proved)
    assert [address for _, address in port.sent] == [proved]
    for kind, body in chunks(content):
        address = _ADDRESSES[kind % 4]
        body_, is_signed = _perhaps_signed(kind, body, name, pwd)
        before, sent_before = plane._counts.datagrams_in, len(port.sent)
        is_stranger = not is_signed and address not in peer.ice.addresses
        dropped = sum(plane._drops._counts)
        plane._on_datagram(body_, address)
        sent = port.sent[sent_before:]
        assert plane._counts.datagrams_in == before + 1
        assert len(sent) <= 1
        assert all(to == address and len(answer) <= len(body_) for answer, to in sent)
        if is_stranger:
            assert not sent, "a stranger is answered"
            assert sum(plane._drops._counts) == dropped + 1, "a stranger's datagram is not counted"
            assert address not in plane._table.by_address, "a stranger is known"
        assert len(peer._seam._arrived) <= QUEUE_DATAGRAMS
    plane.close_peer(ROOM, 2)
    plane._port = None
    assert not plane._table.by_address
    assert not plane._table.by_ufrag
    assert not plane._rooms


def _perhaps_signed(kind: int, body: bytes, name: bytes, pwd: bytes) -> tuple[bytes, bool]:
    """One kind in four is a check by somebody who knows the password."""
    if kind & 0x0C != 0x0C:
        return body, False
    more = body[: len(body) // 4 * 4]
    role = LEADS + (NOMINATES if kind & 0x10 else b"")
    return signed_check(
        attribute(6, name + b":them") + PRIORITY + role + more, body[:12].ljust(12, b"-"), pwd
    ), True


_HELLO: Final = bytes.fromhex("16feff0000000000000000003a0100002e000000000000002efefd") + bytes(45)
_ALERT: Final = bytes.fromhex("15fefd0000000000000000000202 28")
_DATAGRAM_SEEDS: Final = (
    step(0, _HELLO) + step(3, _HELLO) + step(0, _ALERT) + step(3, _ALERT),
    step(0, b"") + step(3, b"") + step(3, b"\x80") + step(1, bytes(20)),
    b"".join(step(3, bytes((first,)) + bytes(30)) for first in range(0, 256, 12)),
    b"".join(step(0x0C + n % 4, bytes((n,)) * 12) for n in range(12)),
    step(0x1C, b"t" * 12) + step(0x1C, b"t" * 12) + step(0x1D, b"t" * 12) + step(3, rtp(b"opus")),
    step(3, b"\x16" * 2_048) + step(0, b"\x80" * 2_048),
)


# --- a handshake with somebody who proved an address ------------------------------------------------


@cache
def _certificates() -> tuple[Certificate, Certificate]:
    return Certificate.generateCertificate(), Certificate.generateCertificate()


def take_dtls(content: bytes) -> None:
    """A handshake fails or waits, whatever comes, and then its end is clean."""
    run(_shake_hands([body for _, body in chunks(content)]))


async def _shake_hands(datagrams: list[bytes]) -> None:
    ours, theirs = _certificates()
    sent: list[bytes] = []
    seam = DtlsSeam(ours, "server", sent.append, lambda: None)
    for datagram in datagrams[:QUEUE_DATAGRAMS]:
        if datagram and 20 <= datagram[0] <= 63:
            seam.feed(datagram)
    async with asyncio.TaskGroup() as group:
        shaking = group.create_task(_result_of(seam, theirs))
        for _ in range(4 * len(datagrams) + 4):
            await asyncio.sleep(0)
        shaking.cancel()
    seam.close()


async def _result_of(seam: DtlsSeam, theirs: Certificate) -> None:
    with suppress(SSL.Error):
        assert await seam.shake_hands([("sha-256", theirs.sha256)]) is None, "keys for somebody else"


_BROWSERS_HELLO: Final = bytes.fromhex(
    "16feff0000000000000000009c010000900000000000000090fefdf270ea4ffabc976046981e9012da48dc69cee4bdc4"
    "59fd8fd9e1d89ea8125fcc00000008c02bcca9c009c00a0100005eff01000100000b00020100000a000c000a001d0017"
    "001e00180019000e00090006000800070001000016000000170000000d002a0028040305030603080708080809080a08"
    "0b080408050806040105010601030303010302040205020602"
)
"""The first flight of a handshake, as a client sends it."""

_DTLS_SEEDS: Final = (
    step(0, _BROWSERS_HELLO),
    step(0, _BROWSERS_HELLO) + step(0, _BROWSERS_HELLO) + step(0, _ALERT),
    step(0, _HELLO) + step(0, _HELLO),
    step(0, _ALERT),
    step(0, bytes.fromhex("15fefd0000000000000000000201 00")),  # close_notify
    step(0, bytes.fromhex("14fefd0000000000000000000101")),  # ChangeCipherSpec
    step(0, bytes.fromhex("17fefd0001000000000000001000") + bytes(16)),
    step(0, bytes.fromhex("18fefd00000000000000000003014000")),  # heartbeat
)

TARGETS: Final = (
    Target(
        "srtp_gate",
        take_srtp,
        _SRTP_SEEDS,
        ("server.media.gate", "server.media.peer:Peer.on_sound,Peer.on_report,Peer._take_reports,_reason_of"),
        (rtp(b"opus"), _REPORT, bytes.fromhex("bede0001"), *NUMBER_WORDS),
        max_bytes=256,
    ),
    Target(
        "datagrams",
        take_datagrams,
        _DATAGRAM_SEEDS,
        (
            "server.media.plane:MediaPlane._on_,MediaPlane._answer_check",
            "server.media.peer_table:PeerTable.learn,PeerTable._forget",
        ),
        (_HELLO, _ALERT, step(3, b"\x80\x6f"), *NUMBER_WORDS),
        max_bytes=256,
    ),
    Target(
        "dtls",
        take_dtls,
        _DTLS_SEEDS,
        ("server.media.dtls_seam:DtlsSeam.feed,DtlsSeam.shake_hands,DtlsSeam.close,DtlsSeam._step",),
        (b"\x16\xfe\xff", b"\x16\xfe\xfd", b"\x15\xfe\xfd", b"\xfe\xfd", b"\x01\0\0", *NUMBER_WORDS),
    ),
)
