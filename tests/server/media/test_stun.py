"""The reader against aioice's as a reference, against RFC 5769's vector, and against random bytes."""

import struct
import zlib

import pytest
from aioice import stun as reference
from hypothesis import given
from hypothesis import strategies as st

from rooms.voice.drops import DropReason
from server.media.stun import (
    BindingCheck,
    UsualCheck,
    has_integrity,
    read_check,
    write_role_conflict,
    write_success,
)

PWD = b"abcdefghijklmnopqrstuvwxyz012345"


def reference_check(**changes: object) -> reference.Message:
    message = reference.Message(reference.Method.BINDING, reference.Class.REQUEST)
    message.attributes.update(
        {"USERNAME": "ours:theirs", "PRIORITY": 1_845_501_695, "ICE-CONTROLLING": 2**63 + 5},
    )
    for name, value in changes.items():
        name_on_wire = name.replace("_", "-")
        message.attributes.pop(name_on_wire, None)
        if value is not ...:
            message.attributes[name_on_wire] = value
    return message


def signed(message: reference.Message, pwd: bytes = PWD) -> bytes:
    message.add_message_integrity(pwd)
    return bytes(message)


def raw_check(*attributes: tuple[int, bytes], tail: bytes = b"") -> bytes:
    """A check with any attributes, correctly signed and fingerprinted; `tail` stands after the signature."""
    body = b"".join(struct.pack("!HH", kind, len(v)) + v + bytes(-len(v) % 4) for kind, v in attributes)
    head = struct.pack("!HHI12s", 1, len(body), reference.COOKIE, b"transaction!")
    integrity = reference.message_integrity(head + body, PWD)
    message = head + body + struct.pack("!HH", 8, 20) + integrity + tail
    message = reference.set_body_length(message, len(message) - 20 + 8)
    return message + struct.pack("!HHI", 0x8028, 4, zlib.crc32(message) ^ 0x5354554E)


USERNAME = (0x0006, b"ours:theirs")
PRIORITY = (0x0024, b"\x01\x02\x03\x04")
CONTROLLING = (0x802A, bytes(8))


def test_reads_what_the_reference_writes() -> None:
    message = reference_check(USE_CANDIDATE=None)

    check = read_check(signed(message))

    assert isinstance(check, BindingCheck)
    assert check.transaction_id == message.transaction_id
    assert check.ufrag == "ours"
    assert check.nominated
    assert not check.controlled
    assert has_integrity(check, PWD)
    assert not has_integrity(check, PWD[:-1] + b"6")


def test_a_check_without_nomination_or_from_a_follower_says_so() -> None:
    check = read_check(signed(reference_check(ICE_CONTROLLING=..., ICE_CONTROLLED=7)))

    assert isinstance(check, BindingCheck)
    assert check.controlled
    assert not check.nominated


@pytest.mark.parametrize("address", [("192.0.2.1", 32_853), ("2001:db8:1234:5678:11:2233:4455:6677", 32_853)])
def test_the_reference_reads_the_answer(address: tuple[str, int]) -> None:
    datagram = signed(reference_check())
    check = read_check(datagram)
    assert isinstance(check, BindingCheck)

    answer = write_success(check, *address, PWD)

    message = reference.parse_message(answer)
    assert message.message_class == reference.Class.RESPONSE
    assert message.message_method == reference.Method.BINDING
    assert message.transaction_id == check.transaction_id
    assert message.attributes["XOR-MAPPED-ADDRESS"] == address
    assert "FINGERPRINT" in message.attributes
    assert message.check_message_integrity(PWD)
    assert len(answer) < len(datagram)


def test_the_reference_reads_the_role_conflict() -> None:
    datagram = signed(reference_check(ICE_CONTROLLING=..., ICE_CONTROLLED=7))
    check = read_check(datagram)
    assert isinstance(check, BindingCheck)

    answer = write_role_conflict(check, PWD)

    message = reference.parse_message(answer)
    assert message.error_code == 487
    assert message.check_message_integrity(PWD)
    assert len(answer) < len(datagram)


def test_writes_the_mapped_address_of_rfc_5769() -> None:
    # RFC 5769 section 2.2: the answer for 192.0.2.1 port 32853 to this transaction.
    check = BindingCheck(
        transaction_id=bytes.fromhex("b7e7a701bc34d686fa87dfae"),
        ufrag="evtj",
        nominated=False,
        controlled=False,
        signed=b"",
        integrity=b"",
    )

    answer = write_success(check, "192.0.2.1", 32_853, b"VOkJxbRl1RmTxUk/WvJxBt")

    assert answer[20:32] == bytes.fromhex("002000080001a147e112a643")


@pytest.mark.parametrize(
    "message",
    [
        reference.Message(reference.Method.BINDING, reference.Class.INDICATION),
        reference.Message(reference.Method.BINDING, reference.Class.RESPONSE),
        reference.Message(reference.Method.BINDING, reference.Class.ERROR),
        reference.Message(reference.Method.ALLOCATE, reference.Class.REQUEST),
        reference.Message(reference.Method.REFRESH, reference.Class.REQUEST),
        reference.Message(reference.Method.SEND, reference.Class.INDICATION),
        reference.Message(reference.Method.CREATE_PERMISSION, reference.Class.REQUEST),
    ],
)
def test_anything_but_a_binding_request_is_no_check(message: reference.Message) -> None:
    assert read_check(signed(message)) is DropReason.NOT_A_CHECK


GOOD = raw_check(USERNAME, PRIORITY, CONTROLLING)

MALFORMED = {
    "empty": b"",
    "19 bytes": GOOD[:19],
    "header alone": struct.pack("!HHI12s", 1, 0, reference.COOKIE, bytes(12)),
    "cut": GOOD[:-4],
    "longer than it says": GOOD + bytes(4),
    "wrong cookie": GOOD[:4] + b"\x21\x12\xa4\x43" + GOOD[8:],
    "length not in words": raw_check(USERNAME, PRIORITY, CONTROLLING)[:2] + b"\x00\x05" + bytes(21),
    "too long": raw_check(USERNAME, PRIORITY, CONTROLLING, (0x8022, bytes(1_200))),
    "attribute past the end": raw_check(USERNAME, PRIORITY, CONTROLLING, tail=b"\x80\x22\xff\xff"),
    "3-byte priority": raw_check(USERNAME, (0x0024, b"abc"), CONTROLLING),
    "5-byte controlling": raw_check(USERNAME, PRIORITY, (0x802A, bytes(5))),
    "use-candidate with a value": raw_check(USERNAME, PRIORITY, CONTROLLING, (0x0025, bytes(4))),
    "empty user name": raw_check((0x0006, b""), PRIORITY, CONTROLLING),
    "user name without halves": raw_check((0x0006, b"ourstheirs"), PRIORITY, CONTROLLING),
    "user name of three": raw_check((0x0006, b"ours:theirs:more"), PRIORITY, CONTROLLING),
    "user name of 514 bytes": raw_check((0x0006, b"a" * 257 + b":" + b"b" * 256), PRIORITY, CONTROLLING),
    "user name not text": raw_check((0x0006, b"our\xff:theirs"), PRIORITY, CONTROLLING),
    "no user name": raw_check(PRIORITY, CONTROLLING),
    "no priority": raw_check(USERNAME, CONTROLLING),
    "no role": raw_check(USERNAME, PRIORITY),
    "both roles": raw_check(USERNAME, PRIORITY, CONTROLLING, (0x8029, bytes(8))),
    "attribute twice": raw_check(USERNAME, USERNAME, PRIORITY, CONTROLLING),
    "unknown, must be understood": raw_check(USERNAME, PRIORITY, CONTROLLING, (0x0030, b"")),
    "hundreds of attributes": raw_check(USERNAME, PRIORITY, CONTROLLING, *[(0x0030, b"")] * 250),
    "bad fingerprint": GOOD[:-1] + bytes([GOOD[-1] ^ 1]),
    "no fingerprint": reference.set_body_length(GOOD[:-8], len(GOOD) - 28),
    "no integrity": bytes(reference_check()),
    "short integrity": raw_check(USERNAME, PRIORITY, CONTROLLING, (0x0008, bytes(16))),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_checks_have_no_answer(name: str) -> None:
    assert read_check(MALFORMED[name]) is DropReason.BAD_STUN


def test_the_parametrized_checks_differ_from_a_good_one_in_one_thing() -> None:
    check = read_check(GOOD)

    assert isinstance(check, BindingCheck)
    assert has_integrity(check, PWD)


def test_what_follows_the_signature_is_ignored() -> None:
    check = read_check(raw_check(USERNAME, PRIORITY, CONTROLLING, tail=struct.pack("!HH", 0x0025, 0)))

    assert isinstance(check, BindingCheck)
    assert not check.nominated
    assert has_integrity(check, PWD)


def test_unknown_attributes_that_may_be_ignored_are() -> None:
    check = read_check(raw_check(USERNAME, (0xC057, b"\x00\x01\x00\x0a"), PRIORITY, CONTROLLING))

    assert isinstance(check, BindingCheck)
    assert has_integrity(check, PWD)


@given(st.binary(max_size=1_500))
def test_random_bytes_never_raise_and_are_never_a_signed_check(datagram: bytes) -> None:
    check = read_check(datagram)

    assert isinstance(check, DropReason) or not has_integrity(check, PWD)


ATTRIBUTES = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=24)), max_size=12)


@given(ATTRIBUTES, st.binary(max_size=40))
def test_random_attributes_never_raise(attributes: list[tuple[int, bytes]], tail: bytes) -> None:
    padded = tail + bytes(-len(tail) % 4)

    assert isinstance(read_check(raw_check(*attributes, tail=padded)), BindingCheck | DropReason)


@given(st.integers(0, len(GOOD) * 8 - 1))
def test_one_turned_bit_is_never_a_signed_check(bit: int) -> None:
    turned = bytearray(GOOD)
    turned[bit // 8] ^= 1 << bit % 8

    check = read_check(bytes(turned))

    assert isinstance(check, DropReason)


# --- usual checks ---------------------------------------------------------------------------

FAR = ("2001:db8:1234:5678:11:2233:4455:6677", 32_853)
NEAR = ("192.0.2.1", 32_853)
BROWSERS = {
    "nominating": {"USE_CANDIDATE": None},
    "plain": {},
    "another name": {"USERNAME": "ours:somebody"},
}


def read_well(datagram: bytes) -> BindingCheck:
    check = read_check(datagram)
    assert isinstance(check, BindingCheck)
    return check


@pytest.mark.parametrize("address", [NEAR, FAR])
@pytest.mark.parametrize("form", BROWSERS)
def test_a_usual_check_is_answered_as_one_that_is_read(form: str, address: tuple[str, int]) -> None:
    first, later = (signed(reference_check(**BROWSERS[form])) for _ in range(2))
    usual = UsualCheck(read_well(first), *address, PWD)

    transaction_id = usual.id_of(later)

    assert transaction_id == read_well(later).transaction_id
    assert transaction_id != read_well(first).transaction_id
    assert usual.answer(transaction_id) == write_success(read_well(later), *address, PWD)


def test_whatever_is_not_the_usual_check_must_be_read() -> None:
    usual = UsualCheck(read_well(GOOD), *NEAR, PWD)
    assert usual.id_of(GOOD)
    others = [
        signed(reference_check()),
        signed(reference_check(), PWD[:-1] + b"6"),
        raw_check(USERNAME, PRIORITY, CONTROLLING, (0x0025, b"")),
        raw_check(USERNAME, CONTROLLING, PRIORITY),
        raw_check(USERNAME, PRIORITY, (0x8029, bytes(8))),
        raw_check(USERNAME, PRIORITY, CONTROLLING, tail=struct.pack("!HHI", 0x8022, 4, 0)),
        GOOD + bytes(4),
        b"",
    ]
    assert [usual.id_of(other) for other in others] == [None] * len(others)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_usual_check_that_was_changed_anywhere_is_none(place: int, change: int) -> None:
    usual = UsualCheck(read_well(GOOD), *NEAR, PWD)
    assert usual.id_of(GOOD[:place] + bytes([GOOD[place] ^ change]) + GOOD[place + 1 :]) is None


@given(st.binary(min_size=12, max_size=12), st.binary(min_size=20, max_size=20))
def test_a_usual_check_with_a_guessed_signature_is_none(transaction_id: bytes, integrity: bytes) -> None:
    usual = UsualCheck(read_well(GOOD), *NEAR, PWD)
    message = GOOD[:8] + transaction_id + GOOD[20:-28] + integrity
    message += struct.pack("!HHI", 0x8028, 4, zlib.crc32(message) ^ 0x5354554E)
    assert len(message) == len(GOOD)
    assert usual.id_of(message) is None
