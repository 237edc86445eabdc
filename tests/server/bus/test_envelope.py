import hmac

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.bus.envelope import MAC_BYTES, MESSAGE_MAX_BYTES, READS, WRITES, DropKind, Kind, Opened, Sealer

KEY = bytes(range(32))


def sealed_by_hand(*fields: object, key: bytes = KEY) -> bytes:
    return signed(msgspec.msgpack.encode(fields), key)


def signed(content: bytes, key: bytes = KEY) -> bytes:
    return content + hmac.digest(key, content, "sha256")[:MAC_BYTES]


def test_what_a_node_sealed_its_neighbour_opens() -> None:
    one, two = Sealer(KEY, "n-1", 5), Sealer(KEY, "n-2", 9)
    sealed = one.seal(Kind.FACTS, "talk", b"body")
    assert two.open(Kind.FACTS, "talk", sealed) == Opened("n-1", 5, is_own=False, body=b"body")
    assert one.open(Kind.FACTS, "talk", sealed) == Opened("n-1", 5, is_own=True, body=b"body")
    assert not two.drops


def test_it_costs_few_bytes() -> None:
    assert len(Sealer(KEY, "n-12345678", 1_800_000_000_000).seal(Kind.VOICE, "talk", b"")) < 60


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"", DropKind.SIZE),
        (b"x" * MAC_BYTES, DropKind.SIZE),
        (b"x" * (MESSAGE_MAX_BYTES + 1), DropKind.SIZE),
        (b"x" * 100, DropKind.UNSIGNED),
        (sealed_by_hand(WRITES, "facts", "n-2", 1, "talk", b"", key=bytes(32)), DropKind.UNSIGNED),
        (sealed_by_hand(WRITES + 1, "new", {}), DropKind.VERSION),
        (sealed_by_hand(0, "facts", "n-2", 1, "talk", b""), DropKind.VERSION),
        (sealed_by_hand("1", "facts"), DropKind.SHAPE),
        (sealed_by_hand(WRITES, "facts", "n-2", 1, "talk"), DropKind.SHAPE),
        (signed(b"\x96\x01\xa5facts\xa3n\xff2\x01\xa4talk\xc4\x00"), DropKind.SHAPE),
        (signed(b"\x97\x01\xa5facts\xa3n-2\x01\xa4talk\xc4\x00" + b"\x91" * 5_000), DropKind.SHAPE),
        (sealed_by_hand(WRITES, "gossip", "n-2", 1, "talk", b""), DropKind.SHAPE),
        (sealed_by_hand(WRITES, "facts", "n-2", 1, "other", b""), DropKind.ELSEWHERE),
        (sealed_by_hand(WRITES, "voice", "n-2", 1, "talk", b""), DropKind.ELSEWHERE),
        (sealed_by_hand(WRITES, "facts", "n-1", 6, "talk", b""), DropKind.TWIN),
        (sealed_by_hand(WRITES, "facts", "n-1", 4, "talk", b""), DropKind.TWIN),
    ],
)
def test_everything_else_is_dropped_and_counted(message: bytes, why: DropKind) -> None:
    sealer = Sealer(KEY, "n-1", 5)
    assert sealer.open(Kind.FACTS, "talk", message) is why
    assert sealer.drops == {why: 1}


def test_an_earlier_life_of_a_node_is_not_listened_to_but_what_it_wrote_stays_true() -> None:
    here = Sealer(KEY, "n-1", 5)
    before, after = Sealer(KEY, "n-2", 1), Sealer(KEY, "n-2", 2)
    said = before.seal(Kind.ENTRY, "talk", b"old")
    assert isinstance(here.open(Kind.ENTRY, "talk", said), Opened)
    assert isinstance(here.open(Kind.ENTRY, "talk", after.seal(Kind.ENTRY, "talk", b"")), Opened)
    assert here.open(Kind.ENTRY, "talk", said) is DropKind.STALE
    assert isinstance(here.open(Kind.ENTRY, "talk", said, is_live=False), Opened)


def test_neighbours_of_two_releases_read_each_other() -> None:
    assert WRITES in READS
    later = sealed_by_hand(
        WRITES, "facts", "n-2", 1, "talk", b"body", "a field that this release does not know"
    )
    assert isinstance(Sealer(KEY, "n-1", 5).open(Kind.FACTS, "talk", later), Opened)


@given(st.binary(max_size=300))
def test_no_bytes_at_all_do_harm(message: bytes) -> None:
    assert isinstance(Sealer(KEY, "n-1", 5).open(Kind.FACTS, "talk", message), DropKind)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_changed_bit_gets_through(place: int, change: int) -> None:
    sealer = Sealer(KEY, "n-1", 5)
    message = bytearray(sealer.seal(Kind.FACTS, "talk", b"a body of some length"))
    message[place % len(message)] ^= change
    assert sealer.open(Kind.FACTS, "talk", bytes(message)) is DropKind.UNSIGNED


@given(st.binary(max_size=60))
def test_no_signed_nonsense_does_harm(content: bytes) -> None:
    message = content + hmac.digest(KEY, content, "sha256")[:MAC_BYTES]
    assert isinstance(Sealer(KEY, "n-1", 5).open(Kind.FACTS, "talk", message), DropKind)
