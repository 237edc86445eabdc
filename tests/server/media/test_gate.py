import struct

import pytest

from rooms.voice.drops import DropReason
from server.media.gate import DTLS_BURST, MAX_SOURCES, SOURCE_SILENCE_MS, VOICE_BURST, Allowance, Gate


def sound(ssrc: int, payload_type: int = 111, size: int = 60) -> bytes:
    return struct.pack("!BBHII", 0x90, payload_type, 1, 960, ssrc) + bytes(size - 12)


def report(ssrc: int) -> bytes:
    return struct.pack("!BBHI", 0x80, 201, 1, ssrc) + bytes(20)


def admitted(gate: Gate, ssrc: int, now_ms: float = 0.0) -> DropReason | None:
    refused = gate.refuse_sound(sound(ssrc), now_ms)
    if refused is None:
        gate.admit_sound(ssrc, now_ms)
    return refused


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    allowance = Allowance(per_s=10.0, burst=3.0)

    assert [allowance.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert not allowance.take(99.0)
    assert allowance.take(100.5)
    assert [allowance.take(100_000.0) for _ in range(4)] == [True, True, True, False]


def test_the_rate_of_sound_is_120_a_second() -> None:
    gate = Gate()

    refused = [admitted(gate, 5, now_ms=number * 2.0) for number in range(5_000)]  # 500 a second for 10 s

    assert refused.count(None) == pytest.approx(120 * 10 + VOICE_BURST, abs=2)
    assert set(refused) == {None, DropReason.RATE}


def test_fifty_a_second_never_meet_the_limit() -> None:
    gate = Gate()

    assert {admitted(gate, 5, now_ms=number * 20.0) for number in range(1_000)} == {None}


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (sound(5, size=1_201), DropReason.TOO_LARGE),
        (sound(5)[:11], DropReason.TOO_SHORT),
        (sound(5, payload_type=0), DropReason.PAYLOAD_TYPE),
        (sound(5, payload_type=96 | 0x80), DropReason.PAYLOAD_TYPE),
        (sound(0), DropReason.UNKNOWN_SSRC),
        (sound(5, payload_type=111 | 0x80), None),
        (sound(5, size=1_200), None),
    ],
)
def test_what_is_read_in_clear(datagram: bytes, reason: DropReason | None) -> None:
    assert Gate().refuse_sound(datagram, 0.0) is reason


def test_a_source_is_open_from_its_first_authentic_packet() -> None:
    gate = Gate()
    assert gate.refuse_sound(sound(1), 0.0) is None
    assert gate.refuse_sound(sound(2), 0.0) is None  # nobody was authentic yet

    gate.admit_sound(2, 0.0)

    assert gate.voice_ssrc == 2
    assert admitted(gate, 1) is DropReason.UNKNOWN_SSRC


def test_another_source_needs_silence_of_the_first() -> None:
    gate = Gate()
    admitted(gate, 1, 0.0)
    admitted(gate, 1, 1_000.0)

    assert admitted(gate, 2, 1_000.0 + SOURCE_SILENCE_MS - 1) is DropReason.UNKNOWN_SSRC
    assert admitted(gate, 2, 1_000.0 + SOURCE_SILENCE_MS) is None
    assert admitted(gate, 1, 1_000.0 + SOURCE_SILENCE_MS) is DropReason.UNKNOWN_SSRC


def test_sources_of_a_life_are_counted_sound_and_reports_together() -> None:
    gate = Gate()
    now_ms = 0.0
    for ssrc in range(1, MAX_SOURCES):
        assert admitted(gate, ssrc, now_ms) is None
        now_ms += SOURCE_SILENCE_MS
    assert gate.refuse_report(report(99), now_ms) is None
    gate.admit_report(report(99))

    assert admitted(gate, 1_000, now_ms) is DropReason.UNKNOWN_SSRC
    assert gate.refuse_report(report(1_000), now_ms) is DropReason.UNKNOWN_SSRC
    assert gate.refuse_report(report(99), now_ms) is None
    assert admitted(gate, 1, now_ms) is None  # one that was there before may come back


def test_reports_have_their_own_limits() -> None:
    gate = Gate()

    assert gate.refuse_report(bytes(7), 0.0) is DropReason.TOO_SHORT
    assert gate.refuse_report(report(1) + bytes(1_200), 0.0) is DropReason.TOO_LARGE
    assert [gate.refuse_report(report(1), 0.0) for _ in range(21)] == [None] * 20 + [DropReason.RATE]


def test_records_of_a_handshake_are_limited() -> None:
    gate = Gate()

    refused = [gate.refuse_dtls(0.0) for _ in range(int(DTLS_BURST) + 1)]

    assert refused == [None] * int(DTLS_BURST) + [DropReason.RATE]
    assert gate.refuse_dtls(50.0) is None
