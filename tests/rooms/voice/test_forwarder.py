from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rooms.ids import MemberId
from rooms.voice.drops import DropReason
from rooms.voice.forwarder import SLOT_COUNT, Forwarder
from rooms.voice.sequence import time_step_48k
from rooms.voice.slot import LATE_MAX_PACKETS, Forward
from tests.rooms.voice.meeting import SCRIPTS, START, Act, Ear, Meeting, Received
from tests.rooms.voice.sender import FRAME_MS, SILENT_DBOV, SPEECH_DBOV, Sender

ANN, BEN, CAT, DAN = (MemberId(number) for number in (1, 2, 3, 4))
# Why a packet that did arrive may be missing as if it had been lost. NOT_IN_SLOT: it came before one that it
# had overtaken, and that one took the slot.
EXCUSES = {DropReason.TOO_LATE, DropReason.TOO_EARLY, DropReason.MUTED, DropReason.NOT_IN_SLOT}
SYLLABLES_DB = (0, 3, -4, 10, 20, 2)  # quieter by; speech is never steady


class Room:
    """A forwarder with its clock and one sender per voice."""

    def __init__(self, *voices: MemberId) -> None:
        self.forwarder = Forwarder()
        self.now_ms = 1_000.0
        self.senders = {voice: Sender(ssrc=voice) for voice in voices}
        for voice in voices:
            self.forwarder.add_voice(voice)
            self.forwarder.allow(voice, allowed=True)

    def send(self, voice: MemberId, level_dbov: int | None = SPEECH_DBOV) -> Forward | DropReason:
        return self.forwarder.receive(voice, self.senders[voice].next(level_dbov), self.now_ms)

    def run(self, duration_ms: float, **levels: int) -> dict[MemberId, list[Forward | DropReason]]:
        """Let the named voices speak at these levels, all others be silent, with a tick every 100 ms."""
        outcomes: dict[MemberId, list[Forward | DropReason]] = {voice: [] for voice in self.senders}
        for index in range(int(duration_ms / FRAME_MS)):
            self.now_ms += FRAME_MS
            for voice in self.senders:
                level = levels.get(f"v{voice}")
                spoken = SILENT_DBOV if level is None else level + SYLLABLES_DB[index % len(SYLLABLES_DB)]
                outcomes[voice].append(self.send(voice, spoken))
            if index % 5 == 0:
                self.forwarder.tick(self.now_ms)
        return outcomes

    @property
    def holders(self) -> list[MemberId | None]:
        return [slot.voice_id for slot in self.forwarder.slots]


def test_the_first_loud_packet_is_heard() -> None:
    room = Room(ANN)
    forward = room.send(ANN)
    assert isinstance(forward, Forward)
    assert (forward.slot, forward.voice_id, forward.marker) == (0, ANN, True)
    assert room.holders == [ANN, None, None]


def test_silence_takes_no_slot() -> None:
    room = Room(ANN)
    assert room.send(ANN, SILENT_DBOV) is DropReason.NOT_IN_SLOT
    assert room.holders == [None] * SLOT_COUNT


def test_a_sender_without_levels_is_heard_while_there_is_room() -> None:
    room = Room(ANN)
    forward = room.send(ANN, None)
    assert isinstance(forward, Forward)
    assert forward.level_dbov is None


def test_three_at_once_and_no_fourth() -> None:
    room = Room(ANN, BEN, CAT, DAN)
    outcomes = room.run(2_000, v1=30, v2=30, v3=30, v4=30)
    assert room.holders == [ANN, BEN, CAT]
    assert set(outcomes[DAN]) == {DropReason.NOT_IN_SLOT}
    assert all(isinstance(outcome, Forward) for voice in (ANN, BEN, CAT) for outcome in outcomes[voice])


def test_the_fourth_gets_the_slot_of_one_who_fell_silent() -> None:
    room = Room(ANN, BEN, CAT, DAN)
    room.run(2_000, v1=30, v2=30, v3=30)
    room.run(700, v1=30, v3=30)
    assert room.holders == [ANN, BEN, CAT]  # nobody needed it
    forward = room.send(DAN)
    assert isinstance(forward, Forward)
    assert forward.slot == 1
    assert room.send(BEN) is DropReason.NOT_IN_SLOT


def test_a_louder_voice_replaces_the_weakest() -> None:
    room = Room(ANN, BEN, CAT, DAN)
    room.run(2_000, v1=30, v2=45, v3=30)
    room.run(500, v1=30, v2=45, v3=30, v4=25)
    assert room.holders == [ANN, DAN, CAT]


def test_who_waits_is_seated_by_the_tick() -> None:
    room = Room(ANN, BEN, CAT, DAN)
    room.run(2_000, v1=30, v2=30, v3=30, v4=30)
    room.forwarder.remove_voice(ANN)
    del room.senders[ANN]
    room.forwarder.tick(room.now_ms)
    assert room.holders == [DAN, BEN, CAT]
    assert room.forwarder.active_voices[-1] in room.holders


def test_a_claim_to_be_loud_for_ever_pins_no_slot() -> None:
    room = Room(ANN, BEN, CAT, DAN)
    for _ in range(int(3_600_000 / FRAME_MS / 60)):  # a minute of it
        room.now_ms += FRAME_MS
        for voice in (ANN, BEN, CAT):
            room.send(voice, 0)
    assert None not in room.holders
    outcomes = room.run(1_000, v4=45)
    assert DAN in room.holders
    assert any(isinstance(outcome, Forward) for outcome in outcomes[DAN][:10])


def test_steady_claims_do_not_displace_speech() -> None:
    room = Room(ANN, BEN, CAT, DAN)
    room.run(1_000, v1=35, v2=35, v3=35)
    lost = 0
    for index in range(1_000):
        room.now_ms += FRAME_MS
        level = 35 + SYLLABLES_DB[index % len(SYLLABLES_DB)]
        pause = index % 200 > 160  # each draws breath, so each keeps an advantage
        outcomes = [room.send(voice, SILENT_DBOV if pause else level) for voice in (ANN, BEN, CAT)]
        lost += outcomes.count(DropReason.NOT_IN_SLOT) if index > 500 else 0
        room.send(DAN, 0)
    assert lost < 0.2 * 3 * 500


def test_active_voices_are_those_who_spoke_of_late() -> None:
    room = Room(ANN, BEN, CAT, DAN)
    room.run(1_000, v1=50, v2=30, v3=40, v4=30)
    assert set(room.forwarder.active_voices) == {ANN, BEN, CAT, DAN}
    assert room.forwarder.active_voices[-1] == ANN
    room.run(1_000, v2=30)
    assert room.forwarder.active_voices == (BEN,)
    room.run(1_000)
    assert room.forwarder.active_voices == ()


def test_a_voice_is_muted_until_it_is_allowed() -> None:
    forwarder = Forwarder()
    forwarder.add_voice(ANN)
    assert forwarder.receive(ANN, Sender().next(), 0.0) is DropReason.MUTED
    forwarder.allow(ANN, allowed=True)
    assert isinstance(forwarder.receive(ANN, Sender().next(), 20.0), Forward)


def test_mute_frees_the_slot_and_stops_the_next_packet() -> None:
    room = Room(ANN, BEN)
    room.run(500, v1=30, v2=30)
    room.forwarder.allow(ANN, allowed=False)
    assert room.holders == [None, BEN, None]
    outcomes = room.run(1_000, v1=0)
    assert set(outcomes[ANN]) == {DropReason.MUTED}
    assert room.holders == [None, BEN, None]
    assert ANN not in room.forwarder.active_voices


def test_what_was_said_while_muted_counts_for_nothing() -> None:
    room = Room(ANN, BEN, CAT, DAN)
    room.run(1_500, v1=45, v2=45, v3=45, v4=25)
    assert DAN in room.holders
    room.forwarder.allow(DAN, allowed=False)
    room.forwarder.allow(DAN, allowed=False)
    room.run(1_000, v1=45, v2=45, v3=45, v4=25)
    room.forwarder.allow(DAN, allowed=True)
    room.forwarder.allow(DAN, allowed=True)
    room.forwarder.tick(room.now_ms)
    assert DAN not in room.holders
    assert room.send(DAN, 66) is DropReason.NOT_IN_SLOT


def test_allowing_again_keeps_the_slot() -> None:
    room = Room(ANN)
    room.run(500, v1=30)
    room.forwarder.allow(ANN, allowed=True)
    assert room.holders == [ANN, None, None]


def test_mute_comes_before_all_else() -> None:
    room = Room(ANN)
    room.forwarder.allow(ANN, allowed=False)
    packet = replace(room.senders[ANN].next(), payload=b"", payload_type=0)
    assert room.forwarder.receive(ANN, packet, 0.0) is DropReason.MUTED


@pytest.mark.parametrize("payload_type", [0, 13, 63, 96, 110, 112, 126])
def test_only_opus_is_forwarded(payload_type: int) -> None:
    room = Room(ANN)
    packet = replace(room.senders[ANN].next(), payload_type=payload_type)
    assert room.forwarder.receive(ANN, packet, 0.0) is DropReason.PAYLOAD_TYPE
    assert room.holders == [None] * SLOT_COUNT


def test_an_empty_packet_is_dropped() -> None:
    room = Room(ANN)
    packet = replace(room.senders[ANN].next(), payload=b"")
    assert room.forwarder.receive(ANN, packet, 0.0) is DropReason.EMPTY


def test_a_removed_voice_is_unknown_and_its_slot_free() -> None:
    room = Room(ANN, BEN)
    room.run(500, v1=30, v2=30)
    room.forwarder.remove_voice(ANN)
    assert room.holders == [None, BEN, None]
    assert room.send(ANN) is DropReason.UNKNOWN_VOICE
    room.forwarder.tick(room.now_ms)
    assert room.forwarder.active_voices == (BEN,)
    room.forwarder.add_voice(ANN)
    assert room.send(ANN) is DropReason.MUTED


def test_a_silent_voice_can_be_removed() -> None:
    room = Room(ANN)
    room.forwarder.remove_voice(ANN)
    assert room.send(ANN) is DropReason.UNKNOWN_VOICE


def test_what_is_refused() -> None:
    room = Room(ANN)
    with pytest.raises(ValueError, match="known already"):
        room.forwarder.add_voice(ANN)
    with pytest.raises(KeyError):
        room.forwarder.remove_voice(BEN)
    with pytest.raises(KeyError):
        room.forwarder.allow(BEN, allowed=True)


def test_what_was_overtaken_is_dropped_once_the_past_is_closed() -> None:
    room = Room(ANN, BEN)
    room.run(500, v1=30)
    room.send(ANN)
    overtaken = room.senders[ANN].next()
    newest = room.send(ANN)
    room.forwarder.close_past(ANN)
    room.forwarder.close_past(BEN)  # holds no slot
    room.forwarder.close_past(CAT)  # is not here
    assert room.forwarder.receive(ANN, overtaken, room.now_ms) is DropReason.TOO_LATE
    again = room.senders[ANN].next()
    after = room.send(ANN)
    assert isinstance(newest, Forward)
    assert isinstance(after, Forward)
    assert (after.counter, after.advance, after.marker) == (newest.counter + 2, 2, False)
    assert isinstance(room.forwarder.receive(ANN, again, room.now_ms), Forward)


def test_unbroken_silence_fades_and_comes_back_without_loss() -> None:
    room = Room(ANN)
    before = room.run(500, v1=30)[ANN][-1]
    silence = room.run(2_000)[ANN]
    assert silence[20:] == [DropReason.SILENT] * 80
    faded = silence[19]
    back = room.run(100, v1=30)[ANN]
    assert isinstance(before, Forward)
    assert isinstance(faded, Forward)
    assert all(isinstance(outcome, Forward) for outcome in back)
    first = back[0]
    assert isinstance(first, Forward)
    assert (first.counter, first.advance, first.marker) == (faded.counter + 1, 1, True)
    assert first.timestamp_48k - faded.timestamp_48k == 81 * 960
    assert room.holders == [ANN, None, None]


def test_a_sender_that_pauses_by_itself_is_forwarded_in_silence_too() -> None:
    room = Room(ANN)
    room.run(500, v1=30)
    for _ in range(20):
        assert isinstance(room.send(ANN, SILENT_DBOV), Forward)
        room.now_ms += 20
        assert isinstance(room.send(ANN, SILENT_DBOV), Forward)
        room.now_ms += 380
        room.senders[ANN].time_48k += 18 * 960
    assert room.holders == [ANN, None, None]


def test_the_payload_is_never_looked_at() -> None:
    room = Room(ANN)
    for payload in (b"\0", b"\xff" * 1_000, bytes(range(256))):
        packet = replace(room.senders[ANN].next(), payload=payload)
        room.now_ms += FRAME_MS
        forward = room.forwarder.receive(ANN, packet, room.now_ms)
        assert isinstance(forward, Forward)
        assert forward.payload == payload


@settings(max_examples=100, deadline=None)
@given(SCRIPTS, st.integers(0, 300), st.frozensets(st.integers(0, 200), max_size=6))
def test_every_listeners_lines_are_continuous(
    script: tuple[list[Act], ...], join_at: int, flips: frozenset[int]
) -> None:
    """For any loss, reordering, doubling, pause, switch, mute and stopped clock, for late comers, and for
    those who are kept apart at times.
    """
    meeting = Meeting(script, join_at, flips)
    for ear in meeting.ears:
        for index, line in enumerate(ear.lines):
            assert ear.voice_id not in {received.forward.voice_id for received in line}
            assert ear.downlink.packets_sent(index) == len(line)
            check_arrival(line)
            # A late comer may be sent what was overtaken before he came; that is below all his other numbers.
            rest = [received for received in line if received.seq > START + LATE_MAX_PACKETS]
            check_line(meeting, ear, sorted(rest, key=lambda received: received.seq))


def check_arrival(line: list[Received]) -> None:
    """Numbers rise as packets arrive, but for those overtaken by at most 32; markers never come late."""
    highest = START + LATE_MAX_PACKETS
    for received in line:
        if received.forward.advance:
            assert received.seq > highest
        else:
            assert highest - LATE_MAX_PACKETS <= received.seq < highest
            assert not received.forward.marker
        highest = max(highest, received.seq)


def check_line(meeting: Meeting, ear: Ear, line: list[Received]) -> None:
    """No number twice, time always goes on, gaps only where the speaker's own packets had them."""
    for before, after in pairwise(line):
        first, second = before.forward, after.forward
        ticks = time_step_48k(second.timestamp_48k, first.timestamp_48k)
        assert after.seq > before.seq
        assert ticks > 0
        assert ticks % 960 == 0
        if second.marker:  # another voice, or the same one after a break: nothing missing in between
            assert after.seq == before.seq + 1
            continue
        if any((first.slot, counter) in ear.skipped for counter in range(first.counter, second.counter)):
            check_skip(meeting, ear, before, after)
            continue
        assert first.voice_id == second.voice_id
        assert after.seq - before.seq == after.source_seq - before.source_seq
        for source_seq in range(before.source_seq + 1, after.source_seq):
            counter = first.counter + source_seq - before.source_seq
            if (first.slot, counter) in ear.kept_late:
                continue
            for outcome in meeting.outcomes.get((second.voice_id, source_seq), []):
                # If it came before or after a break, it may have been forwarded with a number from there.
                if isinstance(outcome, DropReason):
                    assert outcome in EXCUSES
                else:
                    assert (outcome.slot, outcome.counter) != (first.slot, counter)


def check_skip(meeting: Meeting, ear: Ear, before: Received, after: Received) -> None:
    """After a voice was kept from the listener for a while, the only gaps are packets that never came."""
    slot, first, last = before.forward.slot, before.forward.counter, after.forward.counter
    missing = {(slot, counter) for counter in range(first + 1, last)} - ear.skipped
    assert after.seq - before.seq == 1 + len(missing)
    forwarded = {
        (outcome.slot, outcome.counter)
        for outcomes in meeting.outcomes.values()
        for outcome in outcomes
        if isinstance(outcome, Forward)
    }
    assert missing & forwarded <= ear.kept_late
