"""BR1 to BR15: RTP, RTCP and SRTP that no browser sends. Each time the member is heard again afterwards."""

import os
import struct
from collections.abc import AsyncIterator
from typing import Final

import pytest
from pylibsrtp import Error as SrtpError

from tests.fuzz.headers import rtcp, rtp
from tests.hostile.beside import Beside
from tests.hostile.hand import Hand, is_silent, stranger

LEVEL: Final = bytes.fromhex("bede0001 10140000")
BLOCK: Final = struct.pack("!IIIIII", 9, 0, 0, 0, 0, 0)
FLOOD: Final = 1_000
SOURCES: Final = 600


@pytest.fixture
async def ann(beside: Beside) -> AsyncIterator[Hand]:
    """A member who listens."""
    hand = await Hand.connected(beside.port)
    yield hand
    await hand.leave()


@pytest.fixture
async def sam(beside: Beside) -> AsyncIterator[Hand]:
    """A member who speaks."""
    hand = await Hand.connected(beside.port, speaks=True)
    yield hand
    await hand.leave()


def _bad_headers(ssrc: int) -> list[bytes]:
    """BR2 and BR3: headers that contradict themselves, behind a good signature."""

    def packet(body: bytes, flags: int) -> bytes:
        return rtp(body, flags=flags, seq16=30_000, ssrc=ssrc)

    return [
        packet(b"", 0x8F),
        packet(bytes(8), 0x8F),
        packet(bytes.fromhex("bede00ff"), 0x90),
        packet(b"\xbe", 0x90),
        packet(b"opus\0", 0xA0),
        packet(b"op\xff", 0xA0),
        packet(bytes.fromhex("bede0001 1f140000"), 0x90),
        packet(bytes.fromhex("bede0001 11141400") + b"opus", 0x90),
        packet(bytes.fromhex("bede0005 1f") + bytes(19) + b"opus", 0x90),
        packet(bytes.fromhex("10000001 01ff1400") + b"opus", 0x90),
        packet(bytes.fromhex("bede0001 10141014") + b"opus", 0x90),
    ]


async def test_what_is_not_protected_is_dropped(beside: Beside, sam: Hand, ann: Hand) -> None:
    shapes = [
        b"\x80",
        b"\x80\x6f",
        bytes((0x80, 111)) + bytes(9),
        rtp(b""),
        rtp(b"opus"),
        rtp(os.urandom(900)),
    ]
    for who in ("stranger", "member"):
        async with beside.trial("BR1", who) as trial:
            with stranger(sam.target) as sock:
                send = sam.send if who == "member" else sock.send
                for datagram in shapes:
                    send(datagram)
                assert await sam.is_heard_by(ann)
                assert is_silent(sock)
            await trial.counted("media_drops", "too_short" if who == "member" else "stranger", at_least=2)


async def test_br2_br3_headers_that_contradict_themselves(beside: Beside, sam: Hand, ann: Hand) -> None:
    async with beside.trial("BR2", "member") as trial:
        signed = 0
        for packet in _bad_headers(sam.ssrc):
            sam.seq += 1
            numbered = packet[:2] + struct.pack("!H", sam.seq) + packet[4:]
            try:
                sam.send(sam.protect(numbered))
                signed += 1
            except SrtpError:  # libsrtp will not sign it; it goes as it is
                sam.send(numbered)
        assert await sam.is_heard_again_by(ann)
        assert signed >= 5
        await trial.counted("media_drops", "bad_header", at_least=signed)
    async with beside.trial("BR3", "member"):
        many = b"".join(bytes((number % 13 + 2 << 4, 0)) for number in range(100))
        for extension in (bytes.fromhex("bede0032") + many, bytes.fromhex("10000032") + many[:200], LEVEL):
            sam.seq += 1
            sam.send(sam.protect(rtp(extension + b"opus", flags=0x90, seq16=sam.seq, ssrc=sam.ssrc)))
        assert await sam.is_heard_again_by(ann)


async def test_br4_br5_forged_and_replayed(beside: Beside, sam: Hand, ann: Hand) -> None:
    async with beside.trial("BR4", "member") as trial:
        good = sam.protect(sam.write_packet())
        for at in range(12, len(good)):
            sam.send(good[:at] + bytes((good[at] ^ 1,)) + good[at + 1 :])
        sam.send(good[:-1], good[:20], rtp(os.urandom(16), ssrc=sam.ssrc))
        assert await sam.is_heard_by(ann)
        await trial.counted("media_drops", "not_authentic", at_least=len(good) // 2)
    async with beside.trial("BR5", "member", "replays") as trial:
        packet = sam.protect(sam.write_packet())
        sam.send(*[packet] * 20)
        assert await sam.is_heard_by(ann)
        await trial.counted("media_drops", "replayed", at_least=19)


async def test_br5_sequence_jumps_and_wraps(beside: Beside, ann: Hand) -> None:
    """While muted: what a listener hears of a speaker's own jumps is the speaker's own loss."""
    sam = await Hand.connected(beside.port)
    async with beside.trial("BR5", "member", "jumps"):
        for jump in (1, 30_000, 60_000, 65_530, 65_540, 90_000):
            sam.seq = jump
            sam.send(*(sam.protect(sam.write_packet()) for _ in range(3)))
        await sam.command("set_microphone", on=True)
        assert await sam.is_heard_by(ann)
    await sam.leave()


@pytest.mark.parametrize("count", [SOURCES, pytest.param(60_000, marks=pytest.mark.long)])
async def test_br6_many_sources(beside: Beside, sam: Hand, ann: Hand, count: int) -> None:
    async with beside.trial("BR6", "member", f"{count:,} sources") as trial:
        assert await sam.is_heard_by(ann)
        for number in range(count):
            sam.send(sam.protect(rtp(LEVEL + b"opus", flags=0x90, ssrc=1_000_000 + number)))
            if number % 50 == 0:
                await sam.check()
        sam.send(*(sam.protect(sam.write_packet(ssrc=ssrc)) for ssrc in sam.offered.slot_ssrcs))
        sam.send(sam.protect(rtp(LEVEL + b"opus", flags=0x90, ssrc=0)))
        await trial.counted("media_drops", "unknown_ssrc", at_least=40)
        await trial.counted("media_drops", "rate", at_least=count // 2)
        assert await sam.is_heard_again_by(ann)


async def test_br7_other_payload_types(beside: Beside, sam: Hand, ann: Hand) -> None:
    async with beside.trial("BR7", "member") as trial:
        for kind in (0, 13, 63, 96, 110, 112, 127, 0x80 | 96):
            sam.seq += 1
            sam.send(sam.protect(rtp(b"opus", kind=kind, seq16=sam.seq, ssrc=sam.ssrc)))
        assert await sam.is_heard_by(ann)
        await trial.counted("media_drops", "payload_type", at_least=8)


async def test_br8_floods_and_sizes(beside: Beside, sam: Hand, ann: Hand) -> None:
    async with beside.trial("BR8", "member", "sizes") as trial:
        sam.send(rtp(bytes(1_500), ssrc=sam.ssrc), rtp(bytes(9_000), ssrc=sam.ssrc))
        sam.send(sam.protect(sam.write_packet(b"")))
        assert await sam.is_heard_by(ann)
        await trial.counted("media_drops", "too_large", at_least=2)
    async with beside.trial("BR8", "member", "flood") as trial:
        for number in range(FLOOD):
            sam.send(sam.protect(sam.write_packet()))
            if number % 50 == 0:
                await sam.check()
        await trial.counted("media_drops", "rate", at_least=FLOOD // 2)
        assert await sam.is_heard_again_by(ann)


async def test_br10_clocks_that_stand_or_run(beside: Beside, sam: Hand, ann: Hand) -> None:
    async with beside.trial("BR10", "member"):
        for time_48k in (960, 960, 0, 0xFFFF_FFFF, 1 << 31, 7):
            packet = sam.write_packet()
            marked = packet[:1] + bytes((packet[1] | 0x80,)) + packet[2:4] + struct.pack("!I", time_48k)
            sam.send(sam.protect(marked + packet[8:]))
        assert await sam.is_heard_again_by(ann)


REPORTS: Final = {
    "BR11": (
        "rtcp_malformed",
        [
            rtcp(201, bytes(4) + BLOCK, 31),
            rtcp(200, bytes(8)),
            struct.pack("!BBH", 0x81, 201, 60_000) + bytes(4) + BLOCK,
            rtcp(201, bytes(4)) + b"\x81\xca\x00",
            rtcp(201, bytes(4) + BLOCK * 31, 31) + rtcp(201, bytes(4) + BLOCK * 14, 14),
        ],
    ),
    "BR11 kinds": (
        "rtcp_unused",
        [
            rtcp(202, bytes(4) + b"\x01\xff", 1)[:8],
            rtcp(203, struct.pack("!I", 12_345), 1),
            rtcp(204, bytes(4) + b"name"),
            rtcp(207, bytes(4)),
            *(rtcp(kind, bytes(4)) for kind in (192, 195, 208, 223)),
        ],
    ),
    "BR12": (
        "rtcp_unused",
        [
            rtcp(206, bytes(8) + b"REMB\xff\0\0\0", 15),
            rtcp(205, bytes(8) + b"\0\0\xff\xff" * 200, 1),
            rtcp(206, bytes(8), 1),
            rtcp(206, bytes(8) + bytes(8), 4),
            rtcp(205, bytes(8) + struct.pack("!HHI", 0, 65_535, 0), 15),
        ],
    ),
}


async def test_br11_br12_reports(beside: Beside, sam: Hand, ann: Hand) -> None:
    for entry, (reason, compounds) in REPORTS.items():
        name, _, what = entry.partition(" ")
        async with beside.trial(name, "member", what) as trial:
            with stranger(sam.target) as sock:
                for compound in compounds:
                    sock.send(compound)
                    sam.send(sam.protect_report(compound))
                assert await sam.is_heard_by(ann)
                assert is_silent(sock)
            await trial.counted("media_drops", reason, at_least=len(compounds))


async def test_br12_a_flood_of_feedback_is_cut(beside: Beside, sam: Hand, ann: Hand) -> None:
    async with beside.trial("BR12", "member", "flood") as trial:
        nack = rtcp(205, bytes(8) + b"\0\0\xff\xff", 1)
        for _ in range(20):
            sam.send(*(sam.protect_report(nack) for _ in range(50)))
            await sam.check()
        assert await sam.is_heard_by(ann)
        await trial.counted("media_drops", "rate", at_least=900)


async def test_br13_who_is_muted_or_gone_is_not_heard(beside: Beside, sam: Hand, ann: Hand) -> None:
    async with beside.trial("BR13", "member") as trial:
        assert await sam.is_heard_by(ann)
        assert (await sam.command("set_microphone", on=False))["type"] == "accepted"
        assert not await sam.is_heard_by(ann)
        await trial.counted("media_drops", "muted", at_least=5)
        assert (await sam.line.ask("leave"))["type"] == "accepted"
        sam.send(*(sam.protect(sam.write_packet()) for _ in range(5)))
        await ann.check()
        assert not ann.heard(sam.line.member_id)
        await trial.counted("media_drops", "stranger", at_least=5)


async def test_br14_first_bytes_of_no_protocol(beside: Beside, sam: Hand, ann: Hand) -> None:
    firsts = [*range(4, 20), *range(64, 128), *range(192, 256)]
    for who in ("stranger", "member"):
        async with beside.trial("BR14", who) as trial:
            with stranger(sam.target) as sock:
                send = sam.send if who == "member" else sock.send
                for first in firsts:
                    send(bytes((first,)) + os.urandom(30))
                assert await sam.is_heard_by(ann)
                assert is_silent(sock)
            await trial.counted("media_drops", "not_routable", at_least=len(firsts))


async def test_br15_from_a_second_address_without_a_check(beside: Beside, sam: Hand, ann: Hand) -> None:
    async with beside.trial("BR15", "stranger") as trial:
        with stranger(sam.target) as sock:
            await ann.check()
            ann.heard(sam.line.member_id)
            for _ in range(10):
                sock.send(sam.protect(sam.write_packet()))
            await sam.check()
            await ann.check()
            assert not ann.heard(sam.line.member_id)
            await trial.counted("media_drops", "stranger", at_least=10)
        assert await sam.is_heard_by(ann)
