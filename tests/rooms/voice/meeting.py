"""Plays invented meetings through a forwarder, with everything that networks and browsers do to packets."""

from collections.abc import Iterator
from typing import NamedTuple

from hypothesis import strategies as st
from msgspec.structs import replace

from rooms.ids import MemberId
from rooms.voice.downlink import Downlink
from rooms.voice.drops import DropReason
from rooms.voice.forwarder import SLOT_COUNT, Forwarder
from rooms.voice.packet import AudioPacket
from rooms.voice.sequence import extend
from rooms.voice.slot import LATE_MAX_PACKETS, Forward
from tests.rooms.voice.sender import FRAME_48K, FRAME_MS, SILENT_DBOV, Sender

VOICES = tuple(MemberId(number) for number in range(1, 5))
NOBODY = MemberId(99)  # a listener who never speaks
START = 100

# What a voice's side of the network does for some packets' time.
ACTIONS = (
    "loud",
    "soft",
    "silent",
    "dtx",
    "lost",
    "late",
    "twice",
    "stopped",
    "muted",
    "other_ssrc",
    "absent",
)
Act = tuple[str, int]
SCRIPTS = st.tuples(
    *(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 50)), max_size=8) for _ in VOICES)
)


class Received(NamedTuple):
    seq: int
    source_seq: int
    forward: Forward


class Ear:
    """A listener who keeps what he is sent, as the fan-out would send it."""

    def __init__(self, voice_id: MemberId, forwarder: Forwarder) -> None:
        self.voice_id = voice_id
        self.downlink = Downlink(forwarder.slots, (11, 12, 13), (START,) * SLOT_COUNT)
        self.lines: list[list[Received]] = [[] for _ in range(SLOT_COUNT)]
        self.apart: set[MemberId] = set()
        self.skipped: set[tuple[int, int]] = set()  # slot and counter: numbers that were left out
        self.kept_late: set[tuple[int, int]] = set()  # overtaken packets that were left out
        self._highest = [START + LATE_MAX_PACKETS] * SLOT_COUNT

    def hear(self, forward: Forward) -> None:
        if forward.voice_id == self.voice_id or forward.voice_id in self.apart:
            self.downlink.skip(forward)
            left_out = range(forward.counter - forward.advance + 1, forward.counter + 1)
            self.skipped.update((forward.slot, counter) for counter in left_out)
            if not forward.advance:
                self.kept_late.add((forward.slot, forward.counter))
            return
        line = self.lines[forward.slot]
        seq = extend(self.downlink.seq16(forward), self._highest[forward.slot])
        self._highest[forward.slot] = max(seq, self._highest[forward.slot])
        line.append(Received(seq, int(forward.payload.split()[1]), forward))


class Meeting:
    """Plays the scripts of all voices through one forwarder.

    At each frame of `flips`, the first voice and the second, and the first voice and whoever never speaks,
    are kept apart, or no longer.
    """

    def __init__(self, script: tuple[list[Act], ...], join_at: int, flips: frozenset[int]) -> None:
        self.forwarder = Forwarder()
        self.now_ms = 0.0
        self.senders = {voice: Sender(ssrc=1_000 * voice, seq=60_000 + 1_111 * voice) for voice in VOICES}
        self.scripts = {voice: self._acts(acts) for voice, acts in zip(VOICES, script, strict=True)}
        self.underway: list[tuple[int, MemberId, AudioPacket]] = []  # due at tick, whose, what
        self.allowed = set(VOICES)
        self.outcomes: dict[tuple[MemberId, int], list[Forward | DropReason]] = {}
        for voice in VOICES:
            self.forwarder.add_voice(voice)
            self.forwarder.allow(voice, allowed=True)
        self.ears = [Ear(voice, self.forwarder) for voice in (*VOICES, NOBODY)]
        length = max(sum(count for _, count in acts) for acts in script) + 50
        for index in range(length):
            if index == join_at:
                self.ears.append(Ear(NOBODY, self.forwarder))
            if index in flips:
                self._flip()
            self._step(index)

    def _flip(self) -> None:
        first, second, *_ = VOICES
        for ear in self.ears:
            other = {first: second, second: first, NOBODY: first}.get(ear.voice_id)
            if other is not None:
                ear.apart ^= {other}
        for voice in (first, second):
            self.forwarder.close_past(voice)

    @staticmethod
    def _acts(acts: list[Act]) -> Iterator[tuple[str, int]]:
        for action, count in acts:
            for index in range(count):
                yield action, index
        while True:
            yield "absent", 0

    def _step(self, index: int) -> None:
        self.now_ms = FRAME_MS * index
        due = [entry for entry in self.underway if entry[0] <= index]
        self.underway = [entry for entry in self.underway if entry[0] > index]
        for _, voice, packet in due:
            self._deliver(voice, packet)
        for voice in VOICES:
            self._act(voice, *next(self.scripts[voice]), index)
        if index % 5 == 0:
            self.forwarder.tick(self.now_ms)
        holders = [slot.voice_id for slot in self.forwarder.slots if slot.voice_id is not None]
        assert len(holders) == len(set(holders))
        assert self.allowed.issuperset(holders)

    def _act(self, voice: MemberId, action: str, count: int, index: int) -> None:
        is_allowed = action != "muted"
        if is_allowed != (voice in self.allowed):
            (self.allowed.add if is_allowed else self.allowed.remove)(voice)
            self.forwarder.allow(voice, is_allowed)
        sender = self.senders[voice]
        if action == "stopped":  # the microphone is taken away: no packets, and the clock stands still
            return
        if action == "absent" or (action == "dtx" and count % 20 > 1):
            sender.time_48k += FRAME_48K
            return
        if action == "other_ssrc" and count == 0:
            sender.ssrc += 1
            sender.seq += 20_000
        level = {"soft": 60, "silent": SILENT_DBOV, "dtx": SILENT_DBOV}.get(action, 20 + index * 7 % 25)
        packet = replace(sender.next(level), payload=b"%d %d" % (voice, sender.seq - 1))
        if action == "lost":
            return
        if action == "late" and count % 2 == 0:
            self.underway.append((index + 1 + count * 7 % 40, voice, packet))
            return
        self._deliver(voice, packet)
        if action == "twice":
            self._deliver(voice, packet)

    def _deliver(self, voice: MemberId, packet: AudioPacket) -> None:
        outcome = self.forwarder.receive(voice, packet, self.now_ms)
        self.outcomes.setdefault((voice, int(packet.payload.split()[1])), []).append(outcome)
        assert (outcome is DropReason.MUTED) == (voice not in self.allowed)
        if isinstance(outcome, Forward):
            assert outcome.voice_id == voice == int(outcome.payload.split()[0])
            for ear in self.ears:
                ear.hear(outcome)
