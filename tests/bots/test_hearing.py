import struct
from collections.abc import Iterable

from tests.bots.hearing import Hearing
from tests.bots.marks import write_mark

SLOT = 11
VOICE = 77
MS = 1_000_000


def packet(seq16: int, number: int, sent_ms: int = 0, voice_id: int = VOICE, csrc: int = VOICE) -> bytes:
    header = struct.pack("!BBHIII", 0x81, 111, seq16, number * 960, SLOT, csrc)
    return header + b"frame" + write_mark(voice_id, number, sent_ms * MS)


def hear(packets: Iterable[bytes], *, sample: int = 1, probes: bool = False) -> Hearing:
    hearing = Hearing(lambda datagram: datagram, [SLOT], sample=sample, probes=probes)
    for number, datagram in enumerate(packets):
        hearing.take(datagram, (number * 20 + 5) * MS)
    return hearing


def test_an_unbroken_voice_loses_nothing_across_the_sequence_s_wrap() -> None:
    hearing = hear(packet((65_530 + number) & 0xFFFF, number, number * 20) for number in range(20))
    heard, slot = hearing.voices[VOICE], hearing.slots[SLOT]
    assert (heard.packets, heard.first, heard.last, heard.missing) == (20, 0, 19, set())
    assert (slot.packets, slot.lost, slot.late, slot.duplicates) == (20, 0, 0, 0)
    assert heard.gap_max_ns == 20 * MS


def test_a_hole_is_lost_in_the_slot_and_in_the_voice() -> None:
    hearing = hear(packet(number, number, number * 20) for number in (5, 6, 9))
    assert hearing.slots[SLOT].lost == 2
    assert hearing.voices[VOICE].missing == {7, 8}


def test_a_voice_can_miss_what_its_slot_never_got() -> None:
    hearing = hear([packet(5, 5), packet(6, 9)])
    assert hearing.slots[SLOT].lost == 0
    assert hearing.voices[VOICE].missing == {6, 7, 8}


def test_late_packets_fill_their_hole_and_duplicates_count_once() -> None:
    hearing = hear(packet(number, number) for number in (5, 7, 6, 7))
    heard, slot = hearing.voices[VOICE], hearing.slots[SLOT]
    assert (heard.packets, heard.duplicates, heard.out_of_order, heard.missing) == (3, 1, 1, set())
    assert (slot.lost, slot.late, slot.duplicates) == (0, 1, 1)


def test_a_speaker_s_own_pause_is_no_gap() -> None:
    calm = hear([packet(1, 1, 0), packet(2, 2, 400)])
    assert calm.voices[VOICE].gap_max_ns == 0
    broken = hear([packet(1, 1, 0), packet(3, 3, 400)])
    assert broken.voices[VOICE].gap_max_ns == 20 * MS


def test_delays_are_kept_by_those_who_probe() -> None:
    assert list(hear([packet(1, 1, 2)], probes=True).voices[VOICE].delays_ns) == [3 * MS]
    assert not hear([packet(1, 1, 2)]).voices[VOICE].delays_ns


def test_sampling_decrypts_one_in_k_and_still_sees_every_hole() -> None:
    hearing = hear([packet(number, number) for number in range(1, 10) if number != 8], sample=4)
    assert hearing.packets == 8
    assert hearing.voices[VOICE].packets == 2
    assert hearing.slots[SLOT].lost == 1


def test_forgetting_starts_the_count_again_but_keeps_the_sequence() -> None:
    hearing = hear([packet(1, 1), packet(3, 3)])
    hearing.forget()
    assert (hearing.packets, hearing.voices, hearing.slots[SLOT].lost) == (0, {}, 0)
    hearing.take(packet(6, 6), 0)
    assert hearing.slots[SLOT].lost == 2


def test_voices_that_are_no_bots_and_wrong_labels_are_told_apart() -> None:
    browser = struct.pack("!BBHIII", 0x81, 111, 2, 0, SLOT, 99) + bytes(60)
    stray = struct.pack("!BBHII", 0x80, 111, 3, 0, SLOT + 1) + bytes(60)
    hearing = hear([packet(1, 1, csrc=5), browser, stray, b"\x80"])
    assert hearing.wrong_csrc == 1
    assert hearing.unmarked == {99: 1}
    assert hearing.stray == 2
