"""One room's voices: who may be heard, who holds a slot, and what becomes of each packet."""

from typing import Final

from rooms.ids import MemberId
from rooms.voice.drops import DropReason
from rooms.voice.levels import Loudness, SilenceGate
from rooms.voice.packet import OPUS_PAYLOAD_TYPE, AudioPacket
from rooms.voice.selector import Seat, choose_seat
from rooms.voice.slot import Forward, Slot

__all__ = ["SLOT_COUNT", "TICK_MS", "Forward", "Forwarder"]

SLOT_COUNT: Final = 3  # a fourth voice at once is noise to everybody; agreed once with each listener
TICK_MS: Final = 100.0  # how often `tick` is due


class _Voice:
    __slots__ = ("gate", "is_allowed", "loudness", "slot", "voice_id")

    def __init__(self, voice_id: MemberId) -> None:
        self.voice_id: Final = voice_id
        self.is_allowed = False
        self.loudness = Loudness()
        self.gate = SilenceGate()
        self.slot: Slot | None = None


class Forwarder:
    """Decides for every packet of a room's voices whether it is forwarded, and on which slot."""

    __slots__ = ("_active", "_seats", "_voices", "active_voices", "slots")

    def __init__(self) -> None:
        self._voices: Final[dict[MemberId, _Voice]] = {}
        self._seats: Final = tuple(Seat() for _ in range(SLOT_COUNT))
        self._active: Final[dict[MemberId, _Voice]] = {}  # loud of late; looked through at each tick
        self.slots: Final = tuple(Slot(index) for index in range(SLOT_COUNT))
        """The room's slots in order; `slots[i].voice_id` holds slot i, None if nobody does."""
        self.active_voices: tuple[MemberId, ...] = ()
        """Who was speaking at the last tick, loudest first, in a slot or not."""

    def add_voice(self, voice_id: MemberId) -> None:
        """Make a voice known. It is muted until `allow` says otherwise.

        Raises:
            ValueError: The voice is known already.
        """
        if voice_id in self._voices:
            raise ValueError("this voice is known already")
        self._voices[voice_id] = _Voice(voice_id)

    def remove_voice(self, voice_id: MemberId) -> None:
        """Forget a voice; its slot is free at once.

        Raises:
            KeyError: The voice is not known.
        """
        self._silence(self._voices.pop(voice_id))

    def allow(self, voice_id: MemberId, allowed: bool) -> None:  # noqa: FBT001 - the value is the message
        """Let a voice be heard, or mute it from its next packet on; then its slot is free at once.

        Raises:
            KeyError: The voice is not known.
        """
        voice = self._voices[voice_id]
        if voice.is_allowed and not allowed:
            self._silence(voice)
            # What was heard before must not count when the voice is allowed again.
            voice.loudness = Loudness()
            voice.gate = SilenceGate()
        voice.is_allowed = allowed

    def close_past(self, voice_id: MemberId) -> None:
        """Take no packet of the voice any more that a later one has overtaken. See `Slot.close_past`."""
        voice = self._voices.get(voice_id)
        if voice is not None and voice.slot is not None:
            voice.slot.close_past()

    def receive(self, voice_id: MemberId, packet: AudioPacket, now_ms: float) -> Forward | DropReason:
        """Decide what becomes of one authenticated packet of a voice, at `now_ms` (monotonic)."""
        voice = self._voices.get(voice_id)
        if voice is None:
            return DropReason.UNKNOWN_VOICE
        if not voice.is_allowed:
            return DropReason.MUTED
        if packet.payload_type != OPUS_PAYLOAD_TYPE:
            return DropReason.PAYLOAD_TYPE
        if not packet.payload:
            return DropReason.EMPTY
        return self._select(voice, packet, now_ms)

    def tick(self, now_ms: float) -> None:
        """Give slots to those who wait for one, loudest first. Due every TICK_MS."""
        active = [voice for voice in self._active.values() if voice.loudness.is_active(now_ms)]
        active.sort(key=lambda voice: voice.loudness.rank(now_ms), reverse=True)
        for voice in active:
            if voice.slot is None:
                self._seat(voice, now_ms)
        self._active.clear()
        self._active.update((voice.voice_id, voice) for voice in active)
        self.active_voices = tuple(self._active)

    def _select(self, voice: _Voice, packet: AudioPacket, now_ms: float) -> Forward | DropReason:
        is_loud = voice.loudness.hear(packet.level_dbov, now_ms)
        if is_loud:
            self._active[voice.voice_id] = voice
        is_shut = voice.gate.is_shut(packet.level_dbov, now_ms)
        slot = voice.slot
        if slot is None:
            slot = self._seat(voice, now_ms) if is_loud else None
            if slot is None:
                return DropReason.NOT_IN_SLOT
        elif is_shut:
            slot.pause()
            return DropReason.SILENT
        return slot.place(packet, now_ms)

    def _seat(self, voice: _Voice, now_ms: float) -> Slot | None:
        index = choose_seat(voice.loudness, self._seats, now_ms)
        if index is None:
            return None
        slot = self.slots[index]
        if slot.voice_id is not None:
            self._voices[slot.voice_id].slot = None
        seat = self._seats[index]
        seat.holder = voice.loudness
        seat.since_ms = now_ms
        slot.take(voice.voice_id)
        voice.slot = slot
        return slot

    def _silence(self, voice: _Voice) -> None:
        self._active.pop(voice.voice_id, None)
        slot, voice.slot = voice.slot, None
        if slot is not None:
            slot.release()
            self._seats[slot.index].holder = None
