import struct

import pytest
from aiortc.rtp import RtcpPacket, RtcpRrPacket, RtcpSdesPacket, RtcpSrPacket
from hypothesis import given
from hypothesis import strategies as st

from rooms.voice.drops import DropReason
from server.media.rtcp import (
    ReceiverStats,
    ReportBlock,
    Reports,
    is_rtcp,
    middle_of,
    ntp64_of,
    read_reports,
    round_trip_ms,
    write_cname,
    write_receiver_report,
    write_sender_report,
)

BLOCK = struct.pack("!IIIIII", 5, 25 << 24 | 0xFF_FFFE, 70_000, 48, 1, 2)


def header(count: int, kind: int, words: int, version: int = 2) -> bytes:
    return struct.pack("!BBH", version << 6 | count, kind, words)


def feed(stats: ReceiverStats, seqs: list[int], *, step_ms: float = 20.0) -> float:
    now_ms = 1_000.0
    for number, seq in enumerate(seqs):
        now_ms = 1_000.0 + number * step_ms
        stats.on_packet(seq & 0xFFFF, number * 960, now_ms)
    return now_ms


def block_of(stats: ReceiverStats, now_ms: float = 2_000.0) -> ReportBlock:
    reports = read_reports(write_receiver_report(9, stats.write_block(now_ms)))
    assert isinstance(reports, Reports)
    return reports.blocks[0]


def test_the_reference_reads_our_compound() -> None:
    ntp64 = ntp64_of(1_800_000_000_500)
    compound = write_sender_report(11, ntp64, 2**32 + 5, 7, 900) + write_cname(11, "cname")
    compound += write_receiver_report(11, BLOCK)

    sender, description, receiver = RtcpPacket.parse(compound)

    assert isinstance(sender, RtcpSrPacket)
    assert sender.ssrc == 11
    assert sender.sender_info.ntp_timestamp == ntp64
    assert sender.sender_info.rtp_timestamp == 5
    assert (sender.sender_info.packet_count, sender.sender_info.octet_count) == (7, 900)
    assert isinstance(description, RtcpSdesPacket)
    assert description.chunks[0].items == [(1, b"cname")]
    assert isinstance(receiver, RtcpRrPacket)
    assert receiver.reports[0].packets_lost == -2
    assert receiver.reports[0].highest_sequence == 70_000


@pytest.mark.parametrize("length", range(1, 9))
def test_a_cname_of_any_length_ends_on_a_word(length: int) -> None:
    (description,) = RtcpPacket.parse(write_cname(1, "c" * length))

    assert isinstance(description, RtcpSdesPacket)
    assert description.chunks[0].items == [(1, b"c" * length)]


def test_reads_what_we_use_and_skips_the_rest() -> None:
    compound = header(1, 200, 12) + struct.pack("!IQIII", 3, 7 << 32 | 9 << 16, 0, 0, 0) + BLOCK
    compound += write_cname(3, "somebody")
    compound += header(1, 203, 1) + bytes(4)  # BYE
    compound += header(0, 204, 2) + bytes(8)  # APP
    compound += header(0, 207, 1) + bytes(4)  # XR
    compound += header(1, 205, 3) + bytes(12)  # NACK
    compound += header(15, 206, 4) + bytes(16)  # REMB
    compound += header(1, 201, 7) + bytes(4) + BLOCK

    reports = read_reports(compound)

    assert isinstance(reports, Reports)
    assert reports.senders == ((3, 7 << 16 | 9),)
    assert reports.blocks == (ReportBlock(5, 25, -2, 70_000, 48, 1, 2),) * 2


@pytest.mark.parametrize(
    "compound",
    [
        b"",
        header(1, 203, 1) + bytes(4),
        header(0, 201, 1) + bytes(4),
    ],
)
def test_sound_but_of_no_use(compound: bytes) -> None:
    assert read_reports(compound) is DropReason.RTCP_UNUSED


@pytest.mark.parametrize(
    "compound",
    [
        header(0, 201, 1),
        header(31, 201, 7) + bytes(4) + BLOCK,
        header(1, 200, 7) + bytes(28),
        header(0, 200, 2) + bytes(8),
        header(0, 201, 9) + bytes(4),
        header(0, 201, 1, version=1) + bytes(4),
        header(0, 100, 1) + bytes(4),
        write_receiver_report(1, BLOCK) + b"\x80",
        write_receiver_report(1, BLOCK) * 32,
        write_sender_report(1, 0, 0, 0, 0) * 32,
    ],
)
def test_malformed(compound: bytes) -> None:
    assert read_reports(compound) is DropReason.RTCP_MALFORMED


@given(st.binary(max_size=1_200))
def test_random_bytes_never_raise(compound: bytes) -> None:
    assert isinstance(read_reports(compound), Reports | DropReason)


@given(st.lists(st.tuples(st.integers(0, 31), st.integers(192, 223), st.binary(max_size=60)), max_size=9))
def test_random_packets_never_raise(packets: list[tuple[int, int, bytes]]) -> None:
    compound = b"".join(
        header(count, kind, len(body) // 4) + body[: len(body) // 4 * 4] for count, kind, body in packets
    )

    reports = read_reports(compound)

    assert isinstance(reports, DropReason) or len(reports.blocks) <= 31


@pytest.mark.parametrize(("second", "expected"), [(0x6F, False), (0xEF, False), (200, True), (223, True)])
def test_reports_are_told_from_sound(second: int, *, expected: bool) -> None:
    assert is_rtcp(bytes([0x80, second])) is expected


def test_nothing_lost() -> None:
    stats = ReceiverStats(5, 100)
    feed(stats, list(range(100, 150)))

    block = block_of(stats)

    assert (block.ssrc, block.lost, block.fraction_lost, block.highest_seq) == (5, 0, 0, 149)
    assert block.jitter_48k == 0
    assert (block.last_report, block.delay) == (0, 0)


def test_loss_is_counted_in_all_and_since_the_last_report() -> None:
    stats = ReceiverStats(5, 0)
    feed(stats, [0, 1, 2, 3, 4, 6, 7, 9])
    first = block_of(stats)
    feed(stats, list(range(10, 20)))
    second = block_of(stats)

    assert (first.lost, first.fraction_lost) == (2, 2 * 256 // 10)
    assert (second.lost, second.fraction_lost) == (2, 0)


def test_duplicates_make_the_loss_negative_and_the_fraction_zero() -> None:
    stats = ReceiverStats(5, 0)
    feed(stats, [0, 1, 1, 1, 2])

    block = block_of(stats)

    assert (block.lost, block.fraction_lost) == (-2, 0)


def test_a_wrap_and_what_came_out_of_order() -> None:
    stats = ReceiverStats(5, 65_534)
    feed(stats, [65_534, 0, 65_535, 1])

    block = block_of(stats)

    assert block.lost == 0
    assert block.highest_seq == 65_536 + 1


def test_a_jump_is_believed_when_it_is_repeated() -> None:
    stats = ReceiverStats(5, 0)
    feed(stats, [0, 1, 30_000, 2])
    assert block_of(stats).highest_seq == 2

    feed(stats, [40_000, 40_001, 40_002])
    block = block_of(stats)

    assert (block.highest_seq, block.lost) == (40_002, 0)


def test_jitter_is_smoothed_and_a_stopped_clock_is_none() -> None:
    stats = ReceiverStats(5, 0)
    stats.on_packet(0, 0, 0.0)
    stats.on_packet(1, 960, 30.0)  # 10 ms late: 480 ticks

    assert stats.jitter_ms == pytest.approx(480 / 16 / 48)
    stats.on_packet(2, 1_920, 60_000.0)
    assert stats.jitter_ms == pytest.approx(480 / 16 / 48)


def test_the_round_trip_by_the_standards_own_example() -> None:
    # RFC 3550 section 6.4.1, figure 2: 0xb710:8000 - 0xb705:2000 - 5.25 s = 6.125 s.
    block = ReportBlock(5, 0, 0, 0, 0, 0xB705_2000, 0x0005_4000)

    assert round_trip_ms(block, 0xB44D_B710_8000_2000) == 6_125


def test_no_round_trip_without_a_report_of_ours_or_when_it_cannot_be() -> None:
    assert round_trip_ms(ReportBlock(5, 0, 0, 0, 0, 0, 0), 1 << 32) is None
    assert round_trip_ms(ReportBlock(5, 0, 0, 0, 0, 2 << 16, 0), 1 << 32) is None


def test_the_delay_since_the_senders_report() -> None:
    stats = ReceiverStats(5, 0)
    stats.on_packet(0, 0, 0.0)
    stats.on_sender_report(77, 1_000.0)

    block = block_of(stats, now_ms=1_500.0)

    assert (block.last_report, block.delay) == (77, 32_768)


def test_ntp_time() -> None:
    ntp64 = ntp64_of(500.0)

    assert ntp64 >> 32 == 2_208_988_800
    assert ntp64 & 0xFFFF_FFFF == 1 << 31
    assert middle_of(ntp64) == (2_208_988_800 & 0xFFFF) << 16 | 0x8000
