import pytest
from msgspec.structs import replace

from rooms.ids import MemberId
from rooms.voice.drops import DropReason
from rooms.voice.slot import (
    CLOCK_SLACK_48K,
    FRAME_48K,
    GAP_MAX_PACKETS,
    LATE_MAX_PACKETS,
    TICKS_PER_MS,
    Forward,
    Slot,
)
from tests.rooms.voice.sender import FRAME_MS, Sender

ANN, BEN = MemberId(1), MemberId(2)
SLACK_MS = CLOCK_SLACK_48K / TICKS_PER_MS


def place(slot: Slot, sender: Sender, now_ms: float, ticks: int = FRAME_48K) -> Forward:
    forward = slot.place(sender.next(ticks=ticks), now_ms)
    assert isinstance(forward, Forward), forward
    return forward


@pytest.fixture
def slot() -> Slot:
    slot = Slot(1)
    slot.take(ANN)
    return slot


def test_copies_what_is_the_speakers_own(slot: Slot) -> None:
    packet = Sender().next(30)
    forward = slot.place(packet, 5_000.0)
    assert forward == Forward(1, 1, 1, FRAME_48K, True, ANN, 30, True, packet.payload)  # noqa: FBT003


def test_an_undisturbed_voice_runs_on_across_both_wraps(slot: Slot) -> None:
    sender = Sender(seq=65_500, time_48k=2**32 - 30 * FRAME_48K)
    forwards = [place(slot, sender, FRAME_MS * index) for index in range(70_000)]
    assert [forward.counter for forward in forwards] == list(range(1, 70_001))
    assert all(forward.advance == 1 for forward in forwards)
    assert [forward.timestamp_48k for forward in forwards] == [
        FRAME_48K * (1 + index) & 0xFFFFFFFF for index in range(70_000)
    ]
    assert [forward.marker for forward in forwards] == [True] + [False] * 69_999


def test_the_wire_time_wraps() -> None:
    slot = Slot(0)
    slot.take(ANN)
    sender = Sender(time_48k=0)
    for index in range(150):  # a packet every ten minutes: anchored each time, on the wall clock
        forward = place(slot, sender, 600_000.0 * index)
        assert forward.timestamp_48k == (FRAME_48K + 28_800_000 * index) % 2**32


def test_markers_pass(slot: Slot) -> None:
    sender = Sender()
    place(slot, sender, 0.0)
    forward = slot.place(sender.next(marker=True), 20.0)
    assert isinstance(forward, Forward)
    assert forward.marker


def test_the_speakers_own_loss_stays_a_gap(slot: Slot) -> None:
    sender = Sender()
    place(slot, sender, 0.0)
    sender.next()
    sender.next()
    forward = place(slot, sender, 60.0)
    assert (forward.counter, forward.advance, forward.timestamp_48k) == (4, 3, 4 * FRAME_48K)
    assert not forward.marker


def test_a_pause_of_the_sender_is_kept_in_time_only(slot: Slot) -> None:
    sender = Sender()
    place(slot, sender, 0.0, ticks=20 * FRAME_48K)
    forward = place(slot, sender, 400.0)
    assert (forward.counter, forward.timestamp_48k, forward.marker) == (2, 21 * FRAME_48K, False)


def test_packets_overtaken_by_up_to_32_fit_in(slot: Slot) -> None:
    sender = Sender()
    place(slot, sender, 0.0)
    overtaken = [sender.next() for _ in range(LATE_MAX_PACKETS)]
    newest = place(slot, sender, FRAME_MS * 33)
    assert newest.counter == 34
    for index in (31, 0, 15):
        forward = slot.place(overtaken[index], FRAME_MS * 34)
        assert isinstance(forward, Forward)
        assert (forward.counter, forward.advance) == (index + 2, 0)
        assert forward.timestamp_48k == FRAME_48K * (index + 2)
        assert slot.place(overtaken[index], FRAME_MS * 34) is DropReason.DUPLICATE
    assert slot.newest == 34
    place(slot, sender, FRAME_MS * 34)
    assert slot.place(overtaken[0], FRAME_MS * 34) is DropReason.TOO_LATE  # by now 33 late
    assert slot.packets == 6


def test_the_same_packet_twice(slot: Slot) -> None:
    packet = Sender().next()
    assert isinstance(slot.place(packet, 0.0), Forward)
    assert slot.place(packet, 1.0) is DropReason.DUPLICATE


def test_duplicates_are_known_after_a_long_gap(slot: Slot) -> None:
    sender = Sender()
    place(slot, sender, 0.0)
    overtaken = [sender.next() for _ in range(10)]
    for _ in range(40):
        sender.next()
    place(slot, sender, 1_020.0)
    assert slot.place(overtaken[-1], 1_020.0) is DropReason.TOO_LATE


def test_a_new_voice_goes_on_where_the_last_one_stopped(slot: Slot) -> None:
    ann, ben = Sender(seq=100), Sender(ssrc=2, seq=40_000, time_48k=7)
    last = [place(slot, ann, FRAME_MS * index) for index in range(5)][-1]
    slot.take(BEN)
    forward = place(slot, ben, 333.0)
    assert (forward.counter, forward.advance, forward.marker, forward.voice_id) == (6, 1, True, BEN)
    # 253 ms after the last packet: 13 whole frames of 20 ms on the wall clock.
    assert forward.timestamp_48k - last.timestamp_48k == 13 * FRAME_48K
    following = place(slot, ben, 353.0)
    assert (following.counter, following.marker) == (7, False)
    assert following.timestamp_48k == forward.timestamp_48k + FRAME_48K


def test_a_new_voice_at_the_same_moment_gets_the_next_frame(slot: Slot) -> None:
    last = place(slot, Sender(), 0.0)
    slot.take(BEN)
    assert place(slot, Sender(ssrc=2), 0.0).timestamp_48k == last.timestamp_48k + FRAME_48K


def test_many_switches_do_not_lose_the_wall_clock(slot: Slot) -> None:
    for index in range(1_000):
        slot.take(MemberId(1 + index % 2))
        forward = place(slot, Sender(ssrc=index % 2), 1_013.0 * index)
    assert abs(forward.timestamp_48k / TICKS_PER_MS - 1_013.0 * 999) < 40


def test_a_voice_that_comes_back_is_anchored_anew(slot: Slot) -> None:
    ann = Sender()
    place(slot, ann, 0.0)
    slot.release()
    assert slot.voice_id is None
    old = ann.next()
    slot.take(ANN)
    forward = place(slot, ann, 100.0)
    assert (forward.counter, forward.marker) == (2, True)
    assert slot.place(old, 110.0) is DropReason.TOO_LATE  # its number was taken by another packet


def test_a_changed_ssrc_is_anchored_anew(slot: Slot) -> None:
    place(slot, Sender(ssrc=1, seq=10), 0.0)
    forward = place(slot, Sender(ssrc=9, seq=50_000), 20.0)
    assert (forward.counter, forward.timestamp_48k, forward.marker) == (2, 2 * FRAME_48K, True)


def test_a_clock_that_stood_still_is_put_right(slot: Slot) -> None:
    sender = Sender()
    place(slot, sender, 0.0)
    forward = place(slot, sender, 5_000.0)
    assert (forward.counter, forward.timestamp_48k, forward.marker) == (2, FRAME_48K * 251, True)


def test_a_clock_that_leaps_is_put_right_once_time_has_caught_up(slot: Slot) -> None:
    sender = Sender()
    place(slot, sender, 0.0, ticks=FRAME_48K * 3_000)
    forward = place(slot, sender, 24.0)
    assert (forward.counter, forward.timestamp_48k, forward.marker) == (2, FRAME_48K * 2, True)


@pytest.mark.parametrize("ticks", [0, -FRAME_48K, 10 * FRAME_48K, 2**31 - 1, 123_456_789])
def test_no_clock_can_run_ahead_of_time(slot: Slot, ticks: int) -> None:
    sender = Sender()
    forwarded = 0
    times = [FRAME_48K]
    for index in range(1_500):
        now_ms = FRAME_MS / 2 * index  # twice as often as 20 ms packets
        outcome = slot.place(sender.next(ticks=ticks), now_ms)
        if isinstance(outcome, Forward):
            forwarded += 1
            assert outcome.timestamp_48k / TICKS_PER_MS - 20 <= now_ms + SLACK_MS + 20
            times.append(outcome.timestamp_48k)
        else:
            assert outcome is DropReason.TOO_EARLY
    assert times == sorted(times)
    assert forwarded > 10


def test_a_sound_card_two_percent_fast_is_left_alone(slot: Slot) -> None:
    sender = Sender()
    for index in range(20_000):
        assert place(slot, sender, FRAME_MS / 1.02 * index).counter == index + 1


def test_a_burst_after_a_stall_ends_up_live_again(slot: Slot) -> None:
    sender = Sender()
    for index in range(10):
        place(slot, sender, FRAME_MS * index)
    now_ms = 2_200.0  # 100 packets arrive at once, the last of them fresh
    outcomes = [slot.place(sender.next(), now_ms) for _ in range(100)]
    assert isinstance(outcomes[0], Forward)
    assert outcomes[0].marker
    assert outcomes[-1] is DropReason.TOO_EARLY
    for _ in range(50):
        now_ms += FRAME_MS
        last = slot.place(sender.next(), now_ms)
    assert isinstance(last, Forward)
    assert abs(last.timestamp_48k / TICKS_PER_MS - 20 - now_ms) < 40


def test_numbers_that_leap_are_no_loss(slot: Slot) -> None:
    sender = Sender(seq=0)
    place(slot, sender, 0.0)
    sender.seq += GAP_MAX_PACKETS
    forward = place(slot, sender, 20.0)
    assert (forward.counter, forward.advance, forward.marker) == (2, 1, True)


def test_numbers_that_restart_are_followed_after_a_second(slot: Slot) -> None:
    sender = Sender(seq=40_000)
    place(slot, sender, 0.0)
    sender.seq = 30_000
    assert slot.place(sender.next(), 900.0) is DropReason.TOO_LATE
    sender.time_48k += 60 * FRAME_48K
    forward = place(slot, sender, 1_020.0)
    assert (forward.counter, forward.marker) == (2, True)


def test_an_overtaken_packet_with_an_impossible_time_is_dropped(slot: Slot) -> None:
    sender = Sender()
    place(slot, sender, 0.0)
    first, second = sender.next(), sender.next()
    newest = sender.next()
    assert isinstance(slot.place(newest, 60.0), Forward)
    after = replace(first, timestamp_48k=newest.timestamp_48k)
    before = replace(second, timestamp_48k=(newest.timestamp_48k - 4 * FRAME_48K) & 0xFFFFFFFF)
    assert slot.place(after, 60.0) is DropReason.TOO_LATE
    assert slot.place(before, 60.0) is DropReason.TOO_LATE
    assert isinstance(slot.place(second, 60.0), Forward)


def test_a_number_used_before_the_anchor_is_not_used_again(slot: Slot) -> None:
    ann = Sender()
    place(slot, Sender(ssrc=2), 0.0)
    before_anchor = ann.next()
    place(slot, ann, 20.0)
    missing = ann.next()
    place(slot, ann, 60.0)
    forged = replace(before_anchor, timestamp_48k=missing.timestamp_48k)
    assert slot.place(forged, 61.0) is DropReason.TOO_LATE
    forward = slot.place(missing, 62.0)
    assert isinstance(forward, Forward)
    assert forward.counter == 3


def test_a_closed_past_takes_no_packet(slot: Slot) -> None:
    sender = Sender()
    place(slot, sender, 0.0)
    overtaken = sender.next()
    newest = place(slot, sender, 40.0)
    slot.close_past()
    assert slot.place(overtaken, 45.0) is DropReason.TOO_LATE
    later = sender.next()
    after = place(slot, sender, 80.0)
    assert (after.counter, after.marker) == (newest.counter + 2, False)
    assert isinstance(slot.place(later, 85.0), Forward)  # overtaken since then


def test_what_is_held_back_is_no_loss(slot: Slot) -> None:
    sender = Sender()
    for index in range(3):
        place(slot, sender, FRAME_MS * index)
    overtaken = sender.next()
    slot.pause()
    for _ in range(46):
        sender.next()
    forward = place(slot, sender, 1_003.0)
    assert (forward.counter, forward.advance, forward.marker) == (4, 1, True)
    assert forward.timestamp_48k == 51 * FRAME_48K  # the sender's own clock, not ours
    assert slot.place(overtaken, 1_004.0) is DropReason.TOO_LATE
    assert not place(slot, sender, 1_023.0).marker


def test_time_between_packets(slot: Slot) -> None:
    place(slot, Sender(), 100.0)
    assert slot.time_at(100.0) == FRAME_48K
    assert slot.time_at(350.5) == FRAME_48K + 250 * 48 + 24


def test_counts_packets_and_payload_octets(slot: Slot) -> None:
    sender = Sender(seq=10)
    place(slot, sender, 0.0)
    place(slot, sender, 20.0)
    assert (slot.packets, slot.octets) == (2, 4)


def test_a_slot_without_a_holder_takes_no_packet() -> None:
    with pytest.raises(RuntimeError, match="without a holder"):
        Slot(0).place(Sender().next(), 0.0)
