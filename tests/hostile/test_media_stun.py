"""BT1 to BT12: STUN that no browser sends, from a stranger and from a member's own address."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator
from typing import Final

import pytest

from server.media.ice_lite import MAX_ADDRESSES
from tests.fuzz.headers import (
    FOLLOWS,
    LEADS,
    NOMINATES,
    PRIORITY,
    attribute,
    signed_check,
    with_fingerprint,
)
from tests.hostile.beside import Beside
from tests.hostile.hand import Hand, is_silent, open_socket, stranger

WHO: Final = ("stranger", "member")
COOKIE: Final = bytes.fromhex("2112a442")
SOURCES: Final = 300


@pytest.fixture
async def sam(beside: Beside) -> AsyncIterator[Hand]:
    """A member who may send anything."""
    hand = await Hand.connected(beside.port)
    yield hand
    await hand.leave()


def head(kind: int, body: bytes, *, size: int = -1, cookie: bytes = COOKIE) -> bytes:
    return struct.pack("!HH", kind, len(body) if size < 0 else size) + cookie + b"t" * 12 + body


def request(body: bytes) -> bytes:
    """A request without signature, with a right fingerprint."""
    return with_fingerprint(head(1, body + attribute(0x8028, bytes(4))))


def inputs(sam: Hand) -> dict[str, tuple[str, list[bytes]]]:
    """Return what is sent for each entry, and as what it is counted."""
    name, pwd = sam.username, sam.pwd
    good = name + PRIORITY + LEADS
    signed = signed_check(good, pwd=pwd)
    other = attribute(6, b"somebodyelsesu:them")
    mine = sam.offered.ufrag.encode()
    numbers = [bytes((first,)) + os.urandom(20 + 37 * first) for first in range(4)]
    return {
        "BT1": (
            "bad_stun",
            [
                b"\0\1" + bytes(17),
                head(1, b""),
                head(1, good, size=len(good) + 4),
                head(1, good, size=len(good) - 4),
                head(1, good + b"\0\0", size=len(good) + 2),
                head(1, bytes(60_000)),
                signed[:-1],
            ],
        ),
        "BT2": ("bad_stun", [head(1, good, cookie=b"\0\0\0\0"), *numbers]),
        "BT3": (
            "bad_stun",
            [
                signed_check(good + struct.pack("!HH", 0x8022, 0xFFFF), pwd=pwd),
                signed_check(good + struct.pack("!HH", 0x8022, 400), pwd=pwd),
                signed_check(name + attribute(0x24, b"abc") + LEADS, pwd=pwd),
                signed_check(name + attribute(0x24, b"") + LEADS, pwd=pwd),
                signed_check(name + PRIORITY + attribute(0x8029, b"abcde"), pwd=pwd),
                signed_check(good + attribute(0x25, b"1"), pwd=pwd),
                request(good + struct.pack("!HH", 0x8022, 3) + b"abc"),
            ],
        ),
        "BT4": (
            "bad_stun",
            [
                signed_check(good + attribute(0x8022, b"") * 250 + bytes(400), pwd=pwd),
                signed_check(good + b"\x80\x22\0\0" * 10_000, pwd=pwd),
                signed_check(good + PRIORITY, pwd=pwd),
                signed_check(name + good, pwd=pwd),
                signed_check(good + attribute(0x0001, bytes(8)), pwd=pwd),
                signed_check(good + attribute(0x7FFF, b""), pwd=pwd),
            ],
        ),
        "BT5 shape": (
            "bad_stun",
            [signed_check(PRIORITY + LEADS, pwd=pwd), request(good), signed[:-4] + b"\0\0\0\0"],
        ),
        "BT5 signature": (
            "bad_integrity",
            [signed_check(good, pwd=b"a password of nobody's"), signed_of(good)],
        ),
        "BT7": (
            "bad_stun",
            [
                signed_check(attribute(6, b"x" * 513) + PRIORITY + LEADS, pwd=pwd),
                signed_check(attribute(6, mine + b":\xff\xfe\xfd\xfc") + PRIORITY + LEADS, pwd=pwd),
                signed_check(attribute(6, mine) + PRIORITY + LEADS, pwd=pwd),
                signed_check(attribute(6, b"") + PRIORITY + LEADS, pwd=pwd),
                signed_check(attribute(6, mine + b":abc") + PRIORITY + LEADS, pwd=pwd),
            ],
        ),
        "BT7 names": (
            "unknown_ufrag",
            [
                signed_check(other + PRIORITY + LEADS, pwd=pwd),
                signed_check(attribute(6, b"them:" + mine) + PRIORITY + LEADS, pwd=pwd),
            ],
        ),
        "BT8": (
            "bad_stun",
            [
                signed_check(name + LEADS, pwd=pwd),
                signed_check(name + PRIORITY, pwd=pwd),
                signed_check(name + PRIORITY + LEADS + FOLLOWS, pwd=pwd),
            ],
        ),
        "BT10": (
            "not_a_check",
            [head(kind, good) for kind in (0x003, 0x004, 0x006, 0x008, 0x009, 0x011, 0x101, 0x111, 0x3EF)],
        ),
    }


def signed_of(body: bytes) -> bytes:
    """A check with one bit of its signature turned, and a right fingerprint."""
    good = bytearray(signed_check(body))
    good[-12] ^= 1
    return with_fingerprint(bytes(good))


ENTRIES: Final = (
    "BT1", "BT2", "BT3", "BT4", "BT5 shape", "BT5 signature", "BT7", "BT7 names", "BT8", "BT10",
)  # fmt: skip


@pytest.mark.parametrize("who", WHO)
async def test_what_is_no_signed_check_is_dropped_in_silence(beside: Beside, sam: Hand, who: str) -> None:
    for entry in ENTRIES:
        reason, datagrams = inputs(sam)[entry]
        name, _, what = entry.partition(" ")
        with stranger(sam.target) as sock:
            async with beside.trial(name, who, what) as trial:
                if who == "member":
                    sam.send(*datagrams)
                else:
                    for datagram in datagrams:
                        sock.send(datagram)
                await sam.check()
                assert sam.answers.empty(), f"{entry} was answered"
                assert is_silent(sock), f"{entry} was answered"
                await trial.counted("media_drops", reason, at_least=len(datagrams))


async def test_bt6_what_stands_behind_the_signature_counts_for_nothing(beside: Beside, sam: Hand) -> None:
    async with beside.trial("BT6", "member"):
        good = signed_check(sam.username + PRIORITY + FOLLOWS, pwd=sam.pwd)[:-8]
        size = struct.pack("!H", len(good) - 20 + len(LEADS) + 8)
        behind = good[:2] + size + good[4:] + LEADS + attribute(0x8028, bytes(4))
        sam.send(with_fingerprint(behind))
        assert (await sam.answer())[:2] == b"\x01\x11"  # as the follower that it is, not the leader
        await sam.check()


async def test_bt8_who_wants_to_follow_is_told_to_lead_each_time(beside: Beside, sam: Hand) -> None:
    async with beside.trial("BT8", "member", "roles") as trial:
        for number in range(3):
            follower = signed_check(sam.username + PRIORITY + FOLLOWS, bytes((number,)) * 12, sam.pwd)
            sam.send(follower)
            answer = await sam.answer()
            assert answer[:2] == b"\x01\x11"
            assert len(answer) <= len(follower)
        assert (await sam.check())[:2] == b"\x01\x01"
        await trial.counted("media_drops", "role_conflict", at_least=3)


async def test_bt9_good_checks_from_many_ports_are_answered_where_they_came_from(
    beside: Beside, sam: Hand
) -> None:
    async with beside.trial("BT9", "member") as trial:
        sockets = [open_socket(sam.target) for _ in range(SOURCES)]
        try:
            for sock in sockets:
                sock.send(sam.write_check(nominates=False))
            await sam.check()
            for sock in sockets:
                assert len(sock.recv(2_048)) <= len(sam.write_check(nominates=False))
                assert is_silent(sock)
            await trial.counted("media_drops", "too_many_addresses", at_least=SOURCES - MAX_ADDRESSES)
            await sam.check()  # the path did not move
        finally:
            for sock in sockets:
                sock.close()


async def test_bt11_a_recorded_check_sent_from_elsewhere_moves_nothing(beside: Beside, sam: Hand) -> None:
    async with beside.trial("BT11", "stranger") as trial:
        recorded = sam.write_check()
        sam.send(recorded)
        await sam.answer()
        with stranger(sam.target) as sock:
            for _ in range(20):
                sock.send(recorded)
            await sam.check()
            assert is_silent(sock)
            await trial.counted("media_drops", "replayed", at_least=20)
        sam.heard(beside.voice_id)
        assert await _hears(sam)  # the sound still comes here


async def _hears(hand: Hand) -> bool:
    """The voice of the nine comes fifty times a second."""
    async with asyncio.timeout(5):
        await hand.packets.get()
    return True


@pytest.mark.parametrize(
    ("per_s", "seconds"), [(2_000, 1), pytest.param(50_000, 5, marks=pytest.mark.long)], ids=["", "flood"]
)
async def test_bt12_a_flood_of_strangers_checks(beside: Beside, sam: Hand, per_s: int, seconds: int) -> None:
    every_s = 0.01
    async with beside.trial("BT12", "stranger", f"{per_s:,} a second", is_flood=seconds > 1) as trial:
        check = signed_check(attribute(6, b"somebodyelsesu:them") + PRIORITY + LEADS + NOMINATES)
        with stranger(sam.target) as sock:
            loop = asyncio.get_running_loop()
            begun_s = loop.time()
            for number in range(round(seconds / every_s)):
                for _ in range(round(per_s * every_s)):
                    sock.send(check)
                await asyncio.sleep(max(0.0, begun_s + (number + 1) * every_s - loop.time()))
            await sam.check()
            assert is_silent(sock)
        await trial.counted("media_drops", "unknown_ufrag", at_least=per_s * seconds // 4)
