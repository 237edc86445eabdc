"""Our keys and nonces against libsrtp's, byte by byte, over wraps of the sequence and many rollovers."""

import os
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy

from server.media.srtp_gcm import INDEX_END, NONCE_BYTES, SSRC_SHIFT, SessionKeys
from tests.server.media.ear import draw_master, open_session

masters = st.binary(min_size=28, max_size=28)
ssrcs = st.integers(0, 0xFFFFFFFF)


def write_head(index: int, ssrc: int, csrcs: int = 0) -> bytes:
    head = struct.pack("!BBHII", 0x80 | csrcs, 111, index & 0xFFFF, index * 960 & 0xFFFFFFFF, ssrc)
    return head + os.urandom(4 * csrcs)


def nonce_of(keys: SessionKeys, ssrc: int, index: int) -> bytes:
    return (keys.salt ^ (ssrc << SSRC_SHIFT | index)).to_bytes(NONCE_BYTES, "big")


def protect(keys: SessionKeys, head: bytes, payload: bytes, ssrc: int, index: int) -> bytes:
    return head + keys.aead.encrypt(nonce_of(keys, ssrc, index), payload, head)


def test_thousands_of_packets_over_a_wrap_are_the_same_bytes() -> None:
    master, ssrc = draw_master(), 0xFFFFFFFF
    keys = SessionKeys.derive(master)
    theirs = open_session(master, Policy.SSRC_ANY_OUTBOUND)
    reader = open_session(master, Policy.SSRC_ANY_INBOUND)
    for index in range(62_000, 70_000):
        head, payload = write_head(index, ssrc, csrcs=1), os.urandom(index % 97 + 1)
        ours = protect(keys, head, payload, ssrc, index)
        assert ours == theirs.protect(head + payload)
        assert reader.unprotect(ours) == head + payload


@settings(deadline=None, max_examples=40)
@given(
    master=masters,
    ssrc=ssrcs,
    start=st.integers(0, (1 << 15) - 1),
    steps=st.lists(st.tuples(st.integers(1, (1 << 15) - 1), st.binary(min_size=1)), max_size=30),
)
def test_any_steps_lead_over_rollovers_as_libsrtp_counts_them(
    master: bytes, ssrc: int, start: int, steps: list[tuple[int, bytes]]
) -> None:
    keys = SessionKeys.derive(master)
    theirs = open_session(master, Policy.SSRC_ANY_OUTBOUND)
    reader = open_session(master, Policy.SSRC_ANY_INBOUND)
    index = start
    for step, payload in [(0, b"first"), *steps]:
        index += step
        head = write_head(index, ssrc)
        ours = protect(keys, head, payload, ssrc, index)
        assert ours == theirs.protect(head + payload)
        assert reader.unprotect(ours) == head + payload


def test_rollovers_far_beyond_sixteen_bits() -> None:
    master, ssrc, index = draw_master(), 7, 0
    keys = SessionKeys.derive(master)
    theirs = open_session(master, Policy.SSRC_ANY_OUTBOUND)
    for _ in range(5_000):
        index += 32_000
        head = write_head(index, ssrc)
        assert protect(keys, head, b"sound", ssrc, index) == theirs.protect(head + b"sound")
    assert index >> 16 > 2_000


@given(master=masters, ssrc=ssrcs, payload=st.binary(min_size=1, max_size=1_200))
def test_what_libsrtp_sends_these_keys_open(master: bytes, ssrc: int, payload: bytes) -> None:
    keys, head = SessionKeys.derive(master), write_head(5, ssrc)
    theirs = open_session(master, Policy.SSRC_ANY_OUTBOUND).protect(head + payload)
    assert keys.aead.decrypt(nonce_of(keys, ssrc, 5), theirs[len(head) :], head) == payload


def test_each_bit_of_the_master_counts() -> None:
    master = draw_master()
    found = {nonce_of(SessionKeys.derive(master), 1, 1)}
    for bit in range(8 * 28):
        other = int.from_bytes(master, "big") ^ 1 << bit
        keys = SessionKeys.derive(other.to_bytes(28, "big"))
        found.add(nonce_of(keys, 1, 1))
    assert len(found) == 8 * 28 + 1


@pytest.mark.parametrize("size", [0, 27, 29, 44])
def test_keys_of_another_profile_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="28 bytes"):
        SessionKeys.derive(bytes(size))


def test_an_index_has_room_beside_an_ssrc() -> None:
    assert INDEX_END == 1 << SSRC_SHIFT
