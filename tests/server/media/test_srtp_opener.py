"""What we open against what libsrtp opens: the same packets, the same refusals, in any order."""

import os
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy

from rooms.voice.drops import DropReason
from server.media.srtp_gcm import NONCE_BYTES, SSRC_SHIFT, SessionKeys
from server.media.srtp_opener import REPLAY_WINDOW, GcmOpener, SessionOpener
from tests.server.media.ear import draw_master, open_session

SSRC = 0xFFFFFFFE


class Pair:
    """One sender, and both ways of opening what it sends."""

    def __init__(self, master: bytes) -> None:
        self.keys = SessionKeys.derive(master)
        self.ours = GcmOpener(self.keys)
        self.theirs = SessionOpener(open_session(master, Policy.SSRC_ANY_INBOUND))

    def write(
        self, index: int, payload: bytes = b"sound", *, ssrc: int = SSRC, flags: int = 0x80, more: bytes = b""
    ) -> bytes:
        head = bytes([flags, 111]) + (index & 0xFFFF).to_bytes(2, "big") + bytes(4) + ssrc.to_bytes(4, "big")
        nonce = self.keys.salt ^ (ssrc << SSRC_SHIFT | index)
        return head + more + self.keys.aead.encrypt(nonce.to_bytes(NONCE_BYTES, "big"), payload, head + more)

    def open(self, datagram: bytes) -> bytes | DropReason:
        """Open by both, who must agree."""
        opened = self.ours.open(datagram)
        assert opened == self.theirs.open(datagram)
        return opened


@pytest.fixture
def pair() -> Pair:
    return Pair(draw_master())


def test_thousands_of_packets_in_disorder_over_wraps(pair: Pair) -> None:
    chance = Random(7)  # noqa: S311 - draws an order
    waiting: list[bytes] = []
    opened = 0
    for index in range(60_000, 140_000, 9):
        waiting.append(pair.write(index, os.urandom(index % 97 + 1)))
        if len(waiting) > 20:
            datagram = waiting.pop(chance.randrange(len(waiting)))
            if isinstance(pair.open(datagram), bytes):
                opened += 1
                assert pair.open(datagram) is DropReason.REPLAYED
    assert 8_000 < opened < 8_850  # some came too late


def test_rollovers_far_beyond_sixteen_bits(pair: Pair) -> None:
    index = 0
    for _ in range(5_000):
        index += 32_000
        assert isinstance(pair.open(pair.write(index)), bytes)
    assert index >> 16 > 2_000


steps = st.one_of(
    st.integers(-3, 3),
    st.integers(-REPLAY_WINDOW - 2, REPLAY_WINDOW + 2),
    st.sampled_from([-REPLAY_WINDOW - 1, -REPLAY_WINDOW, 1 - REPLAY_WINDOW, (1 << 15) - 1, 1 << 15]),
    st.integers(-70_000, 70_000),
)


@settings(deadline=None, max_examples=200)
@given(
    start=st.integers(0, 200_000),
    moves=st.lists(st.tuples(steps, st.sampled_from([SSRC, SSRC, 1]), st.booleans()), max_size=60),
)
def test_any_order_jump_repetition_and_damage(start: int, moves: list[tuple[int, int, bool]]) -> None:
    pair, index = Pair(bytes(range(28))), start
    for step, ssrc, is_damaged in [(0, SSRC, False), *moves]:
        index = max(0, index + step)
        datagram = pair.write(index, ssrc=ssrc)
        pair.open(datagram[:-1] + bytes([datagram[-1] ^ is_damaged]))


@settings(deadline=None)
@given(
    csrcs=st.integers(0, 15),
    words=st.none() | st.integers(0, 6),
    payload=st.binary(max_size=1_300),
    cut=st.integers(0, 80) | st.just(0),
)
def test_any_header_and_any_end(csrcs: int, words: int | None, payload: bytes, cut: int) -> None:
    pair = Pair(bytes(range(28)))
    more = os.urandom(4 * csrcs)
    flags = 0x80 | csrcs
    if words is not None:
        more += b"\xbe\xde" + words.to_bytes(2, "big") + os.urandom(4 * words)
        flags |= 0x10
    datagram = pair.write(5, payload, flags=flags, more=more)
    opened = pair.open(datagram[: len(datagram) - cut])
    if not cut:
        assert opened == datagram[: 12 + len(more)] + payload


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=120))
def test_any_bytes_are_refused_by_both(datagram: bytes) -> None:
    pair = Pair(bytes(range(28)))
    assert pair.open(datagram) is DropReason.NOT_AUTHENTIC


def test_a_forged_packet_moves_nothing(pair: Pair) -> None:
    assert isinstance(pair.open(pair.write(100)), bytes)
    far = pair.write(100 + 20_000)
    assert pair.open(far[:-1] + bytes([far[-1] ^ 1])) is DropReason.NOT_AUTHENTIC
    assert isinstance(pair.open(pair.write(101)), bytes)
    assert pair.open(pair.write(100)) is DropReason.REPLAYED


def test_what_was_forged_under_another_source_is_not_kept(pair: Pair) -> None:
    for ssrc in range(1, 500):
        datagram = pair.write(7, ssrc=ssrc)
        pair.ours.open(datagram[:-1] + bytes([datagram[-1] ^ 1]))
    assert not pair.ours._sources
